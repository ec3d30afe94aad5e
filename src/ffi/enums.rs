//! The enumerations of the C API.
//!
//! These enums are the single source of names, values and documentation: the
//! header generator turns them into C `enum`s, and the code casts their
//! variants to integers. They never cross the boundary themselves, in either
//! direction: C may pass any integer, and some values (the status of a
//! received RST_STREAM) come from the peer unfiltered, which would be
//! undefined behaviour in a Rust enum. What crosses is an integer:
//! [`FrameType`] and [`StatusCode`] stand where the C prototypes name an enum.

use std::os::raw::c_uint;

/// What C sees as a parameter of type `spdylay_frame_type`.
pub type FrameType = c_uint;

/// What C sees as a parameter of type `spdylay_status_code`.
pub type StatusCode = c_uint;

/// Protocol versions: the `version` argument of spdylay_session_client_new()
/// and spdylay_session_server_new().
///
/// Do not confuse them with the version number inside a control frame:
/// SPDY/3.1 frames carry the number 3.
#[repr(C)]
pub enum spdylay_proto_version {
    /// SPDY/2. No flow control; GOAWAY carries no status; the lowest priority
    /// is 3.
    SPDYLAY_PROTO_SPDY2 = 2,
    /// SPDY/3. Each stream has a flow-control window; the lowest priority
    /// is 7.
    SPDYLAY_PROTO_SPDY3 = 3,
    /// SPDY/3.1. SPDY/3 plus a flow-control window for the whole connection.
    SPDYLAY_PROTO_SPDY3_1 = 4,
}

/// Error codes.
///
/// Functions return 0 or a positive result on success and one of these
/// negative numbers on failure. Codes above #SPDYLAY_ERR_FATAL are not fatal:
/// the session can go on. After a code below it only spdylay_session_del()
/// makes sense, with one exception: #SPDYLAY_ERR_CALLBACK_FAILURE reports
/// that a callback of the application failed, and the call may be repeated
/// once the cause is gone. Ask spdylay_strerror() for a text.
#[repr(C)]
pub enum spdylay_error {
    /// An argument is NULL, out of range, or does not fit the session.
    SPDYLAY_ERR_INVALID_ARGUMENT = -501,
    /// Compressing or decompressing a header block failed. Decompression
    /// fails when the peer's data is damaged; the session is then over.
    SPDYLAY_ERR_ZLIB = -502,
    /// The SPDY version is none of the three this library speaks.
    SPDYLAY_ERR_UNSUPPORTED_VERSION = -503,
    /// Callbacks return this to say: nothing can be sent or received now, try
    /// again when the transport is ready.
    SPDYLAY_ERR_WOULDBLOCK = -504,
    /// The peer broke the rules of the protocol.
    SPDYLAY_ERR_PROTO = -505,
    /// A received control frame is malformed: its length or the layout of its
    /// payload is wrong.
    SPDYLAY_ERR_INVALID_FRAME = -506,
    /// The peer has closed the connection. Returned by a
    /// #spdylay_recv_callback and passed on by spdylay_session_recv().
    SPDYLAY_ERR_EOF = -507,
    /// A #spdylay_data_source_read_callback returns this to park its DATA
    /// until spdylay_session_resume_data() is called.
    SPDYLAY_ERR_DEFERRED = -508,
    /// All 2^31-1 stream ids are used up. New streams need a new connection.
    SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE = -509,
    /// The stream does not exist: it is closed already or was never opened.
    SPDYLAY_ERR_STREAM_CLOSED = -510,
    /// A RST_STREAM for the stream waits in the queue, so nothing else may be
    /// sent on it.
    SPDYLAY_ERR_STREAM_CLOSING = -511,
    /// This side has already ended its half of the stream (FIN is sent), or
    /// may never send on it (the peer's stream is unidirectional).
    SPDYLAY_ERR_STREAM_SHUT_WR = -512,
    /// The stream id does not fit the frame: a SYN_REPLY answers streams the
    /// peer has opened, not own ones.
    SPDYLAY_ERR_INVALID_STREAM_ID = -513,
    /// The state of the stream does not allow the frame: for example a second
    /// SYN_REPLY, or HEADERS before the SYN_REPLY.
    SPDYLAY_ERR_INVALID_STREAM_STATE = -514,
    /// The stream has DATA parked by #SPDYLAY_ERR_DEFERRED or waiting for the
    /// flow-control window already.
    SPDYLAY_ERR_DEFERRED_DATA_EXIST = -515,
    /// New streams are not allowed: a GOAWAY was sent or received, or
    /// spdylay_session_fail_session() or spdylay_session_shutdown() was called.
    SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED = -516,
    /// A GOAWAY was sent before; a session sends one only.
    SPDYLAY_ERR_GOAWAY_ALREADY_SENT = -517,
    /// A received header block is well-formed but its names or values break
    /// the rules (see #spdylay_syn_stream::nv).
    SPDYLAY_ERR_INVALID_HEADER_BLOCK = -518,
    /// The call does not fit the state of the session: nested in a call of
    /// the same direction, or not enabled by the option it needs.
    SPDYLAY_ERR_INVALID_STATE = -519,
    /// Decoding gzip or zlib data failed.
    SPDYLAY_ERR_GZIP = -520,
    /// A #spdylay_data_source_read_callback returns this to give up its
    /// stream only: the library resets it with #SPDYLAY_INTERNAL_ERROR.
    SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE = -521,
    /// The frame would be longer than the 2^24-1 bytes a control frame can
    /// hold, or a name or value longer than its length field can say.
    SPDYLAY_ERR_FRAME_TOO_LARGE = -522,
    /// Codes below this number are fatal. The number itself is returned only
    /// by a session that met an internal error of the library: from then on
    /// every call on it fails, except spdylay_session_del().
    SPDYLAY_ERR_FATAL = -900,
    /// Memory is exhausted.
    SPDYLAY_ERR_NOMEM = -901,
    /// A callback failed: it returned a code it may not return, a length
    /// beyond the one it was given, or it is needed and NULL.
    SPDYLAY_ERR_CALLBACK_FAILURE = -902,
}

/// Flags for #spdylay_send_callback and #spdylay_recv_callback. The library
/// always passes 0.
#[repr(C)]
pub enum spdylay_io_flag {
    /// More data follows. Never set; kept for programs that name it.
    SPDYLAY_MSG_MORE = 0,
}

/// Types of control frames: the `type` argument of the callbacks and the
/// member #spdylay_ctrl_hd::type.
///
/// The type tells which member of the union #spdylay_frame is valid.
#[repr(C)]
pub enum spdylay_frame_type {
    /// Opens a stream; #spdylay_frame::syn_stream. SPDY/3 section 2.6.1.
    SPDYLAY_SYN_STREAM = 1,
    /// Accepts a stream; #spdylay_frame::syn_reply. SPDY/3 section 2.6.2.
    SPDYLAY_SYN_REPLY = 2,
    /// Ends a stream abruptly; #spdylay_frame::rst_stream. SPDY/3 section
    /// 2.6.3.
    SPDYLAY_RST_STREAM = 3,
    /// Carries parameters of the connection; #spdylay_frame::settings. SPDY/3
    /// section 2.6.4.
    SPDYLAY_SETTINGS = 4,
    /// SPDY/2 only, without meaning: received ones are ignored, none is sent.
    SPDYLAY_NOOP = 5,
    /// Measures the round trip; #spdylay_frame::ping. SPDY/3 section 2.6.5.
    SPDYLAY_PING = 6,
    /// Announces the end of the session; #spdylay_frame::goaway. SPDY/3
    /// section 2.6.6.
    SPDYLAY_GOAWAY = 7,
    /// Carries more headers for an open stream; #spdylay_frame::headers.
    /// SPDY/3 section 2.6.7.
    SPDYLAY_HEADERS = 8,
    /// Opens a flow-control window; #spdylay_frame::window_update. SPDY/3
    /// section 2.6.8.
    SPDYLAY_WINDOW_UPDATE = 9,
    /// SPDY/3 client certificates, section 2.6.9. Received ones are ignored,
    /// none is sent.
    SPDYLAY_CREDENTIAL = 10,
}

/// Flags of SYN_STREAM, SYN_REPLY and HEADERS frames.
#[repr(C)]
pub enum spdylay_ctrl_flag {
    /// No flag.
    SPDYLAY_CTRL_FLAG_NONE = 0,
    /// The sender ends its half of the stream with this frame.
    SPDYLAY_CTRL_FLAG_FIN = 0x1,
    /// SYN_STREAM only: the receiver may not send on the stream. SPDY/3
    /// section 2.3.2.1.
    SPDYLAY_CTRL_FLAG_UNIDIRECTIONAL = 0x2,
}

/// Flags of DATA frames.
#[repr(C)]
pub enum spdylay_data_flag {
    /// No flag.
    SPDYLAY_DATA_FLAG_NONE = 0,
    /// The sender ends its half of the stream with this frame.
    SPDYLAY_DATA_FLAG_FIN = 0x1,
}

/// Flags of a SETTINGS frame as a whole.
#[repr(C)]
pub enum spdylay_settings_flag {
    /// No flag.
    SPDYLAY_FLAG_SETTINGS_NONE = 0,
    /// Asks the client to forget the settings it has stored for this server.
    /// The library reports the flag and does nothing else with it.
    SPDYLAY_FLAG_SETTINGS_CLEAR_SETTINGS = 1,
}

/// Flags of one entry of a SETTINGS frame. The library passes them through
/// in both directions and stores nothing.
#[repr(C)]
pub enum spdylay_settings_id_flag {
    /// No flag.
    SPDYLAY_ID_FLAG_SETTINGS_NONE = 0,
    /// From a server: asks the client to store the value.
    SPDYLAY_ID_FLAG_SETTINGS_PERSIST_VALUE = 1,
    /// From a client: the value was stored by an earlier request to do so.
    SPDYLAY_ID_FLAG_SETTINGS_PERSISTED = 2,
}

/// Ids of SETTINGS entries. SPDY/3 section 2.6.4.
///
/// The library acts on two of them,
/// #SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS and
/// #SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE; the others only inform the
/// application. `SPDYLAY_SETTINGS_MAX` is the highest id.
/// cbindgen:enum-trailing-values=[SPDYLAY_SETTINGS_MAX]
// Rust allows one variant per value, so the generator adds SPDYLAY_SETTINGS_MAX
// (8) at the end, where C counts on from the 7 of the variant placed last. To
// rustdoc the directive looks like a link.
#[allow(rustdoc::broken_intra_doc_links)]
#[repr(C)]
pub enum spdylay_settings_id {
    /// Expected upload bandwidth in kB/s.
    SPDYLAY_SETTINGS_UPLOAD_BANDWIDTH = 1,
    /// Expected download bandwidth in kB/s.
    SPDYLAY_SETTINGS_DOWNLOAD_BANDWIDTH = 2,
    /// Expected least round-trip time in milliseconds.
    SPDYLAY_SETTINGS_ROUND_TRIP_TIME = 3,
    /// How many streams its sender lets the other side have open at a time.
    SPDYLAY_SETTINGS_MAX_CONCURRENT_STREAMS = 4,
    /// The sender's current TCP congestion window.
    SPDYLAY_SETTINGS_CURRENT_CWND = 5,
    /// Rate of retransmission: bytes sent again to bytes sent.
    SPDYLAY_SETTINGS_DOWNLOAD_RETRANS_RATE = 6,
    /// How many client certificates the server can hold.
    SPDYLAY_SETTINGS_CLIENT_CERTIFICATE_VECTOR_SIZE = 8,
    /// The flow-control window in bytes that new streams start with.
    SPDYLAY_SETTINGS_INITIAL_WINDOW_SIZE = 7,
}

/// Why a stream ended: the status code of RST_STREAM, and the last argument
/// of #spdylay_on_stream_close_callback. SPDY/3 section 2.6.3.
///
/// A peer may send any 32-bit number, and it reaches the callback as it is:
/// be ready for values not listed here.
#[repr(C)]
pub enum spdylay_status_code {
    /// Both sides finished. Never sent in a RST_STREAM by the library.
    SPDYLAY_OK = 0,
    /// The protocol was broken, and no better code applies.
    SPDYLAY_PROTOCOL_ERROR = 1,
    /// A frame came for a stream that is not active.
    SPDYLAY_INVALID_STREAM = 2,
    /// The stream was refused before anything was done for it: safe to retry.
    SPDYLAY_REFUSED_STREAM = 3,
    /// The frame's SPDY version is not the session's.
    SPDYLAY_UNSUPPORTED_VERSION = 4,
    /// The side that opened the stream no longer wants it.
    SPDYLAY_CANCEL = 5,
    /// The sender of the code could not go on, for a reason of its own.
    SPDYLAY_INTERNAL_ERROR = 6,
    /// The flow-control rules were broken.
    SPDYLAY_FLOW_CONTROL_ERROR = 7,
    /// SPDY/3: a second SYN_REPLY came for the stream.
    SPDYLAY_STREAM_IN_USE = 8,
    /// SPDY/3: a frame came for a half of the stream that had ended.
    SPDYLAY_STREAM_ALREADY_CLOSED = 9,
    /// SPDY/3: the client certificate is missing or not good.
    SPDYLAY_INVALID_CREDENTIALS = 10,
    /// SPDY/3: a control frame is larger than its receiver can handle.
    SPDYLAY_FRAME_TOO_LARGE = 11,
}

/// Why a session ends: the status code of GOAWAY. SPDY/3 section 2.6.6.
/// SPDY/2 sends none.
#[repr(C)]
pub enum spdylay_goaway_status_code {
    /// A normal end.
    SPDYLAY_GOAWAY_OK = 0,
    /// The peer broke the protocol.
    SPDYLAY_GOAWAY_PROTOCOL_ERROR = 1,
    /// The sender could not go on, for a reason of its own.
    SPDYLAY_GOAWAY_INTERNAL_ERROR = 2,
}

/// Options of a session: the `optname` argument of
/// spdylay_session_set_option().
///
/// Those that libspdylay 1.4 does not have begin at 101.
#[repr(C)]
pub enum spdylay_opt {
    /// `int`: non-zero stops the automatic WINDOW_UPDATE. The application
    /// then opens the windows itself with spdylay_submit_window_update().
    /// Off by default.
    ///
    /// With this option or #SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2 a peer is held
    /// to its windows: one that sends a whole window more than it may has its
    /// stream reset with #SPDYLAY_FLOW_CONTROL_ERROR, or for the window of the
    /// connection its session ended. In automatic mode it is not, because
    /// there are peers that ignore windows. SPDY/3 section 2.6.8.
    SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE = 1,
    /// `uint32_t`, 8192 to 16777215: the largest control frame to accept, in
    /// bytes. 16777215 by default, the protocol's maximum; a server that faces
    /// strangers does well with much less.
    ///
    /// It bounds the payload of a frame, and of a frame with headers also
    /// their size after decompression. Larger headers are decompressed, to
    /// keep the connection going, but not kept, and their stream is reset with
    /// #SPDYLAY_FRAME_TOO_LARGE. Another frame beyond the bound is skipped and
    /// ends the session, unless its type is one that is ignored or unknown.
    SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER = 2,
    /// `int`: non-zero stops the automatic WINDOW_UPDATE and enables
    /// spdylay_session_consume(): the library sends WINDOW_UPDATE for the
    /// bytes the application says it has consumed. Off by default.
    SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2 = 3,
    /// `int`: non-zero switches flow control off, in both directions. Off by
    /// default. Not in libspdylay 1.4.
    ///
    /// For peers that neither keep to windows nor open them, such as
    /// moby/spdystream, which kubectl and container runtimes use. DATA is sent
    /// without regard to windows, DATA that waited for one included; a peer
    /// may send as much as it likes, and the library makes no WINDOW_UPDATE.
    /// WINDOW_UPDATE and SETTINGS from the peer are reported as ever, but no
    /// WINDOW_UPDATE has an effect or can be an error.
    /// spdylay_submit_window_update() still sends what the application asks
    /// for; spdylay_session_consume() does nothing. Only the transport holds
    /// either side back then: an application that cannot keep up stops
    /// reading the connection.
    ///
    /// All windows and their counters stand still while the option is on.
    /// Switched off again, they go on from where they were; a peer that keeps
    /// to windows may then see them differently.
    SPDYLAY_OPT_NO_FLOW_CONTROL = 101,
    /// `uint32_t`, 1 to 16777215: the largest payload of the DATA frames the
    /// library makes, in bytes. 4096 by default, as in libspdylay 1.4, which
    /// does not have the option.
    ///
    /// It is also the most that a #spdylay_data_source_read_callback is asked
    /// for at a time. Larger frames cost less a byte: 16384 or 32768 suit fast
    /// streams. But streams of equal priority take turns frame by frame, and a
    /// frame that has been begun goes out whole, so the larger the frames, the
    /// longer the others wait. The library has memory for one frame of this
    /// size only while there is DATA to send. DATA received is not concerned.
    SPDYLAY_OPT_MAX_DATA_PAYLOAD = 102,
    /// `int`: non-zero holds the headers of streams to the rules of HTTP. Off
    /// by default, for SPDY also carries what is not HTTP, with other names or
    /// with none at all. Not in libspdylay 1.4.
    ///
    /// Received: a SYN_STREAM from a client needs `:method`, `:path`,
    /// `:scheme`, `:host` and `:version`, one from a server (a push) `:path`,
    /// `:scheme` and `:host`, and a SYN_REPLY `:status` and `:version`. None of
    /// them, nor HEADERS, may have `connection`, `keep-alive`,
    /// `proxy-connection` or `transfer-encoding`, and a SYN_STREAM no `host`.
    /// A stream that breaks this is reset with #SPDYLAY_PROTOCOL_ERROR, and
    /// #spdylay_on_invalid_ctrl_recv_callback tells.
    ///
    /// Submitted: spdylay_submit_request() and spdylay_submit_response() refuse
    /// such headers with #SPDYLAY_ERR_INVALID_ARGUMENT. The functions for
    /// single frames take any. SPDY/3 sections 3.2 and 3.3.
    SPDYLAY_OPT_HTTP_RULES = 103,
}
