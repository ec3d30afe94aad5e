//! What the peer of a solo sends.

use super::super::scenario::Frame;
use super::model::Wanted;
use super::{Generator, Theme};
use crate::support::abi::kind;
use crate::support::peer::Role;

/// How often each kind of frame comes, in the order of `Generator::frame`.
fn weights(theme: Theme) -> [u32; 13] {
    match theme {
        Theme::Exchange => [60, 1, 44, 12, 50, 6, 8, 8, 1, 24, 4, 0, 0],
        Theme::Windows => [24, 0, 24, 4, 90, 3, 20, 0, 0, 60, 0, 0, 0],
        Theme::Push => [80, 3, 30, 20, 40, 12, 8, 2, 1, 10, 2, 0, 0],
        Theme::Headers => [80, 2, 40, 40, 8, 3, 2, 0, 0, 2, 2, 0, 0],
        Theme::Hostile => [50, 10, 30, 20, 24, 10, 12, 12, 2, 16, 10, 8, 1],
        Theme::Ending => [50, 2, 30, 10, 24, 10, 8, 8, 6, 8, 4, 1, 0],
        Theme::Queue => [50, 1, 40, 6, 16, 8, 24, 24, 1, 24, 2, 0, 0],
    }
}

impl Generator {
    pub(super) fn frame(&mut self) -> Frame {
        let mut index = self.random.weighted(&weights(self.theme));
        // Mostly frames that make sense.
        while self.random.percent(95) && !self.frame_makes_sense(index) {
            index = self.random.weighted(&weights(self.theme));
        }
        self.frame_number(index)
    }

    fn frame_makes_sense(&mut self, index: usize) -> bool {
        let wanted = match (self.role, index) {
            // A push belongs to a stream.
            (Role::Client, 0) => Wanted::Any,
            (_, 2) => Wanted::ToBeAnswered,
            (_, 3..=5 | 9) => Wanted::Any,
            _ => return true,
        };
        self.model().has(wanted)
    }

    fn frame_number(&mut self, index: usize) -> Frame {
        match index {
            0 => self.next_stream(),
            1 => self.any_syn_stream(),
            2 => {
                let mut random = self.random.fork();
                let stream = self.model().answer_own(&mut random);
                let stream = self.or_odd(stream);
                Frame::SynReply {
                    version: self.frame_version(),
                    flags: self.ending_flags(stream),
                    stream: self.reserved(stream),
                    block: self.block(),
                }
            }
            3 => {
                let stream = self.stream_for_receiving();
                Frame::Headers {
                    version: self.frame_version(),
                    flags: self.ending_flags(stream),
                    stream: self.reserved(stream),
                    block: self.block(),
                }
            }
            4 => self.data(),
            5 => {
                let stream = self.stream();
                let words = vec![self.reserved(stream), self.status()];
                self.words(kind::RST_STREAM, words)
            }
            6 => self.settings(),
            7 => {
                let id = match self.random.below(10) {
                    0 => self.random.next() as u32,
                    1 => 0,
                    _ => self.random.below(12) as u32,
                };
                self.words(kind::PING, vec![id])
            }
            8 => {
                let stream = self.stream();
                let mut words = vec![self.reserved(stream), self.status()];
                if self.version.wire() == 2 {
                    words.pop();
                }
                self.words(kind::GOAWAY, words)
            }
            9 => {
                let stream = match self.random.below(3) {
                    0 => 0,
                    _ => self.stream(),
                };
                let words = vec![self.reserved(stream), self.delta()];
                self.words(kind::WINDOW_UPDATE, words)
            }
            10 => self.other(),
            11 => {
                let frame = Box::new(self.frame());
                if self.random.percent(30) {
                    let by = *self.random.pick(&[-8, -4, -1, 1, 4, 8, 100]);
                    return Frame::Misjudged { frame, by };
                }
                let changes = (0..self.random.between(1, 3))
                    .map(|_| (self.random.below(1000), self.random.byte()))
                    .collect();
                Frame::Damaged { frame, changes }
            }
            _ => {
                let length = self.random.between(1, 40);
                Frame::Raw(self.random.bytes(length))
            }
        }
    }

    /// A SYN_STREAM as a peer that plays by the rules sends it.
    fn next_stream(&mut self) -> Frame {
        let stream = self.model().peer_opens();
        let fin = u8::from(self.random.percent(30));
        if fin != 0 {
            self.model().end(stream);
        }
        let (flags, assoc) = match self.role {
            Role::Server => (fin, 0),
            Role::Client => (fin | 2, self.stream_of_own()),
        };
        Frame::SynStream {
            version: self.version.wire(),
            flags,
            stream: stream as u32,
            assoc: assoc as u32,
            pri: self
                .random
                .below(self.version.lowest_priority() as usize + 1) as u8,
            slot: 0,
            block: self.block(),
        }
    }

    fn any_syn_stream(&mut self) -> Frame {
        let stream = match self.random.below(3) {
            0 => self.model().peer_opens(),
            1 => self.stream_of_peer(),
            _ => self.stream(),
        };
        let assoc = match self.random.below(2) {
            0 => 0,
            _ => self.stream(),
        };
        Frame::SynStream {
            version: self.frame_version(),
            flags: self.random.byte() & 3,
            stream: self.reserved(stream),
            assoc: self.reserved(assoc),
            pri: self.random.byte() & 7,
            slot: self.random.byte(),
            block: self.block(),
        }
    }

    fn data(&mut self) -> Frame {
        // Most streams that do not suit would fail the session.
        let mut random = self.random.fork();
        let stream = match self.model().open_for_receiving(&mut random) {
            Some(stream) if random.percent(98) => stream,
            _ if random.percent(80) => 77,
            _ => self.any_stream(),
        };
        self.model().add_data(stream);
        let length = match self.random.below(8) {
            0 => 0,
            1 | 2 => self.random.between(1, 20),
            3 => self.random.between(32_766, 32_769),
            4 => self.random.between(10_000, 40_000),
            _ => self.random.between(1, 3000),
        };
        Frame::Data {
            stream: stream as u32,
            flags: self.ending_flags(stream),
            length,
        }
    }

    /// Flags of a frame that may end a stream.
    fn ending_flags(&mut self, stream: i32) -> u8 {
        let flags = match self.random.below(30) {
            0 => self.random.byte(),
            1..=4 => 1,
            _ => 0,
        };
        if flags & 1 != 0 {
            self.model().end(stream);
        }
        flags
    }

    fn stream_for_receiving(&mut self) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().open_for_receiving(&mut random);
        self.or_odd(stream)
    }

    fn settings(&mut self) -> Frame {
        let mut entries = Vec::new();
        for _ in 0..self.random.below(4) {
            let id = *self
                .random
                .pick(&[4, 4, 7, 7, 7, 1, 2, 3, 8, 0, 9, 0xff_ffff]);
            let value = match (id, self.random.below(10)) {
                (_, 0) => self.random.next() as u32,
                (4, _) => self.stream_limit(),
                (7, 1) => 0,
                (7, _) => self.random.between(0, 200_000) as u32,
                _ => self.random.below(1000) as u32,
            };
            entries.push((id, self.random.byte() & 3, value));
        }
        Frame::Settings {
            version: self.frame_version(),
            flags: self.random.byte() & 1,
            entries,
        }
    }

    /// Frames that mean nothing, or of types that do not exist.
    fn other(&mut self) -> Frame {
        let kinds = [kind::NOOP, kind::CREDENTIAL, 0, 11, 0x7fff, 0xffff];
        // Some are longer than the smallest limit on control frames.
        let length = match self.random.below(6) {
            0 => self.random.between(8180, 9000),
            _ => self.random.below(30),
        };
        Frame::Control {
            version: self.frame_version(),
            kind: *self.random.pick(&kinds),
            flags: self.random.byte(),
            payload: self.random.bytes(length),
        }
    }

    fn words(&mut self, kind: u16, mut words: Vec<u32>) -> Frame {
        let is_wrong = self.theme == Theme::Hostile && self.random.percent(10);
        if is_wrong {
            let length = self.random.below(4);
            words.resize(length, 7);
        }
        Frame::Words {
            version: self.frame_version(),
            kind,
            flags: self.flags(),
            words,
        }
    }

    fn delta(&mut self) -> u32 {
        match self.random.below(10) {
            0 => 0,
            1 => self.random.next() as u32,
            2 => 0x7fff_ffff,
            3 => 0x7fff_ffff - 65536,
            _ => self.random.between(1, 100_000) as u32,
        }
    }

    /// The session's version, or now and then another.
    fn frame_version(&mut self) -> u16 {
        let percent = if self.theme == Theme::Hostile { 8 } else { 1 };
        if self.random.percent(percent) {
            *self.random.pick(&[0, 1, 2, 3, 4, 9, 0x7fff])
        } else {
            self.version.wire()
        }
    }

    /// A stream id with the reserved bit now and then set.
    fn reserved(&mut self, stream: i32) -> u32 {
        let bit = u32::from(self.random.percent(2)) << 31;
        stream as u32 | bit
    }
}
