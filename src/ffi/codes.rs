//! The numbers that C gets for the errors of the core.

use std::os::raw::c_int;

use super::error::*;
use crate::error::{Fatal, HeaderError, NotSent, OptionError, ParseError, SubmitError};

/// An error that has a number in the C API.
pub(super) trait Code {
    fn code(self) -> c_int;
}

impl Code for SubmitError {
    fn code(self) -> c_int {
        match self {
            SubmitError::InvalidArgument => SPDYLAY_ERR_INVALID_ARGUMENT,
            SubmitError::StreamIdNotAvailable => SPDYLAY_ERR_STREAM_ID_NOT_AVAILABLE,
            SubmitError::StreamClosed => SPDYLAY_ERR_STREAM_CLOSED,
            SubmitError::InvalidState => SPDYLAY_ERR_INVALID_STATE,
            SubmitError::NoMemory => SPDYLAY_ERR_NOMEM,
        }
    }
}

impl Code for HeaderError {
    fn code(self) -> c_int {
        match self {
            HeaderError::InvalidName => SPDYLAY_ERR_INVALID_ARGUMENT,
            HeaderError::TooLarge => SPDYLAY_ERR_FRAME_TOO_LARGE,
            HeaderError::NoMemory => SPDYLAY_ERR_NOMEM,
        }
    }
}

impl Code for NotSent {
    fn code(self) -> c_int {
        match self {
            NotSent::StreamClosed => SPDYLAY_ERR_STREAM_CLOSED,
            NotSent::StreamClosing => SPDYLAY_ERR_STREAM_CLOSING,
            NotSent::StreamShutWr => SPDYLAY_ERR_STREAM_SHUT_WR,
            NotSent::InvalidStreamId => SPDYLAY_ERR_INVALID_STREAM_ID,
            NotSent::InvalidStreamState => SPDYLAY_ERR_INVALID_STREAM_STATE,
            NotSent::SynStreamNotAllowed => SPDYLAY_ERR_SYN_STREAM_NOT_ALLOWED,
            NotSent::GoawayAlreadySent => SPDYLAY_ERR_GOAWAY_ALREADY_SENT,
            NotSent::FrameTooLarge => SPDYLAY_ERR_FRAME_TOO_LARGE,
            NotSent::Zlib => SPDYLAY_ERR_ZLIB,
        }
    }
}

impl Code for ParseError {
    fn code(self) -> c_int {
        match self {
            ParseError::Zlib => SPDYLAY_ERR_ZLIB,
            ParseError::UnsupportedVersion => SPDYLAY_ERR_UNSUPPORTED_VERSION,
            ParseError::InvalidFrame => SPDYLAY_ERR_INVALID_FRAME,
        }
    }
}

impl Code for Fatal {
    fn code(self) -> c_int {
        match self {
            Fatal::NoMemory => SPDYLAY_ERR_NOMEM,
        }
    }
}

impl Code for OptionError {
    fn code(self) -> c_int {
        SPDYLAY_ERR_INVALID_ARGUMENT
    }
}

/// What C functions without a value return.
pub(super) fn result_code(result: Result<(), c_int>) -> c_int {
    match result {
        Ok(()) => 0,
        Err(code) => code,
    }
}
