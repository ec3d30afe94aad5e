//! kubestream, used by the real kubectl.
//!
//! Each test starts a server on a loopback port that the system picks, runs kubectl against it with a home of its own,
//! compares contents and exit codes, and is bounded in time. At its end the server must stop cleanly, under
//! AddressSanitizer and LeakSanitizer where memory is not measured. Without kubectl the tests are skipped.

mod attach;
mod backend;
mod copy;
mod eventually;
mod exec;
mod flow;
mod forward;
mod forward_many;
#[path = "../harness/mod.rs"]
mod harness;
mod kubectl;
mod lifecycle;
mod pieces;
mod pty;
mod refusals;
mod server;
mod session;
mod soak;
mod streams;
mod tap;
mod terminal;
mod tls;
mod tokens;
mod wire;

// Frames, as the tests of the library build and read them.
#[path = "../support/mod.rs"]
mod support;

use harness::{http, process, programs, scratch, tools};
