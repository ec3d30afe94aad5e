//! A program that wraps a peer, with the routes and reports that README.md describes.

use std::net::TcpListener;
use std::process::Command;

use spdylay::version::Version;

use crate::driver::Link;
use crate::process::Process;
use crate::spdyd;

/// How the programs are told a version.
pub fn name(version: Version) -> &'static str {
    match version {
        Version::Spdy2 => "2",
        Version::Spdy3 => "3",
        Version::Spdy3_1 => "3.1",
    }
}

/// The same version, as the tests of spdyd and spdycat call it.
pub fn core(version: spdyd::Version) -> Version {
    match version {
        spdyd::Version::Spdy2 => Version::Spdy2,
        spdyd::Version::Spdy3 => Version::Spdy3,
        spdyd::Version::Spdy3_1 => Version::Spdy3_1,
    }
}

/// A peer that can be started.
pub struct Program {
    pub command: Command,
    /// Whether it keeps and obeys flow-control windows. If not, neither does the session that talks to it.
    pub has_windows: bool,
    /// Whether it may reset a stream whose end it has yet to send, as spdy-transport does: see the quirks in README.md.
    pub forgets_streams: bool,
}

/// A peer that runs as a server.
pub struct Server {
    /// Ends with this.
    _process: Process,
    pub port: u16,
    version: Version,
    has_windows: bool,
    forgets_streams: bool,
}

impl Server {
    pub fn start(mut program: Program, version: Version) -> Self {
        let process = Process::start(program.command.args(["serve", name(version)]));
        let port = process.wait_for_port("listening on");
        Self {
            _process: process,
            port,
            version,
            has_windows: program.has_windows,
            forgets_streams: program.forgets_streams,
        }
    }

    pub fn connect(&self) -> Link {
        let mut link = Link::connect(self.version, self.port);
        link.session.set_flow_control(self.has_windows);
        link.peer_forgets_streams = self.forgets_streams;
        link.widen_spdy2_windows();
        link
    }
}

/// What a peer that runs as a client asks for, again and again at the same time.
#[derive(Clone, Copy)]
pub struct Request {
    pub count: usize,
    pub method: &'static str,
    pub path: &'static str,
    pub body: usize,
}

impl Request {
    pub const fn get(path: &'static str) -> Self {
        let (count, method, body) = (1, "GET", 0);
        Self {
            count,
            method,
            path,
            body,
        }
    }
}

/// A process in which the peer makes requests of a server on this port.
pub fn start_fetch(mut program: Program, version: Version, port: u16, request: Request) -> Process {
    let command = &mut program.command;
    command.args(["fetch", name(version), &port.to_string()]);
    command.args([&request.count.to_string(), request.method, request.path]);
    Process::start(command.arg(request.body.to_string()))
}

/// Lets a peer make requests of a session of this library that `serve` drives, and returns the lines it reports, one for
/// each request.
pub fn fetch(
    program: Program,
    version: Version,
    request: Request,
    serve: impl FnOnce(&mut Link),
) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let has_windows = program.has_windows;
    let process = start_fetch(program, version, port, request);
    let mut link = Link::accept(version, &listener);
    link.session.set_flow_control(has_windows);
    link.widen_spdy2_windows();
    serve(&mut link);
    while link.next_request().is_some() {}
    reports(process, request.count)
}

/// What the peer has to say of each request, when it has ended.
#[track_caller]
pub fn reports(process: Process, count: usize) -> Vec<String> {
    let finished = process.finish().expect_success();
    let text = finished.text();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let all_done = lines.iter().all(|line| line.starts_with("done "));
    assert!(
        all_done && lines.len() == count,
        "{text}{}",
        finished.stderr
    );
    lines
}
