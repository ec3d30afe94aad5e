//! What spdyd does for whoever runs it: the access log, client certificates, workers.

use std::fs;

use crate::process::run;
use crate::scratch::{noise, Scratch};
use crate::spdyd::{Transport, Version, Wire};

const PLAIN: Wire = Wire::PLAIN.sanitized();
const TLS: Wire = Wire::new(Version::Spdy3_1, Transport::Alpn).sanitized();

#[test]
fn client_certificate_is_asked_for_and_logged() {
    for wire in [TLS, Wire::new(Version::Spdy3, Transport::Npn).sanitized()] {
        let scratch = Scratch::new();
        scratch.certificate("somebody");
        scratch.file("site/file", b"for your eyes only");
        let log = scratch.path("access.log");
        let server = wire
            .serve(&scratch, &["-V", "--access-log", log.to_str().unwrap()])
            .unwrap();

        let got = run(wire.spdycat(&scratch).arg(server.uri("/file")));
        let code = got.status.code().unwrap();
        // A client of TLS 1.3 is done with its handshake before the server misses the certificate, so it may learn no more
        // than that the connection is gone.
        let lost = code == 4 && wire.transport == Transport::Alpn;
        assert!(code == 5 || lost, "{code}: {}", got.stderr);
        assert_eq!(got.text(), "");

        let mut spdycat = wire.spdycat(&scratch);
        spdycat.args(["--cert", "somebody.crt", "--key", "somebody.key"]);
        let got = run(spdycat.arg(server.uri("/file"))).expect_success();
        assert_eq!(got.text(), "for your eyes only");

        server.stop();
        let log = fs::read_to_string(log).unwrap();
        assert_eq!(log.lines().count(), 1, "{log}");
        assert!(
            log.contains("CN=somebody") && log.contains("GET /file "),
            "{log}"
        );
    }
}

#[test]
fn every_request_is_in_the_access_log() {
    let scratch = Scratch::new();
    scratch.file("site/file", &noise(1, 1234));
    let log = scratch.path("access.log");
    let server = Wire::PLAIN
        .serve(&scratch, &["--access-log", log.to_str().unwrap()])
        .unwrap();
    let mut spdycat = PLAIN.spdycat(&scratch);
    run(spdycat.args(["-n", "-m", "30"]).arg(server.uri("/file"))).expect_success();
    // What a client says of itself must not look like what the server says.
    let mut spdycat = PLAIN.spdycat(&scratch);
    run(spdycat
        .args(["-n", "-H", "user-agent: x\" 200 \"y"])
        .arg(server.uri("/missing")))
    .expect_code(7);
    server.stop();
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(log.lines().count(), 31, "{log}");
    assert_eq!(
        log.matches("\"GET /file SPDY/3.1\" 200 1234 ").count(),
        30,
        "{log}"
    );
    assert!(
        log.contains("\"GET /missing SPDY/3.1\" 404 ") && !log.contains("x\" 200"),
        "{log}"
    );
}

#[test]
fn log_that_cannot_be_written() {
    let scratch = Scratch::new();
    let mut spdyd = Wire::PLAIN
        .spdyd(&scratch, &["--access-log", "/does/not/exist/log"])
        .unwrap();
    let got = run(spdyd.arg("0")).expect_code(6);
    assert!(got.stderr.contains("/does/not/exist/log"), "{}", got.stderr);
}

#[test]
fn several_workers_serve_many_clients() {
    let scratch = Scratch::new();
    let content = noise(2, 100_000);
    scratch.file("site/file", &content);
    let server = TLS.serve(&scratch, &["--workers", "4"]).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut spdycat = TLS.spdycat(&scratch);
                let got = run(spdycat.args(["-m", "20"]).arg(server.uri("/file"))).expect_success();
                assert!(got.stdout == content.repeat(20));
            });
        }
    });
    server.stop();
}

#[test]
fn wrong_command_lines() {
    let scratch = Scratch::new();
    for arguments in [
        &[][..],
        &["eighty"],
        &["70000"],
        &["0", "key", "certificate", "more"],
        &["--no-such-option", "0"],
    ] {
        let mut spdyd = PLAIN.spdyd(&scratch, &[]).unwrap();
        let got = run(spdyd.args(arguments)).expect_code(2);
        assert!(got.stderr.contains("spdyd --help"), "{}", got.stderr);
    }
    let got = run(TLS.spdyd(&scratch, &[]).unwrap().arg("0")).expect_code(2);
    assert!(got.stderr.contains("PRIVATE_KEY"), "{}", got.stderr);
}
