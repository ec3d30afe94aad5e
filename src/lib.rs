//! SPDY/2, SPDY/3 and SPDY/3.1 sessions.

pub mod error;
pub mod frame;
pub mod gzip;
pub mod header;
pub mod npn;
pub mod session;
pub mod version;
mod wire;

#[doc(hidden)]
#[allow(unsafe_code)]
pub mod ffi;
