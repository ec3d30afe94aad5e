//! DATA going out: when it may, how much of it, and whose turn is next.

use super::Phase;
use crate::error::Fatal;
use crate::frame::{flag, DataHead, StreamId};
use crate::session::event::{ReadOutcome, SendEvent};
use crate::session::queue::{DataItem, Item, Key};
use crate::session::stream::{Parked, Stream};
use crate::session::{status, Session};

/// Empty frames that a source may make in a row before the driver gets its turn.
const MAX_EMPTY_FRAMES: u32 = 1000;

/// A DATA frame under way.
pub(super) struct Sending<D> {
    stream_id: StreamId,
    /// Where the payload comes from, and its place in the queue; nothing for a FIN alone.
    source: Option<(Key, DataItem<D>)>,
    /// Before the read: the most it may give. Afterwards: the length of the payload.
    length: usize,
    flags: u8,
    eof: bool,
    /// The source has given a frame before, and goes on.
    pub(super) goes_on: bool,
}

/// Why DATA cannot go on.
enum Obstacle {
    /// Its stream cannot send, now or ever.
    Stream,
    /// Compat: also for a last, empty frame. Whether it is the last only the source knows, which is not asked while the
    /// window is closed.
    StreamWindow,
    SessionWindow,
}

impl<T: Default, D> Session<T, D> {
    /// Begins a DATA frame. What cannot be sent is dropped without a word, as nobody can be told.
    pub(super) fn start_data(
        &mut self,
        key: Key,
        item: DataItem<D>,
    ) -> Result<Option<SendEvent>, Fatal> {
        let room = match self.room_for_data(item.stream_id) {
            Ok(room) => room,
            Err(obstacle) => {
                self.put_aside(obstacle, key, item);
                return Ok(None);
            }
        };
        self.sender.sending = Some(Sending {
            stream_id: item.stream_id,
            source: Some((key, item)),
            length: room,
            flags: 0,
            eof: false,
            goes_on: false,
        });
        self.make_room()?;
        Ok(Some(self.ask_for_data()))
    }

    /// Ends the sending side of a stream, unless it cannot send.
    pub(super) fn start_fin(&mut self, stream_id: StreamId) -> Result<Option<SendEvent>, Fatal> {
        let Some(stream) = self.streams.live_mut(stream_id) else {
            return Ok(None);
        };
        stream.unqueue_fin();
        if !stream.can_send_data() {
            return Ok(None);
        }
        self.drop_parked(stream_id);
        self.sender.sending = Some(Sending {
            stream_id,
            source: None,
            length: 0,
            flags: flag::FIN,
            eof: true,
            goes_on: false,
        });
        self.make_room()?;
        self.begin_writing(DataHead {
            stream_id,
            flags: flag::FIN,
            length: 0,
        });
        Ok(Some(SendEvent::Write))
    }

    /// How much payload the next DATA frame of a stream may have, at least 1.
    fn room_for_data(&self, stream_id: StreamId) -> Result<usize, Obstacle> {
        let stream = self.streams.live(stream_id).ok_or(Obstacle::Stream)?;
        if !stream.can_send_data() || !stream.may_park() {
            return Err(Obstacle::Stream);
        }
        let mut room = self.max_data_payload as i64;
        if self.keeps_stream_windows() {
            room = room.min(self.stream_send_window(stream.send_credit));
            if room <= 0 {
                return Err(Obstacle::StreamWindow);
            }
        }
        if self.keeps_session_window() {
            room = room.min(self.send_window);
            if room <= 0 {
                return Err(Obstacle::SessionWindow);
            }
        }
        Ok(room as usize)
    }

    fn put_aside(&mut self, obstacle: Obstacle, key: Key, item: DataItem<D>) {
        match obstacle {
            Obstacle::Stream => {}
            Obstacle::StreamWindow => self.streams.park_stream_window(key, item),
            Obstacle::SessionWindow => {
                if let Some(stream) = self.streams.get_mut(item.stream_id) {
                    stream.parked = Some(Parked::SessionWindow(key));
                }
                self.queue.block(key, item);
            }
        }
    }

    /// The session window is open again for DATA that waited for it.
    pub(super) fn restart_blocked(
        &mut self,
        key: Key,
        item: DataItem<D>,
    ) -> Result<Option<SendEvent>, Fatal> {
        if let Some(stream) = self.streams.get_mut(item.stream_id) {
            stream.parked = None;
        }
        self.start_data(key, item)
    }

    /// Makes room for the payload of the frame under way.
    pub(super) fn make_room(&mut self) -> Result<(), Fatal> {
        let length = self
            .sender
            .sending
            .as_ref()
            .map_or(0, |sending| sending.length);
        if !self.sender.data_output().make_room(length) {
            return Err(Fatal::NoMemory);
        }
        self.sender.phase = Phase::Reading;
        Ok(())
    }

    /// Asks for the payload of the frame under way.
    #[inline]
    pub(super) fn ask_for_data(&self) -> SendEvent {
        let (stream_id, max_length) = match &self.sender.sending {
            Some(sending) => (sending.stream_id, sending.length as u32),
            None => (0, 0),
        };
        SendEvent::ReadData {
            stream_id,
            max_length,
        }
    }

    /// The source that [`SendEvent::ReadData`] asks, to be read from.
    pub fn data_source_mut(&mut self) -> Option<&mut D> {
        let (_, item) = self.sender.sending.as_mut()?.source.as_mut()?;
        Some(&mut item.source)
    }

    /// Answers [`SendEvent::ReadData`]; the payload is in [`Output::payload_mut`](crate::session::Output::payload_mut) of what
    /// [`take_output`](Self::take_output) gave, and that is given back before this call.
    pub fn data_read(&mut self, outcome: ReadOutcome) {
        if self.sender.phase != Phase::Reading {
            return;
        }
        self.sender.phase = Phase::Idle;
        let keeps_stream_windows = self.keeps_stream_windows();
        let keeps_session_window = self.keeps_session_window();
        let Some(sending) = &mut self.sender.sending else {
            return;
        };
        let stream_id = sending.stream_id;
        // The stream may have gone while the source was read.
        let Some(stream) = self.streams.live_mut(stream_id) else {
            self.sender.sending = None;
            return;
        };
        let ReadOutcome::Data { length, eof } = outcome else {
            let source = self
                .sender
                .sending
                .take()
                .and_then(|sending| sending.source);
            match (outcome, source) {
                (ReadOutcome::Deferred, Some((key, item))) if stream.may_park() => {
                    self.streams.defer(key, item);
                }
                (ReadOutcome::Reset, _) => self.reset(stream_id, status::INTERNAL_ERROR),
                _ => {}
            }
            return;
        };
        let length = length.min(sending.length);
        if keeps_stream_windows {
            stream.send_credit -= length as i64;
        }
        if keeps_session_window {
            self.send_window -= length as i64;
        }
        let ends_stream = eof && sending.source.as_ref().is_some_and(|(_, item)| item.fin);
        sending.length = length;
        sending.eof = eof;
        sending.flags = if ends_stream { flag::FIN } else { 0 };
        let head = DataHead {
            stream_id,
            flags: sending.flags,
            length: length as u32,
        };
        self.begin_writing(head);
    }

    /// Puts the head before the payload; from now on the frame goes out, whatever happens.
    fn begin_writing(&mut self, head: DataHead) {
        let length = head.length as usize;
        self.sender.output.finish_data(head.encode(), length);
        self.sender.phase = Phase::WritingData;
    }

    pub(super) fn write_data(&mut self) -> SendEvent {
        if !self.sender.output.is_written() {
            return SendEvent::Write;
        }
        self.sender.phase = Phase::DataWritten;
        let (flags, stream_id, length) = match &self.sender.sending {
            Some(sending) => (sending.flags, sending.stream_id, sending.length as u32),
            None => (0, 0, 0),
        };
        SendEvent::DataSend {
            flags,
            stream_id,
            length,
        }
    }

    /// The frame is written and the application was told: end the stream's sending side, or go on. True if the same
    /// source is to be asked again at once.
    pub(super) fn finish_data(&mut self) -> bool {
        self.sender.phase = Phase::Idle;
        self.sender.output.reset();
        let Some(sending) = &self.sender.sending else {
            return false;
        };
        let stream_id = sending.stream_id;
        // The stream may have been reset while the frame was written, and that was the end of its body.
        let stream = self.streams.live(stream_id);
        let goes_on = !sending.eof && stream.is_some_and(Stream::can_send_data);
        let source = sending.source.as_ref().filter(|_| goes_on);
        let Some(priority) = source.map(|(key, _)| key.priority) else {
            if sending.flags & flag::FIN != 0 {
                if let Some(stream) = self.streams.get_mut(stream_id) {
                    stream.end_sending();
                }
                self.close_if_finished(stream_id);
            }
            self.sender.sending = None;
            return false;
        };
        // Compat: empty frames for ever are the source's own doing; but the driver gets to run now and then.
        self.sender.empty_frames = if sending.length == 0 {
            self.sender.empty_frames + 1
        } else {
            0
        };
        self.sender.is_pausing = self.sender.empty_frames >= MAX_EMPTY_FRAMES;
        self.unpark_opened_windows();
        let next = self.queue.next(self.permit());
        let is_overtaken = next.is_some_and(|(next, _)| next.priority <= priority);
        if is_overtaken || self.sender.is_pausing {
            if let Some((_, item)) = self.take_source() {
                self.queue.push(priority, Item::Data(item));
            }
            return false;
        }
        match self.room_for_data(stream_id) {
            Ok(room) => {
                if let Some(sending) = &mut self.sender.sending {
                    sending.length = room;
                    sending.goes_on = true;
                }
                true
            }
            Err(obstacle) => {
                if let Some((key, item)) = self.take_source() {
                    self.put_aside(obstacle, key, item);
                }
                false
            }
        }
    }

    /// Stops asking the source of the frame that is written.
    fn take_source(&mut self) -> Option<(Key, DataItem<D>)> {
        self.sender.sending.take()?.source
    }
}
