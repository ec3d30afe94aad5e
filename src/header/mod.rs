//! Header blocks: lists of name/value pairs in memory, on the wire, and compressed.
//!
//! Owns everything between the application's names and values and the compressed bytes inside a frame. It must never
//! know which frame a block belongs to, nor what any single header means.
//!
//! - [`block`]: the list in memory;
//! - [`codec`]: the list to and from its uncompressed wire form, with the rules for names and values;
//! - [`names`]: the names that SPDY/2 spells differently;
//! - [`zlib`]: the compression contexts.

pub mod block;
pub mod codec;
mod names;
pub mod zlib;

pub use crate::error::{DeflateError, HeaderError, InflateError};
pub use block::{HeaderBlock, Pair, Span};
pub use codec::{decode, encode, Decoded};
pub use zlib::{Compression, Deflater, Inflated, Inflater};
