//! Builds the programs in `examples-c/`, and says how to run them.

use std::collections::BTreeSet;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::process::run;
use super::tools;

#[derive(Clone, Copy, Debug)]
pub enum Build {
    /// Against the shared library, as most people use it.
    Shared,
    /// With the static library inside.
    Static,
    /// By the other compiler, which warns of other things.
    Clang,
    /// Against the shared library, with AddressSanitizer and UndefinedBehaviorSanitizer.
    Sanitized,
    /// The shared build, each program run by valgrind.
    Valgrind,
}

/// The exit status with which the memory checkers end a program they found fault with; no program uses it itself.
const MEMORY_FAULT: &str = "99";

impl Build {
    /// A command that runs one of the programs, or `None` where a tool for it is missing.
    pub fn command(self, program: &str) -> Option<Command> {
        if let Build::Clang = self {
            tools::optional("clang")?;
        }
        let path = self.directory(program).join(program);
        match self {
            Build::Shared | Build::Static | Build::Clang => Some(Command::new(path)),
            Build::Sanitized => {
                let mut command = Command::new(path);
                let fail = format!("exitcode={MEMORY_FAULT}");
                command.env(
                    "ASAN_OPTIONS",
                    format!("{fail}:detect_stack_use_after_return=1"),
                );
                command.env("UBSAN_OPTIONS", format!("{fail}:print_stacktrace=1"));
                Some(command)
            }
            Build::Valgrind => {
                let mut command = tools::optional("valgrind")?;
                command.args([
                    "--quiet",
                    "--leak-check=full",
                    "--errors-for-leak-kinds=definite",
                ]);
                command
                    .arg(format!("--error-exitcode={MEMORY_FAULT}"))
                    .arg(path);
                Some(command)
            }
        }
    }

    /// Where the programs of this build are, after making sure that `program` is one of them.
    fn directory(self, program: &str) -> PathBuf {
        match self {
            Build::Shared | Build::Valgrind => make(program, "shared", &[]),
            Build::Static => make(program, "static", &["LINK=static"]),
            Build::Clang => make(program, "clang", &["CC=clang"]),
            Build::Sanitized => make(
                program,
                "sanitized",
                &["SANITIZE=address,undefined", "CFLAGS=-O1 -g"],
            ),
        }
    }
}

/// Makes a program unless this test process has done so, and returns its directory.
fn make(program: &str, build: &'static str, settings: &[&str]) -> PathBuf {
    static MADE: Mutex<BTreeSet<(&str, String)>> = Mutex::new(BTreeSet::new());
    let tree = Path::new(env!("CARGO_MANIFEST_DIR"));
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .join("examples-c")
        .join(build);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if made.contains(&(build, program.to_owned())) {
        return directory;
    }
    let mut command = tools::one_at_a_time(&directory, "make");
    command
        .args(["-j2", program, "-C"])
        .arg(tree.join("examples-c"))
        .args(settings);
    command.arg(format!("BUILD={}", directory.display()));
    command.arg(format!("LIBDIR={}", library_directory().display()));
    let include =
        env::var_os("SPDYLAY_EXAMPLES_INCLUDEDIR").map_or(tree.join("include"), PathBuf::from);
    command.arg(format!("INCLUDEDIR={}", include.display()));
    // What a make or a cargo above this test passes down is not meant for this make.
    for variable in [
        "MAKEFLAGS",
        "MFLAGS",
        "CARGO_MAKEFLAGS",
        "CFLAGS",
        "LDFLAGS",
    ] {
        command.env_remove(variable);
    }
    run(&mut command).expect_success();
    made.insert((build, program.to_owned()));
    directory
}

/// Cargo leaves the shared and the static library beside the test executables.
fn library_directory() -> PathBuf {
    env::var_os("SPDYLAY_EXAMPLES_LIBDIR").map_or_else(
        || env::current_exe().unwrap().parent().unwrap().to_owned(),
        PathBuf::from,
    )
}
