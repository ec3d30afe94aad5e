//! The wire format of SPDY/2 and SPDY/3, written down without the library.
//!
//! * [`Writer`] compresses header blocks and builds the frames that carry them; the free functions
//!   build all other frames. Every function returns the bytes of one frame, for `Session::feed`.
//! * [`Reader`] takes bytes in any pieces and gives back [`Sent`] frames, header blocks inflated.
//!
//! A version argument is the one on the wire: 2, or 3 for SPDY/3 and SPDY/3.1.

mod read;
mod write;

pub use read::{payload_of, Reader, Sent};
pub use write::*;

/// The preset zlib dictionary of a wire version.
pub fn dictionary(version: u16) -> &'static [u8] {
    match version {
        2 => include_bytes!("wire/spdy2.dict"),
        _ => include_bytes!("wire/spdy3.dict"),
    }
}

/// Adler-32, by which a zlib stream names its dictionary (RFC 1950 section 8.2).
pub fn adler32(bytes: &[u8]) -> u32 {
    let (a, b) = bytes.iter().fold((1u32, 0u32), |(a, b), &byte| {
        let a = (a + u32::from(byte)) % 65521;
        (a, (b + a) % 65521)
    });
    b << 16 | a
}
