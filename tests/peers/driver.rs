//! A session of the Rust core on a TCP connection, at whose events a test can look and into whose bytes it can meddle.

use std::collections::{BTreeMap, VecDeque};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{channel, Receiver};
use std::thread;

use spdylay::frame::{Frame, SettingsEntry, StreamId};
use spdylay::header::HeaderBlock;
use spdylay::session::event::{ReadOutcome, RecvEvent, SendEvent};
use spdylay::session::Session;
use spdylay::version::Version;

use crate::process::PATIENCE;

/// The setting of that name.
pub const INITIAL_WINDOW_SIZE: i32 = 7;

/// The status of RST_STREAM for a stream that the peer does not know.
const INVALID_STREAM: u32 = 2;

/// Headers as tests write them down.
pub type Pairs = Vec<(String, String)>;

/// What DATA frames are read from.
pub struct Body {
    bytes: Vec<u8>,
    sent: usize,
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, sent: 0 }
    }
}

/// What the peer has sent on one stream.
#[derive(Debug, Default)]
pub struct Stream {
    /// Of its SYN_STREAM, if it opened the stream.
    pub request: Option<Pairs>,
    pub priority: u8,
    pub associated: StreamId,
    pub flags: u8,
    pub reply: Option<Pairs>,
    /// One block for each HEADERS.
    pub headers: Vec<Pairs>,
    pub body: Vec<u8>,
    /// How much payload had come on all streams when the reply came.
    pub data_before_reply: usize,
    /// The status, once the stream is over.
    pub closed: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Way {
    Sent,
    Received,
}

pub struct Link {
    pub session: Session<(), Body>,
    pub streams: BTreeMap<StreamId, Stream>,
    /// The frames of the peer that belong to no stream, and its WINDOW_UPDATEs, in order.
    pub others: Vec<Frame>,
    /// The types of the frames that the session does not know.
    pub unknown: Vec<u16>,
    /// How much payload this end has sent on all streams.
    pub data_sent: usize,
    data_received: usize,
    /// The frames that the session would not have, in the words of their events.
    pub faults: Vec<String>,
    /// Whether a stream that ends with INVALID_STREAM is the fault of the peer.
    pub peer_forgets_streams: bool,
    /// All bytes in the order in which this end saw them, if asked for.
    pub record: Option<Vec<(Way, Vec<u8>)>>,
    requests: VecDeque<StreamId>,
    socket: TcpStream,
    incoming: Receiver<Vec<u8>>,
    ended: bool,
}

impl Link {
    pub fn connect(version: Version, port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).unwrap();
        Self::new(Session::client(version), socket)
    }

    pub fn accept(version: Version, listener: &TcpListener) -> Self {
        Self::new(Session::server(version), accept_in_time(listener))
    }

    fn new(session: Session<(), Body>, socket: TcpStream) -> Self {
        socket.set_write_timeout(Some(PATIENCE)).unwrap();
        socket.set_nodelay(true).unwrap();
        let (sender, incoming) = channel();
        let mut reader = socket.try_clone().unwrap();
        // Always reading keeps two ends that both have much to write from waiting for each other.
        thread::spawn(move || {
            let mut chunk = vec![0; 65536];
            while let Ok(n @ 1..) = reader.read(&mut chunk) {
                if sender.send(chunk[..n].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self {
            session,
            streams: BTreeMap::new(),
            others: Vec::new(),
            unknown: Vec::new(),
            data_sent: 0,
            data_received: 0,
            faults: Vec::new(),
            peer_forgets_streams: false,
            record: None,
            requests: VecDeque::new(),
            socket,
            incoming,
            ended: false,
        }
    }

    /// Takes the limit from all windows of a peer that keeps some in SPDY/2 as well, where no frame could open them.
    pub fn widen_spdy2_windows(&mut self) {
        if self.session.version() == Version::Spdy2 {
            let entry = SettingsEntry {
                id: INITIAL_WINDOW_SIZE,
                flags: 0,
                value: 0x7fff_ffff,
            };
            self.session.submit_settings(0, vec![entry]).unwrap();
        }
    }

    /// Sends a request, with a body if there is one.
    pub fn request(
        &mut self,
        priority: u8,
        headers: &[(&str, &str)],
        body: Option<Vec<u8>>,
    ) -> StreamId {
        let body = body.map(Body::from);
        let submitted = self
            .session
            .submit_request(priority, block(headers), body, ());
        submitted.unwrap()
    }

    pub fn respond(&mut self, stream: StreamId, headers: &[(&str, &str)], body: Option<Vec<u8>>) {
        let body = body.map(Body::from);
        let submitted = self.session.submit_response(stream, block(headers), body);
        submitted.unwrap();
    }

    /// Talks to the peer until `done`, whatever else happens.
    #[track_caller]
    pub fn until(&mut self, what: &str, mut done: impl FnMut(&Self) -> bool) {
        loop {
            self.send();
            if done(self) {
                return;
            }
            assert!(!self.ended, "the peer left before {what}: {self:?}");
            self.receive(what);
        }
    }

    /// Talks to the peer until these streams are over, and checks that none was reset.
    #[track_caller]
    pub fn until_complete(&mut self, streams: &[StreamId]) {
        // Streams end in any order, so that what was over once need not be looked at again.
        let mut left = streams.to_vec();
        self.until("the streams were over", |link| {
            left.retain(|id| link.status(*id).is_none());
            left.is_empty()
        });
        for id in streams {
            assert_eq!(self.status(*id), Some(0), "stream {id}");
        }
    }

    /// Waits for the end of a stream, and tells whether it has to be asked for again.
    #[track_caller]
    pub fn until_complete_or_forgotten(&mut self, stream: StreamId) -> bool {
        self.until("the stream was over", |link| link.status(stream).is_some());
        let forgotten = self.peer_forgets_streams && self.status(stream) == Some(INVALID_STREAM);
        assert!(
            forgotten || self.status(stream) == Some(0),
            "stream {stream}"
        );
        forgotten
    }

    /// The status with which a stream has ended, if it has.
    pub fn status(&self, stream: StreamId) -> Option<u32> {
        self.streams.get(&stream)?.closed
    }

    /// Waits for the next request that is complete; `None` once the peer has left.
    pub fn next_request(&mut self) -> Option<StreamId> {
        loop {
            self.send();
            if let Some(id) = self.requests.pop_front() {
                return Some(id);
            }
            if self.ended {
                return None;
            }
            self.receive("a request");
        }
    }

    /// Sends all that can be sent at the moment.
    pub fn send(&mut self) {
        while let Some(event) = self.session.send_step().unwrap() {
            match event {
                SendEvent::Write => {
                    let length = self.session.output().len();
                    let bytes = self.session.output().to_vec();
                    self.session.advance_output(length);
                    self.write(&bytes);
                }
                SendEvent::ReadData { max_length, .. } => self.read_body(max_length as usize),
                SendEvent::DataSend { length, .. } => self.data_sent += length as usize,
                SendEvent::StreamClose { stream_id, status } => self.close(stream_id, status),
                SendEvent::CtrlNotSend(reason) => panic!("a frame was not sent: {reason:?}"),
                _ => {}
            }
        }
    }

    /// Writes bytes that the session knows nothing of. Outside of [`send`](Self::send) they come between two frames.
    pub fn write(&mut self, bytes: &[u8]) {
        if let Some(record) = &mut self.record {
            record.push((Way::Sent, bytes.to_vec()));
        }
        // That the peer has gone shows when reading as well, after what it had to say.
        let _ = self.socket.write_all(bytes);
    }

    fn read_body(&mut self, max: usize) {
        let mut output = self.session.take_output();
        let body = self.session.data_source_mut().unwrap();
        let length = max.min(body.bytes.len() - body.sent);
        output.payload_mut()[..length].copy_from_slice(&body.bytes[body.sent..body.sent + length]);
        body.sent += length;
        let eof = body.sent == body.bytes.len();
        self.session.restore_output(output);
        self.session.data_read(ReadOutcome::Data { length, eof });
    }

    #[track_caller]
    fn receive(&mut self, what: &str) {
        let bytes = match self.incoming.recv_timeout(PATIENCE) {
            Ok(bytes) => bytes,
            Err(error) => {
                let timed_out = error == std::sync::mpsc::RecvTimeoutError::Timeout;
                assert!(
                    !timed_out,
                    "the peer is silent; waited for {what}: {self:?}"
                );
                self.ended = true;
                return;
            }
        };
        let mut input = bytes.as_slice();
        while let Some(event) = self.session.recv_step(&mut input).unwrap() {
            match event {
                RecvEvent::CtrlRecv(frame) => self.note(frame),
                RecvEvent::DataChunkRecv {
                    stream_id, data, ..
                } => {
                    self.data_received += data.len();
                    self.stream(stream_id).body.extend_from_slice(data);
                }
                RecvEvent::RequestRecv { stream_id } => self.requests.push_back(stream_id),
                RecvEvent::StreamClose { stream_id, status } => self.close(stream_id, status),
                // The chunks, and the frame that ended the peer's half, have been noted.
                RecvEvent::DataRecv { .. } | RecvEvent::StreamRemoteClose { .. } => {}
                RecvEvent::UnknownCtrlRecv { head, .. } => {
                    self.unknown.push(u16::from_be_bytes([head[2], head[3]]));
                }
                RecvEvent::InvalidCtrlRecv { .. } | RecvEvent::ParseError { .. } => {
                    self.faults.push(format!("{event:?}"));
                }
            }
        }
        if let Some(record) = &mut self.record {
            record.push((Way::Received, bytes));
        }
    }

    fn note(&mut self, frame: Frame) {
        match frame {
            Frame::SynStream(syn) => {
                let stream = self.stream(syn.stream_id);
                stream.request = Some(pairs(&syn.block));
                stream.priority = syn.pri;
                stream.associated = syn.assoc_stream_id;
                stream.flags = syn.head.flags;
            }
            Frame::SynReply(reply) => {
                let data_before_reply = self.data_received;
                let stream = self.stream(reply.stream_id);
                stream.reply = Some(pairs(&reply.block));
                stream.data_before_reply = data_before_reply;
            }
            Frame::Headers(headers) => {
                let block = pairs(&headers.block);
                self.stream(headers.stream_id).headers.push(block);
            }
            other => self.others.push(other),
        }
    }

    fn close(&mut self, stream: StreamId, status: u32) {
        self.stream(stream).closed = Some(status);
    }

    fn stream(&mut self, id: StreamId) -> &mut Stream {
        self.streams.entry(id).or_default()
    }
}

impl std::fmt::Debug for Link {
    /// What helps to see why a peer and this end no longer understand each other: the streams that are not over.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let open = self.streams.iter().filter(|(_, s)| s.closed.is_none());
        for (id, stream) in open.take(3) {
            writeln!(
                f,
                "stream {id}: {:?} {:?}, {} bytes",
                stream.request,
                stream.reply,
                stream.body.len()
            )?;
        }
        let last = &self.others[self.others.len().saturating_sub(5)..];
        write!(f, "other frames: {last:?}; faults: {:?}", self.faults)
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        // The reading thread holds the same connection. If the peer has closed it already, nothing is left to do.
        let _ = self.socket.shutdown(std::net::Shutdown::Both);
    }
}

/// Takes one connection, and does not wait for ever for it.
pub fn accept_in_time(listener: &TcpListener) -> TcpStream {
    let listener = listener.try_clone().unwrap();
    let (sender, accepted) = channel();
    thread::spawn(move || sender.send(listener.accept()));
    let (socket, _) = accepted.recv_timeout(PATIENCE).unwrap().unwrap();
    socket
}

pub fn block(headers: &[(&str, &str)]) -> HeaderBlock {
    let bytes = headers.iter().map(|(n, v)| (n.as_bytes(), v.as_bytes()));
    HeaderBlock::from_pairs(bytes).unwrap()
}

fn pairs(block: &HeaderBlock) -> Pairs {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    block.iter().map(|(n, v)| (text(n), text(v))).collect()
}

/// The value of a header, or nothing.
pub fn value<'a>(headers: &'a Option<Pairs>, name: &str) -> &'a str {
    let mut all = headers.iter().flatten();
    all.find(|(n, _)| n == name).map_or("", |(_, v)| v)
}

/// A body that every peer can make and check in its own language, and in which a lost or swapped piece shows.
pub fn body(length: usize) -> Vec<u8> {
    (0..length as u32)
        .map(|i| (i.wrapping_mul(0x9e37_79b1) >> 24) as u8)
        .collect()
}

/// Of a control frame that no version of SPDY defines.
pub const UNKNOWN_TYPE: u16 = 0x1234;

/// A frame of that type.
pub fn unknown_frame(version: Version) -> Vec<u8> {
    let wire_version = if version == Version::Spdy2 { 2 } else { 3 };
    let [high, low] = UNKNOWN_TYPE.to_be_bytes();
    [&[0x80, wire_version, high, low, 0, 0, 0, 5][..], b"hello"].concat()
}
