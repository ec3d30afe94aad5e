//! Clients and servers that go away.

use std::thread;
use std::time::Duration;

use crate::eventually::eventually;
use crate::kubectl::Way;
use crate::process::{run, Process};
use crate::scratch::noise;
use crate::server::Server;

/// Starts kubectl, waits until its command runs, kills it, and checks that nothing of it is left on the server.
fn kill_during(server: &Server, input: Option<&[u8]>, command: &[&str]) {
    let descriptors = server.descriptors();
    let mut kubectl = match input {
        Some(bytes) => {
            let path = server.scratch.file("input", bytes);
            let arguments = [&["exec", "-i", "demo", "--"], command].concat();
            server.kubectl_reading(&path, &arguments)
        }
        None => server.kubectl(Way::Direct, &[&["exec", "demo", "--"], command].concat()),
    };
    let (kubectl, _unread) = Process::start_unread(&mut kubectl);
    eventually("the command runs", || !server.children().is_empty());
    thread::sleep(Duration::from_secs(1));
    drop(kubectl); // kills
    eventually("the command is gone", || server.children().is_empty());
    eventually("its descriptors are closed", || {
        server.descriptors() <= descriptors
    });
}

#[test]
fn a_killed_client_leaves_nothing_behind() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    server.exec(&["true"]).expect_success();
    let input = noise(4, 50_000_000);
    kill_during(&server, None, &["sleep", "600"]);
    kill_during(&server, None, &["cat", "/dev/zero"]);
    kill_during(&server, Some(&input), &["sh", "-c", "cat; sleep 600"]);
    // The server has stopped to read when kubectl dies.
    kill_during(&server, Some(&input), &["sleep", "600"]);
    // One that does not want to go.
    kill_during(
        &server,
        None,
        &["sh", "-c", "trap '' HUP TERM; while :; do sleep 1; done"],
    );
    server.exec(&["true"]).expect_success();
    server.stop();
}

#[test]
fn a_server_that_stops_takes_its_commands_with_it() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let arguments = ["exec", "demo", "--", "sleep", "600"];
    let kubectl = Process::start(&mut server.kubectl(Way::Direct, &arguments));
    eventually("the command runs", || !server.children().is_empty());
    let command = server.children()[0];
    server.stop();
    kubectl.finish();
    eventually("the command is gone", || {
        !std::path::Path::new(&format!("/proc/{command}")).exists()
    });
}

#[test]
fn many_sessions_leave_nothing_behind() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    server.exec(&["true"]).expect_success();
    let (memory, descriptors) = (server.memory(), server.descriptors());
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..15 {
                    let arguments = ["exec", "demo", "--", "echo", "text"];
                    let got = run(&mut server.kubectl(Way::Direct, &arguments));
                    assert_eq!(got.expect_success().text(), "text\n");
                }
            });
        }
    });
    eventually("all connections are closed", || {
        server.descriptors() <= descriptors
    });
    assert!(server.children().is_empty());
    let grown = server.memory().saturating_sub(memory);
    assert!(grown < 2000, "{grown} kB");
    server.stop();
}
