//! The example programs, run the way their users run them.
//!
//! Each test starts real processes on loopback ports that the system picks, waits for what they print, and is bounded in
//! time. The programs are built once per run, against the library that cargo built beside this test.
//! `SPDYLAY_EXAMPLES_LIBDIR` and `SPDYLAY_EXAMPLES_INCLUDEDIR` name another libspdylay to build them against.

mod failures;
mod fetching;
#[path = "../harness/mod.rs"]
mod harness;
mod hello;
mod hostile;
mod http;
mod lifecycle;
mod serving;
mod transfers;

// Frames, as the tests of the library build and read them.
#[path = "../support/mod.rs"]
mod support;

use harness::{process, programs, scratch, spdyd};
