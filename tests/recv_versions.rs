//! Control frames of another version than the session's.

mod support;

use support::abi::{error, flag, kind, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, control, words, Writer};

/// Versions that no frame of any SPDY version carries; 4 is only the name of SPDY/3.1 in the API.
const UNKNOWN: [u16; 5] = [0, 1, 4, 9, 0x7fff];

/// The other one of the two versions on the wire.
fn other(version: Version) -> u16 {
    5 - version.wire()
}

fn writer_of(version: Version, frame_version: u16) -> Writer {
    let mut writer = Writer::new(version);
    writer.version = frame_version;
    writer
}

#[test]
fn a_syn_stream_of_the_other_version_is_refused_and_its_id_counts() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = writer_of(version, other(version));
        let frame = peer.syn_stream(flag::FIN, 5, 0, 1, &[("b", "2"), ("a", "1")]);
        server.feed(&frame);
        assert_eq!(
            server.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_STREAM v{} flags=1 stream=5 assoc=0 pri=1 slot=0 \
                 {{a: 1; b: 2}} reason=4",
                other(version)
            )]
        );
        assert_eq!(
            server.flush(),
            [format!(
                "RST_STREAM v{} flags=0 stream=5 status=4",
                version.wire()
            )]
        );
        peer.version = version.wire();
        assert_eq!(
            verdict(&server, &peer.syn_stream(flag::NONE, 3, 0, 0, GET)),
            Verdict::SessionError,
            "a lower id than the one refused"
        );
    }
}

#[test]
fn a_frame_is_read_in_the_layout_of_its_own_version() {
    for version in ALL_VERSIONS {
        for build in [
            |v, block: &[u8]| wire::syn_stream_of(v, flag::NONE, 1, 0, 0, block),
            |v, block: &[u8]| wire::syn_reply_of(v, flag::NONE, 1, block),
            |v, block: &[u8]| wire::headers_of(v, flag::NONE, 1, block),
        ] {
            let (client, mut peer) = client_with_requests(version, 1);
            // A block in the layout of the session's version, in a frame that claims the other.
            let block = peer.compress(&wire::block(version.wire(), GET));
            assert_eq!(
                verdict(&client, &build(other(version), &block)),
                Verdict::ParseError(error::INVALID_FRAME)
            );
        }
    }
}

#[test]
fn header_names_are_translated_by_the_version_of_the_session() {
    for (version, shown) in [(V2, ":path: /"), (V3, "url: /"), (V3_1, "url: /")] {
        let server = Session::server(version);
        let mut peer = writer_of(version, other(version));
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, &[("url", "/")]));
        assert_eq!(
            server.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_STREAM v{} flags=1 stream=1 assoc=0 pri=0 slot=0 \
                 {{{shown}}} reason=4",
                other(version)
            )]
        );
    }
}

#[test]
fn a_syn_stream_of_an_unknown_version_ends_the_session() {
    for version in ALL_VERSIONS {
        for frame_version in UNKNOWN {
            let block = Writer::new(version).compress(&wire::block(version.wire(), GET));
            for block in [&block[..], b""] {
                let server = Session::server(version);
                let frame = wire::syn_stream_of(frame_version, flag::NONE, 1, 0, 0, block);
                assert_eq!(
                    verdict(&server, &frame),
                    Verdict::ParseError(error::UNSUPPORTED_VERSION)
                );
            }
            let server = Session::server(version);
            let frame = wire::syn_stream_of(frame_version, flag::NONE, 1, 0, 0, b"not zlib");
            assert_eq!(
                verdict(&server, &frame),
                Verdict::ParseError(error::ZLIB),
                "damage is noticed before the version"
            );
        }
    }
}

#[test]
fn valid_replies_and_headers_of_the_other_version_are_ignored() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        peer.version = other(version);
        for stream_id in [1, 2, 99] {
            for frame in [
                peer.syn_reply(flag::FIN, stream_id, OK),
                peer.headers(flag::FIN, stream_id, OK),
            ] {
                assert_eq!(verdict(&client, &frame), Verdict::Ignored);
            }
        }
        peer.version = version.wire();
        assert_eq!(
            verdict(&client, &peer.syn_reply(flag::FIN, 1, OK)),
            Verdict::Accepted
        );
    }
}

#[test]
fn invalid_replies_and_headers_of_the_other_version_are_refused() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 2);
        peer.version = other(version);
        for frame in [
            peer.syn_reply(flag::NONE, 1, &[("", "empty name")]),
            peer.headers(flag::NONE, 3, &[("", "empty name")]),
        ] {
            assert_eq!(
                verdict(&client, &frame),
                Verdict::Reset(status::PROTOCOL_ERROR)
            );
        }
        for kind in [kind::SYN_REPLY, kind::HEADERS] {
            let (client, _) = client_with_requests(version, 1);
            let frame = control(other(version), kind, 0, b"\0\0\0\x01\0\0not zlib");
            assert_eq!(verdict(&client, &frame), Verdict::ParseError(error::ZLIB));
        }
    }
}

#[test]
fn replies_and_headers_of_an_unknown_version_end_the_session() {
    if defective_in_1_4("SYN_REPLY and HEADERS of an unknown version abort the process") {
        return;
    }
    for version in ALL_VERSIONS {
        for role in [Role::Client, Role::Server] {
            for frame_version in UNKNOWN {
                let block = Writer::new(version).compress(&wire::block(version.wire(), OK));
                for frame in [
                    wire::syn_reply_of(frame_version, flag::NONE, 1, &block),
                    wire::headers_of(frame_version, flag::NONE, 1, &block),
                    control(frame_version, kind::SYN_REPLY, 0, b""),
                    control(frame_version, kind::HEADERS, 0, b""),
                ] {
                    let session = Session::new(role, version);
                    assert_eq!(
                        verdict(&session, &frame),
                        Verdict::ParseError(error::UNSUPPORTED_VERSION),
                        "version {frame_version}"
                    );
                }
            }
        }
    }
}

#[test]
fn settings_and_goaway_of_an_unknown_version_end_the_session() {
    for version in ALL_VERSIONS {
        for frame_version in UNKNOWN {
            for (kind, payload, expected) in [
                (kind::SETTINGS, words([0]), error::UNSUPPORTED_VERSION),
                (kind::SETTINGS, words([7]), error::UNSUPPORTED_VERSION),
                (kind::SETTINGS, vec![0; 3], error::INVALID_FRAME),
                (kind::GOAWAY, words([0, 0]), error::UNSUPPORTED_VERSION),
                (kind::GOAWAY, vec![], error::UNSUPPORTED_VERSION),
            ] {
                let session = Session::client(version);
                assert_eq!(
                    verdict(&session, &control(frame_version, kind, 0, &payload)),
                    Verdict::ParseError(expected),
                    "type {kind} version {frame_version}"
                );
            }
        }
    }
}

#[test]
fn settings_and_goaway_of_the_other_version_are_checked_and_ignored() {
    for version in ALL_VERSIONS {
        let v = other(version);
        for frame in [
            wire::settings(v, &[(4, 0), (7, 0)]),
            wire::goaway(v, 0, status::OK),
        ] {
            let client = Session::client(version);
            assert_eq!(verdict(&client, &frame), Verdict::Ignored);
            // A limit of no streams, or a peer that went away, would hold this request back.
            client.submit_request(0, NONE, None, 0);
            assert_eq!(client.flush().len(), 1);
        }
        // The length is that of the frame's version, not of the session's.
        let goaway_length = if v == 2 { 8 } else { 4 };
        for (kind, length) in [(kind::GOAWAY, goaway_length), (kind::SETTINGS, 5)] {
            let client = Session::client(version);
            assert_eq!(
                verdict(&client, &control(v, kind, 0, &vec![0; length])),
                Verdict::ParseError(error::INVALID_FRAME)
            );
        }
    }
}

#[test]
fn short_frames_of_any_other_version_are_checked_and_ignored() {
    for version in ALL_VERSIONS {
        let versions = UNKNOWN.into_iter().chain([other(version)]);
        for frame_version in versions {
            let (server, _) = server_with_requests(version, 1);
            for frame in [
                wire::rst_stream(frame_version, 1, status::CANCEL),
                wire::ping(frame_version, 1),
                wire::window_update(frame_version, 1, 0x7fff_ffff),
            ] {
                assert_eq!(verdict(&server, &frame), Verdict::Ignored);
            }
            for kind in [kind::RST_STREAM, kind::PING, kind::WINDOW_UPDATE] {
                let (server, _) = server_with_requests(version, 1);
                assert_eq!(
                    verdict(&server, &control(frame_version, kind, 0, &[0; 5])),
                    Verdict::ParseError(error::INVALID_FRAME)
                );
            }
        }
    }
}

#[test]
fn the_version_of_other_frames_does_not_matter() {
    for version in ALL_VERSIONS {
        for frame_version in UNKNOWN.into_iter().chain([2, 3]) {
            let server = Session::server(version);
            for kind in [kind::NOOP, kind::CREDENTIAL] {
                let frame = control(frame_version, kind, 0, b"any");
                assert_eq!(verdict(&server, &frame), Verdict::Ignored);
            }
            for kind in [0, 11, 200] {
                let frame = control(frame_version, kind, 0, b"any");
                assert_eq!(verdict(&server, &frame), Verdict::Unknown);
            }
        }
    }
}
