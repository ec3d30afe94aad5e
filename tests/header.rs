//! The C side of the package: the headers are what the sources generate, they state the ABI of libspdylay 1.4 to C and
//! C++ compilers, and the libraries export what the headers declare.

#[path = "../build/header.rs"]
mod generator;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

const C_STANDARDS: [&str; 3] = ["c99", "c11", "c17"];
const CXX_STANDARDS: [&str; 2] = ["c++11", "c++20"];
const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A library that cargo has built for this test, beside the test's own executable.
fn library(name: &str) -> PathBuf {
    let path = env::current_exe().unwrap().with_file_name(name);
    assert!(path.exists(), "{} is not built", path.display());
    path
}

/// Whether a tool is there. Without it a test can only be skipped, which must not pass unnoticed, least of all in CI.
fn has_tool(tool: &str) -> bool {
    let found = Command::new(tool).arg("--version").output().is_ok();
    if !found {
        assert!(env::var_os("CI").is_none(), "{tool} is needed in CI");
        let test = thread::current().name().unwrap_or("header").to_owned();
        // Not `eprintln!`, which the test harness hides.
        let _ = writeln!(io::stderr(), "SKIPPED a part of {test}: {tool} is missing");
    }
    found
}

/// Runs a command and returns what it prints; fails with its complaints if it does.
fn run(command: &mut Command) -> String {
    let Output {
        status,
        stdout,
        stderr,
    } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
    String::from_utf8(stdout).unwrap()
}

/// A compiler with the strictest warnings, for one standard of its language.
fn compiler(name: &str, standard: &str) -> Command {
    let mut command = Command::new(name);
    if standard.starts_with("c++") {
        command.args(["-x", "c++"]);
    }
    command.arg(format!("-std={standard}"));
    command.args(WARNINGS);
    command.arg("-I").arg(root().join("include"));
    command
}

/// Lets every compiler check a source in every standard.
fn compile_everywhere(source: &Path) {
    let languages: [(&[&str], &[&str]); 2] = [
        (&["gcc", "clang"], &C_STANDARDS),
        (&["g++", "clang++"], &CXX_STANDARDS),
    ];
    for (names, standards) in languages {
        for name in names.iter().filter(|name| has_tool(name)) {
            for standard in standards {
                run(compiler(name, standard).arg("-fsyntax-only").arg(source));
            }
        }
    }
}

/// The functions that a program may call.
fn public_functions() -> BTreeSet<String> {
    let list = fs::read_to_string(root().join("abi/symbols.txt")).unwrap();
    list.lines().map(str::to_owned).collect()
}

#[test]
fn the_headers_are_what_the_sources_generate() {
    for (path, generated) in generator::generate(root()) {
        let checked_in = fs::read_to_string(root().join(path)).unwrap_or_default();
        let differs = checked_in
            .lines()
            .zip(generated.lines())
            .position(|(a, b)| a != b);
        assert!(
            checked_in == generated,
            "{path} is out of date (first difference in line {:?}); run `cargo build --features header`",
            differs.map(|line| line + 1)
        );
    }
}

#[test]
fn the_header_compiles_alone() {
    let source = Path::new(env!("CARGO_TARGET_TMPDIR")).join("include.c");
    fs::write(&source, "#include <spdylay/spdylay.h>\n").unwrap();
    compile_everywhere(&source);
    // C89 lacks <stdint.h>, but compilers have it.
    if has_tool("gcc") {
        let mut gcc = Command::new("gcc");
        gcc.args([
            "-std=c89",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-fsyntax-only",
            "-I",
        ]);
        run(gcc.arg(root().join("include")).arg(&source));
    }
}

#[test]
fn the_header_states_the_abi_of_1_4() {
    compile_everywhere(&root().join("tests/abi/abi.c"));
}

#[test]
fn the_header_declares_the_public_functions() {
    let header = fs::read_to_string(root().join("include/spdylay/spdylay.h")).unwrap();
    let declared: BTreeSet<String> = header
        .lines()
        .filter(|line| !line.starts_with([' ', '#', '}']) && !line.starts_with("typedef"))
        .filter_map(|line| line.split_once('(')?.0.rsplit([' ', '*']).next())
        .map(str::to_owned)
        .collect();
    assert_eq!(declared, public_functions());
}

#[test]
#[cfg(target_os = "linux")]
fn the_shared_library_exports_the_public_functions_only() {
    let mut nm = Command::new("nm");
    let output = run(nm
        .args(["-D", "--defined-only", "--format=posix"])
        .arg(library("libspdylay.so")));
    let exported: BTreeSet<String> = output
        .lines()
        .filter_map(|line| line.split(' ').next())
        .map(str::to_owned)
        .collect();
    assert_eq!(exported, public_functions());
}

#[test]
#[cfg(target_os = "linux")]
fn the_shared_library_has_the_name_programs_ask_for() {
    let output = run(Command::new("readelf")
        .arg("-d")
        .arg(library("libspdylay.so")));
    let soname = output
        .lines()
        .find(|line| line.contains("(SONAME)"))
        .unwrap();
    assert!(soname.ends_with("[libspdylay.so.7]"), "{soname}");
}

#[test]
#[cfg(target_os = "linux")]
fn programs_link_and_run() {
    if !has_tool("gcc") {
        return;
    }
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR"));
    // The program finds the library by its SONAME when it runs.
    let by_soname = dir.join("libspdylay.so.7");
    let _ = fs::remove_file(&by_soname);
    std::os::unix::fs::symlink(library("libspdylay.so"), &by_soname).unwrap();

    for (kind, library) in [
        ("shared", by_soname.clone()),
        ("static", library("libspdylay.a")),
    ] {
        let program = dir.join(format!("abi-{kind}"));
        let mut gcc = compiler("gcc", "c11");
        gcc.arg(root().join("tests/abi/abi.c"))
            .arg("-o")
            .arg(&program);
        run(gcc.arg(library).args(["-lpthread", "-ldl", "-lm"]));
        let output = run(Command::new(&program).env("LD_LIBRARY_PATH", dir));
        assert_eq!(
            output,
            format!(
                "{} {} out of memory\n",
                env!("CARGO_PKG_VERSION"),
                public_functions().len()
            ),
            "{kind}"
        );
    }
}
