//! What tests of whole programs use: processes, the programs to run in them, and folders for their files.
//!
//! * [`process`]: processes that cannot outlive their test, and whose output can be waited for.
//! * [`programs`]: the programs in `examples-c/`, built as users build them or with memory checkers.
//! * [`spdyd`]: a running spdyd, and the spdycat commands that talk to it.
//! * [`go`]: the Go programs of the tests.
//! * [`http`]: an HTTP exchange by hand.
//! * [`scratch`]: a folder that is gone when the test is.
//! * [`tools`]: programs of the system, and what happens where one is missing.
//!
//! Its users say `use harness::{...}` at their root, and the modules are `crate::process` and so on to the others.

// Each test binary compiles this module and uses a part of it.
#![allow(dead_code)]

pub mod go;
pub mod http;
pub mod process;
pub mod programs;
pub mod scratch;
pub mod spdyd;
pub mod tools;
