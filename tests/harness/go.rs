//! Go programs on moby/spdystream, from Debian's packages.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use super::process::run;
use super::tools;

/// Where Debian's packages have their sources.
const GOPATH: &str = "/usr/share/gocode";

/// A command that runs the program whose sources are in a folder of `tests/`, or `None` without Go and the library.
pub fn command(folder: &str) -> Option<Command> {
    // Go has no option --version, but being started is enough.
    tools::optional("go")?;
    let library = Path::new(GOPATH).join("src/github.com/moby/spdystream");
    if !library.is_dir() {
        tools::skip(&format!("there is no {}", library.display()));
        return None;
    }
    static BUILT: Mutex<BTreeMap<String, PathBuf>> = Mutex::new(BTreeMap::new());
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = built.get(folder) {
        return Some(Command::new(program));
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("go");
    let program = target.join(folder.replace('/', "-"));
    let mut go = tools::one_at_a_time(&target, "go");
    go.args(["build", "-o"]).arg(&program).arg(".");
    go.current_dir(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(folder),
    );
    // Debian has the library for builds without modules.
    go.env("GO111MODULE", "off").env("GOPATH", GOPATH);
    go.env("GOCACHE", target.join("cache"));
    run(&mut go).expect_success();
    let command = Command::new(&program);
    built.insert(folder.to_owned(), program);
    Some(command)
}
