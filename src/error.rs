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
