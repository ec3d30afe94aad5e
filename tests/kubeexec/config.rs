//! TLS, kubeconfig files, and the options that go before them.

use std::fs;
use std::process::Command;

use crate::peer::{code, Peer};
use crate::process::run;

const TLS: [&str; 4] = ["--key", "server.key", "--cert", "server.crt"];

fn base64(peer: &Peer, name: &str) -> String {
    let mut command = Command::new("base64");
    run(command.arg("-w0").arg(peer.scratch.path(name)))
        .expect_success()
        .text()
}

/// A kubeconfig for the peer, with these lines in its cluster and its user.
fn kubeconfig(peer: &Peer, cluster: &str, user: &str) -> String {
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: here\n\
         contexts:\n- name: here\n  context: {{cluster: c, user: u, namespace: default}}\n\
         - name: elsewhere\n  context: {{cluster: c, user: u, namespace: elsewhere}}\n\
         clusters:\n- name: c\n  cluster:\n    server: {}\n{cluster}\
         users:\n- name: u\n  user:\n    username: \"\"\n{user}",
        peer.server()
    );
    let path = peer.scratch.file("config/kubeconfig", text.as_bytes());
    path.to_str().unwrap().to_owned()
}

fn moby_with_secrets() -> Option<Peer> {
    Peer::moby(&[
        "-key",
        "server.key",
        "-cert",
        "server.crt",
        "-clients",
        "server.crt",
        "-token",
        "secret",
    ])
}

#[test]
fn everything_from_a_kubeconfig() {
    let Some(peer) = moby_with_secrets() else {
        return;
    };
    // The folder of the file is where names in it begin.
    let data = (
        format!(
            "    certificate-authority-data: {}\n",
            base64(&peer, "server.crt")
        ),
        format!(
            "    token: secret\n    client-certificate-data: {}\n    client-key-data: {}\n",
            base64(&peer, "server.crt"),
            base64(&peer, "server.key")
        ),
    );
    let files = (
        "    certificate-authority: ../server.crt\n".to_owned(),
        "    tokenFile: token\n    client-certificate: ../server.crt\n    client-key: ../server.key\n".to_owned(),
    );
    peer.scratch.file("config/token", b"secret\n");
    for (cluster, user) in [data, files] {
        let config = kubeconfig(&peer, &cluster, &user);
        let words = ["demo", "--", "sh", "-c", "exit 42"];
        run(&mut peer.bare(&[&["exec", "--kubeconfig", &config], &words[..]].concat()))
            .expect_code(42);
        // Of a list, the first to say something counts, and what is missing does not.
        let empty = peer.scratch.file("empty", b"");
        let list = format!("/nonexistent:{}:{config}", empty.display());
        run(peer
            .bare(&[&["exec"], &words[..]].concat())
            .env("KUBECONFIG", list))
        .expect_code(42);
        fs::create_dir_all(peer.scratch.path(".kube")).unwrap();
        let usual = fs::read(&config).unwrap();
        peer.scratch.file(".kube/config", &usual);
        peer.scratch.file(".kube/token", b"secret");
        run(&mut peer.bare(&[&["exec"], &words[..]].concat())).expect_code(42);
        // Options go first.
        let wrong = [
            &["exec", "--kubeconfig", &config, "--token", "wrong"],
            &words[..],
        ]
        .concat();
        let got = run(&mut peer.bare(&wrong)).expect_code(code::REFUSED);
        assert!(got.stderr.contains("(401)"), "{}", got.stderr);
    }
}

#[test]
fn everything_from_options() {
    let Some(peer) = moby_with_secrets() else {
        return;
    };
    let certificate = [
        "--client-certificate",
        "server.crt",
        "--client-key",
        "server.key",
    ];
    let authority = ["--certificate-authority", "server.crt"];
    let all = [
        &["exec", "--token", "secret"],
        &certificate[..],
        &authority,
        &["demo", "--", "true"],
    ]
    .concat();
    run(&mut peer.kubeexec(&all)).expect_success();
    let anonymous = [
        &["exec", "--token", "secret"],
        &authority[..],
        &["demo", "--", "true"],
    ]
    .concat();
    run(&mut peer.kubeexec(&anonymous)).expect_code(code::UNAVAILABLE);
}

#[test]
fn certificates_are_verified() {
    let Some(peer) = Peer::kubestream(&TLS) else {
        return;
    };
    peer.scratch.certificate("other");
    let with = |options: &[&str], expected: i32| {
        let arguments = [&["exec"], options, &["demo", "--", "sh", "-c", "exit 5"]].concat();
        run(&mut peer.kubeexec(&arguments))
            .expect_code(expected)
            .stderr
    };
    with(&["--certificate-authority", "server.crt"], 5);
    with(&["--insecure-skip-tls-verify"], 5);
    let stderr = with(&[], code::UNAVAILABLE);
    assert!(stderr.contains("certificate was not accepted"), "{stderr}");
    with(&["--certificate-authority", "other.crt"], code::UNAVAILABLE);

    // The certificate names this machine, and no other.
    let authority = "    certificate-authority: ../server.crt\n";
    for (name, expected) in [("localhost", 5), ("elsewhere", code::UNAVAILABLE)] {
        let config = kubeconfig(
            &peer,
            &format!("{authority}    tls-server-name: {name}\n"),
            "",
        );
        let arguments = [
            "exec",
            "--kubeconfig",
            &config,
            "demo",
            "--",
            "sh",
            "-c",
            "exit 5",
        ];
        run(&mut peer.bare(&arguments)).expect_code(expected);
    }
}

#[test]
fn tls_and_plain_do_not_mix() {
    let (Some(tls), Some(plain)) = (Peer::kubestream(&TLS), Peer::kubestream(&[])) else {
        return;
    };
    let swapped = |peer: &Peer, scheme: &str| {
        let server = format!("{scheme}://127.0.0.1:{}", peer.port);
        run(&mut peer.bare(&["exec", "--server", &server, "demo", "--", "true"]))
    };
    swapped(&plain, "https").expect_code(code::UNAVAILABLE);
    swapped(&tls, "http").expect_code(code::PROTOCOL);
}

#[test]
fn large_over_tls() {
    let Some(peer) = Peer::kubestream(&TLS) else {
        return;
    };
    let peer = peer.measurable();
    let content = crate::scratch::noise(9, 50_000_000);
    let input = peer.scratch.file("input", &content);
    let command = peer.kubeexec(&[
        "exec",
        "-i",
        "--insecure-skip-tls-verify",
        "demo",
        "--",
        "cat",
    ]);
    let got = run(&mut crate::peer::reading(&input, &command)).expect_success();
    assert!(got.stdout == content);
}

#[test]
fn what_is_wrong_with_a_kubeconfig() {
    let Some(peer) = Peer::kubestream(&TLS) else {
        return;
    };
    for (cluster, user) in [
        ("    certificate-authority: missing.crt\n", ""),
        ("    certificate-authority-data: \"***\"\n", ""),
        (
            "    certificate-authority-data: bm90IGEgY2VydGlmaWNhdGU=\n",
            "",
        ),
        ("    proxy-url: http://proxy\n", ""),
        ("   bad indentation: [\n", ""),
        ("", "    tokenFile: missing\n"),
        ("", "    token: \"two\\nlines\"\n"),
        ("", "    exec: {command: aws}\n"),
        (
            "",
            "    client-certificate: ../server.crt\n    client-key: ../server.crt\n",
        ),
    ] {
        let config = kubeconfig(&peer, cluster, user);
        let arguments = ["exec", "--kubeconfig", &config, "demo", "--", "true"];
        let got = run(&mut peer.bare(&arguments)).expect_code(code::CONFIG);
        assert!(got.stderr.starts_with("kubeexec: "), "{}", got.stderr);
    }
    let config = kubeconfig(&peer, "", "");
    for options in [["--kubeconfig", "missing"], ["--context", "missing"]] {
        let arguments = [
            &["exec", "--kubeconfig", &config],
            &options[..],
            &["demo", "--", "true"],
        ]
        .concat();
        run(&mut peer.bare(&arguments)).expect_code(code::CONFIG);
    }
    let arguments = [
        "exec",
        "--kubeconfig",
        &config,
        "--insecure-skip-tls-verify",
        "--context",
        "elsewhere",
        "demo",
        "--",
        "true",
    ];
    let got = run(&mut peer.bare(&arguments)).expect_code(code::REFUSED);
    assert!(got.stderr.contains("(404)"), "{}", got.stderr);
}
