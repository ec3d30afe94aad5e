//! Making, deleting and asking a session.

use std::os::raw::{c_int, c_void};

use super::boundary::boundary;
use super::callbacks::{spdylay_on_stream_remote_close_callback, spdylay_session_callbacks};
use super::codes::{result_code, Code};
use super::error::{SPDYLAY_ERR_FATAL, SPDYLAY_ERR_UNSUPPORTED_VERSION};
use super::handle::{delete, into_raw, with_core, with_handle, Core, Handle, UserData};
use super::memory::try_box;
use super::types::spdylay_session;
use super::version::from_c;
use crate::error::{Fatal, SubmitError};
use crate::version::Version;

/// Makes a session and writes it to `session_ptr`, which is not touched on failure.
///
/// # Safety
/// `session_ptr` is NULL or writable; `callbacks` is NULL or leads to callbacks.
unsafe fn create(
    session_ptr: *mut *mut spdylay_session,
    version: u16,
    new: fn(Version) -> Core,
    callbacks: *const spdylay_session_callbacks,
    user_data: *mut c_void,
) -> Result<(), c_int> {
    let version = from_c(version).ok_or(SPDYLAY_ERR_UNSUPPORTED_VERSION)?;
    // SAFETY: by this function's contract.
    let callbacks = unsafe { callbacks.as_ref() }.ok_or(SubmitError::InvalidArgument.code())?;
    if session_ptr.is_null() {
        return Err(SubmitError::InvalidArgument.code());
    }
    let handle = boundary(None, || {
        Some(Handle::new(new(version), *callbacks, user_data))
    })
    .ok_or(SPDYLAY_ERR_FATAL)?;
    let handle = try_box(handle).ok_or(Fatal::NoMemory.code())?;
    // SAFETY: not NULL, and writable by this function's contract.
    unsafe { session_ptr.write(into_raw(handle)) };
    Ok(())
}

/// Creates a session for the client side of a connection.
///
/// The session speaks the version that was agreed with the server, by
/// spdylay_select_next_protocol() or otherwise. Its streams get the ids 1, 3,
/// 5 and so on. Header blocks are sent without compression, so that their
/// length tells an observer nothing about secrets in them; those received
/// may be compressed.
///
/// @param session_ptr  where to put the new session; not written on failure.
///                     Free it with spdylay_session_del()
/// @param version      one of #spdylay_proto_version
/// @param callbacks    copied; the struct need not outlive the call
/// @param user_data    passed to all callbacks as their last argument; may be
///                     NULL. It belongs to the caller
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session_ptr` or `callbacks` is
///           NULL
///         - #SPDYLAY_ERR_UNSUPPORTED_VERSION: `version` is none of the three
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the library met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_client_new(
    session_ptr: *mut *mut spdylay_session,
    version: u16,
    callbacks: *const spdylay_session_callbacks,
    user_data: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes pointers as the header says.
    result_code(unsafe { create(session_ptr, version, Core::client, callbacks, user_data) })
}

/// Creates a session for the server side of a connection.
///
/// As spdylay_session_client_new(), except that its own streams (server push)
/// get the ids 2, 4, 6 and so on, and that header blocks are sent compressed.
///
/// @param session_ptr  where to put the new session; not written on failure.
///                     Free it with spdylay_session_del()
/// @param version      one of #spdylay_proto_version
/// @param callbacks    copied; the struct need not outlive the call
/// @param user_data    passed to all callbacks as their last argument; may be
///                     NULL. It belongs to the caller
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session_ptr` or `callbacks` is
///           NULL
///         - #SPDYLAY_ERR_UNSUPPORTED_VERSION: `version` is none of the three
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the library met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_server_new(
    session_ptr: *mut *mut spdylay_session,
    version: u16,
    callbacks: *const spdylay_session_callbacks,
    user_data: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes pointers as the header says.
    result_code(unsafe { create(session_ptr, version, Core::server, callbacks, user_data) })
}

/// Deletes a session with all its streams and queued frames.
///
/// No callback is called, also not for streams still open: an application that
/// keeps memory in stream user data has to free it itself. To part properly,
/// end the session with spdylay_session_shutdown(), or at once with
/// spdylay_session_fail_session(), first.
///
/// Called from inside a callback it takes effect at once for the application:
/// no further callback is made, and every other call on the session is an
/// error. The memory is freed when the outermost call on the session
/// returns.
///
/// @param session  the session, or NULL to do nothing
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_del(session: *mut spdylay_session) {
    // SAFETY: the caller passes NULL or a session of this library that it gives up, as the header says.
    unsafe { delete(session) }
}

/// Gets the user data of a stream.
///
/// A stream this side opened starts with the pointer given to
/// spdylay_submit_request() or spdylay_submit_syn_stream(), readable from
/// #spdylay_before_ctrl_send_callback on. A stream the peer opened starts with
/// NULL. It can be read up to and in #spdylay_on_stream_close_callback.
///
/// @param session    the session
/// @param stream_id  the stream
///
/// @return The pointer, or NULL if there is no such stream or `session` is
///         NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_stream_user_data(
    session: *mut spdylay_session,
    stream_id: i32,
) -> *mut c_void {
    // SAFETY: the caller passes a session of this library, as the header says.
    let user_data = unsafe {
        with_core(session, |core| {
            Ok(core.stream_user_data(stream_id).copied())
        })
    };
    user_data.ok().flatten().unwrap_or_default().0
}

/// Sets the user data of a stream, whichever side opened it.
///
/// @param session           the session
/// @param stream_id         the stream
/// @param stream_user_data  the pointer, which may be NULL. It belongs to the
///                          caller: the library neither follows nor frees it
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: there is no such stream, not yet
///           or no longer, or `session` is NULL
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_set_stream_user_data(
    session: *mut spdylay_session,
    stream_id: i32,
    stream_user_data: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let user_data = core
                .stream_user_data_mut(stream_id)
                .ok_or(SubmitError::InvalidArgument.code())?;
            *user_data = UserData(stream_user_data);
            Ok(())
        })
    })
}

/// Tells whether this side has ended its half of a stream: a frame with FIN
/// is sent, or the stream is one of the peer's that it may not send on. Not in
/// libspdylay 1.4.
///
/// The answer changes after the callback that reports the frame as sent.
///
/// @param session    the session
/// @param stream_id  the stream
///
/// @return 1 if so, 0 if not; -1 if there is no such stream, not yet or no
///         longer, or `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_stream_local_close(
    session: *mut spdylay_session,
    stream_id: i32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    let is_closed =
        unsafe { with_core(session, |core| Ok(core.is_stream_locally_closed(stream_id))) };
    is_closed.ok().flatten().map_or(-1, c_int::from)
}

/// Tells whether the peer has ended its half of a stream: a frame with FIN was
/// received, or the stream is an own one that the peer may not send on. Not in
/// libspdylay 1.4.
///
/// The answer is 1 from #spdylay_on_stream_remote_close_callback on.
///
/// @param session    the session
/// @param stream_id  the stream
///
/// @return 1 if so, 0 if not; -1 if there is no such stream, not yet or no
///         longer, or `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_stream_remote_close(
    session: *mut spdylay_session,
    stream_id: i32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    let is_closed = unsafe {
        with_core(
            session,
            |core| Ok(core.is_stream_remotely_closed(stream_id)),
        )
    };
    is_closed.ok().flatten().map_or(-1, c_int::from)
}

/// Sets the callback that reports that the peer has ended its half of a
/// stream. Not in libspdylay 1.4, whose #spdylay_session_callbacks programs
/// have compiled in and which therefore cannot grow.
///
/// @param session   the session
/// @param callback  called from now on; NULL for none, as at first
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_set_on_stream_remote_close_callback(
    session: *mut spdylay_session,
    callback: spdylay_on_stream_remote_close_callback,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_handle(session, |handle| {
            handle.on_stream_remote_close.set(callback);
            Ok(())
        })
    })
}

/// Counts the frames that wait to be sent.
///
/// The frame that is partly sent and DATA that is parked, by
/// #SPDYLAY_ERR_DEFERRED or for want of window, do not count. DATA submitted
/// in one call counts as one, whatever its length. A SYN_STREAM held back by
/// the limit on streams counts.
///
/// @param session  the session
///
/// @return The number of frames, 0 if `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_outbound_queue_size(
    session: *mut spdylay_session,
) -> usize {
    // SAFETY: the caller passes a session of this library, as the header says.
    unsafe { with_core(session, |core| Ok(core.outbound_queue_size())) }.unwrap_or(0)
}

/// Gets the number of the lowest priority. The highest is 0.
///
/// @param session  the session
///
/// @return 3 in SPDY/2, 7 in SPDY/3 and SPDY/3.1, 0 if `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_pri_lowest(session: *mut spdylay_session) -> u8 {
    // SAFETY: the caller passes a session of this library, as the header says.
    unsafe { with_core(session, |core| Ok(core.lowest_priority())) }.unwrap_or(0)
}

/// Gets the number of bytes received on a stream that no WINDOW_UPDATE has
/// been sent for yet. SPDY/3 section 2.6.8.
///
/// The payload that completes the stream's last DATA frame is not counted:
/// nothing more is to come.
///
/// @param session    the session
/// @param stream_id  the stream
///
/// @return The number of bytes, always 0 in SPDY/2; -1 if there is no such
///         stream or `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_stream_recv_data_length(
    session: *mut spdylay_session,
    stream_id: i32,
) -> i32 {
    // SAFETY: the caller passes a session of this library, as the header says.
    let length = unsafe { with_core(session, |core| Ok(core.stream_recv_data_length(stream_id))) };
    length.ok().flatten().map_or(-1, |length| length as i32)
}

/// Gets the number of bytes of DATA received on the connection that no
/// WINDOW_UPDATE has been sent for yet.
///
/// @param session  the session
///
/// @return The number of bytes, always 0 in SPDY/2 and SPDY/3, which have no
///         window for the connection; 0 if `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_recv_data_length(
    session: *mut spdylay_session,
) -> i32 {
    // SAFETY: the caller passes a session of this library, as the header says.
    unsafe { with_core(session, |core| Ok(core.recv_data_length() as i32)) }.unwrap_or(0)
}
