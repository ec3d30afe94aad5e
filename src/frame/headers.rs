//! HEADERS (SPDY/3 section 2.6.7).
//!
//! Owns its fixed part; its header block is read and compressed elsewhere.

use crate::error::EncodeError;
use crate::frame::{kind, packed, ControlHead, StreamId};
use crate::header::{Deflater, HeaderBlock};
use crate::version::Layout;

/// Adds headers to a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Headers {
    /// The head. Its length is 0 until the frame has been encoded.
    pub head: ControlHead,
    /// The stream that the headers are for.
    pub stream_id: StreamId,
    /// The headers.
    pub block: HeaderBlock,
}

impl Headers {
    /// A frame to be sent.
    pub fn new(layout: &Layout, flags: u8, stream_id: StreamId, block: HeaderBlock) -> Headers {
        Headers {
            head: ControlHead::new(layout, kind::HEADERS, flags, 0),
            stream_id,
            block,
        }
    }

    /// How many bytes precede the header block.
    pub fn fixed_len(layout: &Layout) -> usize {
        layout.reply_fixed_len
    }

    /// Reads what precedes the header block, which stays empty. Missing bytes count as 0.
    pub fn parse_fixed(head: ControlHead, fixed: &[u8], _layout: &Layout) -> Headers {
        Headers {
            head,
            stream_id: packed::parse_reply(fixed),
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
        let fixed = packed::reply(self.stream_id);
        packed::encode(
            &mut self.head,
            &fixed[..layout.reply_fixed_len],
            &mut self.block,
            layout,
            deflater,
            scratch,
            out,
        )
    }
}
