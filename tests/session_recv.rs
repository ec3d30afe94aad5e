//! `spdylay_session_recv`, which fetches its input itself.

mod support;

use support::abi::{error, flag};
use support::peer::*;
use support::scenario::*;
use support::script::Recv;
use support::wire;

/// The room that `recv_callback` is offered.
const BUFFER: usize = 16384;

#[test]
fn it_reads_until_there_is_nothing_more() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        let headers = peer.headers(flag::NONE, 1, NONE);
        server.record_io(true);
        server.script_recv([
            Recv::Bytes(headers[..3].to_vec()),
            Recv::Bytes(headers[3..].to_vec()),
        ]);
        assert_eq!(server.recv(), 0);
        assert_eq!(
            server.names(),
            [
                "recv_callback",
                "recv_callback",
                "on_ctrl_recv HEADERS",
                "recv_callback"
            ]
        );
        assert_eq!(server.recv(), 0);
        assert_eq!(
            server.transcript(),
            ["recv_callback length=16384 result=-504"]
        );
    }
}

#[test]
fn what_the_callback_returns_decides_the_result() {
    let ping = wire::ping(3, 1);
    for (result, expected) in [
        (0, 0),
        (error::WOULDBLOCK as isize, 0),
        (error::EOF as isize, error::EOF),
        (-1, error::CALLBACK_FAILURE),
        (error::DEFERRED as isize, error::CALLBACK_FAILURE),
        (error::NOMEM as isize, error::CALLBACK_FAILURE),
        (error::CALLBACK_FAILURE as isize, error::CALLBACK_FAILURE),
        (isize::MIN, error::CALLBACK_FAILURE),
        (BUFFER as isize + 1, error::CALLBACK_FAILURE),
        (isize::MAX, error::CALLBACK_FAILURE),
    ] {
        let server = Session::server(V3);
        server.script_recv([
            Recv::Bytes(ping[..5].to_vec()),
            Recv::Returns(result),
            Recv::Bytes(ping[5..].to_vec()),
        ]);
        assert_eq!(server.recv(), expected, "after {result}");
        assert_eq!(server.names(), [""; 0]);
        // The session is where it was.
        assert_eq!(server.recv(), 0);
        assert_eq!(server.names(), ["on_ctrl_recv PING"]);
    }
}

#[test]
fn the_buffer_may_be_filled() {
    let (client, _) = client_with_streams(V3, 1);
    let frame = wire::data(1, flag::NONE, &[b'x'; 2 * BUFFER]);
    client.script_recv([Recv::Bytes(frame)]);
    assert_eq!(client.recv(), 0);
    let lengths: Vec<usize> = client
        .events()
        .iter()
        .filter_map(|event| match event {
            support::event::Event::DataChunkRecv { data, .. } => Some(data.len()),
            _ => None,
        })
        .collect();
    assert_eq!(lengths, [BUFFER - 8, BUFFER, 8]);
}

#[test]
fn both_ways_of_receiving_can_be_mixed() {
    let (server, mut peer) = server_with_requests(V3, 1);
    let frame = peer.syn_stream(flag::FIN, 3, 0, 0, GET);
    let (start, rest) = frame.split_at(20);
    server.feed(start);
    server.script_recv([Recv::Bytes(rest.to_vec())]);
    assert_eq!(server.recv(), 0);
    assert_eq!(
        server.names(),
        ["on_ctrl_recv SYN_STREAM", "on_request_recv"]
    );
}

#[test]
fn a_protocol_error_of_the_peer_is_no_error_of_the_call() {
    let server = Session::server(V3);
    server.script_recv([Recv::Bytes(wire::control(3, 6, 0, b""))]);
    assert_eq!(server.recv(), 0);
    assert_eq!(server.names(), ["on_ctrl_recv_parse_error"]);
}
