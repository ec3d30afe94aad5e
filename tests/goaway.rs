//! The end of a session, from either side.

mod support;

use support::abi::{error, flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire;

#[test]
fn open_streams_finish_after_the_peer_went_away() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_streams(version, 1);
        client.submit_syn_stream(flag::FIN, 0, 0, NONE, 0);
        client.feed(&wire::goaway(v, 1, 0));
        assert_eq!(
            client.transcript(),
            [format!("on_ctrl_recv GOAWAY v{v} flags=0 last=1 status=0")]
        );
        assert_eq!(wants(&client), (1, 1));
        assert!(client.flush().is_empty());
        let transcript = client.transcript();
        assert!(transcript[0].ends_with(" error=-516"), "{transcript:?}");
        assert_eq!(transcript[1], "on_stream_close stream=3 status=6");
        assert_eq!(wants(&client), (1, 0));

        client.submit_data(1, flag::FIN, Some(&client.provider_of(1)));
        assert_eq!(client.flush().len(), 1);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(
            client.names(),
            ["on_data_send", "on_ctrl_recv HEADERS", "on_stream_close"]
        );
        assert_eq!(wants(&client), (0, 0));
    }
}

#[test]
fn streams_the_peer_never_saw_are_left_to_the_application() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 2);
        client.feed(&wire::goaway(version.wire(), 1, 0));
        assert_eq!(client.names(), ["on_ctrl_recv GOAWAY"]);
        client.feed(&peer.syn_reply(flag::NONE, 3, NONE));
        assert_eq!(client.names(), ["on_ctrl_recv SYN_REPLY"]);
    }
}

#[test]
fn goaway_may_be_received_repeatedly() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_requests(version, 1);
        for last in [i32::MAX, 1, 0] {
            client.feed(&wire::goaway(version.wire(), last, 0));
        }
        assert_eq!(client.names(), ["on_ctrl_recv GOAWAY"; 3]);
        assert_eq!(wants(&client), (1, 0));
    }
}

#[test]
fn a_session_that_went_away_ignores_new_requests() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_goaway(0);
        server.flush();
        server.events();
        server.feed(&peer.syn_stream(flag::FIN, 3, 0, 0, NONE));
        assert!(server.names().is_empty());
        // The one it has is still served.
        server.submit_response(1, OK, None);
        assert_eq!(server.flush().len(), 1);
    }
}

#[test]
fn a_failed_session_says_goodbye_and_is_done() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        assert_eq!(server.fail_session(status::PROTOCOL_ERROR), 0);
        assert_eq!(server.want_write(), 1);
        let code = if version == V2 { 0 } else { 1 };
        assert_eq!(
            server.flush(),
            [format!("GOAWAY v{v} flags=0 last=1 status={code}")]
        );
        assert_eq!(
            server.names(),
            ["before_ctrl_send GOAWAY", "on_ctrl_send GOAWAY"],
            "open streams are not reported as closed"
        );
        assert_eq!(wants(&server), (0, 0));
    }
}

#[test]
fn a_failed_session_without_streams_still_wants_to_say_goodbye() {
    for version in ALL_VERSIONS {
        let session = Session::server(version);
        assert_eq!(session.fail_session(status::PROTOCOL_ERROR), 0);
        assert_eq!(session.want_read(), 0);
        assert_eq!(session.outbound_queue_size(), 1);
        if !defective_in_1_4("want_write is 0 while the GOAWAY of a failed session is queued") {
            assert_eq!(session.want_write(), 1);
            session.script_send([support::script::Send::Upto(5)]);
            session.script_send([support::script::Send::Returns(error::WOULDBLOCK)]);
            assert_eq!(session.send(), 0);
            assert_eq!(session.want_write(), 1, "half of it is still to come");
        }
        assert_eq!(session.flush().len(), 1);
        assert_eq!(wants(&session), (0, 0));
    }
}

#[test]
fn only_one_goaway_is_ever_sent() {
    for version in ALL_VERSIONS {
        let session = Session::server(version);
        for _ in 0..5 {
            assert_eq!(session.fail_session(2), 0);
            assert_eq!(session.submit_goaway(0), 0);
            // A PING of the wrong length fails the session, too.
            session.feed(&wire::control(version.wire(), 6, 0, b"?"));
        }
        let mut sent = session.flush();
        session.fail_session(1);
        session.submit_goaway(0);
        sent.extend(session.flush());
        assert_eq!(sent.len(), 1, "{sent:?}");
        assert_eq!(wants(&session), (0, 0));
    }
}

#[test]
fn what_was_submitted_still_goes_out_after_the_goaway() {
    for version in ALL_VERSIONS {
        let session = Session::server(version);
        session.fail_session(1);
        session.flush();
        session.submit_ping();
        assert_eq!(wants(&session), (0, 0));
        let v = version.wire();
        assert_eq!(session.flush(), [format!("PING v{v} flags=0 id=2")]);
    }
}

#[test]
fn a_protocol_error_of_the_peer_ends_the_session() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        server.feed(&wire::control(v, 6, 0, b"?"));
        assert_eq!(server.names(), ["on_ctrl_recv_parse_error"]);
        assert_eq!(server.want_write(), 1);
        let code = if version == V2 { 0 } else { 1 };
        assert_eq!(
            server.flush(),
            [format!("GOAWAY v{v} flags=0 last=1 status={code}")]
        );
        assert_eq!(wants(&server), (0, 0));
    }
}
