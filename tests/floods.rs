//! A peer that sends far too much of something: what waits in the queue stays bounded.

mod support;

use std::cell::Cell;
use std::rc::Rc;
use support::abi::{error, flag, option, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, control, data, Writer};

/// Answers to PINGs that wait at most; likewise RST_STREAMs of the library's own.
const MOST_ANSWERS: usize = 10_000;

/// WINDOW_UPDATEs of the library's own that wait for one target at most.
const MOST_UPDATES: usize = 16;

/// Feeds the same bytes again and again.
fn flood(session: &Session, bytes: &[u8], times: usize) {
    let thousand = bytes.repeat(1000);
    for _ in 0..times / 1000 {
        session.feed(&thousand);
    }
    session.feed(&bytes.repeat(times % 1000));
}

#[test]
fn pings_beyond_a_limit_are_reported_and_not_answered() {
    if defective_in_1_4("every PING is answered, however many wait") {
        return;
    }
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        flood(&server, &wire::ping(version.wire(), 1), 3 * MOST_ANSWERS);
        assert_eq!(server.events().len(), 3 * MOST_ANSWERS);
        assert_eq!(server.outbound_queue_size(), MOST_ANSWERS);
        assert_eq!(server.flush().len(), MOST_ANSWERS);
        // Those sent make room.
        server.feed(&wire::ping(version.wire(), 3));
        assert_eq!(server.flush().len(), 1);
    }
}

#[test]
fn own_pings_are_not_held_back_by_those_of_the_peer() {
    if defective_in_1_4("every PING is answered, however many wait") {
        return;
    }
    let server = Session::server(V3);
    flood(&server, &wire::ping(3, 1), 2 * MOST_ANSWERS);
    assert_eq!(server.submit_ping(), 0);
    assert_eq!(server.outbound_queue_size(), MOST_ANSWERS + 1);
}

/// Frames that are each answered by a RST_STREAM.
fn provoking(version: Version) -> Vec<(&'static str, Rc<Session>, Vec<u8>)> {
    let v = version.wire();
    let (repeated, mut peer) = server_with_requests(version, 1);
    let block = peer.compress(&wire::block(v, NONE));
    let empty = peer.compress(&wire::block(v, NONE));
    // The session has to see the first block before copies of the second make sense.
    repeated.feed(&wire::headers_of(v, flag::NONE, 1, &block));
    forget(&repeated);
    let (unknown, _) = server_with_requests(version, 1);
    let (reply, _) = server_with_requests(version, 1);
    for session in [&unknown, &reply] {
        session.feed(&wire::headers_of(v, flag::NONE, 1, &block));
        forget(session);
    }
    vec![
        (
            "a repeated SYN_STREAM",
            repeated,
            wire::syn_stream_of(v, flag::NONE, 1, 0, 0, &empty),
        ),
        (
            "HEADERS for an unknown stream",
            unknown,
            wire::headers_of(v, flag::NONE, 99, &empty),
        ),
        (
            "SYN_REPLY for an unknown stream",
            reply,
            wire::syn_reply_of(v, flag::NONE, 99, &empty),
        ),
    ]
}

#[test]
fn a_peer_that_provokes_resets_without_end_loses_the_session() {
    if defective_in_1_4("every invalid frame is answered, however many wait") {
        return;
    }
    for version in ALL_VERSIONS {
        for (what, server, frame) in provoking(version) {
            flood(&server, &frame, MOST_ANSWERS);
            assert_eq!(server.outbound_queue_size(), MOST_ANSWERS, "{what}");
            assert_eq!(server.want_read(), 1);
            flood(&server, &frame, MOST_ANSWERS);
            assert_eq!(server.outbound_queue_size(), MOST_ANSWERS + 1, "{what}");
            let sent = server.flush();
            let goaways = sent.iter().filter(|line| line.starts_with("GOAWAY"));
            assert_eq!(goaways.count(), 1, "{what}");
            assert_eq!((server.want_read(), server.want_write()), (0, 0));
        }
    }
}

#[test]
fn resets_that_were_sent_make_room() {
    for version in ALL_VERSIONS {
        for (what, server, frame) in provoking(version) {
            for _ in 0..2 {
                flood(&server, &frame, MOST_ANSWERS);
                assert_eq!(server.flush().len(), MOST_ANSWERS, "{what}");
            }
            assert_eq!(server.want_read(), 1);
        }
    }
}

#[test]
fn malformed_frames_are_answered_by_one_goaway() {
    if defective_in_1_4("one more GOAWAY is queued for each") {
        return;
    }
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        flood(&server, &control(version.wire(), 6, 0, b""), 5000);
        server.fail_session(status::INTERNAL_ERROR);
        flood(&server, &control(version.wire(), 6, 0, b""), 5000);
        assert_eq!(server.events().len(), 1);
        assert!(server.outbound_queue_size() <= 2, "one of fail_session");
        assert_eq!(server.flush().len(), 1);
    }
}

/// Feeds DATA frames without sending, then sends: how many WINDOW_UPDATEs waited, and what they gave back in all.
fn updates_after(server: &Session, stream_id: i32, frames: usize) -> (usize, i64) {
    let frame = data(stream_id, flag::NONE, &[0; 33_000]);
    for _ in 0..frames {
        server.feed(&frame);
    }
    let waiting = server.outbound_queue_size();
    assert_eq!(server.send(), 0);
    let given_back = server
        .sent()
        .iter()
        .map(|sent| match sent.control().body {
            support::frame::Body::WindowUpdate { delta, .. } => i64::from(delta),
            _ => panic!("{sent}"),
        })
        .sum();
    (waiting, given_back)
}

#[test]
fn updates_for_data_that_nobody_wants_are_added_up() {
    if defective_in_1_4("WINDOW_UPDATEs wait without limit") {
        return;
    }
    let server = Session::server(V3_1);
    for _ in 0..2 {
        assert_eq!(
            updates_after(&server, 99, 1000),
            (MOST_UPDATES, 33_000_000),
            "all of it is given back all the same"
        );
    }
}

#[test]
fn updates_for_a_stream_are_added_up() {
    if defective_in_1_4("WINDOW_UPDATEs wait without limit") {
        return;
    }
    let (server, _) = server_with_requests(V3, 1);
    for _ in 0..2 {
        assert_eq!(updates_after(&server, 1, 1000), (MOST_UPDATES, 33_000_000));
    }
    let (server, _) = server_with_requests(V3_1, 1);
    assert_eq!(
        updates_after(&server, 1, 1000),
        (2 * MOST_UPDATES, 2 * 33_000_000),
        "stream and connection each for itself"
    );
}

#[test]
fn consumed_data_is_added_up_too() {
    if defective_in_1_4("WINDOW_UPDATEs wait without limit") {
        return;
    }
    let (server, _) = server_with_requests(V3, 1);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1);
    let consumed = Rc::new(Cell::new(0));
    let count = Rc::clone(&consumed);
    server.on("on_data_recv", move |session, _| {
        count.set(count.get() + 1);
        assert_eq!(session.consume(1, 33_000), 0);
    });
    assert_eq!(updates_after(&server, 1, 200), (MOST_UPDATES, 6_600_000));
    assert_eq!(consumed.get(), 200);
}

#[test]
fn streams_opened_and_reset_leave_nothing_behind() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        for index in 0..5000 {
            let stream_id = 2 * index + 1;
            let mut frames = peer.syn_stream(flag::NONE, stream_id, 0, 0, NONE);
            frames.extend(wire::rst_stream(version.wire(), stream_id, status::CANCEL));
            server.feed(&frames);
            assert_eq!(server.stream_recv_data_length(stream_id), -1);
        }
        assert_eq!(server.outbound_queue_size(), 0);
        assert_eq!(server.events().len(), 3 * 5000);
    }
}

#[test]
fn frames_without_an_answer_leave_nothing_behind() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        for frame in [
            wire::settings(v, &[(4, 1), (7, 1), (99, 1)]),
            wire::window_update(v, 1, 0),
            wire::window_update(v, 0, 0),
            wire::rst_stream(v, 99, 5),
            wire::ping(v, 2),
            wire::noop(v),
            control(v, 77, 0, b"unknown"),
            data(1, flag::NONE, b""),
            data(99, flag::NONE, b""),
            wire::goaway(v, 0, 0),
        ] {
            flood(&server, &frame, 2000);
            assert_eq!(server.outbound_queue_size(), 0);
            forget(&server);
        }
    }
}

#[test]
fn a_runaway_application_is_told() {
    if defective_in_1_4("the queue has no limit") {
        return;
    }
    let client = Session::client(V3);
    let mut queued = 0;
    let refused = loop {
        match client.submit_rst_stream(1, status::CANCEL) {
            0 => queued += 1,
            error => break error,
        }
        assert!(queued <= 1 << 20, "a million frames");
    };
    assert_eq!(refused, error::NOMEM);
    assert_eq!(client.outbound_queue_size(), queued);
    assert_eq!(client.submit_ping(), error::NOMEM);
}
