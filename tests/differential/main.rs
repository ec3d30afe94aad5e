//! Plays the same scenarios with two libraries and compares everything that can be seen of them.
//!
//! ```text
//! SPDYLAY_REFERENCE=/path/libspdylay.so.7 cargo test --release --test differential
//! ```
//!
//! A scenario comes from a seed: calls of an application, also inside callbacks, a transport that takes what it likes,
//! and frames of a peer, good and bad; or a client and a server joined. The transcripts hold every callback with its
//! arguments, every result, what the getters say after each step and in each callback, and every frame on the wire.
//!
//! `SPDYLAY_REFERENCE` names the other library: libspdylay 1.4, or an earlier build of this one. What differs from 1.4 on
//! purpose is in [`rules`]. Without it, the transcripts are compared with those on record, see [`record`].
//!
//! `SPDYLAY_DIFFERENTIAL_SEEDS` is the number of seeds, `SPDYLAY_DIFFERENTIAL_START` the first one.

mod app;
mod calls;
mod compare;
mod consumption;
mod deflate;
mod defuse;
mod functions;
mod generate;
mod input;
mod pair;
mod play;
mod player;
mod random;
mod record;
mod report;
mod restraint;
mod rules;
mod scenario;
mod self_test;
mod shrink;
mod sight;
mod solo;
#[path = "../support/mod.rs"]
mod support;
mod transcript;
mod transport;

use std::path::PathBuf;
use support::api::{api, Api};

/// As many as are on record.
pub const SEEDS: u64 = 192;

fn number(variable: &str, default: u64) -> u64 {
    match std::env::var(variable) {
        Ok(text) => text.parse().unwrap_or_else(|_| panic!("{variable}={text}")),
        Err(_) => default,
    }
}

#[test]
fn plays_like_the_reference_or_as_recorded() {
    let start = number("SPDYLAY_DIFFERENTIAL_START", 0);
    let seeds = start..start + number("SPDYLAY_DIFFERENTIAL_SEEDS", SEEDS);
    if let Some(path) = std::env::var_os("SPDYLAY_REFERENCE") {
        let reference = Api::load(&PathBuf::from(path));
        assert!(
            !std::ptr::fn_addr_eq(reference.session_send, api().session_send),
            "two libraries are to be compared"
        );
        report::compare(seeds, api(), reference);
    } else if std::env::var_os("SPDYLAY_DIFFERENTIAL_RECORD").is_some() {
        record::record(seeds, api());
    } else {
        record::check(seeds, api());
    }
}
