//! kubectl port-forward with many connections, large ones, and ones that misbehave.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use crate::eventually::eventually;
use crate::forward::{in_each_way, Forward, Local, WAYS};
use crate::kubectl::is_at_least;
use crate::scratch::noise;
use crate::server::Server;

/// What the server may need, in kB: itself, and buffers for many connections.
const BOUND: usize = 64_000;

#[test]
fn many_at_once() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        forward.exchange_in_parallel(50, 2_000_000, Local::Echo);
        forward.exchange_in_parallel(200, 100_000, Local::Echo);
        forward.stop();
    }
}

#[test]
fn large_ones() {
    for way in WAYS {
        let Some(server) = Server::measurable(&[]) else {
            return;
        };
        let forward = Forward::through(server, way);
        forward.exchange_in_parallel(1, 100_000_000, Local::Echo);
        forward.exchange_in_parallel(10, 20_000_000, Local::Echo);
        let peak = forward.server.peak_memory();
        assert!(peak < BOUND, "{peak} kB");
        forward.stop();
    }
}

#[test]
fn many_in_a_row() {
    for way in WAYS {
        let Some(server) = Server::measurable(&[]) else {
            return;
        };
        let forward = Forward::through(server, way);
        forward.exchange_in_parallel(5, 10_000, Local::Echo);
        let (memory, descriptors) = (forward.server.memory(), forward.server.descriptors());
        for i in 0..1000 {
            let bytes = noise(i, 1000);
            assert!(forward.exchange(Local::Echo, &bytes) == bytes);
        }
        eventually("all connections are closed", || {
            forward.server.descriptors() <= descriptors
        });
        let grown = forward.server.memory().saturating_sub(memory);
        assert!(grown < 2000, "{grown} kB");
        forward.stop();
    }
}

/// Writes as long as somebody takes it.
fn fill(connection: &mut std::net::TcpStream) -> usize {
    connection
        .set_write_timeout(Some(Duration::from_secs(2)))
        .unwrap();
    let piece = [0; 65536];
    let mut written = 0;
    while let Ok(n) = connection.write(&piece) {
        written += n;
        assert!(written < 1_000_000_000, "nothing holds it back");
    }
    written
}

#[test]
fn a_local_program_that_does_not_read() {
    in_each_way(|way| {
        let Some(server) = Server::measurable(&[]) else {
            return;
        };
        let forward = Forward::through(server, way);
        let mut connection = forward.connect(Local::Echo);
        fill(&mut connection);
        let peak = forward.server.peak_memory();
        assert!(peak < BOUND, "{peak} kB");
        drop(connection);
        // An older kubectl never gets rid of what it has read for that program.
        if is_at_least(27) {
            forward.exchange_in_parallel(5, 100_000, Local::Echo);
        }
        forward.stop();
    });
}

#[test]
fn a_backend_that_does_not_read() {
    in_each_way(|way| {
        let Some(server) = Server::measurable(&[]) else {
            return;
        };
        let forward = Forward::through(server, way);
        let mut connection = forward.connect(Local::Ignore);
        fill(&mut connection);
        let peak = forward.server.peak_memory();
        assert!(peak < BOUND, "{peak} kB");
        // Now nothing gets through any more, and kubectl can only be ended.
        drop(connection);
        forward.kubectl.signal("KILL");
        forward.kubectl.finish();
        eventually("the server has noticed", || {
            forward.server.descriptors() < 12
        });
        forward.server.stop();
    });
}

#[test]
fn a_local_program_that_resets() {
    if !is_at_least(27) {
        return; // it may not get rid of what it has read for that program
    }
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        let descriptors = forward.server.descriptors();
        let mut kept = forward.connect(Local::Echo);
        kept.write_all(b"before").unwrap();
        for _ in 0..5 {
            let mut connection = forward.connect(Local::Echo);
            connection.write_all(&noise(1, 1_000_000)).unwrap();
            // With unread input, closing is a TCP reset.
            connection.read_exact(&mut [0; 1000]).unwrap();
            drop(connection);
        }
        let mut got = [0; 6];
        kept.read_exact(&mut got).unwrap();
        assert_eq!(&got, b"before");
        drop(kept);
        eventually("all connections are closed", || {
            forward.server.descriptors() <= descriptors
        });
        forward.stop();
    }
}

#[test]
fn an_interrupted_kubectl_is_gone_at_once() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        let mut connection = forward.connect(Local::Echo);
        connection.write_all(b"text").unwrap();
        connection.read_exact(&mut [0; 4]).unwrap();
        forward.kubectl.signal("INT");
        forward.kubectl.finish().expect_success();
        let begin = Instant::now();
        eventually("the connections are closed", || {
            forward.server.descriptors() < 12
        });
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{:?}",
            begin.elapsed()
        );
        forward.server.stop();
    }
}
