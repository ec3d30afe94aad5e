//! Cutting input into frames: lengths, sizes, and what becomes of frames that break them.

mod support;

use support::abi::{error, flag, kind, option, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, control, words, Writer};

/// Payloads that break the length rule of a frame type.
fn wrong_lengths(version: Version) -> Vec<(u16, Vec<u8>)> {
    let zeros = |lengths: &[usize]| lengths.iter().map(|&length| vec![0; length]).collect();
    let goaway: Vec<Vec<u8>> = if version == V2 {
        zeros(&[0, 1, 3, 5, 8])
    } else {
        zeros(&[0, 4, 7, 9])
    };
    let settings = vec![
        vec![],
        vec![0; 3],
        vec![0; 5],
        vec![0; 12],
        words([1]),
        [words([1]), vec![0; 7]].concat(),
        [words([1]), vec![0; 9]].concat(),
        words([u32::MAX]),
        // Eight times this count is zero in 32 bits.
        words([0x2000_0000]),
    ];
    let by_kind: [(u16, Vec<Vec<u8>>); 5] = [
        (kind::RST_STREAM, zeros(&[0, 4, 7, 9, 16])),
        (kind::SETTINGS, settings),
        (kind::PING, zeros(&[0, 3, 5, 8])),
        (kind::GOAWAY, goaway),
        (kind::WINDOW_UPDATE, zeros(&[0, 4, 7, 9])),
    ];
    by_kind
        .into_iter()
        .flat_map(|(kind, payloads)| payloads.into_iter().map(move |payload| (kind, payload)))
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_frame_of_the_wrong_length_ends_the_session() {
    for version in ALL_VERSIONS {
        for (kind, payload) in wrong_lengths(version) {
            for role in [Role::Client, Role::Server] {
                let session = Session::new(role, version);
                let frame = control(version.wire(), kind, 0x5a, &payload);
                assert_eq!(
                    verdict(&session, &frame),
                    Verdict::ParseError(error::INVALID_FRAME),
                    "type {kind} with {} bytes",
                    payload.len()
                );
            }
        }
    }
}

#[test]
fn the_application_sees_the_bytes_of_a_frame_that_cannot_be_parsed() {
    for version in ALL_VERSIONS {
        for (kind, payload) in wrong_lengths(version) {
            let session = Session::server(version);
            let frame = control(version.wire(), kind, 0x5a, &payload);
            session.feed(&frame);
            assert_eq!(
                session.transcript(),
                [format!(
                    "on_ctrl_recv_parse_error type={kind} head={} payload={} error=-506",
                    hex(&frame[..8]),
                    hex(&payload)
                )]
            );
        }
    }
}

#[test]
fn frames_whose_content_does_not_matter_may_have_any_length() {
    for version in ALL_VERSIONS {
        for kind in [kind::NOOP, kind::CREDENTIAL] {
            for length in [0, 1, 8, 100_000] {
                let session = Session::server(version);
                let frame = control(version.wire(), kind, 0xff, &vec![7; length]);
                assert_eq!(verdict(&session, &frame), Verdict::Ignored);
            }
        }
    }
}

#[test]
fn frames_of_unknown_types_are_shown_whole() {
    for version in ALL_VERSIONS {
        for kind in [0, 11, 12, 0x7fff, 0xffff] {
            for payload in [&b""[..], b"?", &[0xff; 70_000]] {
                let session = Session::client(version);
                let frame = control(version.wire(), kind, 0x81, payload);
                session.feed(&frame);
                assert_eq!(
                    session.transcript(),
                    [format!(
                        "on_unknown_ctrl_recv head={} payload={}",
                        hex(&frame[..8]),
                        hex(payload)
                    )]
                );
                assert_eq!(session.outbound_queue_size(), 0);
            }
        }
    }
}

/// The fixed part in front of the header block.
fn fixed_lengths(version: Version) -> [(u16, usize); 3] {
    let reply = if version == V2 { 6 } else { 4 };
    [
        (kind::SYN_STREAM, 10),
        (kind::SYN_REPLY, reply),
        (kind::HEADERS, reply),
    ]
}

#[test]
fn a_frame_without_its_header_block_ends_the_session() {
    for version in ALL_VERSIONS {
        for (kind, fixed) in fixed_lengths(version) {
            for length in 0..=fixed {
                let session = Session::server(version);
                let payload = [0, 0, 0, 1, 2, 3, 4, 5, 6, 7];
                let frame = control(version.wire(), kind, 0, &payload[..length]);
                assert_eq!(
                    verdict(&session, &frame),
                    Verdict::ParseError(error::INVALID_FRAME),
                    "type {kind} with {length} bytes"
                );
            }
        }
    }
}

#[test]
fn nothing_but_received_bytes_is_shown_of_a_frame_without_its_header_block() {
    for version in ALL_VERSIONS {
        for (kind, fixed) in fixed_lengths(version) {
            for length in 0..=fixed {
                if length < fixed && defective_in_1_4("stale bytes are shown as payload") {
                    continue;
                }
                let session = Session::server(version);
                let payload = &[0, 0, 0, 1, 2, 3, 4, 5, 6, 7][..length];
                let frame = control(version.wire(), kind, 0, payload);
                session.feed(&frame);
                assert_eq!(
                    session.transcript(),
                    [format!(
                        "on_ctrl_recv_parse_error type={kind} head={} payload={} error=-506",
                        hex(&frame[..8]),
                        hex(payload)
                    )]
                );
            }
        }
    }
}

#[test]
fn the_header_block_is_not_shown_of_a_frame_that_cannot_be_parsed() {
    for version in ALL_VERSIONS {
        for (kind, fixed) in fixed_lengths(version) {
            let session = Session::server(version);
            let payload = [&[0, 0, 0, 1, 2, 3, 4, 5, 6, 7][..fixed], b"not zlib"].concat();
            let frame = control(version.wire(), kind, 0, &payload);
            session.feed(&frame);
            assert_eq!(
                session.transcript(),
                [format!(
                    "on_ctrl_recv_parse_error type={kind} head={} payload={} error=-502",
                    hex(&frame[..8]),
                    hex(&payload[..fixed])
                )]
            );
        }
    }
}

#[test]
fn frames_up_to_the_limit_are_kept_whole() {
    for version in ALL_VERSIONS {
        let session = Session::server(version);
        assert_eq!(
            session.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, 8192),
            0
        );
        session.feed(&control(version.wire(), 99, 0, &[b'x'; 8192]));
        let expected = format!("payload={}", "78".repeat(8192));
        let transcript = session.transcript();
        assert!(transcript[0].ends_with(&expected), "{transcript:?}");

        let entries = [(99, 0); 1023];
        session.feed(&wire::settings(version.wire(), &entries));
        assert_eq!(session.names(), ["on_ctrl_recv SETTINGS"]);
    }
}

#[test]
fn an_unknown_frame_beyond_the_limit_is_shown_without_its_payload() {
    for version in ALL_VERSIONS {
        let session = Session::server(version);
        session.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, 8192);
        let frame = control(version.wire(), 99, 0, &[b'x'; 8193]);
        session.feed(&frame);
        assert_eq!(
            session.transcript(),
            [format!(
                "on_unknown_ctrl_recv head={} payload=",
                hex(&frame[..8])
            )]
        );
        // The next frame begins where that one ended.
        session.feed(&wire::ping(version.wire(), 1));
        assert_eq!(session.names(), ["on_ctrl_recv PING"]);
    }
}

#[test]
fn frames_beyond_the_limit_count_as_empty() {
    for version in ALL_VERSIONS {
        let wire_version = version.wire();
        let invalid = Verdict::ParseError(error::INVALID_FRAME);
        let unsupported = Verdict::ParseError(error::UNSUPPORTED_VERSION);
        let cases = [
            (wire_version, kind::NOOP, Verdict::Ignored),
            (wire_version, kind::CREDENTIAL, Verdict::Ignored),
            (wire_version, kind::RST_STREAM, invalid.clone()),
            (wire_version, kind::SETTINGS, invalid.clone()),
            (wire_version, kind::PING, invalid.clone()),
            (wire_version, kind::GOAWAY, invalid.clone()),
            (wire_version, kind::WINDOW_UPDATE, invalid.clone()),
            (9, kind::GOAWAY, unsupported),
            (9, kind::SETTINGS, invalid),
        ];
        for (frame_version, kind, expected) in cases {
            let session = Session::server(version);
            session.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, 8192);
            let frame = control(frame_version, kind, 0, &vec![0; 100_000]);
            assert_eq!(verdict(&session, &frame), expected, "type {kind}");
        }
    }
}

#[test]
fn the_payload_of_a_frame_beyond_the_limit_is_not_shown() {
    let session = Session::server(V3);
    session.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, 8192);
    session.feed(&control(3, kind::PING, 0, &[1; 8193]));
    assert_eq!(
        session.transcript(),
        ["on_ctrl_recv_parse_error type=6 head=8003000600002001 payload= error=-506"]
    );
}

#[test]
fn an_empty_input_is_fine() {
    for version in ALL_VERSIONS {
        let (session, mut peer) = server_with_requests(version, 1);
        assert_eq!(session.mem_recv(&[]), 0);
        let frame = peer.syn_stream(flag::NONE, 3, 0, 0, GET);
        for byte in frame {
            assert_eq!(session.mem_recv(&[]), 0);
            session.feed(&[byte]);
        }
        assert_eq!(session.names(), ["on_ctrl_recv SYN_STREAM"]);
    }
}

#[test]
fn input_behind_a_session_error_is_dropped() {
    if defective_in_1_4("input is processed after the session failed") {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (session, mut peer) = server_with_requests(version, 1);
        let input = [
            control(v, kind::PING, 0, &[0; 3]),
            wire::ping(v, 1),
            wire::data(1, flag::FIN, b"late"),
            peer.syn_stream(flag::FIN, 3, 0, 0, GET),
            wire::rst_stream(v, 1, status::CANCEL),
            control(v, kind::PING, 0, &[0; 3]),
            b"and a piece".to_vec(),
        ]
        .concat();
        session.feed(&input);
        session.feed(&input);
        assert_eq!(session.names(), ["on_ctrl_recv_parse_error"]);
        assert_eq!(session.flush().len(), 1, "one GOAWAY");
        forget(&session);
        session.feed(&input);
        assert_eq!(session.names(), [""; 0]);
    }
}

#[test]
fn input_after_fail_session_is_dropped() {
    if defective_in_1_4("input is processed after fail_session") {
        return;
    }
    for version in ALL_VERSIONS {
        let (session, _) = server_with_requests(version, 1);
        let ping = wire::ping(version.wire(), 1);
        session.feed(&ping[..5]);
        assert_eq!(session.fail_session(status::INTERNAL_ERROR), 0);
        session.feed(&ping[5..]);
        session.feed(&ping);
        assert_eq!(session.transcript(), [""; 0]);
        assert_eq!(session.outbound_queue_size(), 1);
    }
}

#[test]
fn the_dictionary_of_the_session_serves_frames_of_any_version() {
    for (version, other) in [(V2, 3), (V3, 2), (V3_1, 2)] {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        peer.version = other;
        server.feed(&peer.syn_stream(flag::NONE, 1, 0, 0, GET));
        peer.version = version.wire();
        server.feed(&peer.syn_stream(flag::NONE, 3, 0, 0, GET));
        assert_eq!(
            server.names(),
            ["on_invalid_ctrl_recv SYN_STREAM", "on_ctrl_recv SYN_STREAM"]
        );
    }
}
