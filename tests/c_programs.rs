//! The C programs in `tests/c/`, against the shared and the static library, under the memory checkers.
//!
//! Like the other tests they can be pointed at another libspdylay (see [`support`]), of which only the shared library
//! is tested then.
#![cfg(target_os = "linux")]

mod harness;
mod support;

use harness::process::run;
use harness::tools;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::defective_in_1_4;

const STRICT: [&str; 5] = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// The exit status with which the memory checkers end a program they found fault with; no program uses it itself.
const MEMORY_FAULT: i32 = 99;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    Shared,
    Static,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Checker {
    None,
    /// AddressSanitizer with its leak checker, and UndefinedBehaviorSanitizer.
    Sanitizers,
    Valgrind,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn other_library() -> Option<PathBuf> {
    env::var_os("SPDYLAY_TEST_LIBRARY").map(PathBuf::from)
}

/// The library as an argument for the linker, and what has to be linked with it.
fn library(link: Link, directory: &Path) -> Vec<String> {
    let built = env::current_exe().expect("the path of the test program");
    if link == Link::Static {
        let library = built.with_file_name("libspdylay.a");
        let with = ["-lgcc_s", "-lpthread", "-lm", "-ldl"].map(String::from);
        return [vec![library.display().to_string()], with.to_vec()].concat();
    }
    let library = other_library().unwrap_or_else(|| built.with_file_name("libspdylay.so"));
    // The program finds the library by its SONAME when it runs.
    let by_soname = directory.join("libspdylay.so.7");
    let _ = std::fs::remove_file(&by_soname);
    std::os::unix::fs::symlink(library, &by_soname).expect("a link to the library");
    vec![
        by_soname.display().to_string(),
        "-Wl,-rpath,$ORIGIN".to_owned(),
    ]
}

/// Builds one of the programs in a directory of its own.
fn build(program: &str, link: Link, checker: Checker) -> PathBuf {
    let name = format!("{program}-{link:?}-{checker:?}");
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("c-programs")
        .join(name);
    std::fs::create_dir_all(&directory).expect("a directory for the program");
    let executable = directory.join(program);
    let mut gcc = Command::new("gcc");
    gcc.args(STRICT).args(["-g", "-O1"]);
    if checker == Checker::Sanitizers {
        gcc.args(["-fsanitize=address,undefined", "-fno-sanitize-recover=all"]);
    }
    gcc.arg("-I").arg(root().join("include"));
    for source in [program, "endpoint"] {
        gcc.arg(root().join("tests/c").join(format!("{source}.c")));
    }
    gcc.args(library(link, &directory))
        .arg("-o")
        .arg(&executable);
    run(&mut gcc).expect_success();
    executable
}

/// Builds a program and runs it to its end, which has to be a good one.
fn check(program: &str, link: Link, checker: Checker) {
    if link == Link::Static && other_library().is_some() {
        return;
    }
    let executable = build(program, link, checker);
    let mut command = match checker {
        Checker::None | Checker::Sanitizers => Command::new(executable),
        Checker::Valgrind => {
            let Some(mut valgrind) = tools::optional("valgrind") else {
                return;
            };
            valgrind
                .args(["--quiet", "--leak-check=full", "--show-leak-kinds=definite"])
                .arg(format!("--error-exitcode={MEMORY_FAULT}"))
                .arg(executable);
            valgrind
        }
    };
    let fail = format!("exitcode={MEMORY_FAULT}");
    command
        .env("ASAN_OPTIONS", &fail)
        .env("UBSAN_OPTIONS", format!("{fail}:print_stacktrace=1"))
        // Where memory is out, a panic that prints its backtrace would hang.
        .env("RUST_BACKTRACE", "1");
    run(&mut command).expect_success();
}

#[test]
fn the_whole_api_with_the_shared_library() {
    check("api_walk", Link::Shared, Checker::Sanitizers);
}

#[test]
fn the_whole_api_with_the_static_library() {
    check("api_walk", Link::Static, Checker::Sanitizers);
}

#[test]
fn the_whole_api_under_valgrind() {
    check("api_walk", Link::Shared, Checker::Valgrind);
}

const NESTING: &str = "nested calls use freed memory";

#[test]
fn calls_from_inside_callbacks_with_the_shared_library() {
    if !defective_in_1_4(NESTING) {
        check("reentrancy", Link::Shared, Checker::Sanitizers);
    }
}

#[test]
fn calls_from_inside_callbacks_with_the_static_library() {
    if !defective_in_1_4(NESTING) {
        check("reentrancy", Link::Static, Checker::Sanitizers);
    }
}

#[test]
fn calls_from_inside_callbacks_under_valgrind() {
    if !defective_in_1_4(NESTING) {
        check("reentrancy", Link::Static, Checker::Valgrind);
    }
}

const OUT_OF_MEMORY: &str = "failed allocations leave dangling pointers and endless loops";

#[test]
fn failing_allocations_with_the_shared_library() {
    if !defective_in_1_4(OUT_OF_MEMORY) {
        check("out_of_memory", Link::Shared, Checker::None);
    }
}

#[test]
fn failing_allocations_with_the_static_library() {
    if !defective_in_1_4(OUT_OF_MEMORY) {
        check("out_of_memory", Link::Static, Checker::None);
    }
}

#[test]
fn clang_has_no_complaints() {
    let Some(mut clang) = tools::optional("clang") else {
        return;
    };
    clang.args(STRICT).arg("-fsyntax-only");
    clang.arg("-I").arg(root().join("include"));
    for source in ["api_walk", "reentrancy", "out_of_memory", "endpoint"] {
        clang.arg(root().join("tests/c").join(format!("{source}.c")));
    }
    run(&mut clang).expect_success();
}
