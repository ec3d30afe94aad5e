//! Half-closed streams: which sides have ended, and when the peer's does.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use support::abi::{error, flag, status};
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, data, Writer};

fn is_missing() -> bool {
    defective_in_1_4("half-closed streams cannot be seen")
}

/// Whether the own and the peer's side have ended.
fn closed(session: &Session, stream_id: i32) -> (i32, i32) {
    (
        session.stream_local_close(stream_id),
        session.stream_remote_close(stream_id),
    )
}

#[test]
fn each_side_ends_with_its_fin() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let mut peer = Writer::new(version);
        assert_eq!(closed(&client, 1), (-1, -1));
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        assert_eq!(closed(&client, 1), (-1, -1), "not sent yet");
        client.flush();
        assert_eq!(closed(&client, 1), (0, 0));
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.submit_data(1, flag::FIN, Some(&client.provider_of(3)));
        client.on("on_data_send", |client, _| {
            assert_eq!(closed(client, 1), (0, 0));
        });
        client.flush();
        assert_eq!(closed(&client, 1), (1, 0));
        client.on("on_stream_close", |client, _| {
            assert_eq!(closed(client, 1), (1, 1));
        });
        client.feed(&data(1, flag::FIN, b"x"));
        assert_eq!(closed(&client, 1), (-1, -1));
        assert_eq!(client.names().last().unwrap(), "on_stream_close");
    }
}

#[test]
fn the_peer_may_end_first() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        assert_eq!(closed(&server, 1), (0, 0));
        server.feed(&data(1, flag::FIN, b""));
        assert_eq!(closed(&server, 1), (0, 1));
        server.on("on_ctrl_recv SYN_STREAM", |server, _| {
            assert_eq!(closed(server, 3), (0, 1));
        });
        server.feed(&peer.syn_stream(flag::FIN, 3, 0, 0, NONE));
        assert_eq!(closed(&server, 3), (0, 1));
        server.submit_response(3, OK, None);
        server.flush();
        assert_eq!(closed(&server, 3), (-1, -1));
    }
}

#[test]
fn unidirectional_streams_have_one_side_only() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        server.flush();
        assert_eq!(closed(&server, 2), (0, 1));
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        assert_eq!(closed(&client, 2), (1, 0));
    }
}

#[test]
fn there_are_no_streams_without_a_session() {
    if is_missing() {
        return;
    }
    let session = ptr::null_mut();
    let api = api();
    // SAFETY: NULL is allowed.
    unsafe {
        assert_eq!(api.session_get_stream_local_close.unwrap()(session, 1), -1);
        assert_eq!(api.session_get_stream_remote_close.unwrap()(session, 1), -1);
    }
    let client = Session::client(V3);
    for stream_id in [0, -1, 1, 2, i32::MAX, i32::MIN] {
        assert_eq!(closed(&client, stream_id), (-1, -1));
    }
}

#[test]
fn the_end_of_the_peers_side_comes_after_the_frame_and_before_the_close() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let mut peer = Writer::new(version);
        let server = Session::server(version);
        server.report_remote_close();
        server.on("on_stream_remote_close", |server, _| {
            assert_eq!(server.stream_remote_close(1), 1);
        });
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
                "on_stream_remote_close"
            ]
        );

        let ends: [(&[u8], &[&str]); 2] = [
            (b"", &["on_data_recv"]),
            (b"xy", &["on_data_chunk_recv", "on_data_recv"]),
        ];
        for (payload, callbacks) in ends {
            let (server, mut peer) = server_with_requests(version, 2);
            server.report_remote_close();
            server.feed(&data(1, flag::FIN, payload));
            let after = ["on_request_recv", "on_stream_remote_close"];
            assert_eq!(server.names(), [callbacks, &after].concat());
            server.feed(&peer.headers(flag::FIN, 3, NONE));
            let headers = ["on_ctrl_recv HEADERS"];
            assert_eq!(server.names(), [headers.as_slice(), &after].concat());

            // Of an own stream, too; and here it is the last thing.
            let (client, mut peer) = client_with_streams(version, 2);
            client.report_remote_close();
            client.submit_fin(1);
            client.submit_fin(3);
            client.flush();
            client.events();
            client.feed(&data(1, flag::FIN, payload));
            let after = ["on_stream_remote_close", "on_stream_close"];
            assert_eq!(client.names(), [callbacks, &after].concat());
            client.feed(&peer.headers(flag::FIN, 3, NONE));
            assert_eq!(client.names(), [headers.as_slice(), &after].concat());
        }

        let (client, mut peer) = client_with_requests(version, 1);
        client.report_remote_close();
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_eq!(
            client.transcript()[1..],
            ["on_stream_remote_close stream=1"]
        );
    }
}

#[test]
fn a_push_without_content_ends_at_once() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.report_remote_close();
        client.feed(&peer.syn_stream(flag::FIN | flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
                "on_stream_remote_close",
                "on_stream_close"
            ]
        );
    }
}

#[test]
fn nothing_is_reported_for_resets_refused_frames_and_the_own_end() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_requests(version, 2);
        client.report_remote_close();
        client.submit_fin(1);
        client.flush();
        client.feed(&wire::rst_stream(v, 1, status::CANCEL));
        // DATA before the reply, which fails the session.
        client.feed(&data(3, flag::FIN, b""));
        client.feed(&peer.syn_reply(flag::FIN, 3, NONE));
        assert_eq!(
            client.names(),
            ["on_data_send", "on_ctrl_recv RST_STREAM", "on_stream_close"]
        );
    }
}

#[test]
fn a_stream_that_a_callback_ends_is_not_reported() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.report_remote_close();
        server.on("on_request_recv", |server, _| {
            server.submit_rst_stream(1, status::CANCEL);
            assert_eq!(server.send(), 0);
        });
        server.feed(&data(1, flag::FIN, b""));
        let names = server.names();
        assert_eq!(names.last().unwrap(), "on_stream_close");
        assert!(!names.contains(&"on_stream_remote_close".to_owned()));
    }
}

#[test]
fn the_callback_can_be_set_and_taken_away_at_any_time() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 3);
        server.on("on_request_recv stream=1", |server, _| {
            server.report_remote_close();
        });
        server.on("on_stream_remote_close", |server, _| {
            assert_eq!(server.set_on_stream_remote_close(None), 0);
        });
        for stream_id in [1, 3, 5] {
            server.feed(&data(stream_id, flag::FIN, b""));
        }
        let reports: Vec<_> = server
            .transcript()
            .into_iter()
            .filter(|line| line.starts_with("on_stream_remote_close"))
            .collect();
        assert_eq!(reports, ["on_stream_remote_close stream=1"]);
    }
    let set = api().session_set_on_stream_remote_close_callback.unwrap();
    // SAFETY: NULL is allowed.
    let result = unsafe { set(ptr::null_mut(), None) };
    assert_eq!(result, error::INVALID_ARGUMENT);
}

#[test]
fn the_callback_may_do_anything() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.report_remote_close();
        let mut frames = data(1, flag::FIN, b"");
        frames.extend(peer.headers(flag::NONE, 1, NONE));
        server.on("on_stream_remote_close", |server, _| {
            assert_eq!(server.mem_recv(b"x"), error::INVALID_STATE as isize);
            server.submit_response(1, OK, None);
            assert_eq!(server.send(), 0);
        });
        server.feed(&frames);
        assert_eq!(
            server.names(),
            [
                "on_data_recv",
                "on_request_recv",
                "on_stream_remote_close",
                "before_ctrl_send SYN_REPLY",
                "on_ctrl_send SYN_REPLY",
                "on_stream_close",
                "on_invalid_ctrl_recv HEADERS",
            ]
        );

        let (server, _) = server_with_requests(version, 1);
        server.report_remote_close();
        server.on("on_stream_remote_close", |server, _| server.delete());
        let result = server.mem_recv(&data(1, flag::FIN, b""));
        assert_eq!(result, error::INVALID_STATE as isize);
        assert_eq!(server.names().last().unwrap(), "on_stream_remote_close");
    }
}
