//! DATA frames: payload goes straight from the input to the application.

use super::intake::{take, Intake};
use crate::frame::{flag, DataHead};
use crate::session::event::RecvEvent;
use crate::session::stream::{Origin, State};
use crate::session::{status, Session};

pub(super) struct DataIntake {
    head: DataHead,
    remaining: u32,
    /// Decided when the frame begins; withdrawn if the stream is gone before the frame ends.
    delivers: bool,
}

impl DataIntake {
    pub(super) fn is_complete(&self) -> bool {
        self.remaining == 0
    }
}

impl<T: Default, D> Session<T, D> {
    pub(super) fn begin_data(&mut self, head: DataHead) -> DataIntake {
        let delivers = self
            .streams
            .live(head.stream_id)
            .is_some_and(|stream| stream.takes_data());
        DataIntake {
            head,
            remaining: head.length,
            delivers,
        }
    }

    pub(super) fn take_data<'i>(&mut self, input: &mut &'i [u8]) -> Option<RecvEvent<'i>> {
        let Intake::Data(intake) = &mut self.receiver.intake else {
            return None;
        };
        let (head, delivers) = (intake.head, intake.delivers);
        if intake.remaining == 0 {
            self.receiver.intake = Intake::Head;
            return self.complete_data(head);
        }
        let data = take(input, intake.remaining as usize);
        let DataHead {
            stream_id, flags, ..
        } = head;
        let length = data.len() as u32;
        intake.remaining -= length;
        let is_last = intake.remaining == 0 && flags & flag::FIN != 0;
        self.receive_on_session(length);
        if delivers && !self.ending.failed && self.receive_on_stream(stream_id, length, is_last) {
            return Some(RecvEvent::DataChunkRecv {
                flags,
                stream_id,
                data,
            });
        }
        if let Intake::Data(intake) = &mut self.receiver.intake {
            intake.delivers = false;
        }
        self.discard_on_session(length);
        None
    }

    /// The frame is complete; its stream may be in any state by now.
    fn complete_data<'i>(&mut self, head: DataHead) -> Option<RecvEvent<'i>> {
        let DataHead {
            stream_id,
            flags,
            length,
        } = head;
        let stream = self.streams.live(stream_id)?;
        if stream.is_closing() {
            return None;
        }
        let is_replied = stream.origin == Origin::Peer || stream.state() == State::Opened;
        if stream.is_receiving_ended() || !is_replied {
            self.fail(status::PROTOCOL_ERROR);
            return None;
        }
        if flags & flag::FIN != 0 {
            self.after_fin(stream_id);
        }
        Some(RecvEvent::DataRecv {
            flags,
            stream_id,
            length,
        })
    }
}
