//! GOAWAY (SPDY/3 section 2.6.6).
//!
//! Owns its layout, which has a status since SPDY/3; what becomes of the streams is for others to know.

use crate::error::InvalidLength;
use crate::frame::{kind, low_31_bits, ControlHead, StreamId};
use crate::version::Layout;
use crate::wire::{put_u32, Reader};

/// Announces the end of the session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Goaway {
    /// The head.
    pub head: ControlHead,
    /// The last stream of the receiver of this frame that its sender has looked at.
    pub last_good_stream_id: StreamId,
    /// The reason; always 0 in SPDY/2, which has no field for it.
    pub status: u32,
}

/// The payload length without a status.
const LEN_WITHOUT_STATUS: usize = 4;

impl Goaway {
    /// A frame to be sent. In SPDY/2 the status is dropped.
    pub fn new(layout: &Layout, last_good_stream_id: StreamId, status: u32) -> Goaway {
        Goaway {
            head: ControlHead::new(layout, kind::GOAWAY, 0, layout.goaway_len),
            last_good_stream_id,
            status: if has_status(layout) { status } else { 0 },
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It must have 4 bytes in SPDY/2 and 8 in SPDY/3.
    pub fn parse(
        head: ControlHead,
        payload: &[u8],
        layout: &Layout,
    ) -> Result<Goaway, InvalidLength> {
        if payload.len() != layout.goaway_len {
            return Err(InvalidLength);
        }
        let mut reader = Reader::new(payload);
        Ok(Goaway {
            head,
            last_good_stream_id: low_31_bits(reader.u32().ok_or(InvalidLength)?),
            status: reader.u32().unwrap_or_default(),
        })
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, layout: &Layout, out: &mut Vec<u8>) {
        let head = ControlHead::new(layout, kind::GOAWAY, 0, layout.goaway_len);
        out.extend_from_slice(&head.encode());
        put_u32(out, low_31_bits(self.last_good_stream_id as u32) as u32);
        if has_status(layout) {
            put_u32(out, self.status);
        }
    }
}

fn has_status(layout: &Layout) -> bool {
    layout.goaway_len > LEN_WITHOUT_STATUS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::{accepted_lengths, layouts};

    #[test]
    fn golden_bytes() {
        let payloads: [(&[u8], u32); 2] = [(&[0, 0, 1, 3], 0), (&[0, 0, 1, 3, 0, 0, 0, 2], 2)];
        for ((layout, _), (payload, status)) in layouts(kind::GOAWAY).into_iter().zip(payloads) {
            let frame = Goaway::new(layout, 0x103, 2);
            assert_eq!(frame.status, status);
            let mut out = vec![0xee];
            frame.encode(layout, &mut out);
            let (version, length) = (layout.wire_version as u8, payload.len() as u8);
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 7, 0, 0, 0, length]);
            assert_eq!(out[9..], *payload);
            assert_eq!(Goaway::parse(frame.head, payload, layout), Ok(frame));
        }
    }

    #[test]
    fn the_reserved_bit_is_dropped_and_the_head_kept() {
        for (layout, head) in layouts(kind::GOAWAY) {
            let frame = Goaway::parse(head, &[0xff; 8][..layout.goaway_len], layout).unwrap();
            assert_eq!(frame.head, head);
            assert_eq!(frame.last_good_stream_id, i32::MAX);
        }
    }

    #[test]
    fn other_lengths_are_invalid() {
        for ((layout, head), length) in layouts(kind::GOAWAY).into_iter().zip([4, 8]) {
            let accepted = accepted_lengths(|payload| Goaway::parse(head, payload, layout).is_ok());
            assert_eq!(accepted, [length]);
        }
    }
}
