//! Bytes to frames, with strict checks: anything a peer would object to is a panic.

use super::super::frame::{Body, Frame, Pairs};
use super::super::peer::Version;
use super::{adler32, dictionary};
use flate2::{Decompress, FlushDecompress};
use std::fmt;

/// A frame as it stood on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    Control(Frame),
    Data {
        stream_id: i32,
        flags: u8,
        data: Vec<u8>,
    },
}

impl Sent {
    /// The control frame; a panic for DATA.
    pub fn control(&self) -> &Frame {
        match self {
            Sent::Control(frame) => frame,
            Sent::Data { .. } => panic!("a control frame was expected, not {self}"),
        }
    }
}

impl fmt::Display for Sent {
    /// Control frames print like those of callbacks, DATA without its bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sent::Control(frame) => frame.fmt(f),
            Sent::Data {
                stream_id,
                flags,
                data,
            } => write!(
                f,
                "DATA stream={stream_id} flags={flags} length={}",
                data.len()
            ),
        }
    }
}

/// The bytes of DATA of one stream.
pub fn payload_of(frames: &[Sent], stream_id: i32) -> usize {
    let length = |frame: &Sent| match frame {
        Sent::Data {
            stream_id: id,
            data,
            ..
        } if *id == stream_id => data.len(),
        _ => 0,
    };
    frames.iter().map(length).sum()
}

/// Reads what one session writes.
pub struct Reader {
    version: u16,
    inflate: Decompress,
    pending: Vec<u8>,
}

impl Reader {
    pub fn new(version: Version) -> Reader {
        Reader {
            version: version.wire(),
            inflate: Decompress::new(true),
            pending: Vec::new(),
        }
    }

    /// Takes bytes, which need not end with a frame.
    pub fn push(&mut self, bytes: &[u8]) {
        self.pending.extend(bytes);
    }

    /// Drains the frames that are complete.
    pub fn frames(&mut self) -> Vec<Sent> {
        let pending = std::mem::take(&mut self.pending);
        let mut rest = pending.as_slice();
        let mut frames = Vec::new();
        while rest.len() >= 8 {
            let length = number(&rest[5..8]);
            if rest.len() < 8 + length {
                break;
            }
            let (frame, next) = rest.split_at(8 + length);
            frames.push(self.frame(frame));
            rest = next;
        }
        self.pending = rest.to_vec();
        frames
    }

    /// Bytes of a frame that is not complete yet.
    pub fn incomplete(&self) -> usize {
        self.pending.len()
    }

    fn frame(&mut self, bytes: &[u8]) -> Sent {
        let (head, payload) = bytes.split_at(8);
        let flags = head[4];
        if head[0] & 0x80 == 0 {
            return Sent::Data {
                stream_id: number(&head[..4]) as i32,
                flags,
                data: payload.to_vec(),
            };
        }
        let version = number(&head[..2]) as u16 & 0x7fff;
        assert_eq!(version, self.version, "the version in a frame head");
        Sent::Control(Frame {
            version,
            flags,
            length: payload.len() as i32,
            body: self.body(number(&head[2..4]) as u16, payload),
        })
    }

    fn body(&mut self, kind: u16, payload: &[u8]) -> Body {
        let word = |at: usize| number(&payload[at..at + 4]) as u32;
        let exactly = |length: usize| assert_eq!(payload.len(), length, "payload of type {kind}");
        match kind {
            1 => {
                let shift = if self.version == 2 { 6 } else { 5 };
                assert_eq!(payload[8] & ((1 << shift) - 1), 0, "unused priority bits");
                Body::SynStream {
                    stream_id: word(0) as i32,
                    assoc_stream_id: word(4) as i32,
                    pri: payload[8] >> shift,
                    slot: payload[9],
                    nv: Some(self.pairs(&payload[10..])),
                }
            }
            2 | 8 => {
                let fixed = if self.version == 2 { 6 } else { 4 };
                assert!(payload[4..fixed].iter().all(|&byte| byte == 0), "padding");
                let stream_id = word(0) as i32;
                let nv = Some(self.pairs(&payload[fixed..]));
                if kind == 2 {
                    Body::SynReply { stream_id, nv }
                } else {
                    Body::Headers { stream_id, nv }
                }
            }
            3 => {
                exactly(8);
                Body::RstStream {
                    stream_id: word(0) as i32,
                    status_code: word(4),
                }
            }
            4 => {
                exactly(4 + 8 * word(0) as usize);
                Body::Settings(
                    payload[4..]
                        .chunks(8)
                        .map(|entry| self.setting(entry))
                        .collect(),
                )
            }
            5 => {
                exactly(0);
                Body::Noop
            }
            6 => {
                exactly(4);
                Body::Ping(word(0))
            }
            7 if self.version == 2 => {
                exactly(4);
                Body::Goaway {
                    last_good_stream_id: word(0) as i32,
                    status_code: 0,
                }
            }
            7 => {
                exactly(8);
                Body::Goaway {
                    last_good_stream_id: word(0) as i32,
                    status_code: word(4),
                }
            }
            9 => {
                exactly(8);
                Body::WindowUpdate {
                    stream_id: word(0) as i32,
                    delta: word(4) as i32,
                }
            }
            kind => Body::Other { kind },
        }
    }

    fn setting(&self, entry: &[u8]) -> (i32, u8, u32) {
        let value = number(&entry[4..]) as u32;
        if self.version == 2 {
            let id = i32::from_le_bytes([entry[0], entry[1], entry[2], 0]);
            (id, entry[3], value)
        } else {
            (number(&entry[1..4]) as i32, entry[0], value)
        }
    }

    fn pairs(&mut self, compressed: &[u8]) -> Pairs {
        let block = self.inflate(compressed);
        let mut rest = block.as_slice();
        let width = if self.version == 2 { 2 } else { 4 };
        let mut take = |length: usize| {
            let (taken, after) = rest.split_at(length);
            rest = after;
            taken
        };
        let count = number(take(width));
        let mut pairs = Vec::new();
        for _ in 0..count {
            let length = number(take(width));
            let name = take(length).to_vec();
            let length = number(take(width));
            pairs.push((name, take(length).to_vec()));
        }
        assert!(rest.is_empty(), "bytes behind the header block");
        pairs
    }

    /// Inflates one block, giving the dictionary when the stream asks for it.
    fn inflate(&mut self, mut compressed: &[u8]) -> Vec<u8> {
        assert!(
            compressed.ends_with(&[0, 0, 0xff, 0xff]),
            "a header block ends with a sync flush"
        );
        let mut block = Vec::new();
        loop {
            block.reserve(4096);
            let before = self.inflate.total_in();
            let result = self
                .inflate
                .decompress_vec(compressed, &mut block, FlushDecompress::Sync);
            compressed = &compressed[(self.inflate.total_in() - before) as usize..];
            if let Err(error) = result {
                let wanted = error.needs_dictionary().expect("a sound zlib stream");
                let dictionary = dictionary(self.version);
                assert_eq!(wanted, adler32(dictionary), "the dictionary asked for");
                self.inflate
                    .set_dictionary(dictionary)
                    .expect("the dictionary that was asked for");
                continue;
            }
            if compressed.is_empty() && block.len() < block.capacity() {
                return block;
            }
        }
    }
}

/// A big-endian number.
fn number(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .fold(0, |value, &byte| value << 8 | usize::from(byte))
}
