//! Requests that are not granted, by hand and by kubectl.

use crate::kubectl::Way;
use crate::process::run;
use crate::server::Server;

const EXEC: &str =
    "POST /api/v1/namespaces/default/pods/demo/exec?command=true&stdout=true HTTP/1.1";
const UPGRADE: [&str; 3] = [
    "Host: localhost",
    "Connection: Upgrade",
    "Upgrade: SPDY/3.1",
];

impl Server {
    #[track_caller]
    fn expect(&self, status: &str, lines: &[&str]) -> String {
        let answer = self.request(lines);
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status} ")),
            "{lines:?}\n{answer}"
        );
        answer
    }
}

#[test]
fn protocols_are_negotiated() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let offer = |lines: &[&'static str]| [&[EXEC][..], &UPGRADE, lines].concat();
    for (lines, chosen) in [
        (
            &["X-Stream-Protocol-Version: v4.channel.k8s.io"][..],
            "v4.channel.k8s.io",
        ),
        (
            &["X-Stream-Protocol-Version: v9.channel.k8s.io, v3.channel.k8s.io,v4.channel.k8s.io"],
            "v3.channel.k8s.io",
        ),
        (
            &[
                "x-stream-protocol-version: channel.k8s.io",
                "X-Stream-Protocol-Version: v5.channel.k8s.io",
            ],
            "v5.channel.k8s.io",
        ),
    ] {
        let answer = server.expect("101", &offer(lines));
        let line = format!("X-Stream-Protocol-Version: {chosen}\r\n");
        assert!(answer.contains(&line), "{answer}");
        assert!(answer.contains("Upgrade: SPDY/3.1\r\n"), "{answer}");
    }
    let answer = server.expect(
        "403",
        &offer(&["X-Stream-Protocol-Version: channel.k8s.io"]),
    );
    for version in 2..=5 {
        let line = format!("X-Accepted-Stream-Protocol-Versions: v{version}.channel.k8s.io\r\n");
        assert!(answer.contains(&line), "{answer}");
    }
    server.expect("400", &offer(&[]));
    server.stop();
}

#[test]
fn the_upgrade_may_be_a_get() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let get = EXEC.replace("POST", "GET");
    let protocol = "X-Stream-Protocol-Version: v4.channel.k8s.io";
    server.expect(
        "101",
        &[&[get.as_str()], &UPGRADE[..], &[protocol]].concat(),
    );
    server.stop();
}

#[test]
fn requests_that_make_no_sense() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let protocol = "X-Stream-Protocol-Version: v4.channel.k8s.io";
    let rest = [&UPGRADE[..], &[protocol]].concat();
    let pod = "/api/v1/namespaces/default/pods/demo";
    for (status, line) in [
        ("400", format!("POST {pod}/exec?stdout=true HTTP/1.1")),
        ("400", format!("POST {pod}/exec?command=true HTTP/1.1")),
        (
            "400",
            format!("POST {pod}/exec?command=a&stdout=true&stderr=true&tty=true HTTP/1.1"),
        ),
        (
            "400",
            format!("POST {pod}/exec?command=a%00b&stdout=true HTTP/1.1"),
        ),
        ("400", format!("POST {pod}/attach?stdout=true HTTP/1.1")),
        ("404", format!("POST {pod}/logs HTTP/1.1")),
        (
            "404",
            "POST /api/v1/namespaces/default/pods/other/exec?command=a&stdout=true HTTP/1.1".into(),
        ),
        (
            "405",
            format!("PUT {pod}/exec?command=a&stdout=true HTTP/1.1"),
        ),
    ] {
        server.expect(status, &[&[line.as_str()], &rest[..]].concat());
    }
    // No upgrade, or to something else.
    server.expect("400", &[EXEC, "Host: localhost", protocol]);
    let other = ["Connection: Upgrade", "Upgrade: h2c", protocol];
    server.expect("400", &[&[EXEC, "Host: localhost"][..], &other].concat());
    server.expect("400", &["GARBAGE"]);
    server.expect("404", &["GET /version HTTP/1.1", "Host: localhost"]);
    // None of this has hurt the server.
    server.exec(&["true"]).expect_success();
    server.stop();
}

#[test]
fn kubectl_shows_why() {
    let Some(server) = Server::start(&["--allow", "true"]) else {
        return;
    };
    server.exec(&["true"]).expect_success();
    let got = server.exec(&["false"]).expect_code(1);
    assert!(got.stderr.contains("(Forbidden)"), "{}", got.stderr);
    let mut other_pod = server.kubectl(Way::Direct, &["exec", "other", "--", "true"]);
    let got = run(&mut other_pod).expect_code(1);
    assert!(
        got.stderr.contains("pods \"other\" not found"),
        "{}",
        got.stderr
    );
    server.stop();
}
