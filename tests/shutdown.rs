//! `session_shutdown`: everything is sent, then GOAWAY, and that is all.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use support::abi::{error, flag, setting, status};
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire::{self, data};

fn is_missing() -> bool {
    defective_in_1_4("a session cannot be shut down gracefully")
}

fn wants(session: &Session) -> (i32, i32) {
    (session.want_read(), session.want_write())
}

fn goaway(version: Version, last: i32, status: u32) -> String {
    let status = if version == V2 { 0 } else { status };
    let v = version.wire();
    format!("GOAWAY v{v} flags=0 last={last} status={status}")
}

/// A server with streams that it has replied to.
fn server_with_streams(version: Version, streams: usize) -> std::rc::Rc<Session> {
    let (server, _) = server_with_requests(version, streams);
    for stream in 0..streams {
        server.submit_syn_reply(flag::NONE, 2 * stream as i32 + 1, NONE);
    }
    server.flush();
    forget(&server);
    server
}

#[test]
fn an_idle_session_says_goodbye_and_is_done() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for streams in [0, 2] {
            let server = server_with_streams(version, streams);
            assert_eq!(server.shutdown(2), 0);
            assert_eq!(wants(&server), (1, 1));
            let last = if streams == 0 { 0 } else { 3 };
            assert_eq!(server.flush(), [goaway(version, last, 2)]);
            assert_eq!(wants(&server), (0, 0));
            assert_eq!(
                server.names(),
                ["before_ctrl_send GOAWAY", "on_ctrl_send GOAWAY"],
                "open streams are not reported as closed"
            );
            // What comes after does not bring it back to life.
            server.submit_ping();
            server.submit_data(1, flag::FIN, Some(&server.provider_of(10)));
            assert_eq!(wants(&server), (0, 0));
        }
    }
}

#[test]
fn everything_queued_goes_first() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, mut peer) = server_with_requests(version, 1);
        let lowest = version.lowest_priority();
        for stream_id in [3, 5] {
            server.feed(&peer.syn_stream(flag::NONE, stream_id, 0, lowest, NONE));
        }
        forget(&server);
        server.submit_response(3, NONE, Some(&server.provider_of(10_000)));
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.shutdown(0);
        server.submit_headers(flag::NONE, 1, NONE);
        server.submit_ping();
        let mut expected = vec![
            format!("PING v{v} flags=0 id=2"),
            format!("SYN_REPLY v{v} flags=0 stream=1 {{}}"),
            format!("HEADERS v{v} flags=0 stream=1 {{}}"),
            format!("SYN_REPLY v{v} flags=0 stream=3 {{}}"),
        ];
        let bodies = [(0, 4096), (0, 4096), (1, 1808)];
        expected.extend(
            bodies.map(|(flags, length)| format!("DATA stream=3 flags={flags} length={length}")),
        );
        expected.push(goaway(version, 5, 0));
        assert_eq!(server.flush(), expected);
        assert_eq!(wants(&server), (0, 0));
    }
}

#[test]
fn a_transport_may_take_its_time() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let server = server_with_streams(version, 1);
        server.submit_data(1, flag::FIN, Some(&server.provider_of(10_000)));
        server.shutdown(0);
        let mut rounds = 0;
        while wants(&server) != (0, 0) {
            server.script_send([Send::Upto(100), Send::Returns(error::WOULDBLOCK)]);
            assert_eq!(server.send(), 0);
            rounds += 1;
            assert!(rounds < 1000);
        }
        let sent = server.sent_lines();
        assert_eq!(sent.len(), 4);
        assert_eq!(sent[3], goaway(version, 1, 0));
        assert!(rounds > 100, "want_write said so until the last byte");
    }
}

#[test]
fn deferred_data_holds_the_end_back() {
    if is_missing() {
        return;
    }
    type Release = fn(&Session);
    let releases: [(Release, usize); 4] = [
        (|server| assert_eq!(server.resume_data(1), 0), 1),
        (|server| assert_eq!(server.submit_fin(1), 0), 1),
        (|server| assert_eq!(server.submit_rst_stream(1, 5), 0), 1),
        (
            |server| server.feed(&wire::rst_stream(server.version().wire(), 1, 5)),
            0,
        ),
    ];
    for version in ALL_VERSIONS {
        for (release, frames) in releases {
            let server = server_with_streams(version, 2);
            let steps = [Read::deferred(), Read::last("late")];
            server.submit_data(1, flag::FIN, Some(&server.provider(steps)));
            server.flush();
            server.shutdown(0);
            assert_eq!(wants(&server), (1, 0));
            assert!(server.flush().is_empty());
            server.submit_ping();
            assert_eq!(server.flush().len(), 1, "only the PING");
            assert_eq!(wants(&server), (1, 0));
            release(&server);
            assert_eq!(wants(&server), (1, 1));
            let sent = server.flush();
            assert_eq!(sent.len(), frames + 1);
            assert_eq!(sent[frames], goaway(version, 3, 0));
            assert_eq!(wants(&server), (0, 0));
        }
    }
}

#[test]
fn data_that_waits_for_a_window_holds_the_end_back() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        // In SPDY/3.1 the first one waits for its own window, the second one for the connection's.
        let server = server_with_streams(version, 2);
        server.feed(&wire::window_update(3, 0, 10));
        for stream_id in [1, 3] {
            server.submit_data(stream_id, flag::FIN, Some(&server.provider_of(65_536 + 5)));
            server.flush();
        }
        server.shutdown(0);
        assert_eq!(wants(&server), (1, 0));
        assert!(server.flush().is_empty());
        server.feed(&wire::window_update(3, 1, 1000));
        if version == V3 {
            assert_eq!(server.flush(), ["DATA stream=1 flags=1 length=5"]);
        }
        server.feed(&wire::window_update(3, 3, 1000));
        server.feed(&wire::window_update(3, 0, 100_000));
        let sent = server.flush();
        assert!(sent
            .iter()
            .any(|line| line.starts_with("DATA stream=3 flags=1")));
        assert_eq!(sent.last(), Some(&goaway(version, 3, 0)));
        assert_eq!(wants(&server), (0, 0));
    }
}

#[test]
fn own_streams_are_not_opened_any_more() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for most in [0, 100] {
            let client = Session::client(version);
            let limit = setting::MAX_CONCURRENT_STREAMS as u32;
            client.feed(&wire::settings(version.wire(), &[(limit, most)]));
            forget(&client);
            client.submit_request(0, NONE, Some(&client.provider_of(10)), 7);
            client.shutdown(0);
            client.submit_request(0, NONE, None, 0);
            assert_eq!(client.flush(), [goaway(version, 0, 0)]);
            let transcript = client.transcript();
            assert!(transcript[0].starts_with("on_ctrl_not_send SYN_STREAM"));
            assert!(transcript[0].ends_with(" error=-516"), "{transcript:?}");
            assert_eq!(transcript[1], "on_stream_close stream=1 status=6");
            assert_eq!(transcript[3], "on_stream_close stream=3 status=6");
            assert_eq!(wants(&client), (0, 0));
        }
    }
}

#[test]
fn the_peers_new_streams_are_refused_and_the_old_ones_served() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_response(1, NONE, Some(&server.provider([Read::deferred()])));
        server.flush();
        server.shutdown(0);
        server.events();
        server.feed(&peer.syn_stream(flag::NONE, 3, 0, 0, GET));
        assert_eq!(server.names(), ["on_invalid_ctrl_recv SYN_STREAM"]);
        assert_eq!(
            server.flush(),
            [format!("RST_STREAM v{v} flags=0 stream=3 status=3")]
        );
        server.feed(&data(1, flag::FIN, b"x"));
        server.extend_provider(0, [Read::last("y")]);
        server.resume_data(1);
        assert_eq!(
            server.flush(),
            [
                "DATA stream=1 flags=1 length=1".to_owned(),
                goaway(version, 3, 0)
            ]
        );
        // After the GOAWAY there is not even a refusal.
        server.events();
        server.feed(&peer.syn_stream(flag::NONE, 5, 0, 0, GET));
        assert_eq!((server.names().len(), server.flush().len()), (0, 0));
        // Pushes are refused likewise.
        let (client, mut peer) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::deferred()])));
        client.flush();
        client.shutdown(0);
        client.feed(&peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, GET));
        assert_eq!(
            client.flush(),
            [format!("RST_STREAM v{v} flags=0 stream=2 status=3")]
        );
    }
}

#[test]
fn the_first_call_counts() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let session = Session::client(version);
        assert_eq!(session.shutdown(1), 0);
        assert_eq!(session.shutdown(2), 0);
        assert_eq!(session.flush(), [goaway(version, 0, 1)]);
        assert_eq!(session.shutdown(2), 0);
        assert!(session.flush().is_empty());
        assert_eq!(wants(&session), (0, 0));
    }
    let shutdown = api().session_shutdown.unwrap();
    // SAFETY: NULL is allowed.
    let result = unsafe { shutdown(ptr::null_mut(), 0) };
    assert_eq!(result, error::INVALID_ARGUMENT);
}

#[test]
fn there_is_one_goaway_only() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        // Sent before.
        let server = server_with_streams(version, 1);
        server.submit_goaway(1);
        assert_eq!(server.flush(), [goaway(version, 1, 1)]);
        server.submit_data(1, flag::FIN, Some(&server.provider_of(1)));
        server.shutdown(0);
        assert_eq!(wants(&server), (1, 1));
        assert_eq!(server.flush(), ["DATA stream=1 flags=1 length=1"]);
        assert_eq!(wants(&server), (0, 0));
        // Sent before, and nothing else to be sent.
        let server = server_with_streams(version, 1);
        server.submit_goaway(1);
        server.flush();
        server.shutdown(0);
        assert!(server.flush().is_empty());
        assert_eq!(wants(&server), (0, 0));
        // Submitted afterwards.
        let server = server_with_streams(version, 1);
        server.shutdown(0);
        server.submit_goaway(1);
        assert_eq!(server.flush(), [goaway(version, 1, 1)]);
        assert_eq!(wants(&server), (0, 0));
    }
}

#[test]
fn a_failure_ends_the_wait() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for is_own in [true, false] {
            let server = server_with_streams(version, 1);
            server.submit_data(1, flag::FIN, Some(&server.provider([Read::deferred()])));
            server.flush();
            server.shutdown(0);
            if is_own {
                server.fail_session(1);
            } else {
                server.feed(&wire::control(version.wire(), 6, 0, b"?"));
            }
            assert_eq!(wants(&server).1, 1);
            assert_eq!(server.flush(), [goaway(version, 1, 1)]);
            assert_eq!(wants(&server), (0, 0));
        }
    }
}

#[test]
fn the_peer_may_leave_at_the_same_time() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for streams in [0, 1] {
            let (client, _) = client_with_streams(version, streams);
            client.feed(&wire::goaway(version.wire(), 0, 0));
            client.shutdown(0);
            assert_eq!(client.want_write(), 1);
            assert_eq!(client.flush(), [goaway(version, 0, 0)]);
            assert_eq!(wants(&client), (0, 0));
        }
    }
}

#[test]
fn callbacks_may_shut_down() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for callback in [
            "before_ctrl_send",
            "on_ctrl_send",
            "read_callback",
            "send_callback",
            "on_data_send",
            "on_stream_close",
        ] {
            let (server, _) = server_with_requests(version, 1);
            server.feed(&data(1, flag::FIN, b""));
            server.submit_response(1, NONE, Some(&server.provider_of(10_000)));
            server.on(callback, |server, _| assert_eq!(server.shutdown(0), 0));
            let sent = server.flush();
            assert_eq!(sent.len(), 5, "{callback}");
            assert_eq!(sent[4], goaway(version, 1, 0));
            assert_eq!(wants(&server), (0, 0));
        }
        // From receiving; and more is submitted until the end.
        let (server, _) = server_with_requests(version, 2);
        server.on("on_request_recv", |server, _| {
            server.shutdown(0);
            server.submit_response(1, NONE, None);
        });
        server.on("on_stream_close", |server, _| {
            server.submit_response(3, NONE, Some(&server.provider_of(10)));
        });
        server.feed(&data(1, flag::FIN, b""));
        let sent = server.flush();
        assert_eq!(sent.len(), 4);
        assert_eq!(sent[3], goaway(version, 3, 0));
    }
}

#[test]
fn it_can_be_handed_out() {
    if is_missing() {
        return;
    }
    let server = server_with_streams(V3_1, 1);
    server.submit_data(1, flag::NONE, Some(&server.provider_of(10)));
    server.shutdown(0);
    assert_eq!(server.mem_send(), 18);
    assert_eq!(server.mem_send(), 16);
    assert_eq!(wants(&server), (1, 1), "its bytes do not count yet");
    assert_eq!(server.mem_send(), 0);
    assert_eq!(wants(&server), (0, 0));
}

#[test]
fn the_peer_gets_everything_before_the_goaway() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        client.submit_request(0, GET, None, 0);
        client.submit_request(0, GET, Some(&client.provider([Read::deferred()])), 0);
        pump(&client, &server);
        server.submit_response(1, OK, Some(&server.provider_of(500_000)));
        server.submit_response(3, OK, Some(&server.provider_of(300_000)));
        server.shutdown(0);
        forget(&client);
        pump(&client, &server);
        let received: i32 = client
            .events()
            .iter()
            .map(|event| match event {
                support::event::Event::DataRecv { length, .. } => *length,
                _ => 0,
            })
            .sum();
        assert_eq!(received, 800_000);
        assert_eq!(wants(&server), (0, 0));
        // It has a stream left that will not go on.
        assert_eq!(wants(&client), (1, 0));
        assert_eq!(client.stream_user_data(3), 0);
        client.submit_request(0, GET, None, 0);
        client.flush();
        assert!(
            client.transcript()[0].ends_with(&format!("error={}", error::SYN_STREAM_NOT_ALLOWED))
        );
        assert_eq!(client.submit_rst_stream(3, status::CANCEL), 0);
        client.flush();
        assert_eq!(wants(&client), (0, 0));
    }
}
