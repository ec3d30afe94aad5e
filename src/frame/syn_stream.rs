//! SYN_STREAM (SPDY/3 section 2.6.1).
//!
//! Owns its fixed part; its header block is read and compressed elsewhere.

use crate::error::EncodeError;
use crate::frame::{kind, low_31_bits, packed, ControlHead, StreamId};
use crate::header::{Deflater, HeaderBlock};
use crate::version::Layout;
use crate::wire::Reader;

/// Opens a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SynStream {
    /// The head. Its length is 0 until the frame has been encoded.
    pub head: ControlHead,
    /// The stream opened.
    pub stream_id: StreamId,
    /// The stream that a pushed stream belongs to, or 0.
    pub assoc_stream_id: StreamId,
    /// The priority; 0 is the most urgent.
    pub pri: u8,
    /// The index of a client certificate; always 0 in SPDY/2 and in frames that are sent.
    pub slot: u8,
    /// The headers.
    pub block: HeaderBlock,
}

impl SynStream {
    /// A frame to be sent. `pri` is not greater than the lowest priority of the version.
    pub fn new(
        layout: &Layout,
        flags: u8,
        stream_id: StreamId,
        assoc_stream_id: StreamId,
        pri: u8,
        block: HeaderBlock,
    ) -> SynStream {
        SynStream {
            head: ControlHead::new(layout, kind::SYN_STREAM, flags, 0),
            stream_id,
            assoc_stream_id,
            pri,
            slot: 0,
            block,
        }
    }

    /// How many bytes precede the header block, in every version.
    pub const FIXED_LEN: usize = 10;

    /// Reads what precedes the header block, which stays empty. Missing bytes count as 0.
    pub fn parse_fixed(head: ControlHead, fixed: &[u8], layout: &Layout) -> SynStream {
        let mut reader = Reader::new(fixed);
        SynStream {
            head,
            stream_id: low_31_bits(reader.u32().unwrap_or_default()),
            assoc_stream_id: low_31_bits(reader.u32().unwrap_or_default()),
            pri: reader.u8().unwrap_or_default() >> layout.priority_shift,
            slot: match reader.u8() {
                Some(slot) if layout.has_slot => slot,
                _ => 0,
            },
            block: HeaderBlock::default(),
        }
    }

    /// Appends the frame to `out`, its block compressed by `deflater`, and sets the length in its head. What `scratch`
    /// holds is lost.
    ///
    /// # Errors
    ///
    /// After any error, `out` is as before, the length in the head is 0, and the peer can still decode the blocks that
    /// follow.
    pub fn encode_with_block(
        &mut self,
        layout: &Layout,
        deflater: &mut Deflater,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let [a, b, c, d] = low_31_bits(self.stream_id as u32).to_be_bytes();
        let [e, f, g, h] = low_31_bits(self.assoc_stream_id as u32).to_be_bytes();
        let fixed = [a, b, c, d, e, f, g, h, self.pri << layout.priority_shift, 0];
        packed::encode(
            &mut self.head,
            &fixed,
            &mut self.block,
            layout,
            deflater,
            scratch,
            out,
        )
    }
}
