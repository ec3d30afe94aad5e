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
pub struct ReadScript(VecDeque<Read>);

impl ReadScript {
    pub fn new(steps: impl IntoIterator<Item = Read>) -> ReadScript {
        ReadScript(steps.into_iter().collect())
    }

    /// Adds steps behind those that are left.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Read>) {
        self.0.extend(steps);
    }

    /// Fills `room`; returns the result for the library and the value for `*eof`.
    pub fn read(&mut self, room: &mut [u8]) -> (isize, bool) {
        let Some(step) = self.0.pop_front() else {
            return (error::DEFERRED as isize, false);
        };
        match step {
            Read::Chunk(bytes) => {
                let (copied, rest) = fill(room, bytes);
                if let Some(rest) = rest {
                    self.0.push_front(Read::Chunk(rest));
                }
                (copied as isize, false)
            }
            Read::Last(bytes) => {
                let (copied, rest) = fill(room, bytes);
                let eof = rest.is_none();
                if let Some(rest) = rest {
                    self.0.push_front(Read::Last(rest));
                }
                (copied as isize, eof)
            }
            Read::Returns(result) => (result, false),
            Read::Always(result) => {
                self.0.push_front(Read::Always(result));
                (result, false)
            }
        }
    }
}

/// Plays `Recv` steps.
#[derive(Default)]
pub struct RecvScript(VecDeque<Recv>);

impl RecvScript {
    /// Adds steps behind those that are left.
    pub fn extend(&mut self, steps: impl IntoIterator<Item = Recv>) {
        self.0.extend(steps);
    }

    /// Fills `room` and returns the result for the library.
    pub fn recv(&mut self, room: &mut [u8]) -> isize {
        match self.0.pop_front() {
            None => error::WOULDBLOCK as isize,
            Some(Recv::Returns(result)) => result,
            Some(Recv::Bytes(bytes)) => {
                let (copied, rest) = fill(room, bytes);
                if let Some(rest) = rest {
                    self.0.push_front(Recv::Bytes(rest));
                }
                copied as isize
            }
        }
    }
}

/// Copies what fits; returns how much, and what is left if anything is.
fn fill(room: &mut [u8], mut bytes: Vec<u8>) -> (usize, Option<Vec<u8>>) {
    let copied = bytes.len().min(room.len());
    room[..copied].copy_from_slice(&bytes[..copied]);
    let rest = bytes.split_off(copied);
    (copied, (!rest.is_empty()).then_some(rest))
}
