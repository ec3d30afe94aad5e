//! A program that wraps a peer, with the routes and reports that README.md describes.

use std::net::TcpListener;
use std::process::Command;

use spdylay::version::Version;

use crate::driver::Link;
use crate::process::{Finished, Process};

/// How the programs are told a version.
pub fn name(version: Version) -> &'static str {
    match version {
        Version::Spdy2 => "2",
        Version::Spdy3 => "3",
        Version::Spdy3_1 => "3.1",
    }
}

/// A peer that runs as a server.
pub struct Server {
    /// Ends with this.
    _process: Process,
    port: u16,
    version: Version,
}

impl Server {
    pub fn start(mut program: Command, version: Version) -> Self {
        let process = Process::start(program.args(["serve", name(version)]));
        let port = process.wait_for_port("listening on");
        Self {
            _process: process,
            port,
            version,
        }
    }

    pub fn connect(&self) -> Link {
        let mut link = Link::connect(self.version, self.port);
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

/// Lets a peer make requests of a session of this library that `serve` drives, and returns the lines it reports, one for
/// each request.
pub fn fetch(
    mut program: Command,
    version: Version,
    request: Request,
    serve: impl FnOnce(&mut Link),
) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    program.args(["fetch", name(version), &port.to_string()]);
    program.args([&request.count.to_string(), request.method, request.path]);
    let process = Process::start(program.arg(request.body.to_string()));
    let mut link = Link::accept(version, &listener);
    link.widen_spdy2_windows();
    serve(&mut link);
    while link.next_request().is_some() {}
    reports(process.finish(), request.count)
}

#[track_caller]
fn reports(finished: Finished, count: usize) -> Vec<String> {
    let finished = finished.expect_success();
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
