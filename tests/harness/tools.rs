//! Programs of the system that a test can do without, if need be.

use std::env;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// A command for `tool`. Where the tool is missing, says so, and the test that asks has to be skipped; in CI that is a
/// failure.
pub fn optional(tool: &str) -> Option<Command> {
    let there = Command::new(tool)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if there.is_ok() {
        return Some(Command::new(tool));
    }
    skip(&format!("there is no {tool}"));
    None
}

/// Says that a test is skipped, and why; in CI that is a failure.
pub fn skip(reason: &str) {
    let test = thread::current().name().unwrap_or("a test").to_owned();
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "{reason}, and in CI no test may be skipped"
    );
    let line = format!("SKIPPED {test}: {reason}\n");
    // Not with eprint!, whose output the test runner hides. tests/run looks for these lines.
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// A command that lacks its arguments, and that only one test process at a time runs in `folder`: `cargo test` may be
/// running twice on one target directory. Makes the folder.
pub fn one_at_a_time(folder: &Path, program: &str) -> Command {
    fs::create_dir_all(folder).unwrap();
    let mut command = Command::new("flock");
    command.arg(folder.join("lock")).arg(program);
    command
}
