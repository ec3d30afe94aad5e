//! Which of the waiting frames goes first.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, setting, status};
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire::{self, Writer};

/// A client with an open stream for each priority: the streams 1, 3, ...
fn client_with_priorities(version: Version, priorities: &[u8]) -> (Rc<Session>, Writer) {
    let (client, mut peer) = client_with_requests(version, 0);
    for (stream, pri) in priorities.iter().enumerate() {
        client.submit_syn_stream(flag::NONE, 0, *pri, NONE, 0);
        client.flush();
        client.feed(&peer.syn_reply(flag::NONE, 2 * stream as i32 + 1, NONE));
    }
    forget(&client);
    (client, peer)
}

/// Sends; returns frame names with the streams they are about.
fn order(session: &Session) -> Vec<String> {
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    let name = |frame: &wire::Sent| match frame {
        wire::Sent::Data { stream_id, .. } => format!("DATA {stream_id}"),
        wire::Sent::Control(frame) => format!("{} {}", frame.name(), frame.stream_id()),
    };
    sent.iter().map(name).collect()
}

#[test]
fn frames_go_by_kind_then_priority_then_submission() {
    let (client, _) = client_with_priorities(V3_1, &[5, 3, 0]);
    client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
    client.submit_window_update(0, 10);
    client.submit_goaway(0);
    client.submit_headers(flag::NONE, 1, NONE);
    client.submit_window_update(3, 10);
    client.submit_data(5, flag::NONE, Some(&client.provider_of(1)));
    client.submit_headers(flag::NONE, 5, NONE);
    client.submit_rst_stream(3, status::CANCEL);
    client.submit_settings(&[(4, 10)]);
    client.submit_ping();
    client.submit_rst_stream(99, status::CANCEL);
    client.submit_ping();
    assert_eq!(
        order(&client),
        [
            "PING 0",
            "PING 0",
            "SETTINGS 0",
            "DATA 5",
            "HEADERS 5",
            "RST_STREAM 3",
            "HEADERS 1",
            "SYN_STREAM 7",
            "WINDOW_UPDATE 0",
            "GOAWAY 0",
            "RST_STREAM 99",
        ]
    );
}

#[test]
fn spdy2_has_the_same_order() {
    let (client, _) = client_with_priorities(V2, &[3, 2, 0]);
    client.submit_goaway(0);
    client.submit_headers(flag::NONE, 1, NONE);
    client.submit_headers(flag::NONE, 3, NONE);
    client.submit_data(5, flag::NONE, Some(&client.provider_of(1)));
    client.submit_settings(&[(4, 10)]);
    client.submit_ping();
    assert_eq!(
        order(&client),
        [
            "PING 0",
            "SETTINGS 0",
            "DATA 5",
            "HEADERS 3",
            "GOAWAY 0",
            "HEADERS 1"
        ]
    );
}

#[test]
fn replies_go_by_the_priority_of_their_request() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 0);
        for (stream_id, pri) in [(1, 3), (3, 0), (5, 2), (7, 0)] {
            server.feed(&peer.syn_stream(flag::FIN, stream_id, 0, pri, NONE));
            server.submit_response(stream_id, OK, Some(&server.provider_of(1)));
        }
        let expected = [3, 7, 5, 1];
        let replies: Vec<_> = order(&server)
            .into_iter()
            .filter(|name| name.starts_with("SYN_REPLY"))
            .collect();
        assert_eq!(replies, expected.map(|id| format!("SYN_REPLY {id}")));
    }
}

#[test]
fn requests_go_in_the_order_of_their_ids_whatever_their_priority() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        for pri in [3, 1, 0, 2] {
            client.submit_request(pri, GET, None, 0);
        }
        let expected = [1, 3, 5, 7].map(|id| format!("SYN_STREAM {id}"));
        assert_eq!(order(&client), expected);
    }
}

#[test]
fn bodies_of_equal_priority_take_turns() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_priorities(version, &[1, 1, 1]);
        for (stream_id, frames) in [(1, 3), (3, 1), (5, 2)] {
            let body = client.provider_of(frames * 4096);
            client.submit_data(stream_id, flag::FIN, Some(&body));
        }
        assert_eq!(
            order(&client),
            ["DATA 1", "DATA 3", "DATA 5", "DATA 1", "DATA 5", "DATA 1"]
        );
    }
}

#[test]
fn a_more_urgent_body_goes_first_and_requests_wait_behind_it() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_priorities(version, &[2, 1]);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(8192)));
        client.submit_data(3, flag::FIN, Some(&client.provider_of(8192)));
        assert_eq!(
            order(&client),
            ["DATA 3", "DATA 3", "DATA 1", "DATA 1", "SYN_STREAM 5"]
        );
    }
}

#[test]
fn urgent_frames_cut_in_between_two_frames_of_a_body() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_priorities(version, &[2, 1]);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(3 * 4096)));
        client.script_send([Send::Upto(100), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        client.submit_data(3, flag::FIN, Some(&client.provider_of(1)));
        client.submit_ping();
        assert_eq!(
            order(&client),
            ["DATA 1", "PING 0", "DATA 3", "DATA 1", "DATA 1"]
        );
    }
}

#[test]
fn a_resumed_body_has_its_old_place_in_the_queue() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_priorities(version, &[1, 1]);
        let body = client.provider([Read::deferred(), Read::last("x")]);
        client.submit_data(1, flag::FIN, Some(&body));
        client.flush();
        client.submit_data(3, flag::FIN, Some(&client.provider_of(1)));
        client.resume_data(1);
        assert_eq!(order(&client), ["DATA 1", "DATA 3"]);
    }
}

fn limit_streams(version: Version, limit: u32) -> Vec<u8> {
    let id = setting::MAX_CONCURRENT_STREAMS as u32;
    wire::settings(version.wire(), &[(id, limit)])
}

#[test]
fn requests_beyond_the_peers_limit_wait_for_a_stream_to_end() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 0);
        client.feed(&limit_streams(version, 1));
        for _ in 0..3 {
            assert_eq!(client.submit_request(0, GET, None, 0), 0);
        }
        assert_eq!(order(&client), ["SYN_STREAM 1"]);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 2));
        assert_eq!(client.want_read(), 1);
        client.submit_ping();
        assert_eq!(order(&client), ["PING 0"], "others do not wait");
        for next in [3, 5] {
            client.feed(&peer.syn_reply(flag::FIN, next - 2, NONE));
            assert_eq!(client.want_write(), 1);
            assert_eq!(order(&client), [format!("SYN_STREAM {next}")]);
        }
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
    }
}

#[test]
fn waiting_requests_go_out_when_the_limit_is_raised() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_requests(version, 0);
        client.feed(&limit_streams(version, 0));
        for _ in 0..3 {
            client.submit_request(0, GET, None, 0);
        }
        assert_eq!(client.want_write(), 0);
        assert!(order(&client).is_empty());
        client.feed(&limit_streams(version, 2));
        assert_eq!(client.want_write(), 1);
        assert_eq!(order(&client), ["SYN_STREAM 1", "SYN_STREAM 3"]);
        client.feed(&limit_streams(version, 100));
        assert_eq!(order(&client), ["SYN_STREAM 5"]);
    }
}

#[test]
fn a_half_sent_request_counts_against_the_limit() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.feed(&limit_streams(version, 1));
        client.submit_request(0, GET, None, 0);
        client.submit_request(0, GET, None, 0);
        client.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 1));
        assert_eq!(order(&client), ["SYN_STREAM 1"]);
        assert_eq!(client.want_write(), 0);
    }
}

#[test]
fn a_lower_limit_leaves_open_streams_alone() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 3);
        client.feed(&limit_streams(version, 1));
        client.submit_headers(flag::NONE, 5, NONE);
        client.submit_data(3, flag::FIN, Some(&client.provider_of(1)));
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        assert_eq!(order(&client), ["HEADERS 5", "DATA 3"]);
        client.submit_rst_stream(1, status::CANCEL);
        client.submit_rst_stream(3, status::CANCEL);
        assert_eq!(order(&client), ["RST_STREAM 1", "RST_STREAM 3"]);
        client.submit_rst_stream(5, status::CANCEL);
        assert_eq!(order(&client), ["RST_STREAM 5", "SYN_STREAM 7"]);
    }
}

#[test]
fn the_peers_own_streams_do_not_count_against_the_limit() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 3);
        server.feed(&limit_streams(version, 1));
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        assert_eq!(order(&server), ["SYN_STREAM 2"]);
    }
}
