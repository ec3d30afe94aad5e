//! The callbacks of the C API and the struct that gathers them.
//!
//! Every callback is an `Option`: C passes NULL for those it does not want.

use std::os::raw::{c_int, c_void};

use libc::ssize_t;

use super::enums::{FrameType, StatusCode};
use super::types::{spdylay_data_source, spdylay_frame, spdylay_origin, spdylay_session};

/// Reads the payload of the next DATA frame of a stream.
///
/// Called by spdylay_session_send() while DATA submitted with a
/// #spdylay_data_provider is due. The library then sends one frame with what
/// the callback has read.
///
/// @param session    the session
/// @param stream_id  the stream the data is for
/// @param buf        where to put the data
/// @param length     room in `buf` in bytes: at most 4096, or what
///                   #SPDYLAY_OPT_MAX_DATA_PAYLOAD says; less if a
///                   flow-control window is smaller
/// @param eof        0 on entry; set it to 1 when these are the last bytes
/// @param source     the library's copy of #spdylay_data_provider::source;
///                   changes to it are kept for the next call
/// @param user_data  the pointer given when the session was created
///
/// @return How many bytes were put into `buf`, 0 to `length`. With 0 and
///         `*eof` unset an empty frame is sent and the callback is asked
///         again, many times over before spdylay_session_send() returns; to
///         wait for data, return #SPDYLAY_ERR_DEFERRED instead. Or:
///         - #SPDYLAY_ERR_DEFERRED: no data yet. The DATA is parked until
///           spdylay_session_resume_data().
///         - #SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE: give up this stream; it
///           is reset with #SPDYLAY_INTERNAL_ERROR, the session goes on.
///         - any other negative number, or one above `length`: the DATA is
///           dropped and spdylay_session_send() returns
///           #SPDYLAY_ERR_CALLBACK_FAILURE.
pub type spdylay_data_source_read_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        stream_id: i32,
        buf: *mut u8,
        length: usize,
        eof: *mut c_int,
        source: *mut spdylay_data_source,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// Sends bytes to the peer.
///
/// Called by spdylay_session_send(). It may take fewer bytes than offered; it
/// is then called again with the rest.
///
/// @param session    the session
/// @param data       the bytes; they belong to the library and live until the
///                   callback returns
/// @param length     how many, at least 1
/// @param flags      always 0
/// @param user_data  the pointer given when the session was created
///
/// @return How many bytes were taken, 1 to `length`. Or:
///         - #SPDYLAY_ERR_WOULDBLOCK: the transport takes nothing now.
///           spdylay_session_send() returns 0; call it again when the
///           transport is ready.
///         - 0: nothing was taken. The callback is asked again at once; after
///           very many times in a row it counts as #SPDYLAY_ERR_WOULDBLOCK.
///         - any other negative number, or one above `length`:
///           spdylay_session_send() returns #SPDYLAY_ERR_CALLBACK_FAILURE. The
///           bytes are kept and offered again by the next call.
pub type spdylay_send_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        data: *const u8,
        length: usize,
        flags: c_int,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// Receives bytes from the peer.
///
/// Called by spdylay_session_recv() until it has nothing more.
///
/// @param session    the session
/// @param buf        where to put the bytes
/// @param length     room in `buf` in bytes, at least 1
/// @param flags      always 0
/// @param user_data  the pointer given when the session was created
///
/// @return How many bytes were received, 1 to `length`. Or:
///         - #SPDYLAY_ERR_WOULDBLOCK, or 0: nothing to read now.
///           spdylay_session_recv() returns 0.
///         - #SPDYLAY_ERR_EOF: the peer has closed the connection.
///           spdylay_session_recv() returns the same.
///         - any other negative number, or one above `length`:
///           spdylay_session_recv() returns #SPDYLAY_ERR_CALLBACK_FAILURE.
pub type spdylay_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        buf: *mut u8,
        length: usize,
        flags: c_int,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// Reports a valid control frame from the peer.
///
/// Frames that are to be ignored are not reported. The frame has taken effect
/// already: a new stream exists, settings hold, a PING has its reply queued. A
/// stream that the frame ends, by FIN or RST_STREAM, is still there;
/// #spdylay_on_request_recv_callback and #spdylay_on_stream_close_callback
/// follow where they apply.
///
/// @param session    the session
/// @param type       the frame's type; which member of `frame` is valid
/// @param frame      the frame; it lives until the callback returns
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_ctrl_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        frame: *mut spdylay_frame,
        user_data: *mut c_void,
    ),
>;

/// Reports a control frame from the peer that is well-formed but not valid
/// now: it breaks the rules of its stream or of the session.
///
/// For a stream error a RST_STREAM with `status_code` is queued already. For a
/// session error, which is also any error on stream 0, a GOAWAY is queued after
/// the callback has returned. SPDY/3 section 2.4.
///
/// @param session      the session
/// @param type         the frame's type; which member of `frame` is valid
/// @param frame        the frame; it lives until the callback returns. Its
///                     `nv` is NULL when the headers were too large or too
///                     many (#SPDYLAY_FRAME_TOO_LARGE), and neither sorted nor
///                     translated when they were not valid
/// @param status_code  the reason, one of #spdylay_status_code
/// @param user_data    the pointer given when the session was created
pub type spdylay_on_invalid_ctrl_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        frame: *mut spdylay_frame,
        status_code: u32,
        user_data: *mut c_void,
    ),
>;

/// Delivers a piece of the payload of a DATA frame.
///
/// A frame's payload comes in as many pieces as the input was cut into; the
/// end of the frame is reported by #spdylay_on_data_recv_callback. Pieces stop
/// once the stream is closed or reset.
///
/// @param session    the session
/// @param flags      flags of the frame, #SPDYLAY_DATA_FLAG_FIN for the last
///                   one of the stream; the same for all its pieces
/// @param stream_id  the stream
/// @param data       the piece; it lives until the callback returns
/// @param len        its length in bytes, at least 1
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_data_chunk_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        flags: u8,
        stream_id: i32,
        data: *const u8,
        len: usize,
        user_data: *mut c_void,
    ),
>;

/// Reports the end of a DATA frame from the peer.
///
/// @param session    the session
/// @param flags      flags of the frame: with #SPDYLAY_DATA_FLAG_FIN the peer
///                   has ended its half of the stream
/// @param stream_id  the stream
/// @param length     length of the frame's payload in bytes, which may be 0
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_data_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        flags: u8,
        stream_id: i32,
        length: i32,
        user_data: *mut c_void,
    ),
>;

/// Announces a control frame just before its first byte goes to the
/// #spdylay_send_callback.
///
/// The frame is packed already: changing it has no effect. This is the first
/// place where the id of a new stream can be read, from
/// #spdylay_syn_stream::stream_id; the stream's user data is set by then.
///
/// @param session    the session
/// @param type       the frame's type; which member of `frame` is valid
/// @param frame      the frame; it lives until the callback returns
/// @param user_data  the pointer given when the session was created
pub type spdylay_before_ctrl_send_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        frame: *mut spdylay_frame,
        user_data: *mut c_void,
    ),
>;

/// Reports that the last byte of a control frame has gone to the
/// #spdylay_send_callback. The stream changes its state after the callback
/// has returned.
///
/// @param session    the session
/// @param type       the frame's type; which member of `frame` is valid
/// @param frame      the frame; it lives until the callback returns
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_ctrl_send_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        frame: *mut spdylay_frame,
        user_data: *mut c_void,
    ),
>;

/// Reports that a submitted control frame was not sent and will not be.
///
/// Not called for WINDOW_UPDATE and DATA, which are dropped in silence. After
/// a SYN_STREAM, unless it was too large, #spdylay_on_stream_close_callback
/// follows, with the stream's user data readable in both.
///
/// @param session     the session
/// @param type        the frame's type; which member of `frame` is valid
/// @param frame       the frame; it lives until the callback returns
/// @param error_code  the reason:
///                    - #SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED: SYN_STREAM after
///                      a GOAWAY, spdylay_session_fail_session() or
///                      spdylay_session_shutdown()
///                    - #SPDYLAY_ERR_STREAM_CLOSED: the stream, or the
///                      associated stream of a SYN_STREAM, does not exist
///                    - #SPDYLAY_ERR_STREAM_CLOSING: a RST_STREAM for the
///                      stream is queued; or it cancelled a SYN_STREAM that
///                      still waited
///                    - #SPDYLAY_ERR_STREAM_SHUT_WR: this side has ended its
///                      half of the stream
///                    - #SPDYLAY_ERR_INVALID_STREAM_ID: SYN_REPLY for an own
///                      stream
///                    - #SPDYLAY_ERR_INVALID_STREAM_STATE: a second
///                      SYN_REPLY, or HEADERS before the SYN_REPLY
///                    - #SPDYLAY_ERR_FRAME_TOO_LARGE: the headers do not fit
///                      into a frame
///                    - #SPDYLAY_ERR_GOAWAY_ALREADY_SENT: a second GOAWAY
///                    - #SPDYLAY_ERR_ZLIB: compression failed
/// @param user_data   the pointer given when the session was created
pub type spdylay_on_ctrl_not_send_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        frame: *mut spdylay_frame,
        error_code: c_int,
        user_data: *mut c_void,
    ),
>;

/// Reports that the last byte of a DATA frame has gone to the
/// #spdylay_send_callback.
///
/// @param session    the session
/// @param flags      #SPDYLAY_DATA_FLAG_FIN if the frame ended this half of
///                   the stream
/// @param stream_id  the stream
/// @param length     length of the frame's payload in bytes, which may be 0
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_data_send_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        flags: u8,
        stream_id: i32,
        length: i32,
        user_data: *mut c_void,
    ),
>;

/// Reports the end of a stream: both sides have finished, or it was reset.
///
/// The stream still exists during the callback, so its user data can be read
/// one last time; it is gone afterwards. Frames still queued for it fail when
/// their turn comes. Streams that are open when the session is deleted or
/// fails are not reported. SPDY/3 section 2.3.7.
///
/// @param session      the session
/// @param stream_id    the stream
/// @param status_code  #SPDYLAY_OK when both sides finished; the code of the
///                     RST_STREAM that ended it, sent or received, which from
///                     a peer can be any number; or #SPDYLAY_INTERNAL_ERROR
///                     when its SYN_STREAM was not allowed to be sent (see
///                     #spdylay_on_ctrl_not_send_callback)
/// @param user_data    the pointer given when the session was created
pub type spdylay_on_stream_close_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        stream_id: i32,
        status_code: StatusCode,
        user_data: *mut c_void,
    ),
>;

/// Reports that the peer has finished a stream it opened: all of its request
/// is here. On a client it reports the end of a pushed stream.
///
/// Called after the callback for the frame that carried the FIN. The usual
/// place to call spdylay_submit_response().
///
/// @param session    the session
/// @param stream_id  the stream
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_request_recv_callback = Option<
    unsafe extern "C" fn(session: *mut spdylay_session, stream_id: i32, user_data: *mut c_void),
>;

/// Reports that the peer has ended its half of a stream, whichever side opened
/// it: no more DATA or HEADERS will come. Not in libspdylay 1.4; set it with
/// spdylay_session_set_on_stream_remote_close_callback().
///
/// Called when a frame with FIN was received, with or without data, after the
/// callbacks for the frame itself and #spdylay_on_request_recv_callback, and
/// before #spdylay_on_stream_close_callback if that ends the stream. Not
/// called for a stream that is reset.
///
/// @param session    the session
/// @param stream_id  the stream
/// @param user_data  the pointer given when the session was created
pub type spdylay_on_stream_remote_close_callback = Option<
    unsafe extern "C" fn(session: *mut spdylay_session, stream_id: i32, user_data: *mut c_void),
>;

/// Reports a control frame from the peer that could not be decoded. The
/// session is over: a GOAWAY with #SPDYLAY_GOAWAY_PROTOCOL_ERROR is queued
/// after the callback has returned. SPDY/3 section 2.4.1.
///
/// @param session     the session
/// @param type        the type in the head; it is one the library knows
/// @param head        the frame's head
/// @param headlen     its length, always 8
/// @param payload     what was received of the payload; of a frame with a
///                    header block only the part before the block. It lives
///                    until the callback returns
/// @param payloadlen  the length of that in bytes, which may be 0
/// @param error_code  #SPDYLAY_ERR_INVALID_FRAME, #SPDYLAY_ERR_ZLIB or
///                    #SPDYLAY_ERR_UNSUPPORTED_VERSION
/// @param user_data   the pointer given when the session was created
pub type spdylay_on_ctrl_recv_parse_error_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        r#type: FrameType,
        head: *const u8,
        headlen: usize,
        payload: *const u8,
        payloadlen: usize,
        error_code: c_int,
        user_data: *mut c_void,
    ),
>;

/// Reports a control frame of a type that SPDY does not define. It has no
/// other effect. SPDY/3 section 2.2.1.
///
/// @param session     the session
/// @param head        the frame's head
/// @param headlen     its length, always 8
/// @param payload     the payload; it lives until the callback returns
/// @param payloadlen  its length in bytes; 0 also for a frame larger than
///                    #SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER, whose payload
///                    is skipped
/// @param user_data   the pointer given when the session was created
pub type spdylay_on_unknown_ctrl_recv_callback = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        head: *const u8,
        headlen: usize,
        payload: *const u8,
        payloadlen: usize,
        user_data: *mut c_void,
    ),
>;

/// Would sign the proof of a CREDENTIAL frame. Never called; see
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param session    the session
/// @param origin     the origin the certificate is for
/// @param proof      where to put the proof, or NULL to ask for its length
/// @param prooflen   room in `proof` in bytes
/// @param user_data  the pointer given when the session was created
///
/// @return The length of the proof in bytes.
pub type spdylay_get_credential_proof = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        origin: *const spdylay_origin,
        proof: *mut u8,
        prooflen: usize,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// Would tell how many certificates a CREDENTIAL frame carries. Never called;
/// see spdylay_session_set_initial_client_cert_origin().
///
/// @param session    the session
/// @param origin     the origin the certificates are for
/// @param user_data  the pointer given when the session was created
///
/// @return The number of certificates.
pub type spdylay_get_credential_ncerts = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        origin: *const spdylay_origin,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// Would supply one certificate of a CREDENTIAL frame. Never called; see
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param session    the session
/// @param origin     the origin the certificate is for
/// @param idx        which certificate, from 0
/// @param cert       where to put it, or NULL to ask for its length
/// @param certlen    room in `cert` in bytes
/// @param user_data  the pointer given when the session was created
///
/// @return The length of the certificate in bytes.
pub type spdylay_get_credential_cert = Option<
    unsafe extern "C" fn(
        session: *mut spdylay_session,
        origin: *const spdylay_origin,
        idx: usize,
        cert: *mut u8,
        certlen: usize,
        user_data: *mut c_void,
    ) -> ssize_t,
>;

/// The callbacks of a session.
///
/// Set those of interest and clear the rest, best with memset() before, so
/// that the program stays right should the struct differ. The struct is copied
/// when the session is created and cannot be changed afterwards. A NULL
/// callback is not called.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct spdylay_session_callbacks {
    /// Needed by spdylay_session_send().
    pub send_callback: spdylay_send_callback,
    /// Needed by spdylay_session_recv(), not by spdylay_session_mem_recv().
    pub recv_callback: spdylay_recv_callback,
    /// A control frame was received.
    pub on_ctrl_recv_callback: spdylay_on_ctrl_recv_callback,
    /// A control frame that breaks the protocol was received.
    pub on_invalid_ctrl_recv_callback: spdylay_on_invalid_ctrl_recv_callback,
    /// A piece of DATA was received.
    pub on_data_chunk_recv_callback: spdylay_on_data_chunk_recv_callback,
    /// A DATA frame was received.
    pub on_data_recv_callback: spdylay_on_data_recv_callback,
    /// A control frame is about to be sent.
    pub before_ctrl_send_callback: spdylay_before_ctrl_send_callback,
    /// A control frame was sent.
    pub on_ctrl_send_callback: spdylay_on_ctrl_send_callback,
    /// A control frame could not be sent.
    pub on_ctrl_not_send_callback: spdylay_on_ctrl_not_send_callback,
    /// A DATA frame was sent.
    pub on_data_send_callback: spdylay_on_data_send_callback,
    /// A stream ended.
    pub on_stream_close_callback: spdylay_on_stream_close_callback,
    /// A request is complete.
    pub on_request_recv_callback: spdylay_on_request_recv_callback,
    /// Never called.
    pub get_credential_proof: spdylay_get_credential_proof,
    /// Never called.
    pub get_credential_ncerts: spdylay_get_credential_ncerts,
    /// Never called.
    pub get_credential_cert: spdylay_get_credential_cert,
    /// A control frame that cannot be decoded was received.
    pub on_ctrl_recv_parse_error_callback: spdylay_on_ctrl_recv_parse_error_callback,
    /// A control frame of unknown type was received.
    pub on_unknown_ctrl_recv_callback: spdylay_on_unknown_ctrl_recv_callback,
}
