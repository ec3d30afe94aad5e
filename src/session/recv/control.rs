//! Judges control frames and acts on them: the rules of SPDY/3 section 2, as 1.4 applies them.

use super::After;
use crate::error::Fatal;
use crate::frame::{self, flag, Frame, StreamId};
use crate::header::HeaderBlock;
use crate::session::event::RecvEvent;
use crate::session::queue::{Item, PRIORITY_PING};
use crate::session::stream::{Origin, State, Stream};
use crate::session::{http, status, Role, Session};

type Judged<'i> = Option<RecvEvent<'i>>;

impl<T: Default, D> Session<T, D> {
    /// Acts on a frame that parsed well.
    pub(super) fn judge<'i>(&mut self, frame: Frame) -> Result<Judged<'i>, Fatal> {
        let is_our_version = frame.head().version == self.profile.layout.wire_version;
        match frame {
            // The id of a SYN_STREAM counts whatever its version is.
            Frame::SynStream(frame) => return self.judge_syn_stream(frame),
            _ if !is_our_version => return Ok(None),
            _ => {}
        }
        Ok(match frame {
            Frame::SynStream(_) => None,
            Frame::SynReply(frame) => self.judge_syn_reply(frame),
            Frame::Headers(frame) => self.judge_headers(frame),
            Frame::RstStream(frame) => self.judge_rst_stream(frame),
            Frame::Settings(frame) => self.judge_settings(frame),
            Frame::Ping(frame) => self.judge_ping(frame),
            Frame::Goaway(frame) => self.judge_goaway(frame),
            Frame::WindowUpdate(frame) => self.judge_window_update(frame),
        })
    }

    /// Resets the stream of a frame that breaks a rule. Stream 0 cannot be reset, so there the session fails.
    pub(super) fn refuse<'i>(
        &mut self,
        frame: Frame,
        stream_id: StreamId,
        status: u32,
    ) -> RecvEvent<'i> {
        if stream_id == 0 {
            return self.refuse_session(frame);
        }
        self.reset(stream_id, status);
        RecvEvent::InvalidCtrlRecv { frame, status }
    }

    /// Fails the session for a frame that breaks a rule, after the application has seen it.
    fn refuse_session<'i>(&mut self, frame: Frame) -> RecvEvent<'i> {
        self.receiver
            .after
            .push_back(After::Fail(status::PROTOCOL_ERROR));
        RecvEvent::InvalidCtrlRecv {
            frame,
            status: status::PROTOCOL_ERROR,
        }
    }

    fn judge_syn_stream<'i>(&mut self, frame: frame::SynStream) -> Result<Judged<'i>, Fatal> {
        if self.ending.has_begun() {
            return Ok(None);
        }
        let stream_id = frame.stream_id;
        if stream_id == self.last_peer_stream_id {
            return Ok(Some(self.refuse(
                Frame::SynStream(frame),
                stream_id,
                status::PROTOCOL_ERROR,
            )));
        }
        if !self.role.is_peers_id(stream_id as u32) || stream_id < self.last_peer_stream_id {
            return Ok(Some(self.refuse_session(Frame::SynStream(frame))));
        }
        self.last_peer_stream_id = stream_id;
        if let Some(status) = self.objection(&frame) {
            return Ok(Some(self.refuse(
                Frame::SynStream(frame),
                stream_id,
                status,
            )));
        }
        let has_fin = frame.head.flags & flag::FIN != 0;
        let is_unidirectional = frame.head.flags & flag::UNIDIRECTIONAL != 0;
        if has_fin && is_unidirectional {
            // Nothing can ever come on such a stream: it is over before it exists.
            self.receiver.after.extend([
                After::ReportRequest(stream_id),
                After::ReportRemoteClose(stream_id),
                After::ReportClose(stream_id),
            ]);
            return Ok(Some(RecvEvent::CtrlRecv(Frame::SynStream(frame))));
        }
        let mut stream = Stream::peers(frame.pri, T::default());
        if has_fin {
            stream.end_receiving();
            self.receiver
                .after
                .extend([After::RequestRecv(stream_id), After::RemoteClose(stream_id)]);
        }
        if is_unidirectional {
            stream.end_sending();
        }
        if !self.streams.insert(stream_id, stream) {
            return Err(Fatal::NoMemory);
        }
        Ok(Some(RecvEvent::CtrlRecv(Frame::SynStream(frame))))
    }

    /// What is wrong with a SYN_STREAM whose id is in order.
    fn objection(&self, frame: &frame::SynStream) -> Option<u32> {
        let is_unidirectional = frame.head.flags & flag::UNIDIRECTIONAL != 0;
        if frame.head.version != self.profile.layout.wire_version {
            return Some(status::UNSUPPORTED_VERSION);
        }
        let broken = match self.role {
            Role::Server => frame.assoc_stream_id != 0 || is_unidirectional,
            Role::Client if frame.assoc_stream_id == 0 => return Some(status::INVALID_STREAM),
            // Compat: any open stream will do as the associated one, a pushed one too, and the new one outlives it.
            Role::Client => {
                !is_unidirectional || self.streams.live(frame.assoc_stream_id).is_none()
            }
        };
        if broken || !self.follows_rules(&frame.block) {
            return Some(status::PROTOCOL_ERROR);
        }
        let is_full = self.streams.peers() >= self.local.max_concurrent_streams();
        (is_full || self.ending.is_shutdown()).then_some(status::REFUSED_STREAM)
    }

    /// Whether the headers of a SYN_STREAM are as they have to be.
    fn follows_rules(&self, block: &HeaderBlock) -> bool {
        !self.has_http_rules
            || match self.role {
                Role::Server => http::is_request(block),
                Role::Client => http::is_push(block),
            }
    }

    fn judge_syn_reply<'i>(&mut self, frame: frame::SynReply) -> Judged<'i> {
        let stream_id = frame.stream_id;
        let has_fin = frame.head.flags & flag::FIN != 0;
        let state = self
            .streams
            .live(stream_id)
            .filter(|stream| stream.origin == Origin::Own && !stream.is_receiving_ended())
            .map(Stream::state);
        match state {
            None => Some(self.refuse(Frame::SynReply(frame), stream_id, status::PROTOCOL_ERROR)),
            Some(State::Closing) => None,
            Some(State::Opened | State::Initial) => {
                let status = self.profile.duplicate_reply_status;
                Some(self.refuse(Frame::SynReply(frame), stream_id, status))
            }
            Some(State::Opening) if self.has_http_rules && !http::is_response(&frame.block) => {
                Some(self.refuse(Frame::SynReply(frame), stream_id, status::PROTOCOL_ERROR))
            }
            Some(State::Opening) => {
                if let Some(stream) = self.streams.get_mut(stream_id) {
                    stream.replied();
                }
                if has_fin {
                    self.receiver
                        .after
                        .push_back(After::EndReceiving(stream_id));
                }
                Some(RecvEvent::CtrlRecv(Frame::SynReply(frame)))
            }
        }
    }

    fn judge_headers<'i>(&mut self, frame: frame::Headers) -> Judged<'i> {
        let stream_id = frame.stream_id;
        let stream = self
            .streams
            .live(stream_id)
            .filter(|stream| !stream.is_receiving_ended());
        match stream.map(|stream| (stream.origin, stream.state())) {
            Some((_, State::Closing)) => return None,
            Some((Origin::Own, State::Opened)) | Some((Origin::Peer, _))
                if !self.has_http_rules || http::may_follow(&frame.block) => {}
            _ => {
                return Some(self.refuse(Frame::Headers(frame), stream_id, status::PROTOCOL_ERROR));
            }
        }
        if frame.head.flags & flag::FIN != 0 {
            self.after_fin(stream_id);
        }
        Some(RecvEvent::CtrlRecv(Frame::Headers(frame)))
    }

    /// The frame at hand ends what comes on a stream: of a peer's stream that is worth an event of its own.
    pub(super) fn after_fin(&mut self, stream_id: StreamId) {
        if self
            .streams
            .get(stream_id)
            .is_some_and(|stream| stream.origin == Origin::Peer)
        {
            self.receiver.after.push_back(After::RequestRecv(stream_id));
        }
        self.receiver
            .after
            .push_back(After::EndReceiving(stream_id));
    }

    fn judge_rst_stream<'i>(&mut self, frame: frame::RstStream) -> Judged<'i> {
        self.receiver.after.push_back(After::Close {
            stream_id: frame.stream_id,
            status: frame.status,
        });
        Some(RecvEvent::CtrlRecv(Frame::RstStream(frame)))
    }

    fn judge_settings<'i>(&mut self, frame: frame::Settings) -> Judged<'i> {
        // Of several entries with one id the first counts.
        let mut seen = 0u32;
        for entry in &frame.entries {
            let bit = u32::try_from(entry.id)
                .ok()
                .and_then(|id| 1u32.checked_shl(id))
                .unwrap_or(0);
            if bit & seen == 0 {
                self.apply_remote_setting(entry.id, entry.value);
            }
            seen |= bit;
        }
        Some(RecvEvent::CtrlRecv(Frame::Settings(frame)))
    }

    fn judge_ping<'i>(&mut self, frame: frame::Ping) -> Judged<'i> {
        if frame.id != 0 && frame.id == self.last_ping_id {
            self.last_ping_id = 0;
        } else if self.role.is_peers_id(frame.id) {
            if self.queue.has_room_for_ping_reply() {
                self.queue.push(
                    PRIORITY_PING,
                    Item::Ping {
                        id: frame.id,
                        reply: true,
                    },
                );
            }
        } else {
            return None;
        }
        Some(RecvEvent::CtrlRecv(Frame::Ping(frame)))
    }

    fn judge_goaway<'i>(&mut self, frame: frame::Goaway) -> Judged<'i> {
        // Compat: own streams above the last good one stay open; callers retry themselves.
        self.ending.goaway_received = true;
        Some(RecvEvent::CtrlRecv(Frame::Goaway(frame)))
    }

    fn judge_window_update<'i>(&mut self, frame: frame::WindowUpdate) -> Judged<'i> {
        if !self.has_stream_windows() {
            return None;
        }
        let (stream_id, delta) = (frame.stream_id, frame.delta);
        if stream_id == 0 && self.has_session_window() {
            return Some(match self.enlarge_session_window(delta) {
                Ok(()) => RecvEvent::CtrlRecv(Frame::WindowUpdate(frame)),
                Err(_) => self.refuse_session(Frame::WindowUpdate(frame)),
            });
        }
        self.streams.live(stream_id)?;
        Some(match self.enlarge_stream_window(stream_id, delta) {
            Ok(()) => RecvEvent::CtrlRecv(Frame::WindowUpdate(frame)),
            Err(_) => self.refuse(
                Frame::WindowUpdate(frame),
                stream_id,
                status::FLOW_CONTROL_ERROR,
            ),
        })
    }
}
