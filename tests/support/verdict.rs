//! What a session makes of one received frame, as one comparable value.
//!
//! ```text
//! assert_eq!(verdict(&server, &frame), Reset(status::PROTOCOL_ERROR));
//! ```
//!
//! Each variant stands for everything that belongs to it: which callbacks, in which order with what is queued, and
//! what goes on the wire. Anything in between is a panic, so a table of verdicts is a complete test.

use super::abi::status;
use super::event::Event;
use super::frame::Body;
use super::peer::{Session, V2};
use super::wire::Sent;
use std::cell::Cell;
use std::rc::Rc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// No callback, nothing queued.
    Ignored,
    /// Callbacks that only report, beginning with on_ctrl_recv; nothing queued.
    Accepted,
    /// on_unknown_ctrl_recv; nothing queued.
    Unknown,
    /// RST_STREAM with this status for the frame's stream is queued, then on_invalid_ctrl_recv is called with it.
    Reset(u32),
    /// on_invalid_ctrl_recv(PROTOCOL_ERROR) is called, then a GOAWAY with PROTOCOL_ERROR is queued.
    SessionError,
    /// on_ctrl_recv_parse_error is called with this code, then a GOAWAY with PROTOCOL_ERROR is queued.
    ParseError(i32),
    /// No callback; a GOAWAY with PROTOCOL_ERROR is queued.
    SilentSessionError,
}

/// Feeds one frame to a session with an empty queue, and sends what it answers.
pub fn verdict(session: &Session, frame: &[u8]) -> Verdict {
    assert_eq!(session.outbound_queue_size(), 0, "an idle session");
    session.events();
    let queued_in_callback = Rc::new(Cell::new(None));
    for callback in ["on_invalid_ctrl_recv", "on_ctrl_recv_parse_error"] {
        let queued = Rc::clone(&queued_in_callback);
        session.on(callback, move |session, _| {
            queued.set(Some(session.outbound_queue_size()));
        });
    }
    session.feed(frame);
    let events = session.events();
    assert_eq!(session.send(), 0, "session_send");
    let sent = session.sent();
    session.events();
    let verdict = match (events.as_slice(), sent.as_slice()) {
        ([], []) => Verdict::Ignored,
        ([Event::CtrlRecv(_), ..], []) => Verdict::Accepted,
        ([Event::UnknownCtrlRecv { .. }], []) => Verdict::Unknown,
        ([], [goaway]) if is_goaway(session, goaway) => Verdict::SilentSessionError,
        ([Event::ParseError { error, .. }], [goaway]) if is_goaway(session, goaway) => {
            assert_eq!(queued_in_callback.get(), Some(0), "GOAWAY comes after");
            Verdict::ParseError(*error)
        }
        ([Event::InvalidCtrlRecv { status_code, .. }], [goaway]) if is_goaway(session, goaway) => {
            assert_eq!(*status_code, status::PROTOCOL_ERROR);
            assert_eq!(queued_in_callback.get(), Some(0), "GOAWAY comes after");
            Verdict::SessionError
        }
        ([Event::InvalidCtrlRecv { frame, status_code }], [Sent::Control(reset)]) => {
            let expected = Body::RstStream {
                stream_id: frame.stream_id(),
                status_code: *status_code,
            };
            assert_eq!(reset.body, expected, "the answer to {frame}");
            assert_eq!(queued_in_callback.get(), Some(1), "RST_STREAM comes before");
            Verdict::Reset(*status_code)
        }
        _ => panic!("callbacks {events:#?}, answers {sent:#?}"),
    };
    verdict
}

/// A GOAWAY with PROTOCOL_ERROR, which SPDY/2 leaves out.
fn is_goaway(session: &Session, sent: &Sent) -> bool {
    let expected = if session.version() == V2 {
        status::OK
    } else {
        status::PROTOCOL_ERROR
    };
    matches!(
        sent,
        Sent::Control(frame)
            if matches!(frame.body, Body::Goaway { status_code, .. } if status_code == expected)
    )
}
