//! kubeexec port-forward.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::process::Command;
use std::thread;
use std::time::Duration;

use crate::backend;
use crate::peer::{code, Peer};
use crate::process::{run, Process};
use crate::scratch::noise;

pub struct Forward {
    process: Process,
    ports: Vec<u16>,
}

impl Forward {
    pub fn start(mut command: Command) -> Self {
        let wanted: Vec<String> = command
            .get_args()
            .filter_map(|argument| argument.to_str()?.strip_prefix(':').map(str::to_owned))
            .collect();
        let process = Process::start(&mut command);
        let ports = wanted.iter().map(|remote| {
            let line = process.wait_for_line(&format!(" -> {remote}"));
            let local = line.strip_suffix(&format!(" -> {remote}")).unwrap();
            local.rsplit(':').next().unwrap().parse().unwrap()
        });
        let ports = ports.collect();
        Self { process, ports }
    }

    /// Forwards to each of these ports of the server's machine.
    pub fn to(peer: &Peer, ports: &[u16]) -> Self {
        let ports: Vec<String> = ports.iter().map(|port| format!(":{port}")).collect();
        let mut arguments = vec!["port-forward", "demo"];
        arguments.extend(ports.iter().map(String::as_str));
        Self::start(peer.kubeexec(&arguments))
    }

    pub fn connect(&self, which: usize) -> TcpStream {
        let connection = TcpStream::connect(("127.0.0.1", self.ports[which])).unwrap();
        let patience = Some(Duration::from_secs(60));
        connection.set_read_timeout(patience).unwrap();
        connection.set_write_timeout(patience).unwrap();
        connection
    }

    /// Sends everything, and expects it back.
    #[track_caller]
    pub fn exchange(&self, which: usize, bytes: &[u8]) {
        let mut connection = self.connect(which);
        let mut writer = connection.try_clone().unwrap();
        let mut received = Vec::new();
        thread::scope(|scope| {
            scope.spawn(move || {
                writer.write_all(bytes).unwrap();
                writer.shutdown(Shutdown::Write).unwrap();
            });
            connection.read_to_end(&mut received).unwrap();
        });
        assert!(
            received == bytes,
            "{} bytes, {} came back",
            bytes.len(),
            received.len()
        );
    }

    pub fn exchange_at_once(&self, connections: u64, length: usize) {
        thread::scope(|scope| {
            for seed in 0..connections {
                scope.spawn(move || self.exchange(0, &noise(seed, length)));
            }
        });
    }

    /// Ends it as a user does.
    #[track_caller]
    pub fn stop(self) {
        self.process.signal("INT");
        self.process.finish().expect_success();
    }
}

#[test]
fn each_half_ends_on_its_own() {
    for peer in Peer::all() {
        let forward = Forward::to(
            &peer,
            &[backend::echo(), backend::count(), backend::greet()],
        );
        forward.exchange(0, b"request");
        let mut connection = forward.connect(1);
        connection.write_all(&[0; 100_000]).unwrap();
        connection.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "100000 bytes");
        // The other side closes first; we do not.
        let mut answer = String::new();
        let mut connection = forward.connect(2);
        connection.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "hello and goodbye");
        forward.stop();
    }
}

#[test]
fn streams_are_opened_one_by_one() {
    let Some(peer) = Peer::moby(&["-delay", "200ms"]) else {
        return;
    };
    let forward = Forward::to(&peer, &[backend::echo()]);
    // moby/spdystream drops DATA that comes before the answer.
    forward.exchange_at_once(5, 1000);
    forward.stop();
    peer.process.signal("TERM");
    assert_eq!(peer.process.finish().stderr, "");
}

#[test]
fn many_at_once() {
    for peer in Peer::all() {
        let forward = Forward::to(&peer, &[backend::echo()]);
        forward.exchange_at_once(50, 500_000);
        forward.exchange_at_once(200, 50_000);
        forward.stop();
    }
}

#[test]
fn many_in_a_row() {
    for peer in Peer::all() {
        let forward = Forward::to(&peer, &[backend::echo()]);
        for seed in 0..300 {
            forward.exchange(0, &noise(seed, 1000));
        }
        forward.stop();
    }
}

#[test]
fn large_ones() {
    for peer in Peer::all() {
        let peer = peer.measurable();
        let forward = Forward::to(&peer, &[backend::echo()]);
        forward.exchange(0, &noise(1, 30_000_000));
        forward.exchange_at_once(5, 5_000_000);
        forward.stop();
    }
}

#[test]
fn a_backend_that_refuses_harms_nobody_else() {
    for peer in Peer::all() {
        let refused = backend::refused();
        let forward = Forward::to(&peer, &[backend::echo(), refused]);
        let mut other = forward.connect(0);
        other.write_all(b"be").unwrap();
        let mut connection = forward.connect(1);
        let error = connection.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        other.write_all(b"fore").unwrap();
        other.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        other.read_to_string(&mut answer).unwrap();
        assert_eq!(answer, "before");
        forward.process.signal("INT");
        let got = forward.process.finish().expect_success();
        assert!(
            got.stderr.contains(&format!("port {refused}: ")),
            "{}",
            got.stderr
        );
    }
}

#[test]
#[allow(unsafe_code)]
fn a_local_program_that_resets() {
    for peer in Peer::all() {
        let forward = Forward::to(&peer, &[backend::echo()]);
        for _ in 0..20 {
            let mut connection = forward.connect(0);
            connection.write_all(&[1; 10_000]).unwrap();
            let at_once = libc::linger {
                l_onoff: 1,
                l_linger: 0,
            };
            // SAFETY: the option takes a linger of this size, which it only reads.
            let set = unsafe {
                libc::setsockopt(
                    connection.as_raw_fd(),
                    libc::SOL_SOCKET,
                    libc::SO_LINGER,
                    std::ptr::from_ref(&at_once).cast(),
                    size_of::<libc::linger>() as libc::socklen_t,
                )
            };
            assert_eq!(set, 0);
        }
        forward.exchange(0, &noise(3, 100_000));
        forward.stop();
    }
}

#[test]
fn a_local_program_that_does_not_read_for_a_while() {
    for peer in Peer::all() {
        let forward = Forward::to(&peer, &[backend::echo()]);
        let mut stalled = forward.connect(0);
        stalled
            .set_write_timeout(Some(Duration::from_secs(1)))
            .unwrap();
        while stalled.write(&[7; 65536]).is_ok() {}
        drop(stalled);
        forward.exchange(0, &noise(4, 100_000));
        forward.stop();
    }
}

#[test]
fn a_lost_connection_is_an_error() {
    for peer in Peer::all() {
        let forward = Forward::to(&peer, &[backend::echo()]);
        let mut connection = forward.connect(0);
        connection.write_all(b"x").unwrap();
        connection.read_exact(&mut [0]).unwrap();
        peer.process.signal("KILL");
        let got = forward.process.finish().expect_code(code::LOST);
        assert!(got.stderr.contains("lost the connection"), "{}", got.stderr);
    }
}

#[test]
fn a_local_port_that_is_taken() {
    let Some(peer) = Peer::kubestream(&[]) else {
        return;
    };
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = format!("{}:80", taken.local_addr().unwrap().port());
    run(&mut peer.kubeexec(&["port-forward", "demo", &port])).expect_code(code::LOCAL);
}
