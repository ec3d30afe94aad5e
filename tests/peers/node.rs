//! node, with `spdy-transport` and `spdy` from npm.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::peer::Program;
use crate::process::run;
use crate::tools;

/// A command that runs one of the programs in `node/`, or `None` if that is not possible here.
fn program(name: &str) -> Option<Command> {
    let mut node = tools::optional("node")?;
    tools::optional("npm")?;
    // Once only, as waiting for a registry that cannot be reached takes long.
    static MODULES: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    match MODULES.get_or_init(install) {
        Ok(modules) => node.env("NODE_PATH", modules),
        Err(reason) => {
            tools::skip(reason);
            return None;
        }
    };
    node.arg(folder().join(name));
    Some(node)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/node")
}

/// Installs exactly what the lock file names, outside of the source tree, and returns the folder of the modules.
fn install() -> Result<PathBuf, String> {
    let lock = std::fs::read(folder().join("package-lock.json")).unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let installed = target.join("peers-node");
    let modules = installed.join("node_modules");
    if std::fs::read(installed.join("package-lock.json")).is_ok_and(|there| there == lock) {
        return Ok(modules);
    }
    // Elsewhere first, so that nobody ever sees half of it.
    let fresh = target.join(format!("peers-node-{}", std::process::id()));
    std::fs::create_dir_all(&fresh).unwrap();
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(folder().join(file), fresh.join(file)).unwrap();
    }
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--fetch-retries=1",
    ]);
    let got = run(npm.current_dir(&fresh));
    if !got.status.success() {
        return Err(format!("npm ci failed: {}", got.stderr));
    }
    // What is there is out of date, or nothing.
    let _ = std::fs::remove_dir_all(&installed);
    std::fs::rename(&fresh, &installed).unwrap();
    Ok(modules)
}

/// `spdy-transport`, on plain TCP.
pub fn transport() -> Option<Program> {
    Some(Program {
        command: program("transport.js")?,
        has_windows: true,
        forgets_streams: true,
    })
}

/// `spdy`, over TLS.
pub fn https() -> Option<Command> {
    program("https.js")
}

mod transport {
    mod spdy2 {
        crate::as_client::tests!(crate::node::transport, Spdy2: push_without_its_flag);
        crate::as_server::tests!(crate::node::transport, Spdy2);
    }
    mod spdy3 {
        crate::as_client::tests!(crate::node::transport, Spdy3: push_without_its_flag);
        crate::as_server::tests!(crate::node::transport, Spdy3);
    }
    mod spdy3_1 {
        crate::as_client::tests!(crate::node::transport, Spdy3_1: push_without_its_flag);
        crate::as_server::tests!(crate::node::transport, Spdy3_1);
    }
}
