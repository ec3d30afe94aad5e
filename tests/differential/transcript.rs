//! What happened in a session, one line for each call, callback, frame on the wire and change of state.

use super::rules::{Rule, Tally};
use crate::support::event::Event;
use crate::support::frame::Frame;
use crate::support::wire::Sent;
use std::fmt::{self, Write};

#[derive(Default)]
pub struct Transcript {
    pub lines: Vec<Line>,
    /// Pieces of DATA that came after the close of their stream, which are not in the lines.
    pub chunks_after_close: u64,
    /// What the rules have kept away.
    pub tally: Tally,
}

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Line {
    text: String,
    /// What a rule allows to differ.
    doubts: Vec<Doubt>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Doubt {
    rule: Rule,
    name: &'static str,
    value: Value,
}

/// A value that may differ in one direction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Line {
    pub fn new(text: impl Into<String>) -> Line {
        Line {
            text: text.into(),
            doubts: Vec::new(),
        }
    }

    /// Puts text in front.
    pub fn prefixed(mut self, prefix: &str) -> Line {
        self.text.insert_str(0, prefix);
        self
    }

    /// Appends something that both libraries must agree on.
    pub fn push(&mut self, text: &str) {
        self.text += text;
    }

    /// Appends something that may differ as the rule allows.
    pub fn push_doubt(&mut self, rule: Rule, name: &'static str, value: Value) {
        self.doubts.push(Doubt { rule, name, value });
    }

    /// The same, as the end of another line.
    pub fn append(&mut self, other: Line) {
        self.text += &other.text;
        self.doubts.extend(other.doubts);
    }

    /// What both libraries must agree on.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rules that explain why this library's line is not the reference's; `None` if nothing does.
    pub fn explain(&self, reference: &Line) -> Option<Vec<Rule>> {
        if self.text != reference.text || self.doubts.len() != reference.doubts.len() {
            return None;
        }
        let mut rules = Vec::new();
        for (ours, theirs) in self.doubts.iter().zip(&reference.doubts) {
            if ours == theirs {
                continue;
            }
            if ours.rule != theirs.rule || !ours.rule.excuses(&ours.value, &theirs.value) {
                return None;
            }
            rules.push(ours.rule);
        }
        Some(rules)
    }
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for doubt in &self.doubts {
            match &doubt.value {
                Value::Number(number) => write!(f, " {}={number}", doubt.name)?,
                Value::Bytes(bytes) => write!(f, " {}={}", doubt.name, digest(bytes))?,
            }
        }
        Ok(())
    }
}

impl Transcript {
    pub fn hash(&self) -> u64 {
        let mut hash = Fnv::new();
        hash.update(self.text().as_bytes());
        hash.value
    }

    pub fn text(&self) -> String {
        self.lines.iter().fold(String::new(), |mut text, line| {
            let _ = writeln!(text, "{line}");
            text
        })
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
