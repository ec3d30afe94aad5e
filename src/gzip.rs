//! Decompression of response bodies, `Content-Encoding: gzip` or `deflate`.
//!
//! An [`Inflater`] takes data in gzip or zlib wrapping, whichever it turns out to be, in pieces of any size. The module
//! stands alone; it has nothing to do with header compression.

use flate2::{Decompress, FlushDecompress, Status};

use crate::memory::reserve_inflate_state;

/// Any window a compressor may have used.
const WINDOW_BITS: u8 = 15;

/// The first byte of gzip data. It tells gzip from zlib: no zlib header may begin with it, as its low four bits, the
/// compression method, are not 8.
const GZIP_FIRST_BYTE: u8 = 0x1f;

/// What one step has read and written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Bytes taken from the input.
    pub consumed: usize,
    /// Bytes put into the output.
    pub produced: usize,
}

/// Why data cannot be decompressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InflateError {
    /// The data is damaged, in neither wrapping, or wants a dictionary. What this step has produced before it found
    /// out is good.
    Invalid(Progress),
    /// The data ended in an earlier step.
    Ended,
    /// There is not enough memory. Nothing was read; the step can be tried again.
    NoMemory,
}

/// Decompresses one gzip member or zlib stream.
#[derive(Debug)]
pub struct Inflater {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Without a byte there is no telling which wrapping it will be.
    Start,
    Running(Decompress),
    Ended,
}

impl Inflater {
    /// Makes an inflater that waits for the first byte.
    pub fn new() -> Inflater {
        Inflater {
            state: State::Start,
        }
    }

    /// Decompresses until the input is used up, the output is full or the data ends, whichever comes first.
    ///
    /// Input after the end of the data is not consumed; a further gzip member is not decoded.
    ///
    /// # Errors
    /// [`InflateError::Invalid`] for bad data, [`InflateError::Ended`] after the end of good data, and
    /// [`InflateError::NoMemory`].
    pub fn inflate(&mut self, input: &[u8], output: &mut [u8]) -> Result<Progress, InflateError> {
        // The state stays `Ended` should the decompressor panic: it is not to be used again then.
        let mut decompress = match std::mem::replace(&mut self.state, State::Ended) {
            State::Running(decompress) => decompress,
            State::Start => match input.first() {
                None => {
                    self.state = State::Start;
                    return Ok(Progress::default());
                }
                Some(&first) => {
                    if reserve_inflate_state().is_err() {
                        self.state = State::Start;
                        return Err(InflateError::NoMemory);
                    }
                    match first {
                        GZIP_FIRST_BYTE => Decompress::new_gzip(WINDOW_BITS),
                        _ => Decompress::new_with_window_bits(true, WINDOW_BITS),
                    }
                }
            },
            State::Ended => return Err(InflateError::Ended),
        };

        let (total_in, total_out) = (decompress.total_in(), decompress.total_out());
        let result = decompress.decompress(input, output, FlushDecompress::None);
        // The differences fit: they are bounded by the lengths of the slices.
        let progress = Progress {
            consumed: (decompress.total_in() - total_in) as usize,
            produced: (decompress.total_out() - total_out) as usize,
        };

        if !matches!(result, Ok(Status::StreamEnd)) {
            self.state = State::Running(decompress);
        }
        match result {
            Ok(_) => Ok(progress),
            Err(_) => Err(InflateError::Invalid(progress)),
        }
    }
}

impl Default for Inflater {
    fn default() -> Self {
        Inflater::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compress, Compression, FlushCompress};

    fn compress_with(mut compress: Compress, text: &[u8]) -> Vec<u8> {
        let mut data = Vec::with_capacity(text.len() + 64);
        let status = compress.compress_vec(text, &mut data, FlushCompress::Finish);
        assert_eq!(status.unwrap(), Status::StreamEnd);
        data
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        compress_with(Compress::new_gzip(Compression::best(), 15), text)
    }

    fn zlib(text: &[u8]) -> Vec<u8> {
        compress_with(Compress::new(Compression::best(), true), text)
    }

    fn text() -> Vec<u8> {
        (0..5000u32)
            .flat_map(|n| n.to_string().into_bytes())
            .collect()
    }

    /// Feeds `data` in pieces of `piece` bytes, with room for `room` bytes at a time.
    fn inflate_all(data: &[u8], piece: usize, room: usize) -> Vec<u8> {
        let mut inflater = Inflater::new();
        let mut text = Vec::new();
        let mut rest = data;
        while !matches!(inflater.state, State::Ended) {
            let mut output = vec![0; room];
            let input = &rest[..piece.min(rest.len())];
            let step = inflater.inflate(input, &mut output).unwrap();
            assert!(step.consumed + step.produced > 0, "no progress");
            text.extend_from_slice(&output[..step.produced]);
            rest = &rest[step.consumed..];
        }
        assert!(rest.is_empty(), "all is consumed");
        text
    }

    #[test]
    fn either_wrapping_in_any_pieces() {
        let text = text();
        for data in [gzip(&text), zlib(&text)] {
            for (piece, room) in [
                (1, 1),
                (1, 4096),
                (7, 3),
                (data.len(), 1),
                (data.len(), text.len()),
            ] {
                assert_eq!(inflate_all(&data, piece, room), text, "{piece} {room}");
            }
        }
        assert_eq!(inflate_all(&gzip(b""), 1, 1), b"");
    }

    #[test]
    fn nothing_to_do_is_no_error() {
        let mut inflater = Inflater::new();
        let mut output = [0; 16];
        assert_eq!(inflater.inflate(&[], &mut output), Ok(Progress::default()));
        let data = gzip(b"hello");
        let half = inflater.inflate(&data[..12], &mut output).unwrap();
        assert_eq!(half.consumed, 12);
        assert_eq!(inflater.inflate(&[], &mut output), Ok(Progress::default()));
        let full = inflater.inflate(&data[12..], &mut []).unwrap();
        assert_eq!(full.produced, 0);
    }

    #[test]
    fn bytes_after_the_end_are_left() {
        for mut data in [gzip(b"hello"), zlib(b"hello")] {
            let len = data.len();
            data.extend_from_within(..);
            let mut output = [0; 64];
            let mut inflater = Inflater::new();
            assert_eq!(
                inflater.inflate(&data, &mut output),
                Ok(Progress {
                    consumed: len,
                    produced: 5
                })
            );
            assert_eq!(
                inflater.inflate(&data[len..], &mut output),
                Err(InflateError::Ended)
            );
        }
    }

    #[test]
    fn a_bad_checksum_comes_after_good_output() {
        let mut data = gzip(b"hello");
        let crc = data.len() - 8;
        data[crc] ^= 1;
        let mut output = [0; 64];
        let error = Inflater::new().inflate(&data, &mut output).unwrap_err();
        let InflateError::Invalid(progress) = error else {
            panic!("{error:?}");
        };
        assert_eq!(&output[..progress.produced], b"hello");
        assert!(progress.consumed <= data.len());
    }

    #[test]
    fn an_error_stays() {
        let mut inflater = Inflater::new();
        let mut output = [0; 64];
        assert!(inflater.inflate(b"\x1f", &mut output).is_ok());
        for _ in 0..2 {
            assert!(matches!(
                inflater.inflate(b"\x8c\x08", &mut output),
                Err(InflateError::Invalid(_))
            ));
        }
    }

    #[test]
    fn raw_deflate_is_refused() {
        let data = compress_with(Compress::new(Compression::best(), false), b"hello");
        let result = Inflater::new().inflate(&data, &mut [0; 64]);
        assert!(matches!(result, Err(InflateError::Invalid(_))));
    }

    #[test]
    fn a_dictionary_is_refused() {
        let mut compress = Compress::new(Compression::best(), true);
        compress.set_dictionary(b"hello").unwrap();
        let data = compress_with(compress, b"hello hello");
        let result = Inflater::new().inflate(&data, &mut [0; 64]);
        assert!(matches!(result, Err(InflateError::Invalid(_))));
    }
}
