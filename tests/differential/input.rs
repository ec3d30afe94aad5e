//! What the peer of a solo sends, as bytes, and where the steps and the frames in it end.

use super::deflate::Deflater;
use super::defuse::defuse;
use super::rules::Tally;
use super::scenario::{Action, Block, Cast, Content, Frame, Scenario, Windows};
use crate::support::wire::{self, dictionary};
use std::collections::BTreeSet;
use std::ops::Range;

/// The input of a whole scenario.
#[derive(Default)]
pub struct Input {
    pub bytes: Vec<u8>,
    frames: Vec<Range<usize>>,
    /// How far each of the receiving steps goes.
    deliveries: Vec<usize>,
    /// The streams that SYN_STREAMs in it name.
    pub streams: BTreeSet<i32>,
    /// What the rules have changed.
    pub tally: Tally,
}

impl Input {
    pub fn of(scenario: &Scenario) -> Input {
        let Cast::Solo {
            role,
            dictionary: id,
        } = scenario.cast
        else {
            return Input::default();
        };
        let mut writer = Writer {
            wire_version: scenario.version.wire(),
            deflater: Deflater::new(dictionary(scenario.version.wire()), id),
        };
        let mut input = Input::default();
        for step in &scenario.steps {
            if let Action::Receive(receive) = &step.action {
                for frame in &receive.frames {
                    input.bytes.extend(writer.frame(frame));
                }
                let delivered = input.deliveries.last().copied().unwrap_or(0);
                let end = input.bytes.len().saturating_sub(receive.held_back);
                input.deliveries.push(end.max(delivered));
            }
        }
        complete_last_frame(&mut input.bytes);
        input.tally = defuse(&mut input.bytes, scenario, role);
        input.frames = frames(&input.bytes);
        input.streams = opened_streams(&input);
        let end = input.bytes.len();
        for delivery in &mut input.deliveries {
            *delivery = (*delivery).min(end);
        }
        if let Some(last) = input.deliveries.last_mut() {
            *last = end;
        }
        if scenario.windows == Windows::Consume || !scenario.missing.is_empty() {
            input.finish_data_frames();
        }
        input
    }

    /// Where the receiving step of this number ends.
    pub fn delivery(&self, number: usize) -> usize {
        self.deliveries[number]
    }

    /// The ends of the frames.
    pub fn ends(&self) -> Vec<usize> {
        self.frames.iter().map(|frame| frame.end).collect()
    }

    /// The end of the frame that the byte at `position` belongs to.
    pub fn end_of_frame(&self, position: usize) -> usize {
        let index = self.frames.partition_point(|frame| frame.end <= position);
        self.frames[index].end
    }

    /// Lets no receiving step end inside a DATA frame, for scenarios in which a stream must not be closed there unseen.
    fn finish_data_frames(&mut self) {
        for delivery in &mut self.deliveries {
            let index = self.frames.partition_point(|frame| frame.end <= *delivery);
            if let Some(frame) = self.frames.get(index) {
                if self.bytes[frame.start] & 0x80 == 0 {
                    *delivery = frame.start;
                }
            }
        }
    }
}

/// Makes the length in the head of the last frame fit what is there, so that all input consists of whole frames.
fn complete_last_frame(bytes: &mut Vec<u8>) {
    let mut start = 0;
    while bytes.len() - start >= 8 {
        let end = start + frame_length(&bytes[start..]);
        if end > bytes.len() {
            let there = bytes.len() - start - 8;
            bytes[start + 5..start + 8].copy_from_slice(&(there as u32).to_be_bytes()[1..]);
            return;
        }
        start = end;
    }
    bytes.truncate(start);
}

/// The length of a frame, head included.
pub fn frame_length(head: &[u8]) -> usize {
    8 + u32::from_be_bytes([0, head[5], head[6], head[7]]) as usize
}

/// The frames in bytes that hold nothing else.
pub fn frames(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut frames = Vec::new();
    let mut start = 0;
    while bytes.len() - start >= 8 {
        let end = start + frame_length(&bytes[start..]);
        if end > bytes.len() {
            break;
        }
        frames.push(start..end);
        start = end;
    }
    frames
}

fn opened_streams(input: &Input) -> BTreeSet<i32> {
    let mut streams = BTreeSet::new();
    for frame in &input.frames {
        let (head, payload) = input.bytes[frame.clone()].split_at(8);
        let is_syn_stream = head[0] & 0x80 != 0 && head[2..4] == [0, 1];
        if let (true, Some(id)) = (is_syn_stream, payload.first_chunk()) {
            streams.insert(i32::from_be_bytes(*id) & i32::MAX);
        }
    }
    streams
}

struct Writer {
    wire_version: u16,
    deflater: Deflater,
}

impl Writer {
    fn frame(&mut self, frame: &Frame) -> Vec<u8> {
        match frame {
            Frame::SynStream {
                version,
                flags,
                stream,
                assoc,
                pri,
                slot,
                block,
            } => {
                let mut payload = wire::words([*stream, *assoc]);
                payload.push(pri << if *version == 2 { 6 } else { 5 });
                payload.push(*slot);
                payload.extend(self.block(*version, block));
                wire::control(*version, 1, *flags, &payload)
            }
            Frame::SynReply {
                version,
                flags,
                stream,
                block,
            } => self.reply(*version, 2, *flags, *stream, block),
            Frame::Headers {
                version,
                flags,
                stream,
                block,
            } => self.reply(*version, 8, *flags, *stream, block),
            Frame::Settings {
                version,
                flags,
                entries,
            } => wire::settings_with_flags(*version, *flags, entries),
            Frame::Words {
                version,
                kind,
                flags,
                words,
            } => {
                let payload: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
                wire::control(*version, *kind, *flags, &payload)
            }
            Frame::Control {
                version,
                kind,
                flags,
                payload,
            } => wire::control(*version, *kind, *flags, payload),
            Frame::Data {
                stream,
                flags,
                length,
            } => wire::data((stream & 0x7fff_ffff) as i32, *flags, &pattern(*length)),
            Frame::Raw(bytes) => bytes.clone(),
            Frame::Damaged { frame, changes } => {
                let mut bytes = self.frame(frame);
                for (place, value) in changes {
                    let place = place * bytes.len() / 1000;
                    bytes[place] = *value;
                }
                bytes
            }
            Frame::Misjudged { frame, by } => {
                let mut bytes = self.frame(frame);
                let length = (bytes.len() as i32 - 8 + by).clamp(0, 0xff_ffff);
                if let Some(field) = bytes.get_mut(5..8) {
                    field.copy_from_slice(&length.to_be_bytes()[1..]);
                }
                bytes
            }
        }
    }

    fn reply(&mut self, version: u16, kind: u16, flags: u8, stream: u32, block: &Block) -> Vec<u8> {
        let mut payload = wire::words([stream]);
        if version == 2 {
            payload.extend([0, 0]);
        }
        payload.extend(self.block(version, block));
        wire::control(version, kind, flags, &payload)
    }

    fn block(&mut self, version: u16, block: &Block) -> Vec<u8> {
        // Frames of versions that nobody knows are laid out like the session's own.
        let version = if version == 2 || version == 3 {
            version
        } else {
            self.wire_version
        };
        let inflated = match &block.content {
            Content::Compressed(bytes) => return bytes.clone(),
            Content::Inflated(bytes) => bytes.clone(),
            Content::Pairs(pairs) => wire::block(version, pairs),
            Content::Miscounted {
                pairs,
                count,
                behind,
            } => {
                let mut bytes = wire::block(version, pairs);
                let count = wire::number(version, *count as usize);
                bytes[..count.len()].copy_from_slice(&count);
                bytes.extend(behind);
                bytes
            }
        };
        self.deflater.compress(&inflated, block.method)
    }
}

/// Payload in which every position looks different from its neighbours.
pub fn pattern(length: usize) -> Vec<u8> {
    (0..length)
        .map(|at| b'a' + (at % 23) as u8 + (at / 1000 % 4) as u8)
        .collect()
}
