//! Bytes that a server receives.
#![no_main]

use libfuzzer_sys::fuzz_target;
use spdylay_fuzz::{receive_anything, Role};

fuzz_target!(|data: &[u8]| receive_anything(Role::Server, data));
