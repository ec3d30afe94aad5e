//! PINGs: how long they take, and keeping a connection alive by them.
//!
//! These tests read the clock and wait for it to pass a mark, but never that it has not passed one yet.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use std::thread::sleep;
use std::time::{Duration, Instant};
use support::abi::error;
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Recv;
use support::wire;

const PAUSE: Duration = Duration::from_millis(30);
/// An hour, in milliseconds.
const LONG: u32 = 3_600_000;

fn is_missing() -> bool {
    defective_in_1_4("PINGs are not measured")
}

/// Sends a PING and returns what the peer answers.
fn ping(session: &Session) -> Vec<u8> {
    assert_eq!(session.submit_ping(), 0);
    assert_eq!(session.send(), 0);
    session.take_output()
}

mod round_trip {
    use super::*;

    #[test]
    fn it_is_the_time_from_writing_a_ping_to_its_answer() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            for role in [Role::Client, Role::Server] {
                let session = Session::new(role, version);
                assert_eq!(session.ping_rtt(), -1);
                let answer = ping(&session);
                assert_eq!(session.ping_rtt(), -1);
                let written = Instant::now();
                sleep(PAUSE);
                session.on("on_ctrl_recv PING", |session, _| {
                    assert!(session.ping_rtt() >= 0, "known in the callback already");
                });
                session.feed(&answer);
                let most = written.elapsed() + PAUSE;
                let measured = Duration::from_micros(session.ping_rtt() as u64);
                assert!(measured >= PAUSE, "{measured:?}");
                // The PING was written before we looked at the clock, but not by much.
                assert!(measured < most + Duration::from_secs(5), "{measured:?}");
            }
        }
    }

    #[test]
    fn only_answers_count() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            let client = Session::client(version);
            let answer = ping(&client);
            for id in [2, 3, 0, 4] {
                client.feed(&wire::ping(version.wire(), id));
            }
            assert_eq!(client.ping_rtt(), -1);
            client.feed(&answer);
            let measured = client.ping_rtt();
            assert!(measured >= 0);
            sleep(PAUSE);
            client.feed(&answer);
            assert_eq!(client.ping_rtt(), measured, "answered once");
            // The next one is measured anew.
            let answer = ping(&client);
            assert_eq!(client.ping_rtt(), measured);
            sleep(2 * PAUSE + Duration::from_micros(measured as u64));
            client.feed(&answer);
            assert!(client.ping_rtt() > measured);
        }
    }

    #[test]
    fn the_last_ping_is_measured() {
        if is_missing() {
            return;
        }
        let client = Session::client(V3);
        let first = ping(&client);
        let second = ping(&client);
        client.feed(&first);
        assert_eq!(client.ping_rtt(), -1);
        client.feed(&second);
        assert!(client.ping_rtt() >= 0);
    }

    #[test]
    fn bytes_handed_out_count_from_then_on() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            let client = Session::client(version);
            client.submit_ping();
            assert_eq!(client.mem_send(), 12);
            sleep(PAUSE);
            // With or without a call in between.
            if version == V3 {
                assert_eq!(client.mem_send(), 0);
            }
            client.feed(&client.take_output());
            assert_eq!(client.mem_send(), 0);
            assert!(client.ping_rtt() >= PAUSE.as_micros() as i64);
        }
    }

    #[test]
    fn a_ping_that_is_partly_written_does_not_count_yet() {
        if is_missing() {
            return;
        }
        let client = Session::client(V3);
        client.keep_alive(0);
        let blocked = support::script::Send::Returns(error::WOULDBLOCK);
        client.script_send([support::script::Send::Upto(11), blocked]);
        assert_eq!(client.send(), 0);
        client.keep_alive(0);
        assert_eq!(client.outbound_queue_size(), 0, "it is still the one");
        client.feed(&wire::ping(3, 1));
        assert_eq!(client.send(), 0);
        assert_eq!(client.ping_rtt(), -1);
        client.feed(&wire::ping(3, 1));
        assert!(client.ping_rtt() >= 0);
    }
}

mod keep_alive {
    use super::*;

    #[test]
    fn it_tells_how_long_the_peer_is_silent() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            let server = Session::server(version);
            assert_eq!(server.keep_alive(LONG), 0, "the clock starts");
            sleep(PAUSE);
            assert!(server.keep_alive(LONG) >= PAUSE.as_millis() as i64);
            // Any byte will do, however it comes.
            let ping = wire::ping(version.wire(), 1);
            for is_read in [false, true] {
                let before = Instant::now();
                if is_read {
                    server.script_recv([Recv::Bytes(ping[1..2].to_vec())]);
                    assert_eq!(server.recv(), 0);
                } else {
                    server.feed(&ping[..1]);
                }
                let silence = server.keep_alive(LONG);
                assert!((0..=before.elapsed().as_millis() as i64).contains(&silence));
                sleep(PAUSE);
                // No bytes are no sign of life.
                server.feed(b"");
                assert_eq!(server.recv(), 0);
                assert!(server.keep_alive(LONG) >= PAUSE.as_millis() as i64);
            }
            assert_eq!(server.want_write(), 0, "no PING");
        }
    }

    #[test]
    fn a_silent_peer_gets_a_ping() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            let server = Session::server(version);
            let idle = PAUSE.as_millis() as u32;
            server.keep_alive(idle);
            sleep(PAUSE);
            assert!(server.keep_alive(idle) >= i64::from(idle));
            assert_eq!((server.want_write(), server.outbound_queue_size()), (1, 1));
            // One is enough while it waits.
            sleep(PAUSE);
            server.keep_alive(idle);
            assert_eq!(server.outbound_queue_size(), 1);
            let v = version.wire();
            assert_eq!(server.flush(), [format!("PING v{v} flags=0 id=2")]);
            // A lost answer does not end it.
            sleep(PAUSE);
            server.keep_alive(idle);
            assert_eq!(server.flush(), [format!("PING v{v} flags=0 id=4")]);
            server.feed(&wire::ping(v, 4));
            assert!(server.ping_rtt() >= 0);
        }
    }

    #[test]
    fn a_ping_at_every_call() {
        if is_missing() {
            return;
        }
        let client = Session::client(V3);
        for id in [1, 3, 5] {
            assert!(client.keep_alive(0) >= 0);
            assert!(client.keep_alive(0) >= 0);
            assert_eq!(client.flush(), [format!("PING v3 flags=0 id={id}")]);
        }
    }

    #[test]
    fn a_session_that_is_over_needs_none() {
        if is_missing() {
            return;
        }
        for version in ALL_VERSIONS {
            let (client, _) = client_with_streams(version, 1);
            client.fail_session(0);
            client.flush();
            assert_eq!(client.keep_alive(0), 0);
            assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        }
    }

    #[test]
    fn callbacks_may_ask() {
        if is_missing() {
            return;
        }
        let server = Session::server(V3);
        server.on("on_ctrl_recv PING", |server, _| {
            assert_eq!(server.keep_alive(LONG), 0);
            assert_eq!(server.ping_rtt(), -1);
        });
        server.on("before_ctrl_send PING", |server, _| {
            assert!(server.keep_alive(0) >= 0);
        });
        server.feed(&wire::ping(3, 1));
        // The callback's own PING calls it again, so that there is always another.
        server.on("on_ctrl_send PING v3 flags=0 id=2", |server, _| {
            server.fail_session(0);
        });
        assert_eq!(server.send(), 0);
        assert_eq!(
            server.sent_lines()[..2],
            ["PING v3 flags=0 id=1", "PING v3 flags=0 id=2"]
        );
        server.delete();
    }

    #[test]
    fn there_is_no_time_without_a_session() {
        if is_missing() {
            return;
        }
        // SAFETY: NULL is allowed.
        let (rtt, silence) = unsafe {
            (
                api().session_get_ping_rtt.unwrap()(ptr::null_mut()),
                api().session_keep_alive.unwrap()(ptr::null_mut(), 0),
            )
        };
        assert_eq!(rtt, -1);
        assert_eq!(silence, i64::from(error::INVALID_ARGUMENT));
        let server = Session::server(V3);
        server.on("on_ctrl_recv PING", |server, _| {
            let raw = server.raw();
            server.delete();
            // SAFETY: the memory is there until the outermost call returns.
            unsafe {
                assert_eq!(api().session_get_ping_rtt.unwrap()(raw), -1);
                let refused = i64::from(error::INVALID_STATE);
                assert_eq!(api().session_keep_alive.unwrap()(raw, 0), refused);
            }
        });
        let result = server.mem_recv(&wire::ping(3, 1));
        assert_eq!(result, error::INVALID_STATE as isize);
    }
}
