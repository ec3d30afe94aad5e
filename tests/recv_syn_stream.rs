//! Requests as a server receives them: which SYN_STREAM opens a stream and what happens to the others.

mod support;

use support::abi::{flag, setting, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, control, Writer};

const REFUSED: Verdict = Verdict::Reset(status::PROTOCOL_ERROR);

fn request(peer: &mut Writer, stream_id: i32) -> Vec<u8> {
    peer.syn_stream(flag::NONE, stream_id, 0, 0, GET)
}

#[test]
fn a_request_is_reported_with_all_its_fields() {
    for version in ALL_VERSIONS {
        let (lowest, shift) = if version == V2 { (3, 6) } else { (7, 5) };
        for pri in 0..=lowest {
            let block = Writer::new(version).compress(&wire::block(version.wire(), &[("a", "b")]));
            // The bits beside the priority are unused, those in front of the ids reserved; flags
            // that nobody knows are passed on, SPDY/2 has no slot.
            let unused = (1 << shift) - 1;
            let mut payload = wire::words([0x8000_0007, 0x8000_0000]);
            payload.extend([pri << shift | unused, 0xab]);
            payload.extend(block);
            let server = Session::server(version);
            server.feed(&control(version.wire(), 1, 0xfc, &payload));
            let slot = if version == V2 { 0 } else { 0xab };
            assert_eq!(
                server.transcript(),
                [format!(
                    "on_ctrl_recv SYN_STREAM v{} flags=252 stream=7 assoc=0 pri={pri} slot={slot} \
                     {{a: b}}",
                    version.wire()
                )]
            );
        }
    }
}

#[test]
fn a_request_with_fin_is_complete() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
        assert_eq!(
            server.names(),
            ["on_ctrl_recv SYN_STREAM", "on_request_recv"]
        );
        // Sending is still to come, so the stream is open.
        assert_eq!(server.set_stream_user_data(1, 5), 0);
        server.submit_response(1, OK, None);
        server.flush();
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_stream_close stream=1 status=0"
        );
    }
}

#[test]
fn ids_may_skip_but_never_go_back() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        for stream_id in [1, 3, 9, 0x7fff_fffd, 0x7fff_ffff] {
            assert_eq!(
                verdict(&server, &request(&mut peer, stream_id)),
                Verdict::Accepted
            );
        }
        assert_eq!(
            verdict(&server, &request(&mut peer, 0x7fff_fffb)),
            Verdict::SessionError
        );
    }
}

#[test]
fn ids_of_the_wrong_side_end_the_session() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        let push = peer.syn_stream(flag::UNIDIRECTIONAL, 3, 1, 0, NONE);
        assert_eq!(verdict(&client, &push), Verdict::SessionError);

        let server = Session::server(version);
        let frame = request(&mut Writer::new(version), 2);
        assert_eq!(verdict(&server, &frame), Verdict::SessionError);
    }
}

#[test]
fn stream_0_cannot_be_opened() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        assert_eq!(
            verdict(&server, &request(&mut peer, 0)),
            Verdict::SessionError
        );
        if defective_in_1_4("a first SYN_STREAM for stream 0 is answered by a RST_STREAM for it") {
            continue;
        }
        let server = Session::server(version);
        let frame = request(&mut Writer::new(version), 0);
        assert_eq!(verdict(&server, &frame), Verdict::SessionError);
    }
}

#[test]
fn a_second_request_with_the_same_id_resets_the_stream() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 2);
        server.feed(&request(&mut peer, 3));
        assert_eq!(server.names(), ["on_invalid_ctrl_recv SYN_STREAM"]);
        server.feed(&peer.headers(flag::NONE, 3, NONE));
        assert_eq!(server.names(), [""; 0], "the stream is being closed");
        assert_eq!(
            server.flush(),
            [format!(
                "RST_STREAM v{} flags=0 stream=3 status=1",
                version.wire()
            )]
        );
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_stream_close stream=3 status=1"
        );
        // Also when the stream is gone.
        assert_eq!(verdict(&server, &request(&mut peer, 3)), REFUSED);
        assert_eq!(
            verdict(&server, &peer.headers(flag::NONE, 1, NONE)),
            Verdict::Accepted
        );
    }
}

#[test]
fn servers_accept_neither_associated_nor_unidirectional_streams() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        for frame in [
            peer.syn_stream(flag::NONE, 3, 1, 0, NONE),
            peer.syn_stream(flag::UNIDIRECTIONAL, 5, 0, 0, NONE),
            peer.syn_stream(flag::FIN | flag::UNIDIRECTIONAL, 7, 0, 0, NONE),
            peer.syn_stream(flag::NONE, 9, 2, 0, NONE),
        ] {
            assert_eq!(verdict(&server, &frame), REFUSED);
        }
        // Refused ids count.
        assert_eq!(
            verdict(&server, &request(&mut peer, 7)),
            Verdict::SessionError
        );
    }
}

#[test]
fn streams_beyond_the_own_limit_are_refused() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_settings(&[(setting::MAX_CONCURRENT_STREAMS, 2)]);
        server.flush();
        let refused = Verdict::Reset(status::REFUSED_STREAM);
        assert_eq!(verdict(&server, &request(&mut peer, 3)), Verdict::Accepted);
        assert_eq!(verdict(&server, &request(&mut peer, 5)), refused);
        assert_eq!(
            verdict(&server, &request(&mut peer, 5)),
            REFUSED,
            "the id counts as used"
        );
        server.submit_rst_stream(1, status::CANCEL);
        assert_eq!(
            verdict_of_busy(&server, &request(&mut peer, 7)),
            ["on_invalid_ctrl_recv SYN_STREAM"],
            "a stream counts until its RST_STREAM is sent"
        );
        server.flush();
        assert_eq!(verdict(&server, &request(&mut peer, 9)), Verdict::Accepted);
    }
}

/// The callbacks of one frame while something is queued.
fn verdict_of_busy(session: &Session, frame: &[u8]) -> Vec<String> {
    forget(session);
    session.feed(frame);
    session.names()
}

#[test]
fn a_limit_of_0_refuses_all_streams() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        server.submit_settings(&[(setting::MAX_CONCURRENT_STREAMS, 0)]);
        server.flush();
        assert_eq!(
            verdict(&server, &request(&mut Writer::new(version), 1)),
            Verdict::Reset(status::REFUSED_STREAM)
        );
    }
}

#[test]
fn own_streams_do_not_count_against_the_own_limit() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_settings(&[(setting::MAX_CONCURRENT_STREAMS, 2)]);
        for _ in 0..3 {
            server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        }
        server.flush();
        assert_eq!(verdict(&server, &request(&mut peer, 3)), Verdict::Accepted);
    }
}

#[test]
fn requests_are_ignored_once_the_session_is_ending() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.feed(&wire::goaway(version.wire(), 0, status::OK));
        for stream_id in [3, 1, 0, 2] {
            assert_eq!(
                verdict(&server, &request(&mut peer, stream_id)),
                Verdict::Ignored
            );
        }

        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_goaway(status::OK);
        assert_eq!(
            verdict_of_busy(&server, &request(&mut peer, 3)),
            ["on_ctrl_recv SYN_STREAM"],
            "the GOAWAY is not sent yet"
        );
        server.flush();
        assert_eq!(verdict(&server, &request(&mut peer, 5)), Verdict::Ignored);
    }
}

#[test]
fn new_streams_have_no_user_data() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        server.on("on_ctrl_recv", |session, event| {
            let stream_id = event.frame().expect("a frame").stream_id();
            assert_eq!(session.stream_user_data(stream_id), 0);
            assert_eq!(session.set_stream_user_data(stream_id, 9), 0);
        });
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
        assert_eq!(server.stream_user_data(1), 9);
    }
}
