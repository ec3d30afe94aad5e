//! What happened in a session, one line for each call, callback, frame on the wire and change of state.

use crate::support::event::Event;
use crate::support::frame::Frame;
use crate::support::wire::Sent;
use std::fmt::Write;

#[derive(Default)]
pub struct Transcript {
    pub lines: Vec<String>,
    /// Pieces of DATA that came after the close of their stream, which are not in the lines.
    pub chunks_after_close: usize,
}

impl Transcript {
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv::new();
        for line in &self.lines {
            hash.update(line.as_bytes());
            hash.update(b"\n");
        }
        hash.value
    }

    pub fn text(&self) -> String {
        let mut text = self.lines.join("\n");
        text.push('\n');
        text
    }
}

/// FNV-1a.
struct Fnv {
    value: u64,
}

impl Fnv {
    fn new() -> Fnv {
        Fnv {
            value: 0xcbf2_9ce4_8422_2325,
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.value = (self.value ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
    }
}

/// Bytes in short: text while it is short, else length and hash.
pub fn digest(bytes: &[u8]) -> String {
    if bytes.len() <= 24 {
        return format!("'{}'", bytes.escape_ascii());
    }
    let mut hash = Fnv::new();
    hash.update(bytes);
    format!("{}#{:08x}", bytes.len(), hash.value as u32)
}

/// Pairs in short.
pub fn pairs(pairs: &[(Vec<u8>, Vec<u8>)]) -> String {
    let mut text = String::from("{");
    for (name, value) in pairs {
        let _ = write!(text, " {}={}", digest(name), digest(value));
    }
    text + " }"
}

/// A callback in one line. `hides_length` is for frames whose length depends on the compressor.
pub fn line(event: &Event, hides_length: impl Fn(&Frame) -> bool) -> String {
    match event {
        Event::DataChunkRecv {
            flags,
            stream_id,
            data,
        } => format!(
            "on_data_chunk_recv stream={stream_id} flags={flags} {}",
            digest(data)
        ),
        _ => {
            let mut line = event.to_string();
            if let Some(frame) = event.frame().filter(|frame| !hides_length(frame)) {
                let _ = write!(line, " length={}", frame.length);
            }
            line
        }
    }
}

/// A frame on the wire in one line.
pub fn wire_line(sent: &Sent) -> String {
    match sent {
        Sent::Control(frame) => format!("wire {frame}"),
        Sent::Data { data, .. } => format!("wire {sent} {}", digest(data)),
    }
}
