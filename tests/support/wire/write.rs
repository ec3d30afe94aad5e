//! Frame builders.

use super::super::peer::Version;
use super::dictionary;
use flate2::{Compress, Compression, FlushCompress};

/// Builds the frames that carry a header block, on one compression context.
pub struct Writer {
    /// The version in the head and in the layout of the frames; the dictionary stays that of
    /// the version given to `new`.
    pub version: u16,
    deflate: Compress,
}

impl Writer {
    /// A writer for a session of this version, with its preset dictionary.
    pub fn new(version: Version) -> Writer {
        let mut writer = Writer::without_dictionary(version);
        writer
            .deflate
            .set_dictionary(dictionary(version.wire()))
            .expect("a fresh deflate stream takes a dictionary");
        writer
    }

    /// A writer whose zlib stream names no dictionary.
    pub fn without_dictionary(version: Version) -> Writer {
        Writer {
            version: version.wire(),
            deflate: Compress::new(Compression::fast(), true),
        }
    }

    pub fn syn_stream(
        &mut self,
        flags: u8,
        stream_id: i32,
        assoc_stream_id: i32,
        pri: u8,
        nv: &[(&str, &str)],
    ) -> Vec<u8> {
        let block = self.compress(&block(self.version, nv));
        syn_stream_of(self.version, flags, stream_id, assoc_stream_id, pri, &block)
    }

    pub fn syn_reply(&mut self, flags: u8, stream_id: i32, nv: &[(&str, &str)]) -> Vec<u8> {
        let block = self.compress(&block(self.version, nv));
        syn_reply_of(self.version, flags, stream_id, &block)
    }

    pub fn headers(&mut self, flags: u8, stream_id: i32, nv: &[(&str, &str)]) -> Vec<u8> {
        let block = self.compress(&block(self.version, nv));
        headers_of(self.version, flags, stream_id, &block)
    }

    /// Compresses one header block, ended by a sync flush.
    pub fn compress(&mut self, block: &[u8]) -> Vec<u8> {
        let mut output = Vec::with_capacity(block.len() / 2 + 64);
        let before = self.deflate.total_in();
        loop {
            output.reserve(4096);
            let done = (self.deflate.total_in() - before) as usize;
            self.deflate
                .compress_vec(&block[done..], &mut output, FlushCompress::Sync)
                .expect("deflate");
            if output.len() < output.capacity() {
                return output;
            }
        }
    }
}

/// An uncompressed header block; pairs in the order given, valid or not.
pub fn block<N: AsRef<[u8]>, V: AsRef<[u8]>>(version: u16, nv: &[(N, V)]) -> Vec<u8> {
    let mut bytes = number(version, nv.len());
    for (name, value) in nv {
        for string in [name.as_ref(), value.as_ref()] {
            bytes.extend(number(version, string.len()));
            bytes.extend(string);
        }
    }
    bytes
}

/// A count or length of a header block: two bytes in SPDY/2, four in SPDY/3.
pub fn number(version: u16, value: usize) -> Vec<u8> {
    let bytes = (value as u32).to_be_bytes();
    bytes[if version == 2 { 2 } else { 0 }..].to_vec()
}

/// A SYN_STREAM around a compressed block.
pub fn syn_stream_of(
    version: u16,
    flags: u8,
    stream_id: i32,
    assoc_stream_id: i32,
    pri: u8,
    block: &[u8],
) -> Vec<u8> {
    let mut payload = words([stream_id as u32, assoc_stream_id as u32]);
    payload.push(pri << if version == 2 { 6 } else { 5 });
    payload.push(0);
    payload.extend(block);
    control(version, 1, flags, &payload)
}

/// A SYN_REPLY around a compressed block.
pub fn syn_reply_of(version: u16, flags: u8, stream_id: i32, block: &[u8]) -> Vec<u8> {
    control(version, 2, flags, &reply_payload(version, stream_id, block))
}

/// A HEADERS around a compressed block.
pub fn headers_of(version: u16, flags: u8, stream_id: i32, block: &[u8]) -> Vec<u8> {
    control(version, 8, flags, &reply_payload(version, stream_id, block))
}

fn reply_payload(version: u16, stream_id: i32, block: &[u8]) -> Vec<u8> {
    let mut payload = words([stream_id as u32]);
    if version == 2 {
        payload.extend([0, 0]);
    }
    payload.extend(block);
    payload
}

pub fn rst_stream(version: u16, stream_id: i32, status_code: u32) -> Vec<u8> {
    control(version, 3, 0, &words([stream_id as u32, status_code]))
}

/// A SETTINGS without entry flags, from (id, value) pairs.
pub fn settings(version: u16, entries: &[(u32, u32)]) -> Vec<u8> {
    let entries: Vec<_> = entries.iter().map(|&(id, value)| (id, 0, value)).collect();
    settings_with_flags(version, 0, &entries)
}

/// A SETTINGS from (id, flags, value) entries. SPDY/2 ids go little-endian, as deployed.
pub fn settings_with_flags(version: u16, flags: u8, entries: &[(u32, u8, u32)]) -> Vec<u8> {
    let mut payload = words([entries.len() as u32]);
    for &(id, entry_flags, value) in entries {
        if version == 2 {
            payload.extend(&id.to_le_bytes()[..3]);
            payload.push(entry_flags);
        } else {
            payload.push(entry_flags);
            payload.extend(&id.to_be_bytes()[1..]);
        }
        payload.extend(value.to_be_bytes());
    }
    control(version, 4, flags, &payload)
}

pub fn noop(version: u16) -> Vec<u8> {
    control(version, 5, 0, &[])
}

pub fn ping(version: u16, id: u32) -> Vec<u8> {
    control(version, 6, 0, &words([id]))
}

/// A GOAWAY; SPDY/2 has no status code on the wire.
pub fn goaway(version: u16, last_good_stream_id: i32, status_code: u32) -> Vec<u8> {
    let payload = words([last_good_stream_id as u32, status_code]);
    control(version, 7, 0, &payload[..if version == 2 { 4 } else { 8 }])
}

pub fn window_update(version: u16, stream_id: i32, delta: u32) -> Vec<u8> {
    control(version, 9, 0, &words([stream_id as u32, delta]))
}

/// Any control frame.
pub fn control(version: u16, kind: u16, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = (0x8000 | version).to_be_bytes().to_vec();
    bytes.extend(kind.to_be_bytes());
    bytes.extend(flags_and_length(flags, payload.len()));
    bytes.extend(payload);
    bytes
}

pub fn data(stream_id: i32, flags: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = stream_id.to_be_bytes().to_vec();
    bytes.extend(flags_and_length(flags, payload.len()));
    bytes.extend(payload);
    bytes
}

fn flags_and_length(flags: u8, length: usize) -> [u8; 4] {
    assert!(length < 1 << 24, "a frame length has 24 bits");
    (u32::from(flags) << 24 | length as u32).to_be_bytes()
}

/// 32-bit numbers in network order.
pub fn words<const LEN: usize>(values: [u32; LEN]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_be_bytes())
        .collect()
}
