//! The C ABI of libspdylay 1.4 on LP64, written down a second time.
//!
//! These types are deliberately not the crate's own: a layout that is wrong in the library makes
//! the tests fail instead of agreeing with itself. Names are those of the C header without the
//! `spdylay_` prefix.

use std::ffi::{c_char, c_int, c_void};
use std::mem::{offset_of, size_of};

/// Opaque `spdylay_session`.
pub enum Session {}
/// Opaque `spdylay_origin`.
pub enum Origin {}
/// Opaque `spdylay_gzip`.
pub enum Gzip {}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct CtrlHd {
    pub version: u16,
    pub kind: u16,
    pub flags: u8,
    pub length: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct SynStream {
    pub hd: CtrlHd,
    pub stream_id: i32,
    pub assoc_stream_id: i32,
    pub pri: u8,
    pub slot: u8,
    pub nv: *mut *mut c_char,
}

/// `spdylay_syn_reply` and `spdylay_headers`, which have the same members.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Headers {
    pub hd: CtrlHd,
    pub stream_id: i32,
    pub nv: *mut *mut c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct RstStream {
    pub hd: CtrlHd,
    pub stream_id: i32,
    pub status_code: u32,
}

#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SettingsEntry {
    pub settings_id: i32,
    pub flags: u8,
    pub value: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Settings {
    pub hd: CtrlHd,
    pub niv: usize,
    pub iv: *mut SettingsEntry,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Ping {
    pub hd: CtrlHd,
    pub unique_id: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Goaway {
    pub hd: CtrlHd,
    pub last_good_stream_id: i32,
    pub status_code: u32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct WindowUpdate {
    pub hd: CtrlHd,
    pub stream_id: i32,
    pub delta_window_size: i32,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct MemChunk {
    pub data: *mut u8,
    pub length: usize,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Credential {
    pub hd: CtrlHd,
    pub slot: u16,
    pub proof: MemChunk,
    pub certs: *mut MemChunk,
    pub ncerts: usize,
}

#[repr(C)]
pub union Frame {
    pub ctrl: CtrlHd,
    pub syn_stream: SynStream,
    pub syn_reply: Headers,
    pub rst_stream: RstStream,
    pub settings: Settings,
    pub ping: Ping,
    pub goaway: Goaway,
    pub headers: Headers,
    pub window_update: WindowUpdate,
    pub credential: Credential,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub union DataSource {
    pub fd: c_int,
    pub ptr: *mut c_void,
}

pub type ReadCallback = unsafe extern "C" fn(
    *mut Session,
    i32,
    *mut u8,
    usize,
    *mut c_int,
    *mut DataSource,
    *mut c_void,
) -> isize;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct DataProvider {
    pub source: DataSource,
    pub read_callback: Option<ReadCallback>,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct NpnProto {
    pub proto: *const u8,
    pub len: u8,
    pub version: u16,
}

pub type SendCallback =
    unsafe extern "C" fn(*mut Session, *const u8, usize, c_int, *mut c_void) -> isize;
pub type RecvCallback =
    unsafe extern "C" fn(*mut Session, *mut u8, usize, c_int, *mut c_void) -> isize;
/// `spdylay_frame_type` is a C enum with an unsigned underlying type of four bytes.
pub type FrameCallback = unsafe extern "C" fn(*mut Session, u32, *mut Frame, *mut c_void);

pub type StreamCallback = unsafe extern "C" fn(*mut Session, i32, *mut c_void);

/// `spdylay_session_callbacks`, members in the order of the header.
#[repr(C)]
#[derive(Clone, Copy, Default)]
pub struct Callbacks {
    pub send: Option<SendCallback>,
    pub recv: Option<RecvCallback>,
    pub on_ctrl_recv: Option<FrameCallback>,
    pub on_invalid_ctrl_recv:
        Option<unsafe extern "C" fn(*mut Session, u32, *mut Frame, u32, *mut c_void)>,
    pub on_data_chunk_recv:
        Option<unsafe extern "C" fn(*mut Session, u8, i32, *const u8, usize, *mut c_void)>,
    pub on_data_recv: Option<unsafe extern "C" fn(*mut Session, u8, i32, i32, *mut c_void)>,
    pub before_ctrl_send: Option<FrameCallback>,
    pub on_ctrl_send: Option<FrameCallback>,
    pub on_ctrl_not_send:
        Option<unsafe extern "C" fn(*mut Session, u32, *mut Frame, c_int, *mut c_void)>,
    pub on_data_send: Option<unsafe extern "C" fn(*mut Session, u8, i32, i32, *mut c_void)>,
    pub on_stream_close: Option<unsafe extern "C" fn(*mut Session, i32, u32, *mut c_void)>,
    pub on_request_recv: Option<StreamCallback>,
    pub get_credential_proof: Option<
        unsafe extern "C" fn(*mut Session, *const Origin, *mut u8, usize, *mut c_void) -> isize,
    >,
    pub get_credential_ncerts:
        Option<unsafe extern "C" fn(*mut Session, *const Origin, *mut c_void) -> isize>,
    pub get_credential_cert: Option<
        unsafe extern "C" fn(
            *mut Session,
            *const Origin,
            usize,
            *mut u8,
            usize,
            *mut c_void,
        ) -> isize,
    >,
    #[allow(clippy::type_complexity)]
    pub on_ctrl_recv_parse_error: Option<
        unsafe extern "C" fn(
            *mut Session,
            u32,
            *const u8,
            usize,
            *const u8,
            usize,
            c_int,
            *mut c_void,
        ),
    >,
    pub on_unknown_ctrl_recv:
        Option<unsafe extern "C" fn(*mut Session, *const u8, usize, *const u8, usize, *mut c_void)>,
}

const _: () = {
    assert!(size_of::<CtrlHd>() == 12);
    assert!(size_of::<SynStream>() == 32 && offset_of!(SynStream, nv) == 24);
    assert!(size_of::<Headers>() == 24 && offset_of!(Headers, nv) == 16);
    assert!(size_of::<RstStream>() == 20);
    assert!(size_of::<SettingsEntry>() == 12 && offset_of!(SettingsEntry, value) == 8);
    assert!(size_of::<Settings>() == 32 && offset_of!(Settings, iv) == 24);
    assert!(size_of::<Ping>() == 16);
    assert!(size_of::<Goaway>() == 20);
    assert!(size_of::<WindowUpdate>() == 20);
    assert!(size_of::<Credential>() == 48 && offset_of!(Credential, ncerts) == 40);
    assert!(size_of::<Frame>() == 48);
    assert!(size_of::<DataProvider>() == 16);
    assert!(size_of::<NpnProto>() == 16 && offset_of!(NpnProto, version) == 10);
    assert!(size_of::<Callbacks>() == 136);
    assert!(offset_of!(Callbacks, on_ctrl_not_send) == 64);
    assert!(offset_of!(Callbacks, on_ctrl_recv_parse_error) == 120);
};

/// `enum spdylay_error`.
pub mod error {
    pub const INVALID_ARGUMENT: i32 = -501;
    pub const ZLIB: i32 = -502;
    pub const UNSUPPORTED_VERSION: i32 = -503;
    pub const WOULDBLOCK: i32 = -504;
    pub const PROTO: i32 = -505;
    pub const INVALID_FRAME: i32 = -506;
    pub const EOF: i32 = -507;
    pub const DEFERRED: i32 = -508;
    pub const STREAM_ID_NOT_AVAILABLE: i32 = -509;
    pub const STREAM_CLOSED: i32 = -510;
    pub const STREAM_CLOSING: i32 = -511;
    pub const STREAM_SHUT_WR: i32 = -512;
    pub const INVALID_STREAM_ID: i32 = -513;
    pub const INVALID_STREAM_STATE: i32 = -514;
    pub const DEFERRED_DATA_EXIST: i32 = -515;
    pub const SYN_STREAM_NOT_ALLOWED: i32 = -516;
    pub const GOAWAY_ALREADY_SENT: i32 = -517;
    pub const INVALID_HEADER_BLOCK: i32 = -518;
    pub const INVALID_STATE: i32 = -519;
    pub const GZIP: i32 = -520;
    pub const TEMPORAL_CALLBACK_FAILURE: i32 = -521;
    pub const FRAME_TOO_LARGE: i32 = -522;
    pub const FATAL: i32 = -900;
    pub const NOMEM: i32 = -901;
    pub const CALLBACK_FAILURE: i32 = -902;
}

/// `enum spdylay_status_code`; the GOAWAY codes are the same up to 1, and 2 is INTERNAL_ERROR there.
pub mod status {
    pub const OK: u32 = 0;
    pub const PROTOCOL_ERROR: u32 = 1;
    pub const INVALID_STREAM: u32 = 2;
    pub const REFUSED_STREAM: u32 = 3;
    pub const UNSUPPORTED_VERSION: u32 = 4;
    pub const CANCEL: u32 = 5;
    pub const INTERNAL_ERROR: u32 = 6;
    pub const FLOW_CONTROL_ERROR: u32 = 7;
    pub const STREAM_IN_USE: u32 = 8;
    pub const STREAM_ALREADY_CLOSED: u32 = 9;
    pub const FRAME_TOO_LARGE: u32 = 11;
}

/// `enum spdylay_frame_type`.
pub mod kind {
    pub const SYN_STREAM: u16 = 1;
    pub const SYN_REPLY: u16 = 2;
    pub const RST_STREAM: u16 = 3;
    pub const SETTINGS: u16 = 4;
    pub const NOOP: u16 = 5;
    pub const PING: u16 = 6;
    pub const GOAWAY: u16 = 7;
    pub const HEADERS: u16 = 8;
    pub const WINDOW_UPDATE: u16 = 9;
    pub const CREDENTIAL: u16 = 10;
}

/// Control, DATA and SETTINGS flag bits.
pub mod flag {
    pub const NONE: u8 = 0;
    pub const FIN: u8 = 1;
    pub const UNIDIRECTIONAL: u8 = 2;
}

/// `enum spdylay_settings_id`.
pub mod setting {
    pub const MAX_CONCURRENT_STREAMS: i32 = 4;
    pub const INITIAL_WINDOW_SIZE: i32 = 7;
}

/// `enum spdylay_opt`; 1.4 has the first three.
pub mod option {
    pub const NO_AUTO_WINDOW_UPDATE: i32 = 1;
    pub const MAX_RECV_CTRL_FRAME_BUFFER: i32 = 2;
    pub const NO_AUTO_WINDOW_UPDATE2: i32 = 3;
    pub const NO_FLOW_CONTROL: i32 = 101;
    pub const MAX_DATA_PAYLOAD: i32 = 102;
    pub const HTTP_RULES: i32 = 103;
}
