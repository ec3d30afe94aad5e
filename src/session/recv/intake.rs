//! Cuts input into frames: heads, header blocks, payloads. Knows lengths and versions, not what frames mean.

use std::borrow::Cow;

use super::data::DataIntake;
use super::After;
use crate::error::{Fatal, ParseError};
use crate::frame::{self, kind, ControlHead, Frame, Head, InvalidLength, SettingsError, HEAD_LEN};
use crate::header::{decode, Decoded, InflateError, Inflated};
use crate::session::event::RecvEvent;
use crate::session::{status, Session, MAX_HEADER_PAIRS};
use crate::version::Layout;

/// The longest part of a frame in front of its header block, bytes.
const MAX_FIXED: usize = 10;

/// What the next bytes are. What is large is boxed; that costs only frames that are cut in two.
#[derive(Default)]
pub(super) enum Intake {
    /// The head of a frame.
    #[default]
    Head,
    /// The payload of a control frame with a header block.
    Block(Box<BlockIntake>),
    /// The payload of another control frame, kept whole.
    Payload(Box<PayloadIntake>),
    /// Payload that nobody wants.
    Skip(Box<SkipIntake>),
    /// The payload of a DATA frame.
    Data(DataIntake),
}

impl Intake {
    /// Whether it can go on without input.
    pub(super) fn is_complete(&self) -> bool {
        matches!(self, Intake::Data(intake) if intake.is_complete())
    }
}

/// The head of a frame as far as it is there.
#[derive(Default)]
pub(super) struct PartialHead {
    bytes: [u8; HEAD_LEN],
    have: usize,
}

impl PartialHead {
    /// Takes more of the head; gives it once it is all there.
    fn complete(&mut self, input: &mut &[u8]) -> Option<[u8; HEAD_LEN]> {
        if self.have == 0 {
            if let Some((head, rest)) = input.split_first_chunk() {
                *input = rest;
                return Some(*head);
            }
        }
        let taken = take(input, HEAD_LEN - self.have);
        self.bytes[self.have..self.have + taken.len()].copy_from_slice(taken);
        self.have += taken.len();
        if self.have < HEAD_LEN {
            return None;
        }
        self.have = 0;
        Some(self.bytes)
    }
}

/// A head as it came, and what it says.
#[derive(Clone, Copy)]
pub(super) struct RawHead {
    bytes: [u8; HEAD_LEN],
    pub(super) head: ControlHead,
}

pub(super) struct BlockIntake {
    raw: RawHead,
    /// `None` for a SYN_STREAM of a version that nobody knows; its block still goes through the inflater.
    layout: Option<&'static Layout>,
    fixed: [u8; MAX_FIXED],
    fixed_len: usize,
    taken: usize,
    inflated: Vec<u8>,
    verdict: Verdict,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Good,
    TooLarge,
    Corrupt,
}

pub(super) struct PayloadIntake {
    raw: RawHead,
    buffer: Vec<u8>,
}

pub(super) struct SkipIntake {
    raw: RawHead,
    remaining: usize,
    /// The frame is then judged as if it had no payload.
    judge: bool,
}

impl<T: Default, D> Session<T, D> {
    pub(super) fn take_head<'i>(
        &mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        let Some(bytes) = self.receiver.head.complete(input) else {
            return Ok(None);
        };
        match Head::parse(&bytes) {
            Head::Data(head) => {
                self.receiver.intake = Intake::Data(self.begin_data(head));
                Ok(None)
            }
            Head::Control(head) => self.begin_control(RawHead { bytes, head }, input),
        }
    }

    /// Takes the payload of a control frame as far as it is there.
    fn begin_control<'i>(
        &mut self,
        raw: RawHead,
        input: &mut &'i [u8],
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        let head = raw.head;
        let layout = Layout::of(head.version);
        let fixed_len = match (head.kind, layout) {
            (kind::SYN_STREAM, _) => Some(frame::SynStream::FIXED_LEN),
            (kind::SYN_REPLY | kind::HEADERS, Some(layout)) => Some(layout.reply_fixed_len),
            _ => None,
        };
        let length = head.length as usize;
        if let Some(fixed_len) = fixed_len {
            let is_too_large = length > self.max_recv_ctrl_frame;
            let mut inflated = std::mem::take(&mut self.receiver.spare);
            inflated.clear();
            let intake = BlockIntake {
                raw,
                layout,
                fixed: [0; MAX_FIXED],
                fixed_len,
                taken: 0,
                inflated,
                verdict: if is_too_large {
                    Verdict::TooLarge
                } else {
                    Verdict::Good
                },
            };
            return self.take_block(intake, input);
        }
        let is_ignored = matches!(head.kind, kind::NOOP | kind::CREDENTIAL);
        if is_ignored || length > self.max_recv_ctrl_frame {
            return self.skip_payload(
                SkipIntake {
                    raw,
                    remaining: length,
                    judge: !is_ignored,
                },
                input,
            );
        }
        self.take_payload(
            PayloadIntake {
                raw,
                buffer: Vec::new(),
            },
            input,
        )
    }

    pub(super) fn skip_payload<'i>(
        &mut self,
        mut intake: SkipIntake,
        input: &mut &'i [u8],
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        intake.remaining -= take(input, intake.remaining).len();
        if intake.remaining > 0 {
            self.receiver.intake = Intake::Skip(Box::new(intake));
            return Ok(None);
        }
        if !intake.judge {
            return Ok(None);
        }
        self.complete_payload(intake.raw, Cow::Borrowed(&[]))
    }

    pub(super) fn take_payload<'i>(
        &mut self,
        mut intake: PayloadIntake,
        input: &mut &'i [u8],
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        let length = intake.raw.head.length as usize;
        let taken = take(input, length - intake.buffer.len());
        if taken.len() == length {
            return self.complete_payload(intake.raw, Cow::Borrowed(taken));
        }
        intake
            .buffer
            .try_reserve(taken.len())
            .map_err(|_| Fatal::NoMemory)?;
        intake.buffer.extend_from_slice(taken);
        if intake.buffer.len() < length {
            self.receiver.intake = Intake::Payload(Box::new(intake));
            return Ok(None);
        }
        self.complete_payload(intake.raw, Cow::Owned(intake.buffer))
    }

    fn complete_payload<'i>(
        &mut self,
        raw: RawHead,
        payload: Cow<'i, [u8]>,
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        match parse_payload(raw.head, &payload) {
            Parsed::Frame(frame) => self.judge(frame),
            Parsed::Unknown => Ok(Some(RecvEvent::UnknownCtrlRecv {
                head: raw.bytes,
                payload,
            })),
            Parsed::Rejected(error) => Ok(Some(self.reject(raw, payload, error))),
            Parsed::NoMemory => Err(Fatal::NoMemory),
        }
    }

    /// A frame that cannot be parsed ends the session.
    fn reject<'i>(
        &mut self,
        raw: RawHead,
        payload: Cow<'i, [u8]>,
        error: ParseError,
    ) -> RecvEvent<'i> {
        self.receiver
            .after
            .push_back(After::Fail(status::PROTOCOL_ERROR));
        RecvEvent::ParseError {
            kind: raw.head.kind,
            head: raw.bytes,
            payload,
            error,
        }
    }

    pub(super) fn take_block<'i>(
        &mut self,
        mut intake: BlockIntake,
        input: &mut &'i [u8],
    ) -> Result<Option<RecvEvent<'i>>, Fatal> {
        let length = intake.raw.head.length as usize;
        let fixed_len = intake.fixed_len.min(length);
        if intake.taken < fixed_len {
            let taken = take(input, fixed_len - intake.taken);
            intake.fixed[intake.taken..intake.taken + taken.len()].copy_from_slice(taken);
            intake.taken += taken.len();
        }
        if intake.taken >= fixed_len {
            let compressed = take(input, length - intake.taken);
            intake.taken += compressed.len();
            if intake.verdict != Verdict::Corrupt && !compressed.is_empty() {
                self.inflate(&mut intake, compressed)?;
            }
        }
        if intake.taken < length {
            self.receiver.intake = Intake::Block(Box::new(intake));
            return Ok(None);
        }
        self.complete_block(intake)
    }

    fn inflate(&mut self, intake: &mut BlockIntake, compressed: &[u8]) -> Result<(), Fatal> {
        // A block that is refused already goes through the inflater all the same, to keep it in step with the peer.
        let limit = match intake.verdict {
            Verdict::Good => self.max_recv_ctrl_frame,
            Verdict::TooLarge | Verdict::Corrupt => 0,
        };
        match self
            .inflater
            .inflate(compressed, &mut intake.inflated, limit)
        {
            Ok(Inflated::Complete) => {}
            Ok(Inflated::OverLimit) => {
                intake.verdict = Verdict::TooLarge;
                intake.inflated = Vec::new();
            }
            Err(InflateError::Zlib) => intake.verdict = Verdict::Corrupt,
            Err(InflateError::NoMemory) => return Err(Fatal::NoMemory),
        }
        Ok(())
    }

    fn complete_block<'i>(&mut self, intake: BlockIntake) -> Result<Option<RecvEvent<'i>>, Fatal> {
        let BlockIntake {
            raw,
            layout,
            fixed,
            fixed_len,
            taken,
            inflated,
            verdict,
        } = intake;
        let fixed = &fixed[..fixed_len.min(taken)];
        let refused = |error| (error, Cow::Owned(fixed.to_vec()));
        let checked = match (verdict, layout) {
            (Verdict::Corrupt, _) => Err(refused(ParseError::Zlib)),
            (_, None) => Err(refused(ParseError::UnsupportedVersion)),
            (_, Some(_)) if taken <= fixed_len => Err(refused(ParseError::InvalidFrame)),
            (_, Some(layout)) => Ok(layout),
        };
        let layout = match checked {
            Ok(layout) => layout,
            Err((error, payload)) => return Ok(Some(self.reject(raw, payload, error))),
        };
        let mut frame = parse_fixed(raw.head, fixed, layout);
        let Some((stream_id, block)) = frame.block_mut() else {
            return Ok(None);
        };
        if verdict == Verdict::TooLarge {
            return Ok(Some(self.refuse(frame, stream_id, status::FRAME_TOO_LARGE)));
        }
        match decode(inflated, layout, self.profile.layout, MAX_HEADER_PAIRS) {
            Decoded::Valid(decoded) => {
                *block = decoded;
                self.judge(frame)
            }
            Decoded::Invalid(decoded) => {
                *block = decoded;
                Ok(Some(self.refuse(frame, stream_id, status::PROTOCOL_ERROR)))
            }
            Decoded::TooMany => Ok(Some(self.refuse(frame, stream_id, status::FRAME_TOO_LARGE))),
            Decoded::Malformed => Ok(Some(self.reject(
                raw,
                Cow::Owned(fixed.to_vec()),
                ParseError::InvalidFrame,
            ))),
            Decoded::NoMemory => Err(Fatal::NoMemory),
        }
    }
}

/// What the payload of a control frame without a header block turned out to be.
enum Parsed {
    Frame(Frame),
    /// No SPDY version has frames of this type.
    Unknown,
    Rejected(ParseError),
    NoMemory,
}

impl From<Result<Frame, InvalidLength>> for Parsed {
    fn from(result: Result<Frame, InvalidLength>) -> Self {
        match result {
            Ok(frame) => Parsed::Frame(frame),
            Err(InvalidLength) => Parsed::Rejected(ParseError::InvalidFrame),
        }
    }
}

fn parse_payload(head: ControlHead, payload: &[u8]) -> Parsed {
    // Only these frames look different in different versions, or need one that is known.
    let layout = match (head.kind, Layout::of(head.version)) {
        (kind::RST_STREAM, _) => {
            return frame::RstStream::parse(head, payload)
                .map(Frame::RstStream)
                .into()
        }
        (kind::PING, _) => return frame::Ping::parse(head, payload).map(Frame::Ping).into(),
        (kind::WINDOW_UPDATE, _) => {
            return frame::WindowUpdate::parse(head, payload)
                .map(Frame::WindowUpdate)
                .into()
        }
        (kind::SETTINGS, None) if payload.len() < frame::Settings::COUNT_LEN => {
            return Parsed::Rejected(ParseError::InvalidFrame);
        }
        (kind::SETTINGS | kind::GOAWAY, Some(layout)) => layout,
        (kind::SETTINGS | kind::GOAWAY | kind::SYN_REPLY | kind::HEADERS, _) => {
            return Parsed::Rejected(ParseError::UnsupportedVersion);
        }
        _ => return Parsed::Unknown,
    };
    if head.kind == kind::GOAWAY {
        return frame::Goaway::parse(head, payload, layout)
            .map(Frame::Goaway)
            .into();
    }
    match frame::Settings::parse(head, payload, layout) {
        Ok(settings) => Parsed::Frame(Frame::Settings(settings)),
        Err(SettingsError::InvalidLength) => Parsed::Rejected(ParseError::InvalidFrame),
        Err(SettingsError::NoMemory) => Parsed::NoMemory,
    }
}

fn parse_fixed(head: ControlHead, fixed: &[u8], layout: &Layout) -> Frame {
    match head.kind {
        kind::SYN_STREAM => Frame::SynStream(frame::SynStream::parse_fixed(head, fixed, layout)),
        kind::SYN_REPLY => Frame::SynReply(frame::SynReply::parse_fixed(head, fixed, layout)),
        _ => Frame::Headers(frame::Headers::parse_fixed(head, fixed, layout)),
    }
}

/// Cuts at most `wanted` bytes off the front of the input.
pub(super) fn take<'i>(input: &mut &'i [u8], wanted: usize) -> &'i [u8] {
    let (taken, rest) = input.split_at(wanted.min(input.len()));
    *input = rest;
    taken
}
