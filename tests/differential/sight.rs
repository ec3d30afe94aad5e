//! What an application sees of a callback, as a line. It closes its eyes to what servers compress, which each library does as
//! it thinks best; the rule is [`Rule::Compression`].

use super::rules::Rule;
use super::scenario::Cast;
use super::transcript::{digest, line, Line, Value};
use crate::support::event::Event;
use crate::support::frame::{Body, Frame};
use crate::support::peer::Role;

pub struct Sight {
    is_server: bool,
    /// The peer is a server of one of the libraries.
    hears_server: bool,
}

impl Sight {
    pub fn new(role: Role, cast: Cast) -> Sight {
        Sight {
            is_server: role == Role::Server,
            hears_server: role == Role::Client && cast == Cast::Pair,
        }
    }

    /// A callback in one line; `sends_block` tells that bytes to be sent belong to a frame with a header block.
    pub fn line(&self, event: &Event, sends_block: bool) -> Line {
        let Sight {
            is_server,
            hears_server,
        } = *self;
        let text = match event {
            Event::Recv { result, .. } if *result > 0 && hears_server => "recv_callback".to_owned(),
            Event::CtrlRecv(_) | Event::InvalidCtrlRecv { .. } => {
                line(event, |frame| hears_server && has_block(frame))
            }
            Event::Send { result, .. } if is_server && sends_block => {
                let result = if *result > 0 {
                    "some".to_owned()
                } else {
                    result.to_string()
                };
                format!("send_callback of a header block, result={result}")
            }
            Event::ParseError {
                kind,
                head,
                payload,
                error,
            } => return parse_error_line(*kind, head, payload, *error),
            Event::BeforeCtrlSend(_) | Event::CtrlSend(_) | Event::CtrlNotSend { .. } => {
                line(event, |frame| is_server && has_block(frame))
            }
            _ => line(event, |_| false),
        };
        Line::new(text)
    }
}

fn has_block(frame: &Frame) -> bool {
    matches!(
        frame.body,
        Body::SynStream { .. } | Body::SynReply { .. } | Body::Headers { .. }
    )
}

/// A parse error, with the payload it shows; of a short frame, libspdylay 1.4 shows more than was received.
fn parse_error_line(kind: u32, head: &[u8], payload: &[u8], error: i32) -> Line {
    let head_text = digest(head);
    let mut line = Line::new(format!(
        "on_ctrl_recv_parse_error type={kind} head={head_text} error={error}"
    ));
    if is_short(head) {
        let payload = Value::Bytes(payload.to_vec());
        line.push_doubt(Rule::ShortFrames, "payload", payload);
    } else {
        line.push(&format!(" payload={}", digest(payload)));
    }
    line
}

/// Whether the fixed fields of a frame do not fit into the length that its head says.
fn is_short(head: &[u8]) -> bool {
    let [version_high, version_low, _, kind, _, length @ ..] = head else {
        return false;
    };
    let version = u16::from_be_bytes([version_high & 0x7f, *version_low]);
    let fixed = match (kind, version) {
        (1, _) => 10,
        (2 | 8, 2) => 6,
        (2 | 8, _) => 4,
        _ => 0,
    };
    length
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
        < fixed
}
