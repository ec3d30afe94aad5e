//! Random frames, calls and damage, for property tests.

use crate::support::entry_points::{EntryPoint, Returns, ENTRY_POINTS};
use crate::support::peer::{Session, Version};
use crate::support::wire::{self, Writer};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, Index};

/// Something that happens to a session.
#[derive(Clone, Debug)]
pub enum Step {
    /// A frame with a header block that is compressed as it should be.
    Block {
        kind: u16,
        version: u16,
        flags: u8,
        stream_id: i32,
        assoc_stream_id: i32,
        pairs: Vec<(Vec<u8>, Vec<u8>)>,
    },
    /// Another control frame.
    Control {
        kind: u16,
        version: u16,
        flags: u8,
        payload: Vec<u8>,
    },
    Data {
        stream_id: i32,
        flags: u8,
        length: usize,
    },
    /// Bytes that are no frame but by chance.
    Noise(Vec<u8>),
    /// A call of the application, by its place in the list of all.
    Call(usize),
    Send,
}

impl Step {
    pub fn apply(&self, session: &Session, peer: &mut Writer) {
        let frame = match self {
            Step::Block {
                kind,
                version,
                flags,
                stream_id,
                assoc_stream_id,
                pairs,
            } => {
                let block = peer.compress(&wire::block(*version, pairs));
                match kind {
                    1 => wire::syn_stream_of(
                        *version,
                        *flags,
                        *stream_id,
                        *assoc_stream_id,
                        1,
                        &block,
                    ),
                    2 => wire::syn_reply_of(*version, *flags, *stream_id, &block),
                    _ => wire::headers_of(*version, *flags, *stream_id, &block),
                }
            }
            Step::Control {
                kind,
                version,
                flags,
                payload,
            } => wire::control(*version, *kind, *flags, payload),
            Step::Data {
                stream_id,
                flags,
                length,
            } => wire::data(*stream_id, *flags, &vec![b'd'; *length]),
            Step::Noise(bytes) => bytes.clone(),
            Step::Call(index) => {
                (ENTRY_POINTS[*index].call)(session);
                return;
            }
            Step::Send => {
                assert_eq!(session.send(), 0, "session_send");
                return;
            }
        };
        session.feed(&frame);
    }
}

/// Entry points that leave the session alive, by their place in the list of all.
pub fn call() -> impl Strategy<Value = usize> {
    let harmless = |entry: &EntryPoint| entry.returns != Returns::Deletes;
    let all: Vec<usize> = (0..ENTRY_POINTS.len())
        .filter(|&index| harmless(&ENTRY_POINTS[index]))
        .collect();
    select(all)
}

/// Frames that mostly belong to a session of this version and to its streams.
pub fn steps(version: Version, most: usize) -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => block(version),
        6 => control(version),
        4 => data(),
        1 => vec(any::<u8>(), 0..20).prop_map(Step::Noise),
        4 => call().prop_map(Step::Call),
        3 => Just(Step::Send),
    ];
    vec(step, 1..most)
}

fn frame_version(version: Version) -> impl Strategy<Value = u16> {
    prop_oneof![
        20 => Just(version.wire()),
        1 => 2..=3u16,
        1 => 0..=0x7fffu16,
    ]
}

fn stream_id() -> impl Strategy<Value = i32> {
    prop_oneof![
        20 => 1..12i32,
        1 => select(vec![0, i32::MAX, i32::MIN, -1]),
        1 => any::<i32>(),
    ]
}

fn flags() -> impl Strategy<Value = u8> {
    prop_oneof![6 => 0..4u8, 1 => any::<u8>()]
}

fn pairs() -> impl Strategy<Value = Vec<(Vec<u8>, Vec<u8>)>> {
    let name = prop_oneof![
        10 => "[a-f:]{1,3}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..4),
    ];
    let value = prop_oneof![
        10 => "[ -~]{0,8}(\0[ -~]{1,3}){0,2}".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..6),
    ];
    vec((name, value), 0..4)
}

fn block(version: Version) -> impl Strategy<Value = Step> {
    let kind = select(vec![1, 1, 2, 8]);
    let ids = (stream_id(), prop_oneof![3 => Just(0), 1 => stream_id()]);
    (kind, frame_version(version), flags(), ids, pairs()).prop_map(
        |(kind, version, flags, (stream_id, assoc_stream_id), pairs)| Step::Block {
            kind,
            version: if version <= 3 { version } else { 3 },
            flags,
            stream_id,
            assoc_stream_id,
            pairs,
        },
    )
}

fn control(version: Version) -> impl Strategy<Value = Step> {
    let number = prop_oneof![
        5 => 0..10u32,
        1 => select(vec![0x7fff_ffff, 0x8000_0000, u32::MAX]),
        2 => any::<u32>(),
    ];
    let words = vec(number, 0..4).prop_map(|words| {
        words
            .iter()
            .flat_map(|word| word.to_be_bytes())
            .collect::<Vec<u8>>()
    });
    let two_words =
        || (stream_id(), any::<u32>()).prop_map(|(id, number)| wire::words([id as u32, number]));
    let setting = (0..10u32, any::<u32>()).prop_map(|(id, value)| wire::words([1, id, value]));
    let typed = prop_oneof![
        3 => (Just(3u16), two_words()),
        3 => (Just(4u16), setting),
        3 => (Just(6u16), any::<u32>().prop_map(|id| wire::words([id]))),
        3 => (Just(9u16), two_words()),
        1 => (Just(7u16), words.clone()),
        2 => (0..12u16, words),
    ];
    (typed, frame_version(version), flags()).prop_map(|((kind, payload), version, flags)| {
        Step::Control {
            kind,
            version,
            flags,
            payload,
        }
    })
}

fn data() -> impl Strategy<Value = Step> {
    let length = prop_oneof![5 => 0..100usize, 1 => 0..70_000usize];
    (stream_id(), flags(), length).prop_map(|(stream_id, flags, length)| Step::Data {
        stream_id: stream_id & i32::MAX,
        flags,
        length,
    })
}

/// A change to bytes on their way.
#[derive(Clone, Debug)]
pub enum Damage {
    Set(Index, u8),
    Flip(Index, u8),
    Cut(Index, usize),
    Insert(Index, Vec<u8>),
    /// Repeat some bytes behind themselves.
    Repeat(Index, usize),
}

impl Damage {
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let length = bytes.len();
        match self {
            Damage::Set(at, value) => bytes[at.index(length)] = *value,
            Damage::Flip(at, bit) => bytes[at.index(length)] ^= 1 << (bit % 8),
            Damage::Cut(at, count) => {
                let start = at.index(length);
                bytes.drain(start..(start + count).min(length));
            }
            Damage::Insert(at, new) => {
                let at = at.index(length);
                bytes.splice(at..at, new.iter().copied());
            }
            Damage::Repeat(at, count) => {
                let start = at.index(length);
                let end = (start + count).min(length);
                let copy = bytes[start..end].to_vec();
                bytes.splice(end..end, copy);
            }
        }
    }
}

pub fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        (any::<Index>(), any::<u8>()).prop_map(|(at, value)| Damage::Set(at, value)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, bit)| Damage::Flip(at, bit)),
        (any::<Index>(), 1..40usize).prop_map(|(at, count)| Damage::Cut(at, count)),
        (any::<Index>(), vec(any::<u8>(), 1..20)).prop_map(|(at, new)| Damage::Insert(at, new)),
        (any::<Index>(), 1..200usize).prop_map(|(at, count)| Damage::Repeat(at, count)),
    ]
}
