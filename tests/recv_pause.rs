//! `session_set_recv_paused`: taking no input for a while, without losing any.

#![allow(unsafe_code)]

mod support;

use std::cell::RefCell;
use std::ptr;
use std::rc::Rc;
use support::abi::{error, flag, status};
use support::api::api;
use support::defective_in_1_4;
use support::event::Event;
use support::peer::*;
use support::scenario::*;
use support::script::Recv;
use support::wire::{self, data, Writer};

/// What `session_recv` reads at a time.
const BUFFER: usize = 16384;

fn is_missing() -> bool {
    defective_in_1_4("receiving cannot be paused")
}

fn pause(session: &Session) {
    assert_eq!(session.set_recv_paused(1), 0);
}

fn resume(session: &Session) {
    assert_eq!(session.set_recv_paused(0), 0);
}

/// A server that has one stream and reports everything.
fn server(version: Version) -> (Rc<Session>, Writer) {
    let (server, peer) = server_with_requests(version, 1);
    server.report_remote_close();
    (server, peer)
}

/// Input that leads to every callback of receiving, the last of which ends the session.
fn eventful(version: Version, peer: &mut Writer) -> Vec<u8> {
    let v = version.wire();
    [
        wire::ping(v, 1),
        peer.headers(flag::NONE, 1, GET),
        data(1, flag::NONE, b"some"),
        data(1, flag::NONE, b""),
        peer.syn_stream(flag::FIN, 3, 0, 0, GET),
        wire::control(v, 99, 0, b"unknown"),
        data(1, flag::FIN, b"more"),
        peer.syn_reply(flag::NONE, 1, OK),
        wire::rst_stream(v, 3, status::CANCEL),
        wire::settings(v, &[(4, 7)]),
        wire::control(v, 6, 0, b"?"),
    ]
    .concat()
}

/// Feeds all input, in as many calls as it takes; returns their results.
fn feed_resuming(server: &Session, mut input: &[u8]) -> Vec<usize> {
    let mut results = Vec::new();
    loop {
        let taken = server.mem_recv(input) as usize;
        results.push(taken);
        input = &input[taken..];
        if input.is_empty() {
            return results;
        }
        assert_eq!(server.want_read(), 0);
        assert_eq!(server.mem_recv(input), 0, "nothing is taken while paused");
        resume(server);
    }
}

#[test]
fn it_stops_after_the_frame_at_hand() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        let v = version.wire();
        let frame = data(1, flag::FIN, b"payload");
        let input = [frame.clone(), wire::ping(v, 1)].concat();
        server.on("on_data_chunk_recv", |server, _| pause(server));
        assert_eq!(server.mem_recv(&input), frame.len() as isize);
        assert_eq!(
            server.names(),
            [
                "on_data_chunk_recv",
                "on_data_recv",
                "on_request_recv",
                "on_stream_remote_close",
            ],
            "all that follows from the bytes taken, and nothing else"
        );
        assert_eq!((server.want_read(), server.want_write()), (0, 0));
        resume(&server);
        assert_eq!(server.want_read(), 1);
        server.feed(&input[frame.len()..]);
        assert_eq!(server.names(), ["on_ctrl_recv PING"]);
    }
}

#[test]
fn the_last_piece_of_a_frame_need_not_be_there() {
    if is_missing() {
        return;
    }
    let (server, _) = server(V3_1);
    server.on("on_data_chunk_recv", |server, _| pause(server));
    let frame = data(1, flag::FIN, b"payload");
    server.feed(&frame[..10]);
    assert_eq!(server.names(), ["on_data_chunk_recv"]);
    assert_eq!(server.mem_recv(&frame[10..]), 0);
    resume(&server);
    server.feed(&frame[10..]);
    assert_eq!(server.names()[..2], ["on_data_chunk_recv", "on_data_recv"]);
}

#[test]
fn any_callback_may_pause_and_nothing_is_lost() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (plain, mut peer) = server(version);
        let input = eventful(version, &mut peer);
        plain.feed(&input);
        let expected = plain.transcript();
        assert_eq!(expected.len(), 18, "{expected:#?}");
        for callback in expected.iter().chain([&"on_".to_owned()]) {
            let (server, _) = server(version);
            server.on(callback, |server, _| pause(server));
            feed_resuming(&server, &input);
            assert_eq!(server.transcript(), expected, "paused at {callback}");
        }
        // The same where the library does the reading.
        let (server, _) = server(version);
        server.on("on_", |server, _| pause(server));
        server.script_recv([Recv::Bytes(input)]);
        for _ in 0..100 {
            assert_eq!(server.recv(), 0);
            resume(&server);
        }
        assert_eq!(server.transcript(), expected);
    }
}

#[test]
fn pausing_at_every_frame_takes_one_frame_a_call() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        let ping = wire::ping(version.wire(), 1);
        server.on("on_ctrl_recv", |server, _| pause(server));
        assert_eq!(feed_resuming(&server, &ping.repeat(5)), [12; 5]);
    }
}

#[test]
fn before_the_first_byte_nothing_is_taken() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        pause(&server);
        pause(&server);
        assert_eq!(server.mem_recv(&wire::ping(version.wire(), 1)), 0);
        assert_eq!(server.mem_recv(b""), 0);
        server.script_recv([Recv::Bytes(wire::ping(version.wire(), 1))]);
        server.record_io(true);
        assert_eq!(server.recv(), 0);
        assert_eq!(server.names(), [""; 0], "not even recv_callback");
        resume(&server);
        assert_eq!(server.recv(), 0);
        assert_eq!(server.names()[1], "on_ctrl_recv PING");
    }
}

#[test]
fn what_was_read_is_kept_and_comes_first() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        server.record_io(true);
        let ping = |id: u32| wire::ping(version.wire(), id);
        // More than is read at a time.
        server.script_recv([
            Recv::Bytes([ping(1), ping(3), data(1, flag::NONE, &[b'x'; BUFFER])].concat()),
            Recv::Bytes(ping(5)),
        ]);
        server.on("on_ctrl_recv PING", |server, _| pause(server));
        for expected in [
            vec!["recv_callback", "on_ctrl_recv PING"],
            vec![],
            vec!["on_ctrl_recv PING"],
        ] {
            assert_eq!(server.recv(), 0);
            assert_eq!(server.names(), expected);
            if expected.is_empty() {
                resume(&server);
            }
        }
        resume(&server);
        assert_eq!(server.recv(), 0);
        assert_eq!(
            server.names(),
            [
                "on_data_chunk_recv",
                "recv_callback",
                "on_data_chunk_recv",
                "on_data_recv",
                "recv_callback",
                "on_ctrl_recv PING",
            ]
        );
    }
}

#[test]
fn both_ways_of_receiving_can_be_mixed() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        let ping = |id: u32| wire::ping(version.wire(), id);
        let ids = Rc::new(RefCell::new(Vec::new()));
        let seen = Rc::clone(&ids);
        server.on("on_ctrl_recv PING", move |server, event| {
            let frame = event.frame().expect("a frame");
            if let support::frame::Body::Ping(id) = frame.body {
                seen.borrow_mut().push(id);
            }
            if seen.borrow().len() < 3 {
                pause(server);
            }
        });
        server.script_recv([Recv::Bytes([ping(1), ping(3), ping(5)].concat())]);
        assert_eq!(server.recv(), 0);
        resume(&server);
        assert_eq!(server.mem_recv(&ping(7)), 0, "paused again before its turn");
        resume(&server);
        server.feed(&ping(7));
        assert_eq!(*ids.borrow(), [1, 3, 5, 7]);
    }
}

#[test]
fn sending_goes_on() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        server.on("on_ctrl_recv PING", |server, _| pause(server));
        let pings = wire::ping(version.wire(), 1).repeat(2);
        assert_eq!(server.mem_recv(&pings), 12);
        server.submit_response(1, OK, Some(&server.provider_of(10_000)));
        assert_eq!((server.want_read(), server.want_write()), (0, 1));
        assert_eq!(server.flush().len(), 5);
        assert_eq!((server.want_read(), server.want_write()), (0, 0));
    }
}

#[test]
fn callbacks_of_sending_may_pause_and_resume() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        let ping = wire::ping(version.wire(), 1);
        let bytes = ping.clone();
        server.on("before_ctrl_send SETTINGS", move |server, _| {
            pause(server);
            assert_eq!(server.mem_recv(&bytes), 0);
        });
        let bytes = ping.clone();
        server.on("on_ctrl_send SETTINGS", move |server, _| {
            resume(server);
            assert_eq!(server.mem_recv(&bytes), 12);
        });
        server.submit_settings(&[(4, 10)]);
        assert_eq!(server.send(), 0);
        assert_eq!(
            server.names()[..3],
            [
                "before_ctrl_send SETTINGS",
                "on_ctrl_send SETTINGS",
                "on_ctrl_recv PING"
            ]
        );
        assert_eq!(server.want_read(), 1);
    }
}

#[test]
fn pausing_for_a_moment_has_no_effect() {
    if is_missing() {
        return;
    }
    let (server, _) = server(V3);
    server.on("on_ctrl_recv", |server, _| {
        pause(server);
        resume(server);
    });
    server.feed(&wire::ping(3, 1).repeat(3));
    assert_eq!(server.names().len(), 3);
}

#[test]
fn a_failed_session_needs_no_input() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        server.on("on_ctrl_recv", |server, _| pause(server));
        server.script_recv([Recv::Bytes(wire::ping(version.wire(), 1).repeat(3))]);
        assert_eq!(server.recv(), 0);
        server.fail_session(0);
        resume(&server);
        assert_eq!(server.recv(), 0);
        assert_eq!(server.names(), ["on_ctrl_recv PING"]);
        assert_eq!(server.flush().len(), 2);
        assert_eq!((server.want_read(), server.want_write()), (0, 0));
    }
}

#[test]
fn a_paused_session_can_be_deleted() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let ping = wire::ping(version.wire(), 1);
        // With input that is kept, from outside and from inside.
        for is_inside in [false, true] {
            let (server, _) = server(version);
            server.on("on_ctrl_recv", |server, _| pause(server));
            server.script_recv([Recv::Bytes(ping.repeat(3))]);
            assert_eq!(server.recv(), 0);
            if is_inside {
                server.on("on_ctrl_recv", |server, _| server.delete());
                resume(&server);
                assert_eq!(server.recv(), error::INVALID_STATE);
            } else {
                server.delete();
            }
        }
    }
}

#[test]
fn no_session_is_not_paused() {
    if is_missing() {
        return;
    }
    let set = api().session_set_recv_paused.unwrap();
    // SAFETY: NULL is allowed.
    let result = unsafe { set(ptr::null_mut(), 1) };
    assert_eq!(result, error::INVALID_ARGUMENT);
}

#[test]
fn any_number_but_zero_pauses() {
    if is_missing() {
        return;
    }
    let (server, _) = server(V3);
    for (number, wants) in [(1, 0), (0, 1), (-1, 0), (0, 1), (i32::MIN, 0), (0, 1)] {
        assert_eq!(server.set_recv_paused(number), 0);
        assert_eq!(server.want_read(), wants);
    }
}

#[test]
fn large_payload_comes_in_the_pieces_the_application_takes() {
    if is_missing() {
        return;
    }
    let (server, _) = server(V2);
    server.on("on_data_chunk_recv", |server, _| pause(server));
    let frame = data(1, flag::FIN, &vec![b'x'; 1_000_000]);
    let mut received = 0;
    // An application with room for so many bytes at a time.
    for piece in frame.chunks(1000) {
        assert_eq!(feed_resuming(&server, piece), [piece.len()]);
        for event in server.events() {
            if let Event::DataChunkRecv { data, .. } = event {
                received += data.len();
            }
        }
        resume(&server);
    }
    assert_eq!(received, 1_000_000);
}
