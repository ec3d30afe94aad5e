//! Control frames going out: when they may, and what follows when they have.

use super::output::KEPT_CAPACITY;
use super::{After, Phase};
use crate::error::{Fatal, NotSent};
use crate::frame::{self, flag, EncodeError, Frame, StreamId};
use crate::session::event::SendEvent;
use crate::session::queue::{DataItem, Item, Key, SynStreamItem};
use crate::session::stream::{Origin, State, Stream};
use crate::session::{status, Session};

/// What a control frame does once it is written.
pub(super) enum Effect<D> {
    /// A stream is open on this side.
    SynStream {
        stream_id: StreamId,
        flags: u8,
        body: Option<D>,
    },
    /// A peer's stream is replied to.
    SynReply {
        stream_id: StreamId,
        flags: u8,
        body: Option<D>,
    },
    Headers {
        stream_id: StreamId,
        flags: u8,
    },
    RstStream {
        stream_id: StreamId,
        status: u32,
    },
    /// A PING of ours waits for its answer.
    Ping {
        id: u32,
    },
    Goaway,
    Nothing,
}

impl<T: Default, D> Session<T, D> {
    pub(super) fn start_syn_stream(
        &mut self,
        item: SynStreamItem<T, D>,
    ) -> Result<Option<SendEvent>, Fatal> {
        let SynStreamItem {
            frame,
            user_data,
            body,
            ..
        } = item;
        let (stream_id, assoc_stream_id, flags) =
            (frame.stream_id, frame.assoc_stream_id, frame.head.flags);
        let stream = Stream::own(frame.pri, user_data);
        let refusal = if self.ending.has_begun() || self.ending.is_shutdown() {
            Some(NotSent::SynStreamNotAllowed)
        } else if assoc_stream_id != 0 && self.streams.live(assoc_stream_id).is_none() {
            Some(NotSent::StreamClosed)
        } else {
            None
        };
        if let Some(reason) = refusal {
            return self.drop_syn_stream(frame, stream, reason, status::INTERNAL_ERROR);
        }
        let progress = self.start_frame(
            Frame::SynStream(frame),
            Effect::SynStream {
                stream_id,
                flags,
                body,
            },
        )?;
        if self.sender.is_busy() && !self.streams.insert(stream_id, stream) {
            return Err(Fatal::NoMemory);
        }
        Ok(progress)
    }

    /// A SYN_STREAM is not sent. The stream exists while the application is told, so that its value can be read.
    fn drop_syn_stream(
        &mut self,
        frame: frame::SynStream,
        stream: Stream<T, D>,
        reason: NotSent,
        status: u32,
    ) -> Result<Option<SendEvent>, Fatal> {
        let stream_id = frame.stream_id;
        if !self.streams.insert(stream_id, stream) {
            return Err(Fatal::NoMemory);
        }
        self.sender
            .after
            .push_back(After::Close { stream_id, status });
        Ok(self.refuse_to_send(Frame::SynStream(frame), reason))
    }

    pub(super) fn start_item(
        &mut self,
        key: Key,
        item: Item<D>,
    ) -> Result<Option<SendEvent>, Fatal> {
        let layout = self.profile.layout;
        match item {
            Item::Data(item) => self.start_data(key, item),
            Item::Fin(stream_id) => self.start_fin(stream_id),
            Item::Ping { id, reply } => {
                let effect = if reply {
                    Effect::Nothing
                } else {
                    Effect::Ping { id }
                };
                self.start_frame(Frame::Ping(frame::Ping::new(layout, id)), effect)
            }
            Item::Settings(settings) => {
                self.start_frame(Frame::Settings(*settings), Effect::Nothing)
            }
            Item::Goaway {
                last_good_stream_id,
                status,
            } => {
                let goaway = Frame::Goaway(frame::Goaway::new(layout, last_good_stream_id, status));
                if self.ending.goaway_sent {
                    return Ok(self.refuse_to_send(goaway, NotSent::GoawayAlreadySent));
                }
                self.start_frame(goaway, Effect::Goaway)
            }
            Item::RstStream {
                stream_id,
                status,
                automatic,
            } => self.start_rst_stream(key, stream_id, status, automatic),
            Item::WindowUpdate {
                stream_id,
                delta,
                automatic,
            } => self.start_window_update(stream_id, delta, automatic),
            Item::SynReply(reply, body) => {
                let (stream_id, flags) = (reply.stream_id, reply.head.flags);
                match self.check_syn_reply(stream_id) {
                    Some(reason) => Ok(self.refuse_to_send(Frame::SynReply(*reply), reason)),
                    None => self.start_frame(
                        Frame::SynReply(*reply),
                        Effect::SynReply {
                            stream_id,
                            flags,
                            body,
                        },
                    ),
                }
            }
            Item::Headers(headers) => {
                let (stream_id, flags) = (headers.stream_id, headers.head.flags);
                match self.check_headers(stream_id) {
                    Some(reason) => Ok(self.refuse_to_send(Frame::Headers(*headers), reason)),
                    None => self.start_frame(
                        Frame::Headers(*headers),
                        Effect::Headers { stream_id, flags },
                    ),
                }
            }
        }
    }

    fn start_rst_stream(
        &mut self,
        key: Key,
        stream_id: StreamId,
        status: u32,
        automatic: bool,
    ) -> Result<Option<SendEvent>, Fatal> {
        // The application cancels a stream that was never opened: its SYN_STREAM still waits, and neither frame means
        // anything to the peer. Neither a peer that provokes a RST_STREAM for that id must cancel it, nor a RST_STREAM
        // that was submitted before there was such a stream.
        let waiting = if automatic {
            None
        } else {
            self.queue.take_syn_stream_before(key, stream_id)
        };
        if let Some(item) = waiting {
            let stream = Stream::own(item.frame.pri, item.user_data);
            return self.drop_syn_stream(item.frame, stream, NotSent::StreamClosing, status);
        }
        let frame = frame::RstStream::new(self.profile.layout, stream_id, status);
        self.start_frame(
            Frame::RstStream(frame),
            Effect::RstStream { stream_id, status },
        )
    }

    fn start_window_update(
        &mut self,
        stream_id: StreamId,
        delta: u32,
        automatic: bool,
    ) -> Result<Option<SendEvent>, Fatal> {
        let window = match stream_id {
            0 if self.has_session_window() => Some(&mut self.receive),
            _ if !self.has_stream_windows() => None,
            _ => self
                .streams
                .get_mut(stream_id)
                .filter(|stream| !stream.is_closing())
                .map(|stream| &mut stream.receive),
        };
        let Some(window) = window else {
            return Ok(None);
        };
        let delta = if automatic {
            window.take_announced(delta)
        } else {
            delta
        };
        let frame = frame::WindowUpdate::new(self.profile.layout, stream_id, delta as i32);
        self.start_frame(Frame::WindowUpdate(frame), Effect::Nothing)
    }

    fn check_syn_reply(&self, stream_id: StreamId) -> Option<NotSent> {
        let Some(stream) = self.streams.live(stream_id) else {
            return Some(NotSent::StreamClosed);
        };
        if stream.is_sending_ended() {
            return Some(NotSent::StreamShutWr);
        }
        if stream.origin == Origin::Own {
            return Some(NotSent::InvalidStreamId);
        }
        match stream.state() {
            State::Closing => Some(NotSent::StreamClosing),
            State::Opening => None,
            State::Initial | State::Opened => Some(NotSent::InvalidStreamState),
        }
    }

    fn check_headers(&self, stream_id: StreamId) -> Option<NotSent> {
        let Some(stream) = self.streams.live(stream_id) else {
            return Some(NotSent::StreamClosed);
        };
        if stream.is_sending_ended() {
            return Some(NotSent::StreamShutWr);
        }
        if stream.is_closing() {
            return Some(NotSent::StreamClosing);
        }
        (!stream.is_open_for_sending()).then_some(NotSent::InvalidStreamState)
    }

    /// Encodes a frame and announces it.
    fn start_frame(
        &mut self,
        mut frame: Frame,
        effect: Effect<D>,
    ) -> Result<Option<SendEvent>, Fatal> {
        let layout = self.profile.layout;
        let mut scratch = std::mem::take(&mut self.sender.scratch);
        let deflater = &mut self.deflater;
        let output = self.sender.control_output();
        let encoded = output.encode(|out| frame.encode(layout, deflater, &mut scratch, out));
        if scratch.capacity() <= KEPT_CAPACITY {
            self.sender.scratch = scratch;
        }
        match encoded {
            Ok(()) => {
                self.sender.frame = Some(frame);
                self.sender.effect = effect;
                self.sender.phase = Phase::WritingControl;
                Ok(Some(SendEvent::BeforeCtrlSend))
            }
            Err(EncodeError::TooLarge) => Ok(self.refuse_to_send(frame, NotSent::FrameTooLarge)),
            Err(EncodeError::Zlib) => Ok(self.refuse_to_send(frame, NotSent::Zlib)),
            Err(EncodeError::NoMemory) => Err(Fatal::NoMemory),
        }
    }

    fn refuse_to_send(&mut self, frame: Frame, reason: NotSent) -> Option<SendEvent> {
        self.sender.control_output().reset_and_shrink(KEPT_CAPACITY);
        self.sender.frame = Some(frame);
        Some(SendEvent::CtrlNotSend(reason))
    }

    pub(super) fn write_control(&mut self) -> SendEvent {
        if self.sender.output.is_written() {
            self.sender.phase = Phase::ControlWritten;
            SendEvent::CtrlSend
        } else {
            SendEvent::Write
        }
    }

    /// The last byte of the frame is gone: the peer may answer it before the application was told.
    pub(super) fn expect_answer(&mut self) {
        match self.sender.effect {
            Effect::SynStream {
                stream_id, flags, ..
            } => self.open_own_stream(stream_id, flags),
            Effect::Ping { id } => {
                self.last_ping_id = id;
                self.sender.effect = Effect::Nothing;
            }
            _ => {}
        }
    }

    fn open_own_stream(&mut self, stream_id: StreamId, flags: u8) {
        if let Some(stream) = self.streams.get_mut(stream_id) {
            stream.syn_stream_sent();
            if flags & flag::UNIDIRECTIONAL != 0 {
                stream.end_receiving();
            }
        }
    }

    /// The frame is written and the application was told.
    pub(super) fn finish_control(&mut self) {
        self.sender.phase = Phase::Idle;
        self.sender.output.reset_and_shrink(KEPT_CAPACITY);
        match std::mem::replace(&mut self.sender.effect, Effect::Nothing) {
            Effect::SynStream {
                stream_id,
                flags,
                body,
            } => {
                self.open_own_stream(stream_id, flags);
                self.end_message(stream_id, flags, body);
            }
            Effect::SynReply {
                stream_id,
                flags,
                body,
            } => {
                if let Some(stream) = self.streams.get_mut(stream_id) {
                    stream.replied();
                }
                self.end_message(stream_id, flags, body);
            }
            Effect::Headers { stream_id, flags } => self.end_message(stream_id, flags, None),
            Effect::RstStream { stream_id, status } => self.close_after_frame(stream_id, status),
            Effect::Ping { id } => self.last_ping_id = id,
            Effect::Goaway => self.ending.goaway_sent = true,
            Effect::Nothing => {}
        }
    }

    /// The FIN of a frame with headers, or the body that follows it. The stream may have gone meanwhile.
    fn end_message(&mut self, stream_id: StreamId, flags: u8, body: Option<D>) {
        let Some(stream) = self.streams.live_mut(stream_id) else {
            return;
        };
        if flags & flag::FIN != 0 {
            stream.end_sending();
        }
        self.close_if_finished(stream_id);
        if let Some(source) = body {
            self.queue_data(DataItem {
                stream_id,
                fin: true,
                source,
            });
        }
    }
}
