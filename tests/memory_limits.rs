//! A peer cannot make a session take much more memory than its limit, however small the bytes are that ask for it.
#![cfg(target_os = "linux")]

mod support;

use std::rc::Rc;
use support::abi::{flag, option, status, Callbacks};
use support::memory::Memory;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, number, Writer};
use support::{bomb, defective_in_1_4};

const MIB: usize = 1 << 20;

/// What counts as nothing: buffers, and what the allocator keeps.
const NOISE: usize = 2 * MIB;

/// A server without the callbacks that keep copies of what they see.
fn quiet_server(version: Version) -> Rc<Session> {
    Session::with_callbacks(Role::Server, version, |callbacks| {
        *callbacks = Callbacks {
            send: callbacks.send,
            ..Callbacks::default()
        };
    })
}

fn reset(version: Version, stream_id: i32, status: u32) -> String {
    let v = version.wire();
    format!("RST_STREAM v{v} flags=0 stream={stream_id} status={status}")
}

#[test]
fn a_gigabyte_of_headers_takes_little_more_than_the_limit() {
    if defective_in_1_4("the limit is checked after inflating") {
        return;
    }
    let memory = Memory::alone();
    for (version, limit, size) in [
        (V2, 65536, 1 << 27),
        (V3, MIB, 1 << 27),
        (V3_1, (1 << 24) - 1, 1 << 30),
    ] {
        let mut peer = Writer::new(version);
        let block = bomb::long_value(&mut peer, 0, size);
        let frame = wire::syn_stream_of(version.wire(), flag::NONE, 1, 0, 0, &block);
        let after = peer.syn_stream(flag::NONE, 1, 0, 0, GET);
        let server = quiet_server(version);
        server.set_option(option::MAX_RECV_CTRL_FRAME_BUFFER, limit as u32);
        let growth = memory.peak_growth(|| server.feed(&frame));
        assert!(growth < 2 * limit + NOISE, "{growth} bytes for {limit}");
        assert_eq!(
            server.flush(),
            [reset(version, 1, status::FRAME_TOO_LARGE)],
            "a frame of {} bytes",
            frame.len()
        );
        server.feed(&after);
        assert_eq!(server.stream_recv_data_length(1), 0, "the next one opens");
    }
}

#[test]
fn memory_of_a_large_block_is_given_back() {
    if defective_in_1_4("buffers are kept for the life of the session") {
        return;
    }
    let memory = Memory::alone();
    let server = quiet_server(V3);
    let block = bomb::long_value(&mut Writer::new(V3), b'x', 15 * MIB);
    let frame = wire::syn_stream_of(3, flag::NONE, 1, 0, 0, &block);
    let before = memory.resident();
    server.feed(&frame);
    let growth = memory.resident().saturating_sub(before);
    assert!(growth < NOISE, "{growth} bytes");
    assert_eq!(server.stream_recv_data_length(1), 0, "it was accepted");
}

#[test]
fn memory_of_a_large_payload_is_given_back() {
    if defective_in_1_4("buffers are kept for the life of the session") {
        return;
    }
    let memory = Memory::alone();
    let server = quiet_server(V3);
    let frame = wire::control(3, 77, 0, &vec![0; 15 * MIB]);
    let (start, rest) = frame.split_at(14 * MIB);
    let before = memory.resident();
    server.feed(start);
    assert!(memory.resident() > before + 13 * MIB, "it is kept so far");
    server.feed(rest);
    let growth = memory.resident().saturating_sub(before);
    assert!(growth < NOISE, "{growth} bytes");
}

#[test]
fn memory_grows_with_what_was_received_and_not_with_what_was_announced() {
    if defective_in_1_4("buffers are made as large as the frame head says") {
        return;
    }
    let memory = Memory::alone();
    let servers: Vec<_> = (0..100).map(|_| quiet_server(V3)).collect();
    let growth = memory.peak_growth(|| {
        for (index, server) in servers.iter().enumerate() {
            // A head that announces 16 MB, and a few bytes of them.
            let kind = [1, 4, 77][index % 3];
            let mut head = wire::control(3, kind, 0, b"");
            head[5..8].fill(0xff);
            server.feed(&head);
            server.feed(&[0; 12]);
        }
    });
    assert!(growth < NOISE, "{growth} bytes");
}

/// Feeds a SYN_STREAM with this block; how much memory that took, and what was sent.
fn block_growth(memory: &Memory, version: Version, compressed: &[u8]) -> (usize, Vec<String>) {
    let server = quiet_server(version);
    let frame = wire::syn_stream_of(version.wire(), flag::NONE, 1, 0, 0, compressed);
    let growth = memory.peak_growth(|| server.feed(&frame));
    (growth, server.flush())
}

#[test]
fn sixteen_million_empty_values_take_the_memory_of_their_block() {
    if defective_in_1_4("memory for the parts is reserved before they are checked") {
        return;
    }
    let memory = Memory::alone();
    let block = bomb::long_value(&mut Writer::new(V3), 0, 16_000_000);
    assert!(block.len() < 200_000, "small on the wire");
    let (growth, sent) = block_growth(&memory, V3, &block);
    assert!(growth < 3 * 16 * MIB, "{growth} bytes");
    assert_eq!(sent, [reset(V3, 1, status::FRAME_TOO_LARGE)]);
}

#[test]
fn two_million_pairs_take_the_memory_of_their_block() {
    if defective_in_1_4("the number of pairs is not limited") {
        return;
    }
    let memory = Memory::alone();
    // A pair of an empty name and an empty value is eight zero bytes.
    let pairs = 2_090_000;
    let mut peer = Writer::new(V3);
    let mut block = peer.compress(&number(3, pairs));
    block.extend(bomb::repeats(&mut peer, 0, 8 * pairs));
    assert!(block.len() < 200_000, "small on the wire");
    let (growth, sent) = block_growth(&memory, V3, &block);
    assert!(growth < 2 * 16 * MIB + NOISE, "{growth} bytes");
    assert_eq!(sent.len(), 1);
    assert!(sent[0].starts_with("RST_STREAM v3 flags=0 stream=1"));
}

/// The most pairs that a block may bring, each value of a list counted.
const MOST_PAIRS: usize = 65536;

/// A block of `pairs` pairs, the first with a list of `values` values.
fn many_pairs(version: u16, pairs: usize, values: usize) -> Vec<u8> {
    let list = vec!["v"; values].join("\0");
    let nv: Vec<(String, &str)> = (0..pairs)
        .map(|index| (format!("n{index}"), if index == 0 { &list } else { "" }))
        .collect();
    wire::block(version, &nv)
}

#[test]
fn blocks_of_more_than_65536_pairs_are_too_large() {
    if defective_in_1_4("the number of pairs is not limited") {
        return;
    }
    let memory = Memory::alone();
    for (pairs, values) in [(MOST_PAIRS, 1), (1, MOST_PAIRS), (30_000, 35_537)] {
        for (excess, expected) in [(0, None), (1, Some(status::FRAME_TOO_LARGE))] {
            let values = values + excess;
            let block = Writer::new(V3).compress(&many_pairs(3, pairs, values));
            let (_, sent) = block_growth(&memory, V3, &block);
            let expected: Vec<String> = expected
                .map(|status| reset(V3, 1, status))
                .into_iter()
                .collect();
            assert_eq!(
                sent, expected,
                "{pairs} pairs, {values} values in the first"
            );
        }
    }
}

#[test]
fn blocks_of_too_many_pairs_are_reported_without_pairs() {
    if defective_in_1_4("the number of pairs is not limited") {
        return;
    }
    let _alone = Memory::alone();
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        let block = peer.compress(&many_pairs(v, 1, MOST_PAIRS / 2));
        server.feed(&wire::syn_stream_of(v, flag::NONE, 1, 0, 0, &block));
        assert_eq!(server.names(), ["on_ctrl_recv SYN_STREAM"]);
        // SPDY/2 has no room for so many in one list, and just as many pairs as that.
        let nv: Vec<(String, &str)> = (0..40_000)
            .map(|index| (format!("n{index}"), "a\0b"))
            .collect();
        let block = peer.compress(&wire::block(v, &nv));
        server.feed(&wire::syn_stream_of(v, flag::NONE, 3, 0, 0, &block));
        assert_eq!(
            server.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_STREAM v{v} flags=0 stream=3 assoc=0 pri=0 slot=0 NULL \
                 reason=11"
            )]
        );
        server.flush();
        forget(&server);
        server.feed(&peer.syn_stream(flag::NONE, 5, 0, 0, GET));
        assert_eq!(server.names(), ["on_ctrl_recv SYN_STREAM"]);
    }
}

#[test]
fn an_open_stream_takes_little_memory() {
    let memory = Memory::alone();
    let server = quiet_server(V3_1);
    let mut peer = Writer::new(V3_1);
    let streams = 20_000;
    let frames: Vec<_> = (0..streams)
        .map(|index| peer.syn_stream(flag::NONE, 2 * index + 1, 0, 0, NONE))
        .collect();
    let growth = memory.peak_growth(|| {
        for frame in &frames {
            server.feed(frame);
        }
    });
    let each = growth / streams as usize;
    assert!(each < 700, "{each} bytes");
}
