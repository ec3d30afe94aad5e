//! RST_STREAM (SPDY/3 section 2.6.3).
//!
//! Owns its layout; which status means what is for others to know.

use crate::error::InvalidLength;
use crate::frame::{kind, low_31_bits, ControlHead, StreamId};
use crate::version::Layout;
use crate::wire::{put_u32, Reader};

/// Ends a stream at once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RstStream {
    /// The head.
    pub head: ControlHead,
    /// The stream ended.
    pub stream_id: StreamId,
    /// The reason, any number.
    pub status: u32,
}

const LEN: usize = 8;

impl RstStream {
    /// A frame to be sent.
    pub fn new(layout: &Layout, stream_id: StreamId, status: u32) -> RstStream {
        RstStream {
            head: ControlHead::new(layout, kind::RST_STREAM, 0, LEN),
            stream_id,
            status,
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It must have 8 bytes.
    pub fn parse(head: ControlHead, payload: &[u8]) -> Result<RstStream, InvalidLength> {
        let mut reader = Reader::new(payload);
        match (reader.u32(), reader.u32(), reader.is_empty()) {
            (Some(stream_id), Some(status), true) => Ok(RstStream {
                head,
                stream_id: low_31_bits(stream_id),
                status,
            }),
            _ => Err(InvalidLength),
        }
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, layout: &Layout, out: &mut Vec<u8>) {
        let head = ControlHead::new(layout, kind::RST_STREAM, 0, LEN);
        out.extend_from_slice(&head.encode());
        put_u32(out, low_31_bits(self.stream_id as u32) as u32);
        put_u32(out, self.status);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::{accepted_lengths, layouts};

    #[test]
    fn golden_bytes() {
        for (layout, _) in layouts(kind::RST_STREAM) {
            let frame = RstStream::new(layout, 0x1234_5678, 0x9abc_def0);
            let mut out = vec![0xee];
            frame.encode(layout, &mut out);
            let version = layout.wire_version as u8;
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 3, 0, 0, 0, 8]);
            assert_eq!(out[9..], [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0]);
            assert_eq!(RstStream::parse(frame.head, &out[9..]), Ok(frame));
        }
    }

    #[test]
    fn the_reserved_bit_is_dropped_and_the_head_kept() {
        for (_, head) in layouts(kind::RST_STREAM) {
            let frame = RstStream::parse(head, &[0xff; 8]).unwrap();
            assert_eq!(frame.head, head);
            assert_eq!((frame.stream_id, frame.status), (i32::MAX, u32::MAX));
        }
    }

    #[test]
    fn other_lengths_are_invalid() {
        for (_, head) in layouts(kind::RST_STREAM) {
            assert_eq!(
                accepted_lengths(|payload| RstStream::parse(head, payload).is_ok()),
                [8]
            );
        }
    }
}
