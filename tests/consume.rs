//! `spdylay_session_consume`: the application says when received bytes may be given back.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, option, setting, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, data};

const HALF: usize = 32768;

/// A server that has received this much on stream 1, and has a request on stream 3 too.
fn server_after(version: Version, received: usize) -> Rc<Session> {
    let server = server_with_requests(version, 2).0;
    assert_eq!(server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1), 0);
    server.feed(&data(1, flag::NONE, &vec![b'x'; received]));
    forget(&server);
    server
}

/// Sends what is queued: streams and deltas of the WINDOW_UPDATEs, the connection first.
fn updates(session: &Session) -> Vec<(i32, i32)> {
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    let mut updates: Vec<_> = sent
        .iter()
        .map(|sent| match sent.control().body {
            support::frame::Body::WindowUpdate { stream_id, delta } => (stream_id, delta),
            _ => panic!("{sent}"),
        })
        .collect();
    updates.sort_unstable();
    updates
}

fn counters(session: &Session) -> (i32, i32) {
    (
        session.stream_recv_data_length(1),
        session.recv_data_length(),
    )
}

#[test]
fn the_stream_must_not_be_0_and_the_option_must_be_on() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.set_option(option::NO_AUTO_WINDOW_UPDATE, 1);
        assert_eq!(server.consume(0, 1), error::INVALID_ARGUMENT);
        assert_eq!(server.consume(1, 1), error::INVALID_STATE);
        server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1);
        assert_eq!(server.consume(0, 1), error::INVALID_ARGUMENT);
        assert_eq!(server.consume(1, 0), 0);
        assert_eq!(server.consume(99, 0), 0, "an unknown stream");
    }
}

#[test]
fn half_a_window_consumed_is_given_back() {
    for (version, expected) in [
        (V3, vec![(1, HALF as i32)]),
        (V3_1, vec![(0, HALF as i32), (1, HALF as i32)]),
    ] {
        let server = server_after(version, 60_000);
        assert_eq!(server.consume(1, HALF - 1), 0);
        assert_eq!(updates(&server), []);
        assert_eq!(counters(&server).0, 60_000, "not given back yet");
        assert_eq!(server.consume(1, 1), 0);
        assert_eq!(counters(&server).0, 60_000 - HALF as i32);
        assert_eq!(updates(&server), expected);
        assert_eq!(server.consume(1, 60_000 - HALF), 0);
        assert_eq!(updates(&server), []);
    }
}

#[test]
fn all_that_was_consumed_is_given_back() {
    for version in [V3, V3_1] {
        let server = server_after(version, 60_000);
        server.consume(1, 30_000);
        server.consume(1, 30_000);
        assert_eq!(updates(&server).last(), Some(&(1, 60_000)));
        assert_eq!(counters(&server), (0, 0));
    }
}

#[test]
fn streams_and_connection_reach_their_half_each_for_itself() {
    let server = server_after(V3_1, 20_000);
    server.feed(&data(3, flag::NONE, &[0; 20_000]));
    server.consume(1, 20_000);
    assert_eq!(updates(&server), []);
    server.consume(3, 20_000);
    assert_eq!(updates(&server), [(0, 40_000)]);
    assert_eq!(counters(&server), (20_000, 0));
}

#[test]
fn the_own_initial_window_sets_the_half_of_streams() {
    for version in [V3, V3_1] {
        let server = server_after(version, 1000);
        server.submit_settings(&[(setting::INITIAL_WINDOW_SIZE, 1000)]);
        server.flush();
        server.consume(1, 499);
        assert_eq!(updates(&server), []);
        server.consume(1, 1);
        assert_eq!(updates(&server), [(1, 500)]);
    }
}

#[test]
fn bytes_of_a_closed_stream_count_for_the_connection() {
    let server = server_after(V3_1, 60_000);
    server.feed(&wire::rst_stream(3, 1, status::CANCEL));
    assert_eq!(server.consume(1, HALF), 0);
    assert_eq!(updates(&server), [(0, HALF as i32)]);
    assert_eq!(server.recv_data_length(), 60_000 - HALF as i32);

    let server = server_after(V3, 60_000);
    server.feed(&wire::rst_stream(3, 1, status::CANCEL));
    assert_eq!(server.consume(1, HALF), 0);
    assert_eq!(updates(&server), []);
}

#[test]
fn discarded_data_is_consumed_at_once() {
    let server = server_after(V3_1, 0);
    server.feed(&data(99, flag::NONE, &[0; HALF - 1]));
    assert_eq!(updates(&server), []);
    server.feed(&data(99, flag::NONE, b"x"));
    assert_eq!(updates(&server), [(0, HALF as i32)]);
    assert_eq!(server.recv_data_length(), 0);
}

#[test]
fn what_ends_a_stream_counts_for_the_connection_only() {
    let server = server_after(V3_1, 0);
    server.feed(&data(1, flag::FIN, &[0; 40_000]));
    assert_eq!(counters(&server), (0, 40_000));
    assert_eq!(server.consume(1, 40_000), 0);
    assert_eq!(updates(&server).first(), Some(&(0, 40_000)));
}

#[test]
fn updates_of_the_application_count_as_consumed() {
    let server = server_after(V3, 60_000);
    server.consume(1, 30_000);
    assert_eq!(server.submit_window_update(1, 20_000), 0);
    assert_eq!(updates(&server), [(1, 20_000)]);
    assert_eq!(counters(&server).0, 40_000);
    // 10,000 of those consumed are left.
    server.consume(1, HALF - 10_000 - 1);
    assert_eq!(updates(&server), []);
    server.consume(1, 1);
    assert_eq!(updates(&server), [(1, HALF as i32)]);
}

#[test]
fn no_more_can_be_consumed_than_was_received() {
    if defective_in_1_4("consume is not checked against what was received") {
        return;
    }
    for size in [40_001, 100_000, 1 << 31, 1 << 32, usize::MAX] {
        for (version, expected) in [
            (V3, vec![(1, 40_000)]),
            (V3_1, vec![(0, 40_000), (1, 40_000)]),
        ] {
            let server = server_after(version, 40_000);
            assert_eq!(server.consume(1, size), 0);
            assert_eq!(updates(&server), expected, "of {size}");
            assert_eq!(counters(&server), (0, 0));
            assert_eq!(server.consume(1, size), 0);
            assert_eq!(updates(&server), []);
        }
    }
}

#[test]
fn spdy2_has_nothing_to_give_back() {
    let server = server_after(V2, 100_000);
    assert_eq!(server.consume(1, 100_000), 0);
    assert_eq!(updates(&server), []);
}
