//! Sending within the windows that the peer grants.

mod support;

use support::abi::{error, flag, setting};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire::{self, payload_of};

const WINDOW: usize = 65536;

/// Sends; returns the payload bytes written for each stream asked for.
fn payload<const STREAMS: usize>(
    session: &Session,
    stream_ids: [i32; STREAMS],
) -> [usize; STREAMS] {
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    stream_ids.map(|stream_id| payload_of(&sent, stream_id))
}

/// A client with a large body on each of the streams 1, 3, ...
fn uploading_client(version: Version, streams: usize) -> std::rc::Rc<Session> {
    let (client, _) = client_with_streams(version, streams);
    for stream in 0..streams {
        let body = client.provider_of(10 * WINDOW);
        client.submit_data(2 * stream as i32 + 1, flag::FIN, Some(&body));
    }
    client
}

fn initial_window(version: Version, size: u32) -> Vec<u8> {
    wire::settings(
        version.wire(),
        &[(setting::INITIAL_WINDOW_SIZE as u32, size)],
    )
}

#[test]
fn spdy2_knows_no_windows() {
    let client = uploading_client(V2, 2);
    client.feed(&initial_window(V2, 10));
    assert_eq!(payload(&client, [1, 3]), [10 * WINDOW; 2]);
}

#[test]
fn each_stream_has_a_window() {
    let client = uploading_client(V3, 2);
    assert_eq!(payload(&client, [1, 3]), [WINDOW; 2]);
    assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
    assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
    client.feed(&wire::window_update(3, 3, 5000));
    assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 1));
    assert_eq!(
        client.flush(),
        [
            "DATA stream=3 flags=0 length=4096",
            "DATA stream=3 flags=0 length=904"
        ]
    );
    assert_eq!(client.want_write(), 0);
}

#[test]
fn spdy3_1_adds_a_window_for_the_connection() {
    let client = uploading_client(V3_1, 2);
    assert_eq!(payload(&client, [1, 3]), [WINDOW / 2; 2]);
    assert_eq!(client.want_write(), 0);
    // A stream's window alone opens nothing.
    client.feed(&wire::window_update(3, 1, 5000));
    assert_eq!(payload(&client, [1, 3]), [0; 2]);
    client.feed(&wire::window_update(3, 0, 20_000));
    // Frame by frame in turn: two each, then what is left.
    assert_eq!(payload(&client, [1, 3]), [2 * 4096 + 3616, 2 * 4096]);
}

#[test]
fn the_connection_window_does_not_open_a_stream() {
    let client = uploading_client(V3_1, 1);
    assert_eq!(payload(&client, [1]), [WINDOW]);
    client.feed(&wire::window_update(3, 0, 5000));
    assert_eq!(payload(&client, [1]), [0]);
    client.feed(&wire::window_update(3, 1, 300));
    assert_eq!(payload(&client, [1]), [300]);
    client.feed(&wire::window_update(3, 1, 10_000));
    assert_eq!(payload(&client, [1]), [4700]);
}

#[test]
fn the_connection_window_can_be_opened_to_its_maximum() {
    let client = uploading_client(V3_1, 3);
    client.feed(&wire::window_update(3, 0, 0x7fff_ffff - WINDOW as u32));
    assert_eq!(client.names(), ["on_ctrl_recv WINDOW_UPDATE"]);
    assert_eq!(payload(&client, [1, 3, 5]), [WINDOW; 3]);
}

#[test]
fn frames_fill_exactly_what_the_window_leaves() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&initial_window(version, 4097));
        client.submit_data(1, flag::FIN, Some(&client.provider_of(5000)));
        client.record_io(true);
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=0 length=1"
            ]
        );
        let reads = client.transcript();
        assert!(reads.contains(&"read_callback stream=1 length=1 result=1 eof=0".to_owned()));
        client.feed(&wire::window_update(3, 1, 10_000));
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=903"]);
    }
}

#[test]
fn a_smaller_initial_window_can_make_windows_negative() {
    for version in [V3, V3_1] {
        let client = uploading_client(version, 1);
        client.feed(&wire::window_update(3, 0, 1_000_000));
        assert_eq!(payload(&client, [1]), [WINDOW]);
        client.feed(&initial_window(version, 1000));
        // The stream is 64536 bytes beyond its window now.
        client.feed(&wire::window_update(3, 1, 64_536));
        assert_eq!(payload(&client, [1]), [0], "{version:?}");
        client.feed(&wire::window_update(3, 1, 7));
        assert_eq!(payload(&client, [1]), [7]);
    }
}

#[test]
fn a_larger_initial_window_wakes_the_streams() {
    for version in [V3, V3_1] {
        let client = uploading_client(version, 2);
        client.feed(&wire::window_update(3, 0, 1_000_000));
        assert_eq!(payload(&client, [1, 3]), [WINDOW; 2]);
        client.feed(&initial_window(version, 100));
        client.feed(&initial_window(version, WINDOW as u32));
        assert_eq!(payload(&client, [1, 3]), [0; 2]);
        client.feed(&initial_window(version, WINDOW as u32 + 50));
        assert_eq!(client.want_write(), 1);
        assert_eq!(payload(&client, [1, 3]), [50; 2]);
    }
}

#[test]
fn new_streams_start_with_the_peers_initial_window() {
    for version in [V3, V3_1] {
        let client = Session::client(version);
        client.feed(&initial_window(version, 10));
        client.submit_request(0, GET, Some(&client.provider_of(100)), 0);
        assert_eq!(payload(&client, [1]), [10]);

        let (server, mut peer) = server_with_requests(version, 0);
        server.feed(&initial_window(version, 20));
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
        server.submit_response(1, OK, Some(&server.provider_of(100)));
        assert_eq!(payload(&server, [1]), [20]);
    }
}

#[test]
fn a_window_of_zero_holds_back_bodies_but_not_headers() {
    for version in [V3, V3_1] {
        let (client, mut peer) = client_with_requests(version, 0);
        client.feed(&initial_window(version, 0));
        client.submit_request(0, GET, Some(&client.provider_of(100)), 0);
        assert_eq!(client.flush().len(), 1, "the SYN_STREAM alone");
        assert_eq!(client.want_write(), 0);
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.submit_headers(flag::NONE, 1, NONE);
        assert_eq!(client.flush().len(), 1);
        client.feed(&initial_window(version, 100));
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=100"]);
    }
}

#[test]
fn a_final_empty_frame_arrives_at_the_latest_when_the_window_opens() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&initial_window(version, 5));
        let body = client.provider([Read::chunk("12345"), Read::last("")]);
        client.submit_data(1, flag::FIN, Some(&body));
        let mut sent = client.flush();
        client.feed(&wire::window_update(3, 1, 1));
        sent.extend(client.flush());
        assert_eq!(
            sent,
            [
                "DATA stream=1 flags=0 length=5",
                "DATA stream=1 flags=1 length=0"
            ]
        );
    }
}

#[test]
fn a_body_blocked_by_both_windows_waits_for_both() {
    let client = uploading_client(V3_1, 1);
    assert_eq!(payload(&client, [1]), [WINDOW]);
    client.feed(&wire::window_update(3, 1, 1000));
    assert_eq!(payload(&client, [1]), [0]);
    client.feed(&wire::window_update(3, 0, 400));
    assert_eq!(payload(&client, [1]), [400]);
    client.feed(&wire::window_update(3, 0, 4000));
    assert_eq!(payload(&client, [1]), [600]);
}

#[test]
fn a_second_body_is_dropped_while_the_first_waits_for_window() {
    for version in [V3, V3_1] {
        let client = uploading_client(version, 1);
        assert_eq!(payload(&client, [1]), [WINDOW]);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(1)));
        assert!(client.flush().is_empty());
        client.feed(&wire::window_update(3, 0, 10));
        client.feed(&wire::window_update(3, 1, 10));
        assert_eq!(client.flush(), ["DATA stream=1 flags=0 length=10"]);
    }
}

#[test]
fn a_deferred_body_is_not_woken_by_window_updates() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        let body = client.provider([Read::deferred(), Read::last("x")]);
        client.submit_data(1, flag::FIN, Some(&body));
        client.flush();
        client.feed(&wire::window_update(3, 1, 10));
        client.feed(&wire::window_update(3, 0, 10));
        client.feed(&initial_window(version, 70_000));
        assert_eq!(client.want_write(), 0);
        assert!(client.flush().is_empty());
        assert_eq!(client.resume_data(1), 0);
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=1"]);
    }
}

#[test]
fn a_body_that_waits_for_the_sessions_window_is_nothing_to_write() {
    if defective_in_1_4("a stream's WINDOW_UPDATE queues DATA that waits for the session's window")
    {
        return;
    }
    let (client, _) = client_with_streams(V3_1, 1);
    client.feed(&wire::window_update(3, 1, 1000));
    client.submit_data(1, flag::FIN, Some(&client.provider_of(WINDOW + 10)));
    assert_eq!(payload(&client, [1]), [WINDOW]);
    let waiting = || (client.want_write(), client.outbound_queue_size());
    client.feed(&wire::window_update(3, 1, 10));
    assert_eq!(waiting(), (0, 0));
    client.feed(&initial_window(V3_1, 100_000));
    assert_eq!(waiting(), (0, 0));
    client.feed(&wire::window_update(3, 0, 10));
    assert_eq!(waiting(), (1, 1));
    assert_eq!(payload(&client, [1]), [10]);
}
