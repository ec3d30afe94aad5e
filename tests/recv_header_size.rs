//! Header blocks at and beyond the limit of `SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER`.

mod support;

use support::abi::{flag, option, status};
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, Writer};
use support::{bomb, defective_in_1_4};

const LIMIT: usize = 8192;

/// An empty deflate block: any number of them may follow a header block without changing it.
const PADDING: &[u8] = &[0, 0, 0, 0xff, 0xff];

fn limit(session: &Session) {
    assert_eq!(
        session.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, LIMIT as u32),
        0
    );
}

/// A block of one pair that has this length before compression.
fn block_of(version: u16, length: usize) -> Vec<u8> {
    let fixed = wire::block(version, &[("name", "")]).len();
    let value = "x".repeat(length - fixed);
    wire::block(version, &[("name", value)])
}

/// A SYN_STREAM whose payload has this length, though its block is small.
fn padded_syn_stream(version: Version, payload: usize) -> Vec<u8> {
    let wanted = payload - 10;
    let mut value = String::new();
    loop {
        // Longer values bring the compressed length to any remainder.
        value.push((b'a' + (value.len() * 7 % 26) as u8) as char);
        let block = wire::block(version.wire(), &[("name", &value)]);
        let mut compressed = Writer::new(version).compress(&block);
        if (wanted - compressed.len()) % PADDING.len() == 0 {
            while compressed.len() < wanted {
                compressed.extend(PADDING);
            }
            return wire::syn_stream_of(version.wire(), flag::NONE, 1, 0, 0, &compressed);
        }
    }
}

#[test]
fn a_block_of_exactly_the_limit_is_accepted_and_one_more_byte_is_not() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        limit(&server);
        let mut peer = Writer::new(version);
        let v = version.wire();
        for (stream_id, length, expected) in [
            (1, LIMIT, Verdict::Accepted),
            (3, LIMIT + 1, Verdict::Reset(status::FRAME_TOO_LARGE)),
            (5, LIMIT, Verdict::Accepted),
        ] {
            let block = peer.compress(&block_of(v, length));
            let frame = wire::syn_stream_of(v, flag::NONE, stream_id, 0, 0, &block);
            assert!(frame.len() < LIMIT / 2, "small on the wire");
            assert_eq!(verdict(&server, &frame), expected, "{length} bytes");
        }
    }
}

#[test]
fn a_frame_of_exactly_the_limit_is_accepted_and_one_more_byte_is_not() {
    for version in ALL_VERSIONS {
        for (length, expected) in [
            (LIMIT, Verdict::Accepted),
            (LIMIT + 1, Verdict::Reset(status::FRAME_TOO_LARGE)),
        ] {
            let server = Session::server(version);
            limit(&server);
            let frame = padded_syn_stream(version, length);
            assert_eq!(frame.len(), 8 + length);
            assert_eq!(verdict(&server, &frame), expected, "{length} bytes");
        }
    }
}

#[test]
fn the_default_limit_is_what_a_frame_can_hold() {
    let server = Session::server(V3);
    let mut peer = Writer::new(V3);
    let fixed = wire::block(3, &[("name", "")]).len();
    for (stream_id, length) in [(1, (1 << 24) - 1), (3, 1 << 24)] {
        let block = bomb::long_value(&mut peer, b'x', length - fixed);
        server.feed(&wire::syn_stream_of(3, flag::NONE, stream_id, 0, 0, &block));
    }
    assert_eq!(
        server.names(),
        ["on_ctrl_recv SYN_STREAM", "on_invalid_ctrl_recv SYN_STREAM"]
    );
}

#[test]
fn a_block_that_is_too_large_is_reported_without_pairs() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        limit(&server);
        let block = Writer::new(version).compress(&block_of(v, 2 * LIMIT));
        server.feed(&wire::syn_stream_of(v, flag::FIN, 1, 0, 2, &block));
        assert_eq!(
            server.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_STREAM v{v} flags=1 stream=1 assoc=0 pri=2 slot=0 NULL \
                 reason=11"
            )]
        );
        assert_eq!(
            server.flush(),
            [format!("RST_STREAM v{v} flags=0 stream=1 status=11")]
        );
    }
}

#[test]
fn a_refused_block_leaves_the_compression_in_step() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        limit(&server);
        let mut peer = Writer::new(version);
        // The second block is expressed by references into the first.
        let long: String = (0..3000).map(|number| number.to_string()).collect();
        let too_large = peer.compress(&wire::block(v, &[("name", &long)]));
        let fitting = peer.compress(&wire::block(v, &[("name", &long[long.len() - 4000..])]));
        assert!(fitting.len() < 300, "a block of references");
        let frames = [too_large, fitting].map(|block| wire::syn_stream_of(v, 0, 1, 0, 0, &block));
        assert_eq!(
            verdict(&server, &frames[0]),
            Verdict::Reset(status::FRAME_TOO_LARGE)
        );
        server.feed(&frames[1]);
        let events = server.events();
        let value = events[0].frame().expect("a frame").value("name");
        assert_eq!(value, Some(&long.as_bytes()[long.len() - 4000..]));
    }
}

#[test]
fn a_block_that_is_too_large_for_a_reply_resets_the_stream() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_requests(version, 2);
        limit(&client);
        let block = peer.compress(&block_of(v, LIMIT + 1));
        let reply = wire::syn_reply_of(v, flag::NONE, 1, &block);
        client.feed(&reply);
        assert_eq!(
            client.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_REPLY v{v} flags=0 stream=1 NULL reason=11"
            )]
        );
        // Until the RST_STREAM is sent the stream is being closed, and replies to it are ignored.
        client.feed(&peer.syn_reply(flag::NONE, 1, OK));
        assert_eq!(client.transcript(), [""; 0]);
        client.flush();
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=11"
        );

        client.feed(&peer.syn_reply(flag::NONE, 3, OK));
        let block = peer.compress(&block_of(v, LIMIT + 1));
        assert_eq!(client.names(), ["on_ctrl_recv SYN_REPLY"]);
        let headers = wire::headers_of(v, flag::NONE, 3, &block);
        assert_eq!(
            verdict(&client, &headers),
            Verdict::Reset(status::FRAME_TOO_LARGE)
        );
    }
}

#[test]
fn frames_that_are_too_large_are_answered_for_unknown_streams_and_after_goaway() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        limit(&server);
        let mut peer = Writer::new(version);
        server.feed(&wire::goaway(v, 0, status::OK));
        for build in [wire::syn_reply_of, wire::headers_of] {
            let block = peer.compress(&block_of(v, LIMIT + 1));
            assert_eq!(
                verdict(&server, &build(v, flag::NONE, 77, &block)),
                Verdict::Reset(status::FRAME_TOO_LARGE)
            );
        }
        let block = peer.compress(&block_of(v, LIMIT + 1));
        assert_eq!(
            verdict(&server, &wire::syn_stream_of(v, 0, 1, 0, 0, &block)),
            Verdict::Reset(status::FRAME_TOO_LARGE)
        );
    }
}

#[test]
fn frames_that_are_too_large_for_stream_0_end_the_session() {
    if defective_in_1_4("stream 0 is reset") {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let block = Writer::new(version).compress(&block_of(v, LIMIT + 1));
        for frame in [
            wire::syn_stream_of(v, flag::NONE, 0, 0, 0, &block),
            wire::syn_reply_of(v, flag::NONE, 0, &block),
            wire::headers_of(v, flag::NONE, 0, &block),
        ] {
            let server = Session::server(version);
            limit(&server);
            assert_eq!(verdict(&server, &frame), Verdict::SessionError);
        }
    }
}
