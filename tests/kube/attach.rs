//! kubectl attach: a share of a process that is running anyway.

use std::process::Command;

use crate::kubectl::Way;
use crate::process::{run, Process};
use crate::server::Server;

const ECHO: &str = "while read -r line; do echo \"heard: $line\"; done";

/// Attached, with input that comes from a FIFO.
fn attach(server: &Server, name: &str) -> Process {
    let fifo = server.scratch.path(name);
    run(Command::new("mkfifo").arg(&fifo)).expect_success();
    Process::start(&mut server.kubectl_reading(&fifo, &["attach", "-i", "demo"]))
}

/// Opens the other side of the FIFO, says something, and goes on holding it.
fn speak(server: &Server, name: &str, text: &str) -> std::fs::File {
    use std::io::Write;
    let mut fifo = std::fs::OpenOptions::new()
        .write(true)
        .open(server.scratch.path(name))
        .unwrap();
    fifo.write_all(text.as_bytes()).unwrap();
    fifo
}

#[test]
fn input_and_output_are_shared() {
    let Some(server) = Server::start(&["--main", ECHO]) else {
        return;
    };
    let one = attach(&server, "one");
    let one_says = speak(&server, "one", "hello\n");
    one.wait_for_line("heard: hello");
    let other = attach(&server, "other");
    let other_says = speak(&server, "other", "again\n");
    one.wait_for_line("heard: again");
    other.wait_for_line("heard: again");
    // One leaves, without an end for the process or for the other.
    drop(one);
    drop(one_says);
    let more = speak(&server, "other", "more\n");
    other.wait_for_line("heard: more");
    drop((other, other_says, more));
    server.stop();
}

#[test]
fn output_only_and_the_exit_code() {
    let script =
        "while [ ! -e go ]; do echo waiting; sleep 0.1; done; echo working; echo badly >&2; exit 9";
    let Some(server) = Server::start(&["--main", script]) else {
        return;
    };
    let attached = Process::start(&mut server.kubectl(Way::Direct, &["attach", "demo"]));
    attached.wait_for_line("waiting");
    server.scratch.file("go", b"");
    let got = attached.finish().expect_code(9);
    assert!(got.text().ends_with("waiting\nworking\n"), "{}", got.text());
    assert!(got.stderr.contains("badly"), "{}", got.stderr);
    // There is nothing left to attach to.
    let got = run(&mut server.kubectl(Way::Direct, &["attach", "demo"])).expect_code(1);
    assert!(
        got.stderr.contains("no running main process"),
        "{}",
        got.stderr
    );
    server.stop();
}
