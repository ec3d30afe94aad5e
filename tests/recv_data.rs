//! DATA as it is received, in every state of its stream.

mod support;

use support::abi::{flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, data};

#[test]
fn data_of_a_request_is_shown_before_and_after_the_reply() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.feed(&data(1, flag::NONE, b"one"));
        let received = server.transcript();
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.flush();
        forget(&server);
        server.feed(&data(1, flag::FIN, b"three"));
        assert_eq!(
            [received, server.transcript()].concat(),
            [
                "on_data_chunk_recv stream=1 flags=0 one",
                "on_data_recv stream=1 flags=0 length=3",
                "on_data_chunk_recv stream=1 flags=1 three",
                "on_data_recv stream=1 flags=1 length=5",
                "on_request_recv stream=1",
            ]
        );
    }
}

#[test]
fn data_with_fin_closes_a_stream_that_was_ended_here() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_response(1, OK, None);
        server.flush();
        forget(&server);
        server.feed(&data(1, flag::FIN, b"x"));
        assert_eq!(
            server.names(),
            [
                "on_data_chunk_recv",
                "on_data_recv",
                "on_request_recv",
                "on_stream_close"
            ]
        );

        let client = Session::client(version);
        client.submit_request(0, GET, None, 0);
        client.flush();
        client.feed(&wire::Writer::new(version).syn_reply(flag::NONE, 1, NONE));
        forget(&client);
        client.feed(&data(1, flag::FIN, b"x"));
        assert_eq!(
            client.names(),
            ["on_data_chunk_recv", "on_data_recv", "on_stream_close"]
        );
    }
}

#[test]
fn an_empty_frame_has_no_chunk() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&data(1, flag::NONE, b""));
        client.feed(&data(1, flag::FIN, b""));
        assert_eq!(
            client.transcript(),
            [
                "on_data_recv stream=1 flags=0 length=0",
                "on_data_recv stream=1 flags=1 length=0"
            ]
        );
    }
}

#[test]
fn unknown_flags_are_passed_on() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&data(1, 0xfe, b"x"));
        assert_eq!(
            client.transcript(),
            [
                "on_data_chunk_recv stream=1 flags=254 x",
                "on_data_recv stream=1 flags=254 length=1"
            ]
        );
        client.feed(&data(1, 0xff, b""));
        assert_eq!(
            verdict(&client, &data(1, 0, b"")),
            Verdict::SilentSessionError,
            "FIN was among them"
        );
    }
}

#[test]
fn a_chunk_is_what_one_call_brought() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let frame = data(1, flag::FIN, b"payload");
        client.feed(&frame[..8]);
        assert_eq!(client.names(), [""; 0]);
        client.feed(&frame[8..10]);
        client.feed(&frame[10..14]);
        client.feed(&frame[14..]);
        assert_eq!(
            client.transcript(),
            [
                "on_data_chunk_recv stream=1 flags=1 pa",
                "on_data_chunk_recv stream=1 flags=1 yloa",
                "on_data_chunk_recv stream=1 flags=1 d",
                "on_data_recv stream=1 flags=1 length=7",
            ]
        );
    }
}

#[test]
fn a_frame_of_the_greatest_length_is_one_chunk() {
    let payload = vec![b'x'; (1 << 24) - 1];
    let (client, _) = client_with_streams(V3_1, 1);
    client.feed(&data(1, flag::NONE, &payload));
    let events = client.events();
    let [support::event::Event::DataChunkRecv { data, .. }, last] = &events[..] else {
        panic!("{} callbacks", events.len());
    };
    assert!(data == &payload);
    assert_eq!(
        last.to_string(),
        "on_data_recv stream=1 flags=0 length=16777215"
    );
}

#[test]
fn data_for_unknown_streams_is_ignored() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let (server, _) = server_with_requests(version, 1);
        for session in [&client, &server] {
            for stream_id in [0, 2, 3, 0x7fff_ffff] {
                for payload in [&b""[..], b"stray"] {
                    for flags in [flag::NONE, flag::FIN] {
                        assert_eq!(
                            verdict(session, &data(stream_id, flags, payload)),
                            Verdict::Ignored
                        );
                    }
                }
            }
        }
    }
}

#[test]
fn data_after_fin_ends_the_session() {
    for version in ALL_VERSIONS {
        for payload in [&b""[..], b"late"] {
            let (client, _) = client_with_streams(version, 1);
            client.feed(&data(1, flag::FIN, b""));
            assert_eq!(
                verdict(&client, &data(1, flag::NONE, payload)),
                Verdict::SilentSessionError
            );
            let server = Session::server(version);
            let mut peer = wire::Writer::new(version);
            server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
            assert_eq!(
                verdict(&server, &data(1, flag::NONE, payload)),
                Verdict::SilentSessionError
            );
        }
    }
}

#[test]
fn the_session_ends_when_the_frame_after_fin_is_complete() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&data(1, flag::FIN, b""));
        let frame = data(1, flag::NONE, b"late");
        client.feed(&frame[..11]);
        assert_eq!(client.outbound_queue_size(), 0);
        client.feed(&frame[11..]);
        assert_eq!(client.outbound_queue_size(), 1);
        assert_eq!(client.names(), ["on_data_recv"], "the one with FIN");
    }
}

#[test]
fn data_before_the_reply_ends_the_session() {
    for version in ALL_VERSIONS {
        for payload in [&b""[..], b"early"] {
            let (client, _) = client_with_requests(version, 1);
            assert_eq!(
                verdict(&client, &data(1, flag::NONE, payload)),
                Verdict::SilentSessionError
            );
        }
    }
}

#[test]
fn data_for_a_stream_that_is_being_closed_is_ignored() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 3);
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.feed(&peer.syn_reply(flag::FIN, 3, NONE));
        let (server, _) = server_with_requests(version, 1);
        for stream_id in [1, 3, 5] {
            client.submit_rst_stream(stream_id, status::CANCEL);
        }
        server.submit_rst_stream(1, status::CANCEL);
        for (session, streams) in [(&client, &[1, 3, 5][..]), (&server, &[1])] {
            forget(session);
            let queued = session.outbound_queue_size();
            for &stream_id in streams {
                session.feed(&data(stream_id, flag::FIN, b"ignored"));
            }
            assert_eq!(session.names(), [""; 0]);
            assert_eq!(session.outbound_queue_size(), queued);
        }
    }
}

#[test]
fn whether_payload_is_shown_is_decided_when_the_head_is_complete() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let frame = data(1, flag::NONE, b"payload");
        client.feed(&frame[..7]);
        client.submit_rst_stream(1, status::CANCEL);
        client.feed(&frame[7..]);
        assert_eq!(
            client.names(),
            [""; 0],
            "closing before the head was complete"
        );

        let (client, _) = client_with_streams(version, 1);
        client.feed(&frame[..8]);
        client.submit_rst_stream(1, status::CANCEL);
        client.feed(&frame[8..]);
        assert_eq!(
            client.names(),
            ["on_data_chunk_recv"],
            "closing after it, and the end of the frame is not reported"
        );
    }
}

#[test]
fn no_chunk_is_shown_after_the_stream_was_closed() {
    if defective_in_1_4("chunks are delivered after on_stream_close") {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 2);
        let frame = data(1, flag::NONE, b"payload");
        client.feed(&frame[..10]);
        client.submit_rst_stream(1, status::CANCEL);
        client.flush();
        client.feed(&frame[10..]);
        assert_eq!(
            client.names(),
            [
                "on_data_chunk_recv",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
                "on_stream_close"
            ]
        );
        assert_eq!(
            verdict(&client, &peer.headers(flag::NONE, 3, NONE)),
            Verdict::Accepted,
            "the next frame begins at the right place"
        );
    }
}
