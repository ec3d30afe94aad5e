//! kubectl commands for a server.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::process::{run, Finished};
use crate::server::Server;

/// How kubectl gets to SPDY.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    /// By its environment variables: SPDY and nothing else.
    Direct,
    /// As it is by default: WebSocket first. Port forwarding gets its tunnel; the others fall back.
    Default,
}

/// Whether kubectl is 1.`minor` or newer. Older ones have faults of their own, which no server can help.
pub fn is_at_least(minor: u32) -> bool {
    static OURS: OnceLock<u32> = OnceLock::new();
    let ours = *OURS.get_or_init(|| {
        let mut command = Command::new("kubectl");
        let got = run(command.args(["version", "--client", "-o", "json"])).expect_success();
        let version: serde_json::Value = serde_json::from_slice(&got.stdout).unwrap();
        let minor = version["clientVersion"]["minor"].as_str().unwrap();
        minor.trim_end_matches('+').parse().unwrap()
    });
    ours >= minor
}

impl Server {
    fn environment(&self, command: &mut Command, way: Way) {
        command
            .env("HOME", self.scratch.path("home"))
            .env("KUBECONFIG", self.scratch.file("kubeconfig", b""))
            .current_dir(self.scratch.path("."));
        for variable in [
            "KUBECTL_REMOTE_COMMAND_WEBSOCKETS",
            "KUBECTL_PORT_FORWARD_WEBSOCKETS",
        ] {
            command.env_remove(variable);
            if way == Way::Direct {
                command.env(variable, "false");
            }
        }
    }

    fn general_arguments(&self) -> Vec<String> {
        let mut arguments = vec![format!(
            "--server={}://127.0.0.1:{}",
            self.scheme, self.port
        )];
        if self.scheme == "https" {
            // Without credentials, kubectl would ask for some.
            arguments.extend(["--insecure-skip-tls-verify", "--token=any"].map(str::to_owned));
        }
        arguments
    }

    pub fn kubectl(&self, way: Way, arguments: &[&str]) -> Command {
        let mut command = Command::new("kubectl");
        self.environment(&mut command, way);
        command.args(self.general_arguments()).args(arguments);
        command
    }

    /// With a file, or a FIFO, as standard input.
    pub fn kubectl_reading(&self, input: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        self.environment(&mut command, Way::Direct);
        command
            .args(["-c", "exec kubectl \"$@\" < \"$0\""])
            .arg(input);
        command.args(self.general_arguments()).args(arguments);
        command
    }

    /// Runs `kubectl exec demo -- COMMAND...` to its end.
    pub fn exec(&self, command: &[&str]) -> Finished {
        let arguments = [&["exec", "demo", "--"], command].concat();
        run(&mut self.kubectl(Way::Direct, &arguments))
    }

    /// Runs `kubectl exec -i demo -- COMMAND...` with some input to its end.
    pub fn exec_with(&self, input: &[u8], command: &[&str]) -> Finished {
        let input = self.scratch.file("input", input);
        let arguments = [&["exec", "-i", "demo", "--"], command].concat();
        run(&mut self.kubectl_reading(&input, &arguments))
    }
}
