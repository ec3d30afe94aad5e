//! What every contract test uses: the library as a C program sees it.
//!
//! The tests drive the C ABI only. The library is loaded at run time (see [`api`]), so the same
//! tests run against the one built here and, as a black box, against any other libspdylay:
//!
//! ```text
//! cargo test                                             # the library of this crate
//! SPDYLAY_TEST_LIBRARY=/path/libspdylay.so.7 \
//! SPDYLAY_TEST_LIBRARY_IS_1_4=1 cargo test               # libspdylay 1.4
//! ```
//!
//! * [`peer`]: a session whose callbacks write a transcript, and `pump` between two of them.
//! * [`script`]: what `send_callback`, `recv_callback` and data providers answer.
//! * [`scenario`]: sessions that have already come some way.
//! * [`entry_points`]: every function that takes a session.
//! * [`conversation`]: the frames of one side of a long session.
//! * [`verdict`]: what a session makes of one received frame.
//! * [`nv`]: name/value arrays, well-formed or not.
//! * [`frame`], [`event`]: frames and callbacks as comparable, printable values.
//! * [`bomb`]: header blocks that grow when they are inflated.
//! * [`memory`]: how much memory something takes.
//! * [`wire`]: frame builders and a parser that share no code with the library.

// Each test binary compiles this module and uses a part of it.
#![allow(dead_code)]

pub mod abi;
pub mod api;
pub mod bomb;
mod callbacks;
mod calls;
pub mod conversation;
pub mod entry_points;
pub mod event;
pub mod frame;
#[cfg(target_os = "linux")]
pub mod memory;
pub mod nv;
pub mod peer;
pub mod scenario;
pub mod script;
pub mod verdict;
pub mod wire;

/// True, with a note in the output, when the library under test is libspdylay 1.4, which has the
/// named defect or difference. A test of the mended behaviour starts with
/// `if defective_in_1_4("...") { return; }`.
pub fn defective_in_1_4(defect: &str) -> bool {
    let is_1_4 = std::env::var_os("SPDYLAY_TEST_LIBRARY_IS_1_4").is_some_and(|value| value == "1");
    if is_1_4 {
        println!("not tested with libspdylay 1.4: {defect}");
    }
    is_1_4
}
