//! Frames that are accepted by submit but refused when their turn comes.

mod support;

use support::abi::{error, flag, status};
use support::defective_in_1_4;
use support::event::Event;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire;

/// Sends, and checks that nothing was written and that these lines were reported.
fn assert_refused(session: &Session, expected: &[String]) {
    session.events();
    assert_eq!(session.flush(), [""; 0]);
    assert_eq!(session.transcript(), expected);
}

/// The line for a refused frame without pairs.
fn not_sent(version: Version, frame: &str, rest: &str, error: i32) -> String {
    let v = version.wire();
    format!("on_ctrl_not_send {frame} v{v} flags=0 {rest} error={error}")
}

/// The lines for a refused SYN_STREAM without pairs or flags.
fn syn_stream_refused(version: Version, stream_id: i32, error: i32) -> [String; 2] {
    let rest = format!("stream={stream_id} assoc=0 pri=0 slot=0 {{}}");
    [
        not_sent(version, "SYN_STREAM", &rest, error),
        format!("on_stream_close stream={stream_id} status=6"),
    ]
}

/// The ways in which a session stops opening streams.
const GO_AWAY: [fn(&Session); 3] = [
    |session| session.feed(&wire::goaway(session.version().wire(), 0, 0)),
    |session| assert_eq!(session.submit_goaway(0), 0),
    |session| assert_eq!(session.fail_session(1), 0),
];

#[test]
fn no_stream_opens_after_goaway() {
    for version in ALL_VERSIONS {
        for go_away in GO_AWAY {
            let (client, _) = client_with_streams(version, 1);
            go_away(&client);
            client.flush();
            for stream_id in [3, 5] {
                // Submit takes it, and it has an id and user data of its own.
                assert_eq!(client.submit_syn_stream(flag::NONE, 0, 0, NONE, 7), 0);
                let check = move |client: &Session, _: &Event| {
                    assert_eq!(client.stream_user_data(stream_id), 7);
                };
                client.on(&format!("on_stream_close stream={stream_id}"), check);
                let lines = syn_stream_refused(version, stream_id, error::SYN_STREAM_NOT_ALLOWED);
                assert_refused(&client, &lines);
                assert_eq!(client.stream_user_data(stream_id), 0);
            }
        }
    }
}

#[test]
fn a_queued_request_fails_when_the_peer_goes_away() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.feed(&wire::goaway(version.wire(), 0, 0));
        let lines = syn_stream_refused(version, 3, error::SYN_STREAM_NOT_ALLOWED);
        assert_refused(&client, &lines);
    }
}

#[test]
fn a_queued_request_fails_with_its_session() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.fail_session(1);
        assert_eq!(client.flush().len(), 1, "the GOAWAY alone");
        let lines = syn_stream_refused(version, 3, error::SYN_STREAM_NOT_ALLOWED);
        assert_eq!(client.transcript()[..2], lines);
    }
}

#[test]
fn other_frames_still_go_out_after_goaway() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&wire::goaway(version.wire(), 0, 0));
        client.submit_ping();
        client.submit_headers(flag::NONE, 1, NONE);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(3)));
        client.submit_settings(&[(4, 1)]);
        assert_eq!(client.flush().len(), 4);
    }
}

#[test]
fn the_associated_stream_must_exist() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_stream(flag::NONE, 3, 0, NONE, 0);
        assert_refused(
            &server,
            &[
                not_sent(
                    version,
                    "SYN_STREAM",
                    "stream=2 assoc=3 pri=0 slot=0 {}",
                    error::STREAM_CLOSED,
                ),
                "on_stream_close stream=2 status=6".to_owned(),
            ],
        );
    }
}

#[test]
fn a_reply_needs_an_open_request_of_the_peer() {
    for version in ALL_VERSIONS {
        let reply = |stream_id, error| {
            not_sent(
                version,
                "SYN_REPLY",
                &format!("stream={stream_id} {{}}"),
                error,
            )
        };
        let (server, _) = server_with_requests(version, 4);
        server.submit_syn_reply(flag::NONE, 99, NONE);
        assert_refused(&server, &[reply(99, error::STREAM_CLOSED)]);

        server.submit_syn_reply(flag::FIN, 1, NONE);
        server.flush();
        server.submit_syn_reply(flag::NONE, 1, NONE);
        assert_refused(&server, &[reply(1, error::STREAM_SHUT_WR)]);

        server.submit_syn_stream(flag::NONE, 3, 0, NONE, 0);
        server.flush();
        server.submit_syn_reply(flag::NONE, 2, NONE);
        assert_refused(&server, &[reply(2, error::INVALID_STREAM_ID)]);

        server.submit_syn_reply(flag::NONE, 3, NONE);
        server.flush();
        server.submit_syn_reply(flag::NONE, 3, NONE);
        assert_refused(&server, &[reply(3, error::INVALID_STREAM_STATE)]);
    }
}

#[test]
fn headers_need_a_stream_that_is_open_for_sending() {
    for version in ALL_VERSIONS {
        let headers = |stream_id, error| {
            not_sent(
                version,
                "HEADERS",
                &format!("stream={stream_id} {{}}"),
                error,
            )
        };
        let (server, _) = server_with_requests(version, 2);
        server.submit_headers(flag::NONE, 99, NONE);
        assert_refused(&server, &[headers(99, error::STREAM_CLOSED)]);

        server.submit_headers(flag::NONE, 1, NONE);
        assert_refused(&server, &[headers(1, error::INVALID_STREAM_STATE)]);

        server.submit_syn_reply(flag::FIN, 1, NONE);
        server.flush();
        server.submit_headers(flag::NONE, 1, NONE);
        assert_refused(&server, &[headers(1, error::STREAM_SHUT_WR)]);
    }
}

#[test]
fn headers_may_follow_an_own_request_before_its_reply() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_requests(version, 1);
        client.submit_headers(flag::FIN, 1, NONE);
        let v = version.wire();
        assert_eq!(
            client.flush(),
            [format!("HEADERS v{v} flags=1 stream=1 {{}}")]
        );
    }
}

#[test]
fn frames_of_a_stream_that_is_being_reset_are_refused() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        // In the queue before the RST_STREAM, then behind it.
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.submit_headers(flag::NONE, 1, NONE);
        server.submit_rst_stream(1, status::CANCEL);
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.submit_headers(flag::NONE, 1, NONE);
        server.submit_data(1, flag::FIN, Some(&server.provider_of(1)));
        assert_eq!(server.flush().len(), 1, "the RST_STREAM alone");
        let transcript = server.transcript();
        let refused = |frame: &str, error| not_sent(version, frame, "stream=1 {}", error);
        assert_eq!(transcript[0], refused("SYN_REPLY", error::STREAM_CLOSING));
        assert_eq!(transcript[1], refused("HEADERS", error::STREAM_CLOSING));
        assert!(transcript[2].starts_with("before_ctrl_send RST_STREAM"));
        assert!(transcript[3].starts_with("on_ctrl_send RST_STREAM"));
        assert_eq!(transcript[4], "on_stream_close stream=1 status=5");
        assert_eq!(transcript[5], refused("SYN_REPLY", error::STREAM_CLOSED));
        assert_eq!(transcript[6], refused("HEADERS", error::STREAM_CLOSED));
        assert_eq!(transcript.len(), 7);
    }
}

#[test]
fn refused_spdy2_frames_show_the_names_as_submitted() {
    let server = Session::server(V2);
    server.submit_syn_reply(flag::NONE, 1, &[("host", "a"), (":path", "/")]);
    let line = "on_ctrl_not_send SYN_REPLY v2 flags=0 stream=1 {:path: /; host: a} error=-510";
    assert_refused(&server, &[line.to_owned()]);
}

#[test]
fn a_second_goaway_is_never_sent() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_goaway(0);
        client.submit_goaway(0);
        assert_eq!(client.flush().len(), 1);
        let refused = "on_ctrl_not_send GOAWAY";
        assert_eq!(client.names().last().unwrap(), refused);
        client.submit_goaway(0);
        let rest = "last=0 status=0";
        let line = not_sent(version, "GOAWAY", rest, error::GOAWAY_ALREADY_SENT);
        assert_refused(&client, &[line]);
    }
}

#[test]
fn window_updates_of_a_closed_stream_vanish() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 2);
        client.submit_window_update(1, 5);
        client.feed(&wire::rst_stream(3, 1, status::CANCEL));
        assert_refused(&client, &[]);
        client.submit_window_update(3, 5);
        client.submit_rst_stream(3, status::CANCEL);
        assert_eq!(client.flush().len(), 1, "the RST_STREAM alone");
    }
}

#[test]
fn data_that_cannot_be_sent_vanishes_unread() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 3);
        server.record_io(true);
        let unread = server.provider([Read::last("never")]);
        // An unknown stream, and a request that was not answered yet.
        server.submit_data(99, flag::FIN, Some(&unread));
        server.submit_data(1, flag::FIN, Some(&unread));
        assert_refused(&server, &[]);
        // Sending has ended.
        server.submit_syn_reply(flag::FIN, 1, NONE);
        server.flush();
        server.submit_data(1, flag::FIN, Some(&unread));
        assert_refused(&server, &[]);
        // A RST_STREAM is on its way.
        server.submit_syn_reply(flag::NONE, 3, NONE);
        server.flush();
        server.submit_data(3, flag::FIN, Some(&unread));
        server.submit_rst_stream(3, status::CANCEL);
        assert_eq!(server.flush().len(), 1);
        // Another item of the stream is deferred.
        server.submit_syn_reply(flag::NONE, 5, NONE);
        server.submit_data(5, flag::FIN, Some(&server.provider([Read::deferred()])));
        server.flush();
        server.submit_data(5, flag::FIN, Some(&unread));
        assert_refused(&server, &[]);
    }
}

#[test]
fn a_request_reset_while_it_waits_is_cancelled() {
    if defective_in_1_4("a RST_STREAM overtakes its waiting SYN_STREAM, which goes out later") {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&wire::settings(v, &[(4, 1)]));
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 7);
        client.submit_rst_stream(3, status::CANCEL);
        assert_refused(
            &client,
            &[
                not_sent(
                    version,
                    "SYN_STREAM",
                    "stream=3 assoc=0 pri=0 slot=0 {}",
                    error::STREAM_CLOSING,
                ),
                "on_stream_close stream=3 status=5".to_owned(),
            ],
        );
        assert_eq!((client.outbound_queue_size(), client.want_write()), (0, 0));
        // Its place is free for the next one once the first stream has ended.
        client.submit_syn_stream(flag::FIN, 0, 0, NONE, 0);
        client.submit_rst_stream(1, status::CANCEL);
        let sent = client.flush();
        assert_eq!(sent.len(), 2, "{sent:?}");
        assert!(sent[1].starts_with(&format!("SYN_STREAM v{v} flags=1 stream=5 ")));
        client.feed(&peer.syn_reply(flag::FIN, 5, NONE));
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=5 status=0"
        );
    }
}

#[test]
fn a_reset_of_a_stream_that_is_not_there_yet_does_not_cancel_it() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_rst_stream(1, status::CANCEL);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        assert_eq!(client.flush().len(), 2);
        let sent = ["RST_STREAM", "SYN_STREAM"].map(|frame| {
            [
                format!("before_ctrl_send {frame}"),
                format!("on_ctrl_send {frame}"),
            ]
        });
        let mut names = client.names();
        names.retain(|name| name != "on_stream_close");
        assert_eq!(names, sent.concat());
    }
}

#[test]
fn a_stream_reset_while_it_opens_sends_nothing_more() {
    if defective_in_1_4("the end of a SYN_REPLY makes a stream forget that it is being reset") {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        server.on("on_ctrl_send SYN_REPLY", |session, _| {
            session.submit_headers(flag::NONE, 1, NONE);
            session.submit_rst_stream(1, status::CANCEL);
        });
        server.submit_syn_reply(flag::NONE, 1, NONE);
        assert_eq!(
            server.flush(),
            [
                format!("SYN_REPLY v{v} flags=0 stream=1 {{}}"),
                format!("RST_STREAM v{v} flags=0 stream=1 status=5"),
            ]
        );
    }
}
