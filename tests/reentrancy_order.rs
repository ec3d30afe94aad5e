//! What calls from inside a callback lead to, and in which order the callbacks come then.

mod support;

use std::cell::RefCell;
use std::rc::Rc;
use support::abi::{error, flag, option, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire::{self, data, Writer};

/// Cancels a stream and tells the peer at once.
fn cancel_now(session: &Session, stream_id: i32) {
    assert_eq!(session.submit_rst_stream(stream_id, status::CANCEL), 0);
    assert_eq!(session.send(), 0);
}

const CANCELLED: [&str; 3] = [
    "before_ctrl_send RST_STREAM",
    "on_ctrl_send RST_STREAM",
    "on_stream_close",
];

/// Checks that the callbacks were these, and then those of a cancellation.
#[track_caller]
fn assert_cancelled_after(session: &Session, before: &[&str]) {
    let expected = [before, &CANCELLED].concat();
    let transcript = session.transcript();
    let names: Vec<&str> = transcript
        .iter()
        .zip(&expected)
        .map(|(line, name)| line.get(..name.len()).unwrap_or(line))
        .collect();
    assert_eq!(names, expected);
    assert_eq!(transcript.len(), expected.len(), "{transcript:?}");
    assert_eq!(
        transcript.last().unwrap(),
        "on_stream_close stream=1 status=5"
    );
    assert_eq!(session.stream_recv_data_length(1), -1, "the stream is gone");
}

#[test]
fn a_reply_that_ends_its_stream_can_be_cancelled_while_it_is_reported() {
    if defective_in_1_4("the stream is used after it was freed") {
        return;
    }
    for version in ALL_VERSIONS {
        // With and without an own side that has ended, so that the FIN would close the stream.
        for own_side in [flag::NONE, flag::FIN] {
            let client = Session::client(version);
            client.submit_syn_stream(own_side, 0, 0, NONE, 0);
            client.flush();
            forget(&client);
            client.on("on_ctrl_recv", |session, _| cancel_now(session, 1));
            client.feed(&Writer::new(version).syn_reply(flag::FIN, 1, NONE));
            assert_cancelled_after(&client, &["on_ctrl_recv SYN_REPLY"]);
        }
    }
}

#[test]
fn a_request_can_be_refused_while_it_is_reported() {
    if defective_in_1_4("the stream is used after it was freed") {
        return;
    }
    for version in ALL_VERSIONS {
        for flags in [flag::NONE, flag::FIN] {
            let server = Session::server(version);
            server.on("on_ctrl_recv", |session, _| cancel_now(session, 1));
            server.feed(&Writer::new(version).syn_stream(flags, 1, 0, 0, NONE));
            assert_cancelled_after(&server, &["on_ctrl_recv SYN_STREAM"]);
        }
    }
}

#[test]
fn every_report_about_a_request_can_be_answered_by_cancelling_it() {
    if defective_in_1_4("the stream is used after it was freed") {
        return;
    }
    for version in ALL_VERSIONS {
        let input = |peer: &mut Writer| {
            [
                peer.headers(flag::NONE, 1, NONE),
                data(1, flag::FIN, b"body"),
            ]
            .concat()
        };
        let reports = [
            "on_ctrl_recv HEADERS",
            "on_data_chunk_recv",
            "on_data_recv",
            "on_request_recv",
        ];
        for (index, report) in reports.into_iter().enumerate() {
            let (server, mut peer) = server_with_requests(version, 1);
            server.on(report, |session, _| cancel_now(session, 1));
            server.feed(&input(&mut peer));
            assert_cancelled_after(&server, &reports[..=index]);
        }
    }
}

#[test]
fn a_cancelled_stream_is_closing_for_the_rest_of_the_input() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 2);
        server.on("on_ctrl_recv HEADERS", |session, _| {
            session.submit_rst_stream(1, status::CANCEL);
        });
        let input = [
            peer.headers(flag::NONE, 1, NONE),
            peer.headers(flag::NONE, 1, NONE),
            data(1, flag::FIN, b"ignored"),
            data(3, flag::FIN, b"seen"),
        ];
        server.feed(&input.concat());
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv HEADERS",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_request_recv"
            ]
        );
        assert_eq!(server.outbound_queue_size(), 1);
    }
}

#[test]
fn reports_of_the_frame_at_hand_go_on_while_the_reset_waits() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.on("on_ctrl_recv", |session, _| {
            session.submit_rst_stream(1, status::CANCEL);
        });
        server.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(server.names(), ["on_ctrl_recv HEADERS", "on_request_recv"]);

        let (server, _) = server_with_requests(version, 1);
        server.on("on_data_chunk_recv", |session, _| {
            session.submit_rst_stream(1, status::CANCEL);
        });
        server.feed(&data(1, flag::FIN, b"x"));
        assert_eq!(server.names(), ["on_data_chunk_recv"]);
    }
}

#[test]
fn a_response_can_be_sent_while_the_request_is_reported() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        server.on("on_request_recv", |session, _| {
            let body = session.provider_of(5000);
            session.submit_response(1, OK, Some(&body));
            assert_eq!(session.send(), 0);
        });
        server.feed(&Writer::new(version).syn_stream(flag::FIN, 1, 0, 0, GET));
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
                "before_ctrl_send SYN_REPLY",
                "on_ctrl_send SYN_REPLY",
                "on_data_send",
                "on_data_send",
                "on_stream_close",
            ]
        );
    }
}

#[test]
fn nothing_is_reported_about_a_request_that_was_answered_and_closed() {
    if defective_in_1_4("on_request_recv is called after on_stream_close") {
        return;
    }
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        server.on("on_ctrl_recv", |session, _| {
            session.submit_response(1, OK, None);
            assert_eq!(session.send(), 0);
        });
        server.feed(&Writer::new(version).syn_stream(flag::FIN, 1, 0, 0, GET));
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "before_ctrl_send SYN_REPLY",
                "on_ctrl_send SYN_REPLY",
                "on_stream_close",
            ]
        );
    }
}

#[test]
fn a_session_failed_in_a_callback_reports_no_more() {
    if defective_in_1_4("input is processed after fail_session") {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.on("on_data_chunk_recv", |session, _| {
            session.fail_session(status::INTERNAL_ERROR);
        });
        let input = [
            data(1, flag::NONE, b"one"),
            data(1, flag::NONE, b"two"),
            peer.headers(flag::FIN, 1, NONE),
        ];
        let frame = input.concat();
        server.feed(&frame);
        server.feed(&frame);
        assert_eq!(server.names(), ["on_data_chunk_recv"]);
        assert_eq!(server.flush().len(), 1);
    }
}

#[test]
fn an_option_set_in_a_callback_counts_from_there() {
    let (server, _) = server_with_requests(V3, 1);
    server.on("on_data_recv", |session, _| {
        session.set_option(option::NO_AUTO_WINDOW_UPDATE, 1);
    });
    let frame = data(1, flag::NONE, &[0; 40_000]);
    server.feed(&[&frame[..], &frame, &frame].concat());
    assert_eq!(
        server.flush(),
        ["WINDOW_UPDATE v3 flags=0 stream=1 delta=40000"]
    );
    assert_eq!(server.stream_recv_data_length(1), 80_000);
}

#[test]
fn a_provider_can_cancel_its_own_stream() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.on("read_callback", |session, _| {
            session.submit_rst_stream(1, status::CANCEL);
        });
        let body = client.provider([Read::chunk("abc"), Read::last("def")]);
        client.submit_data(1, flag::FIN, Some(&body));
        let v = version.wire();
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=3".to_owned(),
                format!("RST_STREAM v{v} flags=0 stream=1 status=5"),
            ]
        );
        assert_cancelled_after(&client, &["on_data_send"]);
    }
}

#[test]
fn a_stream_may_vanish_while_its_provider_is_read() {
    for version in ALL_VERSIONS {
        for (answer, expected) in [
            (error::DEFERRED, 0),
            (error::TEMPORAL_CALLBACK_FAILURE, 0),
            (-1, error::CALLBACK_FAILURE),
        ] {
            let (client, _) = client_with_streams(version, 1);
            client.on("read_callback", |session, _| {
                session.feed(&wire::rst_stream(session.version().wire(), 1, 9));
            });
            let body = client.provider([Read::Returns(answer as isize)]);
            client.submit_data(1, flag::FIN, Some(&body));
            assert_eq!(client.send(), expected);
            assert_eq!(
                client.names()[..2],
                ["on_ctrl_recv RST_STREAM", "on_stream_close"]
            );
            assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
        }
    }
}

#[test]
fn a_stream_may_vanish_while_its_frame_is_sent() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.on("send_callback", |session, _| {
            if session.stream_recv_data_length(1) >= 0 {
                session.feed(&wire::rst_stream(session.version().wire(), 1, 9));
            }
        });
        let body = client.provider_of(9000);
        client.submit_data(1, flag::FIN, Some(&body));
        assert_eq!(client.flush(), ["DATA stream=1 flags=0 length=4096"]);
        assert_eq!(
            client.names(),
            ["on_ctrl_recv RST_STREAM", "on_stream_close", "on_data_send"]
        );
    }
}

#[test]
fn the_other_side_may_end_while_the_last_frame_is_sent() {
    for version in ALL_VERSIONS {
        for callback in ["before_ctrl_send", "send_callback", "on_ctrl_send"] {
            let (client, _) = client_with_streams(version, 1);
            client.on(callback, |session, _| {
                session.feed(&data(1, flag::FIN, b""))
            });
            client.submit_headers(flag::FIN, 1, NONE);
            client.flush();
            let transcript = client.transcript();
            assert_eq!(
                transcript.last().unwrap(),
                "on_stream_close stream=1 status=0",
                "{callback}"
            );
            let closes = transcript.iter().filter(|line| line.contains("close"));
            assert_eq!(closes.count(), 1);
        }
    }
}

#[test]
fn frames_submitted_while_sending_go_out_in_the_same_call() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.on("on_ctrl_send SYN_STREAM", |session, event| {
            let stream_id = event.frame().expect("a frame").stream_id();
            if stream_id < 7 {
                session.submit_request(0, GET, None, 0);
            }
        });
        client.submit_request(0, GET, None, 0);
        assert_eq!(client.flush().len(), 4);
    }
}

#[test]
fn two_sessions_can_talk_to_each_other_from_inside_their_callbacks() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        let order = Rc::new(RefCell::new(Vec::new()));
        let (to_server, seen) = (Rc::downgrade(&server), Rc::clone(&order));
        // What the client sends, the server receives, and answers, before the client goes on.
        client.on("on_ctrl_send", move |client, _| {
            seen.borrow_mut().push("client sent");
            let server = to_server.upgrade().expect("a server");
            server.feed(&client.take_output());
        });
        let seen = Rc::clone(&order);
        server.on("on_request_recv", move |server, _| {
            seen.borrow_mut().push("server received");
            server.submit_response(1, OK, None);
            assert_eq!(server.send(), 0);
        });
        client.submit_request(0, GET, None, 0);
        assert_eq!(client.send(), 0);
        client.feed(&server.take_output());
        assert_eq!(*order.borrow(), ["client sent", "server received"]);
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=0"
        );
    }
}
