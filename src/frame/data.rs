//! DATA (SPDY/3 section 2.2.2).
//!
//! Owns the head of DATA frames; their payload is the application's and is never looked at.

use crate::frame::{low_31_bits, StreamId, HEAD_LEN};

/// The head of a DATA frame.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DataHead {
    /// The stream that the data is for.
    pub stream_id: StreamId,
    /// The flags, including unknown ones.
    pub flags: u8,
    /// The length of the payload, 24 bits.
    pub length: u32,
}

impl DataHead {
    /// The head on the wire.
    pub fn encode(&self) -> [u8; HEAD_LEN] {
        let [a, b, c, d] = low_31_bits(self.stream_id as u32).to_be_bytes();
        let [_, e, f, g] = self.length.to_be_bytes();
        [a, b, c, d, self.flags, e, f, g]
    }
}
