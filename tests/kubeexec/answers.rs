//! The request that kubeexec makes, and answers to it that are not an upgrade.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::peer::{code, kubeexec};
use crate::process::{run, Finished};
use crate::programs::Build;
use crate::scratch::Scratch;
use crate::support::abi::status;
use crate::support::wire;

/// What the server does behind its answer.
enum Then {
    Close,
    WaitForTheClient,
}

/// Takes one request and answers. Returns the request.
fn serve(answer: &'static [u8], then: Then) -> (u16, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        connection
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && connection.read(&mut byte).unwrap() == 1 {
            request.push(byte[0]);
        }
        connection.write_all(answer).unwrap();
        if let Then::WaitForTheClient = then {
            let _ = connection.read_to_end(&mut Vec::new());
        }
        String::from_utf8(request).unwrap()
    });
    (port, server)
}

fn answered_with(answer: &'static [u8], then: Then, arguments: &[&str]) -> (Finished, String) {
    let scratch = Scratch::new();
    let (port, server) = serve(answer, then);
    let url = format!("http://127.0.0.1:{port}/prefix/");
    let (name, rest) = arguments.split_first().unwrap();
    let arguments = [&[*name, "--server", &url], rest].concat();
    let got = run(&mut kubeexec(Build::Sanitized, &scratch, &arguments));
    (
        got,
        server.join().unwrap().replace(&port.to_string(), "PORT"),
    )
}

const UPGRADED: &[u8] =
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\
    X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n";
const NO: &[u8] = b"HTTP/1.1 500 No\r\nContent-Length: 6\r\n\r\nbroken";

#[test]
fn the_request_of_exec() {
    let arguments = [
        "exec", "-i", "-n", "a b", "-c", "main", "pod/demo", "--", "echo", "x y", "&",
    ];
    let (_, request) = answered_with(NO, Then::Close, &arguments);
    let mut lines = request.lines();
    assert_eq!(
        lines.next().unwrap(),
        "POST /prefix/api/v1/namespaces/a%20b/pods/demo/exec?command=echo&command=x%20y&command=%26\
         &container=main&stderr=true&stdin=true&stdout=true HTTP/1.1"
    );
    let headers: Vec<&str> = lines
        .filter(|line| !line.starts_with("User-Agent: "))
        .collect();
    let expected = [
        "Host: 127.0.0.1:PORT",
        "Content-Length: 0",
        "Connection: Upgrade",
        "Upgrade: SPDY/3.1",
        "X-Stream-Protocol-Version: v5.channel.k8s.io",
        "X-Stream-Protocol-Version: v4.channel.k8s.io",
        "X-Stream-Protocol-Version: v3.channel.k8s.io",
        "X-Stream-Protocol-Version: v2.channel.k8s.io",
        "",
    ];
    assert_eq!(headers, expected);
}

#[test]
fn the_request_of_a_terminal_and_of_port_forward() {
    let (_, request) = answered_with(NO, Then::Close, &["attach", "-it", "demo"]);
    let path = "/prefix/api/v1/namespaces/default/pods/demo";
    assert!(request.starts_with(&format!(
        "POST {path}/attach?stdin=true&stdout=true&tty=true HTTP"
    )));
    let (_, request) = answered_with(NO, Then::Close, &["port-forward", "demo", ":80"]);
    assert!(
        request.starts_with(&format!("POST {path}/portforward HTTP")),
        "{request}"
    );
    assert_eq!(request.matches("X-Stream-Protocol-Version").count(), 1);
    assert!(request.contains("X-Stream-Protocol-Version: portforward.k8s.io\r\n"));
}

#[test]
fn refusals() {
    let status: &[u8] = b"HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n\
        5b\r\n{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"not for \\u001b[31myou\",\"reason\":\"Forbidden\"}\r\n0\r\n\r\n";
    let (got, _) = answered_with(status, Then::Close, &["exec", "demo", "--", "true"]);
    let got = got.expect_code(code::REFUSED);
    assert!(
        got.stderr.contains("(403): not for \\x1b[31myou"),
        "{}",
        got.stderr
    );

    let (got, _) = answered_with(NO, Then::Close, &["exec", "demo", "--", "true"]);
    assert!(got
        .expect_code(code::REFUSED)
        .stderr
        .contains("(500): broken"));

    let endless = b"HTTP/1.1 500 No\r\n\r\nuntil the end";
    let (got, _) = answered_with(endless, Then::Close, &["exec", "demo", "--", "true"]);
    assert!(got
        .expect_code(code::REFUSED)
        .stderr
        .contains("until the end"));
}

#[test]
fn answers_that_make_no_sense() {
    for answer in [
        &b""[..],
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nX-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n",
        // SYN_STREAM of version 3 that is too short for one.
        b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\
          X-Stream-Protocol-Version: v4.channel.k8s.io\r\n\r\n\x80\x03\0\x01\0\0\0\x02\0\0",
    ] {
        let (got, _) = answered_with(answer, Then::Close, &["exec", "demo", "--", "true"]);
        got.expect_code(code::PROTOCOL);
    }
}

/// RST_STREAM, where SYN_REPLY was expected.
#[test]
fn a_stream_that_is_refused() {
    for status in [status::REFUSED_STREAM, status::CANCEL] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut bytes = Vec::new();
            let mut piece = [0; 4096];
            while !bytes.ends_with(b"\r\n\r\n") {
                let n = connection.read(&mut piece).unwrap();
                bytes.extend(&piece[..n]);
            }
            connection.write_all(UPGRADED).unwrap();
            // The first frame is SYN_STREAM.
            assert!(connection.read(&mut piece).unwrap() > 8);
            connection
                .write_all(&wire::rst_stream(3, 1, status))
                .unwrap();
            let _ = connection.read_to_end(&mut bytes);
        });
        let scratch = Scratch::new();
        let arguments = ["exec", "--server", &url, "demo", "--", "true"];
        let begun = Instant::now();
        let got = run(&mut kubeexec(Build::Sanitized, &scratch, &arguments));
        assert!(got.expect_code(code::REFUSED).stderr.contains("refused"));
        assert!(begun.elapsed() < Duration::from_secs(20));
        server.join().unwrap();
    }
}

#[test]
fn no_answer_at_all() {
    let arguments = ["exec", "--timeout", "1", "demo", "--", "true"];
    let (got, _) = answered_with(b"HTTP/1.1 1", Then::WaitForTheClient, &arguments);
    got.expect_code(code::TIMEOUT);
}

#[test]
fn nobody_there() {
    let scratch = Scratch::new();
    let refused = format!("http://127.0.0.1:{}", crate::backend::refused());
    for (server, expected) in [
        (refused.as_str(), code::UNAVAILABLE),
        ("http://name.invalid", code::NO_HOST),
    ] {
        let arguments = ["exec", "--server", server, "demo", "--", "true"];
        run(&mut kubeexec(Build::Sanitized, &scratch, &arguments)).expect_code(expected);
    }
}
