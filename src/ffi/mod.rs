//! The C API: the only place that knows C, and the only one with `unsafe`.
//!
//! The items carry their C names. Their documentation is written for the C
//! programmer, because it becomes `include/spdylay/spdylay.h`; the general
//! rules about pointers, ownership and threads that a Rust programmer would
//! look for under "Safety" stand once in the introduction of that header.

// The names are those of the C API, and the safety rules those of its manual.
#![allow(non_camel_case_types, clippy::missing_safety_doc)]

mod arguments;
mod boundary;
pub mod callbacks;
mod codes;
pub mod drive;
pub mod enums;
pub mod error;
pub mod gzip;
mod handle;
pub mod keep_alive;
mod layout;
mod memory;
pub mod npn;
pub mod options;
pub mod origin;
mod recv_driver;
mod send_driver;
pub mod session;
pub mod submit;
pub mod types;
mod version;
mod view;
