//! The outgoing direction.
//!
//! Owns the promise that a block which is given up leaves no trace: the peer can read all others.

use std::fmt;

use flate2::{Compress, FlushCompress};

use super::contexts::{self, History};
use crate::error::DeflateError;

/// How to compress header blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Not at all, in zlib's format for that. For clients: an attacker who can add text to a request could otherwise
    /// find out its secrets by watching how well they compress together (CRIME).
    Stored,
    /// Quickly. On real header sets this is both smaller and faster than a higher level with a smaller window.
    Fast,
}

/// The window that [`Compression::Stored`] announces: 2^11 bytes, of which it uses none.
const STORED_WINDOW_BITS: u8 = 11;

/// The least room to give to zlib at a time; it must exceed the six bytes of a flush, or zlib may repeat the flush.
const MIN_ROOM: usize = 64;

/// The most bytes that one stored block can hold.
const STORED_MAX: usize = 0xffff;
/// An empty stored block: what a sync flush leaves behind.
const SYNC_MARKER: [u8; 5] = [0, 0, 0, 0xff, 0xff];

/// Compresses the header blocks that a session sends.
pub struct Deflater {
    mode: Compression,
    dictionary: &'static [u8],
    /// Whether a block has been handed out, and with it the zlib header.
    started: bool,
    /// What [`Compression::Fast`] may refer to.
    history: History,
}

impl Deflater {
    /// A context that has seen nothing but the dictionary. It allocates nothing before it is used, and takes a few KiB
    /// then; compressors belong to the thread.
    pub fn new(mode: Compression, dictionary: &'static [u8]) -> Deflater {
        Deflater {
            mode,
            dictionary,
            started: false,
            history: History::new(dictionary),
        }
    }

    /// Appends `block`, compressed to whole bytes, to `out`.
    ///
    /// # Errors
    ///
    /// [`DeflateError::TooLarge`] if that takes more than `limit` bytes, [`DeflateError::NoMemory`], or
    /// [`DeflateError::Zlib`]. Then `out` is as before, and the peer, which never sees the block, can decode the next.
    pub fn compress(
        &mut self,
        block: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), DeflateError> {
        let before = out.len();
        let compressed = self.append(block, out, limit);
        match compressed {
            Ok(()) => self.started = true,
            Err(_) => out.truncate(before),
        }
        compressed
    }

    /// Appends the zlib header, if it is still to come, and `block`.
    fn append(
        &mut self,
        block: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), DeflateError> {
        let mut limit = limit;
        if !self.started {
            let window_bits = match self.mode {
                Compression::Stored => STORED_WINDOW_BITS,
                Compression::Fast => contexts::WINDOW_BITS,
            };
            let header = zlib_header(window_bits, self.dictionary);
            limit = limit
                .checked_sub(header.len())
                .ok_or(DeflateError::TooLarge)?;
            out.try_reserve(header.len())?;
            out.extend_from_slice(&header);
        }
        match self.mode {
            Compression::Stored => store(block, out, limit),
            Compression::Fast => self
                .history
                .compress(block, |state| deflate(state, block, out, limit)),
        }
    }
}

/// Writes stored blocks.
fn store(block: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), DeflateError> {
    let size = block.len() + SYNC_MARKER.len() * (block.len().div_ceil(STORED_MAX) + 1);
    if size > limit {
        return Err(DeflateError::TooLarge);
    }
    out.try_reserve(size)?;
    for piece in block.chunks(STORED_MAX) {
        let len = piece.len() as u16;
        out.push(0);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(piece);
    }
    out.extend_from_slice(&SYNC_MARKER);
    Ok(())
}

/// Writes deflated blocks.
///
/// zlib gets slices rather than the vector, whose unused capacity flate2 would fill with zeros each time.
fn deflate(
    state: &mut Compress,
    block: &[u8],
    out: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DeflateError> {
    let before = out.len();
    let mut rest = block;
    loop {
        // Headers compress to about half. One byte above the limit is enough to notice that it is exceeded.
        let start = out.len();
        let allowed = (limit - (start - before)).saturating_add(1);
        let room = allowed.min(rest.len() / 2 + MIN_ROOM);
        out.try_reserve(room)?;
        out.resize(start + room, 0);
        let (read, written) = (state.total_in(), state.total_out());
        let status = state.compress(rest, &mut out[start..], FlushCompress::Sync);
        rest = &rest[(state.total_in() - read) as usize..];
        out.truncate(start + (state.total_out() - written) as usize);
        if status.is_err() {
            return Err(DeflateError::Zlib);
        }
        if out.len() - before > limit {
            return Err(DeflateError::TooLarge);
        }
        if rest.is_empty() && out.len() < start + room {
            return Ok(());
        }
    }
}

/// What a zlib stream with a dictionary begins with (RFC 1950 section 2.2).
fn zlib_header(window_bits: u8, dictionary: &[u8]) -> [u8; 6] {
    const DEFLATE: u8 = 8;
    const HAS_DICTIONARY: u8 = 0x20;
    let method = (window_bits - 8) << 4 | DEFLATE;
    // The two bytes together are a multiple of 31.
    let flags = HAS_DICTIONARY;
    let check = 31 - u16::from_be_bytes([method, flags]) % 31;
    let id = adler32(dictionary).to_be_bytes();
    [method, flags + check as u8, id[0], id[1], id[2], id[3]]
}

/// The checksum that names a dictionary (RFC 1950).
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

#[cfg(test)]
impl Deflater {
    /// How much memory the session holds for what it has sent.
    pub(super) fn remembered(&self) -> usize {
        self.history.remembered()
    }
}

impl fmt::Debug for Deflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deflater")
            .field("mode", &self.mode)
            .field("started", &self.started)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::zlib::{Inflated, Inflater};
    use crate::version::Version;

    const MODES: [Compression; 2] = [Compression::Stored, Compression::Fast];
    const NO_LIMIT: usize = usize::MAX;

    fn dictionary() -> &'static [u8] {
        Version::Spdy3.profile().dictionary
    }

    /// Text that no compressor can shorten.
    fn noise(len: usize) -> Vec<u8> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        };
        std::iter::repeat_with(next).take(len).collect()
    }

    #[track_caller]
    fn assert_inflates(inflater: &mut Inflater, compressed: &[u8], block: &[u8]) {
        let mut out = Vec::new();
        let inflated = inflater.inflate(compressed, &mut out, NO_LIMIT);
        assert_eq!(inflated, Ok(Inflated::Complete));
        assert!(out == block);
    }

    #[test]
    fn a_stream_begins_with_the_name_of_the_dictionary() {
        for version in [Version::Spdy2, Version::Spdy3, Version::Spdy3_1] {
            let dictionary = version.profile().dictionary;
            for (mode, begin) in [(MODES[0], [0x38, 0x30]), (MODES[1], [0x58, 0x20])] {
                let mut out = Vec::new();
                let mut deflater = Deflater::new(mode, dictionary);
                deflater.compress(b"block", &mut out, NO_LIMIT).unwrap();
                assert_eq!(out[0], begin[0]);
                assert_eq!(out[1] & 0x20, 0x20);
                assert_eq!(u16::from_be_bytes([out[0], out[1]]) % 31, 0);
                assert_eq!(out[2..6], adler32(dictionary).to_be_bytes());
            }
        }
        assert_eq!(adler32(Version::Spdy2.profile().dictionary), 0xdfa2_51b2);
        assert_eq!(adler32(dictionary()), 0xe3c6_a7c2);
    }

    #[test]
    fn every_block_ends_in_a_flush_and_can_be_read() {
        for mode in MODES {
            let mut deflater = Deflater::new(mode, dictionary());
            let mut inflater = Inflater::new(dictionary());
            for i in 0..200usize {
                let block = format!("accept-encoding{i}gzip,deflate{}", "x".repeat(i * 7));
                let mut out = b"before".to_vec();
                deflater
                    .compress(block.as_bytes(), &mut out, NO_LIMIT)
                    .unwrap();
                assert!(out.starts_with(b"before"));
                assert!(out.ends_with(&[0, 0, 0xff, 0xff]));
                assert_inflates(&mut inflater, &out[6..], block.as_bytes());
            }
        }
    }

    #[test]
    fn stored_blocks_are_in_clear_and_fast_ones_are_not() {
        let block = b"content-encoding: this-is-secret this-is-secret".repeat(4);
        let mut out = Vec::new();
        let mut stored = Deflater::new(Compression::Stored, dictionary());
        stored.compress(&block, &mut out, NO_LIMIT).unwrap();
        assert_eq!(out.len(), 6 + 5 + block.len() + 5);
        assert_eq!(&out[6..11], [0, 188, 0, 67, 255]);
        assert_eq!(out[11..11 + block.len()], block);

        out.clear();
        let mut fast = Deflater::new(Compression::Fast, dictionary());
        fast.compress(&block, &mut out, NO_LIMIT).unwrap();
        assert!(out.len() < block.len() / 2, "{}", out.len());
    }

    #[test]
    fn stored_blocks_of_any_size() {
        for len in [0, 1, 65534, 65535, 65536, 131_070, 131_071, 1 << 20] {
            let block = noise(len);
            let mut deflater = Deflater::new(Compression::Stored, dictionary());
            let mut inflater = Inflater::new(dictionary());
            for header_len in [6, 0] {
                let mut out = Vec::new();
                let size = header_len + len + 5 * len.div_ceil(65535) + 5;
                assert_eq!(
                    deflater.compress(&block, &mut out, size - 1),
                    Err(DeflateError::TooLarge)
                );
                assert!(out.is_empty());
                deflater.compress(&block, &mut out, size).unwrap();
                assert_eq!(out.len(), size);
                assert_inflates(&mut inflater, &out, &block);
            }
        }
    }

    #[test]
    fn the_limit_is_exact() {
        for mode in MODES {
            for block in [&b"short"[..], &noise(100_000)] {
                let mut out = Vec::new();
                Deflater::new(mode, dictionary())
                    .compress(block, &mut out, NO_LIMIT)
                    .unwrap();
                let size = out.len();
                out.clear();
                let mut deflater = Deflater::new(mode, dictionary());
                for limit in [0, 1, size / 2, size - 1] {
                    let result = deflater.compress(block, &mut out, limit);
                    assert_eq!(result, Err(DeflateError::TooLarge));
                    assert!(out.is_empty());
                }
                deflater.compress(block, &mut out, size).unwrap();
                assert_inflates(&mut Inflater::new(dictionary()), &out, block);
            }
        }
    }

    #[test]
    fn a_block_given_up_leaves_no_trace() {
        let too_large = noise(20_000);
        for mode in MODES {
            // A block is given up before the n-th one that is sent, and after it again.
            for nth in 0..4 {
                let mut deflater = Deflater::new(mode, dictionary());
                let mut inflater = Inflater::new(dictionary());
                for i in 0..8 {
                    let mut out = b"before".to_vec();
                    if i == nth || i == nth + 1 {
                        let result = deflater.compress(&too_large, &mut out, 10_000);
                        assert_eq!(result, Err(DeflateError::TooLarge));
                        assert_eq!(out, b"before");
                    }
                    let block = format!("content-type{i}text/html{}", "y".repeat(400));
                    deflater
                        .compress(block.as_bytes(), &mut out, 10_000)
                        .unwrap();
                    assert_inflates(&mut inflater, &out[6..], block.as_bytes());
                }
            }
        }
    }

    #[test]
    fn output_continues_behind_a_full_buffer() {
        let block = noise(5_000);
        for spare in 0..40 {
            let mut out = Vec::with_capacity(spare);
            Deflater::new(Compression::Fast, dictionary())
                .compress(&block, &mut out, NO_LIMIT)
                .unwrap();
            assert_inflates(&mut Inflater::new(dictionary()), &out, &block);
        }
    }
}
