//! A port that leads to a server, and takes down what passes in both directions.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::support::frame::Body;
use crate::support::peer::V3_1;
use crate::support::wire::{Reader, Sent};

/// What one side of a connection has said.
#[derive(Default)]
struct Said {
    bytes: Vec<u8>,
    is_over: bool,
}

type Recording = [Arc<Mutex<Said>>; 2];

pub struct Tap {
    pub port: u16,
    recordings: Arc<Mutex<Vec<Recording>>>,
}

/// The frames of a SPDY session, by who has sent them.
pub struct Frames {
    pub client: Vec<Sent>,
    pub server: Vec<Sent>,
}

fn relay(mut from: TcpStream, mut to: TcpStream, said: &Mutex<Said>) {
    let mut piece = [0; 65536];
    while let Ok(n @ 1..) = from.read(&mut piece) {
        said.lock().unwrap().bytes.extend(&piece[..n]);
        if to.write_all(&piece[..n]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
    said.lock().unwrap().is_over = true;
}

impl Tap {
    pub fn on(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let tap = Self {
            port: listener.local_addr().unwrap().port(),
            recordings: Arc::default(),
        };
        let recordings = Arc::clone(&tap.recordings);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
                let ways = [
                    (client.try_clone().unwrap(), server.try_clone().unwrap()),
                    (server, client),
                ];
                let recording = Recording::default();
                recordings.lock().unwrap().push(recording.clone());
                for ((from, to), said) in ways.into_iter().zip(recording) {
                    thread::spawn(move || relay(from, to, &said));
                }
            }
        });
        tap
    }

    /// Whether both sides of all connections have said everything.
    pub fn is_over(&self) -> bool {
        let recordings = self.recordings.lock().unwrap();
        let is_over = |said: &Arc<Mutex<Said>>| said.lock().unwrap().is_over;
        recordings.iter().flatten().all(is_over)
    }

    /// The frames of the connections that were upgraded to SPDY, without WebSocket.
    pub fn sessions(&self) -> Vec<Frames> {
        let recordings = self.recordings.lock().unwrap();
        let sessions = recordings.iter().filter_map(|[client, server]| {
            let (client, server) = (client.lock().unwrap(), server.lock().unwrap());
            Some(Frames {
                client: frames(after_upgrade(&client.bytes)?),
                server: frames(after_upgrade(&server.bytes)?),
            })
        });
        sessions.collect()
    }
}

/// What follows the last HTTP head, if that is about SPDY.
fn after_upgrade(bytes: &[u8]) -> Option<&[u8]> {
    let upgrade = b"SPDY/3.1\r\n";
    let start = bytes
        .windows(upgrade.len())
        .position(|part| part == upgrade)?;
    let end = bytes[start..]
        .windows(4)
        .position(|part| part == b"\r\n\r\n")?;
    Some(&bytes[start + end + 4..])
}

fn frames(bytes: &[u8]) -> Vec<Sent> {
    let mut reader = Reader::new(V3_1);
    reader.push(bytes);
    reader.frames()
}

/// Checks that none of these frames would hurt a peer on moby/spdystream, which stops listening at many that the
/// protocol allows, and at everything behind a GOAWAY.
#[track_caller]
pub fn expect_harmless(frames: &[Sent]) {
    for frame in frames {
        let harmless = match frame {
            Sent::Data {
                stream_id, flags, ..
            } => *stream_id > 0 && *flags <= 1,
            Sent::Control(control) => {
                control.flags == 0
                    && match &control.body {
                        Body::SynStream { nv, .. } | Body::SynReply { nv, .. } => nv
                            .iter()
                            .flatten()
                            .all(|(name, _)| !name.iter().any(u8::is_ascii_uppercase)),
                        Body::RstStream { status_code, .. } => *status_code != 0,
                        Body::Ping(id) => *id != 0,
                        Body::Goaway { .. } => true,
                        _ => false,
                    }
            }
        };
        assert!(harmless, "{frame}");
    }
    let goaway = frames
        .iter()
        .position(|frame| matches!(frame, Sent::Control(control) if control.name() == "GOAWAY"));
    if let Some(goaway) = goaway {
        assert_eq!(goaway, frames.len() - 1, "frames behind GOAWAY");
    }
}
