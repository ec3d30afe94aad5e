//! Much data, and readers that do not read: nothing is lost, and memory stays bounded.

use std::io::Read;
use std::thread;
use std::time::Duration;

use crate::eventually::eventually;
use crate::process::Process;
use crate::scratch::noise;
use crate::server::Server;

const MEGABYTE: usize = 1_000_000;

/// What the server may need, in kB, whatever its peers do: itself, and buffers for a connection or two.
const BOUND: usize = 32_000;

#[test]
fn a_hundred_megabytes_both_ways_at_once() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let input = noise(1, 100 * MEGABYTE);
    let got = server.exec_with(&input, &["cat"]).expect_success();
    assert!(got.stdout == input);
    assert!(server.peak_memory() < BOUND, "{} kB", server.peak_memory());
    server.stop();
}

#[test]
fn a_command_that_does_not_read() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let input = noise(2, 100 * MEGABYTE);
    let got = server.exec_with(&input, &["sh", "-c", "sleep 5; echo enough"]);
    assert_eq!(got.expect_success().text(), "enough\n");
    assert!(server.peak_memory() < BOUND, "{} kB", server.peak_memory());
    // It reads late, and gets everything.
    let got = server.exec_with(&input, &["sh", "-c", "sleep 3; wc -c"]);
    assert_eq!(
        got.expect_success().text().trim(),
        (100 * MEGABYTE).to_string()
    );
    assert!(server.peak_memory() < BOUND, "{} kB", server.peak_memory());
    server.stop();
}

#[test]
fn a_client_that_does_not_read() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let arguments = ["exec", "demo", "--", "head", "-c", "100000000", "/dev/zero"];
    let mut command = server.kubectl(crate::kubectl::Way::Direct, &arguments);
    let (kubectl, mut stdout) = Process::start_unread(&mut command);
    thread::sleep(Duration::from_secs(3));
    assert_eq!(server.children().len(), 1, "the command has to wait");
    let mut got = Vec::new();
    stdout.read_to_end(&mut got).unwrap();
    assert_eq!(got.len(), 100 * MEGABYTE);
    kubectl.finish().expect_success();
    assert!(server.peak_memory() < BOUND, "{} kB", server.peak_memory());
    eventually("the command is gone", || server.children().is_empty());
    server.stop();
}
