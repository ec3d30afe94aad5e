//! Status codes of RST_STREAM (SPDY/3 section 2.6.3) and GOAWAY (section 2.6.6).
//!
//! Plain numbers: what a peer sends is handed on as it is, known or not.

/// A stream ended as it should; as a GOAWAY: nothing is wrong.
pub const OK: u32 = 0;
/// The peer broke the protocol.
pub const PROTOCOL_ERROR: u32 = 1;
/// A frame for a stream that is not active.
pub const INVALID_STREAM: u32 = 2;
/// The stream was refused before anything was done for it.
pub const REFUSED_STREAM: u32 = 3;
/// The recipient does not speak that version.
pub const UNSUPPORTED_VERSION: u32 = 4;
/// The opener no longer wants the stream.
pub const CANCEL: u32 = 5;
/// The recipient failed; as a GOAWAY this is 2.
pub const INTERNAL_ERROR: u32 = 6;
/// The peer ignored a window.
pub const FLOW_CONTROL_ERROR: u32 = 7;
/// A second SYN_REPLY for one stream.
pub const STREAM_IN_USE: u32 = 8;
/// A frame for a half-closed stream.
pub const STREAM_ALREADY_CLOSED: u32 = 9;
/// The client certificate is not valid for this origin.
pub const INVALID_CREDENTIALS: u32 = 10;
/// The recipient cannot take a frame of this size.
pub const FRAME_TOO_LARGE: u32 = 11;
