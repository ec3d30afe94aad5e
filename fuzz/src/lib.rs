//! What the fuzz targets share: a session of the C API that checks itself.

mod callbacks;

use spdylay::ffi::drive::{spdylay_session_mem_recv, spdylay_session_send};
use spdylay::ffi::options::spdylay_session_set_option;
use spdylay::ffi::session::{
    spdylay_session_client_new, spdylay_session_del, spdylay_session_server_new,
};
use spdylay::ffi::submit::spdylay_submit_request;
use spdylay::ffi::types::{spdylay_data_provider, spdylay_data_source, spdylay_session};
use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::ffi::{c_char, c_int};
use std::ptr;
use std::rc::Rc;

pub type RawSession = spdylay_session;

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Client,
    Server,
}

/// SPDYLAY_PROTO_SPDY2 and so on, from any byte.
pub fn version(byte: u8) -> u16 {
    2 + u16::from(byte % 3)
}

type Hook = dyn Fn(&Session);

/// A session, what it has written, and what has to hold for it.
pub struct Session {
    pub raw: Cell<*mut RawSession>,
    output: RefCell<Vec<u8>>,
    ended: RefCell<HashSet<i32>>,
    has_parse_error: Cell<bool>,
    hook: RefCell<Option<Rc<Hook>>>,
}

impl Session {
    pub fn new(role: Role, version: u16) -> Box<Session> {
        let session = Box::new(Session {
            raw: Cell::new(ptr::null_mut()),
            output: RefCell::default(),
            ended: RefCell::default(),
            has_parse_error: Cell::new(false),
            hook: RefCell::new(None),
        });
        let callbacks = callbacks::all();
        let create = match role {
            Role::Client => spdylay_session_client_new,
            Role::Server => spdylay_session_server_new,
        };
        let mut raw = ptr::null_mut();
        let user_data = ptr::from_ref(&*session).cast_mut().cast();
        // SAFETY: all pointers are valid, and the box outlives the session in it.
        assert_eq!(
            unsafe { create(&mut raw, version, &callbacks, user_data) },
            0
        );
        session.raw.set(raw);
        session
    }

    /// Runs `hook` in every callback that reports something.
    pub fn on_callback(&self, hook: impl Fn(&Session) + 'static) {
        *self.hook.borrow_mut() = Some(Rc::new(hook));
    }

    pub fn send(&self) {
        // SAFETY: the session is live.
        let result = unsafe { spdylay_session_send(self.raw.get()) };
        assert_eq!(result, 0, "spdylay_session_send");
    }

    pub fn receive(&self, bytes: &[u8]) {
        // SAFETY: the session is live.
        let result =
            unsafe { spdylay_session_mem_recv(self.raw.get(), bytes.as_ptr(), bytes.len()) };
        assert_eq!(result, bytes.len() as isize, "spdylay_session_mem_recv");
    }

    pub fn set_option(&self, option: c_int, mut value: u32) {
        let pointer = (&raw mut value).cast();
        // SAFETY: every option has a value of four bytes.
        unsafe { spdylay_session_set_option(self.raw.get(), option, pointer, 4) };
    }

    pub fn take_output(&self) -> Vec<u8> {
        self.output.take()
    }

    fn reported(&self) {
        let hook = self.hook.borrow().clone();
        if let Some(hook) = hook {
            hook(self);
        }
    }

    fn assert_open(&self, stream_id: i32) {
        assert!(
            !self.ended.borrow().contains(&stream_id),
            "a stream that has ended"
        );
        assert!(!self.has_parse_error.get(), "a session that has failed");
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        // SAFETY: the session is live, or NULL.
        unsafe { spdylay_session_del(self.raw.get()) };
    }
}

/// A body of this many bytes.
pub fn body(length: u16) -> spdylay_data_provider {
    spdylay_data_provider {
        source: spdylay_data_source { fd: length.into() },
        read_callback: Some(callbacks::read),
    }
}

struct Pairs([*const c_char; 5]);

// SAFETY: they point at constants.
unsafe impl Sync for Pairs {}

static PAIRS: Pairs = Pairs([
    c":path".as_ptr(),
    c"/".as_ptr(),
    c"name".as_ptr(),
    c"value".as_ptr(),
    ptr::null(),
]);

/// Some name/value pairs, as the submit functions take them.
pub fn pairs() -> *mut *const c_char {
    PAIRS.0.as_ptr().cast_mut()
}

/// The bodies of the recv_server and recv_client targets. The first three bytes say how, the others are the input.
pub fn receive_anything(role: Role, data: &[u8]) {
    let [version_byte, mode, piece, input @ ..] = data else {
        return;
    };
    let session = Session::new(role, version(*version_byte));
    for option in [1, 3] {
        session.set_option(option, (mode & option as u8).into());
    }
    if mode & 4 != 0 {
        session.set_option(2, 8192);
    }
    session.set_option(101, (mode >> 3 & 1).into());
    session.set_option(103, (mode >> 4 & 1).into());
    if role == Role::Client {
        for _ in 0..4 {
            let body = body(1000);
            // SAFETY: all pointers are valid.
            unsafe {
                spdylay_submit_request(session.raw.get(), 0, pairs(), &body, ptr::null_mut())
            };
        }
        session.send();
    }
    let size = match piece {
        0 => usize::MAX,
        _ => usize::from(*piece),
    };
    for piece in input.chunks(size) {
        session.receive(piece);
        session.send();
    }
}
