//! The library against the SPDY implementations of others, the real ones; README.md lists them, and their quirks.
//!
//! A peer that is not installed costs its tests, which say so; in CI that is a failure.

mod as_client;
mod as_server;
mod c_programs;
mod driver;
#[path = "../harness/mod.rs"]
mod harness;
mod moby;
mod netty;
mod node;
mod pcap;
mod peer;
mod relay;
mod tshark;

use harness::{go, process, programs, scratch, spdyd, tools};
