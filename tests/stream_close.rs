//! When a stream ends, with which status, and what can still be done with it then.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, data};

/// Checks inside on_stream_close that the stream is still there, with its user data.
fn expect_user_data(session: &Session, stream_id: i32, user_data: usize) {
    session.on("on_stream_close", move |session, _| {
        assert_eq!(session.stream_user_data(stream_id), user_data);
        assert_eq!(session.set_stream_user_data(stream_id, user_data + 1), 0);
        assert_eq!(session.stream_user_data(stream_id), user_data + 1);
    });
}

/// Checks that the last callback was the end of the stream, and that it is gone since.
#[track_caller]
fn assert_closed(session: &Session, stream_id: i32, status: u32, before: &str) {
    let transcript = session.transcript();
    let [.., previous, last] = &transcript[..] else {
        panic!("{transcript:?}");
    };
    assert!(previous.starts_with(before), "{transcript:?}");
    assert_eq!(
        last,
        &format!("on_stream_close stream={stream_id} status={status}")
    );
    assert_gone(session, stream_id);
}

#[track_caller]
fn assert_gone(session: &Session, stream_id: i32) {
    assert_eq!(session.stream_user_data(stream_id), 0);
    assert_eq!(
        session.set_stream_user_data(stream_id, 1),
        error::INVALID_ARGUMENT
    );
    assert_eq!(session.stream_recv_data_length(stream_id), -1);
    assert_eq!(session.resume_data(stream_id), error::INVALID_ARGUMENT);
    assert_eq!(
        session.submit_window_update(stream_id, 1),
        error::STREAM_CLOSED
    );
}

/// A client whose request on stream 1 has ended its sending side, with user data 7.
fn client_that_waits(version: Version) -> (Rc<Session>, wire::Writer) {
    let client = Session::client(version);
    client.submit_syn_stream(flag::FIN, 0, 0, NONE, 7);
    client.flush();
    forget(&client);
    expect_user_data(&client, 1, 7);
    (client, wire::Writer::new(version))
}

#[test]
fn a_stream_ends_with_the_last_frame_received() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_that_waits(version);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_closed(&client, 1, status::OK, "on_ctrl_recv SYN_REPLY");

        let (client, mut peer) = client_that_waits(version);
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_closed(&client, 1, status::OK, "on_ctrl_recv HEADERS");

        let (client, mut peer) = client_that_waits(version);
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.feed(&data(1, flag::FIN, b"body"));
        assert_closed(&client, 1, status::OK, "on_data_recv");

        let (server, _) = server_with_requests(version, 1);
        server.submit_response(1, NONE, None);
        server.flush();
        server.feed(&data(1, flag::FIN, b""));
        assert_closed(&server, 1, status::OK, "on_request_recv");
    }
}

#[test]
fn a_stream_ends_with_the_last_frame_sent() {
    for version in ALL_VERSIONS {
        let server = |_| {
            let server = Session::server(version);
            let mut peer = wire::Writer::new(version);
            server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
            server.set_stream_user_data(1, 7);
            expect_user_data(&server, 1, 7);
            server
        };
        let [reply, headers, body] = [(); 3].map(server);
        reply.submit_response(1, NONE, None);
        reply.flush();
        assert_closed(&reply, 1, status::OK, "on_ctrl_send SYN_REPLY");

        headers.submit_syn_reply(flag::NONE, 1, NONE);
        headers.submit_headers(flag::FIN, 1, NONE);
        headers.flush();
        assert_closed(&headers, 1, status::OK, "on_ctrl_send HEADERS");

        let provider = body.provider_of(5000);
        body.submit_response(1, NONE, Some(&provider));
        body.flush();
        assert_closed(&body, 1, status::OK, "on_data_send");

        let (client, mut peer) = client_with_requests(version, 1);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        let provider = client.provider_of(0);
        client.submit_data(1, flag::FIN, Some(&provider));
        client.flush();
        assert_closed(&client, 1, status::OK, "on_data_send");
    }
}

#[test]
fn a_reset_sent_ends_the_stream_once_it_is_out() {
    for version in ALL_VERSIONS {
        let (client, _) = client_that_waits(version);
        client.submit_rst_stream(1, 1234);
        assert_eq!(client.names(), [""; 0], "not before");
        assert_eq!(client.stream_user_data(1), 7);
        client.flush();
        assert_closed(&client, 1, 1234, "on_ctrl_send RST_STREAM");
    }
}

#[test]
fn a_reset_received_ends_the_stream_at_once() {
    for version in ALL_VERSIONS {
        let (client, _) = client_that_waits(version);
        client.feed(&wire::rst_stream(version.wire(), 1, 4321));
        assert_closed(&client, 1, 4321, "on_ctrl_recv RST_STREAM");
    }
}

#[test]
fn a_request_that_may_not_be_sent_ends_with_an_internal_error() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_request(0, NONE, None, 7);
        client.feed(&wire::goaway(version.wire(), 0, status::OK));
        expect_user_data(&client, 1, 7);
        client.flush();
        assert_closed(&client, 1, status::INTERNAL_ERROR, "on_ctrl_not_send");
    }
}

#[test]
fn two_resets_end_a_stream_once() {
    for version in ALL_VERSIONS {
        let (client, _) = client_that_waits(version);
        client.submit_rst_stream(1, status::CANCEL);
        client.submit_rst_stream(1, status::INTERNAL_ERROR);
        assert_eq!(client.flush().len(), 2);
        let closes = client.names();
        let closes = closes.iter().filter(|name| *name == "on_stream_close");
        assert_eq!(closes.count(), 1);
    }
}

#[test]
fn the_end_of_the_session_does_not_end_its_streams() {
    for version in ALL_VERSIONS {
        for end in [
            |client: &Session| client.feed(&wire::goaway(client.version().wire(), 0, 0)),
            |client: &Session| assert_eq!(client.submit_goaway(status::OK), 0),
            |client: &Session| assert_eq!(client.fail_session(status::PROTOCOL_ERROR), 0),
            |client: &Session| client.feed(&wire::control(client.version().wire(), 6, 0, b"")),
        ] {
            let (client, _) = client_that_waits(version);
            end(&client);
            client.flush();
            assert_eq!(client.stream_user_data(1), 7);
            client.delete();
            let names = client.names();
            assert!(!names.contains(&"on_stream_close".to_owned()), "{names:?}");
        }
    }
}

#[test]
fn what_is_queued_for_a_stream_fails_when_the_peer_resets_it() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        let body = server.provider_of(10);
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.submit_headers(flag::NONE, 1, NONE);
        server.submit_data(1, flag::FIN, Some(&body));
        server.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        assert_eq!(server.outbound_queue_size(), 3);
        forget(&server);
        assert_eq!(server.flush(), [""; 0]);
        let transcript = server.transcript();
        assert_eq!(transcript.len(), 2, "{transcript:?}");
        assert!(transcript.iter().all(|line| line.ends_with("error=-510")));
    }
}

#[test]
fn a_frame_submitted_while_a_stream_closes_comes_too_late() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.on("on_stream_close", |session, _| {
            assert_eq!(session.submit_syn_reply(flag::NONE, 1, NONE), 0);
            assert_eq!(session.submit_window_update(1, 1), 0);
        });
        server.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        forget(&server);
        assert_eq!(server.flush(), [""; 0]);
        assert_eq!(server.names(), ["on_ctrl_not_send SYN_REPLY"]);
    }
}

#[test]
fn a_stream_whose_end_is_being_reported_is_not_closed_again() {
    if defective_in_1_4("sending from inside on_stream_close frees the stream twice") {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_that_waits(version);
        client.on("on_stream_close", |session, _| {
            assert_eq!(session.submit_rst_stream(1, status::CANCEL), 0);
            assert_eq!(session.send(), 0);
        });
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_REPLY",
                "on_stream_close",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM"
            ]
        );
        assert_gone(&client, 1);
    }
}
