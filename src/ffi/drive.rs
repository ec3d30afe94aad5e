//! Moving a session forward: bytes in, bytes out, and what the two wait for.

use std::os::raw::c_int;
use std::ptr;

use libc::ssize_t;

use super::boundary::slice_from_c;
use super::codes::{result_code, Code};
use super::error::SPDYLAY_ERR_INVALID_ARGUMENT;
use super::handle::{with_core, with_driver, Direction};
use super::recv_driver::{process, receive};
use super::send_driver::{mem_send, send};
use super::types::spdylay_session;

/// Sends queued frames until none is left that may be sent, or the transport
/// takes no more.
///
/// Frames go out through #spdylay_send_callback in the order of their
/// priority; PING and SETTINGS come first, and streams of equal priority take
/// turns frame by frame. For a control frame the order of callbacks is
/// #spdylay_before_ctrl_send_callback, #spdylay_send_callback once or several
/// times, #spdylay_on_ctrl_send_callback; or #spdylay_on_ctrl_not_send_callback
/// alone if it may not be sent. For a DATA frame it is
/// #spdylay_data_source_read_callback, #spdylay_send_callback,
/// #spdylay_on_data_send_callback. #spdylay_on_stream_close_callback follows
/// when that ended the stream.
///
/// Call it when the transport is ready and spdylay_session_want_write() says
/// so. It must not be called while it runs already on the same session; from
/// inside spdylay_session_recv() and spdylay_session_mem_recv() it may.
///
/// @param session  the session
///
/// @return 0, also when #spdylay_send_callback returned
///         #SPDYLAY_ERR_WOULDBLOCK. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_INVALID_STATE: called from inside itself, or a
///           callback has deleted the session
///         - #SPDYLAY_ERR_CALLBACK_FAILURE: #spdylay_send_callback or
///           #spdylay_data_source_read_callback failed, or the former is
///           needed and NULL. A frame partly sent is kept: the call may be
///           repeated
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_send(session: *mut spdylay_session) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe { with_driver(session, Direction::Send, |handle| send(handle, session)) })
}

/// Gets the next bytes to send: spdylay_session_send() for applications that
/// do their own writing. Not in libspdylay 1.4.
///
/// It goes the same way as spdylay_session_send(), with the same callbacks,
/// and where that would call #spdylay_send_callback it returns the bytes. They
/// are one frame, or the rest of one that spdylay_session_send() has sent a
/// part of. To collect more for one write, copy them and call again:
///
/// @code
/// while (room_in(buffer) &&
///        (length = spdylay_session_mem_send(session, &data)) > 0) {
///   append(buffer, data, (size_t)length);
/// }
/// @endcode
///
/// The bytes are handed out once: the application has to keep those that its
/// transport does not take at once. They count as written with the next call
/// of this function or of spdylay_session_send(), which then begins with
/// #spdylay_on_ctrl_send_callback or #spdylay_on_data_send_callback for them,
/// and #spdylay_on_stream_close_callback if that ended the stream. Until then
/// spdylay_session_want_write() is 1; so there is one more call to make after
/// the last bytes, which returns 0. What the peer answers may be processed
/// before that call.
///
/// It must not be called while it or spdylay_session_send() runs already on
/// the same session; from inside spdylay_session_recv() and
/// spdylay_session_mem_recv() it may.
///
/// @param session   the session
/// @param data_ptr  where to put a pointer to the bytes, NULL if there are
///                  none. They belong to the library and live until the next
///                  call of this function, spdylay_session_send() or
///                  spdylay_session_del() on the session, also one from inside
///                  a callback
///
/// @return How many bytes there are; 0 if there is nothing to send now. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` or `data_ptr` is NULL
///         - #SPDYLAY_ERR_INVALID_STATE: called from inside itself or
///           spdylay_session_send(), or a callback has deleted the session
///         - #SPDYLAY_ERR_CALLBACK_FAILURE: #spdylay_data_source_read_callback
///           failed. The call may be repeated
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_mem_send(
    session: *mut spdylay_session,
    data_ptr: *mut *const u8,
) -> ssize_t {
    if data_ptr.is_null() {
        return SPDYLAY_ERR_INVALID_ARGUMENT as ssize_t;
    }
    // SAFETY: the caller passes a session of this library, as the header says.
    let result =
        unsafe { with_driver(session, Direction::Send, |handle| mem_send(handle, session)) };
    let (data, length) = match result {
        Ok((data, length)) => (data, length as ssize_t),
        Err(code) => (ptr::null(), code as ssize_t),
    };
    // SAFETY: not NULL, and writable as the header says.
    unsafe { data_ptr.write(data) };
    length
}

/// Receives frames through #spdylay_recv_callback until there is nothing more
/// to read, and processes them as spdylay_session_mem_recv() does.
///
/// It must not be called while it or spdylay_session_mem_recv() runs already
/// on the same session; from inside spdylay_session_send() it may.
///
/// @param session  the session
///
/// @return 0 when #spdylay_recv_callback returned 0 or
///         #SPDYLAY_ERR_WOULDBLOCK. Or
///         - #SPDYLAY_ERR_EOF: #spdylay_recv_callback said so
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_INVALID_STATE: called from inside itself or
///           spdylay_session_mem_recv(), or a callback has deleted the session
///         - #SPDYLAY_ERR_CALLBACK_FAILURE: #spdylay_recv_callback failed or
///           is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_recv(session: *mut spdylay_session) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_driver(session, Direction::Receive, |handle| {
            receive(handle, session)
        })
    })
}

/// Processes bytes received from the peer.
///
/// The bytes may be cut anywhere, also inside a frame; any cut gives the same
/// frames. Callbacks report what they say. For a control frame that is
/// #spdylay_on_ctrl_recv_callback, and for DATA
/// #spdylay_on_data_chunk_recv_callback for each piece and
/// #spdylay_on_data_recv_callback at the end of the frame. Then, if the frame
/// ends the peer's half of a stream it has opened, comes
/// #spdylay_on_request_recv_callback, and if it ends a stream
/// #spdylay_on_stream_close_callback.
///
/// A frame that breaks the protocol is not an error of this function: the
/// callbacks report it, and the RST_STREAM or GOAWAY that answers it is queued
/// for spdylay_session_send(). After a GOAWAY for an error, or
/// spdylay_session_fail_session(), further input is dropped.
///
/// It must not be called while it or spdylay_session_recv() runs already on
/// the same session; from inside spdylay_session_send() it may.
///
/// @param session  the session
/// @param in       the bytes; not kept after the call. May be NULL if `inlen`
///                 is 0
/// @param inlen    how many there are
///
/// @return `inlen`: all bytes were processed. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL, or `in` is NULL
///           and `inlen` is not 0
///         - #SPDYLAY_ERR_INVALID_STATE: called from inside itself or
///           spdylay_session_recv(), or a callback has deleted the session
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_mem_recv(
    session: *mut spdylay_session,
    r#in: *const u8,
    inlen: usize,
) -> ssize_t {
    // SAFETY: the caller passes a session of this library and a readable range, as the header says.
    let result = unsafe {
        slice_from_c(r#in, inlen)
            .ok_or(SPDYLAY_ERR_INVALID_ARGUMENT)
            .and_then(|input| {
                with_driver(session, Direction::Receive, |handle| {
                    process(handle, session, input)
                })
            })
    };
    match result {
        Ok(()) => inlen as ssize_t,
        Err(code) => code as ssize_t,
    }
}

/// Puts DATA back into the queue that was parked because its
/// #spdylay_data_source_read_callback returned #SPDYLAY_ERR_DEFERRED.
///
/// DATA that waits for a flow-control window needs no such call: it goes on
/// when the peer opens the window.
///
/// @param session    the session
/// @param stream_id  the stream
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: there is no such stream, it has no
///           parked DATA, its DATA waits for a window, or `session` is NULL
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_resume_data(
    session: *mut spdylay_session,
    stream_id: i32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.resume_data(stream_id).map_err(Code::code)
        })
    })
}

/// Tells whether the session wants to receive.
///
/// When this and spdylay_session_want_write() are both 0 the session is over:
/// close the connection.
///
/// @param session  the session
///
/// @return 1 if so; 0 if not, which is when the session has ended by GOAWAY
///         and no stream is left, after spdylay_session_fail_session() or
///         spdylay_session_shutdown() once its GOAWAY is sent, or if `session`
///         is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_want_read(session: *mut spdylay_session) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    unsafe { with_core(session, |core| Ok(c_int::from(core.want_read()))) }.unwrap_or(0)
}

/// Tells whether the session wants to send.
///
/// Parked DATA and a SYN_STREAM held back by the limit on streams do not
/// count: there is nothing that could be sent now. The GOAWAY of a session
/// that has failed or is shut down counts until it is sent, and bytes from
/// spdylay_session_mem_send() until the call after it.
///
/// @param session  the session
///
/// @return 1 if so; 0 if not, or if `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_want_write(session: *mut spdylay_session) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    unsafe { with_core(session, |core| Ok(c_int::from(core.want_write()))) }.unwrap_or(0)
}

/// Ends the session because of an error: queues a GOAWAY and lets the session
/// stop once it is sent.
///
/// New streams are not allowed from now on, and further input is not
/// processed. Once spdylay_session_send() has sent the GOAWAY,
/// spdylay_session_want_read() and spdylay_session_want_write() return 0, even
/// if streams are open. For an end without error use
/// spdylay_session_shutdown() or spdylay_submit_goaway(). SPDY/3 section 2.4.1.
///
/// @param session      the session
/// @param status_code  the reason, one of #spdylay_goaway_status_code. Not
///                     sent in SPDY/2
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_fail_session(
    session: *mut spdylay_session,
    status_code: u32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.fail_session(status_code);
            Ok(())
        })
    })
}

/// Ends the session gracefully: sends everything there is to send, then a
/// GOAWAY, and lets the session stop. Not in libspdylay 1.4.
///
/// From the call on no stream is opened. Own ones that wait in the queue, or
/// are submitted, fail as after a GOAWAY; those of the peer are reset with
/// #SPDYLAY_REFUSED_STREAM.
///
/// What is queued goes out, and what the application submits meanwhile. DATA
/// that is parked belongs to it: the application has to resume what is
/// deferred, or give it up with spdylay_submit_fin() or
/// spdylay_submit_rst_stream(), and the peer has to open the windows that DATA
/// waits for. spdylay_session_fail_session() ends the wait, should it take too
/// long.
///
/// When nothing is left the GOAWAY is sent, unless one was sent before. Then
/// spdylay_session_want_read() and spdylay_session_want_write() return 0, even
/// if streams are open. Those are not reported as closed.
///
/// It differs from spdylay_submit_goaway(), after which open streams go on, in
/// that the GOAWAY comes last: some peers, moby/spdystream among them, read
/// nothing that comes after it. SPDY/3 section 2.6.6.
///
/// @param session      the session
/// @param status_code  for the GOAWAY, one of #spdylay_goaway_status_code. Not
///                     sent in SPDY/2. That of the first call counts
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_shutdown(
    session: *mut spdylay_session,
    status_code: u32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.shutdown(status_code);
            Ok(())
        })
    })
}

/// Says that the application has consumed received DATA, so that its place in
/// the flow-control windows can be given back to the peer.
///
/// Needs #SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2. When the bytes consumed, and not
/// yet given back, reach half of the initial window, a WINDOW_UPDATE for them
/// is queued: for the stream, and in SPDY/3.1 for the connection, each on its
/// own. A stream that is closed already is no error: the bytes still count
/// for the connection. SPDY/3 section 2.6.8.
///
/// @param session    the session
/// @param stream_id  the stream the data came on
/// @param size       how many bytes; what exceeds the bytes received and not
///                   yet consumed is ignored
///
/// @return 0, always in SPDY/2, which has no flow control. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `stream_id` is 0, or `session` is
///           NULL
///         - #SPDYLAY_ERR_INVALID_STATE: the option is off
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_consume(
    session: *mut spdylay_session,
    stream_id: i32,
    size: usize,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.consume(stream_id, size).map_err(Code::code)
        })
    })
}
