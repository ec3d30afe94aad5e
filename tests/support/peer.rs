//! A session of the library under test, driven through its C ABI.
//!
//! ```text
//! let client = Session::client(V3);
//! client.submit_request(0, &[(":method", "GET")], None, 7);
//! assert_eq!(client.send(), 0);
//! assert_eq!(client.sent_lines(), ["SYN_STREAM v3 flags=1 stream=1 ..."]);   // the wire
//! assert_eq!(client.names(), ["before_ctrl_send SYN_STREAM", ...]);          // the callbacks
//! ```
//!
//! * Every callback appends an [`Event`]; `events`, `transcript` (full lines) and `names` (short)
//!   drain them. I/O callbacks are left out unless `record_io(true)`.
//! * `sent` and `sent_lines` drain the frames written (or got by `mem_send`) since the last call, decoded by the tests'
//!   own parser; `take_output` drains the raw bytes. The two are independent.
//! * `feed` receives bytes (see [`super::wire::Writer`]); `pump` joins two sessions.
//! * `script_send`, `always_send`, `script_recv` and `provider` script the transport and bodies; `send_by` decides about
//!   each piece offered.
//! * `on` runs a closure inside every callback whose transcript line starts with a prefix; the
//!   closure may call anything on the session.
//! * The functions of the header are methods, see [`super::calls`].
//! * The session is freed on drop.

#![allow(unsafe_code)]

use super::abi;
use super::api::{api, Api};
use super::callbacks;
use super::event::Event;
use super::script::{Read, ReadScript, Recv, RecvScript, Send};
use super::wire;
use std::any::Any;
use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::panic::resume_unwind;
use std::ptr;
use std::rc::Rc;

pub use super::abi::DataProvider;

/// A protocol version as session creation takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version(pub u16);

pub const V2: Version = Version(2);
pub const V3: Version = Version(3);
pub const V3_1: Version = Version(4);
pub const ALL_VERSIONS: [Version; 3] = [V2, V3, V3_1];

impl Version {
    /// The version number in control frame heads.
    pub fn wire(self) -> u16 {
        self.0.min(3)
    }

    /// The number of the lowest priority.
    pub fn lowest_priority(self) -> u8 {
        if self == V2 {
            3
        } else {
            7
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// I/O callbacks that one call of the library may make before it counts as an endless loop.
const MOST_IO_CALLS: u32 = 1_000_000;

type Action = dyn FnMut(&Session, &Event);
type Transport = dyn FnMut(&[u8]) -> Send;

struct Hook {
    prefix: String,
    action: RefCell<Box<Action>>,
}

/// See the module documentation.
pub struct Session {
    api: &'static Api,
    raw: Cell<*mut abi::Session>,
    version: Version,
    events: RefCell<Vec<Event>>,
    records_io: Cell<bool>,
    output: RefCell<Vec<u8>>,
    reader: RefCell<wire::Reader>,
    send_script: RefCell<VecDeque<Send>>,
    send_default: Cell<Send>,
    transport: RefCell<Option<Box<Transport>>>,
    recv_script: RefCell<RecvScript>,
    providers: RefCell<Vec<ReadScript>>,
    hooks: RefCell<Vec<Rc<Hook>>>,
    call_depth: Cell<usize>,
    io_calls: Cell<u32>,
    panic: RefCell<Option<Box<dyn Any + std::marker::Send>>>,
}

/// Creation, transcript, scripts.
impl Session {
    pub fn client(version: Version) -> Rc<Session> {
        Session::new(Role::Client, version)
    }

    pub fn server(version: Version) -> Rc<Session> {
        Session::new(Role::Server, version)
    }

    pub fn new(role: Role, version: Version) -> Rc<Session> {
        Session::with_callbacks(role, version, |_| {})
    }

    /// A session with some callbacks taken away or replaced by `change`.
    pub fn with_callbacks(
        role: Role,
        version: Version,
        change: impl FnOnce(&mut abi::Callbacks),
    ) -> Rc<Session> {
        Session::of(api(), role, version, change)
    }

    /// The same, of a library that need not be the one under test.
    pub fn of(
        api: &'static Api,
        role: Role,
        version: Version,
        change: impl FnOnce(&mut abi::Callbacks),
    ) -> Rc<Session> {
        let mut callbacks = callbacks::all();
        change(&mut callbacks);
        Session::create(api, role, version, Some(&callbacks)).expect("a new session")
    }

    /// The bare creation call; `None` passes a NULL callbacks struct. Also checks that the out
    /// pointer is written on success only.
    pub fn try_new(
        role: Role,
        version: Version,
        callbacks: Option<&abi::Callbacks>,
    ) -> Result<Rc<Session>, i32> {
        Session::create(api(), role, version, callbacks)
    }

    /// The same, of a library that need not be the one under test.
    pub fn create(
        api: &'static Api,
        role: Role,
        version: Version,
        callbacks: Option<&abi::Callbacks>,
    ) -> Result<Rc<Session>, i32> {
        let session = Rc::new(Session {
            api,
            raw: Cell::new(ptr::null_mut()),
            version,
            events: RefCell::default(),
            records_io: Cell::new(false),
            output: RefCell::default(),
            reader: RefCell::new(wire::Reader::new(version)),
            send_script: RefCell::default(),
            send_default: Cell::new(Send::All),
            transport: RefCell::new(None),
            recv_script: RefCell::default(),
            providers: RefCell::default(),
            hooks: RefCell::default(),
            call_depth: Cell::new(0),
            io_calls: Cell::new(0),
            panic: RefCell::new(None),
        });
        let create = match role {
            Role::Client => api.session_client_new,
            Role::Server => api.session_server_new,
        };
        let untouched = ptr::dangling_mut::<abi::Session>();
        let mut raw = untouched;
        let callbacks = callbacks.map_or(ptr::null(), ptr::from_ref);
        let user_data = Rc::as_ptr(&session).cast_mut().cast();
        // SAFETY: the struct is copied during the call; user_data outlives the C session.
        let result = unsafe { create(&mut raw, version.0, callbacks, user_data) };
        if result != 0 {
            assert_eq!(raw, untouched, "the out pointer after a failure");
            return Err(result);
        }
        assert!(raw != untouched && !raw.is_null(), "the out pointer");
        session.raw.set(raw);
        Ok(session)
    }

    /// Frees the C session at once, also from inside a callback.
    pub fn delete(&self) {
        let raw = self.raw.replace(ptr::null_mut());
        // SAFETY: the pointer came from creation and is forgotten here.
        unsafe { (self.api.session_del)(raw) };
        self.raise_kept_panic();
    }

    pub fn api(&self) -> &'static Api {
        self.api
    }

    pub fn version(&self) -> Version {
        self.version
    }

    /// For calls that have no wrapper; NULL after `delete`.
    pub fn raw(&self) -> *mut abi::Session {
        self.raw.get()
    }

    /// Drains the callbacks seen so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.take()
    }

    /// Drains the callbacks seen so far, as lines with all arguments.
    pub fn transcript(&self) -> Vec<String> {
        self.events().iter().map(Event::to_string).collect()
    }

    /// Drains the callbacks seen so far, as names with frame types.
    pub fn names(&self) -> Vec<String> {
        self.events().iter().map(Event::name).collect()
    }

    /// Whether the send, recv and read callbacks are recorded too.
    pub fn record_io(&self, records: bool) {
        self.records_io.set(records);
    }

    /// Drains the raw bytes accepted by `send_callback`.
    pub fn take_output(&self) -> Vec<u8> {
        self.output.take()
    }

    /// Drains the complete frames written so far.
    pub fn sent(&self) -> Vec<wire::Sent> {
        self.reader.borrow_mut().frames()
    }

    /// Drains the complete frames written so far, one line each.
    pub fn sent_lines(&self) -> Vec<String> {
        self.sent().iter().map(wire::Sent::to_string).collect()
    }

    /// Calls `send`, which must succeed, and drains what was written.
    pub fn flush(&self) -> Vec<String> {
        assert_eq!(self.send(), 0, "session_send");
        self.sent_lines()
    }

    /// Receives bytes by `mem_recv`, which must take them all.
    pub fn feed(&self, bytes: &[u8]) {
        assert_eq!(self.mem_recv(bytes), bytes.len() as isize, "mem_recv");
    }

    /// The next answers of `send_callback`.
    pub fn script_send(&self, steps: impl IntoIterator<Item = Send>) {
        self.send_script.borrow_mut().extend(steps);
    }

    /// What `send_callback` answers when its script has run out; at first `Send::All`.
    pub fn always_send(&self, step: Send) {
        self.send_default.set(step);
    }

    /// Lets `decide` answer `send_callback` when its script has run out.
    pub fn send_by(&self, decide: impl FnMut(&[u8]) -> Send + 'static) {
        *self.transport.borrow_mut() = Some(Box::new(decide));
    }

    /// The next answers of `recv_callback`.
    pub fn script_recv(&self, steps: impl IntoIterator<Item = Recv>) {
        self.recv_script.borrow_mut().extend(steps);
    }

    /// A data provider that plays these steps; valid for this session only.
    pub fn provider(&self, steps: impl IntoIterator<Item = Read>) -> DataProvider {
        let mut providers = self.providers.borrow_mut();
        providers.push(ReadScript::new(steps));
        callbacks::provider(providers.len() - 1)
    }

    /// A data provider of `length` bytes.
    pub fn provider_of(&self, length: usize) -> DataProvider {
        self.provider([Read::Last(vec![b'x'; length])])
    }

    /// Adds steps to the provider made as number `index` (from 0) of this session.
    pub fn extend_provider(&self, index: usize, steps: impl IntoIterator<Item = Read>) {
        self.providers.borrow_mut()[index].extend(steps);
    }

    /// Runs `action` inside every callback whose transcript line starts with `prefix`. A callback
    /// that happens while the same action is running does not start it again.
    pub fn on(&self, prefix: &str, action: impl FnMut(&Session, &Event) + 'static) {
        self.hooks.borrow_mut().push(Rc::new(Hook {
            prefix: prefix.to_owned(),
            action: RefCell::new(Box::new(action)),
        }));
    }
}

/// What the C callbacks call.
impl Session {
    pub(super) fn assert_is(&self, raw: *mut abi::Session) {
        assert_eq!(raw, self.raw.get(), "the session argument of a callback");
    }

    pub(super) fn keep_panic(&self, panic: Box<dyn Any + std::marker::Send>) {
        self.panic.borrow_mut().get_or_insert(panic);
    }

    pub(super) fn emit(&self, event: Event) {
        if event.is_io() {
            self.io_calls.set(self.io_calls.get() + 1);
            assert!(self.io_calls.get() < MOST_IO_CALLS, "an endless loop");
        }
        if !event.is_io() || self.records_io.get() {
            self.events.borrow_mut().push(event.clone());
        }
        let hooks = self.hooks.borrow().clone();
        if hooks.is_empty() {
            return;
        }
        let line = OnceCell::new();
        for hook in hooks {
            let is_meant = hook.prefix.is_empty()
                || line
                    .get_or_init(|| event.to_string())
                    .starts_with(&hook.prefix);
            if !is_meant {
                continue;
            }
            if let Ok(mut action) = hook.action.try_borrow_mut() {
                action(self, &event);
            }
        }
    }

    pub(super) fn answer_send(&self, data: &[u8]) -> isize {
        let step = self.send_script.borrow_mut().pop_front();
        let decide = || match self.transport.borrow_mut().as_mut() {
            Some(transport) => transport(data),
            None => self.send_default.get(),
        };
        let (taken, result) = match step.unwrap_or_else(decide) {
            Send::All => (data.len(), data.len() as isize),
            Send::Upto(most) => {
                let taken = most.min(data.len());
                (taken, taken as isize)
            }
            Send::Returns(result) => (0, result as isize),
            Send::Overrun(excess) => (0, (data.len() + excess) as isize),
        };
        self.write(&data[..taken]);
        self.emit(Event::Send {
            length: data.len(),
            result,
        });
        result
    }

    /// Takes bytes to be sent.
    pub(super) fn write(&self, data: &[u8]) {
        self.output.borrow_mut().extend(data);
        self.reader.borrow_mut().push(data);
    }

    pub(super) fn answer_recv(&self, room: &mut [u8]) -> isize {
        let result = self.recv_script.borrow_mut().recv(room);
        self.emit(Event::Recv {
            length: room.len(),
            result,
        });
        result
    }

    pub(super) fn answer_read(
        &self,
        stream_id: i32,
        provider: usize,
        room: &mut [u8],
    ) -> (isize, bool) {
        let (result, eof) = self.providers.borrow_mut()[provider].read(room);
        self.emit(Event::Read {
            stream_id,
            length: room.len(),
            result,
            eof,
        });
        (result, eof)
    }

    fn raise_kept_panic(&self) {
        if self.call_depth.get() == 0 {
            if let Some(panic) = self.panic.take() {
                resume_unwind(panic);
            }
        }
    }

    pub(super) fn call<R>(&self, function: impl FnOnce(*mut abi::Session) -> R) -> R {
        if self.call_depth.get() == 0 {
            self.io_calls.set(0);
        }
        self.call_depth.set(self.call_depth.get() + 1);
        let result = function(self.raw.get());
        self.call_depth.set(self.call_depth.get() - 1);
        self.raise_kept_panic();
        result
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        let raw = self.raw.replace(ptr::null_mut());
        if !raw.is_null() {
            // SAFETY: the pointer came from creation and was not deleted before.
            unsafe { (self.api.session_del)(raw) };
        }
    }
}

/// Carries bytes between two sessions until both are silent.
pub fn pump(a: &Session, b: &Session) {
    // Far more rounds than any exchange of the tests takes.
    for _ in 0..10_000 {
        assert_eq!(a.send(), 0, "session_send");
        assert_eq!(b.send(), 0, "session_send");
        let (from_a, from_b) = (a.take_output(), b.take_output());
        if from_a.is_empty() && from_b.is_empty() {
            return;
        }
        b.feed(&from_a);
        a.feed(&from_b);
    }
    panic!("two sessions that never come to rest");
}
