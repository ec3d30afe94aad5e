//! What the peer of a solo sends.

use super::super::scenario::Frame;
use super::{Generator, Theme};
use crate::support::abi::kind;
use crate::support::peer::Role;

/// How often each kind of frame comes, in the order of `Generator::frame`.
fn weights(theme: Theme) -> [u32; 13] {
    match theme {
        Theme::Exchange => [30, 2, 22, 6, 25, 4, 4, 4, 1, 12, 2, 0, 0],
        Theme::Windows => [12, 0, 12, 2, 40, 2, 10, 0, 0, 30, 0, 0, 0],
        Theme::Push => [40, 4, 15, 10, 20, 8, 4, 1, 1, 5, 1, 1, 0],
        Theme::Headers => [40, 6, 20, 20, 4, 2, 1, 0, 0, 1, 1, 1, 0],
        Theme::Hostile => [25, 10, 12, 10, 12, 6, 6, 6, 2, 8, 6, 12, 4],
        Theme::Ending => [25, 3, 15, 4, 12, 8, 4, 4, 8, 4, 2, 2, 0],
        Theme::Queue => [25, 1, 20, 3, 8, 6, 12, 12, 1, 12, 1, 0, 0],
    }
}

impl Generator {
    pub(super) fn frame(&mut self) -> Frame {
        match self.random.weighted(&weights(self.theme)) {
            0 => self.next_stream(),
            1 => self.any_syn_stream(),
            2 => {
                let stream = self.stream_of_own();
                Frame::SynReply {
                    version: self.frame_version(),
                    flags: self.flags(),
                    stream: self.reserved(stream),
                    block: self.block(),
                }
            }
            3 => {
                let stream = self.stream();
                Frame::Headers {
                    version: self.frame_version(),
                    flags: self.flags(),
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
        let stream = self.open_peers();
        let fin = u8::from(self.random.percent(40));
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
            0 => self.open_peers(),
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
        let stream = match self.role {
            Role::Client if self.random.percent(70) => self.stream_of_own(),
            Role::Server if self.random.percent(70) => self.stream_of_peer(),
            _ => self.stream(),
        };
        let length = match self.random.below(8) {
            0 => 0,
            1 | 2 => self.random.between(1, 20),
            3 => self.random.between(32_766, 32_769),
            4 => self.random.between(10_000, 40_000),
            _ => self.random.between(1, 3000),
        };
        Frame::Data {
            stream: stream as u32,
            flags: u8::from(self.random.percent(20)),
            length,
        }
    }

    fn settings(&mut self) -> Frame {
        let mut entries = Vec::new();
        for _ in 0..self.random.below(4) {
            let id = *self
                .random
                .pick(&[4, 4, 7, 7, 7, 1, 2, 3, 8, 0, 9, 0xff_ffff]);
            let value = match (id, self.random.below(10)) {
                (_, 0) => self.random.next() as u32,
                (4, _) => self.random.below(5) as u32,
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
