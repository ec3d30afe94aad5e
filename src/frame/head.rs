//! The eight bytes before every payload (SPDY/3 sections 2.2.1 and 2.2.2).
//!
//! Owns the head of control frames and the choice between the two kinds of heads. It must never know the payloads.

use crate::frame::{low_31_bits, DataHead};
use crate::version::Layout;

/// The length of a frame's head.
pub const HEAD_LEN: usize = 8;

/// The greatest length of a frame's payload.
pub const MAX_LENGTH: usize = 0xff_ffff;

/// The head of a control frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ControlHead {
    /// The version number on the wire, 15 bits.
    pub version: u16,
    /// The type of the frame, one of [`kind`](crate::frame::kind) if it is known.
    pub kind: u16,
    /// The flags, including unknown ones.
    pub flags: u8,
    /// The length of the payload, 24 bits.
    pub length: u32,
}

/// The head of any frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Head {
    /// Of a control frame.
    Control(ControlHead),
    /// Of a DATA frame.
    Data(DataHead),
}

impl Head {
    /// Reads a head; every eight bytes are one.
    pub fn parse(bytes: &[u8; HEAD_LEN]) -> Head {
        let [a, b, c, d, flags, e, f, g] = *bytes;
        let length = u32::from_be_bytes([0, e, f, g]);
        if a & 0x80 == 0 {
            Head::Data(DataHead {
                stream_id: low_31_bits(u32::from_be_bytes([a, b, c, d])),
                flags,
                length,
            })
        } else {
            Head::Control(ControlHead {
                version: u16::from_be_bytes([a & 0x7f, b]),
                kind: u16::from_be_bytes([c, d]),
                flags,
                length,
            })
        }
    }
}

impl ControlHead {
    /// The head of a frame in the given layout.
    pub(super) fn new(layout: &Layout, kind: u16, flags: u8, length: usize) -> ControlHead {
        ControlHead {
            version: layout.wire_version,
            kind,
            flags,
            length: length as u32,
        }
    }

    /// The head on the wire.
    pub fn encode(&self) -> [u8; HEAD_LEN] {
        let [a, b] = (self.version | 0x8000).to_be_bytes();
        let [c, d] = self.kind.to_be_bytes();
        let [_, e, f, g] = self.length.to_be_bytes();
        [a, b, c, d, self.flags, e, f, g]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_heads() {
        let cases = [
            ([0x80, 2, 0, 1, 3, 0, 0, 0], 2, 1, 3, 0),
            ([0x80, 3, 0, 9, 0, 0, 0, 8], 3, 9, 0, 8),
            ([0xff; 8], 0x7fff, 0xffff, 0xff, 0xff_ffff),
            (
                [0x81, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef],
                0x123,
                0x4567,
                0x89,
                0xab_cdef,
            ),
        ];
        for (bytes, version, kind, flags, length) in cases {
            let head = ControlHead {
                version,
                kind,
                flags,
                length,
            };
            assert_eq!(Head::parse(&bytes), Head::Control(head));
            assert_eq!(head.encode(), bytes);
        }
    }

    #[test]
    fn data_heads() {
        let cases = [
            ([0; 8], 0, 0, 0),
            ([0, 0, 0, 1, 1, 0, 0x10, 0], 1, 1, 4096),
            (
                [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                i32::MAX,
                0xff,
                0xff_ffff,
            ),
        ];
        for (bytes, stream_id, flags, length) in cases {
            let head = DataHead {
                stream_id,
                flags,
                length,
            };
            assert_eq!(Head::parse(&bytes), Head::Data(head));
            assert_eq!(head.encode(), bytes);
        }
    }
}
