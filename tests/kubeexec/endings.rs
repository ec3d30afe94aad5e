//! How a session ends: every way that servers have, and every way it can go wrong.

use std::time::{Duration, Instant};

use crate::peer::{code, reading, Peer};
use crate::process::{run, Process};

#[test]
fn servers_end_sessions_in_several_ways() {
    for ending in ["fin", "reset", "goaway", "close"] {
        let Some(peer) = Peer::moby(&["-ending", ending]) else {
            return;
        };
        for expected in [0, 7] {
            let script = format!("head -c 300000 /dev/zero; exit {expected}");
            let got = peer.exec(&["sh", "-c", &script]).expect_code(expected);
            assert_eq!(got.stdout.len(), 300_000, "{ending}");
        }
        // The command leaves most of its input alone.
        let got = peer.exec_with(&vec![b'x'; 10_000_000], &["head", "-c", "5"]);
        assert_eq!(got.expect_success().text(), "xxxxx", "{ending}");
    }
}

#[test]
fn an_end_without_a_status_is_an_error() {
    for protocol in ["v4.channel.k8s.io", "v2.channel.k8s.io"] {
        let Some(peer) = Peer::moby(&["-ending", "abort", "-protocol", protocol]) else {
            return;
        };
        let got = peer.exec(&["head", "-c", "3000000", "/dev/zero"]);
        let got = got.expect_code(code::LOST);
        // What came before is not lost.
        assert_eq!(got.stdout.len(), 3_000_000);
        assert!(got.stderr.contains("lost the connection"), "{}", got.stderr);
    }
}

#[test]
fn a_killed_server_is_an_error() {
    for peer in Peer::all() {
        let mut command =
            peer.kubeexec(&["exec", "demo", "--", "sh", "-c", "echo ready; sleep 60"]);
        let process = Process::start(&mut command);
        process.wait_for_line("ready");
        peer.process.signal("KILL");
        process.finish().expect_code(code::LOST);
    }
}

#[test]
fn a_server_that_falls_silent_is_an_error() {
    for peer in Peer::all() {
        let command = ["demo", "--", "sh", "-c", "echo ready; sleep 60"];
        let arguments = [&["exec", "--silence", "2"], &command[..]].concat();
        let process = Process::start(&mut peer.kubeexec(&arguments));
        process.wait_for_line("ready");
        peer.process.signal("STOP");
        let got = process.finish().expect_code(code::LOST);
        assert!(got.stderr.contains("nothing heard"), "{}", got.stderr);
    }
}

/// A server that does not answer PING may be busy with data that its command does not read.
#[test]
fn a_server_that_is_only_stalled_is_waited_for() {
    let content = vec![b'x'; 50_000_000];
    for peer in Peer::all() {
        let input = peer.scratch.file("input", &content);
        let command = ["demo", "--", "sh", "-c", "sleep 4; wc -c"];
        let arguments = [&["exec", "-i", "--silence", "1"], &command[..]].concat();
        let got = run(&mut reading(&input, &peer.kubeexec(&arguments)));
        assert_eq!(got.expect_success().text().trim(), "50000000");
    }
}

#[test]
fn a_stream_that_is_not_answered() {
    let Some(peer) = Peer::moby(&["-delay", "1m"]) else {
        return;
    };
    let begun = Instant::now();
    let got = run(&mut peer.kubeexec(&["exec", "--timeout", "1", "demo", "--", "true"]));
    got.expect_code(code::TIMEOUT);
    assert!(begun.elapsed() < Duration::from_secs(30));
}

#[test]
fn a_protocol_that_was_not_offered_or_none() {
    for protocol in ["none", "v9.channel.k8s.io"] {
        let Some(peer) = Peer::moby(&["-protocol", protocol]) else {
            return;
        };
        peer.exec(&["true"]).expect_code(code::PROTOCOL);
    }
}

#[test]
fn a_signal_ends_it() {
    for peer in Peer::all() {
        let mut command =
            peer.kubeexec(&["exec", "demo", "--", "sh", "-c", "echo ready; sleep 60"]);
        let process = Process::start(&mut command);
        process.wait_for_line("ready");
        process.signal("TERM");
        process.finish().expect_code(128 + 15);
    }
}

#[test]
fn output_that_nobody_reads_any_more() {
    for peer in Peer::all() {
        let kubeexec = peer.kubeexec(&["exec", "demo", "--", "cat", "/dev/zero"]);
        let mut shell = std::process::Command::new("bash");
        shell
            .args(["-o", "pipefail", "-c", "\"$@\" | head -c 10"])
            .arg("bash");
        shell.arg(kubeexec.get_program()).args(kubeexec.get_args());
        let got = run(&mut shell).expect_code(code::LOST);
        assert_eq!(got.stdout.len(), 10);
    }
}
