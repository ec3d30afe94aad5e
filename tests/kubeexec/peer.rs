//! The servers, and kubeexec commands for them.

use std::path::Path;
use std::process::Command;

use crate::go;
use crate::process::{run, Finished, Process};
use crate::programs::Build;
use crate::scratch::Scratch;

/// Exit codes of kubeexec's own, as its `--help` lists them.
pub mod code {
    pub const REFUSED: i32 = 1;
    pub const USAGE: i32 = 64;
    pub const NO_HOST: i32 = 68;
    pub const UNAVAILABLE: i32 = 69;
    pub const LOCAL: i32 = 71;
    pub const LOST: i32 = 74;
    pub const TIMEOUT: i32 = 75;
    pub const PROTOCOL: i32 = 76;
    pub const CONFIG: i32 = 78;
}

pub struct Peer {
    pub scratch: Scratch,
    pub process: Process,
    pub port: u16,
    pub scheme: &'static str,
    /// How kubeexec is built.
    build: Build,
}

impl Peer {
    pub fn kubestream(options: &[&str]) -> Option<Self> {
        Some(Self::start(
            Build::Shared.command("kubestream")?,
            &[options, &["0"]].concat(),
        ))
    }

    /// A server on moby/spdystream, or `None` without Go.
    pub fn moby(options: &[&str]) -> Option<Self> {
        Some(Self::start(moby()?, options))
    }

    /// One of each, as far as they are there.
    pub fn all() -> impl Iterator<Item = Self> {
        [Self::kubestream(&[]), Self::moby(&[])]
            .into_iter()
            .flatten()
    }

    fn start(mut command: Command, options: &[&str]) -> Self {
        let scratch = Scratch::new();
        scratch.certificate("server");
        let tls = options
            .iter()
            .any(|option| option.trim_start_matches('-') == "key");
        let process = Process::start(command.current_dir(scratch.path(".")).args(options));
        Self {
            scratch,
            port: process.wait_for_port("listening on"),
            process,
            scheme: if tls { "https" } else { "http" },
            build: Build::Sanitized,
        }
    }

    /// With a kubeexec whose memory can be measured: AddressSanitizer keeps what is freed.
    pub fn measurable(mut self) -> Self {
        self.build = Build::Shared;
        self
    }

    pub fn server(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.port)
    }

    /// kubeexec without a server, and without the kubeconfig of whoever runs the test.
    pub fn bare(&self, arguments: &[&str]) -> Command {
        kubeexec(self.build, &self.scratch, arguments)
    }

    pub fn kubeexec(&self, arguments: &[&str]) -> Command {
        let (name, rest) = arguments.split_first().unwrap();
        self.bare(&[&[*name, "--server", &self.server()], rest].concat())
    }

    /// Runs `kubeexec exec demo -- COMMAND...` to its end.
    pub fn exec(&self, command: &[&str]) -> Finished {
        run(&mut self.kubeexec(&[&["exec", "demo", "--"], command].concat()))
    }

    /// `kubeexec exec -i demo -- COMMAND...` with this input.
    pub fn exec_reading(&self, input: &Path, command: &[&str]) -> Command {
        let arguments = [&["exec", "-i", "demo", "--"], command].concat();
        reading(input, &self.kubeexec(&arguments))
    }

    pub fn exec_with(&self, input: &[u8], command: &[&str]) -> Finished {
        let input = self.scratch.file("input", input);
        run(&mut self.exec_reading(&input, command))
    }
}

pub fn kubeexec(build: Build, scratch: &Scratch, arguments: &[&str]) -> Command {
    let mut command = build.command("kubeexec").unwrap();
    command
        .current_dir(scratch.path("."))
        .env("HOME", scratch.path("."))
        .env_remove("KUBECONFIG")
        .args(arguments);
    command
}

/// The same command, with a file as its standard input.
pub fn reading(input: &Path, command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", "exec \"$@\" < \"$0\""]).arg(input);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => shell.env(name, value),
            None => shell.env_remove(name),
        };
    }
    shell.current_dir(command.get_current_dir().unwrap());
    shell
}

/// The Go program, which is a server unless told otherwise; or `None` where it cannot be built.
pub fn moby() -> Option<Command> {
    go::command("kube/go")
}
