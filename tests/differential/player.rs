//! One session of one library, driven through its calls; see [`App`] for what its application does.

use super::app::App;
use super::restraint;
use super::rules::Rule;
use super::scenario::{Call, Missing, Scenario, Transport, Windows};
use super::transcript::{digest, wire_line, Line, Transcript};
use crate::support::abi::{self, option};
use crate::support::api::Api;
use crate::support::event::Event;
use crate::support::peer::{Role, Session};
use crate::support::script::Recv;
use crate::support::wire;
use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::Rc;

pub struct Player {
    session: Rc<Session>,
    app: Rc<App>,
    /// The state written down last.
    state: RefCell<String>,
    /// Bytes received since all was sent.
    unsent_bytes: Cell<usize>,
    /// There is no `on_ctrl_recv_callback` to tell what is received.
    is_deaf: bool,
}

/// Who a player is.
pub struct Part {
    pub role: Role,
    /// Before every line of the transcript.
    pub prefix: &'static str,
    /// The peer's streams, whose state is shown.
    pub streams: BTreeSet<i32>,
    /// Stops before the application fails the session.
    pub is_rehearsal: bool,
}

impl Player {
    pub fn new(
        api: &'static Api,
        scenario: &Scenario,
        part: Part,
        transcript: &Rc<RefCell<Transcript>>,
    ) -> Player {
        let (role, version) = (part.role, scenario.version);
        let session = Session::of(api, role, version, |callbacks| {
            scenario
                .missing
                .iter()
                .for_each(|missing| remove(callbacks, *missing));
        });
        let app = Rc::new(App::new(scenario, part, transcript));
        session.record_io(true);
        let transport = Rc::clone(&app);
        session.send_by(move |offer| transport.outgoing.borrow_mut().answer(offer));
        let hook = Rc::clone(&app);
        session.on("", move |session, event| hook.event(session, event));
        let player = Player {
            session,
            app,
            state: RefCell::default(),
            unsent_bytes: Cell::new(0),
            is_deaf: scenario.missing.contains(&Missing::OnCtrlRecv),
        };
        let lowest = player.session.pri_lowest();
        player.write(format!(
            "new {role:?} {}, lowest priority={lowest}",
            version.0
        ));
        if scenario.windows == Windows::Consume {
            player.call(&Call::SetOption {
                option: option::NO_AUTO_WINDOW_UPDATE2,
                value: Some(1),
                length: 4,
            });
        }
        player.note_state();
        player
    }

    pub fn call(&self, call: &Call) {
        self.app.call(&self.session, call);
        self.note_state();
    }

    /// Makes the call inside a callback to come.
    pub fn wait_for(&self, callback: &'static str, nth: u32, call: Call) {
        self.app.wait_for(callback, nth, call);
    }

    /// Sends, and returns the bytes written.
    pub fn send(&self, transport: Transport) -> Vec<u8> {
        self.app.outgoing.borrow_mut().set_mood(transport);
        self.write("session_send".to_owned());
        let result = self.session.send();
        self.write(format!("  = {result}"));
        for sent in self.session.sent() {
            self.write(format!("  {}", wire_line(&sent)));
        }
        let output = self.session.take_output();
        // A server's header blocks are compressed as each library thinks best.
        if self.app.role == Role::Client {
            self.write(format!("  wire bytes {}", digest(&output)));
        }
        if matches!(transport, Transport::Open) && result == 0 {
            self.app.unsent_updates.set(0);
            self.app.is_woken.set(false);
            self.unsent_bytes.set(0);
        }
        self.note_state();
        output
    }

    /// Receives one piece of input by `session_mem_recv`; `fails` tells that it will fail the session.
    pub fn mem_recv(&self, piece: &[u8], fails: bool) {
        self.write("session_mem_recv".to_owned());
        let result = self.session.mem_recv(piece);
        let result = if result == piece.len() as isize {
            "all".to_owned()
        } else {
            result.to_string()
        };
        self.write(format!("  = {result}"));
        self.note_input(piece.len(), fails);
    }

    /// Receives pieces of input by `session_recv`, whose callback then returns `end`.
    pub fn recv(&self, pieces: Vec<Vec<u8>>, end: isize, fails: bool) {
        let length = pieces.iter().map(Vec::len).sum();
        self.write(format!("session_recv in {} pieces", pieces.len()));
        self.session
            .script_recv(pieces.into_iter().map(Recv::Bytes));
        self.session.script_recv([Recv::Returns(end)]);
        self.app.input_fails.set(fails);
        let result = self.session.recv();
        self.app.input_fails.set(false);
        self.write(format!("  = {result}"));
        self.note_input(length, fails);
    }

    /// Sends what is queued, and returns it, if so many more bytes could bring more automatic WINDOW_UPDATEs than the
    /// library queues.
    pub fn make_room_for_updates(&self, bytes: usize) -> Vec<u8> {
        let mut output = Vec::new();
        // A data provider that fails takes another call for the rest of the queue.
        for _ in 0..4 {
            let bytes = self.unsent_bytes.get() + bytes;
            if restraint::may_leave_updates(self.app.unsent_updates.get(), bytes) {
                break;
            }
            self.app.count(Rule::QueuedUpdates);
            output.extend(self.send(Transport::Open));
        }
        output
    }

    pub fn is_failed(&self) -> bool {
        self.app.is_failed.get()
    }

    pub fn is_stopped(&self) -> bool {
        self.app.is_stopped.get()
    }

    /// Whether the session, which is between two frames, still takes input.
    pub fn takes_input(&self) -> bool {
        let unknown = wire::control(self.app.version.wire(), 0x7ff0, 0, b"");
        self.session.events();
        self.session.mem_recv(&unknown);
        let answers = |event: &Event| matches!(event, Event::UnknownCtrlRecv { .. });
        self.session.events().iter().any(answers)
    }

    fn write(&self, line: String) {
        self.app.write(Line::new(line));
    }

    fn note_input(&self, bytes: usize, fails: bool) {
        if self.is_deaf {
            self.app.is_woken.set(true);
        }
        if fails {
            self.app.is_failed.set(true);
        }
        if self.app.has_tiny_windows.get() {
            let updates = &self.app.unsent_updates;
            updates.set(updates.get() + 1);
        }
        self.unsent_bytes.set(self.unsent_bytes.get() + bytes);
        self.note_state();
    }

    /// Writes down what the getters say, if that has changed. What may differ by a rule is no change: both libraries have
    /// the same lines.
    fn note_state(&self) {
        let state = self.app.full_state(&self.session);
        if *self.state.borrow() != state.text() {
            self.state.replace(state.text().to_owned());
            self.app.write(state.prefixed("  "));
        }
        // They are in the transcript already.
        self.session.events();
    }
}

fn remove(callbacks: &mut abi::Callbacks, missing: Missing) {
    match missing {
        Missing::OnCtrlRecv => callbacks.on_ctrl_recv = None,
        Missing::OnDataChunkRecv => callbacks.on_data_chunk_recv = None,
        Missing::OnDataRecv => callbacks.on_data_recv = None,
        Missing::BeforeCtrlSend => callbacks.before_ctrl_send = None,
        Missing::OnDataSend => callbacks.on_data_send = None,
        Missing::OnRequestRecv => callbacks.on_request_recv = None,
        Missing::OnParseError => callbacks.on_ctrl_recv_parse_error = None,
    }
}
