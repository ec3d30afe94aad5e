//! Receive windows: when WINDOW_UPDATEs go out, and what the counters say.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, option, setting, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, data, Writer};

const HALF: usize = 32768;
const WINDOW: usize = 65536;

/// A server with requests on streams 1 and 3 of the lowest priority, so that what is queued for
/// them and for the connection goes out in the order in which it was queued.
fn server(version: Version) -> (Rc<Session>, Writer) {
    let server = Session::server(version);
    let mut peer = Writer::new(version);
    for stream_id in [1, 3] {
        let pri = version.lowest_priority();
        server.feed(&peer.syn_stream(flag::NONE, stream_id, 0, pri, NONE));
    }
    forget(&server);
    (server, peer)
}

/// Feeds a DATA frame; what is sent in answer, with streams and deltas only.
fn receive(session: &Session, stream_id: i32, length: usize) -> Vec<(i32, i32)> {
    receive_flags(session, stream_id, flag::NONE, length)
}

fn receive_flags(session: &Session, stream_id: i32, flags: u8, length: usize) -> Vec<(i32, i32)> {
    session.feed(&data(stream_id, flags, &vec![b'x'; length]));
    updates(session)
}

/// Sends the WINDOW_UPDATEs that are queued.
fn updates(session: &Session) -> Vec<(i32, i32)> {
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    sent.iter()
        .map(|sent| match sent.control().body {
            support::frame::Body::WindowUpdate { stream_id, delta } => (stream_id, delta),
            _ => panic!("{sent}"),
        })
        .collect()
}

/// The counters of stream 1 and of the connection.
fn counters(session: &Session) -> (i32, i32) {
    (
        session.stream_recv_data_length(1),
        session.recv_data_length(),
    )
}

#[test]
fn half_a_window_is_given_back_at_once() {
    for (version, expected) in [
        (V3, vec![(1, HALF as i32)]),
        (V3_1, vec![(0, HALF as i32), (1, HALF as i32)]),
    ] {
        let (server, _) = server(version);
        assert_eq!(receive(&server, 1, HALF - 1), []);
        assert_eq!(receive(&server, 1, 1), expected);
        assert_eq!(receive(&server, 1, HALF - 1), []);
        assert_eq!(counters(&server).0, HALF as i32 - 1);
    }
}

#[test]
fn all_that_was_received_is_given_back() {
    for version in [V3, V3_1] {
        let (server, _) = server(version);
        receive(&server, 1, 30_000);
        let update = receive(&server, 1, 30_000);
        assert_eq!(update.last(), Some(&(1, 60_000)));
        assert_eq!(counters(&server), (0, 0));
    }
}

#[test]
fn an_update_is_queued_before_the_data_is_shown() {
    for (version, expected) in [(V3, 1), (V3_1, 2)] {
        let (server, _) = server(version);
        server.on("on_data_chunk_recv", move |session, _| {
            assert_eq!(session.outbound_queue_size(), expected);
            assert_eq!(counters(session), (0, 0));
        });
        server.feed(&data(1, flag::NONE, &[0; HALF]));
        assert_eq!(server.names(), ["on_data_chunk_recv", "on_data_recv"]);
    }
}

#[test]
fn streams_count_each_for_itself_and_the_connection_counts_all() {
    let (server, _) = server(V3_1);
    assert_eq!(receive(&server, 1, 20_000), []);
    assert_eq!(receive(&server, 3, 20_000), [(0, 40_000)]);
    assert_eq!(counters(&server), (20_000, 0));
    assert_eq!(receive(&server, 3, 20_000), [(3, 40_000)]);
    assert_eq!(counters(&server), (20_000, 20_000));
}

#[test]
fn what_ends_a_stream_is_given_back_for_the_connection_only() {
    for version in [V3, V3_1] {
        let connection = if version == V3_1 {
            vec![(0, WINDOW as i32)]
        } else {
            vec![]
        };
        let (server, _) = server(version);
        assert_eq!(
            receive_flags(&server, 1, flag::FIN, WINDOW),
            connection,
            "nothing more comes on the stream"
        );
        assert_eq!(counters(&server).0, 0);
    }
}

#[test]
fn pieces_before_the_last_of_a_frame_with_fin_count() {
    let (server, _) = server(V3);
    let frame = data(1, flag::FIN, &[0; 40_000]);
    server.feed(&frame[..8 + HALF - 1]);
    assert_eq!(counters(&server).0, HALF as i32 - 1);
    server.feed(&frame[8 + HALF - 1..8 + HALF]);
    assert_eq!(updates(&server), [(1, HALF as i32)]);
    server.feed(&frame[8 + HALF..]);
    assert_eq!(counters(&server).0, 0);
}

#[test]
fn discarded_data_counts_for_the_connection() {
    let (server, _) = server(V3_1);
    assert_eq!(receive(&server, 99, HALF - 1), []);
    assert_eq!(counters(&server), (0, HALF as i32 - 1));
    assert_eq!(receive(&server, 0, 1), [(0, HALF as i32)]);
    let (server, _) = self::server(V3);
    assert_eq!(receive(&server, 99, WINDOW), []);
}

#[test]
fn the_own_initial_window_sets_when_a_stream_is_given_back() {
    for version in [V3, V3_1] {
        let (server, _) = server(version);
        server.submit_settings(&[(setting::INITIAL_WINDOW_SIZE, 10_001)]);
        server.flush();
        assert_eq!(receive(&server, 1, 4_999), []);
        assert_eq!(receive(&server, 1, 1), [(1, 5_000)]);
        assert_eq!(receive(&server, 3, 20_000), [(3, 20_000)]);
        if version == V3_1 {
            assert_eq!(counters(&server).1, 25_000, "the connection is as before");
        }
    }
}

#[test]
fn with_the_smallest_windows_every_piece_is_given_back() {
    for window in [0, 1] {
        let (server, _) = server(V3);
        server.submit_settings(&[(setting::INITIAL_WINDOW_SIZE, window)]);
        server.flush();
        assert_eq!(receive(&server, 1, 1), [(1, 1)]);
        let frame = data(1, flag::NONE, b"piece");
        server.feed(&frame[..10]);
        server.feed(&frame[10..]);
        assert_eq!(updates(&server), [(1, 2), (1, 3)]);
    }
}

#[test]
fn spdy2_has_no_windows() {
    for options in [
        0,
        option::NO_AUTO_WINDOW_UPDATE,
        option::NO_AUTO_WINDOW_UPDATE2,
    ] {
        let (server, _) = server(V2);
        if options != 0 {
            server.set_option(options, 1);
        }
        for stream_id in [1, 99] {
            assert_eq!(receive(&server, stream_id, 500_000), []);
        }
        assert_eq!(counters(&server), (0, 0));
        assert_eq!(server.stream_recv_data_length(5), -1);
    }
}

#[test]
fn the_counters_depend_on_the_version() {
    for (version, expected) in [(V2, (0, 0)), (V3, (1000, 0)), (V3_1, (1000, 1500))] {
        let (server, _) = server(version);
        receive(&server, 1, 1000);
        receive(&server, 3, 500);
        assert_eq!(counters(&server), expected);
        assert_eq!(server.stream_recv_data_length(2), -1);
        assert_eq!(server.stream_recv_data_length(0), -1);
        server.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        assert_eq!(counters(&server), (-1, expected.1));
    }
}

#[test]
fn without_automatic_updates_nothing_is_sent() {
    for version in [V3, V3_1] {
        for option in [
            option::NO_AUTO_WINDOW_UPDATE,
            option::NO_AUTO_WINDOW_UPDATE2,
        ] {
            let (server, _) = server(version);
            assert_eq!(server.set_option(option, 1), 0);
            assert_eq!(receive(&server, 1, WINDOW), []);
            assert_eq!(counters(&server).0, WINDOW as i32);
        }
    }
}

#[test]
fn updates_of_the_application_lower_the_counters() {
    let (server, _) = server(V3_1);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE, 1);
    receive(&server, 1, 1000);
    assert_eq!(server.submit_window_update(1, 400), 0);
    assert_eq!(counters(&server), (600, 1000));
    assert_eq!(server.submit_window_update(0, 999), 0);
    assert_eq!(counters(&server), (600, 1));
    assert_eq!(server.submit_window_update(0, 5_000), 0);
    assert_eq!(server.submit_window_update(1, 5_000), 0);
    assert_eq!(counters(&server), (0, 0));
    assert_eq!(
        updates(&server),
        [(1, 400), (0, 999), (0, 5_000), (1, 5_000)]
    );
}

#[test]
fn automatic_updates_can_be_switched_on_and_off() {
    let (server, _) = server(V3);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE, 1);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1);
    assert_eq!(receive(&server, 1, 40_000), []);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE, 0);
    assert_eq!(receive(&server, 1, 1), [], "the other option is still on");
    server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 0);
    assert_eq!(receive(&server, 1, 1), [(1, 40_002)]);
}

#[test]
fn a_peer_that_ignores_windows_is_left_alone_in_automatic_mode() {
    for version in ALL_VERSIONS {
        let (server, _) = server(version);
        // No update gets out meanwhile.
        for _ in 0..50 {
            server.feed(&data(1, flag::NONE, &[0; WINDOW]));
        }
        server.feed(&data(1, flag::FIN, b""));
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_request_recv stream=1"
        );
        let given_back: i32 = updates(&server)
            .iter()
            .filter(|(stream_id, _)| *stream_id == 1)
            .map(|(_, delta)| delta)
            .sum();
        let expected = if version == V2 { 0 } else { 50 * WINDOW as i32 };
        assert_eq!(given_back, expected);
    }
}

const MANUAL: [i32; 2] = [
    option::NO_AUTO_WINDOW_UPDATE,
    option::NO_AUTO_WINDOW_UPDATE2,
];

#[test]
fn a_stream_that_overruns_its_window_twice_is_reset() {
    if defective_in_1_4("an overrun of the receive window is not noticed") {
        return;
    }
    for option in MANUAL {
        let (server, mut peer) = server(V3);
        server.set_option(option, 1);
        server.submit_window_update(1, 1000);
        server.flush();
        server.feed(&data(1, flag::NONE, &vec![0; 2 * WINDOW + 1000]));
        assert_eq!(server.flush(), [""; 0], "one window of slack");
        forget(&server);
        server.feed(&data(1, flag::NONE, b"x"));
        assert_eq!(
            server.flush(),
            [format!(
                "RST_STREAM v3 flags=0 stream=1 status={}",
                status::FLOW_CONTROL_ERROR
            )]
        );
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_stream_close stream=1 status=7"
        );
        server.feed(&peer.headers(flag::NONE, 3, NONE));
        assert_eq!(server.names(), ["on_ctrl_recv HEADERS"], "the others go on");
    }
}

#[test]
fn the_slack_of_a_window_follows_the_own_setting() {
    if defective_in_1_4("an overrun of the receive window is not noticed") {
        return;
    }
    let (server, _) = server(V3);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE, 1);
    server.submit_settings(&[(setting::INITIAL_WINDOW_SIZE, 1_000_000)]);
    server.flush();
    server.feed(&data(1, flag::NONE, &vec![0; 2_000_000]));
    assert_eq!(server.flush(), [""; 0]);
    server.feed(&data(1, flag::NONE, b"x"));
    assert_eq!(server.flush().len(), 1);
}

#[test]
fn a_connection_window_that_is_overrun_twice_ends_the_session() {
    if defective_in_1_4("an overrun of the receive window is not noticed") {
        return;
    }
    for option in MANUAL {
        for payload_of in [[1, 1, 1], [1, 3, 3]] {
            let (server, _) = server(V3_1);
            server.set_option(option, 1);
            server.submit_window_update(0, 30_000);
            server.submit_window_update(1, 1_000_000);
            server.submit_window_update(3, 1_000_000);
            server.flush();
            let lengths = [100_000, 2 * WINDOW + 30_000 - 100_000, 1];
            for (index, (stream_id, length)) in payload_of.into_iter().zip(lengths).enumerate() {
                assert_eq!(server.outbound_queue_size(), 0, "before frame {index}");
                server.feed(&data(stream_id, flag::NONE, &vec![0; length]));
            }
            assert_eq!(
                server.flush(),
                ["GOAWAY v3 flags=0 last=3 status=1"],
                "one window of slack"
            );
        }
    }
}

#[test]
fn a_peer_within_its_window_is_never_punished() {
    for version in [V3, V3_1] {
        let (server, _) = server(version);
        server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1);
        for _ in 0..100 {
            server.feed(&data(1, flag::NONE, &[0; HALF]));
            assert_eq!(server.consume(1, HALF), 0);
            let sent = updates(&server);
            assert_eq!(sent.last(), Some(&(1, HALF as i32)));
        }
        server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 0);
        assert_eq!(server.consume(1, 1), error::INVALID_STATE);
    }
}
