//! What goes wrong on real machines. The side that is left says what happened, with the exit code that its --help names
//! for it, and the server lives on.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;

use crate::fetching::forward_both_ways;
use crate::process::{run, Process};
use crate::programs::Build;
use crate::scratch::{noise, Scratch};
use crate::spdyd::{Server, Transport, Version, Wire};

const TLS: Wire = Wire::new(Version::Spdy3_1, Transport::Alpn);

/// More than the windows and the socket buffers take, so that a transfer that is not read cannot be over.
const LARGE: usize = 40_000_000;

/// Serves a small file and a large one.
fn serve(wire: Wire) -> (Scratch, Server) {
    let scratch = Scratch::new();
    scratch.file("site/small", b"small");
    scratch.file("site/large", &noise(3, LARGE));
    let server = wire.serve(&scratch, &[]).unwrap();
    (scratch, server)
}

#[track_caller]
fn expect_alive(scratch: &Scratch, server: Server) {
    let got = run(server.wire.spdycat(scratch).arg(server.uri("/small"))).expect_success();
    assert_eq!(got.text(), "small");
    server.stop();
}

/// Runs spdycat with further arguments, which must end with a code and a message that has all the words.
#[track_caller]
fn spdycat_fails(spdycat: &mut Command, code: i32, words: &[&str]) {
    let got = run(spdycat).expect_code(code);
    expect_words(&got.stderr, words);
}

#[track_caller]
fn expect_words(message: &str, words: &[&str]) {
    assert!(
        message.starts_with("spdy"),
        "the message does not begin with the program's name: {message}"
    );
    for word in words {
        assert!(
            message.to_lowercase().contains(&word.to_lowercase()),
            "no {word:?} in: {message}"
        );
    }
}

#[test]
fn client_vanishes_in_the_middle() {
    for wire in [Wire::PLAIN.sanitized(), TLS.sanitized()] {
        let (scratch, server) = serve(wire);
        for _ in 0..5 {
            let (client, mut body) =
                Process::start_unread(wire.spdycat(&scratch).arg(server.uri("/large")));
            body.read_exact(&mut [0; 100_000]).unwrap();
            client.signal("KILL");
        }
        expect_alive(&scratch, server);
    }
}

#[test]
fn server_vanishes_in_the_middle() {
    for wire in [Wire::PLAIN.sanitized(), TLS.sanitized()] {
        let (scratch, server) = serve(wire);
        let (client, mut body) =
            Process::start_unread(wire.spdycat(&scratch).arg(server.uri("/large")));
        body.read_exact(&mut [0; 100_000]).unwrap();
        server.process.signal("KILL");
        std::io::copy(&mut body, &mut std::io::sink()).unwrap();
        let client = client.finish().expect_code(4);
        expect_words(&client.stderr, &["/large"]);
    }
}

#[test]
fn slow_reader_costs_the_server_little_memory() {
    for wire in [
        Wire::PLAIN,
        Wire::new(Version::Spdy2, Transport::Plain),
        TLS,
    ] {
        let (scratch, server) = serve(wire);
        let (client, mut body) =
            Process::start_unread(wire.spdycat(&scratch).arg(server.uri("/large")));
        body.read_exact(&mut [0; 100_000]).unwrap();
        // Another client gets its file while the first one takes none; by then the server had its chance to read ahead.
        let got = run(wire.spdycat(&scratch).arg(server.uri("/small"))).expect_success();
        assert_eq!(got.text(), "small");
        let memory = server.memory();
        assert!(memory < LARGE / 2, "{wire:?}: spdyd holds {memory} bytes");
        let rest = std::io::copy(&mut body, &mut std::io::sink()).unwrap();
        assert_eq!(rest, (LARGE - 100_000) as u64);
        client.finish().expect_success();
        server.stop();
    }
}

#[test]
fn port_taken() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let scratch = Scratch::new();
    let got = run(Wire::PLAIN.spdyd(&scratch, &[]).unwrap().arg(&port)).expect_code(3);
    expect_words(&got.stderr, &[&port, "in use"]);
}

#[test]
fn wrong_key_files() {
    let scratch = Scratch::new();
    scratch.certificate("one");
    scratch.certificate("two");
    scratch.file("noise", b"this is no key");
    for (key, certificate, word) in [
        ("missing.key", "one.crt", "missing.key"),
        ("noise", "one.crt", "noise"),
        ("one.key", "noise", "noise"),
        ("two.key", "one.crt", "two.key"),
    ] {
        let mut spdyd = TLS.spdyd(&scratch, &[]).unwrap();
        spdyd
            .arg("0")
            .arg(scratch.path(key))
            .arg(scratch.path(certificate));
        let got = run(&mut spdyd).expect_code(4);
        expect_words(&got.stderr, &[word]);
    }
}

#[test]
fn missing_folder() {
    let mut spdyd = Build::Shared.command("spdyd").unwrap();
    let got = run(spdyd.args(["--no-tls", "-d", "/does/not/exist", "0"])).expect_code(5);
    expect_words(&got.stderr, &["/does/not/exist", "No such file"]);
}

#[test]
fn missing_file_leaves_nothing_behind() {
    let (scratch, server) = serve(Wire::PLAIN);
    let mut spdycat = Wire::PLAIN.spdycat(&scratch);
    spdycat
        .arg("--output-dir")
        .arg(scratch.path("got"))
        .arg(server.uri("/missing"))
        .arg(server.uri("/small"));
    spdycat_fails(&mut spdycat, 7, &["/missing", "404"]);
    let names: Vec<_> = fs::read_dir(scratch.path("got"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["small"]);
    server.stop();
}

#[test]
fn full_disk_at_the_client() {
    let (scratch, server) = serve(Wire::PLAIN);
    // A limit on the size of files stands for the full disk: the write fails in the middle just so.
    let spdycat = Wire::PLAIN.spdycat(&scratch);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 2000; exec \"$0\" \"$@\""]);
    limited.arg(spdycat.get_program()).args(spdycat.get_args());
    limited
        .arg("--output-dir")
        .arg(scratch.path("got"))
        .arg(server.uri("/large"));
    spdycat_fails(&mut limited, 9, &["large", "File too large"]);
    assert_eq!(
        fs::read_dir(scratch.path("got")).unwrap().count(),
        0,
        "a part of the file is left"
    );

    let spdycat = Wire::PLAIN.spdycat(&scratch);
    let mut to_full_disk = Command::new("sh");
    to_full_disk.args(["-c", "exec \"$0\" \"$@\" >/dev/full"]);
    to_full_disk
        .arg(spdycat.get_program())
        .args(spdycat.get_args());
    spdycat_fails(
        to_full_disk.arg(server.uri("/large")),
        9,
        &["standard output", "No space left"],
    );
    expect_alive(&scratch, server);
}

#[test]
fn certificate_not_trusted() {
    let (scratch, server) = serve(TLS);
    let spdycat = || {
        let mut command = Build::Shared.command("spdycat").unwrap();
        command.arg(server.uri("/small"));
        command
    };
    spdycat_fails(&mut spdycat(), 5, &["certificate"]);
    scratch.certificate("other");
    spdycat_fails(
        spdycat().arg("--cafile").arg(scratch.path("other.crt")),
        5,
        &["certificate"],
    );
    assert_eq!(run(spdycat().arg("-k")).expect_success().text(), "small");
    expect_alive(&scratch, server);
}

#[test]
fn certificate_of_another_host() {
    let (scratch, server) = serve(TLS);
    // 127.0.0.2 is this machine as well, and the certificate does not name it; the server listens on 127.0.0.1 only,
    // so a forwarder stands where the other host would.
    let listener = TcpListener::bind("127.0.0.2:0").unwrap();
    let uri = format!("https://{}/small", listener.local_addr().unwrap());
    let upstream = server.connect();
    let forwarder =
        std::thread::spawn(move || forward_both_ways(&listener.accept().unwrap().0, &upstream));
    spdycat_fails(
        TLS.spdycat(&scratch).arg(uri),
        5,
        &["certificate", "127.0.0.2"],
    );
    forwarder.join().unwrap();
    expect_alive(&scratch, server);
}

#[test]
fn refused_port() {
    let free = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let scratch = Scratch::new();
    spdycat_fails(
        Wire::PLAIN.spdycat(&scratch).arg(format!("http://{free}/")),
        4,
        &["refused"],
    );
}

#[test]
fn unknown_host() {
    // A label of 64 letters is no name at all, so the resolver says so without asking anyone.
    let host = "x".repeat(64);
    let scratch = Scratch::new();
    spdycat_fails(
        Wire::PLAIN
            .spdycat(&scratch)
            .arg(format!("http://{host}.invalid/")),
        3,
        &[&host],
    );
}

#[test]
fn silent_server() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let scratch = Scratch::new();
    spdycat_fails(
        Wire::PLAIN
            .spdycat(&scratch)
            .args(["-t", "1"])
            .arg(format!("http://{address}/")),
        8,
        &["time"],
    );
    scratch.certificate("server");
    spdycat_fails(
        TLS.spdycat(&scratch)
            .args(["-t", "1"])
            .arg(format!("https://{address}/")),
        8,
        &["time"],
    );
}

#[test]
fn server_that_speaks_something_else() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let other = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        // A SPDY/3 control frame of a kind that needs eight bytes, and has none; then the other side has the word.
        client
            .write_all(b"\x80\x03\x00\x07\x00\x00\x00\x00")
            .unwrap();
        let _ = std::io::copy(&mut client, &mut std::io::sink());
    });
    let scratch = Scratch::new();
    spdycat_fails(
        Wire::PLAIN
            .spdycat(&scratch)
            .arg(format!("http://{address}/")),
        6,
        &["malformed"],
    );
    other.join().unwrap();
}

#[test]
fn client_that_speaks_something_else() {
    for wire in [Wire::PLAIN.sanitized(), TLS.sanitized()] {
        let (scratch, server) = serve(wire);
        for garbage in [
            &b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"[..],
            &noise(5, 100_000),
            b"\x80\x03\x00\x01\x00\x00\x00\x00",
        ] {
            let mut client = server.connect();
            // The server may close before it has read everything.
            let _ = client.write_all(garbage);
            let _ = client.shutdown(std::net::Shutdown::Write);
            let _ = client.read_to_end(&mut Vec::new());
        }
        expect_alive(&scratch, server);
    }
}
