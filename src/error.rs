//! What can go wrong inside the core.
//!
//! Owns the error types; it must never know the numbers that the C interface gives them.

use std::collections::TryReserveError;
use std::fmt;

/// Why a list of header pairs cannot be sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HeaderError {
    /// A name is empty or has a byte outside 0x20 to 0x7E.
    InvalidName,
    /// A length or a count does not fit its field on the wire.
    TooLarge,
    /// There is not enough memory for a copy.
    NoMemory,
}

/// Why a header block could not be compressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DeflateError {
    /// The compressed block would be larger than allowed.
    TooLarge,
    /// The compressor failed.
    Zlib,
    /// There is not enough memory for the compressed block.
    NoMemory,
}

/// Why a compressed header block could not be decompressed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum InflateError {
    /// The data is not a valid part of the zlib stream, or ends it, or wants another dictionary.
    Zlib,
    /// There is not enough memory for the decompressed block.
    NoMemory,
}

/// Why a frame with a header block could not be written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EncodeError {
    /// The frame, or a name, value or count in it, is larger than its length field can say.
    TooLarge,
    /// The compressor failed.
    Zlib,
    /// There is not enough memory for the frame.
    NoMemory,
}

/// The payload of a control frame does not have the length that its type and version require.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct InvalidLength;

/// Why the payload of a SETTINGS frame could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SettingsError {
    /// The length of the payload and the number of entries that it declares do not agree.
    InvalidLength,
    /// There is not enough memory for the entries.
    NoMemory,
}

/// Why a call on a session was refused: the caller's fault.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SubmitError {
    /// An argument is out of range or does not fit the session's state.
    InvalidArgument,
    /// All stream ids are used up; a new connection is needed.
    StreamIdNotAvailable,
    /// There is no such stream.
    StreamClosed,
    /// The session is not in the mode that the call needs.
    InvalidState,
    /// There is not enough memory, or more is queued than any peer will take.
    NoMemory,
}

/// Why a frame that was queued is not sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NotSent {
    /// There is no such stream, or no longer.
    StreamClosed,
    /// A RST_STREAM for the stream is queued.
    StreamClosing,
    /// The stream's sending side has ended.
    StreamShutWr,
    /// Only the peer may reply to a stream of this end.
    InvalidStreamId,
    /// The stream is not ready for this frame, or no longer.
    InvalidStreamState,
    /// The session is ending.
    SynStreamNotAllowed,
    /// A session has one GOAWAY.
    GoawayAlreadySent,
    /// The frame, or something in its header block, is too large for the protocol.
    FrameTooLarge,
    /// The header block could not be compressed.
    Zlib,
}

/// Why a received frame cannot be understood: the peer's fault, and the end of the session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParseError {
    /// The header block cannot be decompressed.
    Zlib,
    /// The frame's version is not known.
    UnsupportedVersion,
    /// The frame's length or the structure of its payload is wrong.
    InvalidFrame,
}

/// Why a session cannot go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fatal {
    /// There is not enough memory.
    NoMemory,
}

/// The value of an option is out of range.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OptionError;

macro_rules! describe {
    ($($type:ident { $($pattern:pat => $text:literal),+ $(,)? })+) => {$(
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $($pattern => $text),+ })
            }
        }

        impl std::error::Error for $type {}
    )+};
}

describe! {
    SubmitError {
        SubmitError::InvalidArgument => "invalid argument",
        SubmitError::StreamIdNotAvailable => "stream ids are used up",
        SubmitError::StreamClosed => "no such stream",
        SubmitError::InvalidState => "the session is not in the mode for this",
        SubmitError::NoMemory => "out of memory",
    }
    NotSent {
        NotSent::StreamClosed => "the stream is closed",
        NotSent::StreamClosing => "the stream is being reset",
        NotSent::StreamShutWr => "the stream's sending side has ended",
        NotSent::InvalidStreamId => "the stream is not the peer's",
        NotSent::InvalidStreamState => "the stream is in the wrong state",
        NotSent::SynStreamNotAllowed => "the session is ending",
        NotSent::GoawayAlreadySent => "GOAWAY was sent before",
        NotSent::FrameTooLarge => "frame too large",
        NotSent::Zlib => "header compression failed",
    }
    ParseError {
        ParseError::Zlib => "invalid compressed header block",
        ParseError::UnsupportedVersion => "unknown protocol version",
        ParseError::InvalidFrame => "malformed frame",
    }
    Fatal {
        Fatal::NoMemory => "out of memory",
    }
    OptionError {
        OptionError => "option value out of range",
    }
    HeaderError {
        HeaderError::InvalidName => "invalid header name",
        HeaderError::TooLarge => "header too large for the protocol version",
        HeaderError::NoMemory => "out of memory",
    }
    DeflateError {
        DeflateError::TooLarge => "compressed header block too large",
        DeflateError::Zlib => "header compression failed",
        DeflateError::NoMemory => "out of memory",
    }
    InflateError {
        InflateError::Zlib => "invalid compressed header block",
        InflateError::NoMemory => "out of memory",
    }
    EncodeError {
        EncodeError::TooLarge => "frame too large",
        EncodeError::Zlib => "header compression failed",
        EncodeError::NoMemory => "out of memory",
    }
    InvalidLength {
        InvalidLength => "wrong payload length for this kind of frame",
    }
    SettingsError {
        SettingsError::InvalidLength => "SETTINGS length and number of entries disagree",
        SettingsError::NoMemory => "out of memory",
    }
}

macro_rules! no_memory {
    ($($type:ident)+) => {$(
        impl From<TryReserveError> for $type {
            fn from(_: TryReserveError) -> $type {
                $type::NoMemory
            }
        }
    )+};
}

no_memory! { HeaderError DeflateError InflateError EncodeError SettingsError }

impl From<DeflateError> for EncodeError {
    fn from(error: DeflateError) -> EncodeError {
        match error {
            DeflateError::TooLarge => EncodeError::TooLarge,
            DeflateError::Zlib => EncodeError::Zlib,
            DeflateError::NoMemory => EncodeError::NoMemory,
        }
    }
}

impl From<HeaderError> for EncodeError {
    fn from(error: HeaderError) -> EncodeError {
        match error {
            HeaderError::NoMemory => EncodeError::NoMemory,
            HeaderError::TooLarge | HeaderError::InvalidName => EncodeError::TooLarge,
        }
    }
}
