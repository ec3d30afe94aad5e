//! A running kubestream.

use crate::http::request;
use crate::process::Process;
use crate::programs::Build;
use crate::scratch::Scratch;
use crate::tools;
use std::fs;

pub struct Server {
    pub scratch: Scratch,
    pub process: Process,
    pub port: u16,
    pub scheme: &'static str,
}

impl Server {
    /// A server whose memory is checked, or `None` without kubectl.
    pub fn start(options: &[&str]) -> Option<Self> {
        Self::build(Build::Sanitized, options)
    }

    /// A server whose memory can be measured: AddressSanitizer keeps what is freed.
    pub fn measurable(options: &[&str]) -> Option<Self> {
        Self::build(Build::Shared, options)
    }

    fn build(build: Build, options: &[&str]) -> Option<Self> {
        tools::optional("kubectl")?;
        let mut command = build.command("kubestream")?;
        let scratch = Scratch::new();
        fs::create_dir_all(scratch.path("home")).unwrap();
        let tls = options.contains(&"--key");
        if tls {
            scratch.certificate("server");
        }
        command.current_dir(scratch.path(".")).args(options);
        let process = Process::start(command.arg("0"));
        let port = process.wait_for_port("listening on");
        Some(Self {
            scratch,
            process,
            port,
            scheme: if tls { "https" } else { "http" },
        })
    }

    fn status(&self, field: &str) -> usize {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(field));
        line.unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap()
    }

    /// The most memory that has been resident so far, in kB.
    pub fn peak_memory(&self) -> usize {
        self.status("VmHWM:")
    }

    /// The memory resident now, in kB.
    pub fn memory(&self) -> usize {
        self.status("VmRSS:")
    }

    pub fn descriptors(&self) -> usize {
        let directory = format!("/proc/{}/fd", self.process.id());
        fs::read_dir(directory).unwrap().count()
    }

    /// The process ids of the server's children, zombies included.
    pub fn children(&self) -> Vec<u32> {
        let id = self.process.id();
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
        children
            .split_whitespace()
            .map(|child| child.parse().unwrap())
            .collect()
    }

    /// Sends a request by hand, and returns the head of the answer and what has come behind it.
    pub fn request(&self, lines: &[&str]) -> String {
        request(self.port, lines, "")
    }

    /// Ends the server as its supervisor would, and checks that it had no complaint.
    #[track_caller]
    pub fn stop(self) {
        self.process.signal("TERM");
        self.process.finish().expect_success();
    }
}
