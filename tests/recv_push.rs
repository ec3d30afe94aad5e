//! Streams that a server opens, as a client receives them.

mod support;

use support::abi::{flag, setting, status};
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, Writer};

fn push(peer: &mut Writer, stream_id: i32, assoc_stream_id: i32) -> Vec<u8> {
    peer.syn_stream(flag::UNIDIRECTIONAL, stream_id, assoc_stream_id, 0, NONE)
}

#[test]
fn a_push_needs_an_associated_stream_that_is_open() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 2);
        client.submit_rst_stream(3, status::CANCEL);
        client.flush();
        for (stream_id, assoc, expected) in [
            (2, 0, Verdict::Reset(status::INVALID_STREAM)),
            (4, 5, Verdict::Reset(status::PROTOCOL_ERROR)),
            (6, 3, Verdict::Reset(status::PROTOCOL_ERROR)),
            (8, 1, Verdict::Accepted),
            // A pushed stream will do.
            (10, 8, Verdict::Accepted),
        ] {
            let frame = push(&mut peer, stream_id, assoc);
            assert_eq!(
                verdict(&client, &frame),
                expected,
                "associated with {assoc}"
            );
        }
    }
}

#[test]
fn a_push_must_be_unidirectional() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        for flags in [flag::NONE, flag::FIN] {
            let stream_id = 2 + 2 * i32::from(flags);
            let frame = peer.syn_stream(flags, stream_id, 1, 0, NONE);
            assert_eq!(
                verdict(&client, &frame),
                Verdict::Reset(status::PROTOCOL_ERROR)
            );
        }
        // Which is looked at second.
        assert_eq!(
            verdict(&client, &peer.syn_stream(flag::NONE, 6, 0, 0, NONE)),
            Verdict::Reset(status::INVALID_STREAM)
        );
    }
}

#[test]
fn pushes_beyond_the_own_limit_are_refused() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 3);
        client.submit_settings(&[(setting::MAX_CONCURRENT_STREAMS, 1)]);
        client.flush();
        assert_eq!(
            verdict(&client, &push(&mut peer, 2, 1)),
            Verdict::Accepted,
            "own streams do not count"
        );
        assert_eq!(
            verdict(&client, &push(&mut peer, 4, 1)),
            Verdict::Reset(status::REFUSED_STREAM)
        );
    }
}

#[test]
fn a_pushed_stream_brings_data_and_ends_with_fin() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&push(&mut peer, 2, 1));
        client.feed(&peer.headers(flag::NONE, 2, &[("a", "b")]));
        client.feed(&wire::data(2, flag::NONE, b"body"));
        client.feed(&wire::data(2, flag::FIN, b""));
        let v = version.wire();
        assert_eq!(
            client.transcript(),
            [
                format!("on_ctrl_recv SYN_STREAM v{v} flags=2 stream=2 assoc=1 pri=0 slot=0 {{}}"),
                format!("on_ctrl_recv HEADERS v{v} flags=0 stream=2 {{a: b}}"),
                "on_data_chunk_recv stream=2 flags=0 body".into(),
                "on_data_recv stream=2 flags=0 length=4".into(),
                "on_data_recv stream=2 flags=1 length=0".into(),
                "on_request_recv stream=2".into(),
                "on_stream_close stream=2 status=0".into(),
            ]
        );
    }
}

#[test]
fn a_push_that_ends_at_once_is_over_before_it_exists() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.on("on_", |session, _| {
            assert_eq!(session.stream_recv_data_length(2), -1, "no such stream");
        });
        client.feed(&peer.syn_stream(flag::FIN | flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        assert_eq!(
            client.transcript()[1..],
            [
                "on_request_recv stream=2",
                "on_stream_close stream=2 status=0"
            ]
        );
        assert_eq!(
            verdict(&client, &push(&mut peer, 2, 1)),
            Verdict::Reset(status::PROTOCOL_ERROR),
            "its id counts"
        );
    }
}

#[test]
fn pushed_streams_cannot_be_answered() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&push(&mut peer, 2, 1));
        client.submit_syn_reply(flag::NONE, 2, NONE);
        client.submit_headers(flag::NONE, 2, NONE);
        assert!(client.flush().is_empty());
        let refused = client.transcript();
        assert!(
            refused[1..].iter().all(|line| line.ends_with("error=-512")),
            "{refused:?}"
        );
    }
}

#[test]
fn pushed_streams_outlive_the_stream_they_belong_to() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_streams(version, 2);
        client.feed(&push(&mut peer, 2, 1));
        client.feed(&push(&mut peer, 4, 3));
        client.submit_rst_stream(1, status::CANCEL);
        client.flush();
        client.feed(&wire::rst_stream(v, 3, status::CANCEL));
        client.events();
        for stream_id in [2, 4] {
            client.feed(&wire::data(stream_id, flag::NONE, b"x"));
            assert_eq!(client.names(), ["on_data_chunk_recv", "on_data_recv"]);
        }
    }
}

#[test]
fn a_cancelled_request_leaves_the_servers_pushes_open() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 0, NONE, 0);
        server.flush();
        server.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        let body = server.provider_of(3);
        server.submit_data(2, flag::FIN, Some(&body));
        assert_eq!(server.flush(), ["DATA stream=2 flags=1 length=3"]);
    }
}
