//! `session_send`: the order of callbacks, and transports that take less than everything.

#![allow(unsafe_code)]

mod support;

use std::ffi::c_void;
use std::rc::Rc;
use support::abi::{self, error, flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire::{self, payload_of};

/// Sends, and returns the callbacks in order with repeated `send_callback`s taken as one.
fn callbacks_of_send(session: &Session) -> Vec<String> {
    session.record_io(true);
    assert_eq!(session.send(), 0);
    let mut names = session.names();
    names.dedup_by(|next, name| next == name && name == "send_callback");
    names
}

/// What a control frame that goes out calls.
fn control(frame: &str) -> [String; 3] {
    [
        format!("before_ctrl_send {frame}"),
        "send_callback".to_owned(),
        format!("on_ctrl_send {frame}"),
    ]
}

const DATA: [&str; 3] = ["read_callback", "send_callback", "on_data_send"];

#[test]
fn callbacks_around_a_request_with_a_body() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let body = client.provider([Read::chunk("ab"), Read::last("c")]);
        client.submit_request(0, GET, Some(&body), 0);
        let expected = [
            &control("SYN_STREAM")[..],
            &DATA.map(str::to_owned),
            &DATA.map(str::to_owned),
        ];
        assert_eq!(callbacks_of_send(&client), expected.concat());
    }
}

#[test]
fn callbacks_around_a_response_that_ends_the_stream() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.feed(&peer.syn_stream(flag::FIN, 3, 0, 0, NONE));
        forget(&server);
        server.submit_response(3, OK, None);
        assert_eq!(
            callbacks_of_send(&server),
            [&control("SYN_REPLY")[..], &["on_stream_close".to_owned()]].concat()
        );
        server.feed(&wire::data(1, flag::FIN, b""));
        forget(&server);
        let body = server.provider([Read::last("c")]);
        server.submit_response(1, OK, Some(&body));
        assert_eq!(
            callbacks_of_send(&server),
            [
                &control("SYN_REPLY")[..],
                &DATA.map(str::to_owned),
                &["on_stream_close".to_owned()]
            ]
            .concat()
        );
    }
}

#[test]
fn callbacks_around_every_other_control_frame() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let case = |frame: &str, rest: &[&str]| {
            let mut expected = control(frame).to_vec();
            expected.extend(rest.iter().map(|name| (*name).to_owned()));
            assert_eq!(callbacks_of_send(&client), expected);
        };
        client.submit_headers(flag::NONE, 1, NONE);
        case("HEADERS", &[]);
        client.submit_settings(&[(4, 10)]);
        case("SETTINGS", &[]);
        client.submit_ping();
        case("PING", &[]);
        if version != V2 {
            client.submit_window_update(1, 10);
            case("WINDOW_UPDATE", &[]);
        }
        client.submit_rst_stream(1, status::CANCEL);
        case("RST_STREAM", &["on_stream_close"]);
        client.submit_rst_stream(1, status::CANCEL);
        case("RST_STREAM", &[]);
        client.submit_syn_stream(flag::FIN | flag::UNIDIRECTIONAL, 0, 0, NONE, 0);
        case("SYN_STREAM", &["on_stream_close"]);
        client.submit_goaway(0);
        case("GOAWAY", &[]);
    }
}

#[test]
fn a_refused_frame_does_not_hold_up_the_others() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_stream(flag::NONE, 99, 0, NONE, 0);
        server.submit_syn_reply(flag::NONE, 55, NONE);
        server.submit_ping();
        let mut expected = control("PING").to_vec();
        expected.extend(
            [
                "on_ctrl_not_send SYN_STREAM",
                "on_stream_close",
                "on_ctrl_not_send SYN_REPLY",
            ]
            .map(str::to_owned),
        );
        assert_eq!(callbacks_of_send(&server), expected);
    }
}

#[test]
fn frames_in_callbacks_carry_their_length() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_reply(flag::NONE, 1, OK);
        server.submit_syn_reply(flag::NONE, 99, OK);
        server.submit_headers(flag::NONE, 99, OK);
        server.submit_ping();
        server.submit_settings(&[(4, 10), (7, 10)]);
        server.submit_goaway(0);
        assert_eq!(server.send(), 0);
        let sent = server.sent();
        let mut on_the_wire = sent.iter().map(|frame| frame.control().length);
        for event in server.events() {
            let length = event.frame().unwrap().length;
            match event.name().split_once(' ').unwrap().0 {
                "before_ctrl_send" => assert!(length > 0),
                "on_ctrl_send" => assert_eq!(Some(length), on_the_wire.next()),
                _ => assert_eq!(length, 0, "{event}"),
            }
        }
        assert_eq!(on_the_wire.next(), None);
    }
}

#[test]
fn before_ctrl_send_comes_too_late_to_change_the_frame() {
    unsafe extern "C" fn meddle(
        _: *mut abi::Session,
        _: u32,
        frame: *mut abi::Frame,
        _: *mut c_void,
    ) {
        // SAFETY: the test sends nothing but RST_STREAM.
        unsafe {
            (*frame).rst_stream.stream_id = 77;
            (*frame).rst_stream.status_code = 77;
        }
    }
    let client = Session::with_callbacks(Role::Client, V3, |callbacks| {
        callbacks.before_ctrl_send = Some(meddle);
    });
    client.submit_rst_stream(9, status::CANCEL);
    assert_eq!(client.flush(), ["RST_STREAM v3 flags=0 stream=9 status=5"]);
}

/// A client with a bit of everything in its queue.
fn busy_client(version: Version) -> Rc<Session> {
    let (client, _) = client_with_streams(version, 2);
    let body = client.provider([Read::Chunk(vec![b'a'; 5000]), Read::Last(vec![b'b'; 3000])]);
    let upload = client.provider_of(9000);
    client.submit_data(1, flag::FIN, Some(&body));
    client.submit_request(2, GET, Some(&upload), 0);
    client.submit_settings(&[(4, 10)]);
    client.submit_ping();
    client.submit_rst_stream(3, status::CANCEL);
    client.submit_goaway(0);
    client
}

#[test]
fn a_transport_that_takes_little_at_a_time_sees_the_same_bytes() {
    for version in ALL_VERSIONS {
        let whole = busy_client(version);
        assert_eq!(whole.send(), 0);
        let (bytes, transcript) = (whole.take_output(), whole.transcript());
        for most in [1, 2, 7, 8, 9, 1000, 4103] {
            let client = busy_client(version);
            client.always_send(Send::Upto(most));
            assert_eq!(client.send(), 0);
            assert!(client.take_output() == bytes, "{most} bytes at a time");
            assert_eq!(client.transcript(), transcript, "{most} bytes at a time");
        }
    }
}

/// Bytes of DATA payload that a client with an endless body writes before it waits.
fn payload_until_blocked(version: Version, step: Send) -> usize {
    let client = Session::client(version);
    client.always_send(step);
    let body = client.provider_of(300_000);
    client.submit_request(0, GET, Some(&body), 0);
    assert_eq!(client.send(), 0);
    assert_eq!(client.want_write(), 0);
    payload_of(&client.sent(), 1)
}

#[test]
fn the_window_counts_payload_only() {
    for version in [V3, V3_1] {
        for step in [Send::All, Send::Upto(8), Send::Upto(1000), Send::Upto(4104)] {
            assert_eq!(payload_until_blocked(version, step), 65536, "{step:?}");
        }
    }
    assert_eq!(payload_until_blocked(V2, Send::Upto(1000)), 300_000);
}

#[test]
fn the_window_counts_payload_only_when_heads_go_out_in_pieces() {
    if defective_in_1_4("each DATA head written in pieces gives back some window") {
        return;
    }
    for version in [V3, V3_1] {
        for most in [1, 3, 7] {
            assert_eq!(payload_until_blocked(version, Send::Upto(most)), 65536);
        }
    }
}

#[test]
fn a_transport_that_would_block_is_asked_again_later() {
    for version in ALL_VERSIONS {
        let whole = busy_client(version);
        assert_eq!(whole.send(), 0);
        let client = busy_client(version);
        let mut calls = 0;
        while client.want_write() == 1 {
            client.script_send([Send::Upto(777), Send::Returns(error::WOULDBLOCK)]);
            assert_eq!(client.send(), 0);
            calls += 1;
        }
        assert!(calls > 20, "{calls}");
        assert!(client.take_output() == whole.take_output());
        assert_eq!(client.transcript(), whole.transcript());
    }
}

#[test]
fn a_half_sent_frame_is_pending_but_not_queued() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_ping();
        assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 1));
        client.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 0));
        assert_eq!(client.names(), ["before_ctrl_send PING"]);
        assert_eq!(client.flush().len(), 1);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        assert_eq!(client.names(), ["on_ctrl_send PING"]);
    }
}

#[test]
fn a_failing_transport_fails_the_call_but_not_the_session() {
    for version in ALL_VERSIONS {
        for result in [
            error::CALLBACK_FAILURE,
            -1,
            error::EOF,
            error::NOMEM,
            i32::MIN,
        ] {
            let whole = busy_client(version);
            assert_eq!(whole.send(), 0);
            let client = busy_client(version);
            for before in [None, Some(5), Some(5000)] {
                client.script_send(before.map(Send::Upto));
                client.script_send([Send::Returns(result)]);
                let failed = client.send();
                assert_eq!(failed, error::CALLBACK_FAILURE, "for {result}");
                assert_eq!(client.want_write(), 1);
            }
            assert_eq!(client.send(), 0);
            assert!(client.take_output() == whole.take_output());
            assert_eq!(client.transcript(), whole.transcript());
        }
    }
}

#[test]
fn a_transport_that_claims_too_much_is_a_failing_one() {
    if defective_in_1_4("send_callback returning more than length runs past the frame") {
        return;
    }
    for version in ALL_VERSIONS {
        for excess in [1, 8, 4096, isize::MAX as usize / 2] {
            let whole = busy_client(version);
            assert_eq!(whole.send(), 0);
            let client = busy_client(version);
            client.script_send([Send::Upto(5), Send::Overrun(excess)]);
            assert_eq!(client.send(), error::CALLBACK_FAILURE);
            assert_eq!(client.want_write(), 1);
            assert_eq!(client.send(), 0);
            assert!(client.take_output() == whole.take_output());
        }
    }
}

#[test]
fn a_transport_that_takes_nothing_once_is_asked_again() {
    for version in ALL_VERSIONS {
        let client = busy_client(version);
        client.script_send([Send::Upto(0), Send::Upto(3), Send::Upto(0)]);
        for _ in 0..10 {
            assert_eq!(client.send(), 0);
        }
        assert_eq!(client.want_write(), 0);
        assert!(client.sent().len() > 5);
    }
}

#[test]
fn a_transport_that_never_takes_anything_does_not_hang_the_caller() {
    if defective_in_1_4("send_callback returning 0 is called for ever") {
        return;
    }
    for version in ALL_VERSIONS {
        let client = busy_client(version);
        client.always_send(Send::Upto(0));
        assert_eq!(client.send(), 0);
        assert_eq!(client.want_write(), 1);
        client.always_send(Send::All);
        assert_eq!(client.send(), 0);
        assert_eq!(client.want_write(), 0);
        let whole = busy_client(version);
        assert_eq!(whole.send(), 0);
        assert!(client.take_output() == whole.take_output());
    }
}

#[test]
fn a_frame_goes_on_after_its_stream_was_reset() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        let body = client.provider_of(100);
        client.submit_request(0, GET, Some(&body), 0);
        client.script_send([Send::Upto(9), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        client.feed(&wire::rst_stream(v, 1, status::REFUSED_STREAM));
        assert_eq!(client.flush().len(), 1, "no DATA");
        assert_eq!(
            client.names(),
            [
                "before_ctrl_send SYN_STREAM",
                "on_ctrl_recv RST_STREAM",
                "on_stream_close",
                "on_ctrl_send SYN_STREAM",
            ]
        );
        assert_eq!(client.want_write(), 0);
    }
}

#[test]
fn data_goes_on_to_its_frame_end_after_its_stream_was_reset() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let body = client.provider_of(10_000);
        client.submit_data(1, flag::FIN, Some(&body));
        client.script_send([
            Send::Upto(5000),
            Send::Upto(100),
            Send::Returns(error::WOULDBLOCK),
        ]);
        assert_eq!(client.send(), 0);
        client.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        assert_eq!(
            client.flush(),
            ["DATA stream=1 flags=0 length=4096"; 2],
            "the second frame is completed, a third not begun"
        );
        assert_eq!(
            client.names(),
            [
                "on_data_send",
                "on_ctrl_recv RST_STREAM",
                "on_stream_close",
                "on_data_send",
            ]
        );
    }
}

#[test]
fn a_body_does_not_wait_any_more_once_its_stream_is_reset() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
        client.on("on_data_send", |session, _| {
            session.submit_rst_stream(1, status::CANCEL);
        });
        client.on("before_ctrl_send RST_STREAM", |session, _| {
            assert_eq!(session.outbound_queue_size(), 0);
        });
        assert_eq!(client.flush().len(), 2, "a DATA frame and the RST_STREAM");
    }
}

#[test]
fn a_stream_ends_when_both_sides_have_ended() {
    for version in ALL_VERSIONS {
        // The own end comes last, on HEADERS.
        let (client, mut peer) = client_with_streams(version, 2);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        client.submit_headers(flag::FIN, 1, NONE);
        client.flush();
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=0"
        );
        // The own end comes first, on DATA.
        let body = client.provider_of(1);
        client.submit_data(3, flag::FIN, Some(&body));
        client.flush();
        client.events();
        client.feed(&wire::data(3, flag::FIN, b""));
        assert_eq!(client.names(), ["on_data_recv", "on_stream_close"]);
        // A one-way push ends with its sender's FIN.
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        server.submit_data(2, flag::FIN, Some(&server.provider_of(1)));
        server.flush();
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_stream_close stream=2 status=0"
        );
    }
}
