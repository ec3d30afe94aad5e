//! The C callbacks of a [`Session`]: each turns its arguments into an [`Event`] and reports it.
//!
//! A panic in a callback (a failed assertion in a test's hook) is kept in the session, because it
//! must not cross the C frames of the library; the wrapper of the outermost call raises it again.

#![allow(unsafe_code)]

use super::abi;
use super::event::Event;
use super::frame::{Body, Frame, Pairs};
use super::peer::Session;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;

/// All callbacks of the header, the never called ones included.
pub fn all() -> abi::Callbacks {
    abi::Callbacks {
        send: Some(send),
        recv: Some(recv),
        on_ctrl_recv: Some(on_ctrl_recv),
        on_invalid_ctrl_recv: Some(on_invalid_ctrl_recv),
        on_data_chunk_recv: Some(on_data_chunk_recv),
        on_data_recv: Some(on_data_recv),
        before_ctrl_send: Some(before_ctrl_send),
        on_ctrl_send: Some(on_ctrl_send),
        on_ctrl_not_send: Some(on_ctrl_not_send),
        on_data_send: Some(on_data_send),
        on_stream_close: Some(on_stream_close),
        on_request_recv: Some(on_request_recv),
        get_credential_proof: Some(get_credential_proof),
        get_credential_ncerts: Some(get_credential_ncerts),
        get_credential_cert: Some(get_credential_cert),
        on_ctrl_recv_parse_error: Some(on_ctrl_recv_parse_error),
        on_unknown_ctrl_recv: Some(on_unknown_ctrl_recv),
    }
}

/// A data provider that plays the session's script number `index`.
pub fn provider(index: usize) -> abi::DataProvider {
    abi::DataProvider {
        source: abi::DataSource {
            ptr: (index + 1) as *mut c_void,
        },
        read_callback: Some(read),
    }
}

/// Runs `body` with the session behind `user_data`; `on_panic` is the answer if it panics.
fn enter<R>(
    raw: *mut abi::Session,
    user_data: *mut c_void,
    on_panic: R,
    body: impl FnOnce(&Session) -> R,
) -> R {
    // SAFETY: user_data is the address of the Rc'd Session that created the C session, and the
    // C session does not outlive it.
    let session = unsafe { &*user_data.cast_const().cast::<Session>() };
    catch_unwind(AssertUnwindSafe(|| {
        session.assert_is(raw);
        body(session)
    }))
    .unwrap_or_else(|panic| {
        session.keep_panic(panic);
        on_panic
    })
}

unsafe extern "C" fn send(
    raw: *mut abi::Session,
    data: *const u8,
    length: usize,
    flags: c_int,
    user_data: *mut c_void,
) -> isize {
    enter(
        raw,
        user_data,
        abi::error::CALLBACK_FAILURE as isize,
        |session| {
            assert_eq!(flags, 0, "flags of send_callback");
            session.answer_send(bytes(data, length))
        },
    )
}

unsafe extern "C" fn recv(
    raw: *mut abi::Session,
    room: *mut u8,
    length: usize,
    flags: c_int,
    user_data: *mut c_void,
) -> isize {
    enter(
        raw,
        user_data,
        abi::error::CALLBACK_FAILURE as isize,
        |session| {
            assert_eq!(flags, 0, "flags of recv_callback");
            // SAFETY: the library hands out `length` writable bytes.
            session.answer_recv(unsafe { slice::from_raw_parts_mut(room, length) })
        },
    )
}

unsafe extern "C" fn read(
    raw: *mut abi::Session,
    stream_id: i32,
    room: *mut u8,
    length: usize,
    eof: *mut c_int,
    source: *mut abi::DataSource,
    user_data: *mut c_void,
) -> isize {
    enter(
        raw,
        user_data,
        abi::error::CALLBACK_FAILURE as isize,
        |session| {
            // SAFETY: eof and source point at an int and at the library's copy of the source.
            let (eof, source) = unsafe { (&mut *eof, (*source).ptr) };
            assert_eq!(*eof, 0, "*eof on entry");
            // SAFETY: the library hands out `length` writable bytes.
            let room = unsafe { slice::from_raw_parts_mut(room, length) };
            let (result, at_end) = session.answer_read(stream_id, source as usize - 1, room);
            *eof = c_int::from(at_end);
            result
        },
    )
}

unsafe extern "C" fn on_ctrl_recv(
    raw: *mut abi::Session,
    kind: u32,
    frame: *mut abi::Frame,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::CtrlRecv(decode(kind, frame)));
    });
}

unsafe extern "C" fn on_invalid_ctrl_recv(
    raw: *mut abi::Session,
    kind: u32,
    frame: *mut abi::Frame,
    status_code: u32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::InvalidCtrlRecv {
            frame: decode(kind, frame),
            status_code,
        });
    });
}

unsafe extern "C" fn on_data_chunk_recv(
    raw: *mut abi::Session,
    flags: u8,
    stream_id: i32,
    data: *const u8,
    length: usize,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::DataChunkRecv {
            flags,
            stream_id,
            data: bytes(data, length).to_vec(),
        });
    });
}

unsafe extern "C" fn on_data_recv(
    raw: *mut abi::Session,
    flags: u8,
    stream_id: i32,
    length: i32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::DataRecv {
            flags,
            stream_id,
            length,
        });
    });
}

unsafe extern "C" fn before_ctrl_send(
    raw: *mut abi::Session,
    kind: u32,
    frame: *mut abi::Frame,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::BeforeCtrlSend(decode(kind, frame)));
    });
}

unsafe extern "C" fn on_ctrl_send(
    raw: *mut abi::Session,
    kind: u32,
    frame: *mut abi::Frame,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::CtrlSend(decode(kind, frame)));
    });
}

unsafe extern "C" fn on_ctrl_not_send(
    raw: *mut abi::Session,
    kind: u32,
    frame: *mut abi::Frame,
    error: c_int,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::CtrlNotSend {
            frame: decode(kind, frame),
            error,
        });
    });
}

unsafe extern "C" fn on_data_send(
    raw: *mut abi::Session,
    flags: u8,
    stream_id: i32,
    length: i32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::DataSend {
            flags,
            stream_id,
            length,
        });
    });
}

unsafe extern "C" fn on_stream_close(
    raw: *mut abi::Session,
    stream_id: i32,
    status_code: u32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::StreamClose {
            stream_id,
            status_code,
        });
    });
}

unsafe extern "C" fn on_request_recv(
    raw: *mut abi::Session,
    stream_id: i32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::RequestRecv { stream_id });
    });
}

pub(super) unsafe extern "C" fn on_stream_remote_close(
    raw: *mut abi::Session,
    stream_id: i32,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::StreamRemoteClose { stream_id });
    });
}

unsafe extern "C" fn on_ctrl_recv_parse_error(
    raw: *mut abi::Session,
    kind: u32,
    head: *const u8,
    head_length: usize,
    payload: *const u8,
    payload_length: usize,
    error: c_int,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::ParseError {
            kind,
            head: bytes(head, head_length).to_vec(),
            payload: bytes(payload, payload_length).to_vec(),
            error,
        });
    });
}

unsafe extern "C" fn on_unknown_ctrl_recv(
    raw: *mut abi::Session,
    head: *const u8,
    head_length: usize,
    payload: *const u8,
    payload_length: usize,
    user_data: *mut c_void,
) {
    enter(raw, user_data, (), |session| {
        session.emit(Event::UnknownCtrlRecv {
            head: bytes(head, head_length).to_vec(),
            payload: bytes(payload, payload_length).to_vec(),
        });
    });
}

unsafe extern "C" fn get_credential_proof(
    raw: *mut abi::Session,
    _origin: *const abi::Origin,
    _proof: *mut u8,
    _length: usize,
    user_data: *mut c_void,
) -> isize {
    enter(raw, user_data, (), |session| {
        session.emit(Event::Credential)
    });
    0
}

unsafe extern "C" fn get_credential_ncerts(
    raw: *mut abi::Session,
    _origin: *const abi::Origin,
    user_data: *mut c_void,
) -> isize {
    enter(raw, user_data, (), |session| {
        session.emit(Event::Credential)
    });
    0
}

unsafe extern "C" fn get_credential_cert(
    raw: *mut abi::Session,
    _origin: *const abi::Origin,
    _index: usize,
    _cert: *mut u8,
    _length: usize,
    user_data: *mut c_void,
) -> isize {
    enter(raw, user_data, (), |session| {
        session.emit(Event::Credential)
    });
    0
}

/// Bytes that the library shows; NULL is allowed with length 0.
pub(super) fn bytes<'a>(data: *const u8, length: usize) -> &'a [u8] {
    if length == 0 {
        return &[];
    }
    assert!(!data.is_null(), "{length} bytes at NULL");
    // SAFETY: the library vouches for `length` bytes, and the caller uses them at once.
    unsafe { slice::from_raw_parts(data, length) }
}

fn decode(kind: u32, frame: *mut abi::Frame) -> Frame {
    // SAFETY: every frame starts with the common head, and the type says which member is live.
    unsafe {
        let frame = &*frame;
        let hd = frame.ctrl;
        assert_eq!(u32::from(hd.kind), kind, "type argument and hd.type");
        let body = match hd.kind {
            abi::kind::SYN_STREAM => Body::SynStream {
                stream_id: frame.syn_stream.stream_id,
                assoc_stream_id: frame.syn_stream.assoc_stream_id,
                pri: frame.syn_stream.pri,
                slot: frame.syn_stream.slot,
                nv: pairs(frame.syn_stream.nv),
            },
            abi::kind::SYN_REPLY => Body::SynReply {
                stream_id: frame.syn_reply.stream_id,
                nv: pairs(frame.syn_reply.nv),
            },
            abi::kind::HEADERS => Body::Headers {
                stream_id: frame.headers.stream_id,
                nv: pairs(frame.headers.nv),
            },
            abi::kind::RST_STREAM => Body::RstStream {
                stream_id: frame.rst_stream.stream_id,
                status_code: frame.rst_stream.status_code,
            },
            abi::kind::SETTINGS => Body::Settings(settings(frame.settings)),
            abi::kind::NOOP => Body::Noop,
            abi::kind::PING => Body::Ping(frame.ping.unique_id),
            abi::kind::GOAWAY => Body::Goaway {
                last_good_stream_id: frame.goaway.last_good_stream_id,
                status_code: frame.goaway.status_code,
            },
            abi::kind::WINDOW_UPDATE => Body::WindowUpdate {
                stream_id: frame.window_update.stream_id,
                delta: frame.window_update.delta_window_size,
            },
            kind => Body::Other { kind },
        };
        Frame {
            version: hd.version,
            flags: hd.flags,
            length: hd.length,
            body,
        }
    }
}

fn settings(settings: abi::Settings) -> Vec<(i32, u8, u32)> {
    if settings.niv == 0 {
        return Vec::new();
    }
    // SAFETY: niv entries stand at iv.
    unsafe { slice::from_raw_parts(settings.iv, settings.niv) }
        .iter()
        .map(|entry| (entry.settings_id, entry.flags, entry.value))
        .collect()
}

/// None for a NULL array.
fn pairs(mut nv: *mut *mut c_char) -> Option<Pairs> {
    if nv.is_null() {
        return None;
    }
    let mut pairs = Vec::new();
    // SAFETY: nv is name, value, ..., NULL, each a C string.
    unsafe {
        while !(*nv).is_null() {
            let value = *nv.add(1);
            assert!(!value.is_null(), "a name without value");
            pairs.push((
                CStr::from_ptr(*nv).to_bytes().to_vec(),
                CStr::from_ptr(value).to_bytes().to_vec(),
            ));
            nv = nv.add(2);
        }
    }
    Some(pairs)
}
