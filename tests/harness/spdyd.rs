//! A running spdyd, and the spdycat commands that talk to it.

use std::net::TcpStream;
use std::process::Command;

use super::process::{Process, PATIENCE};
use super::programs::Build;
use super::scratch::Scratch;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Version {
    Spdy2,
    Spdy3,
    Spdy3_1,
}

impl Version {
    fn flag(self) -> &'static str {
        match self {
            Version::Spdy2 => "--spdy2",
            Version::Spdy3 => "--spdy3",
            Version::Spdy3_1 => "--spdy3-1",
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Version::Spdy2 => "2",
            Version::Spdy3 => "3",
            Version::Spdy3_1 => "3.1",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Transport {
    Plain,
    Alpn,
    Npn,
}

/// How the two programs talk.
#[derive(Clone, Copy, Debug)]
pub struct Wire {
    pub build: Build,
    pub version: Version,
    pub transport: Transport,
}

impl Wire {
    pub const fn new(version: Version, transport: Transport) -> Self {
        Self {
            build: Build::Shared,
            version,
            transport,
        }
    }

    /// Where a test is not about the wire: the newest version, and nothing in the way.
    pub const PLAIN: Self = Self::new(Version::Spdy3_1, Transport::Plain);

    /// The same, with programs that watch their memory.
    pub const fn sanitized(self) -> Self {
        Self {
            build: Build::Sanitized,
            ..self
        }
    }

    /// What `spdycat -v` has to say of the connection.
    pub fn report(self) -> Vec<String> {
        let version = self.version.name();
        let session = format!("session open: SPDY/{version} ");
        match self.transport {
            Transport::Plain => vec![session],
            Transport::Alpn => vec![session, format!(", ALPN spdy/{version}\n")],
            Transport::Npn => vec![session, format!(", NPN spdy/{version}\n")],
        }
    }

    /// A spdyd command that lacks only its last argument, or `None` where a tool for the build is missing. The folder
    /// is `scratch`'s `site`, and so are key and certificate.
    pub fn spdyd(self, scratch: &Scratch, options: &[&str]) -> Option<Command> {
        let mut command = self.build.command("spdyd")?;
        std::fs::create_dir_all(scratch.path("site")).unwrap();
        command
            .args(["--bind", "127.0.0.1", "-d"])
            .arg(scratch.path("site"));
        command.arg(self.version.flag()).args(options);
        if self.transport == Transport::Plain {
            command.arg("--no-tls");
        }
        Some(command)
    }

    /// Completes a spdyd command with the port, and the key and certificate where they are wanted.
    fn on_port(self, command: &mut Command, scratch: &Scratch, port: u16) {
        command.arg(port.to_string());
        if self.transport != Transport::Plain {
            scratch.certificate("server");
            command
                .arg(scratch.path("server.key"))
                .arg(scratch.path("server.crt"));
        }
    }

    pub fn serve(self, scratch: &Scratch, options: &[&str]) -> Option<Server> {
        let mut command = self.spdyd(scratch, options)?;
        self.on_port(&mut command, scratch, 0);
        let process = Process::start(&mut command);
        let port = process.wait_for_port("listening on");
        Some(Server {
            wire: self,
            process,
            port,
        })
    }

    /// A spdycat command that trusts the server of `scratch` and lacks its URIs.
    pub fn spdycat(self, scratch: &Scratch) -> Command {
        let mut command = self
            .build
            .command("spdycat")
            .expect("spdyd was run by the same tool");
        command
            .current_dir(scratch.path("."))
            .arg(self.version.flag());
        if self.transport == Transport::Plain {
            command.arg("--no-tls");
        } else {
            command.arg(if self.transport == Transport::Alpn {
                "--alpn"
            } else {
                "--npn"
            });
            command.arg("--cafile").arg(scratch.path("server.crt"));
        }
        command
    }
}

pub struct Server {
    pub wire: Wire,
    pub process: Process,
    pub port: u16,
}

impl Server {
    pub fn uri(&self, path: &str) -> String {
        let scheme = if self.wire.transport == Transport::Plain {
            "http"
        } else {
            "https"
        };
        format!("{scheme}://127.0.0.1:{}{path}", self.port)
    }

    /// A TCP connection that knows nothing of SPDY.
    pub fn connect(&self) -> TcpStream {
        let connection = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        connection.set_read_timeout(Some(PATIENCE)).unwrap();
        connection.set_write_timeout(Some(PATIENCE)).unwrap();
        connection
    }

    /// The resident memory, in bytes.
    pub fn memory(&self) -> usize {
        let statm = std::fs::read_to_string(format!("/proc/{}/statm", self.process.id())).unwrap();
        let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
        pages * 4096
    }

    /// Ends the server as its supervisor would, and checks that it had no complaint.
    #[track_caller]
    pub fn stop(self) {
        self.process.signal("TERM");
        self.process.finish().expect_success();
    }
}
