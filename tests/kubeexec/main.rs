//! kubeexec, against kubestream and against a Go server on moby/spdystream.
//!
//! Each test starts a server on a loopback port that the system picks, compares contents and exit codes, and is bounded
//! in time. kubeexec runs under AddressSanitizer and LeakSanitizer where memory is not measured.

mod answers;
mod config;
mod endings;
mod exec;
mod flow;
mod forward;
#[path = "../harness/mod.rs"]
mod harness;
mod peer;
mod terminal;
mod url;
mod wire;

// What the tests of kubestream have as well.
#[allow(dead_code)]
#[path = "../kube/backend.rs"]
mod backend;
#[path = "../kube/eventually.rs"]
mod eventually;
#[path = "../kube/pty.rs"]
mod pty;
#[path = "../kube/tap.rs"]
mod tap;

// Frames, as the tests of the library build and read them.
#[path = "../support/mod.rs"]
mod support;

use harness::{go, http, process, programs, scratch};
