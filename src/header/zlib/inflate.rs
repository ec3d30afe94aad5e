//! The incoming direction.
//!
//! Owns the promise that no more is kept than the limit, however much a few bytes inflate to.

use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

use crate::error::InflateError;
use crate::memory::reserve_inflate_state;

/// How much room to give to zlib at a time. The least is enough for most header blocks. There is a most because the room
/// is filled with zeros first, which must not take longer than the decompression.
const MIN_ROOM: usize = 512;
const MAX_ROOM: usize = 65536;

/// Decompresses the header blocks that a session receives.
pub struct Inflater {
    dictionary: &'static [u8],
    /// zlib's state, from its first use on.
    state: Option<Decompress>,
}

/// Whether all of the decompressed data was kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inflated {
    /// All of it.
    Complete,
    /// There is more than the limit allows, and the rest was dropped. Where a block comes in pieces, this must be
    /// remembered: a last piece that adds nothing is complete by itself.
    OverLimit,
}

impl Inflater {
    /// A context that will take any zlib stream with this dictionary or none. It allocates nothing before it is used.
    pub fn new(dictionary: &'static [u8]) -> Inflater {
        Inflater {
            dictionary,
            state: None,
        }
    }

    /// Decompresses all of `input`, which may end anywhere in the stream, to the end of `out`.
    ///
    /// `out` grows with what arrives and never gets longer than `limit`. What exceeds it is decompressed all the same,
    /// so that later blocks can be read, but goes nowhere.
    ///
    /// # Errors
    ///
    /// [`InflateError::Zlib`] if the stream is damaged, wants another dictionary or ends; [`InflateError::NoMemory`].
    /// After an error no further input can be decompressed.
    pub fn inflate(
        &mut self,
        input: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<Inflated, InflateError> {
        let mut stream = Stream {
            state: match &mut self.state {
                Some(state) => state,
                none => {
                    reserve_inflate_state()?;
                    none.insert(Decompress::new(true))
                }
            },
            dictionary: self.dictionary,
            rest: input,
        };
        let mut room = 2 * input.len() + MIN_ROOM;
        loop {
            if out.len() > limit {
                out.truncate(limit);
                stream.discard()?;
                return Ok(Inflated::OverLimit);
            }
            // One byte above the limit is enough to notice that it is exceeded.
            let start = out.len();
            let allowed = (limit - start).saturating_add(1);
            room = room.min(allowed);
            if out.capacity() - start < room {
                out.try_reserve_exact(allowed.min(start.max(room)))?;
            }
            out.resize(start + room, 0);
            let step = stream.step(&mut out[start..]);
            out.truncate(start + step.unwrap_or(0));
            let is_full = step? == room;
            if stream.rest.is_empty() && !is_full && out.len() <= limit {
                return Ok(Inflated::Complete);
            }
            room = MAX_ROOM.min(2 * room);
        }
    }
}

/// The decompression of one piece of input.
struct Stream<'a> {
    state: &'a mut Decompress,
    dictionary: &'static [u8],
    rest: &'a [u8],
}

impl Stream<'_> {
    /// Takes one step through the input and tells how much of `output`, which is not empty, it filled. The input is done
    /// when nothing is left of it and `output` is not full.
    fn step(&mut self, output: &mut [u8]) -> Result<usize, InflateError> {
        let (read, written) = (self.state.total_in(), self.state.total_out());
        let status = self
            .state
            .decompress(self.rest, output, FlushDecompress::Sync);
        let read = (self.state.total_in() - read) as usize;
        let written = (self.state.total_out() - written) as usize;
        self.rest = &self.rest[read..];
        match status {
            Ok(Status::StreamEnd) => Err(InflateError::Zlib),
            // There was room for output, so that no progress means that there never will be any.
            Ok(_) if read == 0 && written == 0 && !self.rest.is_empty() => Err(InflateError::Zlib),
            Ok(_) => Ok(written),
            Err(error) if error.needs_dictionary().is_some() => self
                .state
                .set_dictionary(self.dictionary)
                .map(|_| written)
                .map_err(|_| InflateError::Zlib),
            Err(_) => Err(InflateError::Zlib),
        }
    }

    /// Decompresses all that is left, for the sake of the state alone.
    fn discard(&mut self) -> Result<(), InflateError> {
        let mut scratch = [0; 4096];
        while self.step(&mut scratch)? == scratch.len() || !self.rest.is_empty() {}
        Ok(())
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::zlib::{Compression, Deflater};
    use crate::version::Version;
    use flate2::{Compress, FlushCompress};

    const NO_LIMIT: usize = usize::MAX;

    fn dictionary() -> &'static [u8] {
        Version::Spdy3.profile().dictionary
    }

    /// What a peer with a compressor of its own sends.
    fn deflate(compress: &mut Compress, data: &[u8], flush: FlushCompress) -> Vec<u8> {
        let mut out = Vec::with_capacity(data.len() + 1000);
        compress.compress_vec(data, &mut out, flush).unwrap();
        assert!(out.len() < out.capacity());
        out
    }

    fn best(window_bits: u8) -> Compress {
        Compress::new_with_window_bits(flate2::Compression::best(), true, window_bits)
    }

    #[test]
    fn input_may_be_split_anywhere() {
        let blocks = ["first header block, first", "second header block, second"];
        let mut stream = Vec::new();
        let mut deflater = Deflater::new(Compression::Fast, dictionary());
        for block in blocks {
            deflater
                .compress(block.as_bytes(), &mut stream, NO_LIMIT)
                .unwrap();
        }
        for at in 0..=stream.len() {
            let mut inflater = Inflater::new(dictionary());
            let mut out = Vec::new();
            for piece in [&stream[..at], &stream[at..]] {
                let inflated = inflater.inflate(piece, &mut out, NO_LIMIT);
                assert_eq!(inflated, Ok(Inflated::Complete));
            }
            assert_eq!(out, blocks.concat().as_bytes());
        }

        let mut inflater = Inflater::new(dictionary());
        let mut out = Vec::new();
        for byte in &stream {
            inflater.inflate(&[*byte], &mut out, NO_LIMIT).unwrap();
        }
        assert_eq!(out, blocks.concat().as_bytes());
    }

    #[test]
    fn any_window_with_or_without_dictionary_is_read() {
        let block = b"set-cookie: session=1; set-cookie: session=2".repeat(2000);
        for window_bits in 9..=15 {
            for with_dictionary in [true, false] {
                let mut peer = best(window_bits);
                if with_dictionary {
                    peer.set_dictionary(dictionary()).unwrap();
                }
                let compressed = deflate(&mut peer, &block, FlushCompress::Sync);
                let mut out = Vec::new();
                let inflated = Inflater::new(dictionary()).inflate(&compressed, &mut out, NO_LIMIT);
                assert_eq!(inflated, Ok(Inflated::Complete));
                assert!(out == block);
            }
        }
    }

    #[test]
    fn another_dictionary_is_an_error() {
        let mut peer = best(15);
        peer.set_dictionary(Version::Spdy2.profile().dictionary)
            .unwrap();
        let compressed = deflate(&mut peer, b"block", FlushCompress::Sync);
        let mut inflater = Inflater::new(dictionary());
        for _ in 0..2 {
            let inflated = inflater.inflate(&compressed, &mut Vec::new(), NO_LIMIT);
            assert_eq!(inflated, Err(InflateError::Zlib));
        }
    }

    #[test]
    fn garbage_is_an_error_from_then_on() {
        let mut good = Vec::new();
        Deflater::new(Compression::Stored, dictionary())
            .compress(b"block", &mut good, NO_LIMIT)
            .unwrap();
        let mut damaged = good.clone();
        damaged[9] ^= 0xff;
        for input in [&b"garbage"[..], &damaged, &[0x1f, 0x8b, 8, 0]] {
            let mut inflater = Inflater::new(dictionary());
            for input in [input, &good] {
                let inflated = inflater.inflate(input, &mut Vec::new(), NO_LIMIT);
                assert_eq!(inflated, Err(InflateError::Zlib));
            }
        }
    }

    #[test]
    fn the_end_of_the_stream_is_an_error() {
        let mut peer = best(11);
        peer.set_dictionary(dictionary()).unwrap();
        let compressed = deflate(&mut peer, b"block", FlushCompress::Finish);
        let mut inflater = Inflater::new(dictionary());
        for input in [&compressed[..], b"more"] {
            let inflated = inflater.inflate(input, &mut Vec::new(), NO_LIMIT);
            assert_eq!(inflated, Err(InflateError::Zlib));
        }
    }

    #[test]
    fn the_limit_is_exact_and_later_blocks_can_be_read() {
        let block = b"0123456789".repeat(1000);
        for mode in [Compression::Stored, Compression::Fast] {
            let mut deflater = Deflater::new(mode, dictionary());
            let mut inflater = Inflater::new(dictionary());
            for (limit, expected) in [
                (10_000, Inflated::Complete),
                (9_999, Inflated::OverLimit),
                (10_001, Inflated::Complete),
                (0, Inflated::OverLimit),
                (10_000, Inflated::Complete),
            ] {
                let mut compressed = Vec::new();
                deflater
                    .compress(&block, &mut compressed, NO_LIMIT)
                    .unwrap();
                let mut out = Vec::new();
                let inflated = inflater.inflate(&compressed, &mut out, limit);
                assert_eq!(inflated, Ok(expected));
                assert!(out == block[..limit.min(10_000)]);
            }
        }
    }

    #[test]
    fn a_bomb_takes_no_more_memory_than_the_limit() {
        let limit = 100_000;
        let mut peer = best(15);
        let bomb = deflate(&mut peer, &vec![0; 20_000_000], FlushCompress::Sync);
        let next = deflate(&mut peer, b"next block", FlushCompress::Sync);
        assert!(bomb.len() < limit);

        let mut inflater = Inflater::new(dictionary());
        let mut out = Vec::new();
        for piece in bomb.chunks(1000) {
            inflater.inflate(piece, &mut out, limit).unwrap();
            assert!(out.capacity() <= limit + 1);
        }
        assert_eq!(out.len(), limit);

        out.clear();
        let inflated = inflater.inflate(&next, &mut out, limit);
        assert_eq!(inflated, Ok(Inflated::Complete));
        assert_eq!(out, b"next block");
    }

    #[test]
    fn room_left_in_the_buffer_does_not_raise_the_limit() {
        let mut compressed = Vec::new();
        Deflater::new(Compression::Fast, dictionary())
            .compress(&[b'x'; 5000], &mut compressed, NO_LIMIT)
            .unwrap();
        let mut out = Vec::with_capacity(10_000);
        let inflated = Inflater::new(dictionary()).inflate(&compressed, &mut out, 100);
        assert_eq!(inflated, Ok(Inflated::OverLimit));
        assert_eq!(out, [b'x'; 100]);
    }

    #[test]
    fn no_input_is_no_error() {
        let mut inflater = Inflater::new(dictionary());
        assert!(inflater.state.is_none());
        for _ in 0..2 {
            let inflated = inflater.inflate(&[], &mut Vec::new(), 0);
            assert_eq!(inflated, Ok(Inflated::Complete));
        }
    }
}
