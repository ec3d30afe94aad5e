//! The bytes of the frame under way.

use crate::frame::HEAD_LEN;

/// A larger buffer is given back to the system after the frame, bytes.
pub(super) const KEPT_CAPACITY: usize = 64 * 1024;

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

    pub(super) fn is_written(&self) -> bool {
        self.start == self.end
    }

    /// Forgets the frame; keeps the memory unless it is exceptional.
    pub(super) fn reset(&mut self) {
        self.start = 0;
        self.end = 0;
        if self.bytes.capacity() > KEPT_CAPACITY {
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
            if self.bytes.try_reserve(wanted - self.bytes.len()).is_err() {
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
