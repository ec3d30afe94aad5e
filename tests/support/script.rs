//! What the transport and the data providers answer when the library asks.
//!
//! A script is a queue of steps; when it runs out, the transport takes everything
//! (`send_callback`), has nothing (`recv_callback`), or the provider is deferred.

use super::abi::error;
use std::collections::VecDeque;

/// One answer of `send_callback`.
#[derive(Clone, Copy, Debug)]
pub enum Send {
    /// Take all bytes.
    All,
    /// Take at most this many bytes.
    Upto(usize),
    /// Take nothing and return this.
    Returns(i32),
    /// Claim to have taken this many bytes more than were offered.
    Overrun(usize),
}

/// One answer of `recv_callback`.
#[derive(Clone, Debug)]
pub enum Recv {
    /// Deliver these bytes, in several calls if there is not enough room for one.
    Bytes(Vec<u8>),
    /// Deliver nothing and return this, even if it is a positive number.
    Returns(isize),
}

/// One answer of a data provider's `read_callback`.
#[derive(Clone, Debug)]
pub enum Read {
    /// These bytes, in several calls if there is not enough room for one.
    Chunk(Vec<u8>),
    /// The same, and the end of the data with the last of them.
    Last(Vec<u8>),
    /// Write nothing, leave eof alone, and return this.
    Returns(isize),
    /// The same for as long as the library goes on asking.
    Always(isize),
}

impl Read {
    /// A chunk of text.
    pub fn chunk(text: &str) -> Read {
        Read::Chunk(text.into())
    }

    /// The last chunk, as text.
    pub fn last(text: &str) -> Read {
        Read::Last(text.into())
    }

    /// `SPDYLAY_ERR_DEFERRED`.
    pub fn deferred() -> Read {
        Read::Returns(error::DEFERRED as isize)
    }
}

/// Plays `Read` steps.
pub struct ReadScript {
    steps: VecDeque<Read>,
    /// Bytes of the first step that were delivered before.
    delivered: usize,
}

impl ReadScript {
    pub fn new(steps: impl IntoIterator<Item = Read>) -> ReadScript {
        ReadScript {
            steps: steps.into_iter().collect(),
            delivered: 0,
        }
    }

    /// Adds steps behind those that are left.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Read>) {
        self.steps.extend(steps);
    }

    /// Fills `room`; returns the result for the library and the value for `*eof`.
    pub fn read(&mut self, room: &mut [u8]) -> (isize, bool) {
        let (result, is_done, at_end) = match self.steps.front() {
            None => return (error::DEFERRED as isize, false),
            Some(Read::Returns(result)) => (*result, true, false),
            Some(Read::Always(result)) => (*result, false, false),
            Some(Read::Chunk(bytes)) => {
                let (copied, is_done) = fill(room, bytes, &mut self.delivered);
                (copied as isize, is_done, false)
            }
            Some(Read::Last(bytes)) => {
                let (copied, is_done) = fill(room, bytes, &mut self.delivered);
                (copied as isize, is_done, is_done)
            }
        };
        if is_done {
            self.steps.pop_front();
        }
        (result, at_end)
    }
}

/// Plays `Recv` steps.
#[derive(Default)]
pub struct RecvScript {
    steps: VecDeque<Recv>,
    /// Bytes of the first step that were delivered before.
    delivered: usize,
}

impl RecvScript {
    /// Adds steps behind those that are left.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Recv>) {
        self.steps.extend(steps);
    }

    /// Fills `room` and returns the result for the library.
    pub fn recv(&mut self, room: &mut [u8]) -> isize {
        let (result, is_done) = match self.steps.front() {
            None => return error::WOULDBLOCK as isize,
            Some(Recv::Returns(result)) => (*result, true),
            Some(Recv::Bytes(bytes)) => {
                let (copied, is_done) = fill(room, bytes, &mut self.delivered);
                (copied as isize, is_done)
            }
        };
        if is_done {
            self.steps.pop_front();
        }
        result
    }
}

/// Copies what fits of the bytes not delivered yet; returns how much, and whether that was all.
fn fill(room: &mut [u8], bytes: &[u8], delivered: &mut usize) -> (usize, bool) {
    let rest = &bytes[*delivered..];
    let copied = rest.len().min(room.len());
    room[..copied].copy_from_slice(&rest[..copied]);
    let is_done = copied == rest.len();
    *delivered = if is_done { 0 } else { *delivered + copied };
    (copied, is_done)
}
