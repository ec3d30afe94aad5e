//! Header blocks that are compressed as they should be, whatever is in them.
#![no_main]

use arbitrary::Arbitrary;
use flate2::{Compress, Compression, FlushCompress};
use libfuzzer_sys::fuzz_target;
use spdylay_fuzz::{version, Role, Session};

#[derive(Arbitrary, Debug)]
struct Input {
    is_client: bool,
    version: u8,
    small_limit: bool,
    frames: Vec<Frame>,
}

#[derive(Arbitrary, Debug)]
struct Frame {
    kind: Kind,
    other_version: bool,
    flags: u8,
    stream_id: u8,
    assoc_stream_id: u8,
    block: Block,
}

#[derive(Arbitrary, Debug)]
enum Kind {
    SynStream,
    SynReply,
    Headers,
}

#[derive(Arbitrary, Debug)]
enum Block {
    Pairs(Vec<(Vec<u8>, Vec<u8>)>),
    /// Names and values that are mostly right.
    Text(Vec<(u8, String)>),
    Raw(Vec<u8>),
}

/// A count or a length: two bytes in SPDY/2, four in SPDY/3.
fn number(wire_version: u16, value: usize) -> Vec<u8> {
    let bytes = (value as u32).to_be_bytes();
    bytes[if wire_version == 2 { 2 } else { 0 }..].to_vec()
}

fn list(wire_version: u16, pairs: &[(Vec<u8>, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = number(wire_version, pairs.len());
    for string in pairs.iter().flat_map(|(name, value)| [name, value]) {
        bytes.extend(number(wire_version, string.len()));
        bytes.extend(string);
    }
    bytes
}

fn block(wire_version: u16, block: &Block) -> Vec<u8> {
    match block {
        Block::Raw(bytes) => bytes.clone(),
        Block::Pairs(pairs) => list(wire_version, pairs),
        Block::Text(pairs) => {
            let pair = |(name, value): &(u8, String)| (vec![name % 96 + 32], value.clone().into());
            let pairs: Vec<_> = pairs.iter().map(pair).collect();
            list(wire_version, &pairs)
        }
    }
}

fn compress(deflate: &mut Compress, block: &[u8]) -> Vec<u8> {
    let mut output = Vec::with_capacity(block.len() + 100);
    let before = deflate.total_in();
    loop {
        output.reserve(1000);
        let done = (deflate.total_in() - before) as usize;
        deflate
            .compress_vec(&block[done..], &mut output, FlushCompress::Sync)
            .expect("deflate");
        if output.len() < output.capacity() {
            return output;
        }
    }
}

fuzz_target!(|input: Input| {
    let role = if input.is_client {
        Role::Client
    } else {
        Role::Server
    };
    let session = Session::new(role, version(input.version));
    if input.small_limit {
        session.set_option(2, 8192);
    }
    // No dictionary, which a peer may do without.
    let mut deflate = Compress::new(Compression::fast(), true);
    let own = version(input.version).min(3);
    for frame in &input.frames {
        let wire_version = if frame.other_version { 5 - own } else { own };
        let (kind, mut payload) = match frame.kind {
            Kind::SynStream => (
                1,
                vec![
                    0,
                    0,
                    0,
                    frame.stream_id,
                    0,
                    0,
                    0,
                    frame.assoc_stream_id,
                    0,
                    0,
                ],
            ),
            Kind::SynReply => (2, vec![0, 0, 0, frame.stream_id]),
            Kind::Headers => (8, vec![0, 0, 0, frame.stream_id]),
        };
        if wire_version == 2 && kind != 1 {
            payload.extend([0, 0]);
        }
        payload.extend(compress(&mut deflate, &block(wire_version, &frame.block)));
        let mut bytes = vec![0x80, wire_version as u8, 0, kind];
        bytes.extend((u32::from(frame.flags) << 24 | payload.len() as u32).to_be_bytes());
        bytes.extend(payload);
        session.receive(&bytes);
        session.send();
    }
});
