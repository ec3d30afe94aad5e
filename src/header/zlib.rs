//! The compression contexts of a session: one for each direction, shared by all its streams (SPDY/3 section 2.6.10.1).
//!
//! Owns everything that is known about zlib; nobody else names the compressor, so that it can be replaced here. It must
//! never know what the blocks contain.

use std::fmt;

use flate2::{Compress, Decompress, DecompressError, FlushCompress, FlushDecompress, Status};

use crate::error::{DeflateError, InflateError};

/// How to compress header blocks.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Compression {
    /// Not at all, in zlib's format for that. For clients: an attacker who can add text to a request could otherwise
    /// find out its secrets by watching how well they compress together (CRIME).
    Stored,
    /// Quickly. On real header sets this is both smaller and faster than a higher level with a smaller window.
    Fast,
}

/// The level and the window of [`Compression::Fast`].
const FAST_LEVEL: u32 = 1;
const FAST_WINDOW_BITS: u8 = 13;

/// A window of 2^11 bytes, method deflate; check bits, and the bit that announces a dictionary.
const STORED_ZLIB_HEADER: [u8; 2] = [0x38, 0x30];
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
    /// The state of [`Compression::Fast`], from its first use on.
    fast: Option<Compress>,
}

impl Deflater {
    /// A context that has seen nothing but the dictionary. It allocates nothing before it is used.
    pub fn new(mode: Compression, dictionary: &'static [u8]) -> Deflater {
        Deflater {
            mode,
            dictionary,
            started: false,
            fast: None,
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
        let compressed = match self.mode {
            Compression::Stored => self.store(block, out, limit),
            Compression::Fast => self.deflate(block, out, limit),
        };
        match compressed {
            Ok(()) => self.started = true,
            Err(_) => {
                out.truncate(before);
                // It refers to text that the peer does not have.
                self.fast = None;
            }
        }
        compressed
    }

    /// Writes stored blocks, and the zlib header before the first of them.
    fn store(&mut self, block: &[u8], out: &mut Vec<u8>, limit: usize) -> Result<(), DeflateError> {
        let header_len = if self.started { 0 } else { 6 };
        let size =
            header_len + block.len() + SYNC_MARKER.len() * (block.len().div_ceil(STORED_MAX) + 1);
        if size > limit {
            return Err(DeflateError::TooLarge);
        }
        out.try_reserve(size)?;
        if !self.started {
            out.extend_from_slice(&STORED_ZLIB_HEADER);
            out.extend_from_slice(&adler32(self.dictionary).to_be_bytes());
        }
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

    fn deflate(
        &mut self,
        block: &[u8],
        out: &mut Vec<u8>,
        limit: usize,
    ) -> Result<(), DeflateError> {
        let before = out.len();
        let state = match &mut self.fast {
            Some(state) => state,
            none => none.insert(fast_state(self.started, self.dictionary)?),
        };
        let mut rest = block;
        loop {
            let written = out.len() - before;
            if written > limit {
                return Err(DeflateError::TooLarge);
            }
            // Headers compress to about half; one byte above the limit is enough to notice that it is exceeded.
            let room = (rest.len() / 2 + MIN_ROOM).min((limit - written).saturating_add(1));
            out.try_reserve(room)?;
            let read = state.total_in();
            state
                .compress_vec(rest, out, FlushCompress::Sync)
                .map_err(|_| DeflateError::Zlib)?;
            rest = &rest[(state.total_in() - read) as usize..];
            if rest.is_empty() && out.len() < out.capacity() {
                break;
            }
        }
        if out.len() - before > limit {
            return Err(DeflateError::TooLarge);
        }
        Ok(())
    }
}

/// The least room to give to zlib at a time; it must exceed the six bytes of a flush, or zlib may repeat the flush.
const MIN_ROOM: usize = 64;

/// A fresh compressor.
///
/// The first one begins the zlib stream. A later one, which takes over after a block was given up, continues it: every
/// block ends on a whole byte, and a state without history never refers back to text that it has not seen.
fn fast_state(continues: bool, dictionary: &[u8]) -> Result<Compress, DeflateError> {
    let level = flate2::Compression::new(FAST_LEVEL);
    let mut state = Compress::new_with_window_bits(level, !continues, FAST_WINDOW_BITS);
    if !continues {
        state
            .set_dictionary(dictionary)
            .map_err(|_| DeflateError::Zlib)?;
    }
    Ok(state)
}

/// The checksum that names a dictionary (RFC 1950).
fn adler32(bytes: &[u8]) -> u32 {
    let (low, high) = bytes.iter().fold((1, 0), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65521;
        (low, (high + low) % 65521)
    });
    high << 16 | low
}

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
    /// There is more than the limit allows, and the rest was dropped.
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
            state: self.state.get_or_insert_with(|| Decompress::new(true)),
            dictionary: self.dictionary,
            rest: input,
        };
        loop {
            if out.len() > limit {
                out.truncate(limit);
                stream.discard()?;
                return Ok(Inflated::OverLimit);
            }
            if out.len() == out.capacity() {
                // One byte above the limit shows that it is exceeded.
                let room = out.len().max(2 * input.len() + MIN_ROOM);
                out.try_reserve_exact(room.min((limit - out.len()).saturating_add(1)))?;
            }
            stream.step(|state, rest| state.decompress_vec(rest, out, FlushDecompress::Sync))?;
            if stream.rest.is_empty() && out.len() < out.capacity() && out.len() <= limit {
                return Ok(Inflated::Complete);
            }
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
    /// Lets `decompress` make one step through what is left of the input. It is done when nothing is left although
    /// there was room for more output.
    fn step(
        &mut self,
        decompress: impl FnOnce(&mut Decompress, &[u8]) -> Result<Status, DecompressError>,
    ) -> Result<(), InflateError> {
        let (read, written) = (self.state.total_in(), self.state.total_out());
        let status = decompress(self.state, self.rest);
        let read = self.state.total_in() - read;
        let stuck = read == 0 && written == self.state.total_out();
        self.rest = &self.rest[read as usize..];
        match status {
            Ok(Status::StreamEnd) => Err(InflateError::Zlib),
            // There is always room for output, so that no progress means that there never will be any.
            Ok(_) if stuck && !self.rest.is_empty() => Err(InflateError::Zlib),
            Ok(_) => Ok(()),
            Err(error) if error.needs_dictionary().is_some() => self
                .state
                .set_dictionary(self.dictionary)
                .map(drop)
                .map_err(|_| InflateError::Zlib),
            Err(_) => Err(InflateError::Zlib),
        }
    }

    /// Decompresses all that is left, for the sake of the state alone.
    fn discard(&mut self) -> Result<(), InflateError> {
        let mut scratch = [0; 4096];
        loop {
            let written = self.state.total_out();
            self.step(|state, rest| state.decompress(rest, &mut scratch, FlushDecompress::Sync))?;
            let written = self.state.total_out() - written;
            if self.rest.is_empty() && written < scratch.len() as u64 {
                return Ok(());
            }
        }
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

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").finish_non_exhaustive()
    }
}
