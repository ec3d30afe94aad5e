//! The error codes as integers, and their texts.

use std::ffi::CStr;
use std::os::raw::{c_char, c_int};

use super::enums::spdylay_error;

macro_rules! codes {
    ($($name:ident => $text:literal,)+) => {
        $(
            #[doc = concat!("[`spdylay_error::", stringify!($name), "`] as C passes it.")]
            pub(crate) const $name: c_int = spdylay_error::$name as c_int;
        )+

        fn text(code: c_int) -> &'static CStr {
            match code {
                0 => c"success",
                $($name => $text,)+
                _ => c"unknown error code",
            }
        }
    };
}

codes! {
    SPDYLAY_ERR_INVALID_ARGUMENT => c"invalid argument",
    SPDYLAY_ERR_ZLIB => c"header compression failed (zlib)",
    SPDYLAY_ERR_UNSUPPORTED_VERSION => c"SPDY version not supported",
    SPDYLAY_ERR_WOULDBLOCK => c"operation would block",
    SPDYLAY_ERR_PROTO => c"the rules of the SPDY protocol were broken",
    SPDYLAY_ERR_INVALID_FRAME => c"malformed frame",
    SPDYLAY_ERR_EOF => c"end of input",
    SPDYLAY_ERR_DEFERRED => c"data deferred until resumed",
    SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE => c"all stream ids are used up",
    SPDYLAY_ERR_STREAM_CLOSED => c"the stream is closed or was never opened",
    SPDYLAY_ERR_STREAM_CLOSING => c"the stream is being closed",
    SPDYLAY_ERR_STREAM_SHUT_WR => c"sending on this stream is no longer allowed",
    SPDYLAY_ERR_INVALID_STREAM_ID => c"stream id not valid here",
    SPDYLAY_ERR_INVALID_STREAM_STATE => c"the state of the stream does not allow this",
    SPDYLAY_ERR_DEFERRED_DATA_EXIST => c"the stream has deferred data already",
    SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED => c"opening streams is not allowed any more",
    SPDYLAY_ERR_GOAWAY_ALREADY_SENT => c"GOAWAY was sent before",
    SPDYLAY_ERR_INVALID_HEADER_BLOCK => c"names or values of the header block not valid",
    SPDYLAY_ERR_INVALID_STATE => c"the state of the session does not allow this",
    SPDYLAY_ERR_GZIP => c"decompression failed (gzip)",
    SPDYLAY_ERR_TEMPORAL_CALLBACK_FAILURE => c"callback failed for this stream only",
    SPDYLAY_ERR_FRAME_TOO_LARGE => c"frame too large",
    SPDYLAY_ERR_NOMEM => c"out of memory",
    SPDYLAY_ERR_CALLBACK_FAILURE => c"callback failed",
}

/// [`spdylay_error::SPDYLAY_ERR_FATAL`] as C passes it. It has no text of its own: it is a threshold first of all.
pub(crate) const SPDYLAY_ERR_FATAL: c_int = spdylay_error::SPDYLAY_ERR_FATAL as c_int;

/// Describes an error code.
///
/// @param error_code  one of #spdylay_error, 0 for success, or any other number
///
/// @return A constant text in English, never NULL. All numbers that are no
///         error code, #SPDYLAY_ERR_FATAL among them, have one text in common.
#[no_mangle]
pub unsafe extern "C" fn spdylay_strerror(error_code: c_int) -> *const c_char {
    text(error_code).as_ptr()
}
