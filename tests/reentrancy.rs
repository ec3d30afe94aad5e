//! Calls into the library from inside its callbacks: every function from every callback.

#![allow(unsafe_code)]

mod support;

use std::cell::Cell;
use std::rc::Rc;
use support::abi::{error, flag, status};
use support::api::api;
use support::defective_in_1_4;
use support::entry_points::{EntryPoint, Returns, ENTRY_POINTS};
use support::peer::*;
use support::scenario::*;
use support::script::Recv;
use support::wire::{self, data};

const NESTING: &str = "nested calls use freed memory";

/// How often a callback calls the function in one session.
const MOST_CALLS: u32 = 5;

/// A way to drive a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Drive {
    Send,
    Recv,
    MemRecv,
}

const CALLBACKS: [&str; 15] = [
    "send_callback",
    "recv_callback",
    "read_callback",
    "on_ctrl_recv ",
    "on_invalid_ctrl_recv",
    "on_data_chunk_recv",
    "on_data_recv",
    "before_ctrl_send",
    "on_ctrl_send",
    "on_ctrl_not_send",
    "on_data_send",
    "on_stream_close",
    "on_request_recv",
    "on_ctrl_recv_parse_error",
    "on_unknown_ctrl_recv",
];

/// A client with an open stream 1 that has received DATA and has queued something for every callback of sending.
fn session_and_input(version: Version) -> (Rc<Session>, Vec<u8>) {
    let v = version.wire();
    let (client, mut peer) = client_with_streams(version, 3);
    client.feed(&data(1, flag::NONE, &[b'x'; 5000]));
    client.submit_headers(flag::NONE, 99, NONE);
    client.submit_ping();
    client.submit_rst_stream(5, status::CANCEL);
    let body = client.provider_of(6000);
    client.submit_data(1, flag::NONE, Some(&body));
    client.submit_syn_stream(flag::NONE, 0, 0, NONE, 1);
    forget(&client);
    let input = [
        wire::ping(v, 2),
        peer.headers(flag::NONE, 1, OK),
        data(1, flag::NONE, b"some data"),
        peer.syn_stream(flag::UNIDIRECTIONAL, 2, 3, 0, NONE),
        data(2, flag::FIN, b"pushed"),
        peer.headers(flag::NONE, 3, &[("", "invalid")]),
        wire::control(v, 77, 0, b"unknown"),
        wire::rst_stream(v, 1, status::CANCEL),
        wire::control(v, 6, 0, b"malformed"),
    ];
    (client, input.concat())
}

/// Drives the session until everything has happened that is going to, or it was deleted; the results that are not 0.
fn drive(session: &Session, input: &[u8], running: &Cell<Drive>) -> Vec<(Drive, i32)> {
    let (start, rest) = input.split_at(input.len() / 3);
    session.script_recv([Recv::Bytes(start.to_vec())]);
    let mut failures = Vec::new();
    let steps = [
        Drive::Recv,
        Drive::Send,
        Drive::MemRecv,
        Drive::Send,
        Drive::Recv,
    ];
    for step in steps {
        running.set(step);
        let result = match step {
            Drive::Send => session.send(),
            Drive::Recv => session.recv(),
            Drive::MemRecv => session.mem_recv(rest) as i32 - rest.len() as i32,
        };
        if result != 0 {
            failures.push((step, result));
        }
        if session.raw().is_null() {
            break;
        }
    }
    failures
}

/// Whether the entry point may have returned this inside a callback of that driver.
fn is_expected(entry_point: &EntryPoint, running: Drive, result: i32) -> bool {
    match entry_point.returns {
        Returns::Sending if running == Drive::Send => result == error::INVALID_STATE,
        Returns::Receiving if running != Drive::Send => result == error::INVALID_STATE,
        Returns::Sending | Returns::Receiving | Returns::Success => result == 0,
        Returns::SuccessOr(error) => result == 0 || result == error,
        Returns::Anything | Returns::Deletes => true,
    }
}

#[test]
fn every_function_can_be_called_from_every_callback() {
    if defective_in_1_4(NESTING) {
        return;
    }
    for version in ALL_VERSIONS {
        for callback in CALLBACKS {
            for entry_point in ENTRY_POINTS {
                let what = format!("{} from {callback}", entry_point.name);
                let (session, input) = session_and_input(version);
                let running = Rc::new(Cell::new(Drive::Send));
                let calls = Rc::new(Cell::new(0));
                let (in_hook, counter) = (Rc::clone(&running), Rc::clone(&calls));
                let name = what.clone();
                session.on(callback, move |session, _| {
                    // Something submitted each time something is sent would go on forever.
                    if counter.get() == MOST_CALLS {
                        return;
                    }
                    counter.set(counter.get() + 1);
                    let result = (entry_point.call)(session);
                    let is_expected = is_expected(entry_point, in_hook.get(), result);
                    assert!(is_expected, "{name}: {result} in {:?}", in_hook.get());
                });
                let failures = drive(&session, &input, &running);
                assert!(calls.get() > 0, "{what}: the callback was never called");
                if entry_point.returns == Returns::Deletes {
                    assert_eq!(calls.get(), 1, "{what}: a callback after the deletion");
                    let [(_, result)] = failures[..] else {
                        panic!("{what}: {failures:?}");
                    };
                    assert!(result < 0, "{what}");
                } else {
                    assert_eq!(failures, [], "{what}");
                }
            }
        }
    }
}

#[test]
fn a_deleted_session_is_dead_for_the_rest_of_the_callback() {
    if defective_in_1_4("a session must not be deleted in a callback") {
        return;
    }
    for callback in CALLBACKS {
        let (session, input) = session_and_input(V3_1);
        session.on(callback, move |session, _| {
            let raw = session.raw();
            session.delete();
            // SAFETY: inside the callback that deleted it the session may still be named.
            unsafe {
                let api = api();
                let results = [
                    (api.session_send)(raw),
                    (api.session_recv)(raw),
                    (api.session_mem_recv)(raw, b"x".as_ptr(), 1) as i32,
                    (api.submit_ping)(raw),
                    (api.submit_rst_stream)(raw, 1, 5),
                    (api.session_fail_session)(raw, 1),
                    (api.session_set_stream_user_data)(raw, 1, raw.cast()),
                ];
                assert!(results.iter().all(|result| *result < 0), "{results:?}");
                assert_eq!((api.session_want_read)(raw), 0);
                assert_eq!((api.session_want_write)(raw), 0);
                assert!((api.session_get_stream_user_data)(raw, 1).is_null());
                (api.session_del)(raw);
            }
        });
        let failures = drive(&session, &input, &Cell::new(Drive::Send));
        assert_eq!(failures.len(), 1, "{callback}");
    }
}

#[test]
fn deleting_in_a_nested_call_ends_all_of_them() {
    if defective_in_1_4("a session must not be deleted in a callback") {
        return;
    }
    // Sending from inside receiving.
    let (session, input) = session_and_input(V3_1);
    let nested = Rc::new(Cell::new(0));
    let result = Rc::clone(&nested);
    session.on("on_data_recv", move |session, _| {
        result.set(session.send());
    });
    session.on("on_data_send", |session, _| session.delete());
    assert!(session.mem_recv(&input) < 0);
    assert!(nested.get() < 0);
    assert_eq!(session.names().last().unwrap(), "on_data_send");

    // Receiving from inside sending.
    let (session, input) = session_and_input(V3_1);
    let nested = Rc::new(Cell::new(0));
    let result = Rc::clone(&nested);
    session.on("on_data_send", move |session, _| {
        result.set(session.mem_recv(&input) as i32);
    });
    session.on("on_unknown", |session, _| session.delete());
    assert!(session.send() < 0);
    assert!(nested.get() < 0);
    assert_eq!(session.names().last().unwrap(), "on_unknown_ctrl_recv");
}

#[test]
fn both_directions_can_be_nested_once() {
    if defective_in_1_4(NESTING) {
        return;
    }
    let (session, input) = session_and_input(V3);
    session.on("on_data_recv", |session, _| assert_eq!(session.send(), 0));
    session.on("on_data_send", |session, _| {
        assert_eq!(session.mem_recv(b"x"), error::INVALID_STATE as isize);
        assert_eq!(session.recv(), error::INVALID_STATE);
        assert_eq!(session.send(), error::INVALID_STATE);
    });
    session.feed(&input);
    assert!(session.names().contains(&"on_data_send".to_owned()));
    session.sent();
    assert_eq!(
        session.flush(),
        [
            "RST_STREAM v3 flags=0 stream=3 status=1",
            "GOAWAY v3 flags=0 last=2 status=1"
        ],
        "the answers to the frames after the DATA"
    );
}
