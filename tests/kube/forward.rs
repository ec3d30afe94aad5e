//! kubectl port-forward, one connection at a time.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::backend;
use crate::kubectl::{is_at_least, Way};
use crate::process::Process;
use crate::scratch::noise;
use crate::server::Server;

/// Which backend a local port leads to.
#[derive(Clone, Copy)]
pub enum Local {
    Echo,
    Count,
    Greet,
    Ignore,
    Refused,
}

/// A server, and a kubectl that forwards a local port to each of the backends.
pub struct Forward {
    pub server: Server,
    pub kubectl: Process,
    ports: Vec<u16>,
}

impl Forward {
    pub fn start(way: Way, options: &[&str]) -> Option<Self> {
        Some(Self::through(Server::start(options)?, way))
    }

    /// Forwards through a server that runs already.
    pub fn through(server: Server, way: Way) -> Self {
        let backends = [
            backend::echo(),
            backend::count(),
            backend::greet(),
            backend::ignore(),
            backend::refused(),
        ];
        let mut command = server.kubectl(way, &["port-forward", "--address", "127.0.0.1", "demo"]);
        command.args(backends.map(|port| format!(":{port}")));
        let kubectl = Process::start(&mut command);
        let ports = backends.map(|port| {
            let line = kubectl.wait_for_line(&format!("-> {port}"));
            let local = line.split(' ').nth(2).unwrap();
            local.rsplit(':').next().unwrap().parse().unwrap()
        });
        Self {
            server,
            kubectl,
            ports: ports.to_vec(),
        }
    }

    pub fn connect(&self, to: Local) -> TcpStream {
        let connection = TcpStream::connect(("127.0.0.1", self.ports[to as usize])).unwrap();
        connection
            .set_read_timeout(Some(Duration::from_secs(60)))
            .unwrap();
        connection
    }

    /// Sends bytes, ends its half, and reads to the end.
    pub fn exchange(&self, to: Local, bytes: &[u8]) -> Vec<u8> {
        let mut connection = self.connect(to);
        let mut got = Vec::new();
        thread::scope(|scope| {
            let mut writer = connection.try_clone().unwrap();
            scope.spawn(move || {
                writer.write_all(bytes).unwrap();
                writer.shutdown(Shutdown::Write).unwrap();
            });
            connection.read_to_end(&mut got).unwrap();
        });
        got
    }

    pub fn exchange_in_parallel(&self, connections: u64, length: usize, to: Local) {
        thread::scope(|scope| {
            for seed in 0..connections {
                scope.spawn(move || {
                    let bytes = noise(seed, length);
                    let got = self.exchange(to, &bytes);
                    assert!(got == bytes, "connection {seed}: {} bytes", got.len());
                });
            }
        });
    }

    /// Ends kubectl as its user would, and then the server.
    #[track_caller]
    pub fn stop(self) {
        self.kubectl.signal("INT");
        self.kubectl.finish().expect_success();
        self.server.stop();
    }
}

pub const WAYS: [Way; 2] = [Way::Direct, Way::Default];

/// Runs a test that mostly waits in each of the ways, at the same time.
pub fn in_each_way(test: impl Fn(Way) + Sync) {
    let test = &test;
    thread::scope(|scope| {
        for way in WAYS {
            // Under its own name, by which it says that it is skipped.
            let name = thread::current().name().unwrap_or_default().to_owned();
            let thread = thread::Builder::new().name(name);
            thread.spawn_scoped(scope, move || test(way)).unwrap();
        }
    });
}

#[test]
fn a_request_and_its_answer() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        assert_eq!(forward.exchange(Local::Echo, b"ping"), b"ping");
        assert_eq!(forward.exchange(Local::Echo, b""), b"");
        forward.stop();
    }
}

#[test]
fn each_half_ends_on_its_own() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        let got = forward.exchange(Local::Count, &noise(1, 1_000_000));
        assert_eq!(got, b"1000000 bytes");
        // The backend closes first: the local program hears of it at once.
        let mut connection = forward.connect(Local::Greet);
        let begin = Instant::now();
        let mut got = Vec::new();
        connection.read_to_end(&mut got).unwrap();
        assert_eq!(got, b"hello and goodbye");
        assert!(
            begin.elapsed() < Duration::from_secs(10),
            "{:?}",
            begin.elapsed()
        );
        forward.stop();
    }
}

#[test]
fn a_backend_that_refuses() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        let got = forward.exchange(Local::Refused, b"");
        assert_eq!(got, b"");
        if !is_at_least(27) {
            forward.stop();
            continue;
        }
        // Whatever is wrong with one connection, a newer kubectl gives up all of them.
        let got = forward.kubectl.finish().expect_code(1);
        assert!(got.stderr.contains("Connection refused"), "{}", got.stderr);
        assert!(
            got.stderr.contains("lost connection to pod"),
            "{}",
            got.stderr
        );
        forward.server.stop();
    }
}

#[test]
fn without_websocket_kubectl_falls_back() {
    let Some(forward) = Forward::start(Way::Default, &["--no-websocket"]) else {
        return;
    };
    forward.exchange_in_parallel(10, 100_000, Local::Echo);
    forward.stop();
}

#[test]
fn a_server_that_stops_ends_kubectl() {
    for way in WAYS {
        let Some(forward) = Forward::start(way, &[]) else {
            return;
        };
        assert_eq!(forward.exchange(Local::Echo, b"ping"), b"ping");
        forward.server.stop();
        let got = forward.kubectl.finish();
        let got = got.expect_code(i32::from(is_at_least(27)));
        assert!(
            got.stderr.contains("lost connection to pod"),
            "{}",
            got.stderr
        );
    }
}
