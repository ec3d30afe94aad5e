//! The outbound stepper: takes items off the queue and makes frames of them, one event at a time.
//!
//! [`control`] holds the rules and effects of control frames, [`data`] those of DATA, [`output`] the bytes of the frame
//! under way. What is left to do after an event waits here as ids and flags, without a reference to anything.

mod control;
mod data;
mod output;

use std::collections::VecDeque;

use crate::error::Fatal;
use crate::frame::{Frame, StreamId};
use crate::session::event::SendEvent;
use crate::session::queue::Source;
use crate::session::Session;
use control::Effect;
use data::Sending;
pub use output::Output;
use output::KEPT_DATA_CAPACITY;

/// The state of the outbound stepper.
pub(super) struct Sender<D> {
    phase: Phase,
    /// The control frame that the events speak of.
    frame: Option<Frame>,
    /// What that frame does once it is written.
    effect: Effect<D>,
    /// The DATA frame under way.
    sending: Option<Sending<D>>,
    output: Output,
    /// The memory of the other kind of frame: room for payload, once made, is not to be filled with zeros again.
    idle_output: Output,
    output_has_room: bool,
    after: VecDeque<After>,
    /// Memory for header blocks before compression.
    scratch: Vec<u8>,
    /// Empty DATA frames in a row.
    empty_frames: u32,
    /// The driver gets its turn before the next frame.
    is_pausing: bool,
}

impl<D> Default for Sender<D> {
    fn default() -> Self {
        Sender {
            phase: Phase::Idle,
            frame: None,
            effect: Effect::Nothing,
            sending: None,
            output: Output::default(),
            idle_output: Output::default(),
            output_has_room: false,
            after: VecDeque::new(),
            scratch: Vec::new(),
            empty_frames: 0,
            is_pausing: false,
        }
    }
}

impl<D> Sender<D> {
    /// Whether a frame is under way.
    ///
    /// Compat: not while a source is asked for the first time, as nothing may come of it; until the close of a stream
    /// that the frame ends is reported.
    pub(super) fn is_busy(&self) -> bool {
        match self.phase {
            Phase::Idle => false,
            Phase::Reading => self.sending.as_ref().is_some_and(|sending| sending.goes_on),
            _ => true,
        }
    }

    /// There is nothing to send: gives back the room for payload, unless it is small.
    fn rest(&mut self) {
        let output = if self.output_has_room {
            &mut self.output
        } else {
            &mut self.idle_output
        };
        output.reset_and_shrink(KEPT_DATA_CAPACITY);
    }

    /// The memory for a control frame.
    fn control_output(&mut self) -> &mut Output {
        self.choose_output(false)
    }

    /// The memory for a DATA frame.
    fn data_output(&mut self) -> &mut Output {
        self.choose_output(true)
    }

    fn choose_output(&mut self, has_room: bool) -> &mut Output {
        if self.output_has_room != has_room {
            self.output_has_room = has_room;
            std::mem::swap(&mut self.output, &mut self.idle_output);
        }
        &mut self.output
    }
}

/// Where the frame under way is. What it is stays in its place while it moves on, as this runs once per event.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// There is none.
    Idle,
    /// The bytes of a control frame are going out.
    WritingControl,
    /// The driver was told that it is written.
    ControlWritten,
    /// The driver is asked for payload.
    Reading,
    /// The bytes of a DATA frame are going out.
    WritingData,
    /// The driver was told that it is written.
    DataWritten,
    /// The driver is told what follows from it.
    Reporting,
}

/// What one frame can leave to be done.
const MOST_AFTER_FRAME: usize = 2;

/// What is to be done once the application has seen the event before.
enum After {
    Close {
        stream_id: StreamId,
        status: u32,
    },
    /// The close was reported.
    Remove(StreamId),
}

impl<T: Default, D> Session<T, D> {
    /// Takes the next step of sending; `None` when nothing can be sent at the moment.
    ///
    /// After [`SendEvent::Write`], say with [`advance_output`](Self::advance_output) how much went out; as long as
    /// something is left the same event comes again, so when the socket is full just stop calling.
    ///
    /// # Errors
    /// [`Fatal::NoMemory`]; the session cannot go on then.
    pub fn send_step(&mut self) -> Result<Option<SendEvent>, Fatal> {
        loop {
            // Each arm returns its event itself: gathering them first would copy every event once more.
            if let Some(after) = self.sender.after.pop_front() {
                if let Some(event) = self.finish_send(after) {
                    return Ok(Some(event));
                }
                continue;
            }
            match self.sender.phase {
                Phase::Idle => {
                    if std::mem::take(&mut self.sender.is_pausing) {
                        return Ok(None);
                    }
                    self.reserve_for_step()?;
                    self.unpark_opened_windows();
                    let Some((_, source)) = self.queue.next(self.permit()) else {
                        if self.finish_draining() {
                            continue;
                        }
                        self.sender.rest();
                        return Ok(None);
                    };
                    if let Some(event) = self.start_next(source)? {
                        return Ok(Some(event));
                    }
                }
                Phase::WritingControl => return Ok(Some(self.write_control())),
                Phase::ControlWritten => {
                    self.reserve_for_step()?;
                    self.finish_control();
                }
                Phase::Reading => return Ok(Some(self.ask_for_data())),
                Phase::WritingData => return Ok(Some(self.write_data())),
                Phase::DataWritten => {
                    self.reserve_for_step()?;
                    if self.finish_data() {
                        self.make_room()?;
                        return Ok(Some(self.ask_for_data()));
                    }
                }
                Phase::Reporting => self.sender.phase = Phase::Idle,
            }
        }
    }

    fn start_next(&mut self, source: Source) -> Result<Option<SendEvent>, Fatal> {
        self.sender.frame = None;
        self.sender.output.reset();
        match source {
            Source::SynStreams => match self.queue.pop_syn_stream() {
                Some(item) => self.start_syn_stream(item),
                None => Ok(None),
            },
            Source::Others => match self.queue.pop() {
                Some((key, item)) => self.start_item(key, item),
                None => Ok(None),
            },
            Source::Blocked => match self.queue.pop_blocked() {
                Some((key, item)) => self.restart_blocked(key, item),
                None => Ok(None),
            },
        }
    }

    fn finish_send(&mut self, after: After) -> Option<SendEvent> {
        match after {
            After::Close { stream_id, status } => {
                if !self.report_close(stream_id) {
                    return None;
                }
                self.sender.after.push_front(After::Remove(stream_id));
                Some(SendEvent::StreamClose { stream_id, status })
            }
            After::Remove(stream_id) => {
                self.remove_stream(stream_id);
                None
            }
        }
    }

    /// Makes room for what a step may queue and leave to be done, so that it need not stop half-way.
    fn reserve_for_step(&mut self) -> Result<(), Fatal> {
        let after = self.sender.after.try_reserve(MOST_AFTER_FRAME);
        if after.is_err() || !self.queue.reserve_for_step() {
            return Err(Fatal::NoMemory);
        }
        Ok(())
    }

    /// Closes a stream, once the application has been told about the frame, if both directions have ended.
    fn close_if_finished(&mut self, stream_id: StreamId) {
        if self.is_finished(stream_id) {
            self.close_after_frame(stream_id, super::status::OK);
        }
    }

    /// Closes a stream because of the frame that is written.
    fn close_after_frame(&mut self, stream_id: StreamId, status: u32) {
        self.sender.phase = Phase::Reporting;
        self.sender
            .after
            .push_back(After::Close { stream_id, status });
    }

    /// The control frame that the last event speaks of.
    pub fn sending_frame(&self) -> Option<&Frame> {
        self.sender.frame.as_ref()
    }

    /// The id of the PING of this end that is being written: what an application measures round trips by.
    pub fn sending_ping(&self) -> Option<u32> {
        match self.sender.effect {
            Effect::Ping { id } => Some(id),
            _ => None,
        }
    }

    /// Moves that frame out, so that it can be shown while the session is used. Give it back afterwards.
    pub fn take_sending_frame(&mut self) -> Option<Frame> {
        self.sender.frame.take()
    }

    /// Gives back what [`take_sending_frame`](Self::take_sending_frame) took, before the next step.
    pub fn restore_sending_frame(&mut self, frame: Frame) {
        self.sender.frame = Some(frame);
    }

    /// The bytes of the frame under way that are not written yet.
    pub fn output(&self) -> &[u8] {
        self.sender.output.remaining()
    }

    /// Counts bytes as written; more than are left count as all.
    ///
    /// Once all are, the peer's answer may be received, also before the next step, which tells that the frame is sent.
    pub fn advance_output(&mut self, written: usize) {
        self.sender.output.advance(written);
        if self.sender.phase == Phase::WritingControl && self.sender.output.is_written() {
            self.expect_answer();
        }
    }

    /// Moves the bytes out, so that they can be written, or payload be read into them, while the session is used.
    /// Give them back before the next step.
    pub fn take_output(&mut self) -> Output {
        std::mem::take(&mut self.sender.output)
    }

    /// Gives back what [`take_output`](Self::take_output) took.
    pub fn restore_output(&mut self, output: Output) {
        self.sender.output = output;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::HeaderBlock;
    use crate::session::event::ReadOutcome;
    use crate::version::Version;

    /// Sends all there is, with sources that give all they are asked for; the most memory that was held meanwhile.
    fn send_all(session: &mut Session<(), usize>) -> usize {
        let mut most = 0;
        while let Some(event) = session.send_step().expect("memory") {
            most = most.max(held(session));
            match event {
                SendEvent::Write => session.advance_output(usize::MAX),
                SendEvent::ReadData { max_length, .. } => {
                    let left = session.data_source_mut().expect("a source");
                    let length = (*left).min(max_length as usize);
                    *left -= length;
                    let eof = *left == 0;
                    session.data_read(ReadOutcome::Data { length, eof });
                }
                _ => {}
            }
        }
        most
    }

    fn held(session: &Session<(), usize>) -> usize {
        session.sender.output.capacity() + session.sender.idle_output.capacity()
    }

    #[test]
    fn room_for_large_payloads_is_held_only_while_they_are_sent() {
        let mut session = Session::client(Version::Spdy2);
        session.set_max_data_payload(1 << 20).expect("in range");
        session
            .submit_request(0, HeaderBlock::default(), None, ())
            .expect("an id");
        assert!(send_all(&mut session) < 4096, "not before it is needed");
        for _ in 0..2 {
            session
                .submit_request(0, HeaderBlock::default(), Some(5 << 20), ())
                .expect("an id");
            assert!(send_all(&mut session) > 1 << 20);
            assert!(held(&session) < 2 * 4096);
        }
        session.set_max_data_payload(4096).expect("in range");
        session
            .submit_request(0, HeaderBlock::default(), Some(10_000), ())
            .expect("an id");
        send_all(&mut session);
        assert!(held(&session) > 4096, "what is small is kept");
    }
}
