//! spdycat, spdyd and the hello programs: the library as C programs use it, on plain TCP and over TLS with ALPN.

use std::process::Command;

use spdylay::version::Version::Spdy3_1;

use crate::driver::body;
use crate::moby::moby;
use crate::netty::netty;
use crate::node::{https, transport};
use crate::peer::{core, reports, start_fetch, Program, Request, Server};
use crate::process::{run, Process};
use crate::programs::Build;
use crate::scratch::Scratch;
use crate::spdyd::{Transport, Version, Wire};

const LARGE: usize = 10_000_000;

/// `spdy-transport` and `spdy` keep windows in SPDY/2 as well, where nothing can open them, so that no more than one of
/// them ever leaves it.
const ONE_WINDOW: usize = 65_536;

/// How much a peer can be made to send.
fn large(version: Version) -> usize {
    match version {
        Version::Spdy2 => ONE_WINDOW,
        Version::Spdy3 | Version::Spdy3_1 => LARGE,
    }
}

/// A server made of a peer, and spdycat commands for it.
struct Spdycat<'s> {
    wire: Wire,
    scratch: &'s Scratch,
    uri: String,
}

impl Spdycat<'_> {
    fn command(&self, options: &[&str], path: &str) -> Command {
        let mut spdycat = self.wire.spdycat(self.scratch);
        spdycat.args(options).arg(format!("{}{path}", self.uri));
        spdycat
    }

    #[track_caller]
    fn expect(&self, path: &str, expected: &[u8]) {
        let got = run(&mut self.command(&[], path)).expect_success();
        assert!(got.stdout == expected, "{path} differs");
    }

    fn many_streams(&self) {
        let options = ["-v", "-m", "500", "--max-concurrent", "500"];
        let got = run(&mut self.command(&options, "/size/1000")).expect_success();
        assert!(got.stdout == body(1000).repeat(500));
        for expected in self.wire.report() {
            assert!(got.stderr.contains(&expected), "no {expected:?}");
        }
    }

    fn upload(&self) {
        let upload = self.scratch.file("upload", &body(LARGE));
        let options = ["-v", "-d", upload.to_str().unwrap()];
        let got = run(&mut self.command(&options, "/upload")).expect_success();
        for expected in [&format!("received: {LARGE}\n"), "intact: true\n"] {
            assert!(got.stderr.contains(expected), "{}", got.stderr);
        }
    }

    /// What leaves the connection usable, or ends with an exit code of its own.
    fn oddities(&self) {
        for path in ["/push", "/headers", "/unknown"] {
            self.expect(path, &body(100));
        }
        run(&mut self.command(&[], "/abort")).expect_code(6);
    }
}

/// spdycat and a peer on plain TCP.
fn spdycat(version: Version, peer: fn() -> Option<Program>) {
    let Some(program) = peer() else {
        return;
    };
    let server = Server::start(program, core(version));
    let scratch = Scratch::new();
    let spdycat = Spdycat {
        wire: Wire::new(version, Transport::Plain).sanitized(),
        scratch: &scratch,
        uri: format!("http://127.0.0.1:{}", server.port),
    };
    spdycat.many_streams();
    let length = large(version);
    spdycat.expect(&format!("/size/{length}"), &body(length));
    spdycat.upload();
    spdycat.oddities();
}

/// spdyd and a peer on plain TCP.
fn spdyd(version: Version, peer: fn() -> Option<Program>) {
    if peer().is_none() {
        return;
    }
    let scratch = Scratch::new();
    scratch.file("site/small", &body(1000));
    let length = large(version);
    scratch.file("site/large", &body(length));
    let wire = Wire::new(version, Transport::Plain).sanitized();
    let server = wire.serve(&scratch, &[]).unwrap();
    let fetch = |request: Request| {
        let program = peer().unwrap();
        start_fetch(program, core(version), server.port, request)
    };
    let expect = |request: Request, expected: &str| {
        let reports = reports(fetch(request), request.count);
        crate::as_server::expect(&reports, expected);
    };
    let many = Request {
        // Not more than spdyd allows, for netty opens all without waiting for its SETTINGS.
        count: 100,
        ..Request::get("/small")
    };
    expect(many, "status=200 length=1000 intact=true");
    let expected = format!("status=200 length={length} intact=true");
    expect(Request::get("/large"), &expected);
    let post = Request {
        method: "POST",
        body: length,
        ..Request::get("/upload")
    };
    let report = format!("bytes: {length}\nsha256: {:64}\n", "");
    expect(post, &format!("status=200 length={} ", report.len()));
    let abort = Request {
        method: "ABORT",
        ..Request::get("/upload")
    };
    expect(abort, "status=none");
    server.stop();
}

/// spdycat and a server made of `spdy`.
fn spdycat_over_tls(version: Version) {
    let Some(mut node) = https() else {
        return;
    };
    let scratch = Scratch::new();
    scratch.certificate("server");
    node.args(["serve", version.name()]);
    node.arg(scratch.path("server.key"));
    let server = Process::start(node.arg(scratch.path("server.crt")));
    let port = server.wait_for_port("listening on");
    let spdycat = Spdycat {
        wire: Wire::new(version, Transport::Alpn).sanitized(),
        scratch: &scratch,
        uri: format!("https://127.0.0.1:{port}"),
    };
    spdycat.many_streams();
    let length = large(version);
    spdycat.expect(&format!("/size/{length}"), &body(length));
    spdycat.upload();
    spdycat.expect("/push", &body(100));
    run(&mut spdycat.command(&[], "/abort")).expect_code(6);
}

/// spdyd and a client made of `spdy`.
fn spdyd_over_tls(version: Version) {
    if https().is_none() {
        return;
    }
    let scratch = Scratch::new();
    scratch.file("site/small", &body(1000));
    scratch.file("site/large", &body(LARGE));
    let wire = Wire::new(version, Transport::Alpn).sanitized();
    let server = wire.serve(&scratch, &[]).unwrap();
    let fetch = |count: usize, path: &str| {
        let mut node = https().unwrap();
        node.args(["fetch", version.name(), &server.port.to_string()]);
        node.args([&count.to_string(), path]);
        run(&mut node).expect_success()
    };

    let got = fetch(500, "/small").text();
    let done = got.matches("status=200 length=1000 intact=true\n").count();
    assert_eq!(done, 500, "{got}");

    let got = fetch(1, "/large").text();
    let expected = format!("done 0 status=200 length={LARGE} intact=true\n");
    assert_eq!(got, expected);
    server.stop();
}

macro_rules! tests {
    ($($name:ident: $check:ident($version:ident$(, $peer:ident)?);)*) => {
        $(#[test]
        fn $name() {
            $check(Version::$version$(, $peer)?);
        })*
    };
}

tests! {
    spdycat_and_transport_2: spdycat(Spdy2, transport);
    spdycat_and_transport_3: spdycat(Spdy3, transport);
    spdycat_and_transport_3_1: spdycat(Spdy3_1, transport);
    spdycat_and_netty: spdycat(Spdy3_1, netty);
    spdyd_and_transport_2: spdyd(Spdy2, transport);
    spdyd_and_transport_3: spdyd(Spdy3, transport);
    spdyd_and_transport_3_1: spdyd(Spdy3_1, transport);
    spdyd_and_netty: spdyd(Spdy3_1, netty);
    spdycat_and_spdy_2: spdycat_over_tls(Spdy2);
    spdycat_and_spdy_3: spdycat_over_tls(Spdy3);
    spdycat_and_spdy_3_1: spdycat_over_tls(Spdy3_1);
    spdyd_and_spdy_2: spdyd_over_tls(Spdy2);
    spdyd_and_spdy_3: spdyd_over_tls(Spdy3);
    spdyd_and_spdy_3_1: spdyd_over_tls(Spdy3_1);
}

#[test]
fn hello_client() {
    for peer in [transport, netty, moby] {
        let Some(program) = peer() else {
            return;
        };
        let server = Server::start(program, Spdy3_1);
        let mut hello = Build::Sanitized.command("hello-client").unwrap();
        let got = run(hello.args([&server.port.to_string(), "/size/60000"])).expect_success();
        assert!(got.stdout == body(60_000));
    }
}

#[test]
fn hello_server() {
    for peer in [transport, netty, moby] {
        let Some(program) = peer() else {
            return;
        };
        let mut hello = Build::Sanitized.command("hello-server").unwrap();
        let hello = Process::start(&mut hello);
        let port = hello.wait_for_port("listening on");
        let client = start_fetch(program, Spdy3_1, port, Request::get("/"));
        crate::as_server::expect(&reports(client, 1), "status=200 length=6 ");
        hello.signal("TERM");
        hello.finish().expect_success();
    }
}

/// spdycat downloads from a peer without windows as from any other.
#[test]
fn spdycat_and_moby() {
    let Some(program) = moby() else {
        return;
    };
    let server = Server::start(program, Spdy3_1);
    let scratch = Scratch::new();
    let spdycat = Spdycat {
        wire: Wire::PLAIN.sanitized(),
        scratch: &scratch,
        uri: format!("http://127.0.0.1:{}", server.port),
    };
    spdycat.many_streams();
    spdycat.expect(&format!("/size/{LARGE}"), &body(LARGE));
    spdycat.oddities();
}
