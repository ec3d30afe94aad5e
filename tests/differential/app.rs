//! The application of a session: it makes the calls of a scenario, between the library's calls and inside callbacks, and
//! writes down everything it sees.

use super::calls::{describe, make};
use super::consumption::Consumption;
use super::player::Part;
use super::rules;
use super::scenario::{Call, Cast, Missing, Scenario, Windows};
use super::transcript::{line, Transcript};
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
    is_paired: bool,
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
    /// The application or an error has failed the session.
    pub is_failed: Cell<bool>,
    is_goaway_sent: Cell<bool>,
    pub is_stopped: Cell<bool>,
    /// Calls since all was sent that may have queued a WINDOW_UPDATE.
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
            is_paired: scenario.cast == Cast::Pair,
            is_rehearsal,
            transcript: Rc::clone(transcript),
            outgoing: RefCell::new(Outgoing::new(scenario.version)),
            inside: RefCell::default(),
            streams: RefCell::new(streams),
            closed: RefCell::default(),
            next_stream: Cell::new(if role == Role::Client { 1 } else { 2 }),
            providers: Cell::new(0),
            consumption: RefCell::default(),
            is_limited: Cell::new(scenario.missing.contains(&Missing::OnCtrlRecv)),
            is_failed: Cell::new(false),
            is_goaway_sent: Cell::new(false),
            is_stopped: Cell::new(false),
            unsent_updates: Cell::new(0),
        }
    }

    pub fn write(&self, line: String) {
        let line = format!("{}{line}", self.prefix);
        self.transcript.borrow_mut().lines.push(line);
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
                    self.transcript.borrow_mut().chunks_after_close += 1;
                    return;
                }
                let mut consumption = self.consumption.borrow_mut();
                consumption.deliver(*stream_id, data.len());
            }
            Event::Send { result, .. } => {
                if *result > 0 && !self.outgoing.borrow().is_first_call() {
                    return;
                }
            }
            Event::StreamClose { stream_id, .. } => {
                self.closed.borrow_mut().insert(*stream_id);
            }
            Event::CtrlRecv(frame) => self.note_limits(frame),
            _ => {}
        }
        let line = self.line(event);
        self.write(format!(
            "  {line} [read={} queue={}]",
            session.want_read(),
            session.outbound_queue_size()
        ));
        self.call_inside(session, &line);
        if let Event::CtrlSend(frame) = event {
            if matches!(frame.body, Body::Goaway { .. }) {
                self.is_goaway_sent.set(true);
            }
        }
    }

    fn line(&self, event: &Event) -> String {
        // Servers compress header blocks as each library thinks best.
        let is_server = self.role == Role::Server;
        let hears_server = self.is_paired && !is_server;
        match event {
            Event::Recv { result, .. } if *result > 0 && hears_server => "recv_callback".to_owned(),
            Event::CtrlRecv(_) | Event::InvalidCtrlRecv { .. } => {
                line(event, |frame| hears_server && has_block(frame))
            }
            Event::Send { result, .. } if is_server && self.outgoing.borrow().has_block() => {
                let result = if *result > 0 {
                    "some".to_owned()
                } else {
                    result.to_string()
                };
                format!("send_callback of a header block, result={result}")
            }
            Event::ParseError {
                kind, head, error, ..
            } if rules::hides_payload(head) => {
                let shown = Event::ParseError {
                    kind: *kind,
                    head: head.clone(),
                    payload: Vec::new(),
                    error: *error,
                };
                line(&shown, |_| false)
            }
            Event::BeforeCtrlSend(_) | Event::CtrlSend(_) | Event::CtrlNotSend { .. } => {
                line(event, |frame| is_server && has_block(frame))
            }
            _ => line(event, |_| false),
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

    fn note_limits(&self, frame: &Frame) {
        if let Body::Settings(entries) = &frame.body {
            let limits = |entry: &(i32, u8, u32)| entry.0 == setting::MAX_CONCURRENT_STREAMS;
            if entries.iter().any(limits) {
                self.is_limited.set(true);
            }
        }
    }

    /// What the getters about the session say.
    fn state(&self, session: &Session) -> String {
        let has_streams = || {
            let streams = self.streams.borrow();
            streams.iter().any(|&stream| exists(session, stream))
        };
        let write = session.want_write();
        let write = if self.is_failed.get() && !self.is_goaway_sent.get() && !has_streams() {
            rules::want_write_before_the_goaway().to_owned()
        } else {
            write.to_string()
        };
        format!(
            "read={} write={write} queue={}",
            session.want_read(),
            session.outbound_queue_size()
        )
    }

    /// The same, and what those about streams say.
    pub fn full_state(&self, session: &Session) -> String {
        let state = self.state(session);
        let mut state = format!("{state} received={}", session.recv_data_length());
        for &stream in self.streams.borrow().iter() {
            let length = session.stream_recv_data_length(stream);
            let user_data = session.stream_user_data(stream);
            if (length, user_data) != (-1, 0) {
                state += &format!(" {stream}:{length}/{user_data}");
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
        self.write(format!("  {} = {result}{opened}", describe(call)));
        if result == 0 {
            self.note_call(call, before, session.stream_recv_data_length(stream));
        }
    }

    fn may(&self, session: &Session, call: &Call) -> bool {
        match *call {
            Call::RstStream { stream, .. } => {
                let next = self.next_stream.get();
                let was_submitted = stream % 2 == next % 2 && (1..next).contains(&stream);
                let is_queued = was_submitted
                    && !exists(session, stream)
                    && !self.closed.borrow().contains(&stream);
                !is_queued || rules::may_cancel_queued(self.is_limited.get())
            }
            Call::WindowUpdate { stream, .. } => {
                let exists = stream != 0 && exists(session, stream);
                rules::may_update_window(self.version, self.windows, stream, exists)
            }
            Call::SetOption {
                option,
                value: Some(value),
                length: 4,
            } => rules::may_set_option(self.version, self.windows, option, value),
            Call::FailSession { .. } if self.is_rehearsal => {
                self.is_stopped.set(true);
                false
            }
            _ => true,
        }
    }

    /// Fits a call to what happened: no more can be consumed than was received.
    fn fit(&self, session: &Session, call: &Call) -> Call {
        let Call::Consume { stream, size } = *call else {
            return call.clone();
        };
        let counted = session.stream_recv_data_length(stream);
        let size = self.consumption.borrow_mut().limit(stream, size, counted);
        Call::Consume { stream, size }
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

fn has_block(frame: &Frame) -> bool {
    matches!(
        frame.body,
        Body::SynStream { .. } | Body::SynReply { .. } | Body::Headers { .. }
    )
}
