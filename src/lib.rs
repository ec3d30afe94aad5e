//! SPDY/2, SPDY/3 and SPDY/3.1 sessions.

mod error;
mod frame;
pub mod gzip;
mod header;
pub mod npn;
pub mod version;
mod wire;

#[doc(hidden)]
#[allow(unsafe_code)]
pub mod ffi;
