//! Header blocks that are far larger than the bytes that carry them, made without compressing all of them.

use super::wire::{number, Writer};

/// Long enough that one piece fills the window of the compressor.
const PIECE: usize = 1 << 16;

/// Compresses `count` bytes of one value.
///
/// Once the window holds nothing but that byte, every piece compresses to the same bytes, which can be copied.
pub fn repeats(writer: &mut Writer, byte: u8, count: usize) -> Vec<u8> {
    let piece = [byte; PIECE];
    let mut output = Vec::new();
    let pieces = count / PIECE;
    if pieces > 0 {
        output.extend(writer.compress(&piece));
        let next = writer.compress(&piece);
        for _ in 1..pieces {
            output.extend(&next);
        }
    }
    output.extend(writer.compress(&piece[..count % PIECE]));
    output
}

/// A compressed header block with one pair whose value is `length` times the same byte.
pub fn long_value(writer: &mut Writer, byte: u8, length: usize) -> Vec<u8> {
    let v = writer.version;
    let start = [
        number(v, 1),
        number(v, 4),
        b"name".to_vec(),
        number(v, length),
    ];
    let mut output = writer.compress(&start.concat());
    output.extend(repeats(writer, byte, length));
    output
}
