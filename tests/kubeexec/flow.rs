//! Much data, and memory that stays small.

use std::fs;
use std::io::Read;
use std::thread;
use std::time::Duration;

use crate::peer::{moby, Peer};
use crate::process::{run, Process};
use crate::scratch::noise;

/// What the buffers on the way may take, and the program itself.
const MEMORY_KB: usize = 32 * 1024;

fn peak_memory(process: &Process) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}

#[test]
fn large_both_ways_while_the_reader_is_slow() {
    let content = noise(6, 50_000_000);
    for peer in Peer::all() {
        let peer = peer.measurable();
        let input = peer.scratch.file("input", &content);
        let (process, mut output) = Process::start_unread(&mut peer.exec_reading(&input, &["cat"]));
        thread::sleep(Duration::from_secs(1));
        let mut received = Vec::new();
        output.read_to_end(&mut received).unwrap();
        assert!(received == content, "{} bytes came back", received.len());
        process.finish().expect_success();
    }
}

#[test]
fn nobody_reads() {
    let content = noise(7, 50_000_000);
    for peer in Peer::all() {
        let peer = peer.measurable();
        let input = peer.scratch.file("input", &content);
        // Neither the command its input, nor we its output.
        for command in [&["sleep", "3"][..], &["sh", "-c", "cat; exit 4"]] {
            let (process, mut output) =
                Process::start_unread(&mut peer.exec_reading(&input, command));
            thread::sleep(Duration::from_secs(2));
            let memory = peak_memory(&process);
            assert!(memory < MEMORY_KB, "{command:?}: {memory} kB");
            let mut received = Vec::new();
            output.read_to_end(&mut received).unwrap();
            if command[0] == "sleep" {
                process.finish().expect_success();
            } else {
                assert!(received == content);
                process.finish().expect_code(4);
            }
        }
    }
}

#[test]
fn large_with_sanitizers() {
    let content = noise(8, 20_000_000);
    for peer in Peer::all() {
        let got = peer.exec_with(&content, &["cat"]).expect_success();
        assert!(got.stdout == content);
    }
}

#[test]
fn moby_as_client_of_kubestream() {
    let (Some(peer), Some(mut moby)) = (Peer::kubestream(&[]), moby()) else {
        return;
    };
    let path =
        "/api/v1/namespaces/default/pods/demo/exec?command=cat&stdin=true&stdout=true&stderr=true";
    let url = format!("{}{path}", peer.server());
    run(moby.args(["-client", &url, "-bytes", "10485760"])).expect_success();
}
