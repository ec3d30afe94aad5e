//! Drives the inbound stepper: each event becomes a callback, with nothing borrowed while it runs.

use std::os::raw::c_int;

use super::codes::Code;
use super::enums::FrameType;
use super::error::{SPDYLAY_ERR_CALLBACK_FAILURE, SPDYLAY_ERR_EOF, SPDYLAY_ERR_WOULDBLOCK};
use super::handle::Handle;
use super::types::spdylay_session;
use super::view::{show, Empty};
use crate::error::Fatal;
use crate::frame::Frame;
use crate::session::event::RecvEvent;
use crate::session::status;

/// How much is read at a time, bytes.
const READ_BUFFER: usize = 16384;

/// Processes `input`, behind what was kept of input before; returns how much of it was taken, which is all unless
/// receiving is paused.
pub(super) fn process(
    handle: &Handle,
    session: *mut spdylay_session,
    input: &[u8],
) -> Result<usize, c_int> {
    if !input.is_empty() {
        handle.keep_alive.bytes_received();
    }
    if process_kept(handle, session)? {
        take(handle, session, input)
    } else {
        Ok(0)
    }
}

/// Processes what is kept of input that came before receiving was paused; true if there is nothing left of it.
fn process_kept(handle: &Handle, session: *mut spdylay_session) -> Result<bool, c_int> {
    let mut kept = handle.take_input();
    if !kept.is_empty() {
        let taken = take(handle, session, &kept)?;
        kept.drain(..taken);
    }
    let is_empty = kept.is_empty();
    if !is_empty {
        handle.keep_input(kept);
    }
    Ok(is_empty)
}

/// Processes input until it is used up or receiving is paused; returns how much of it was taken.
///
/// Even then, all is reported that follows from the bytes taken before: an application that has no more bytes to give
/// when it resumes has missed nothing.
fn take(handle: &Handle, session: *mut spdylay_session, input: &[u8]) -> Result<usize, c_int> {
    let mut rest = input;
    loop {
        let mut nothing: &[u8] = &[];
        let input_now = if handle.is_recv_paused.get() {
            &mut nothing
        } else {
            &mut rest
        };
        // The event is looked at where it was made: it is large, and this runs for every piece of DATA.
        let mut step = handle.with(|core| core.recv_step(input_now));
        match &mut step {
            Ok(Some(event)) => report(handle, session, event),
            Ok(None) => return Ok(input.len() - rest.len()),
            Err(error) => return Err(error.code()),
        }
        handle.check()?;
        if let Ok(Some(RecvEvent::CtrlRecv(frame))) = step {
            handle.with(|core| core.recycle(frame));
        }
    }
}

/// Reads through the application's callback until there is nothing more, or receiving is paused.
pub(super) fn receive(handle: &Handle, session: *mut spdylay_session) -> Result<(), c_int> {
    let mut buffer = [0u8; READ_BUFFER];
    while process_kept(handle, session)? && !handle.is_recv_paused.get() {
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
            Ok(count) if count <= buffer.len() => {
                handle.keep_alive.bytes_received();
                let taken = take(handle, session, &buffer[..count])?;
                keep(handle, &buffer[taken..count])?;
            }
            Err(_) if count == SPDYLAY_ERR_WOULDBLOCK as isize => return Ok(()),
            Err(_) if count == SPDYLAY_ERR_EOF as isize => return Err(SPDYLAY_ERR_EOF),
            _ => return Err(SPDYLAY_ERR_CALLBACK_FAILURE),
        }
    }
    Ok(())
}

/// Keeps input for when receiving is resumed.
fn keep(handle: &Handle, input: &[u8]) -> Result<(), c_int> {
    if !input.is_empty() {
        let mut kept = Vec::new();
        kept.try_reserve_exact(input.len())
            .map_err(|_| Fatal::NoMemory.code())?;
        kept.extend_from_slice(input);
        handle.keep_input(kept);
    }
    Ok(())
}

// SAFETY: (for all blocks in here) the callbacks are the application's functions, called as the header says: the
// pointers lead into memory that this function owns or the caller's input, which outlive the call.
fn report(handle: &Handle, session: *mut spdylay_session, event: &mut RecvEvent<'_>) {
    let callbacks = &handle.callbacks;
    let user_data = handle.user_data;
    match event {
        RecvEvent::CtrlRecv(frame) => {
            if let Frame::Ping(ping) = frame {
                handle.keep_alive.ping_received(ping.id);
            }
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
