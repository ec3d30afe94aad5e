//! Drives the outbound stepper: each event becomes a callback, with nothing borrowed while it runs.

use std::os::raw::c_int;
use std::ptr;

use super::codes::Code;
use super::enums::FrameType;
use super::error::{
    SPDYLAY_ERR_CALLBACK_FAILURE, SPDYLAY_ERR_DEFERRED, SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE,
    SPDYLAY_ERR_WOULDBLOCK,
};
use super::handle::Handle;
use super::types::{spdylay_frame, spdylay_session};
use super::view::{show, Empty};
use crate::session::event::{ReadOutcome, SendEvent};

/// How often in a row `send_callback` may take nothing before that counts as "would block".
const MAX_IDLE_WRITES: u32 = 1000;

/// What a write led to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Written {
    Some,
    Nothing,
    WouldBlock,
}

/// Sends until nothing is left or the transport takes no more.
pub(super) fn send(handle: &Handle, session: *mut spdylay_session) -> Result<(), c_int> {
    let mut idle_writes = 0;
    while prepare_write(handle, session)? {
        match write(handle, session)? {
            Written::Some => idle_writes = 0,
            // Compat: taking nothing is not an error, the callback is asked again; but not for ever.
            Written::Nothing if idle_writes < MAX_IDLE_WRITES => idle_writes += 1,
            Written::Nothing | Written::WouldBlock => return Ok(()),
        }
        handle.check()?;
    }
    Ok(())
}

/// The next bytes to be sent, and how many; they stay where they are until the outbound stepper runs again.
///
/// The core learns at once that they are written, so that an answer of the peer finds it prepared; what follows from
/// that is done, and reported, by the stepper's next run.
pub(super) fn mem_send(
    handle: &Handle,
    session: *mut spdylay_session,
) -> Result<(*const u8, usize), c_int> {
    if !prepare_write(handle, session)? {
        return Ok((ptr::null(), 0));
    }
    if let Some(id) = handle.with(|core| core.sending_ping()) {
        handle.keep_alive.ping_written(id);
    }
    Ok(handle.with(|core| {
        let bytes = core.output();
        let (data, length) = (bytes.as_ptr(), bytes.len());
        core.advance_output(length);
        (data, length)
    }))
}

/// Steps on to where bytes are to be written; false if there are none.
fn prepare_write(handle: &Handle, session: *mut spdylay_session) -> Result<bool, c_int> {
    loop {
        let event = match handle.with(|core| core.send_step()) {
            Ok(Some(event)) => event,
            Ok(None) => return Ok(false),
            Err(error) => return Err(error.code()),
        };
        match event {
            SendEvent::Write => return Ok(true),
            SendEvent::ReadData {
                stream_id,
                max_length,
            } => {
                read_data(handle, session, stream_id, max_length)?;
            }
            _ => report(handle, session, event),
        }
        handle.check()?;
    }
}

fn write(handle: &Handle, session: *mut spdylay_session) -> Result<Written, c_int> {
    let Some(callback) = handle.callbacks.send_callback else {
        return Err(SPDYLAY_ERR_CALLBACK_FAILURE);
    };
    let mut output = handle.with(|core| core.take_output());
    let bytes = output.remaining();
    // SAFETY: the application's function, called as the header says; `output` is held here for the call.
    let count = unsafe { callback(session, bytes.as_ptr(), bytes.len(), 0, handle.user_data) };
    let length = bytes.len();
    let result = match usize::try_from(count) {
        Ok(0) => Ok(Written::Nothing),
        Ok(count) if count <= length => {
            output.advance(count);
            Ok(Written::Some)
        }
        Err(_) if count == SPDYLAY_ERR_WOULDBLOCK as isize => Ok(Written::WouldBlock),
        _ => Err(SPDYLAY_ERR_CALLBACK_FAILURE),
    };
    let is_written = output.remaining().is_empty();
    let ping = handle.with(|core| {
        core.restore_output(output);
        core.sending_ping().filter(|_| is_written)
    });
    if let Some(id) = ping {
        handle.keep_alive.ping_written(id);
    }
    result
}

fn read_data(
    handle: &Handle,
    session: *mut spdylay_session,
    stream_id: i32,
    max_length: u32,
) -> Result<(), c_int> {
    let taken = handle.with(|core| {
        let provider = core.data_source_mut().copied()?;
        Some((provider, provider.read_callback?, core.take_output()))
    });
    let Some((mut provider, callback, mut output)) = taken else {
        handle.with(|core| core.data_read(ReadOutcome::Abandon));
        return Err(SPDYLAY_ERR_CALLBACK_FAILURE);
    };
    let mut eof: c_int = 0;
    let buffer = output.payload_mut();
    let room = buffer.len().min(max_length as usize);
    // SAFETY: the application's function, called as the header says; all pointers lead to locals of this function.
    let count = unsafe {
        callback(
            session,
            stream_id,
            buffer.as_mut_ptr(),
            room,
            &mut eof,
            &mut provider.source,
            handle.user_data,
        )
    };
    let outcome = match usize::try_from(count) {
        Ok(length) if length <= room => ReadOutcome::Data {
            length,
            eof: eof != 0,
        },
        Err(_) if count == SPDYLAY_ERR_DEFERRED as isize => ReadOutcome::Deferred,
        Err(_) if count == SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE as isize => ReadOutcome::Reset,
        _ => ReadOutcome::Abandon,
    };
    handle.with(|core| {
        core.restore_output(output);
        if let Some(source) = core.data_source_mut() {
            *source = provider;
        }
        core.data_read(outcome);
    });
    match outcome {
        ReadOutcome::Abandon => Err(SPDYLAY_ERR_CALLBACK_FAILURE),
        _ => Ok(()),
    }
}

// SAFETY: (for all blocks in here) the callbacks are the application's functions, called as the header says.
fn report(handle: &Handle, session: *mut spdylay_session, event: SendEvent) {
    let callbacks = &handle.callbacks;
    let user_data = handle.user_data;
    match event {
        SendEvent::BeforeCtrlSend => {
            if let Some(callback) = callbacks.before_ctrl_send_callback {
                show_sending(handle, |kind, view| {
                    // SAFETY: see above.
                    unsafe { callback(session, kind, view, user_data) }
                });
            }
        }
        SendEvent::CtrlSend => {
            if let Some(callback) = callbacks.on_ctrl_send_callback {
                show_sending(handle, |kind, view| {
                    // SAFETY: see above.
                    unsafe { callback(session, kind, view, user_data) }
                });
            }
        }
        SendEvent::CtrlNotSend(reason) => {
            if let Some(callback) = callbacks.on_ctrl_not_send_callback {
                show_sending(handle, |kind, view| {
                    // SAFETY: see above.
                    unsafe { callback(session, kind, view, reason.code(), user_data) }
                });
            }
        }
        SendEvent::DataSend {
            flags,
            stream_id,
            length,
        } => {
            if let Some(callback) = callbacks.on_data_send_callback {
                // SAFETY: see above.
                unsafe { callback(session, flags, stream_id, length as i32, user_data) }
            }
        }
        SendEvent::StreamClose { stream_id, status } => {
            if let Some(callback) = callbacks.on_stream_close_callback {
                // SAFETY: see above.
                unsafe { callback(session, stream_id, status, user_data) }
            }
        }
        SendEvent::Write | SendEvent::ReadData { .. } => {}
    }
}

/// Shows the control frame under way.
fn show_sending(handle: &Handle, callback: impl FnOnce(FrameType, *mut spdylay_frame)) {
    if let Some(mut frame) = handle.with(|core| core.take_sending_frame()) {
        show(handle, &mut frame, Empty::Array, callback);
        handle.with(|core| core.restore_sending_frame(frame));
    }
}
