//! What one small frame costs does not depend on how many streams are open, nor on which ids they have.
#![cfg(unix)]
#![allow(unsafe_code)]

mod support;

use std::rc::Rc;
use std::time::Duration;
use support::abi::{flag, status, Callbacks};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire::{self, Writer};

const FEW: i32 = 100;
const MANY: i32 = 20_000;

/// Ten times as much is allowed for two hundred times as many streams, which leaves room for caches.
const TOLERANCE: u32 = 10;

/// A session that reports nothing, so that only the library is measured.
fn quiet(role: Role, version: Version) -> Rc<Session> {
    Session::with_callbacks(role, version, |callbacks| {
        *callbacks = Callbacks {
            send: callbacks.send,
            ..Callbacks::default()
        };
    })
}

/// A server with requests on this many streams, their ids `stride` apart.
fn server_with(version: Version, streams: i32, stride: i32) -> (Rc<Session>, Writer) {
    let server = quiet(Role::Server, version);
    let mut peer = Writer::new(version);
    for index in 0..streams {
        server.feed(&peer.syn_stream(flag::NONE, stride * index + 1, 0, 0, NONE));
    }
    (server, peer)
}

/// The same, with a body on each that waits for a window of 0 to open.
fn blocked_server_with(version: Version, streams: i32) -> Rc<Session> {
    let (server, _) = server_with(version, streams, 2);
    server.feed(&wire::settings(3, &[(7, 0)]));
    let body = server.provider_of(1_000_000);
    for index in 0..streams {
        server.submit_response(2 * index + 1, NONE, Some(&body));
    }
    assert_eq!(server.send(), 0);
    server.sent();
    server
}

/// What this thread has been computing so far: unlike the time of day, it does not depend on what else is running.
fn cpu_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the time has a place to go.
    let result = unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) };
    assert_eq!(result, 0, "clock_gettime");
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

const RUNS: usize = 3;

/// The shortest of some runs, which get their number.
fn time(mut work: impl FnMut(usize)) -> Duration {
    let once = |run| {
        let start = cpu_time();
        work(run);
        cpu_time() - start
    };
    (0..RUNS).map(once).min().expect("some runs")
}

#[track_caller]
fn assert_flat(what: &str, few: Duration, many: Duration) {
    assert!(
        many < few * TOLERANCE + Duration::from_millis(20),
        "{what}: {few:?} with {FEW} streams, {many:?} with {MANY}"
    );
}

#[test]
fn a_settings_frame_costs_the_same_with_many_streams() {
    if defective_in_1_4("each SETTINGS frame visits every stream") {
        return;
    }
    for version in [V3, V3_1] {
        let frames: Vec<u8> = (0..2000)
            .flat_map(|number| wire::settings(3, &[(7, 65536 + number % 2)]))
            .collect();
        let [few, many] = [FEW, MANY].map(|streams| {
            let (server, _) = server_with(version, streams, 2);
            time(|_| server.feed(&frames))
        });
        assert_flat("SETTINGS", few, many);
    }
}

#[test]
fn a_settings_frame_costs_the_same_with_many_waiting_bodies() {
    if defective_in_1_4("each SETTINGS frame visits every stream") {
        return;
    }
    let frames: Vec<u8> = (0..2000)
        .flat_map(|number| wire::settings(3, &[(7, number % 2)]))
        .collect();
    let [few, many] = [FEW, MANY].map(|streams| {
        let server = blocked_server_with(V3, streams);
        time(|_| {
            for frame in frames.chunks(20) {
                server.feed(frame);
                server.want_write();
            }
        })
    });
    assert_flat("SETTINGS", few, many);
}

#[test]
fn a_window_update_of_the_connection_costs_the_same_with_many_streams() {
    if defective_in_1_4("each WINDOW_UPDATE of the connection visits every stream") {
        return;
    }
    let frames = wire::window_update(3, 0, 1).repeat(2000);
    let [few, many] = [FEW, MANY].map(|streams| {
        let (server, _) = server_with(V3_1, streams, 2);
        time(|_| server.feed(&frames))
    });
    assert_flat("WINDOW_UPDATE", few, many);
}

#[test]
fn a_window_update_of_the_connection_costs_the_same_with_many_waiting_bodies() {
    if defective_in_1_4("each WINDOW_UPDATE of the connection visits every stream") {
        return;
    }
    let [few, many] = [FEW, MANY].map(|streams| {
        let (server, _) = server_with(V3_1, streams, 2);
        let fills_the_window = [(); 16].map(|()| Read::Chunk(vec![b'x'; 4096]));
        let body = server.provider(fills_the_window.into_iter().chain([Read::Always(1)]));
        for index in 0..streams {
            server.submit_response(2 * index + 1, NONE, Some(&body));
        }
        // The first bodies use up the window of the connection, the others wait for it.
        assert_eq!(server.send(), 0);
        server.sent();
        time(|_| {
            for _ in 0..1000 {
                server.feed(&wire::window_update(3, 0, 1));
                assert_eq!(server.send(), 0);
            }
        })
    });
    assert_flat("WINDOW_UPDATE", few, many);
}

#[test]
fn opening_and_closing_a_stream_costs_the_same_with_many_streams() {
    for version in ALL_VERSIONS {
        let [few, many] = [FEW, MANY].map(|streams| {
            let (server, mut peer) = server_with(version, streams, 2);
            let mut next_id = 2 * MANY + 1;
            let mut open_and_close = |_| {
                next_id += 2;
                let reset = wire::rst_stream(version.wire(), next_id, status::CANCEL);
                [peer.syn_stream(flag::NONE, next_id, 0, 0, NONE), reset].concat()
            };
            let frames: [Vec<u8>; RUNS] =
                [(); RUNS].map(|()| (0..500).flat_map(&mut open_and_close).collect());
            time(|run| server.feed(&frames[run]))
        });
        assert_flat("opening and closing", few, many);
    }
}

#[test]
fn ids_cannot_be_chosen_to_make_streams_slow() {
    let [plain, chosen] = [2, 2 << 16].map(|stride| {
        time(|_| {
            let (server, _) = server_with(V3, 8_000, stride);
            for index in 0..8_000 {
                assert_eq!(server.stream_recv_data_length(stride * index + 1), 0);
            }
        })
    });
    assert!(
        chosen < plain * 4 + Duration::from_millis(20),
        "{plain:?} and {chosen:?}"
    );
}
