//! Header blocks: lists of name/value pairs in memory, on the wire, and compressed.
//!
//! Owns everything between the application's names and values and the compressed bytes inside a frame. It must never
//! know which frame a block belongs to, nor what any single header means.

mod block;
mod decode;
mod encode;
mod names;
mod zlib;

pub use crate::error::{DeflateError, HeaderError, InflateError};
pub use block::{HeaderBlock, Pair, Span};
pub use decode::{decode, Decoded};
pub use encode::encode;
pub use zlib::{Compression, Deflater, Inflated, Inflater};
