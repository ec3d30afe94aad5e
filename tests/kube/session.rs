//! A client by hand, frame by frame: for what kubectl never does, or does not show.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::server::Server;
use crate::support::abi::flag;
use crate::support::peer::V3_1;
use crate::support::wire::{self, Reader, Sent, Writer};

pub struct Session {
    pub connection: TcpStream,
    pub writer: Writer,
    reader: Reader,
}

impl Session {
    pub fn start(server: &Server, target: &str, protocol: &str) -> Self {
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

    pub fn exec(server: &Server, query: &str) -> Self {
        Self::start(server, &format!("exec?{query}"), "v4.channel.k8s.io")
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.connection.write_all(bytes).unwrap();
    }

    pub fn open(&mut self, stream_id: i32, headers: &[(&str, &str)]) {
        let frame = self.writer.syn_stream(flag::NONE, stream_id, 0, 0, headers);
        self.send(&frame);
    }

    /// Reads until the frames are enough, or the connection ends.
    pub fn read_until(&mut self, are_enough: impl Fn(&[Sent]) -> bool) -> Vec<Sent> {
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
    pub fn expect(&mut self, expected: &[String]) {
        let frames = self.read_until(|frames| frames.len() >= expected.len());
        assert_eq!(shown(&frames), expected);
        self.send(&wire::ping(3, 1));
        let frames = self.read_until(|frames| !frames.is_empty());
        assert_eq!(shown(&frames), ["PING v3 flags=0 id=1"]);
    }
}

pub fn shown(frames: &[Sent]) -> Vec<String> {
    frames.iter().map(ToString::to_string).collect()
}

pub fn reset(stream_id: i32, status: u32) -> String {
    format!("RST_STREAM v3 flags=0 stream={stream_id} status={status}")
}

pub fn reply(stream_id: i32) -> String {
    format!("SYN_REPLY v3 flags=0 stream={stream_id} {{}}")
}
