//! What SYN_STREAM, SYN_REPLY and HEADERS have in common: a compressed header block behind a few fixed bytes.
//!
//! Owns the order of steps that makes them fail without a trace. It must never know what the fixed bytes say.

use crate::error::EncodeError;
use crate::frame::{low_31_bits, ControlHead, StreamId, HEAD_LEN, MAX_LENGTH};
use crate::header::{self, Deflater, HeaderBlock};
use crate::version::Layout;

/// Appends the frame that consists of `head`, `fixed` and `block` to `out`, and completes `head`.
///
/// After an error, `head.length` is 0, `out` is as before, and the peer can decode the blocks that follow.
pub(super) fn encode(
    head: &mut ControlHead,
    fixed: &[u8],
    block: &mut HeaderBlock,
    layout: &Layout,
    deflater: &mut Deflater,
    scratch: &mut Vec<u8>,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    *head = ControlHead::new(layout, head.kind, head.flags, 0);
    scratch.clear();
    header::encode(block, layout, scratch)?;

    let start = out.len();
    out.try_reserve(HEAD_LEN + fixed.len())?;
    out.extend_from_slice(&[0; HEAD_LEN]);
    out.extend_from_slice(fixed);
    if let Err(error) = deflater.compress(scratch, out, MAX_LENGTH - fixed.len()) {
        out.truncate(start);
        return Err(error.into());
    }
    head.length = (out.len() - start - HEAD_LEN) as u32;
    out[start..start + HEAD_LEN].copy_from_slice(&head.encode());
    Ok(())
}

/// Reads the fixed part of SYN_REPLY and HEADERS: a stream id, and in SPDY/2 two unused bytes.
pub(super) fn parse_reply(fixed: &[u8]) -> StreamId {
    low_31_bits(u32::from_be_bytes(padded(fixed)))
}

/// The first `N` bytes of `fixed`, with zeros for those that are missing.
pub(super) fn padded<const N: usize>(fixed: &[u8]) -> [u8; N] {
    let mut bytes = [0; N];
    for (to, from) in bytes.iter_mut().zip(fixed) {
        *to = *from;
    }
    bytes
}

/// Fills the fixed part of SYN_REPLY and HEADERS; its first `reply_fixed_len` bytes are meant.
pub(super) fn reply(stream_id: StreamId) -> [u8; 6] {
    let [a, b, c, d] = low_31_bits(stream_id as u32).to_be_bytes();
    [a, b, c, d, 0, 0]
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::frame::{Headers, SynReply, SynStream};
    use crate::header::{Compression, Decoded, Inflated, Inflater};
    use crate::version::{Profile, Version};

    fn profile(layout: &Layout) -> &'static Profile {
        match layout.wire_version {
            2 => Version::Spdy2.profile(),
            _ => Version::Spdy3.profile(),
        }
    }

    /// Two ends of a connection.
    pub(in crate::frame) fn peer(layout: &Layout) -> (Deflater, Inflater) {
        let dictionary = profile(layout).dictionary;
        (
            Deflater::new(Compression::Fast, dictionary),
            Inflater::new(dictionary),
        )
    }

    fn block(pairs: &[(&[u8], &[u8])]) -> HeaderBlock {
        HeaderBlock::from_pairs(pairs.iter().copied()).unwrap()
    }

    /// Headers to be sent.
    pub(in crate::frame) fn sample() -> HeaderBlock {
        block(&[(b":host", b"example.org"), (b"via", b"proxy")])
    }

    /// Checks that the peer gets the sample.
    #[track_caller]
    pub(in crate::frame) fn assert_block(
        inflater: &mut Inflater,
        compressed: &[u8],
        layout: &Layout,
    ) {
        let mut inflated = Vec::new();
        assert_eq!(
            inflater.inflate(compressed, &mut inflated, 1000),
            Ok(Inflated::Complete)
        );
        match header::decode(inflated, layout, layout, 2) {
            Decoded::Valid(block) => assert_eq!(block, sample()),
            other => panic!("{other:?}"),
        }
    }

    fn layouts() -> [&'static Layout; 2] {
        [Version::Spdy2, Version::Spdy3].map(|version| version.profile().layout)
    }

    /// More than a frame can hold: text whose repetitions are too far apart to be noticed.
    fn noise() -> Vec<u8> {
        let mut state = 0x9e37_79b9_u32;
        let next = || {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            // Values may not contain NUL.
            state as u8 | 1
        };
        let piece: Vec<u8> = std::iter::repeat_with(next).take(1 << 20).collect();
        piece.repeat(20)
    }

    #[test]
    fn a_frame_too_large_to_send_leaves_no_trace() {
        let layout = Version::Spdy3.profile().layout;
        let noise = noise();
        for compression in [Compression::Stored, Compression::Fast] {
            let mut deflater = Deflater::new(compression, profile(layout).dictionary);
            let mut inflater = peer(layout).1;
            let mut scratch = Vec::new();
            for _ in 0..2 {
                let mut out = b"before".to_vec();
                let large = block(&[(b"a", &noise)]);
                let mut frame = SynReply::new(layout, 1, 1, large.clone());
                let result = frame.encode_with_block(layout, &mut deflater, &mut scratch, &mut out);
                assert_eq!(result, Err(EncodeError::TooLarge));
                assert_eq!(frame.head.length, 0);
                assert!(frame.block == large);
                assert_eq!(out, b"before");

                frame.block = sample();
                frame
                    .encode_with_block(layout, &mut deflater, &mut scratch, &mut out)
                    .unwrap();
                assert_block(&mut inflater, &out[6 + HEAD_LEN + 4..], layout);
            }
        }
    }

    #[test]
    fn the_largest_frame_is_sent() {
        let layout = Version::Spdy3.profile().layout;
        // What a stored block of one pair with a name of one byte costs besides the value.
        let overhead = 4 + 6 + 5 * 256 + 5 + 13;
        for (excess, ok) in [(0, true), (1, false)] {
            let value = vec![b'v'; MAX_LENGTH - overhead + excess];
            let mut frame = Headers::new(layout, 0, 1, block(&[(b"a", &value)]));
            let mut deflater = Deflater::new(Compression::Stored, profile(layout).dictionary);
            let mut out = Vec::new();
            let result = frame.encode_with_block(layout, &mut deflater, &mut Vec::new(), &mut out);
            assert_eq!(result.is_ok(), ok);
            if ok {
                assert_eq!(frame.head.length, 0xff_ffff);
                assert_eq!(out.len(), HEAD_LEN + MAX_LENGTH);
            }
        }
    }

    #[test]
    fn a_string_too_long_for_spdy2_never_reaches_the_compressor() {
        let layout = Version::Spdy2.profile().layout;
        let (mut deflater, mut inflater) = peer(layout);
        for _ in 0..2 {
            let mut out = Vec::new();
            let large = block(&[(b"host", b"h"), (b"value", &[b'v'; 65536])]);
            let mut frame = SynStream::new(layout, 0, 1, 0, 0, large.clone());
            let result = frame.encode_with_block(layout, &mut deflater, &mut Vec::new(), &mut out);
            assert_eq!(result, Err(EncodeError::TooLarge));
            assert!(frame.block == large && out.is_empty());
            assert_eq!(frame.head.length, 0);

            frame.block = sample();
            frame
                .encode_with_block(layout, &mut deflater, &mut Vec::new(), &mut out)
                .unwrap();
            assert_block(&mut inflater, &out[HEAD_LEN + 10..], layout);
        }
    }

    #[test]
    fn all_frames_share_one_context() {
        for layout in layouts() {
            let (mut deflater, mut inflater) = peer(layout);
            let (mut scratch, mut out) = (b"stale".to_vec(), Vec::new());
            SynStream::new(layout, 0, 1, 0, 0, sample())
                .encode_with_block(layout, &mut deflater, &mut scratch, &mut out)
                .unwrap();
            let second = out.len();
            SynReply::new(layout, 0, 1, sample())
                .encode_with_block(layout, &mut deflater, &mut scratch, &mut out)
                .unwrap();
            let third = out.len();
            Headers::new(layout, 0, 1, sample())
                .encode_with_block(layout, &mut deflater, &mut scratch, &mut out)
                .unwrap();
            let fixed_len = layout.reply_fixed_len;
            assert_block(&mut inflater, &out[HEAD_LEN + 10..second], layout);
            assert_block(
                &mut inflater,
                &out[second + HEAD_LEN + fixed_len..third],
                layout,
            );
            assert_block(&mut inflater, &out[third + HEAD_LEN + fixed_len..], layout);
        }
    }
}
