//! WINDOW_UPDATE (SPDY/3 section 2.6.8).
//!
//! Owns its layout; the windows are for others to know.

use crate::error::InvalidLength;
use crate::frame::{kind, low_31_bits, ControlHead, StreamId};
use crate::version::Layout;
use crate::wire::{put_u32, Reader};

/// Opens a window further.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WindowUpdate {
    /// The head.
    pub head: ControlHead,
    /// The stream whose window it is; 0 is the connection in SPDY/3.1.
    pub stream_id: StreamId,
    /// By how many bytes: 31 bits, never negative.
    pub delta: i32,
}

const LEN: usize = 8;

impl WindowUpdate {
    /// A frame to be sent.
    pub fn new(layout: &Layout, stream_id: StreamId, delta: i32) -> WindowUpdate {
        WindowUpdate {
            head: ControlHead::new(layout, kind::WINDOW_UPDATE, 0, LEN),
            stream_id,
            delta,
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It must have 8 bytes.
    pub fn parse(head: ControlHead, payload: &[u8]) -> Result<WindowUpdate, InvalidLength> {
        let mut reader = Reader::new(payload);
        match (reader.u32(), reader.u32(), reader.is_empty()) {
            (Some(stream_id), Some(delta), true) => Ok(WindowUpdate {
                head,
                stream_id: low_31_bits(stream_id),
                delta: low_31_bits(delta),
            }),
            _ => Err(InvalidLength),
        }
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, layout: &Layout, out: &mut Vec<u8>) {
        let head = ControlHead::new(layout, kind::WINDOW_UPDATE, 0, LEN);
        out.extend_from_slice(&head.encode());
        put_u32(out, low_31_bits(self.stream_id as u32) as u32);
        put_u32(out, low_31_bits(self.delta as u32) as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::{accepted_lengths, layouts};

    #[test]
    fn golden_bytes() {
        for (layout, _) in layouts(kind::WINDOW_UPDATE) {
            let frame = WindowUpdate::new(layout, 0x1234_5678, 0x0001_8000);
            let mut out = vec![0xee];
            frame.encode(layout, &mut out);
            let version = layout.wire_version as u8;
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 9, 0, 0, 0, 8]);
            assert_eq!(out[9..], [0x12, 0x34, 0x56, 0x78, 0, 1, 0x80, 0]);
            assert_eq!(WindowUpdate::parse(frame.head, &out[9..]), Ok(frame));
        }
    }

    #[test]
    fn the_reserved_bits_are_dropped_and_the_head_kept() {
        for (_, head) in layouts(kind::WINDOW_UPDATE) {
            let frame = WindowUpdate::parse(head, &[0xff; 8]).unwrap();
            assert_eq!(frame.head, head);
            assert_eq!((frame.stream_id, frame.delta), (i32::MAX, i32::MAX));
        }
    }

    #[test]
    fn other_lengths_are_invalid() {
        for (_, head) in layouts(kind::WINDOW_UPDATE) {
            assert_eq!(
                accepted_lengths(|payload| WindowUpdate::parse(head, payload).is_ok()),
                [8]
            );
        }
    }
}
