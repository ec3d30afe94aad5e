//! Peers that mean harm: whatever they send, the memory of the program stays bounded, and spdyd serves others meanwhile.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use crate::process::run;
use crate::scratch::{noise, Scratch};
use crate::spdyd::{Transport, Version, Wire};
use crate::support::abi::{flag, status};
use crate::support::peer;
use crate::support::wire::{self, Writer};
use crate::support::{bomb, scenario};

/// So many attack at a time.
const ATTACKERS: usize = 4;

/// What they may make the server's memory grow by, all together.
const GROWTH: usize = 16 << 20;

/// How long an attacker waits for a server that takes no more bytes. That is one way to stay bounded.
const HELD_BACK: Duration = Duration::from_secs(1);

const VERSIONS: [(Version, peer::Version); 3] = [
    (Version::Spdy2, peer::V2),
    (Version::Spdy3, peer::V3),
    (Version::Spdy3_1, peer::V3_1),
];

struct Attacker {
    connection: TcpStream,
    writer: Writer,
    wire_version: u16,
}

impl Attacker {
    fn new(connection: TcpStream, version: peer::Version) -> Self {
        connection.set_write_timeout(Some(HELD_BACK)).unwrap();
        Self {
            connection,
            writer: Writer::new(version),
            wire_version: version.wire(),
        }
    }

    /// Sends bytes as often as said, or until the other side takes no more. Reads nothing.
    fn flood(&mut self, bytes: &[u8], times: usize) {
        let thousand = bytes.repeat(1000);
        for piece in 0..times.div_ceil(1000) {
            let count = (times - 1000 * piece).min(1000);
            if (self.connection)
                .write_all(&thousand[..count * bytes.len()])
                .is_err()
            {
                return;
            }
        }
    }

    fn request(&mut self, flags: u8, stream_id: i32, method: &str, path: &str) -> Vec<u8> {
        let mut names = [":host", ":method", ":path", ":scheme", ":version"];
        if self.wire_version == 2 {
            names = ["host", "method", "url", "scheme", "version"];
        }
        let values = ["localhost", method, path, "http", "HTTP/1.1"];
        let pairs: Vec<_> = names.into_iter().zip(values).collect();
        self.writer.syn_stream(flags, stream_id, 0, 0, &pairs)
    }
}

/// Attacks spdyd in every version.
fn attack(way: fn(&mut Attacker)) {
    for (version, wire_version) in VERSIONS {
        let wire = Wire::new(version, Transport::Plain);
        let scratch = Scratch::new();
        scratch.file("site/small", b"small");
        scratch.file("site/large", &noise(1, 5_000_000));
        let server = wire.serve(&scratch, &[]).unwrap();
        let fetch = |path| run(wire.spdycat(&scratch).arg(server.uri(path))).expect_success();
        // What is allocated once is there afterwards.
        fetch("/large");
        let before = server.memory();
        let attackers: Vec<_> = (0..ATTACKERS)
            .map(|_| {
                let mut attacker = Attacker::new(server.connect(), wire_version);
                thread::spawn(move || {
                    way(&mut attacker);
                    attacker
                })
            })
            .collect();
        let attackers: Vec<_> = attackers
            .into_iter()
            .map(thread::JoinHandle::join)
            .collect();
        // By the time this is answered, the server has dealt with what came before.
        assert_eq!(fetch("/small").text(), "small");
        let growth = server.memory().saturating_sub(before);
        assert!(growth < GROWTH, "{version:?}: {growth} bytes");
        drop(attackers);
        assert_eq!(fetch("/small").text(), "small");
        server.stop();
    }
}

#[test]
fn pings_whose_answers_are_not_read() {
    attack(|attacker| {
        let ping = wire::ping(attacker.wire_version, 1);
        attacker.flood(&ping, 300_000);
    });
}

#[test]
fn requests_that_are_reset_at_once() {
    attack(|attacker| {
        for index in 0..10_000 {
            let stream_id = 2 * index + 1;
            let mut frames = attacker.request(flag::FIN, stream_id, "GET", "/large");
            let version = attacker.wire_version;
            frames.extend(wire::rst_stream(version, stream_id, status::CANCEL));
            attacker.flood(&frames, 1);
        }
    });
}

#[test]
fn responses_that_are_not_read() {
    attack(|attacker| {
        // The windows are no obstacle.
        let version = attacker.wire_version;
        attacker.flood(&wire::settings(version, &[(7, 0x7fff_ffff)]), 1);
        attacker.flood(&wire::window_update(version, 0, 0x7000_0000), 1);
        for index in 0..1000 {
            let request = attacker.request(flag::FIN, 2 * index + 1, "GET", "/large");
            attacker.flood(&request, 1);
        }
    });
}

#[test]
fn uploads_that_never_end() {
    attack(|attacker| {
        for index in 0..5000 {
            let stream_id = 2 * index + 1;
            let mut frames = attacker.request(flag::NONE, stream_id, "POST", "/upload");
            frames.extend(wire::data(stream_id, flag::NONE, &[b'x'; 1000]));
            attacker.flood(&frames, 1);
        }
    });
}

#[test]
fn frames_that_provoke_resets() {
    attack(|attacker| {
        // Of a stream that is not there, and each refers to the block before.
        for _ in 0..30_000 {
            let headers = attacker.writer.headers(flag::NONE, 99, &[("a", "b")]);
            attacker.flood(&headers, 1);
        }
    });
}

#[test]
fn windows_that_overflow() {
    attack(|attacker| {
        let version = attacker.wire_version;
        let request = attacker.request(flag::NONE, 1, "POST", "/upload");
        attacker.flood(&request, 1);
        attacker.flood(&wire::window_update(version, 1, 0x7fff_ffff), 1000);
        attacker.flood(&wire::settings(version, &[(7, 0x7fff_ffff)]), 1000);
        attacker.flood(&wire::window_update(version, 0, 0x7fff_ffff), 1000);
    });
}

#[test]
fn settings_with_giant_counts() {
    attack(|attacker| {
        let version = attacker.wire_version;
        let many: Vec<_> = (0..7000).map(|id| (id % 100, id)).collect();
        attacker.flood(&wire::settings(version, &many), 50);
        // A count of entries for which there is no room in the frame.
        attacker.flood(&wire::control(version, 4, 0, &[0xff; 4]), 1000);
    });
}

#[test]
fn headers_that_inflate_without_measure() {
    attack(|attacker| {
        let version = attacker.wire_version;
        let bomb = bomb::long_value(&mut attacker.writer, b'x', 40_000_000);
        let frame = wire::syn_stream_of(version, flag::NONE, 1, 0, 0, &bomb);
        attacker.flood(&frame, 50);
    });
}

#[test]
fn header_blocks_with_giant_counts() {
    attack(|attacker| {
        let version = attacker.wire_version;
        // So many pairs, and then a name of that length.
        for huge in [0xffff_ffff_usize, 0x7fff_ffff, 0xffff] {
            for count in [huge, 1] {
                let numbers = [wire::number(version, count), wire::number(version, huge)];
                let block = attacker.writer.compress(&numbers.concat());
                let frame = wire::syn_stream_of(version, flag::NONE, 1, 0, 0, &block);
                attacker.flood(&frame, 1);
            }
        }
    });
}

#[test]
fn frames_of_sixteen_megabytes() {
    attack(|attacker| {
        let version = attacker.wire_version;
        for kind in [77, 1] {
            let mut frame = wire::control(version, kind, 0, &[0; 1215]);
            frame[5..8].fill(0xff);
            attacker.flood(&frame, 1);
            attacker.flood(&[0; 1000], 16_776);
        }
    });
}

/// A server that answers the first bytes of one client by an attack. Returns its port.
fn hostile_server(version: peer::Version, way: fn(&mut Attacker)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut connection, _) = listener.accept().unwrap();
        let _ = connection.read(&mut [0; 4096]);
        let mut attacker = Attacker::new(connection, version);
        way(&mut attacker);
        // Until the client has enough.
        let _ = std::io::copy(&mut attacker.connection, &mut std::io::sink());
    });
    port
}

/// Attacks spdycat, which has to end with this exit code, without using more memory than an ordinary fetch might.
fn attack_spdycat(code: i32, timeout: &str, way: fn(&mut Attacker)) {
    for (version, wire_version) in VERSIONS {
        let scratch = Scratch::new();
        let spdycat = Wire::new(version, Transport::Plain).spdycat(&scratch);
        let port = hostile_server(wire_version, way);
        // As an address space, which counts more than what is in use.
        let mut limited = std::process::Command::new("sh");
        limited.args(["-c", "ulimit -v 200000 && exec \"$0\" \"$@\""]);
        limited.arg(spdycat.get_program()).args(spdycat.get_args());
        limited.args(["-t", timeout, &format!("http://127.0.0.1:{port}/")]);
        limited.current_dir(scratch.path("."));
        run(&mut limited).expect_code(code);
    }
}

#[test]
fn replies_that_inflate_without_measure() {
    attack_spdycat(6, "60", |attacker| {
        let bomb = bomb::long_value(&mut attacker.writer, b'x', 1 << 27);
        let frame = wire::syn_reply_of(attacker.wire_version, flag::NONE, 1, &bomb);
        attacker.flood(&frame, 1);
    });
}

#[test]
fn pings_and_pushes_without_end() {
    attack_spdycat(8, "2", |attacker| {
        let version = attacker.wire_version;
        // Fewer than the resets that may wait, which would end the session.
        for index in 1..5000 {
            let pairs = scenario::GET;
            let mut frames =
                (attacker.writer).syn_stream(flag::UNIDIRECTIONAL, 2 * index, 1, 0, pairs);
            frames.extend(wire::ping(version, 2).repeat(40));
            attacker.flood(&frames, 1);
        }
    });
}
