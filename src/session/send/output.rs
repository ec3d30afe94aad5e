//! The bytes of the frame under way.

use crate::frame::HEAD_LEN;
use crate::session::DEFAULT_MAX_DATA_PAYLOAD;

/// Memory of control frames up to this size is kept for the next one, bytes.
pub(super) const KEPT_CAPACITY: usize = 64 * 1024;

/// Memory of DATA frames up to this size is kept while there is none to be sent, bytes.
pub(super) const KEPT_DATA_CAPACITY: usize = HEAD_LEN + DEFAULT_MAX_DATA_PAYLOAD;

/// One frame on its way out, or room for the payload of one.
#[derive(Default)]
pub struct Output {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

impl Output {
    /// What is not written yet.
    pub fn remaining(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Counts bytes as written; more than are left count as all.
    pub fn advance(&mut self, written: usize) {
        self.start += written.min(self.end - self.start);
    }

    /// Where the payload of a DATA frame is to be read to: at least as long as the event allows.
    pub fn payload_mut(&mut self) -> &mut [u8] {
        self.bytes.get_mut(HEAD_LEN..).unwrap_or_default()
    }

    #[cfg(test)]
    pub(super) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    pub(super) fn is_written(&self) -> bool {
        self.start == self.end
    }

    /// Forgets the frame; keeps the memory.
    pub(super) fn reset(&mut self) {
        self.start = 0;
        self.end = 0;
    }

    /// Forgets the frame, and gives memory that is larger than `kept` back to the system.
    pub(super) fn reset_and_shrink(&mut self, kept: usize) {
        self.reset();
        if self.bytes.capacity() > kept {
            self.bytes = Vec::new();
        }
    }

    /// Lets `encode` append a control frame to an empty buffer.
    pub(super) fn encode<R>(&mut self, encode: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        self.bytes.clear();
        let result = encode(&mut self.bytes);
        self.start = 0;
        self.end = self.bytes.len();
        result
    }

    /// Makes room for a DATA frame with up to `max_length` bytes of payload; false without memory for it.
    pub(super) fn make_room(&mut self, max_length: usize) -> bool {
        let wanted = HEAD_LEN + max_length;
        if self.bytes.len() < wanted {
            let missing = wanted - self.bytes.len();
            if self.bytes.try_reserve_exact(missing).is_err() {
                return false;
            }
            self.bytes.resize(wanted, 0);
        }
        true
    }

    /// Puts the head in front of `length` bytes of payload.
    pub(super) fn finish_data(&mut self, head: [u8; HEAD_LEN], length: usize) {
        self.bytes[..HEAD_LEN].copy_from_slice(&head);
        self.start = 0;
        self.end = HEAD_LEN + length;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_grows_to_what_is_asked_for_and_shrinks() {
        let mut output = Output::default();
        assert!(output.make_room(100_000));
        assert_eq!(output.payload_mut().len(), 100_000);
        assert_eq!(output.bytes.capacity(), HEAD_LEN + 100_000);
        output.finish_data([0; HEAD_LEN], 7);
        assert_eq!(output.remaining().len(), HEAD_LEN + 7);
        output.reset_and_shrink(HEAD_LEN + 100_000);
        assert_eq!(output.remaining(), []);
        assert_eq!(output.payload_mut().len(), 100_000);
        output.reset_and_shrink(HEAD_LEN + 99_999);
        assert_eq!(output.bytes.capacity(), 0);
    }
}
