//! The compression contexts of a session: one for each direction, shared by all its streams (SPDY/3 section 2.6.10.1).
//!
//! Owns everything that is known about zlib; nobody else names the compressor, so that it can be replaced here. It must
//! never know what the blocks contain.

mod contexts;
mod deflate;
mod inflate;

pub use deflate::{Compression, Deflater};
pub use inflate::{Inflated, Inflater};
