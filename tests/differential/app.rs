//! The application of a session: it makes the calls of a scenario, between the library's calls and inside callbacks, and
//! writes down everything it sees.

use super::calls::{describe, make};
use super::consumption::Consumption;
use super::player::Part;
use super::restraint;
use super::rules::Rule;
use super::scenario::{Call, Missing, Scenario, Windows};
use super::sight::Sight;
use super::transcript::{Line, Transcript, Value};
use super::transport::Outgoing;
use crate::support::abi::setting;
use crate::support::event::Event;
use crate::support::frame::{Body, Frame};
use crate::support::peer::{Role, Session, Version};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashSet};
use std::rc::Rc;

/// What the application remembers. It is shared with the hook inside the session, so all of it is in cells.
pub struct App {
    pub role: Role,
    pub version: Version,
    /// Before every line, to tell two sessions apart.
    prefix: &'static str,
    windows: Windows,
    sight: Sight,
    /// Stops instead of failing the session.
    is_rehearsal: bool,
    transcript: Rc<RefCell<Transcript>>,
    pub outgoing: RefCell<Outgoing>,
    inside: RefCell<Vec<Inside>>,
    /// Streams whose state is shown.
    streams: RefCell<BTreeSet<i32>>,
    closed: RefCell<HashSet<i32>>,
    next_stream: Cell<i32>,
    providers: Cell<usize>,
    consumption: RefCell<Consumption>,
    /// The peer has limited the number of streams.
    is_limited: Cell<bool>,
    /// Own streams that were reset before they were open.
    reset_early: RefCell<Vec<i32>>,
    /// The initial window of this side has been so small that every piece of DATA is worth a WINDOW_UPDATE.
    pub has_tiny_windows: Cell<bool>,
    /// The peer may have opened the windows of streams since all was sent.
    pub is_woken: Cell<bool>,
    /// The application or an error has failed the session.
    pub is_failed: Cell<bool>,
    /// The stream whose SYN_STREAM or SYN_REPLY is being sent.
    opening: Cell<Option<i32>>,
    /// The input of this call fails the session.
    pub input_fails: Cell<bool>,
    is_goaway_sent: Cell<bool>,
    pub is_stopped: Cell<bool>,
    /// Calls since all was sent that may have queued a WINDOW_UPDATE, however little was received.
    pub unsent_updates: Cell<usize>,
}

/// A call that waits for its callback.
struct Inside {
    callback: &'static str,
    left: u32,
    call: Call,
}

impl App {
    pub fn new(scenario: &Scenario, part: Part, transcript: &Rc<RefCell<Transcript>>) -> App {
        let Part {
            role,
            prefix,
            streams,
            is_rehearsal,
        } = part;
        App {
            role,
            version: scenario.version,
            prefix,
            windows: scenario.windows,
            sight: Sight::new(role, scenario.cast),
            is_rehearsal,
            transcript: Rc::clone(transcript),
            outgoing: RefCell::new(Outgoing::new(scenario.version, transcript)),
            inside: RefCell::default(),
            streams: RefCell::new(streams),
            closed: RefCell::default(),
            next_stream: Cell::new(if role == Role::Client { 1 } else { 2 }),
            providers: Cell::new(0),
            consumption: RefCell::default(),
            is_limited: Cell::new(scenario.missing.contains(&Missing::OnCtrlRecv)),
            reset_early: RefCell::default(),
            has_tiny_windows: Cell::new(false),
            is_woken: Cell::new(false),
            is_failed: Cell::new(false),
            opening: Cell::new(None),
            input_fails: Cell::new(false),
            is_goaway_sent: Cell::new(false),
            is_stopped: Cell::new(false),
            unsent_updates: Cell::new(0),
        }
    }

    pub fn write(&self, line: Line) {
        let line = line.prefixed(self.prefix);
        self.transcript.borrow_mut().lines.push(line);
    }

    /// A rule keeps something away.
    pub fn count(&self, rule: Rule) {
        self.transcript.borrow_mut().tally.count(rule);
    }

    /// Makes the call inside a callback to come.
    pub fn wait_for(&self, callback: &'static str, nth: u32, call: Call) {
        let left = nth + 1;
        self.inside.borrow_mut().push(Inside {
            callback,
            left,
            call,
        });
    }

    /// The session calls back.
    pub fn event(&self, session: &Session, event: &Event) {
        match event {
            Event::DataChunkRecv {
                stream_id, data, ..
            } => {
                if self.closed.borrow().contains(stream_id) {
                    self.take_late_chunk(session, *stream_id, data.len());
                    return;
                }
                let mut consumption = self.consumption.borrow_mut();
                consumption.deliver(*stream_id, data.len());
            }
            Event::Send { result, .. } => {
                let outgoing = self.outgoing.borrow();
                self.opening.set(outgoing.opening());
                if *result > 0 && !outgoing.is_first_call() {
                    return;
                }
            }
            Event::BeforeCtrlSend(frame) | Event::CtrlSend(frame) => {
                self.opening.set(opened_by(frame));
            }
            Event::InvalidCtrlRecv { frame, .. } => {
                let stream = Some(frame.stream_id());
                if stream == self.opening.get() {
                    self.stop(Rule::ResetWhileOpening);
                }
            }
            Event::StreamClose { stream_id, .. } => {
                self.closed.borrow_mut().insert(*stream_id);
            }
            Event::CtrlRecv(frame) => self.note_settings(session, frame),
            // The last call, behind all input, has another result than a number of bytes.
            Event::Recv { length, result } if self.input_fails.get() => {
                let is_last = *result <= 0 || *result > *length as isize;
                self.is_failed.set(is_last);
            }
            _ => {}
        }
        let mut line = Line::new("  ");
        line.append(self.sight.line(event, self.outgoing.borrow().has_block()));
        let start = line.text()[2..].to_owned();
        line.push(" [");
        line.append(self.state(session));
        line.push("]");
        self.write(line);
        self.call_inside(session, &start);
        if let Event::CtrlSend(frame) = event {
            self.opening.set(None);
            if matches!(frame.body, Body::Goaway { .. }) {
                self.is_goaway_sent.set(true);
            }
        }
    }

    /// Stops where the libraries begin to differ.
    fn stop(&self, rule: Rule) {
        self.count(rule);
        self.is_stopped.set(true);
    }

    /// Rule [`Rule::DataAfterClose`]: the application has no use for it. Where it has to give back what it receives it does
    /// so, which this library does by itself.
    fn take_late_chunk(&self, session: &Session, stream: i32, length: usize) {
        self.transcript.borrow_mut().chunks_after_close += 1;
        if self.windows == Windows::Consume {
            session.consume(stream, length);
        }
    }

    fn call_inside(&self, session: &Session, line: &str) {
        let mut due = Vec::new();
        self.inside.borrow_mut().retain_mut(|inside| {
            if line.starts_with(inside.callback) {
                inside.left -= 1;
            }
            if inside.left == 0 {
                due.push(inside.call.clone());
            }
            inside.left > 0
        });
        for call in due {
            self.call(session, &call);
        }
    }

    fn note_settings(&self, session: &Session, frame: &Frame) {
        if restraint::opens_streams_only(self.version, frame) {
            self.is_woken.set(true);
        }
        if let Body::Settings(entries) = &frame.body {
            let limits = |entry: &(i32, u8, u32)| entry.0 == setting::MAX_CONCURRENT_STREAMS;
            if entries.iter().any(limits) {
                self.is_limited.set(true);
                let reset_early = self.reset_early.borrow();
                if reset_early
                    .iter()
                    .any(|&stream| self.is_queued(session, stream))
                {
                    self.stop(Rule::CancelledRequests);
                }
            }
        }
    }

    /// What the getters about the session say.
    fn state(&self, session: &Session) -> Line {
        let mut line = Line::new(format!("read={}", session.want_read()));
        let has_streams = || {
            let streams = self.streams.borrow();
            streams.iter().any(|&stream| exists(session, stream))
        };
        let awaits_goaway = self.is_failed.get() && !self.is_goaway_sent.get() && !has_streams();
        let waiting = self.is_woken.get().then_some(Rule::WaitingData);
        let lost = awaits_goaway.then_some(Rule::LostGoaway);
        let write = session.want_write() as u64;
        let queue = session.outbound_queue_size() as u64;
        for (name, value, rule) in [
            ("write", write, lost.or(waiting)),
            ("queue", queue, waiting),
        ] {
            match rule {
                Some(rule) => line.push_doubt(rule, name, Value::Number(value)),
                None => line.push(&format!(" {name}={value}")),
            }
        }
        line
    }

    /// The same, and what those about streams say.
    pub fn full_state(&self, session: &Session) -> Line {
        let mut state = self.state(session);
        state.push(&format!(" received={}", session.recv_data_length()));
        for &stream in self.streams.borrow().iter() {
            let length = session.stream_recv_data_length(stream);
            let user_data = session.stream_user_data(stream);
            if (length, user_data) != (-1, 0) {
                state.push(&format!(" {stream}:{length}/{user_data}"));
            }
        }
        state
    }

    /// Makes a call, unless the rules leave it out.
    pub fn call(&self, session: &Session, call: &Call) {
        if self.is_stopped.get() || !self.may(session, call) {
            return;
        }
        let call = &self.fit(session, call);
        if let Call::Consume { stream, size } = *call {
            let exists = exists(session, stream);
            if let Some(rule) = restraint::objection_to_consuming(self.windows, size, exists) {
                self.count(rule);
                return;
            }
        }
        let stream = match call {
            Call::Consume { stream, .. } => *stream,
            _ => 0,
        };
        let before = session.stream_recv_data_length(stream);
        let mut providers = self.providers.get();
        let result = make(session, call, &mut providers);
        self.providers.set(providers);
        let opened = match call {
            Call::Request { .. } | Call::SynStream { .. } if result == 0 => {
                format!(" stream={}", self.next_stream.get())
            }
            _ => String::new(),
        };
        let call_text = describe(call);
        self.write(Line::new(format!("  {call_text} = {result}{opened}")));
        if result == 0 {
            self.note_call(call, before, session.stream_recv_data_length(stream));
        }
    }

    fn may(&self, session: &Session, call: &Call) -> bool {
        let objection = match *call {
            Call::RstStream { stream, .. } if self.opening.get() == Some(stream) => {
                self.stop(Rule::ResetWhileOpening);
                return false;
            }
            Call::RstStream { stream, .. } => {
                let is_queued = self.is_queued(session, stream);
                if is_queued {
                    self.reset_early.borrow_mut().push(stream);
                }
                // Without a limit, the SYN_STREAM goes out first.
                let is_held_back = is_queued && self.is_limited.get();
                is_held_back.then_some(Rule::CancelledRequests)
            }
            Call::WindowUpdate { stream, .. } => {
                let exists = stream != 0 && exists(session, stream);
                let (version, windows) = (self.version, self.windows);
                restraint::objection_to_window_update(version, windows, stream, exists)
            }
            Call::SetOption {
                option,
                value: Some(value),
                length: 4,
            } => restraint::objection_to_option(self.version, self.windows, option, value),
            Call::FailSession { .. } if self.is_rehearsal => {
                self.is_stopped.set(true);
                return false;
            }
            _ => None,
        };
        if let Some(rule) = objection {
            self.count(rule);
        }
        objection.is_none()
    }

    /// Whether an own stream is submitted and not open yet.
    fn is_queued(&self, session: &Session, stream: i32) -> bool {
        let next = self.next_stream.get();
        let was_submitted = stream % 2 == next % 2 && (1..next).contains(&stream);
        was_submitted && !exists(session, stream) && !self.closed.borrow().contains(&stream)
    }

    /// Fits a call to what happened, so that it shows no difference.
    fn fit(&self, session: &Session, call: &Call) -> Call {
        let mut call = call.clone();
        if let Call::Consume { stream, size } = &mut call {
            let counted = session.stream_recv_data_length(*stream);
            let most = self.consumption.borrow_mut().most(*stream, counted);
            if *size > most {
                self.count(Rule::OverConsuming);
                *size = most;
            }
        }
        if let Some(nv) = call.nv_mut() {
            if !restraint::joins_well(&nv.pairs, self.version) {
                self.count(Rule::EmptyFirstValue);
                let values = nv.pairs.iter_mut().map(|(_, value)| value);
                let empty = values.filter(|value| value.is_empty());
                empty.for_each(|value| value.push(b'0'));
            }
        }
        call
    }

    /// Keeps the books after a successful call; `before` and `after` are what was received on the stream consumed.
    fn note_call(&self, call: &Call, before: i32, after: i32) {
        match *call {
            Call::Request { .. } | Call::SynStream { .. } => {
                let stream = self.next_stream.get();
                self.streams.borrow_mut().insert(stream);
                self.next_stream.set(stream + 2);
            }
            Call::FailSession { .. } => self.is_failed.set(true),
            Call::Settings { ref entries, .. } => {
                let is_tiny =
                    |&(id, _, value): &_| id == setting::INITIAL_WINDOW_SIZE && value < 32_768;
                if entries.iter().any(is_tiny) {
                    self.has_tiny_windows.set(true);
                }
            }
            Call::Consume { stream, size } => {
                self.unsent_updates.set(self.unsent_updates.get() + 1);
                let mut consumption = self.consumption.borrow_mut();
                consumption.consume(stream, size, before, after);
            }
            Call::WindowUpdate { stream, delta } => {
                self.consumption.borrow_mut().grant(stream, delta);
            }
            _ => {}
        }
    }
}

fn exists(session: &Session, stream: i32) -> bool {
    session.stream_recv_data_length(stream) >= 0
}

/// The stream that a frame opens on this side.
fn opened_by(frame: &Frame) -> Option<i32> {
    match frame.body {
        Body::SynStream { stream_id, .. } | Body::SynReply { stream_id, .. } => Some(stream_id),
        _ => None,
    }
}
