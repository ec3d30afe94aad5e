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
