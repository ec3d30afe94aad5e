//! The structs, unions and constants of the C API, laid out as in libspdylay
//! 1.4. Sizes and offsets are asserted here at compile time and once more, from
//! C, in `tests/abi/abi.c`.

use std::marker::{PhantomData, PhantomPinned};
use std::os::raw::{c_char, c_int, c_uchar, c_void};

use super::callbacks::spdylay_data_source_read_callback;

/// How many streams each side may open at a time until a SETTINGS frame says
/// otherwise.
pub const SPDYLAY_INITIAL_MAX_CONCURRENT_STREAMS: u32 = (1u32 << 31) - 1;

/// The flow-control window, in bytes, that streams (SPDY/3, SPDY/3.1) and the
/// connection (SPDY/3.1) start with. SPDY/3 section 2.6.8.
pub const SPDYLAY_INITIAL_WINDOW_SIZE: c_int = 65536;

/// Longest scheme, in bytes, of an origin for client certificates. Kept for
/// programs that size a buffer with it.
pub const SPDYLAY_MAX_SCHEME: c_int = 255;

/// Longest host name, in bytes, of an origin for client certificates. Kept for
/// programs that size a buffer with it.
pub const SPDYLAY_MAX_HOSTNAME: c_int = 255;

/// One side of one SPDY connection.
///
/// Made by spdylay_session_client_new() or spdylay_session_server_new() and
/// freed by spdylay_session_del(). Its content is private.
pub struct spdylay_session {
    _private: [u8; 0],
    _not_send_sync_unpin: PhantomData<(*mut u8, PhantomPinned)>,
}

/// An origin (scheme, host and port) that a client certificate is for.
///
/// No function of this library makes one: see
/// spdylay_session_get_client_cert_origin().
pub struct spdylay_origin {
    _private: [u8; 0],
    _not_send_sync_unpin: PhantomData<(*mut u8, PhantomPinned)>,
}

/// The head that all control frames share. SPDY/3 section 2.2.1.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_ctrl_hd {
    /// The version number in the frame: 2 for SPDY/2, 3 for SPDY/3 and
    /// SPDY/3.1. Frames that reach callbacks may carry another number when
    /// the peer sent it.
    pub version: u16,
    /// The frame's type, one of #spdylay_frame_type.
    pub r#type: u16,
    /// The frame's flags: for SYN_STREAM, SYN_REPLY and HEADERS the bits of
    /// #spdylay_ctrl_flag, for SETTINGS those of #spdylay_settings_flag.
    /// Unknown bits of received frames are passed through.
    pub flags: u8,
    /// Length of the payload on the wire in bytes, 0 to 2^24-1. It is 0 in a
    /// frame with headers that failed before it was packed.
    pub length: i32,
}

/// A SYN_STREAM frame: opens a stream. SPDY/3 section 2.6.1.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_syn_stream {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The stream opened: odd when the client opens it, even when the server
    /// does.
    pub stream_id: i32,
    /// The stream this one belongs to, 0 if none. A server push names the
    /// request it goes with.
    pub assoc_stream_id: i32,
    /// Priority: 0 is the highest, 3 (SPDY/2) or 7 the lowest.
    pub pri: u8,
    /// Slot of the client certificate to use. 0 in frames the library sends
    /// and in SPDY/2.
    pub slot: u8,
    /// The headers: name, value, name, value, and so on, ended by a NULL.
    ///
    /// A name with several values stands there once per value, in their
    /// order. Names are lower case and in the style of SPDY/3 (`:method`,
    /// `:path`, and so on) in all versions; the library translates for SPDY/2.
    /// In frames received they are printable ASCII and sorted as they are on
    /// the wire, so that SPDY/2 may show them in another order; values have no
    /// control characters but TAB. SPDY/3 section 2.6.10.
    ///
    /// The array and the strings belong to the library and live until the
    /// callback returns. NULL when a received frame was too large.
    pub nv: *mut *mut c_char,
}

/// A SYN_REPLY frame: the answer to a SYN_STREAM. SPDY/3 section 2.6.2.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_syn_reply {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The stream answered.
    pub stream_id: i32,
    /// The headers, as in #spdylay_syn_stream::nv.
    pub nv: *mut *mut c_char,
}

/// A HEADERS frame: further headers for an open stream. SPDY/3 section 2.6.7.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_headers {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The stream the headers are for.
    pub stream_id: i32,
    /// The headers, as in #spdylay_syn_stream::nv.
    pub nv: *mut *mut c_char,
}

/// A RST_STREAM frame: ends a stream at once. SPDY/3 section 2.6.3.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_rst_stream {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The stream ended.
    pub stream_id: i32,
    /// The reason, one of #spdylay_status_code; from a peer, any number.
    pub status_code: u32,
}

/// One entry of a SETTINGS frame. SPDY/3 section 2.6.4.
///
/// The same in all versions; the library takes care of the byte order that
/// deployed SPDY/2 peers use, which is not the one of the SPDY/2 draft.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_settings_entry {
    /// Which parameter, one of #spdylay_settings_id. In received frames also
    /// ids the library does not know, up to 2^24-1.
    pub settings_id: i32,
    /// Bits of #spdylay_settings_id_flag.
    pub flags: u8,
    /// The value, in the unit of the parameter.
    pub value: u32,
}

/// A SETTINGS frame. SPDY/3 section 2.6.4.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_settings {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// Number of entries in `iv`.
    pub niv: usize,
    /// The entries: of a received frame in the order of the wire, of one to
    /// send sorted by id. They belong to the library and live until the
    /// callback returns.
    pub iv: *mut spdylay_settings_entry,
}

/// A PING frame. SPDY/3 section 2.6.5.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_ping {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// Odd when the client began the exchange, even when the server did; the
    /// reply repeats it.
    pub unique_id: u32,
}

/// A GOAWAY frame: no new streams on this session. SPDY/3 section 2.6.6.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_goaway {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The last stream that the sender of the frame has accepted from its
    /// receiver, 0 if none.
    pub last_good_stream_id: i32,
    /// The reason, one of #spdylay_goaway_status_code; from a peer, any
    /// number. Always 0 in SPDY/2.
    pub status_code: u32,
}

/// A WINDOW_UPDATE frame. SPDY/3 section 2.6.8. Not part of SPDY/2.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_window_update {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// The stream whose window grows; 0 in SPDY/3.1 for that of the
    /// connection.
    pub stream_id: i32,
    /// By how many bytes, 1 to 2^31-1. A received frame may say 0.
    pub delta_window_size: i32,
}

/// A piece of memory, as CREDENTIAL frames use it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_mem_chunk {
    /// The bytes.
    pub data: *mut u8,
    /// How many there are.
    pub length: usize,
}

/// A CREDENTIAL frame: a client certificate. SPDY/3 section 2.6.9.
///
/// Declared because it fixes the size of #spdylay_frame; the library ignores
/// received CREDENTIAL frames and sends none, so no callback shows one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_credential {
    /// The head.
    pub hd: spdylay_ctrl_hd,
    /// Where the server is to store the certificate.
    pub slot: u16,
    /// Proof that the client holds the private key.
    pub proof: spdylay_mem_chunk,
    /// The certificates, the client's own first.
    pub certs: *mut spdylay_mem_chunk,
    /// Number of entries in `certs`.
    pub ncerts: usize,
}

/// The part that all control frames have in common.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_ctrl_frame {
    /// The head.
    pub hd: spdylay_ctrl_hd,
}

/// A control frame as callbacks see it.
///
/// The argument `type` that comes with it tells which member is valid; `ctrl`
/// always is. The frame and all it points at belong to the library and live
/// until the callback returns: copy what is needed later. The frame is a
/// view: writing to it changes nothing.
#[repr(C)]
#[derive(Clone, Copy)]
pub union spdylay_frame {
    /// Any type: the head.
    pub ctrl: spdylay_ctrl_frame,
    /// #SPDYLAY_SYN_STREAM
    pub syn_stream: spdylay_syn_stream,
    /// #SPDYLAY_SYN_REPLY
    pub syn_reply: spdylay_syn_reply,
    /// #SPDYLAY_RST_STREAM
    pub rst_stream: spdylay_rst_stream,
    /// #SPDYLAY_SETTINGS
    pub settings: spdylay_settings,
    /// #SPDYLAY_PING
    pub ping: spdylay_ping,
    /// #SPDYLAY_GOAWAY
    pub goaway: spdylay_goaway,
    /// #SPDYLAY_HEADERS
    pub headers: spdylay_headers,
    /// #SPDYLAY_WINDOW_UPDATE
    pub window_update: spdylay_window_update,
    /// #SPDYLAY_CREDENTIAL
    pub credential: spdylay_credential,
}

/// Names the data that a #spdylay_data_source_read_callback reads: whichever
/// member suits the application. The library only carries it.
#[repr(C)]
#[derive(Clone, Copy)]
pub union spdylay_data_source {
    /// A file descriptor. The library does not close it.
    pub fd: c_int,
    /// A pointer. The library neither follows nor frees it.
    pub ptr: *mut c_void,
}

/// Where the payload of DATA frames comes from. The submit functions copy it;
/// it need not outlive the call.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct spdylay_data_provider {
    /// Passed, as a copy that stays the same from call to call, to
    /// `read_callback`, which may change it.
    pub source: spdylay_data_source,
    /// Called each time room for a DATA frame is there.
    pub read_callback: spdylay_data_source_read_callback,
}

/// One protocol that spdylay_npn_get_proto_list() lists.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct spdylay_npn_proto {
    /// Its name for NPN and ALPN, for example `spdy/3.1`; also ended by a NUL
    /// that `len` does not count.
    pub proto: *const c_uchar,
    /// Length of the name in bytes.
    pub len: u8,
    /// The version, one of #spdylay_proto_version, for the functions that
    /// create sessions.
    pub version: u16,
}
