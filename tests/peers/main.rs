//! The library against the SPDY implementations of others, the real ones; README.md lists them, and their quirks.
//!
//! A peer that is not installed costs its tests, which say so; in CI that is a failure.

// These serve the end-to-end tests too, which use more of them.
#[allow(dead_code)]
#[path = "../e2e/process.rs"]
mod process;
#[allow(dead_code)]
#[path = "../e2e/programs.rs"]
mod programs;
#[allow(dead_code)]
#[path = "../e2e/scratch.rs"]
mod scratch;
#[allow(dead_code)]
#[path = "../e2e/spdyd.rs"]
mod spdyd;
#[path = "../e2e/tools.rs"]
mod tools;

mod as_client;
mod as_server;
mod driver;
mod moby;
mod netty;
mod node;
mod pcap;
mod peer;
mod tls;
mod tshark;
