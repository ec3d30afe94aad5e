//! Numbers in network byte order, read with bounds checks and written to the end of a buffer.
//!
//! Owns the reading and writing of integers; it must never know which fields, frames or versions they belong to.

/// Takes fields off the front of a byte string. Each read gives `None`, and takes nothing, if too few bytes are left.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader at the start of `bytes`.
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    /// Whether everything has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `len` bytes.
    pub fn bytes(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some(taken)
    }

    /// The next four bytes.
    pub fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// The next `N` bytes by value.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*taken)
    }

    /// A number of `width` bytes, at most four.
    pub fn uint(&mut self, width: usize) -> Option<u32> {
        Some(uint(self.bytes(width)?))
    }
}

/// The number that `bytes`, at most four of them, stand for.
pub fn uint(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .fold(0, |number, &byte| number << 8 | u32::from(byte))
}

/// Appends the low `width` bytes of `number`, `width` being at most four.
pub fn put_uint(out: &mut Vec<u8>, number: u32, width: usize) {
    let bytes = number.to_be_bytes();
    out.extend_from_slice(&bytes[bytes.len().saturating_sub(width)..]);
}

/// Appends four bytes.
pub fn put_u32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_be_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_was_written() {
        let mut bytes = vec![0xab];
        put_uint(&mut bytes, 0x1234_5678, 2);
        put_uint(&mut bytes, 0x1234_5678, 3);
        put_u32(&mut bytes, 0x1234_5678);
        assert_eq!(
            bytes,
            [0xab, 0x56, 0x78, 0x34, 0x56, 0x78, 0x12, 0x34, 0x56, 0x78]
        );

        let mut reader = Reader::new(&bytes);
        assert_eq!(reader.array(), Some([0xab]));
        assert_eq!(reader.uint(2), Some(0x5678));
        assert_eq!(reader.uint(3), Some(0x34_5678));
        assert_eq!(reader.u32(), Some(0x1234_5678));
        assert!(reader.is_empty());
    }

    #[test]
    fn a_read_past_the_end_takes_nothing() {
        let mut reader = Reader::new(&[1, 2, 3]);
        assert_eq!(reader.u32(), None);
        assert_eq!(reader.uint(4), None);
        assert_eq!(reader.bytes(usize::MAX), None);
        assert_eq!(reader.array::<4>(), None);
        assert_eq!(reader.bytes(3), Some(&[1, 2, 3][..]));
        assert_eq!(reader.array::<1>(), None);
        assert_eq!(reader.bytes(0), Some(&[][..]));
    }
}
