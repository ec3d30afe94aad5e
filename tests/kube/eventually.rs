//! Waiting for what another process does.

use std::thread;
use std::time::{Duration, Instant};

use crate::process::PATIENCE;

/// Waits until something that is bound to happen has happened.
#[track_caller]
pub fn eventually(what: &str, happened: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !happened() {
        assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}
