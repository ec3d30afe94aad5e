//! The streaming URLs of a container runtime.

use crate::http::request;
use crate::peer::{code, reading, Peer};
use crate::process::run;

struct Runtime {
    peer: Peer,
    admin: u16,
}

impl Runtime {
    fn start() -> Option<Self> {
        let peer = Peer::kubestream(&["--admin", "0"])?;
        let admin = peer.process.wait_for_port("tokens are made on");
        Some(Self { peer, admin })
    }

    /// A new URL.
    fn url(&self, verb: &str, body: &str) -> String {
        let line = format!("POST /{verb} HTTP/1.1");
        let length = format!("Content-Length: {}", body.len());
        let answer = request(self.admin, &[&line, "Host: localhost", &length], body);
        let url = answer.split("\"url\":\"").nth(1).expect(&answer);
        url.split('"').next().unwrap().to_owned()
    }
}

#[test]
fn the_url_says_what_runs_and_works_once() {
    let Some(runtime) = Runtime::start() else {
        return;
    };
    let order = r#"{"command":["sh","-c","cat; exit 6"],"stdin":true,"stdout":true,"stderr":true}"#;
    let url = runtime.url("exec", order);
    let input = runtime.peer.scratch.file("input", b"through a token");
    let command = runtime.peer.bare(&["exec", "-i", "--url", &url]);
    let got = run(&mut reading(&input, &command)).expect_code(6);
    assert_eq!(got.text(), "through a token");
    let got = run(&mut reading(&input, &command)).expect_code(code::REFUSED);
    assert!(got.stderr.contains("(404)"), "{}", got.stderr);
}

#[test]
fn port_forward_by_url() {
    let Some(runtime) = Runtime::start() else {
        return;
    };
    let url = runtime.url("portforward", "{}");
    let port = format!(":{}", crate::backend::echo());
    let command = runtime.peer.bare(&["port-forward", "--url", &url, &port]);
    crate::forward::Forward::start(command).exchange(0, b"echo");
}
