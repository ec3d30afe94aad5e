//! A server's life: many who wait, and an orderly end.

use std::io::Read;
use std::process::Command;

use crate::process::{run, Process};
use crate::scratch::{noise, Scratch};
use crate::spdyd::{Transport, Version, Wire};

const TLS: Wire = Wire::new(Version::Spdy3_1, Transport::Alpn);

#[test]
fn sigterm_lets_transfers_finish() {
    for wire in [
        Wire::PLAIN,
        Wire::new(Version::Spdy2, Transport::Plain),
        TLS,
    ] {
        let scratch = Scratch::new();
        let large = noise(6, 40_000_000);
        scratch.file("site/large", &large);
        let server = wire.serve(&scratch, &["--shutdown-timeout", "60"]).unwrap();
        let (client, mut body) =
            Process::start_unread(wire.spdycat(&scratch).arg(server.uri("/large")));
        let mut got = vec![0; 100_000];
        body.read_exact(&mut got).unwrap();
        server.process.signal("TERM");
        body.read_to_end(&mut got).unwrap();
        assert!(got == large, "{wire:?}: the file differs");
        client.finish().expect_success();
        server.process.finish().expect_success();
    }
}

#[test]
fn shutdown_does_not_wait_for_ever() {
    let scratch = Scratch::new();
    scratch.file("site/large", &noise(6, 40_000_000));
    let server = Wire::PLAIN
        .serve(&scratch, &["--shutdown-timeout", "1"])
        .unwrap();
    let (_client, mut body) =
        Process::start_unread(Wire::PLAIN.spdycat(&scratch).arg(server.uri("/large")));
    body.read_exact(&mut [0; 100_000]).unwrap();
    server.stop();
}

/// Starts a process that has so many connections open, and does nothing.
fn idle_connections(count: u32, port: u16) -> Process {
    let connect = format!("exec {{fd}}<>/dev/tcp/127.0.0.1/{port} || exit");
    let script = format!(
        "for ((i = 0; i < {count}; i++)); do {connect}; done; echo connected; kill -STOP $$"
    );
    let process = Process::start(Command::new("bash").args(["-c", &script]));
    process.wait_for_line("connected");
    process
}

#[test]
fn thousand_idle_connections() {
    let scratch = Scratch::new();
    scratch.file("site/small", b"small");
    let server = Wire::PLAIN.serve(&scratch, &["--workers", "2"]).unwrap();
    // Held by two shells, for one process may often have no more than 1024 files open.
    let idle = [(); 2].map(|()| idle_connections(500, server.port));
    let got = run(Wire::PLAIN.spdycat(&scratch).arg(server.uri("/small"))).expect_success();
    assert_eq!(got.text(), "small");
    // SIGTERM has nothing to wait for.
    server.stop();
    drop(idle);
}

#[test]
fn idle_connections_are_closed_in_the_end() {
    let scratch = Scratch::new();
    let server = Wire::PLAIN
        .serve(&scratch, &["--idle-timeout", "1"])
        .unwrap();
    let mut idle = server.connect();
    // Ends when the server closes; what it says before is its own affair.
    idle.read_to_end(&mut Vec::new()).unwrap();
    server.stop();
}
