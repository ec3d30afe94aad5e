//! Header blocks: usual ones, odd ones, and wrong ones.

use super::super::deflate::Method;
use super::super::scenario::{Block, Content, Nv};
use super::{Generator, Theme};

type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

const NAMES: [&str; 16] = [
    ":host",
    ":method",
    ":path",
    ":scheme",
    ":status",
    ":version",
    "host",
    "url",
    "version",
    "accept",
    "cookie",
    "x-a",
    "x-b",
    "content-length",
    "with space",
    "~!@#$%^&*()",
];

/// The application may write these, a peer may not.
const CAPITAL_NAMES: [&str; 4] = ["Host", "X-A", "URL", ":PATH"];

const BAD_NAMES: [&[u8]; 6] = [b"", b"a\nb", b"\x7f", b"\x80", b"tab\t", b"\x1f"];

const VALUES: [&[u8]; 9] = [
    b"",
    b"",
    b"GET",
    b"/",
    b"text/html, */*",
    b"\xff\x80 high",
    b"a\tb",
    b"gzip",
    b"0123456789012345678901234567890123456789",
];

/// The application may write these, a peer may not.
const CONTROL_VALUES: [&[u8]; 3] = [b"a\r\nb", b"\x01", b"\x7f"];

/// Only a peer can write these.
const LISTS: [&[u8]; 3] = [b"a\0b", b"1\x002\x003", b"x\0y z"];
const BAD_LISTS: [&[u8]; 4] = [b"\0a", b"a\0", b"a\0\0b", b"\0"];

impl Generator {
    /// Pairs of the application.
    pub(super) fn nv(&mut self) -> Nv {
        let is_odd = self.theme == Theme::Headers;
        let mut pairs: Pairs = Vec::new();
        for _ in 0..self.pair_count() {
            let name: Vec<u8> = match self.random.below(40) {
                0 if is_odd => self.random.pick(&BAD_NAMES).to_vec(),
                1 | 2 => self.random.pick(&CAPITAL_NAMES).as_bytes().to_vec(),
                3 if is_odd => vec![b'n'; self.random.between(1, 3000)],
                4 if !pairs.is_empty() => self.random.pick(&pairs).0.clone(),
                _ => self.random.pick(&NAMES).as_bytes().to_vec(),
            };
            let value = match self.random.below(20) {
                // A peer refuses these.
                0 if is_odd => self.random.pick(&CONTROL_VALUES).to_vec(),
                1 if is_odd => vec![b'v'; self.long_value()],
                _ => self.random.pick(&VALUES).to_vec(),
            };
            pairs.push((name, value));
        }
        let dangling = (is_odd && self.random.percent(4)).then_some("dangling");
        Nv { pairs, dangling }
    }

    fn pair_count(&mut self) -> usize {
        match self.random.below(12) {
            0 => 0,
            1 => self.random.between(8, 40),
            _ => self.random.between(1, 7),
        }
    }

    fn long_value(&mut self) -> usize {
        match self.random.below(30) {
            0 => 65535 / 2,
            _ => self.random.between(1, 5000),
        }
    }

    /// A header block of the peer's.
    pub(super) fn block(&mut self) -> Block {
        let oddity = match self.theme {
            Theme::Headers => 20,
            Theme::Hostile => 8,
            _ => 1,
        };
        let method = if self.random.percent(30) {
            Method::Stored
        } else {
            Method::Huffman
        };
        let is_odd = self.random.percent(oddity);
        let content = match self.random.below(10) {
            0 if is_odd => Content::Inflated({
                let length = self.random.below(40);
                self.random.bytes(length)
            }),
            1 if is_odd => Content::Compressed({
                let length = self.random.below(20);
                self.random.bytes(length)
            }),
            2 if is_odd => Content::Compressed(Vec::new()),
            3 | 4 if is_odd => {
                let pairs = self.received_pairs(false);
                let count = match self.random.below(4) {
                    0 => self.random.next() as u32,
                    _ => (pairs.len() + self.random.below(3)).saturating_sub(1) as u32,
                };
                let length = self.random.below(3);
                Content::Miscounted {
                    pairs,
                    count,
                    behind: self.random.bytes(length),
                }
            }
            5 if is_odd => Content::Pairs(vec![(b"big".to_vec(), vec![b'b'; self.big_value()])]),
            _ => Content::Pairs(self.received_pairs(is_odd)),
        };
        Block { content, method }
    }

    /// About as long as the smallest limit on header blocks.
    fn big_value(&mut self) -> usize {
        match self.random.below(3) {
            0 => self.random.between(8150, 8200),
            _ => self.random.between(8000, 30_000),
        }
    }

    fn received_pairs(&mut self, is_odd: bool) -> Pairs {
        let mut pairs: Pairs = Vec::new();
        for _ in 0..self.pair_count() {
            let name = match self.random.below(20) {
                0 if is_odd => self.random.pick(&BAD_NAMES).to_vec(),
                1 if is_odd => self.random.pick(&CAPITAL_NAMES).as_bytes().to_vec(),
                _ => self.random.pick(&NAMES).as_bytes().to_vec(),
            };
            let value = match self.random.below(20) {
                0 if is_odd => self.random.pick(&CONTROL_VALUES).to_vec(),
                1 if is_odd => self.random.pick(&BAD_LISTS).to_vec(),
                2 | 3 => self.random.pick(&LISTS).to_vec(),
                _ => self.random.pick(&VALUES).to_vec(),
            };
            let is_repeated = pairs.iter().any(|(other, _)| *other == name);
            if !is_repeated || is_odd {
                pairs.push((name, value));
            }
        }
        pairs
    }
}
