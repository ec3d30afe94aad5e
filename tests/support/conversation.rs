//! Long conversations with a bit of everything, as the frames that one side receives.

use super::abi::{flag, status};
use super::peer::{Role, Session, Version};
use super::scenario::{client_with_requests, GET, NONE, OK};
use super::wire::{self, data, Writer};
use std::rc::Rc;

/// A session that is ready for the frames of [`frames`].
pub fn session(role: Role, version: Version) -> Rc<Session> {
    match role {
        Role::Client => client_with_requests(version, 6).0,
        Role::Server => Session::server(version),
    }
}

/// What the peer says: requests or replies, bodies, and everything that a session puts up with.
pub fn frames(role: Role, version: Version) -> Vec<Vec<u8>> {
    match role {
        Role::Client => to_client(version),
        Role::Server => to_server(version),
    }
}

fn to_server(version: Version) -> Vec<Vec<u8>> {
    let v = version.wire();
    let peer = &mut Writer::new(version);
    let list = &[("set-cookie", "a\0b\0c"), ("accept", "*/*"), ("x", "")];
    vec![
        wire::settings(v, &[(4, 100), (7, 20_000), (99, 1)]),
        wire::ping(v, 1),
        peer.syn_stream(flag::NONE, 1, 0, 0, GET),
        data(1, flag::NONE, b"the first part of a body"),
        peer.syn_stream(flag::FIN, 3, 0, 3, GET),
        peer.headers(flag::NONE, 1, list),
        wire::noop(v),
        wire::control(v, 77, 0x55, b"unknown"),
        wire::window_update(v, 1, 1000),
        wire::rst_stream(v, 3, status::CANCEL),
        data(1, flag::FIN, b""),
        peer.syn_stream(flag::NONE, 5, 0, 1, list),
        data(99, flag::NONE, b"for nobody"),
        peer.syn_stream(flag::NONE, 7, 0, 0, &[("Invalid", "name")]),
        wire::control(v, 10, 0, b"credential"),
        data(5, flag::NONE, &[b'x'; 5000]),
        peer.syn_reply(flag::NONE, 5, OK),
        wire::window_update(v, 0, 1000),
        wire::goaway(v, 0, status::OK),
        peer.syn_stream(flag::FIN, 9, 0, 0, GET),
        data(5, flag::FIN, b"the end"),
        wire::ping(v, 3),
    ]
}

fn to_client(version: Version) -> Vec<Vec<u8>> {
    let v = version.wire();
    let peer = &mut Writer::new(version);
    vec![
        wire::ping(v, 2),
        peer.syn_reply(flag::NONE, 1, OK),
        data(1, flag::NONE, b"the first part of a body"),
        peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 2, &[("a", "1\x002"), ("b", "")]),
        wire::settings(v, &[(4, 3), (7, 1000)]),
        peer.headers(flag::NONE, 2, OK),
        peer.syn_reply(flag::FIN, 3, OK),
        data(2, flag::FIN, b"pushed"),
        wire::control(v, 0, 0, b""),
        wire::rst_stream(v, 5, status::REFUSED_STREAM),
        peer.syn_reply(flag::NONE, 7, NONE),
        data(7, flag::NONE, &[b'x'; 5000]),
        peer.syn_reply(flag::NONE, 9, &[("", "invalid")]),
        peer.syn_stream(flag::UNIDIRECTIONAL, 4, 0, 0, NONE),
        peer.headers(flag::FIN, 1, OK),
        wire::window_update(v, 7, 0x7fff_ffff),
        wire::window_update(v, 0, 5),
        data(5, flag::NONE, b"for nobody"),
        data(7, flag::FIN, b"the end"),
        wire::goaway(v, 11, status::OK),
        peer.syn_reply(flag::NONE, 11, OK),
        wire::ping(v, 4),
    ]
}
