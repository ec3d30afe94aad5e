//! Queueing frames.

use std::os::raw::{c_char, c_int, c_void};

use super::arguments::{headers, provider, settings_entries};
use super::codes::{result_code, Code};
use super::handle::{with_core, UserData};
use super::types::{spdylay_data_provider, spdylay_session, spdylay_settings_entry};
use crate::error::SubmitError;

/// Submits a request: a SYN_STREAM, followed by DATA if there is a body. For
/// clients.
///
/// The stream gets the next free id, which #spdylay_before_ctrl_send_callback
/// shows; requests are sent in the order of their ids. The DATA is queued when
/// the SYN_STREAM has been sent, and its last frame ends this half of the
/// stream. SPDY/3 sections 2.3.2 and 3.2.1.
///
/// @param session           the session
/// @param pri               priority, 0 is the highest; numbers beyond
///                          spdylay_session_get_pri_lowest() count as that
/// @param nv                the headers: name, value, name, value, and so on,
///                          ended by a NULL. The strings are copied. Names
///                          must not be empty and consist of printable ASCII
///                          characters; they are sent in lower case. Values
///                          are not checked. Equal names are sent as one
///                          header with several values, in the order given.
///                          Names are in the style of SPDY/3 in all versions;
///                          a request needs `:method`, `:path`, `:scheme`,
///                          `:version` and `:host`, which the library leaves
///                          to the application
/// @param data_prd          the body, copied. NULL, or a NULL `read_callback`,
///                          for a request without body
/// @param stream_user_data  the user data of the stream; may be NULL
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `nv` or `session` is NULL, a name
///           is empty or has other characters, a name has no value, or the
///           headers break the rules of #SPDYLAY_OPT_HTTP_RULES
///         - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers exceed 4 GiB. Those that
///           are merely too large for a frame (compressed, 2^24-1 bytes; in
///           SPDY/2 also 65535 bytes a name or value) are reported by
///           #spdylay_on_ctrl_not_send_callback when their turn comes
///         - #SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE: the ids are used up
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_request(
    session: *mut spdylay_session,
    pri: u8,
    nv: *mut *const c_char,
    data_prd: *const spdylay_data_provider,
    stream_user_data: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes a session of this library and an array that ends with NULL, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let block = headers(nv)?;
            let submitted =
                core.submit_request(pri, block, provider(data_prd), UserData(stream_user_data));
            submitted.map(drop).map_err(Code::code)
        })
    })
}

/// Submits a response: a SYN_REPLY, followed by DATA if there is a body. For
/// servers.
///
/// The DATA is queued when the SYN_REPLY has been sent, and its last frame
/// ends this half of the stream. SPDY/3 section 3.2.2.
///
/// @param session    the session
/// @param stream_id  the stream of the request. It is looked up when the frame
///                   is sent; if it is gone by then,
///                   #spdylay_on_ctrl_not_send_callback tells
/// @param nv         the headers, as for spdylay_submit_request(). A response
///                   needs `:status` and `:version`
/// @param data_prd   the body, copied. NULL, or a NULL `read_callback`, for a
///                   response without body
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `nv` or `session` is NULL, a name
///           is empty or has other characters, a name has no value, or the
///           headers break the rules of #SPDYLAY_OPT_HTTP_RULES
///         - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers exceed 4 GiB
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_response(
    session: *mut spdylay_session,
    stream_id: i32,
    nv: *mut *const c_char,
    data_prd: *const spdylay_data_provider,
) -> c_int {
    // SAFETY: the caller passes a session of this library and an array that ends with NULL, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let block = headers(nv)?;
            core.submit_response(stream_id, block, provider(data_prd))
                .map_err(Code::code)
        })
    })
}

/// Submits a SYN_STREAM: opens a stream. SPDY/3 sections 2.6.1 and 3.3.1.
///
/// For what spdylay_submit_request() does not do: server push, and streams
/// whose DATA the application submits itself with spdylay_submit_data().
///
/// @param session           the session
/// @param flags             bits of #spdylay_ctrl_flag; others are dropped
/// @param assoc_stream_id   the stream this one belongs to, for a server push
///                          the request's; 0 for none. Clients always send 0.
///                          If there is no such stream when the frame is sent,
///                          #spdylay_on_ctrl_not_send_callback tells
/// @param pri               priority, as for spdylay_submit_request()
/// @param nv                the headers, as for spdylay_submit_request()
/// @param stream_user_data  the user data of the stream; may be NULL
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `nv` or `session` is NULL, a name
///           is empty or has other characters, or a name has no value
///         - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers exceed 4 GiB
///         - #SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE: the ids are used up
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_syn_stream(
    session: *mut spdylay_session,
    flags: u8,
    assoc_stream_id: i32,
    pri: u8,
    nv: *mut *const c_char,
    stream_user_data: *mut c_void,
) -> c_int {
    // SAFETY: the caller passes a session of this library and an array that ends with NULL, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let block = headers(nv)?;
            let user_data = UserData(stream_user_data);
            let submitted = core.submit_syn_stream(flags, assoc_stream_id, pri, block, user_data);
            submitted.map(drop).map_err(Code::code)
        })
    })
}

/// Submits a SYN_REPLY: accepts a stream the peer has opened. SPDY/3 section
/// 2.6.2.
///
/// For what spdylay_submit_response() does not do: answers whose DATA the
/// application submits itself with spdylay_submit_data(). Submit that from
/// #spdylay_on_ctrl_send_callback or later: DATA that comes up before the
/// SYN_REPLY is sent is dropped.
///
/// @param session    the session
/// @param flags      #SPDYLAY_CTRL_FLAG_FIN or 0; other bits are dropped
/// @param stream_id  the stream
/// @param nv         the headers, as for spdylay_submit_request()
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `nv` or `session` is NULL, a name
///           is empty or has other characters, or a name has no value
///         - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers exceed 4 GiB
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_syn_reply(
    session: *mut spdylay_session,
    flags: u8,
    stream_id: i32,
    nv: *mut *const c_char,
) -> c_int {
    // SAFETY: the caller passes a session of this library and an array that ends with NULL, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let block = headers(nv)?;
            core.submit_syn_reply(flags, stream_id, block)
                .map_err(Code::code)
        })
    })
}

/// Submits a HEADERS frame: further headers for an open stream. SPDY/3
/// section 2.6.7.
///
/// @param session    the session
/// @param flags      #SPDYLAY_CTRL_FLAG_FIN or 0; other bits are dropped
/// @param stream_id  the stream. On a stream the peer has opened, SYN_REPLY
///                   goes first
/// @param nv         the headers, as for spdylay_submit_request()
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `nv` or `session` is NULL, a name
///           is empty or has other characters, or a name has no value
///         - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers exceed 4 GiB
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_headers(
    session: *mut spdylay_session,
    flags: u8,
    stream_id: i32,
    nv: *mut *const c_char,
) -> c_int {
    // SAFETY: the caller passes a session of this library and an array that ends with NULL, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let block = headers(nv)?;
            core.submit_headers(flags, stream_id, block)
                .map_err(Code::code)
        })
    })
}

/// Submits DATA. SPDY/3 section 2.2.2.
///
/// One call yields as many DATA frames, of up to 4096 bytes or what
/// #SPDYLAY_OPT_MAX_DATA_PAYLOAD says, as the provider fills. There is no report if they cannot be sent: DATA on a stream that is
/// closed, that this side has ended, whose SYN_REPLY is not sent yet, or that
/// has other DATA parked, is dropped in silence.
///
/// @param session    the session
/// @param stream_id  the stream
/// @param flags      #SPDYLAY_DATA_FLAG_FIN to end this half of the stream
///                   with the last frame, or 0; other bits are dropped
/// @param data_prd   the data, copied
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `data_prd`, its `read_callback` or
///           `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_data(
    session: *mut spdylay_session,
    stream_id: i32,
    flags: u8,
    data_prd: *const spdylay_data_provider,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            let source = provider(data_prd).ok_or(SubmitError::InvalidArgument.code())?;
            core.submit_data(stream_id, flags, source)
                .map_err(Code::code)
        })
    })
}

/// Submits the end of this half of a stream: an empty DATA frame with FIN, at
/// the priority of the stream. Not in libspdylay 1.4.
///
/// It may be called at any time. DATA of the stream that is submitted, parked
/// or on its way is cut off: the frame under way is completed, and no
/// #spdylay_data_source_read_callback is asked for more. So is the body of a
/// response whose SYN_REPLY still waits. No flow-control window is needed. A
/// stream whose SYN_STREAM still waits needs no frame either: the SYN_STREAM is
/// sent with FIN, and without its body.
///
/// There is no report if it cannot be sent: like DATA it is dropped in silence
/// when its turn comes and the stream is closed, this side has ended it
/// already, or its SYN_REPLY is not sent yet.
///
/// @param session    the session
/// @param stream_id  the stream; one that does not exist is no error
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_fin(
    session: *mut spdylay_session,
    stream_id: i32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.submit_fin(stream_id).map_err(Code::code)
        })
    })
}

/// Submits a RST_STREAM: ends a stream at once. SPDY/3 sections 2.4.2 and
/// 2.6.3.
///
/// From the call on the stream is closing: frames that wait for it fail, and
/// frames received for it are ignored. It is closed, and
/// #spdylay_on_stream_close_callback called, when the RST_STREAM is sent.
///
/// A stream whose SYN_STREAM still waits in the queue is cancelled: neither
/// frame is sent, #spdylay_on_ctrl_not_send_callback tells about the
/// SYN_STREAM, and #spdylay_on_stream_close_callback follows with
/// `status_code`.
///
/// @param session      the session
/// @param stream_id    the stream; one that does not exist is no error
/// @param status_code  the reason, one of #spdylay_status_code
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_rst_stream(
    session: *mut spdylay_session,
    stream_id: i32,
    status_code: u32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.submit_rst_stream(stream_id, status_code)
                .map_err(Code::code)
        })
    })
}

/// Submits a PING. SPDY/3 section 2.6.5.
///
/// The reply reaches #spdylay_on_ctrl_recv_callback with the same
/// #spdylay_ping::unique_id, and spdylay_session_get_ping_rtt() tells how long
/// it took. Only the reply to the PING sent last is reported. PINGs of the peer
/// are answered by the library.
///
/// @param session  the session
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_ping(session: *mut spdylay_session) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe { with_core(session, |core| core.submit_ping().map_err(Code::code)) })
}

/// Submits a GOAWAY: no new streams, finish those that are open. SPDY/3
/// sections 2.6.6 and 3.1.1.
///
/// It names the last stream the peer has opened up to this call. Once it is
/// sent, streams the peer opens are ignored and own ones fail. A session sends
/// one GOAWAY only; #spdylay_on_ctrl_not_send_callback tells of a second.
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
pub unsafe extern "C" fn spdylay_submit_goaway(
    session: *mut spdylay_session,
    status_code: u32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.submit_goaway(status_code).map_err(Code::code)
        })
    })
}

/// Submits a SETTINGS frame. SPDY/3 section 2.6.4.
///
/// Two settings take effect on this side at once, with the call:
/// #SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS limits the streams the peer may
/// open, further ones are refused; #SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE moves
/// the mark at which WINDOW_UPDATE is sent, half of it.
///
/// @param session  the session
/// @param flags    bits of #spdylay_settings_flag, sent as they are
/// @param iv       the entries, each id once; copied, and sent sorted by id.
///                 May be NULL if `niv` is 0
/// @param niv      how many entries
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: an id is not one of
///           #spdylay_settings_id or given twice, `iv` is NULL and `niv` is
///           not 0, or `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_settings(
    session: *mut spdylay_session,
    flags: u8,
    iv: *const spdylay_settings_entry,
    niv: usize,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.submit_settings(flags, settings_entries(iv, niv)?)
                .map_err(Code::code)
        })
    })
}

/// Submits a WINDOW_UPDATE: lets the peer send more. SPDY/3 section 2.6.8.
///
/// Needed only with #SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE, or to open a window
/// beyond its initial size. The counters that
/// spdylay_session_get_stream_recv_data_length() and
/// spdylay_session_get_recv_data_length() show go down by the number of bytes,
/// to 0 at most. Dropped in silence when the version has no such frame: in
/// SPDY/2, and in SPDY/3 for the connection.
///
/// @param session            the session
/// @param stream_id          the stream, or 0 for the connection
/// @param delta_window_size  by how many bytes, 1 to 2^31-1
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `delta_window_size` is 0 or less,
///           or `session` is NULL
///         - #SPDYLAY_ERR_STREAM_CLOSED: there is no such stream
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_submit_window_update(
    session: *mut spdylay_session,
    stream_id: i32,
    delta_window_size: i32,
) -> c_int {
    // SAFETY: the caller passes a session of this library, as the header says.
    result_code(unsafe {
        with_core(session, |core| {
            core.submit_window_update(stream_id, delta_window_size)
                .map_err(Code::code)
        })
    })
}
