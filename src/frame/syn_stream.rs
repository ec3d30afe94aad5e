//! SYN_STREAM (SPDY/3 section 2.6.1).
//!
//! Owns its fixed part; its header block is read and compressed elsewhere.

use crate::error::EncodeError;
use crate::frame::{kind, low_31_bits, packed, ControlHead, StreamId};
use crate::header::{Deflater, HeaderBlock};
use crate::version::Layout;

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
        let [a, b, c, d, e, f, g, h, pri, slot] = packed::padded(fixed);
        SynStream {
            head,
            stream_id: low_31_bits(u32::from_be_bytes([a, b, c, d])),
            assoc_stream_id: low_31_bits(u32::from_be_bytes([e, f, g, h])),
            pri: pri >> layout.priority_shift,
            slot: if layout.has_slot { slot } else { 0 },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::packed::tests::{assert_block, peer, sample};
    use crate::frame::tests::layouts;

    #[test]
    fn golden_bytes() {
        for ((layout, _), (pri, pri_byte)) in layouts(kind::SYN_STREAM)
            .into_iter()
            .zip([(3, 0xc0), (7, 0xe0)])
        {
            let (mut deflater, mut inflater) = peer(layout);
            let mut frame = SynStream::new(layout, 3, 0x1234_5678, 0x0102_0304, pri, sample());
            assert_eq!(frame.head.length, 0);
            let mut out = vec![0xee];
            frame
                .encode_with_block(layout, &mut deflater, &mut Vec::new(), &mut out)
                .unwrap();
            let (version, length) = (layout.wire_version as u8, out.len() - 9);
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 1, 3, 0, 0, length as u8]);
            assert_eq!(
                out[9..19],
                [0x12, 0x34, 0x56, 0x78, 1, 2, 3, 4, pri_byte, 0]
            );
            assert_eq!(frame.head.length, length as u32);
            assert_block(&mut inflater, &out[19..], layout);

            let mut parsed = SynStream::parse_fixed(frame.head, &out[9..19], layout);
            assert!(parsed.block.is_empty());
            parsed.block = frame.block.clone();
            assert_eq!(parsed, frame);
        }
    }

    #[test]
    fn unused_bits_are_dropped() {
        let expected = [(3, 0), (7, 0xff)];
        for ((layout, head), expected) in layouts(kind::SYN_STREAM).into_iter().zip(expected) {
            let fixed = vec![0xff; SynStream::FIXED_LEN];
            let frame = SynStream::parse_fixed(head, &fixed, layout);
            assert_eq!(frame.head, head);
            assert_eq!(
                (frame.stream_id, frame.assoc_stream_id),
                (i32::MAX, i32::MAX)
            );
            assert_eq!((frame.pri, frame.slot), expected);
        }
    }

    #[test]
    fn a_priority_that_does_not_fit_loses_its_high_bits() {
        for (layout, _) in layouts(kind::SYN_STREAM) {
            let mut frame = SynStream::new(layout, 0, 1, 0, 0xff, sample());
            let mut out = Vec::new();
            frame
                .encode_with_block(layout, &mut peer(layout).0, &mut Vec::new(), &mut out)
                .unwrap();
            assert_eq!(out[16], 0xff << layout.priority_shift);
        }
    }

    #[test]
    fn missing_bytes_are_zero() {
        for (layout, head) in layouts(kind::SYN_STREAM) {
            for len in 0..10 {
                let frame = SynStream::parse_fixed(head, &vec![0xff; len], layout);
                assert_eq!(frame.stream_id == i32::MAX, len >= 4);
                assert_eq!(frame.assoc_stream_id == i32::MAX, len >= 8);
                assert_eq!(frame.pri != 0, len >= 9);
                assert_eq!(frame.slot, 0);
            }
        }
    }
}
