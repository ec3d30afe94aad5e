//! `session_mem_send`, which hands out what `session_send` would write.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use std::rc::Rc;
use support::abi::{error, flag, option, status};
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire::{self, data};

const INVALID_STATE: isize = error::INVALID_STATE as isize;

fn is_missing() -> bool {
    defective_in_1_4("there is no mem_send")
}

/// Gets what is to be sent until there is nothing more; returns the frames.
fn drain(session: &Session) -> Vec<String> {
    while session.mem_send() > 0 {}
    assert_eq!(session.mem_send(), 0);
    session.sent_lines()
}

/// A client that has all kinds of things to send.
fn busy_client(version: Version) -> Rc<Session> {
    let (client, _) = client_with_streams(version, 4);
    client.feed(&data(3, flag::FIN, b""));
    forget(&client);
    let steps = [Read::chunk("ab"), Read::chunk(""), Read::last("c")];
    client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
    client.submit_data(3, flag::FIN, Some(&client.provider_of(10_000)));
    client.submit_data(5, flag::FIN, Some(&client.provider([Read::deferred()])));
    client.submit_rst_stream(7, status::CANCEL);
    client.submit_headers(flag::NONE, 7, NONE);
    client.submit_ping();
    client.submit_settings(&[(4, 10)]);
    client.submit_request(0, GET, Some(&client.provider_of(100_000)), 0);
    client.submit_goaway(0);
    client
}

#[test]
fn it_does_what_send_does() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (sending, handing_out) = (busy_client(version), busy_client(version));
        assert_eq!(sending.send(), 0);
        let frames = sending.sent_lines();
        assert_eq!(drain(&handing_out), frames);
        assert_eq!(handing_out.take_output(), sending.take_output());
        assert_eq!(handing_out.transcript(), sending.transcript());
        assert_eq!(handing_out.want_write(), sending.want_write());
    }
}

#[test]
fn each_call_gives_one_frame() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        assert_eq!(client.mem_send(), 0);
        client.submit_ping();
        client.submit_ping();
        client.submit_request(0, GET, Some(&client.provider_of(5000)), 0);
        let lengths: Vec<isize> = (0..7).map(|_| client.mem_send()).collect();
        let request = client.sent()[2].control().length as isize + 8;
        assert_eq!(lengths, [12, 12, request, 4104, 912, 0, 0]);
    }
}

#[test]
fn bytes_count_as_written_with_the_next_call() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        forget(&client);
        client.submit_ping();
        client.submit_data(1, flag::FIN, Some(&client.provider_of(1)));
        let steps: [(isize, &[&str], i32); 4] = [
            (12, &["before_ctrl_send PING"], 1),
            (9, &["on_ctrl_send PING"], 1),
            (0, &["on_data_send", "on_stream_close"], 0),
            (0, &[], 0),
        ];
        for (result, callbacks, wants_more) in steps {
            assert_eq!(client.mem_send(), result);
            assert_eq!(client.names(), callbacks);
            assert_eq!(client.want_write(), wants_more);
        }
    }
}

#[test]
fn both_ways_of_sending_can_be_mixed() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_ping();
        client.submit_ping();
        client.submit_ping();
        // The rest of what send has begun.
        client.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        assert_eq!(client.mem_send(), 7);
        // What was handed out is not sent again.
        assert_eq!(client.names(), ["before_ctrl_send PING"]);
        client.script_send([Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        assert_eq!(
            client.names(),
            ["on_ctrl_send PING", "before_ctrl_send PING"]
        );
        assert_eq!(client.mem_send(), 12);
        let v = version.wire();
        let ping = |id: u32| format!("PING v{v} flags=0 id={id}");
        assert_eq!(client.flush(), [ping(1), ping(3), ping(5)]);
        assert_eq!(client.mem_send(), 0);
    }
}

#[test]
fn the_answer_may_come_before_the_next_call() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        let mut peer = wire::Writer::new(version);
        client.submit_ping();
        client.submit_request(0, GET, Some(&client.provider_of(3)), 0);
        assert_eq!(client.mem_send(), 12);
        client.feed(&wire::ping(v, 1));
        assert_eq!(
            client.names(),
            ["before_ctrl_send PING", "on_ctrl_recv PING"]
        );
        assert!(client.mem_send() > 12);
        // An answer counts once.
        client.feed(&wire::ping(v, 1));
        client.events();
        client.feed(&peer.syn_reply(flag::NONE, 1, OK));
        client.feed(&data(1, flag::FIN, b"x"));
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_REPLY",
                "on_data_chunk_recv",
                "on_data_recv"
            ]
        );
        assert_eq!(drain(&client).len(), 3);
        assert_eq!(
            client.names(),
            ["on_ctrl_send SYN_STREAM", "on_data_send", "on_stream_close"]
        );
    }
}

#[test]
fn the_peer_may_end_a_stream_before_the_next_call() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let mut peer = wire::Writer::new(version);
        // A request with a body is reset.
        let client = Session::client(version);
        client.submit_request(0, GET, Some(&client.provider_of(3)), 7);
        assert!(client.mem_send() > 0);
        client.feed(&wire::rst_stream(v, 1, status::REFUSED_STREAM));
        assert_eq!(drain(&client).len(), 1, "no DATA");
        assert_eq!(
            client.names(),
            [
                "before_ctrl_send SYN_STREAM",
                "on_ctrl_recv RST_STREAM",
                "on_stream_close",
                "on_ctrl_send SYN_STREAM"
            ]
        );
        // A request without a body is answered completely.
        let client = Session::client(version);
        client.submit_request(0, GET, None, 7);
        assert!(client.mem_send() > 0);
        client.feed(&peer.syn_reply(flag::FIN, 1, OK));
        client.events();
        assert_eq!(drain(&client).len(), 1);
        assert_eq!(
            client.names(),
            ["on_ctrl_send SYN_STREAM", "on_stream_close"]
        );
    }
}

#[test]
fn the_bytes_stay_until_the_next_call() {
    if is_missing() {
        return;
    }
    let mem_send = api().session_mem_send.expect("mem_send");
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 2);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(4096)));
        let mut bytes = ptr::null();
        // SAFETY: the session is live.
        let length = unsafe { mem_send(client.raw(), &mut bytes) };
        assert_eq!(length, 4104);
        // Everything but another call of a sending function.
        for _ in 0..100 {
            client.submit_ping();
            client.submit_headers(flag::NONE, 3, GET);
            client.feed(&peer.headers(flag::NONE, 1, GET));
        }
        client.set_option(option::MAX_DATA_PAYLOAD, 100_000);
        client.feed(&data(1, flag::FIN, &[b'y'; 70_000]));
        client.submit_rst_stream(3, status::CANCEL);
        client.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        client.fail_session(0);
        let expected = data(1, flag::FIN, &[b'x'; 4096]);
        // SAFETY: so many bytes were promised to be there, and to stay.
        let bytes = unsafe { std::slice::from_raw_parts(bytes, length as usize) };
        assert_eq!(bytes, expected);
    }
}

#[test]
fn what_cannot_be_sent_now_is_not_handed_out() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let steps = [Read::deferred(), Read::last("late")];
        client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
        assert_eq!((client.mem_send(), client.want_write()), (0, 0));
        client.resume_data(1);
        assert_eq!(client.mem_send(), 12);
    }
    let (client, _) = client_with_streams(V3_1, 1);
    client.submit_data(1, flag::FIN, Some(&client.provider_of(70_000)));
    assert_eq!(drain(&client).len(), 16);
    client.feed(&wire::window_update(3, 0, 5));
    client.feed(&wire::window_update(3, 1, 5));
    assert_eq!(client.mem_send(), 13);
}

#[test]
fn a_failing_provider_fails_the_call_which_can_be_repeated() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::Returns(-1)])));
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::last("x")])));
        assert_eq!(client.mem_send(), error::CALLBACK_FAILURE as isize);
        assert_eq!(client.mem_send(), 9);
    }
}

#[test]
fn no_send_callback_is_needed() {
    if is_missing() {
        return;
    }
    let client = Session::with_callbacks(Role::Client, V3, |callbacks| callbacks.send = None);
    client.submit_ping();
    assert_eq!(client.mem_send(), 12);
    assert_eq!(client.mem_send(), 0);
}

#[test]
fn null_arguments_are_refused() {
    if is_missing() {
        return;
    }
    let mem_send = api().session_mem_send.expect("mem_send");
    let client = Session::client(V3);
    client.submit_ping();
    let mut bytes = ptr::dangling();
    // SAFETY: the pointers are NULL or good.
    unsafe {
        let refused = error::INVALID_ARGUMENT as isize;
        assert_eq!(mem_send(client.raw(), ptr::null_mut()), refused);
        assert_eq!(mem_send(ptr::null_mut(), ptr::null_mut()), refused);
        assert_eq!(mem_send(ptr::null_mut(), &mut bytes), refused);
    }
    assert!(bytes.is_null());
    assert_eq!(client.mem_send(), 12, "nothing was lost");
}

#[test]
fn sending_does_not_nest() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let expected = busy_client(version);
        assert_eq!(expected.send(), 0);
        let client = busy_client(version);
        for callback in ["before_", "on_", "read_callback"] {
            client.on(callback, |client, _| {
                assert_eq!(client.mem_send(), INVALID_STATE);
                assert_eq!(client.send(), error::INVALID_STATE);
            });
        }
        assert_eq!(drain(&client), expected.sent_lines());
        // Nor inside send, also when that would have bytes to give.
        let client = busy_client(version);
        client.on("send_callback", |client, _| {
            assert_eq!(client.mem_send(), INVALID_STATE);
        });
        assert_eq!(client.send(), 0);
        assert_eq!(client.take_output(), expected.take_output());
    }
}

#[test]
fn callbacks_of_receiving_may_call_it() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        let mut peer = wire::Writer::new(version);
        server.on("on_request_recv", |server, _| {
            let body = server.provider([Read::last("body")]);
            server.submit_response(1, OK, Some(&body));
            while server.mem_send() > 0 {}
        });
        let mut bytes = peer.syn_stream(flag::FIN, 1, 0, 0, GET);
        bytes.extend(wire::ping(v, 1));
        server.feed(&bytes);
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
                "before_ctrl_send SYN_REPLY",
                "on_ctrl_send SYN_REPLY",
                "on_data_send",
                "on_stream_close",
                "on_ctrl_recv PING",
            ]
        );
        assert_eq!(drain(&server).len(), 3);
    }
}

#[test]
fn callbacks_may_receive() {
    if is_missing() {
        return;
    }
    let client = Session::client(V3);
    client.on("before_ctrl_send SETTINGS", |client, _| {
        client.feed(&wire::ping(3, 2));
    });
    client.submit_settings(&[(4, 10)]);
    assert!(client.mem_send() > 0);
    assert_eq!(
        client.names(),
        ["before_ctrl_send SETTINGS", "on_ctrl_recv PING"]
    );
    assert_eq!(drain(&client).len(), 2);
}

#[test]
fn a_callback_may_delete_the_session() {
    if is_missing() {
        return;
    }
    for callback in [
        "before_ctrl_send PING",
        "on_ctrl_send PING",
        "on_ctrl_not_send HEADERS",
        "read_callback",
        "on_data_send",
        "on_stream_close",
    ] {
        let client = busy_client(V3_1);
        client.on(callback, |client, _| client.delete());
        let last = (0..50)
            .map(|_| client.mem_send())
            .find(|result| *result <= 0);
        assert_eq!(last, Some(INVALID_STATE), "{callback}");
        let last = client.names().pop().expect("a callback");
        // What was read from is not recorded.
        assert!(
            callback == "read_callback" || callback.starts_with(&last),
            "{last} after {callback}"
        );
    }
}
