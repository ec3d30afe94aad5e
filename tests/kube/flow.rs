//! Much data, and readers that do not read: nothing is lost, memory stays bounded, and nobody else has to wait.

use std::io::{self, Read};
use std::thread;
use std::time::{Duration, Instant};

use crate::eventually::eventually;
use crate::kubectl::Way;
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
    let got = server.exec_with(&input, &["sh", "-c", "sleep 2; echo enough"]);
    assert_eq!(got.expect_success().text(), "enough\n");
    assert!(server.peak_memory() < BOUND, "{} kB", server.peak_memory());
    // It reads late, and gets everything.
    let got = server.exec_with(&input, &["sh", "-c", "sleep 2; wc -c"]);
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
    let mut command = server.kubectl(Way::Direct, &arguments);
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

#[test]
fn a_busy_session_leaves_room_for_others() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let arguments = ["exec", "demo", "--", "cat", "/dev/zero"];
    let (endless, mut output) = Process::start_unread(&mut server.kubectl(Way::Direct, &arguments));
    let reader = thread::spawn(move || io::copy(&mut output, &mut io::sink()));
    eventually("it runs", || !server.children().is_empty());
    let begin = Instant::now();
    for _ in 0..5 {
        server.exec(&["true"]).expect_success();
    }
    // A fifth of a second each, when nobody else is busy.
    assert!(
        begin.elapsed() < Duration::from_secs(20),
        "{:?}",
        begin.elapsed()
    );
    drop(endless); // kills
    assert!(
        reader.join().unwrap().unwrap() > 10_000_000,
        "it was not busy"
    );
    eventually("the command is gone", || server.children().is_empty());
    server.stop();
}
