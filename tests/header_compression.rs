//! The zlib streams around header blocks.

mod support;

use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;
use support::abi::flag;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, adler32, dictionary, Writer};

/// The compressed block of the frame that a request or a push makes.
fn compressed_block(session: &Session) -> Vec<u8> {
    session.take_output();
    session.submit_syn_stream(
        flag::NONE,
        0,
        0,
        &[("x-secret", "attack at dawn, attack at dawn")],
        0,
    );
    assert_eq!(session.send(), 0);
    session.take_output()[18..].to_vec()
}

#[test]
fn the_dictionaries_are_those_of_the_drafts() {
    let checks = [
        (2, 907, 0xdfa2_51b2, 0xe036_2c67, 0xc62c_f05f_c29e_322d_u64),
        (3, 1423, 0xe3c6_a7c2, 0x04c8_490e, 0x1d04_1c72_462c_9cbd),
    ];
    for (version, length, adler, crc, fnv) in checks {
        let dictionary = dictionary(version);
        assert_eq!(dictionary.len(), length);
        assert_eq!(adler32(dictionary), adler);
        let mut sum = Crc::new();
        sum.update(dictionary);
        assert_eq!(sum.sum(), crc);
        let fnv_1a = dictionary
            .iter()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        assert_eq!(fnv_1a, fnv);
    }
}

#[test]
fn the_first_block_names_the_dictionary_of_the_version() {
    for version in ALL_VERSIONS {
        for session in [Session::client(version), Session::server(version)] {
            let block = compressed_block(&session);
            assert_eq!(block[0] & 0x0f, 8, "deflate");
            assert!(block[0] >> 4 <= 7, "a window of at most 32 KiB");
            assert_eq!(
                u16::from_be_bytes([block[0], block[1]]) % 31,
                0,
                "header check"
            );
            assert_eq!(block[1] & 0x20, 0x20, "a preset dictionary");
            let expected = adler32(dictionary(version.wire()));
            assert_eq!(block[2..6], expected.to_be_bytes());
            let second = compressed_block(&session);
            assert_ne!(
                second[2..6],
                expected.to_be_bytes(),
                "one zlib stream for all blocks"
            );
        }
    }
}

#[test]
fn a_client_does_not_compress_and_a_server_does() {
    for version in ALL_VERSIONS {
        let clear = |block: &[u8]| block.windows(14).any(|part| part == b"attack at dawn");
        let (client, server) = (Session::client(version), Session::server(version));
        for _ in 0..2 {
            let from_client = compressed_block(&client);
            assert!(clear(&from_client), "guards against guessing by length");
            let from_server = compressed_block(&server);
            assert!(!clear(&from_server));
            assert!(from_server.len() < from_client.len());
            for block in [from_client, from_server] {
                assert!(block.ends_with(&[0, 0, 0xff, 0xff]), "a sync flush");
            }
        }
    }
}

/// A server of this version is given a SYN_STREAM with this compressed block.
fn assert_refused(version: Version, block: &[u8]) {
    let v = version.wire();
    let server = Session::server(version);
    server.feed(&wire::syn_stream_of(v, flag::FIN, 1, 0, 0, block));
    let transcript = server.transcript();
    assert_eq!(transcript.len(), 1, "{transcript:?}");
    assert!(transcript[0].starts_with("on_ctrl_recv_parse_error type=1 "));
    assert!(transcript[0].ends_with(" error=-502"), "{transcript:?}");
    let status = if version == V2 { 0 } else { 1 };
    assert_eq!(
        server.flush(),
        [format!("GOAWAY v{v} flags=0 last=0 status={status}")]
    );
}

#[test]
fn a_block_with_another_dictionary_ends_the_session() {
    for (version, other) in [(V2, V3), (V3, V2), (V3_1, V2)] {
        let mut peer = Writer::new(other);
        let block = peer.compress(&wire::block(version.wire(), NONE));
        assert_refused(version, &block);
    }
}

#[test]
fn a_block_that_is_no_zlib_stream_ends_the_session() {
    for version in ALL_VERSIONS {
        assert_refused(version, b"garbage");
        let mut block = Writer::new(version).compress(&wire::block(version.wire(), GET));
        block[1] ^= 1;
        assert_refused(version, &block);
    }
}

#[test]
fn a_block_that_ends_the_zlib_stream_ends_the_session() {
    for version in ALL_VERSIONS {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder
            .write_all(&wire::block(version.wire(), GET))
            .unwrap();
        assert_refused(version, &encoder.finish().unwrap());
    }
}

#[test]
fn all_header_carrying_frames_share_one_compressor() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        for round in 0..20 {
            let value = format!("value {round}").repeat(round);
            let nv: &[(&str, &str)] = &[("x-header", &value)];
            client.submit_syn_stream(flag::NONE, 0, 0, nv, 0);
            pump(&client, &server);
            let stream_id = 2 * round as i32 + 1;
            server.submit_syn_reply(flag::NONE, stream_id, nv);
            server.submit_headers(flag::NONE, stream_id, nv);
            client.submit_headers(flag::NONE, stream_id, nv);
            pump(&client, &server);
            for received in [client.events(), server.events()] {
                for frame in received.iter().filter_map(|event| event.frame()) {
                    assert_eq!(frame.value("x-header"), Some(value.as_bytes()));
                }
            }
        }
    }
}
