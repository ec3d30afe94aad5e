//! Sessions by hand, frame by frame: what kubectl never does, or does not show.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use crate::server::{eventually, Server};
use crate::support::abi::{flag, status};
use crate::support::peer::V3_1;
use crate::support::wire::{self, Reader, Sent, Writer};

struct Session {
    connection: TcpStream,
    writer: Writer,
    reader: Reader,
}

impl Session {
    fn start(server: &Server, target: &str, protocol: &str) -> Self {
        let mut connection = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
        connection
            .set_read_timeout(Some(Duration::from_secs(30)))
            .unwrap();
        let request = format!(
            "POST /api/v1/namespaces/default/pods/demo/{target} HTTP/1.1\r\nHost: localhost\r\n\
             Connection: Upgrade\r\nUpgrade: SPDY/3.1\r\nX-Stream-Protocol-Version: {protocol}\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).unwrap();
        // Byte by byte: frames may follow directly.
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            connection.read_exact(&mut byte).unwrap();
            answer.extend(byte);
        }
        assert!(answer.starts_with(b"HTTP/1.1 101 "));
        Self {
            connection,
            writer: Writer::new(V3_1),
            reader: Reader::new(V3_1),
        }
    }

    fn exec(server: &Server, query: &str) -> Self {
        Self::start(server, &format!("exec?{query}"), "v4.channel.k8s.io")
    }

    fn send(&mut self, bytes: &[u8]) {
        self.connection.write_all(bytes).unwrap();
    }

    fn open(&mut self, stream_id: i32, headers: &[(&str, &str)]) {
        let frame = self.writer.syn_stream(flag::NONE, stream_id, 0, 0, headers);
        self.send(&frame);
    }

    /// Reads until the frames are enough, or the connection ends.
    fn read_until(&mut self, are_enough: impl Fn(&[Sent]) -> bool) -> Vec<Sent> {
        let mut frames = Vec::new();
        let mut bytes = [0; 4096];
        while !are_enough(&frames) {
            let n = self.connection.read(&mut bytes).unwrap();
            if n == 0 {
                break;
            }
            self.reader.push(&bytes[..n]);
            frames.extend(self.reader.frames());
        }
        frames
    }

    /// Checks that these frames come, and then nothing but the echo of a PING.
    #[track_caller]
    fn expect(&mut self, expected: &[String]) {
        let frames = self.read_until(|frames| frames.len() >= expected.len());
        assert_eq!(shown(&frames), expected);
        self.send(&wire::ping(3, 1));
        let frames = self.read_until(|frames| !frames.is_empty());
        assert_eq!(shown(&frames), ["PING v3 flags=0 id=1"]);
    }
}

fn shown(frames: &[Sent]) -> Vec<String> {
    frames.iter().map(ToString::to_string).collect()
}

fn reset(stream_id: i32, status: u32) -> String {
    format!("RST_STREAM v3 flags=0 stream={stream_id} status={status}")
}

fn reply(stream_id: i32) -> String {
    format!("SYN_REPLY v3 flags=0 stream={stream_id} {{}}")
}

#[test]
fn every_stream_is_answered_on_its_own() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    // In another order than kubectl's.
    for (id, kind) in [(1, "stdout"), (3, "error"), (5, "stdin")] {
        session.open(id, &[("streamtype", kind)]);
        session.expect(&[reply(id)]);
    }
    session.send(&wire::data(5, flag::FIN, b"text"));
    let ended = |stream_id, flags| move |frame: &Sent| matches!(frame, Sent::Data { stream_id: id, flags: f, .. } if *id == stream_id && *f == flags);
    let frames = session.read_until(|frames| frames.iter().any(ended(3, flag::FIN)));
    assert_eq!(wire::payload_of(&frames, 1), 4);
    assert!(frames.iter().any(ended(1, flag::FIN)));
    drop(session);
    server.stop();
}

#[test]
fn streams_that_make_no_sense_are_reset() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    for (id, headers) in [
        (1, &[][..]),
        (3, &[("streamtype", "other")]),
        (5, &[("streamtype", "stderr")]),
    ] {
        session.open(id, headers);
        session.expect(&[reset(id, status::PROTOCOL_ERROR)]);
    }
    session.open(7, &[("streamtype", "stdin")]);
    session.expect(&[reply(7)]);
    session.open(9, &[("streamtype", "stdin")]);
    session.expect(&[reset(9, status::PROTOCOL_ERROR)]);
    drop(session);
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    for (id, headers) in [
        (1, &[("streamtype", "data"), ("requestid", "0")][..]),
        (3, &[("streamtype", "data"), ("port", "0")]),
        (5, &[("streamtype", "data"), ("port", "65536")]),
        (7, &[("streamtype", "data"), ("port", "-1")]),
        (9, &[("port", "80"), ("requestid", "0")]),
    ] {
        session.open(id, headers);
        session.expect(&[reset(id, status::PROTOCOL_ERROR)]);
    }
    drop(session);
    server.stop();
}

#[test]
fn an_idle_session_only_echoes() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=sleep&command=60&stdout=true");
    session.open(1, &[("streamtype", "error")]);
    session.open(3, &[("streamtype", "stdout")]);
    session.expect(&[reply(1), reply(3)]);
    for _ in 0..5 {
        thread::sleep(Duration::from_secs(1));
        session.expect(&[]);
    }
    drop(session);
    eventually("the command is gone", || server.children().is_empty());
    server.stop();
}

#[test]
fn a_client_that_opens_too_few_streams_has_half_a_minute() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=true&stdin=true&stdout=true");
    session
        .connection
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    session.open(1, &[("streamtype", "error")]);
    let frames = session.read_until(|_| false);
    let goaway = "GOAWAY v3 flags=0 last=1 status=0".to_owned();
    assert_eq!(shown(&frames), [reply(1), goaway]);
    server.stop();
}

#[test]
fn bytes_that_are_no_frames_end_the_session() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    session.send(&[0xff; 100]);
    let mut too_large = vec![0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff];
    too_large.resize(100_000, 0);
    let _ = session.connection.write_all(&too_large);
    drop(session);
    server.exec(&["true"]).expect_success();
    server.stop();
}
