//! What SYN_STREAM, SYN_REPLY and HEADERS have in common: a compressed header block behind a few fixed bytes.
//!
//! Owns the order of steps that makes them fail without a trace. It must never know what the fixed bytes say.

use crate::error::EncodeError;
use crate::frame::{low_31_bits, ControlHead, StreamId, HEAD_LEN, MAX_LENGTH};
use crate::header::{self, Deflater, HeaderBlock};
use crate::version::Layout;
use crate::wire::Reader;

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
    low_31_bits(Reader::new(fixed).u32().unwrap_or_default())
}

/// Fills the fixed part of SYN_REPLY and HEADERS; its first `reply_fixed_len` bytes are meant.
pub(super) fn reply(stream_id: StreamId) -> [u8; 6] {
    let [a, b, c, d] = low_31_bits(stream_id as u32).to_be_bytes();
    [a, b, c, d, 0, 0]
}
