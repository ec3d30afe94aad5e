//! The hello programs: one request each, in every way of building them.

use crate::process::{run, Process};
use crate::programs::Build;
use crate::scratch::{noise, Scratch};
use crate::spdyd::Wire;

/// Starts the server and returns it with its port.
fn start_server(build: Build) -> Option<(Process, String)> {
    let server = Process::start(&mut build.command("hello-server")?);
    let port = server.wait_for_port("listening on").to_string();
    Some((server, port))
}

fn hello(build: Build) {
    let Some((server, port)) = start_server(build) else {
        return;
    };
    for path in ["/", "/any/other?path"] {
        let client =
            run(build.command("hello-client").unwrap().args([&port, path])).expect_success();
        assert_eq!(client.text(), "hello\n");
    }
    server.signal("TERM");
    server.finish().expect_success();
}

#[test]
fn hello_with_the_shared_library() {
    hello(Build::Shared);
}

#[test]
fn hello_with_the_static_library() {
    hello(Build::Static);
}

#[test]
fn hello_built_by_clang() {
    hello(Build::Clang);
}

#[test]
fn hello_under_the_sanitizers() {
    hello(Build::Sanitized);
}

#[test]
fn hello_under_valgrind() {
    hello(Build::Valgrind);
}

#[test]
fn hello_client_names_a_refused_port() {
    let (server, port) = start_server(Build::Shared).unwrap();
    drop(server);
    let client = run(Build::Shared.command("hello-client").unwrap().arg(&port)).expect_code(1);
    assert_eq!(
        client.stderr,
        format!("hello-client: port {port}: Connection refused\n")
    );
}

#[test]
fn hello_server_names_a_taken_port() {
    let (_server, port) = start_server(Build::Shared).unwrap();
    let second = run(Build::Shared.command("hello-server").unwrap().arg(&port)).expect_code(1);
    assert_eq!(
        second.stderr,
        format!("hello-server: port {port}: Address already in use\n")
    );
}

#[test]
fn hello_server_refuses_what_is_no_get() {
    let (_server, port) = start_server(Build::Shared).unwrap();
    let scratch = Scratch::new();
    let mut spdycat = Wire::PLAIN.spdycat(&scratch);
    spdycat
        .args(["-v", "-H", ":method: PUT"])
        .arg(format!("http://127.0.0.1:{port}/"));
    let got = run(&mut spdycat).expect_code(7);
    assert!(got.stderr.contains(":status: 405 "), "{}", got.stderr);
}

#[test]
fn hello_client_fetches_from_spdyd() {
    let scratch = Scratch::new();
    let content = noise(1, 1_000_000);
    scratch.file("site/file", &content);
    let server = Wire::PLAIN.serve(&scratch, &[]).unwrap();
    let hello = || Build::Shared.command("hello-client").unwrap();
    let port = server.port.to_string();
    let got = run(hello().args([&port, "/file"])).expect_success();
    assert!(got.stdout == content);
    let got = run(hello().args([&port, "/missing"])).expect_code(1);
    assert!(
        got.stderr.contains("the server answered 404"),
        "{}",
        got.stderr
    );
    server.stop();
}
