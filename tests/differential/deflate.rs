//! A compressor whose output is the same on every machine, which that of zlib implementations is not.
//!
//! It writes stored blocks, or blocks with the fixed Huffman codes and matches found by plain search (RFC 1951 sections
//! 3.2.4 and 3.2.6), inside a zlib (RFC 1950) or gzip wrapping (RFC 1952).

use crate::support::wire::adler32;

/// How a piece of data is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    Stored,
    Huffman,
}

/// How far back matches are looked for, bytes.
const REACH: usize = 2048;
const MIN_MATCH: usize = 4;
const MAX_MATCH: usize = 258;
/// The most a stored block holds, bytes.
const MAX_STORED: usize = 65535;

/// The extra bits of the length codes 257 to 284, and of the distance codes.
const LENGTH_EXTRA: [u32; 28] = [
    0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5,
];
const DISTANCE_EXTRA: [u32; 24] = [
    0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10,
];

/// What the zlib stream says about its dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dictionary {
    Named,
    None,
    /// An id that no dictionary has.
    Wrong,
}

/// One zlib stream, cut into header blocks by sync flushes.
pub struct Deflater {
    header: Vec<u8>,
    history: Vec<u8>,
}

impl Deflater {
    pub fn new(dictionary: &[u8], named: Dictionary) -> Deflater {
        let mut header = vec![0x78, 0xbb];
        match named {
            Dictionary::Named => header.extend(adler32(dictionary).to_be_bytes()),
            Dictionary::Wrong => header.extend([1, 2, 3, 4]),
            Dictionary::None => header = vec![0x78, 0x9c],
        }
        let is_known = named == Dictionary::Named;
        Deflater {
            header,
            history: if is_known {
                dictionary.to_vec()
            } else {
                Vec::new()
            },
        }
    }

    /// Compresses one block and flushes it.
    pub fn compress(&mut self, data: &[u8], method: Method) -> Vec<u8> {
        let mut bits = Bits {
            bytes: std::mem::take(&mut self.header),
            ..Bits::default()
        };
        blocks(&mut bits, &mut self.history, data, method);
        bits.stored(&[], false);
        bits.bytes
    }
}

/// A whole gzip member.
pub fn gzip(data: &[u8], method: Method) -> Vec<u8> {
    let header = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3];
    let mut bytes = finished(header, data, method);
    bytes.extend(crc32(data).to_le_bytes());
    bytes.extend((data.len() as u32).to_le_bytes());
    bytes
}

/// A whole zlib stream.
pub fn zlib(data: &[u8], method: Method) -> Vec<u8> {
    let mut bytes = finished(vec![0x78, 0x9c], data, method);
    bytes.extend(adler32(data).to_be_bytes());
    bytes
}

fn finished(header: Vec<u8>, data: &[u8], method: Method) -> Vec<u8> {
    let mut bits = Bits {
        bytes: header,
        ..Bits::default()
    };
    blocks(&mut bits, &mut Vec::new(), data, method);
    bits.stored(&[], true);
    bits.bytes
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ (0xedb8_8320 & (crc & 1).wrapping_neg())
        })
    })
}

fn blocks(bits: &mut Bits, history: &mut Vec<u8>, data: &[u8], method: Method) {
    match method {
        Method::Stored => {
            for piece in data.chunks(MAX_STORED) {
                bits.stored(piece, false);
            }
            history.extend(data);
        }
        Method::Huffman => {
            bits.put(0b010, 3);
            let mut at = 0;
            while at < data.len() {
                let length = match longest_match(history, &data[at..]) {
                    Some((length, distance)) => {
                        bits.length(length);
                        bits.distance(distance);
                        length
                    }
                    None => {
                        bits.symbol(u32::from(data[at]));
                        1
                    }
                };
                history.extend(&data[at..at + length]);
                at += length;
            }
            bits.symbol(256);
        }
    }
    let excess = history.len().saturating_sub(REACH);
    history.drain(..excess);
}

/// The length and distance of the longest match; of equal ones the nearest.
fn longest_match(history: &[u8], data: &[u8]) -> Option<(usize, usize)> {
    let start = history.len().saturating_sub(REACH);
    (start..history.len())
        .map(|from| {
            let common = history[from..].iter().zip(data).take(MAX_MATCH);
            let length = common.take_while(|(old, new)| old == new).count();
            (length, history.len() - from)
        })
        .filter(|&(length, _)| length >= MIN_MATCH)
        .max_by_key(|&(length, distance)| (length, usize::MAX - distance))
}

/// Bits in the order of RFC 1951 section 3.1.1.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    pending: u32,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.pending |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes go with their first bit first.
    fn code(&mut self, code: u32, count: u32) {
        self.put(code.reverse_bits() >> (32 - count), count);
    }

    fn symbol(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.code(0x30 + symbol, 8),
            144..=255 => self.code(0x190 + symbol - 144, 9),
            256..=279 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    fn length(&mut self, length: usize) {
        if length == MAX_MATCH {
            self.symbol(285);
            return;
        }
        let (code, rest, extra) = bucket(length - 3, &LENGTH_EXTRA);
        self.symbol(257 + code);
        self.put(rest, extra);
    }

    fn distance(&mut self, distance: usize) {
        let (code, rest, extra) = bucket(distance - 1, &DISTANCE_EXTRA);
        self.code(code, 5);
        self.put(rest, extra);
    }

    fn stored(&mut self, data: &[u8], is_last: bool) {
        self.put(u32::from(is_last), 3);
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
        let length = data.len() as u16;
        self.bytes.extend(length.to_le_bytes());
        self.bytes.extend((!length).to_le_bytes());
        self.bytes.extend(data);
    }
}

/// The code whose range holds `value`, the offset in that range, and the bits it takes.
fn bucket(value: usize, extra_bits: &[u32]) -> (u32, u32, u32) {
    let mut base = 0;
    for (code, &extra) in extra_bits.iter().enumerate() {
        let size = 1 << extra;
        if value < base + size {
            return (code as u32, (value - base) as u32, extra);
        }
        base += size;
    }
    unreachable!("matches are bounded")
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Decompress, FlushDecompress};

    #[test]
    fn another_implementation_reads_it() {
        let text = b"abcabcabcabcabc, \x00\x90\xff and so on, and so on".repeat(40);
        for method in [Method::Stored, Method::Huffman] {
            let mut output = Vec::with_capacity(text.len() + 100);
            let bytes = zlib(&text, method);
            Decompress::new(true)
                .decompress_vec(&bytes, &mut output, FlushDecompress::Finish)
                .expect("zlib");
            assert!(output == text, "{method:?}");
        }
    }
}
