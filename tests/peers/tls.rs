//! spdycat and spdyd over TLS, with ALPN, and node's `spdy` at the other end.

use crate::driver::body;
use crate::node::https;
use crate::process::{run, Process};
use crate::scratch::Scratch;
use crate::spdyd::{Transport, Version, Wire};

const LARGE: usize = 50_000_000;

fn name(version: Version) -> &'static str {
    match version {
        Version::Spdy2 => "2",
        Version::Spdy3 => "3",
        Version::Spdy3_1 => "3.1",
    }
}

/// spdycat and a server made of `spdy`.
fn spdycat(version: Version, most: usize) {
    let Some(mut node) = https() else {
        return;
    };
    let scratch = Scratch::new();
    scratch.certificate("server");
    node.args(["serve", name(version)]);
    node.arg(scratch.path("server.key"));
    let server = Process::start(node.arg(scratch.path("server.crt")));
    let uri = format!("https://127.0.0.1:{}", server.wait_for_port("listening on"));
    let wire = Wire::new(version, Transport::Alpn);

    let mut many = wire.spdycat(&scratch);
    many.args(["-v", "-m", "500", "--max-concurrent", "500"]);
    let got = run(many.arg(format!("{uri}/size/1000"))).expect_success();
    assert!(got.stdout == body(1000).repeat(500));
    for expected in wire.report() {
        assert!(got.stderr.contains(&expected), "no {expected:?}");
    }

    let mut large = wire.spdycat(&scratch);
    let got = run(large.arg(format!("{uri}/size/{most}"))).expect_success();
    assert!(got.stdout == body(most));

    let upload = scratch.file("upload", &body(LARGE));
    let mut post = wire.spdycat(&scratch);
    let got = run(post.arg("-d").arg(upload).arg(format!("{uri}/upload"))).expect_success();
    assert_eq!(got.text(), format!("received {LARGE}, intact true, true"));
}

/// spdyd and a client made of `spdy`.
fn spdyd(version: Version) {
    if https().is_none() {
        return;
    }
    let scratch = Scratch::new();
    scratch.file("site/small", &body(1000));
    scratch.file("site/large", &body(LARGE));
    let server = Wire::new(version, Transport::Alpn)
        .serve(&scratch, &[])
        .unwrap();
    let fetch = |count: usize, path: &str| {
        let mut node = https().unwrap();
        node.args(["fetch", name(version), &server.port.to_string()]);
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

/// `spdy` keeps windows in SPDY/2 as well, where nothing can open them, so that no more than one of them ever leaves it.
const ONE_WINDOW: usize = 65_536;

#[test]
fn spdycat_2() {
    spdycat(Version::Spdy2, ONE_WINDOW);
}

#[test]
fn spdycat_3() {
    spdycat(Version::Spdy3, LARGE);
}

#[test]
fn spdycat_3_1() {
    spdycat(Version::Spdy3_1, LARGE);
}

#[test]
fn spdyd_2() {
    spdyd(Version::Spdy2);
}

#[test]
fn spdyd_3() {
    spdyd(Version::Spdy3);
}

#[test]
fn spdyd_3_1() {
    spdyd(Version::Spdy3_1);
}
