//! SYN_REPLY (SPDY/3 section 2.6.2).
//!
//! Owns its fixed part; its header block is read and compressed elsewhere.

use crate::error::EncodeError;
use crate::frame::{kind, packed, ControlHead, StreamId};
use crate::header::{Deflater, HeaderBlock};
use crate::version::Layout;

/// Accepts a stream.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SynReply {
    /// The head. Its length is 0 until the frame has been encoded.
    pub head: ControlHead,
    /// The stream accepted.
    pub stream_id: StreamId,
    /// The headers.
    pub block: HeaderBlock,
}

impl SynReply {
    /// A frame to be sent.
    pub fn new(layout: &Layout, flags: u8, stream_id: StreamId, block: HeaderBlock) -> SynReply {
        SynReply {
            head: ControlHead::new(layout, kind::SYN_REPLY, flags, 0),
            stream_id,
            block,
        }
    }

    /// How many bytes precede the header block.
    pub fn fixed_len(layout: &Layout) -> usize {
        layout.reply_fixed_len
    }

    /// Reads what precedes the header block, which stays empty. Missing bytes count as 0.
    pub fn parse_fixed(head: ControlHead, fixed: &[u8], _layout: &Layout) -> SynReply {
        SynReply {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::packed::tests::{assert_block, peer, sample};
    use crate::frame::tests::layouts;

    #[test]
    fn golden_bytes() {
        for ((layout, _), fixed_len) in layouts(kind::SYN_REPLY).into_iter().zip([6, 4]) {
            assert_eq!(SynReply::fixed_len(layout), fixed_len);
            let (mut deflater, mut inflater) = peer(layout);
            let mut frame = SynReply::new(layout, 1, 0x1234_5678, sample());
            let mut out = vec![0xee];
            frame
                .encode_with_block(layout, &mut deflater, &mut Vec::new(), &mut out)
                .unwrap();
            let (version, length) = (layout.wire_version as u8, out.len() - 9);
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 2, 1, 0, 0, length as u8]);
            let (fixed, block) = out[9..].split_at(fixed_len);
            assert_eq!(*fixed, [0x12, 0x34, 0x56, 0x78, 0, 0][..fixed_len]);
            assert_eq!(frame.head.length, length as u32);
            assert_block(&mut inflater, block, layout);

            let mut parsed = SynReply::parse_fixed(frame.head, fixed, layout);
            assert!(parsed.block.is_empty());
            parsed.block = frame.block.clone();
            assert_eq!(parsed, frame);
        }
    }

    #[test]
    fn the_reserved_bit_is_dropped_and_missing_bytes_are_zero() {
        for (layout, head) in layouts(kind::SYN_REPLY) {
            for len in 0..6 {
                let frame = SynReply::parse_fixed(head, &vec![0xff; len], layout);
                assert_eq!(frame.head, head);
                assert_eq!(frame.stream_id == i32::MAX, len >= 4);
                assert_eq!(frame.stream_id == 0, len == 0);
            }
        }
    }
}
