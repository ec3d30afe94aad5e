//! Drives the inbound stepper: each event becomes a callback, with nothing borrowed while it runs.

use std::os::raw::c_int;

use super::codes::Code;
use super::enums::FrameType;
use super::error::{SPDYLAY_ERR_CALLBACK_FAILURE, SPDYLAY_ERR_EOF, SPDYLAY_ERR_WOULDBLOCK};
use super::handle::Handle;
use super::types::spdylay_session;
use super::view::{show, Empty};
use crate::session::event::RecvEvent;
use crate::session::status;

/// How much is read at a time, bytes.
const READ_BUFFER: usize = 16384;

/// Processes all of `input`.
pub(super) fn process(
    handle: &Handle,
    session: *mut spdylay_session,
    input: &[u8],
) -> Result<(), c_int> {
    let mut rest = input;
    loop {
        // The event is looked at where it was made: it is large, and this runs for every piece of DATA.
        let mut step = handle.with(|core| core.recv_step(&mut rest));
        match &mut step {
            Ok(Some(event)) => report(handle, session, event),
            Ok(None) => return Ok(()),
            Err(error) => return Err(error.code()),
        }
        handle.check()?;
        if let Ok(Some(RecvEvent::CtrlRecv(frame))) = step {
            handle.with(|core| core.recycle(frame));
        }
    }
}

/// Reads through the application's callback until there is nothing more.
pub(super) fn receive(handle: &Handle, session: *mut spdylay_session) -> Result<(), c_int> {
    let mut buffer = [0u8; READ_BUFFER];
    loop {
        let Some(recv) = handle.callbacks.recv_callback else {
            return Err(SPDYLAY_ERR_CALLBACK_FAILURE);
        };
        // SAFETY: the application's function, called as the header says; the buffer outlives the call.
        let count = unsafe {
            recv(
                session,
                buffer.as_mut_ptr(),
                buffer.len(),
                0,
                handle.user_data,
            )
        };
        handle.check()?;
        match usize::try_from(count) {
            Ok(0) => return Ok(()),
            Ok(count) if count <= buffer.len() => process(handle, session, &buffer[..count])?,
            Err(_) if count == SPDYLAY_ERR_WOULDBLOCK as isize => return Ok(()),
            Err(_) if count == SPDYLAY_ERR_EOF as isize => return Err(SPDYLAY_ERR_EOF),
            _ => return Err(SPDYLAY_ERR_CALLBACK_FAILURE),
        }
    }
}

// SAFETY: (for all blocks in here) the callbacks are the application's functions, called as the header says: the
// pointers lead into memory that this function owns or the caller's input, which outlive the call.
fn report(handle: &Handle, session: *mut spdylay_session, event: &mut RecvEvent<'_>) {
    let callbacks = &handle.callbacks;
    let user_data = handle.user_data;
    match event {
        RecvEvent::CtrlRecv(frame) => {
            if let Some(callback) = callbacks.on_ctrl_recv_callback {
                show(handle, frame, Empty::Array, |kind, view| {
                    // SAFETY: see above.
                    unsafe { callback(session, kind, view, user_data) }
                });
            }
        }
        RecvEvent::InvalidCtrlRecv { frame, status } => {
            if let Some(callback) = callbacks.on_invalid_ctrl_recv_callback {
                let status = *status;
                let empty = match status {
                    status::FRAME_TOO_LARGE => Empty::Null,
                    _ => Empty::Array,
                };
                show(handle, frame, empty, |kind, view| {
                    // SAFETY: see above.
                    unsafe { callback(session, kind, view, status, user_data) }
                });
            }
        }
        RecvEvent::DataChunkRecv {
            flags,
            stream_id,
            data,
        } => {
            if let Some(callback) = callbacks.on_data_chunk_recv_callback {
                // SAFETY: see above.
                unsafe {
                    callback(
                        session,
                        *flags,
                        *stream_id,
                        data.as_ptr(),
                        data.len(),
                        user_data,
                    )
                }
            }
        }
        RecvEvent::DataRecv {
            flags,
            stream_id,
            length,
        } => {
            if let Some(callback) = callbacks.on_data_recv_callback {
                // SAFETY: see above.
                unsafe { callback(session, *flags, *stream_id, *length as i32, user_data) }
            }
        }
        RecvEvent::RequestRecv { stream_id } => {
            if let Some(callback) = callbacks.on_request_recv_callback {
                // SAFETY: see above.
                unsafe { callback(session, *stream_id, user_data) }
            }
        }
        RecvEvent::StreamRemoteClose { stream_id } => {
            if let Some(callback) = handle.on_stream_remote_close.get() {
                // SAFETY: see above.
                unsafe { callback(session, *stream_id, user_data) }
            }
        }
        RecvEvent::StreamClose { stream_id, status } => {
            if let Some(callback) = callbacks.on_stream_close_callback {
                // SAFETY: see above.
                unsafe { callback(session, *stream_id, *status, user_data) }
            }
        }
        RecvEvent::ParseError {
            kind,
            head,
            payload,
            error,
        } => {
            if let Some(callback) = callbacks.on_ctrl_recv_parse_error_callback {
                let (head, kind) = (head.as_slice(), FrameType::from(*kind));
                let code = error.code();
                // SAFETY: see above.
                unsafe {
                    callback(
                        session,
                        kind,
                        head.as_ptr(),
                        head.len(),
                        payload.as_ptr(),
                        payload.len(),
                        code,
                        user_data,
                    )
                }
            }
        }
        RecvEvent::UnknownCtrlRecv { head, payload } => {
            if let Some(callback) = callbacks.on_unknown_ctrl_recv_callback {
                let head = head.as_slice();
                // SAFETY: see above.
                unsafe {
                    callback(
                        session,
                        head.as_ptr(),
                        head.len(),
                        payload.as_ptr(),
                        payload.len(),
                        user_data,
                    )
                }
            }
        }
    }
}
