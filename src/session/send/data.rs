//! DATA going out: when it may, how much of it, and whose turn is next.

use super::{Phase, Progress};
use crate::frame::{flag, DataHead, StreamId};
use crate::session::event::{ReadOutcome, SendEvent};
use crate::session::queue::{DataItem, Item, Key};
use crate::session::{status, Session};
use crate::stream::Parked;

/// The largest payload of a DATA frame, bytes.
const MAX_PAYLOAD: usize = 4096;

/// Empty frames that a source may make in a row before the driver gets its turn.
const MAX_EMPTY_FRAMES: u32 = 1000;

/// A DATA frame under way.
pub(super) struct Sending<D> {
    key: Key,
    item: DataItem<D>,
    /// Before the read: the most it may give. Afterwards: the length of the payload.
    length: usize,
    flags: u8,
    eof: bool,
}

impl<T: Default, D> Session<T, D> {
    /// Begins a DATA frame. What cannot be sent is dropped without a word, as nobody can be told.
    pub(super) fn start_data(&mut self, key: Key, item: DataItem<D>) -> Progress {
        let stream_id = item.stream_id;
        let Some(stream) = self.streams.live(stream_id) else {
            return Progress::Again;
        };
        let is_sendable = !stream.is_sending_ended()
            && stream.parked.is_none()
            && !stream.is_closing()
            && stream.is_open_for_sending();
        if !is_sendable {
            return Progress::Again;
        }
        let mut room = MAX_PAYLOAD as i64;
        if self.has_stream_windows() {
            room = room.min(self.stream_send_window(stream.send_credit));
            if room <= 0 {
                self.streams.park_stream_window(key, item);
                return Progress::Again;
            }
        }
        if self.has_session_window() {
            room = room.min(self.send_window);
            if room <= 0 {
                self.park(stream_id, Parked::SessionWindow(key));
                self.queue.block(key, item);
                return Progress::Again;
            }
        }
        self.ask_for_data(Sending {
            key,
            item,
            length: room as usize,
            flags: 0,
            eof: false,
        })
    }

    /// The session window is open again for DATA that waited for it.
    pub(super) fn restart_blocked(&mut self, key: Key, item: DataItem<D>) -> Progress {
        if let Some(stream) = self.streams.get_mut(item.stream_id) {
            stream.parked = None;
        }
        self.start_data(key, item)
    }

    fn park(&mut self, stream_id: StreamId, parked: Parked<D>) {
        if let Some(stream) = self.streams.get_mut(stream_id) {
            stream.parked = Some(parked);
        }
    }

    pub(super) fn ask_for_data(&mut self, sending: Sending<D>) -> Progress {
        if !self.sender.output.make_room(sending.length) {
            return Progress::Rest;
        }
        let event = SendEvent::ReadData {
            stream_id: sending.item.stream_id,
            max_length: sending.length,
        };
        self.sender.phase = Phase::Reading(sending);
        Progress::Event(event)
    }

    /// The source that [`SendEvent::ReadData`] asks, to be read from.
    pub fn data_source_mut(&mut self) -> Option<&mut D> {
        match &mut self.sender.phase {
            Phase::Reading(sending) => Some(&mut sending.item.source),
            _ => None,
        }
    }

    /// Answers [`SendEvent::ReadData`]; the payload is in [`Output::payload_mut`](super::Output::payload_mut) of what
    /// [`take_output`](Self::take_output) gave, and that is given back before this call.
    pub fn data_read(&mut self, outcome: ReadOutcome) {
        let phase = std::mem::replace(&mut self.sender.phase, Phase::Idle);
        let Phase::Reading(mut sending) = phase else {
            self.sender.phase = phase;
            return;
        };
        let stream_id = sending.item.stream_id;
        // The stream may have gone while the source was read.
        let Some(stream) = self
            .streams
            .get_mut(stream_id)
            .filter(|stream| !stream.is_close_reported())
        else {
            return;
        };
        let (length, eof) = match outcome {
            ReadOutcome::Data { length, eof } => (length.min(sending.length), eof),
            ReadOutcome::Deferred => {
                if stream.parked.is_none() {
                    stream.parked = Some(Parked::Deferred(sending.key, sending.item));
                }
                return;
            }
            ReadOutcome::Reset => return self.reset(stream_id, status::INTERNAL_ERROR),
            ReadOutcome::Abandon => return,
        };
        stream.send_credit -= length as i64;
        if self.has_session_window() {
            self.send_window -= length as i64;
        }
        sending.length = length;
        sending.eof = eof;
        sending.flags = if eof && sending.item.fin {
            flag::FIN
        } else {
            0
        };
        let head = DataHead {
            stream_id,
            flags: sending.flags,
            length: length as u32,
        };
        self.sender.output.finish_data(head.encode(), length);
        self.sender.phase = Phase::WritingData(sending);
    }

    pub(super) fn write_data(&mut self, sending: Sending<D>) -> Progress {
        if !self.sender.output.is_written() {
            self.sender.phase = Phase::WritingData(sending);
            return Progress::Event(SendEvent::Write);
        }
        let (flags, stream_id) = (sending.flags, sending.item.stream_id);
        let length = sending.length as u32;
        self.sender.phase = Phase::DataWritten(sending);
        Progress::Event(SendEvent::DataSend {
            flags,
            stream_id,
            length,
        })
    }

    /// The frame is written and the application was told: end the stream's sending side, or go on.
    pub(super) fn finish_data(&mut self, sending: Sending<D>) -> Progress {
        let stream_id: StreamId = sending.item.stream_id;
        if sending.eof {
            if sending.flags & flag::FIN != 0 {
                if let Some(stream) = self.streams.get_mut(stream_id) {
                    stream.end_sending();
                }
                self.close_if_finished(stream_id);
            }
            return Progress::Again;
        }
        self.sender.output.reset();
        if sending.length == 0 {
            self.sender.empty_frames += 1;
        } else {
            self.sender.empty_frames = 0;
        }
        self.unpark_opened_windows();
        let Sending { key, item, .. } = sending;
        // Compat: empty frames for ever are the source's own doing; but the driver gets to run now and then.
        if self.sender.empty_frames >= MAX_EMPTY_FRAMES {
            self.sender.empty_frames = 0;
            self.queue.push(key.priority, Item::Data(item));
            return Progress::Rest;
        }
        match self.queue.next(self.permit()) {
            Some((next, _)) if next.priority <= key.priority => {
                self.queue.push(key.priority, Item::Data(item));
                Progress::Again
            }
            _ => self.start_data(key, item),
        }
    }
}
