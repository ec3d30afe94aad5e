//! Two sessions of the library talking to each other, and one talking to another encoder.

mod support;

use support::abi::{flag, status};
use support::peer::*;
use support::scenario::*;
use support::wire::{self, Writer};

#[test]
fn a_request_and_its_response_with_bodies() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        let upload = client.provider_of(10_000);
        assert_eq!(client.submit_request(2, GET, Some(&upload), 7), 0);
        pump(&client, &server);
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_request_recv",
            ]
        );
        let download = server.provider_of(5_000);
        assert_eq!(server.submit_response(1, OK, Some(&download)), 0);
        client.events();
        pump(&client, &server);
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_REPLY",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_stream_close",
            ]
        );
        assert_eq!(
            server.transcript().last().unwrap(),
            "on_stream_close stream=1 status=0"
        );
        let wire = server.sent_lines();
        assert_eq!(
            wire[1..],
            [
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=1 length=904"
            ]
        );
    }
}

#[test]
fn bodies_larger_than_the_window_arrive_whole() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        let length = 1_000_000;
        let upload = client.provider_of(length);
        client.submit_request(0, GET, Some(&upload), 0);
        pump(&client, &server);
        let download = server.provider_of(length);
        server.submit_response(1, OK, Some(&download));
        pump(&client, &server);
        for session in [client, server] {
            let received: usize = session
                .events()
                .iter()
                .map(|event| match event {
                    support::event::Event::DataChunkRecv { data, .. } => data.len(),
                    _ => 0,
                })
                .sum();
            assert_eq!(received, length);
            assert_eq!(session.stream_recv_data_length(1), -1, "the stream is gone");
        }
    }
}

#[test]
fn a_server_pushes_a_resource() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        client.submit_request(0, GET, None, 0);
        pump(&client, &server);
        let pushed: &[(&str, &str)] = &[(":path", "/style.css")];
        server.submit_syn_stream(flag::UNIDIRECTIONAL, 1, 3, pushed, 0);
        pump(&client, &server);
        let body = server.provider_of(3);
        server.submit_data(2, flag::FIN, Some(&body));
        client.events();
        pump(&client, &server);
        assert_eq!(
            client.transcript(),
            [
                "on_data_chunk_recv stream=2 flags=1 xxx",
                "on_data_recv stream=2 flags=1 length=3",
                "on_request_recv stream=2",
                "on_stream_close stream=2 status=0",
            ]
        );
    }
}

#[test]
fn a_cancelled_request_closes_on_both_sides() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        client.submit_request(0, GET, None, 0);
        pump(&client, &server);
        client.submit_rst_stream(1, status::CANCEL);
        pump(&client, &server);
        for session in [&client, &server] {
            let transcript = session.transcript();
            assert_eq!(
                transcript.last().unwrap(),
                "on_stream_close stream=1 status=5"
            );
        }
        assert_eq!(server.submit_response(1, OK, None), 0);
        assert!(server.flush().is_empty());
        assert_eq!(server.names(), ["on_ctrl_not_send SYN_REPLY"]);
    }
}

#[test]
fn a_request_by_another_encoder_is_understood() {
    for version in ALL_VERSIONS {
        for with_dictionary in [true, false] {
            let server = Session::server(version);
            let mut peer = if with_dictionary {
                Writer::new(version)
            } else {
                Writer::without_dictionary(version)
            };
            let names = if version == V2 {
                [("method", "GET"), ("url", "/")]
            } else {
                [(":method", "GET"), (":path", "/")]
            };
            for stream_id in [1, 3] {
                server.feed(&peer.syn_stream(flag::FIN, stream_id, 0, 2, &names));
                let head = format!(
                    "v{} flags=1 stream={stream_id} assoc=0 pri=2 slot=0",
                    version.wire()
                );
                assert_eq!(
                    server.transcript(),
                    [
                        format!("on_ctrl_recv SYN_STREAM {head} {{:method: GET; :path: /}}"),
                        format!("on_request_recv stream={stream_id}"),
                    ]
                );
            }
        }
    }
}

#[test]
fn every_frame_is_written_as_the_draft_lays_it_out() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, _) = client_with_streams(version, 1);
        let body = client.provider_of(3);
        client.submit_settings(&[(4, 100), (7, 65536)]);
        client.submit_ping();
        client.submit_data(1, flag::FIN, Some(&body));
        assert_eq!(client.send(), 0);
        client.submit_rst_stream(1, status::CANCEL);
        assert_eq!(client.send(), 0);
        client.submit_goaway(status::PROTOCOL_ERROR);
        assert_eq!(client.send(), 0);
        let expected = [
            wire::ping(v, 1),
            wire::settings(v, &[(4, 100), (7, 65536)]),
            wire::data(1, flag::FIN, b"xxx"),
            wire::rst_stream(v, 1, status::CANCEL),
            wire::goaway(v, 0, status::PROTOCOL_ERROR),
        ]
        .concat();
        assert_eq!(client.take_output(), expected, "SPDY/{v}");
    }
}

#[test]
fn golden_bytes_of_the_frames_without_a_header_block() {
    let (client, _) = client_with_streams(V3_1, 1);
    client.submit_settings(&[(4, 100)]);
    client.submit_ping();
    client.submit_window_update(1, 0x1234);
    assert_eq!(client.send(), 0);
    client.submit_rst_stream(1, 5);
    assert_eq!(client.send(), 0);
    client.submit_goaway(2);
    assert_eq!(client.send(), 0);
    let golden: &[&[u8]] = &[
        b"\x80\x03\0\x06\0\0\0\x04\0\0\0\x01",
        b"\x80\x03\0\x04\0\0\0\x0c\0\0\0\x01\0\0\0\x04\0\0\0\x64",
        b"\x80\x03\0\x09\0\0\0\x08\0\0\0\x01\0\0\x12\x34",
        b"\x80\x03\0\x03\0\0\0\x08\0\0\0\x01\0\0\0\x05",
        b"\x80\x03\0\x07\0\0\0\x08\0\0\0\0\0\0\0\x02",
    ];
    assert_eq!(client.take_output(), golden.concat());

    let (server, _) = server_with_requests(V2, 1);
    server.submit_settings(&[(4, 100)]);
    server.submit_ping();
    server.submit_goaway(2);
    assert_eq!(server.send(), 0);
    let golden: &[&[u8]] = &[
        b"\x80\x02\0\x06\0\0\0\x04\0\0\0\x02",
        b"\x80\x02\0\x04\0\0\0\x0c\0\0\0\x01\x04\0\0\0\0\0\0\x64",
        b"\x80\x02\0\x07\0\0\0\x04\0\0\0\x01",
    ];
    assert_eq!(server.take_output(), golden.concat());
}
