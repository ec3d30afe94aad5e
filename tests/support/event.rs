//! One callback invocation with all its arguments.
//!
//! `Display` is the transcript line, for example
//! `on_ctrl_not_send SYN_STREAM v3 flags=1 stream=1 assoc=0 pri=0 slot=0 {} error=-516`.
//! [`Event::name`] is the short form without arguments, `on_ctrl_not_send SYN_STREAM`.

use super::frame::Frame;
use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// `send_callback`: bytes offered, and the answer.
    Send {
        length: usize,
        result: isize,
    },
    /// `recv_callback`: room offered, and the answer.
    Recv {
        length: usize,
        result: isize,
    },
    /// A data provider was read: room offered, and the answer.
    Read {
        stream_id: i32,
        length: usize,
        result: isize,
        eof: bool,
    },
    CtrlRecv(Frame),
    InvalidCtrlRecv {
        frame: Frame,
        status_code: u32,
    },
    DataChunkRecv {
        flags: u8,
        stream_id: i32,
        data: Vec<u8>,
    },
    DataRecv {
        flags: u8,
        stream_id: i32,
        length: i32,
    },
    BeforeCtrlSend(Frame),
    CtrlSend(Frame),
    CtrlNotSend {
        frame: Frame,
        error: i32,
    },
    DataSend {
        flags: u8,
        stream_id: i32,
        length: i32,
    },
    StreamClose {
        stream_id: i32,
        status_code: u32,
    },
    RequestRecv {
        stream_id: i32,
    },
    StreamRemoteClose {
        stream_id: i32,
    },
    ParseError {
        kind: u32,
        head: Vec<u8>,
        payload: Vec<u8>,
        error: i32,
    },
    UnknownCtrlRecv {
        head: Vec<u8>,
        payload: Vec<u8>,
    },
    /// One of the three credential callbacks, which are never called.
    Credential,
}

impl Event {
    /// The callback, and the frame type where there is one.
    pub fn name(&self) -> String {
        match self.frame() {
            Some(frame) => format!("{} {}", self.callback(), frame.name()),
            None => self.callback().to_owned(),
        }
    }

    /// The frame shown to the callback.
    pub fn frame(&self) -> Option<&Frame> {
        match self {
            Event::CtrlRecv(frame)
            | Event::InvalidCtrlRecv { frame, .. }
            | Event::BeforeCtrlSend(frame)
            | Event::CtrlSend(frame)
            | Event::CtrlNotSend { frame, .. } => Some(frame),
            _ => None,
        }
    }

    /// True for the callbacks that move bytes rather than report something.
    pub fn is_io(&self) -> bool {
        matches!(
            self,
            Event::Send { .. } | Event::Recv { .. } | Event::Read { .. }
        )
    }

    fn callback(&self) -> &'static str {
        match self {
            Event::Send { .. } => "send_callback",
            Event::Recv { .. } => "recv_callback",
            Event::Read { .. } => "read_callback",
            Event::CtrlRecv(_) => "on_ctrl_recv",
            Event::InvalidCtrlRecv { .. } => "on_invalid_ctrl_recv",
            Event::DataChunkRecv { .. } => "on_data_chunk_recv",
            Event::DataRecv { .. } => "on_data_recv",
            Event::BeforeCtrlSend(_) => "before_ctrl_send",
            Event::CtrlSend(_) => "on_ctrl_send",
            Event::CtrlNotSend { .. } => "on_ctrl_not_send",
            Event::DataSend { .. } => "on_data_send",
            Event::StreamClose { .. } => "on_stream_close",
            Event::RequestRecv { .. } => "on_request_recv",
            Event::StreamRemoteClose { .. } => "on_stream_remote_close",
            Event::ParseError { .. } => "on_ctrl_recv_parse_error",
            Event::UnknownCtrlRecv { .. } => "on_unknown_ctrl_recv",
            Event::Credential => "get_credential",
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.callback())?;
        if let Some(frame) = self.frame() {
            write!(f, " {frame}")?;
        }
        match self {
            Event::Send { length, result } | Event::Recv { length, result } => {
                write!(f, " length={length} result={result}")
            }
            Event::Read {
                stream_id,
                length,
                result,
                eof,
            } => write!(
                f,
                " stream={stream_id} length={length} result={result} eof={}",
                u8::from(*eof)
            ),
            Event::InvalidCtrlRecv { status_code, .. } => write!(f, " reason={status_code}"),
            Event::DataChunkRecv {
                flags,
                stream_id,
                data,
            } => write!(
                f,
                " stream={stream_id} flags={flags} {}",
                data.escape_ascii()
            ),
            Event::DataRecv {
                flags,
                stream_id,
                length,
            }
            | Event::DataSend {
                flags,
                stream_id,
                length,
            } => write!(f, " stream={stream_id} flags={flags} length={length}"),
            Event::CtrlNotSend { error, .. } => write!(f, " error={error}"),
            Event::StreamClose {
                stream_id,
                status_code,
            } => write!(f, " stream={stream_id} status={status_code}"),
            Event::RequestRecv { stream_id } | Event::StreamRemoteClose { stream_id } => {
                write!(f, " stream={stream_id}")
            }
            Event::ParseError {
                kind,
                head,
                payload,
                error,
            } => write!(
                f,
                " type={kind} head={} payload={} error={error}",
                Hex(head),
                Hex(payload)
            ),
            Event::UnknownCtrlRecv { head, payload } => {
                write!(f, " head={} payload={}", Hex(head), Hex(payload))
            }
            Event::CtrlRecv(_)
            | Event::BeforeCtrlSend(_)
            | Event::CtrlSend(_)
            | Event::Credential => Ok(()),
        }
    }
}

struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
