//! The URLs of a container runtime: one token, one request.

use std::thread;
use std::time::Duration;

use crate::http::request;
use crate::server::Server;

const UPGRADE: [&str; 4] = [
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
    "X-Stream-Protocol-Version: v4.channel.k8s.io",
];

struct Runtime {
    server: Server,
    admin: u16,
}

impl Runtime {
    fn start(options: &[&str]) -> Option<Self> {
        let server = Server::start(&[&["--admin", "0"], options].concat())?;
        let admin = server.process.wait_for_port("tokens are made on");
        Some(Self { server, admin })
    }

    fn order(&self, verb: &str, body: &str) -> String {
        let line = format!("POST /{verb} HTTP/1.1");
        let length = format!("Content-Length: {}", body.len());
        request(self.admin, &[&line, "Host: localhost", &length], body)
    }

    /// The path of a new token's URL.
    fn token(&self, verb: &str, body: &str) -> String {
        let answer = self.order(verb, body);
        let url = answer.split("\"url\":\"").nth(1).expect(&answer);
        let url = url.split('"').next().unwrap();
        let base = format!("http://127.0.0.1:{}", self.server.port);
        url.strip_prefix(&base).expect(url).to_owned()
    }

    #[track_caller]
    fn expect(&self, status: &str, path: &str) {
        let line = format!("POST {path} HTTP/1.1");
        let answer = self
            .server
            .request(&[&[line.as_str()], &UPGRADE[..]].concat());
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{path}: {answer}"
        );
    }
}

const ORDER: &str = "{\"command\":[\"true\"],\"stdout\":true}";

#[test]
fn a_token_works_once() {
    let Some(runtime) = Runtime::start(&[]) else {
        return;
    };
    let path = runtime.token("exec", ORDER);
    runtime.expect("101", &path);
    runtime.expect("404", &path);
    runtime.expect("404", "/exec/AAAAAAAA");
    // It is for what it was made for, and a wrong try does not use it up.
    let path = runtime.token("exec", ORDER);
    runtime.expect("404", &path.replace("exec", "attach"));
    // What the request says about the command does not count.
    runtime.expect("101", &format!("{path}?command=false&tty=true&stderr=true"));
    runtime.server.stop();
}

#[test]
fn a_token_does_not_wait_for_ever() {
    let Some(runtime) = Runtime::start(&["--token-lifetime", "1"]) else {
        return;
    };
    let old = runtime.token("exec", ORDER);
    thread::sleep(Duration::from_millis(1100));
    let new = runtime.token("exec", ORDER);
    runtime.expect("404", &old);
    runtime.expect("101", &new);
    runtime.server.stop();
}

#[test]
fn orders_that_make_no_sense() {
    let Some(runtime) = Runtime::start(&[]) else {
        return;
    };
    for body in [
        "",
        "[]",
        "{",
        "{\"command\":[\"true\"]}",
        "{\"command\":[1],\"stdout\":true}",
        "{\"stdout\":true}",
        "{\"command\":[\"a\"],\"stdout\":true,\"stderr\":true,\"tty\":true}",
    ] {
        let answer = runtime.order("exec", body);
        assert!(answer.starts_with("HTTP/1.1 400 "), "{body}: {answer}");
    }
    assert!(runtime.order("logs", ORDER).starts_with("HTTP/1.1 404 "));
    runtime.server.stop();
}

#[test]
fn there_are_only_so_many_tokens() {
    let Some(runtime) = Runtime::start(&[]) else {
        return;
    };
    let first = runtime.token("exec", ORDER);
    for _ in 1..1000 {
        runtime.token("exec", ORDER);
    }
    let answer = runtime.order("exec", ORDER);
    assert!(answer.starts_with("HTTP/1.1 429 "), "{answer}");
    assert!(answer.contains("Retry-After: 60\r\n"), "{answer}");
    runtime.expect("101", &first);
    runtime.token("exec", ORDER);
    runtime.server.stop();
}
