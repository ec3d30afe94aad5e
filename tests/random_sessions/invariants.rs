//! What holds for the callbacks of every session, whatever the peer sends and the application calls.

use crate::support::event::Event;
use crate::support::frame::{Body, Frame};
use crate::support::peer::{Session, V2};
use std::collections::{HashMap, HashSet};

/// Checks callbacks one after the other.
#[derive(Default)]
pub struct Invariants {
    closed: HashSet<i32>,
    chunks: HashMap<i32, usize>,
    goaways: usize,
    has_parse_error: bool,
}

impl Invariants {
    /// Checks the callbacks that a session has made since the last time, and what it has written.
    pub fn check(&mut self, session: &Session) {
        for event in session.events() {
            self.check_event(session, &event);
        }
        // Reading what was written checks its form.
        session.sent();
        assert!(matches!(session.want_read(), 0 | 1));
        assert!(matches!(session.want_write(), 0 | 1));
        if self.has_parse_error && self.goaways > 0 {
            assert_eq!((session.want_read(), session.want_write()), (0, 0));
        }
    }

    fn check_event(&mut self, session: &Session, event: &Event) {
        match event {
            Event::CtrlRecv(frame) => {
                assert!(!self.has_parse_error, "{event} after a parse error");
                self.check_received(session, frame);
            }
            Event::InvalidCtrlRecv { frame, status_code } => {
                assert!(!self.has_parse_error, "{event} after a parse error");
                let is_null = matches!(
                    frame.body,
                    Body::SynStream { nv: None, .. }
                        | Body::SynReply { nv: None, .. }
                        | Body::Headers { nv: None, .. }
                );
                assert!(!is_null || matches!(status_code, 1 | 11), "{event}");
            }
            Event::DataChunkRecv {
                stream_id, data, ..
            } => {
                self.assert_open(*stream_id, event);
                assert!(!data.is_empty(), "an empty chunk");
                *self.chunks.entry(*stream_id).or_default() += data.len();
            }
            Event::DataRecv {
                stream_id, length, ..
            } => {
                self.assert_open(*stream_id, event);
                let shown = self.chunks.remove(stream_id).unwrap_or(0);
                assert_eq!(shown, *length as usize, "the chunks before {event}");
            }
            Event::RequestRecv { stream_id } => self.assert_open(*stream_id, event),
            Event::StreamClose { stream_id, .. } => {
                assert!(self.closed.insert(*stream_id), "{event} a second time");
            }
            Event::ParseError { head, .. } => {
                assert!(!self.has_parse_error, "a second parse error");
                assert_eq!(head.len(), 8);
                self.has_parse_error = true;
            }
            Event::CtrlSend(Frame {
                body: Body::Goaway { .. },
                ..
            }) => {
                self.goaways += 1;
                assert_eq!(self.goaways, 1, "a second GOAWAY");
            }
            Event::Credential => panic!("nothing asks for credentials"),
            _ => {}
        }
    }

    fn assert_open(&self, stream_id: i32, event: &Event) {
        assert!(!self.closed.contains(&stream_id), "{event} after its end");
        assert!(!self.has_parse_error, "{event} after a parse error");
    }

    /// The pairs of an accepted frame keep the rules of header blocks.
    fn check_received(&self, session: &Session, frame: &Frame) {
        let pairs = frame.pairs();
        for (name, value) in pairs {
            let name_is_valid = !name.is_empty()
                && name
                    .iter()
                    .all(|byte| matches!(byte, 0x20..=0x7e) && !byte.is_ascii_uppercase());
            let value_is_valid = value
                .iter()
                .all(|byte| matches!(byte, b'\t' | 0x20..=0x7e | 0x80..));
            assert!(name_is_valid && value_is_valid, "{frame}");
        }
        if session.version() != V2 {
            assert!(pairs.is_sorted_by(|a, b| a.0 <= b.0), "{frame}");
        }
    }
}
