//! What spdycat can do besides fetching one file.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;

use serde_json::Value;

use crate::process::run;
use crate::scratch::Scratch;
use crate::spdyd::{Server, Transport, Version, Wire};

const PLAIN: Wire = Wire::PLAIN.sanitized();
const TLS: Wire = Wire::new(Version::Spdy3_1, Transport::Alpn).sanitized();

const PAGE: &str = r#"<!DOCTYPE html><title>page</title>
<link rel="stylesheet" href="style.css">
<script src="/deep/script.js"></script>
<img src="image.png?size=1"><!-- <img src="commented-out.png"> -->
<a href="another.html">not an asset</a>"#;

fn page(wire: Wire) -> (Scratch, Server) {
    let scratch = Scratch::new();
    scratch.file("site/page.html", PAGE.as_bytes());
    for name in [
        "style.css",
        "deep/script.js",
        "image.png",
        "another.html",
        "commented-out.png",
    ] {
        scratch.file(&format!("site/{name}"), name.as_bytes());
    }
    let server = wire.serve(&scratch, &[]).unwrap();
    (scratch, server)
}

#[test]
fn assets_of_a_page_and_their_archive() {
    let (scratch, server) = page(TLS);
    let mut spdycat = TLS.spdycat(&scratch);
    spdycat.args([
        "--get-assets",
        "--output-dir",
        "got",
        "--har",
        "archive.har",
    ]);
    run(spdycat.arg(server.uri("/page.html"))).expect_success();

    let mut names: Vec<_> = fs::read_dir(scratch.path("got"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names, ["image.png", "page.html", "script.js", "style.css"]);
    assert_eq!(
        fs::read(scratch.path("got/script.js")).unwrap(),
        b"deep/script.js"
    );

    let archive: Value =
        serde_json::from_slice(&fs::read(scratch.path("archive.har")).unwrap()).unwrap();
    assert_eq!(archive["log"]["version"], "1.2");
    let entries = archive["log"]["entries"].as_array().unwrap();
    let mut uris: Vec<_> = entries
        .iter()
        .map(|entry| entry["request"]["url"].as_str().unwrap())
        .collect();
    uris.sort_unstable();
    let expected = [
        "/deep/script.js",
        "/image.png?size=1",
        "/page.html",
        "/style.css",
    ]
    .map(|path| server.uri(path));
    assert_eq!(uris, expected);
    for entry in entries {
        assert_eq!(entry["response"]["status"], 200);
        assert_eq!(entry["response"]["httpVersion"], "SPDY/3.1");
        assert!(entry["timings"]["wait"].as_f64().unwrap() >= 0.0, "{entry}");
    }
    server.stop();
}

#[test]
fn several_origins_at_once() {
    let (first_scratch, first) = page(PLAIN);
    let (_second_scratch, second) = page(PLAIN);
    let mut spdycat = PLAIN.spdycat(&first_scratch);
    let got = run(spdycat.args([
        first.uri("/style.css"),
        second.uri("/image.png"),
        first.uri("/another.html"),
    ]));
    assert_eq!(
        got.expect_success().text(),
        "style.cssimage.pnganother.html"
    );
    first.stop();
    second.stop();
}

#[test]
fn one_uri_many_times_with_statistics() {
    let (scratch, server) = page(PLAIN);
    let mut spdycat = PLAIN.spdycat(&scratch);
    let got = run(spdycat
        .args(["-n", "-s", "-m", "50"])
        .arg(server.uri("/style.css")))
    .expect_success();
    assert_eq!(got.text(), "");
    assert!(got.stderr.contains("50 requests"), "{}", got.stderr);
    server.stop();
}

#[test]
fn through_a_proxy() {
    let (scratch, server) = page(TLS);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy_port = listener.local_addr().unwrap().port().to_string();
    let proxy = thread::spawn(move || tunnel(listener.accept().unwrap().0));
    let mut spdycat = TLS.spdycat(&scratch);
    spdycat.args(["--proxy", "127.0.0.1", "--proxy-port", &proxy_port]);
    let got = run(spdycat.arg(server.uri("/style.css"))).expect_success();
    assert_eq!(got.text(), "style.css");
    assert_eq!(
        proxy.join().unwrap(),
        format!("CONNECT 127.0.0.1:{} HTTP/1.1", server.port)
    );
    server.stop();
}

/// An HTTP proxy for one connection; returns the request line.
fn tunnel(mut client: TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next().unwrap().to_owned();
    let upstream = TcpStream::connect(line.split(' ').nth(1).unwrap()).unwrap();
    client
        .write_all(b"HTTP/1.1 200 Connection established\r\n\r\n")
        .unwrap();
    forward_both_ways(&client, &upstream);
    line
}

/// Copies between two connections until either side ends.
pub fn forward_both_ways(one: &TcpStream, other: &TcpStream) {
    thread::scope(|scope| {
        scope.spawn(|| forward(one, other));
        forward(other, one);
    });
}

fn forward(mut from: &TcpStream, mut to: &TcpStream) {
    // An error is an end like any other.
    let _ = std::io::copy(&mut from, &mut to);
    let _ = to.shutdown(std::net::Shutdown::Both);
}

#[test]
fn proxy_that_refuses() {
    let (scratch, server) = page(TLS);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy_port = listener.local_addr().unwrap().port().to_string();
    let proxy = thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        client
            .write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
            .unwrap();
        let _ = std::io::copy(&mut client, &mut std::io::sink());
    });
    let mut spdycat = TLS.spdycat(&scratch);
    spdycat.args(["--proxy", "127.0.0.1", "--proxy-port", &proxy_port]);
    let got = run(spdycat.arg(server.uri("/style.css"))).expect_code(4);
    assert!(got.stderr.contains("403"), "{}", got.stderr);
    proxy.join().unwrap();
    server.stop();
}
