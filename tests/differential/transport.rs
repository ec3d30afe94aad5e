//! What `send_callback` answers: how much of each frame it takes, and where it fails.
//!
//! Everything is decided frame by frame and in fractions of a frame, because the header blocks of a server are compressed
//! to different lengths by different libraries.

use super::input::frame_length;
use super::random::Random;
use super::restraint;
use super::rules::Rule;
use super::scenario::Transport;
use super::transcript::Transcript;
use crate::support::abi::error;
use crate::support::peer::Version;
use crate::support::script::Send;
use std::cell::RefCell;
use std::rc::Rc;

/// The outgoing side of one session.
pub struct Outgoing {
    version: Version,
    transcript: Rc<RefCell<Transcript>>,
    mood: Transport,
    frames: u64,
    /// The frame under way.
    length: usize,
    offset: usize,
    is_data: bool,
    has_block: bool,
    /// The stream that the frame opens.
    opens: Option<i32>,
    plan: Plan,
    calls: u32,
}

/// How one frame is taken.
#[derive(Clone, Copy)]
struct Plan {
    /// The most bytes taken by one call.
    piece: usize,
    /// The result of one call, after so many eighths of the frame have been taken.
    stop: Option<(usize, i32)>,
}

const OPEN: Plan = Plan {
    piece: usize::MAX,
    stop: None,
};

impl Outgoing {
    pub fn new(version: Version, transcript: &Rc<RefCell<Transcript>>) -> Outgoing {
        Outgoing {
            version,
            transcript: Rc::clone(transcript),
            mood: Transport::Open,
            frames: 0,
            length: 0,
            offset: 0,
            is_data: false,
            has_block: false,
            opens: None,
            plan: OPEN,
            calls: 0,
        }
    }

    /// How the next `session_send` goes.
    pub fn set_mood(&mut self, mood: Transport) {
        self.mood = mood;
        self.plan = self.make_plan();
    }

    /// The stream whose SYN_STREAM or SYN_REPLY the last answer was about.
    pub fn opening(&self) -> Option<i32> {
        self.opens
    }

    /// Whether the last answer was about a frame with a header block.
    pub fn has_block(&self) -> bool {
        self.has_block
    }

    /// Whether the last answer was the first about its frame.
    pub fn is_first_call(&self) -> bool {
        self.calls == 1
    }

    /// The answer to an offer, which is always the rest of one frame.
    pub fn answer(&mut self, offer: &[u8]) -> Send {
        if self.offset == self.length {
            self.start(offer);
        }
        assert_eq!(offer.len(), self.length - self.offset, "bytes offered");
        self.calls += 1;
        if let Some((eighths, result)) = self.plan.stop {
            let place = self.take_head_whole(self.length * eighths / 8);
            if self.offset >= place {
                self.plan.stop = None;
                return Send::Returns(result);
            }
        }
        let place = self
            .plan
            .stop
            .map_or(self.length, |(eighths, _)| self.length * eighths / 8);
        let end = self.offset.saturating_add(self.plan.piece).min(place);
        let whole = self.take_head_whole(end).min(self.length);
        if whole > end {
            self.transcript.borrow_mut().tally.count(Rule::CutDataHeads);
        }
        let end = whole;
        let taken = end - self.offset;
        self.offset = end;
        Send::Upto(taken)
    }

    /// Moves a place behind the head of a DATA frame if that must not be cut.
    fn take_head_whole(&self, place: usize) -> usize {
        if place > 0 && self.is_data && !restraint::may_cut_data_heads(self.version) {
            place.max(8)
        } else {
            place
        }
    }

    fn start(&mut self, frame: &[u8]) {
        self.length = frame_length(frame);
        self.offset = 0;
        self.calls = 0;
        self.is_data = frame[0] & 0x80 == 0;
        self.has_block = !self.is_data && matches!(frame[3], 1 | 2 | 8);
        let is_opening = !self.is_data && matches!(frame[3], 1 | 2);
        self.opens =
            is_opening.then(|| i32::from_be_bytes([frame[8], frame[9], frame[10], frame[11]]));
        self.frames += 1;
        self.plan = self.make_plan();
    }

    fn make_plan(&self) -> Plan {
        let Transport::Shaky(seed) = self.mood else {
            return OPEN;
        };
        let mut random = Random::new(seed ^ self.frames << 32);
        let piece = *random.pick(&[1, 2, 7, 8, 9, 100, 1000, usize::MAX]);
        let results = [
            0,
            error::WOULDBLOCK,
            error::WOULDBLOCK,
            error::CALLBACK_FAILURE,
            -1,
        ];
        let mut stop = random
            .percent(25)
            .then(|| (random.below(8), *random.pick(&results)));
        // Taking nothing is a cut in front of the first byte.
        if self.is_data && !restraint::may_cut_data_heads(self.version) {
            stop = stop.filter(|&(_, result)| result != 0);
        }
        Plan {
            // A frame in a thousand pieces would show nothing that a frame in a hundred does not.
            piece: piece.max(self.length / 64),
            stop,
        }
    }
}
