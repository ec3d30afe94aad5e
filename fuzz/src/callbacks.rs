//! The callbacks of a [`Session`]: they look at all they are shown, and check what has to hold.

use crate::{RawSession, Session};
use spdylay::ffi::callbacks::spdylay_session_callbacks;
use spdylay::ffi::types::{spdylay_data_source, spdylay_frame};
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr;

pub fn all() -> spdylay_session_callbacks {
    spdylay_session_callbacks {
        send_callback: Some(send),
        recv_callback: None,
        on_ctrl_recv_callback: Some(on_ctrl_recv),
        on_invalid_ctrl_recv_callback: Some(on_invalid_ctrl_recv),
        on_data_chunk_recv_callback: Some(on_data_chunk_recv),
        on_data_recv_callback: Some(on_data_recv),
        before_ctrl_send_callback: Some(on_ctrl_send),
        on_ctrl_send_callback: Some(on_ctrl_send),
        on_ctrl_not_send_callback: Some(on_ctrl_not_send),
        on_data_send_callback: Some(on_data_send),
        on_stream_close_callback: Some(on_stream_close),
        on_request_recv_callback: Some(on_request_recv),
        get_credential_proof: None,
        get_credential_ncerts: None,
        get_credential_cert: None,
        on_ctrl_recv_parse_error_callback: Some(on_ctrl_recv_parse_error),
        on_unknown_ctrl_recv_callback: Some(on_unknown_ctrl_recv),
    }
}

/// The session behind `user_data`.
fn session<'a>(user_data: *mut c_void) -> &'a Session {
    // SAFETY: it was given to the library when the session was made.
    unsafe { &*user_data.cast_const().cast() }
}

/// Reads every byte, so that AddressSanitizer sees whether it may be read.
fn look_at(data: *const u8, length: usize) {
    if length > 0 {
        // SAFETY: the library vouches for it.
        let bytes = unsafe { std::slice::from_raw_parts(data, length) };
        std::hint::black_box(bytes.iter().fold(0u8, |sum, byte| sum ^ byte));
    }
}

/// The pairs of a frame, if its type has any.
fn pairs(kind: u32, frame: *mut spdylay_frame) -> Vec<(Vec<u8>, Vec<u8>)> {
    // SAFETY: the type says which member is live; nv is name, value, ..., NULL, or NULL altogether.
    unsafe {
        let mut nv = match kind {
            1 => (*frame).syn_stream.nv,
            2 => (*frame).syn_reply.nv,
            8 => (*frame).headers.nv,
            _ => ptr::null_mut(),
        };
        let text = |string: *mut c_char| CStr::from_ptr(string).to_bytes().to_vec();
        let mut pairs = Vec::new();
        while !nv.is_null() && !(*nv).is_null() {
            pairs.push((text(*nv), text(*nv.add(1))));
            nv = nv.add(2);
        }
        pairs
    }
}

unsafe extern "C" fn send(
    _: *mut RawSession,
    data: *const u8,
    length: usize,
    _: c_int,
    user_data: *mut c_void,
) -> isize {
    // SAFETY: the library vouches for the bytes.
    let bytes = unsafe { std::slice::from_raw_parts(data, length) };
    session(user_data).output.borrow_mut().extend(bytes);
    length as isize
}

pub unsafe extern "C" fn read(
    _: *mut RawSession,
    _: i32,
    buffer: *mut u8,
    length: usize,
    eof: *mut c_int,
    source: *mut spdylay_data_source,
    user_data: *mut c_void,
) -> isize {
    session(user_data).reported();
    // SAFETY: buffer has room for `length` bytes; eof and source are valid.
    unsafe {
        let left = (*source).fd as usize;
        let count = left.min(length);
        buffer.write_bytes(b'x', count);
        (*source).fd = (left - count) as c_int;
        *eof = c_int::from(count == left);
        count as isize
    }
}

unsafe extern "C" fn on_ctrl_recv(
    _: *mut RawSession,
    kind: u32,
    frame: *mut spdylay_frame,
    user_data: *mut c_void,
) {
    let session = session(user_data);
    assert!(!session.has_parse_error.get(), "a session that has failed");
    for (name, value) in pairs(kind, frame) {
        let is_name = |byte: &u8| matches!(byte, 0x20..=0x7e) && !byte.is_ascii_uppercase();
        assert!(!name.is_empty() && name.iter().all(is_name));
        assert!(value
            .iter()
            .all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..)));
    }
    session.reported();
}

unsafe extern "C" fn on_invalid_ctrl_recv(
    _: *mut RawSession,
    kind: u32,
    frame: *mut spdylay_frame,
    _: u32,
    user_data: *mut c_void,
) {
    pairs(kind, frame);
    session(user_data).reported();
}

unsafe extern "C" fn on_data_chunk_recv(
    _: *mut RawSession,
    _: u8,
    stream_id: i32,
    data: *const u8,
    length: usize,
    user_data: *mut c_void,
) {
    session(user_data).assert_open(stream_id);
    look_at(data, length);
    session(user_data).reported();
}

unsafe extern "C" fn on_data_recv(
    _: *mut RawSession,
    _: u8,
    stream_id: i32,
    _: i32,
    user_data: *mut c_void,
) {
    session(user_data).assert_open(stream_id);
    session(user_data).reported();
}

unsafe extern "C" fn on_ctrl_send(
    _: *mut RawSession,
    kind: u32,
    frame: *mut spdylay_frame,
    user_data: *mut c_void,
) {
    pairs(kind, frame);
    session(user_data).reported();
}

unsafe extern "C" fn on_ctrl_not_send(
    _: *mut RawSession,
    kind: u32,
    frame: *mut spdylay_frame,
    _: c_int,
    user_data: *mut c_void,
) {
    pairs(kind, frame);
    session(user_data).reported();
}

unsafe extern "C" fn on_data_send(
    _: *mut RawSession,
    _: u8,
    _: i32,
    _: i32,
    user_data: *mut c_void,
) {
    session(user_data).reported();
}

unsafe extern "C" fn on_stream_close(
    _: *mut RawSession,
    stream_id: i32,
    _: u32,
    user_data: *mut c_void,
) {
    let session = session(user_data);
    assert!(
        session.ended.borrow_mut().insert(stream_id),
        "an end for the second time"
    );
    session.reported();
}

unsafe extern "C" fn on_request_recv(_: *mut RawSession, stream_id: i32, user_data: *mut c_void) {
    session(user_data).assert_open(stream_id);
    session(user_data).reported();
}

unsafe extern "C" fn on_ctrl_recv_parse_error(
    _: *mut RawSession,
    _: u32,
    head: *const u8,
    head_length: usize,
    payload: *const u8,
    payload_length: usize,
    _: c_int,
    user_data: *mut c_void,
) {
    let session = session(user_data);
    look_at(head, head_length);
    look_at(payload, payload_length);
    assert!(
        !session.has_parse_error.replace(true),
        "a second parse error"
    );
    session.reported();
}

unsafe extern "C" fn on_unknown_ctrl_recv(
    _: *mut RawSession,
    head: *const u8,
    head_length: usize,
    payload: *const u8,
    payload_length: usize,
    user_data: *mut c_void,
) {
    look_at(head, head_length);
    look_at(payload, payload_length);
    session(user_data).reported();
}
