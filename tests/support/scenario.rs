//! Sessions that have already come some way, with their transcript and output drained.
//!
//! The other side is a [`Writer`], so only the session under test runs the library.

use super::abi::flag;
use super::peer::{Session, Version};
use super::wire::{payload_of, Writer};
use std::rc::Rc;

/// The pairs of a request, as the API names them.
pub const GET: &[(&str, &str)] = &[
    (":host", "example.org"),
    (":method", "GET"),
    (":path", "/"),
    (":scheme", "https"),
    (":version", "HTTP/1.1"),
];

/// The pairs of a response, as the API names them.
pub const OK: &[(&str, &str)] = &[(":status", "200 OK"), (":version", "HTTP/1.1")];

/// No pairs, which is a valid header block.
pub const NONE: &[(&str, &str)] = &[];

/// A client that has sent a SYN_STREAM without FIN on each of the streams 1, 3, ...
pub fn client_with_requests(version: Version, streams: usize) -> (Rc<Session>, Writer) {
    let client = Session::client(version);
    for _ in 0..streams {
        assert_eq!(client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0), 0);
    }
    client.flush();
    forget(&client);
    (client, Writer::new(version))
}

/// The same, each answered by a SYN_REPLY without FIN.
pub fn client_with_streams(version: Version, streams: usize) -> (Rc<Session>, Writer) {
    let (client, mut peer) = client_with_requests(version, streams);
    for stream in 0..streams {
        client.feed(&peer.syn_reply(flag::NONE, 2 * stream as i32 + 1, NONE));
    }
    forget(&client);
    (client, peer)
}

/// A server that has received a SYN_STREAM without FIN on each of the streams 1, 3, ...
pub fn server_with_requests(version: Version, streams: usize) -> (Rc<Session>, Writer) {
    let server = Session::server(version);
    let mut peer = Writer::new(version);
    for stream in 0..streams {
        server.feed(&peer.syn_stream(flag::NONE, 2 * stream as i32 + 1, 0, 0, NONE));
    }
    forget(&server);
    (server, peer)
}

/// What an event loop asks: `want_read` and `want_write`.
pub fn wants(session: &Session) -> (i32, i32) {
    (session.want_read(), session.want_write())
}

/// Sends, which must succeed; returns the bytes of DATA written for a stream since the last look.
pub fn payload_sent(session: &Session, stream_id: i32) -> usize {
    assert_eq!(session.send(), 0, "session_send");
    payload_of(&session.sent(), stream_id)
}

/// Drains what was recorded and written.
pub fn forget(session: &Session) {
    session.events();
    session.sent();
    session.take_output();
}
