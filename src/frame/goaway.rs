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
