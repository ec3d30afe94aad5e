//! The inbound stepper: bytes in, one event at a time out.
//!
//! [`intake`] cuts bytes into frames, [`control`] judges control frames, [`data`] handles DATA. What is left to do after
//! an event waits here as [`After`], without a reference to anything.

mod control;
mod data;
mod intake;

use std::collections::VecDeque;

use crate::error::Fatal;
use crate::frame::{Frame, StreamId};
use crate::session::event::RecvEvent;
use crate::session::{status, Session};
use intake::{Intake, PartialHead};

/// Header blocks up to this size give their memory to the next one, bytes.
const SPARE_BLOCK: usize = 16 * 1024;

/// The state of the inbound stepper.
#[derive(Default)]
pub(super) struct Receiver {
    intake: Intake,
    head: PartialHead,
    after: VecDeque<After>,
    /// Memory for the next header block.
    spare: Vec<u8>,
}

/// What one frame can leave to be done.
const MOST_AFTER_FRAME: usize = 4;

/// What is to be done once the application has seen the event before.
enum After {
    /// Report that the peer's stream is complete.
    RequestRecv(StreamId),
    /// The frame had FIN.
    EndReceiving(StreamId),
    /// Report that the peer has ended its side.
    RemoteClose(StreamId),
    /// Close the stream if it has ended in both directions.
    CloseIfFinished(StreamId),
    /// Close the stream.
    Close { stream_id: StreamId, status: u32 },
    /// Report that a stream which never came to be is complete.
    ReportRequest(StreamId),
    /// Report that the peer has ended its side of such a stream.
    ReportRemoteClose(StreamId),
    /// Report the end of such a stream.
    ReportClose(StreamId),
    /// The close was reported.
    Remove(StreamId),
    /// The session failed.
    Fail(u32),
}

impl<T: Default, D> Session<T, D> {
    /// Takes input until something is worth telling; `None` when all input is taken.
    ///
    /// `input` is shortened by what was taken. Frames may be cut anywhere. Call again with the same slice after each
    /// event, and keep calling until `None`, even if the slice is empty by then. After the session has failed, input
    /// is dropped.
    ///
    /// # Errors
    /// [`Fatal::NoMemory`]; the session cannot go on then.
    pub fn recv_step<'i>(&mut self, input: &mut &'i [u8]) -> Result<Option<RecvEvent<'i>>, Fatal> {
        loop {
            while let Some(after) = self.receiver.after.pop_front() {
                if let Some(event) = self.finish_receive(after) {
                    return Ok(Some(event));
                }
            }
            if self.ending.failed {
                *input = &[];
                return Ok(None);
            }
            if input.is_empty() && !self.receiver.intake.is_complete() {
                return Ok(None);
            }
            let after = self.receiver.after.try_reserve(MOST_AFTER_FRAME);
            if after.is_err() || !self.queue.reserve_for_step() {
                return Err(Fatal::NoMemory);
            }
            // Heads and DATA are taken where they are, for speed; the others are moved out, to be put back if they are
            // not complete.
            let event = match self.receiver.intake {
                Intake::Data(_) => {
                    if let Some(event) = self.take_data(input) {
                        return Ok(Some(event));
                    }
                    continue;
                }
                Intake::Head => self.take_head(input)?,
                _ => match std::mem::take(&mut self.receiver.intake) {
                    Intake::Block(intake) => self.take_block(*intake, input)?,
                    Intake::Payload(intake) => self.take_payload(*intake, input)?,
                    Intake::Skip(intake) => self.skip_payload(*intake, input)?,
                    Intake::Head | Intake::Data(_) => None,
                },
            };
            if event.is_some() {
                return Ok(event);
            }
        }
    }

    /// Gives the memory of a frame that was handled back to the session, for the next header block.
    pub fn recycle(&mut self, frame: Frame) {
        let block = match frame {
            Frame::SynStream(frame) => frame.block,
            Frame::SynReply(frame) => frame.block,
            Frame::Headers(frame) => frame.block,
            _ => return,
        };
        let text = block.into_text();
        if text.capacity() <= SPARE_BLOCK {
            self.receiver.spare = text;
        }
    }

    fn finish_receive<'i>(&mut self, after: After) -> Option<RecvEvent<'i>> {
        match after {
            After::RequestRecv(stream_id) => {
                let is_live = self.streams.live(stream_id).is_some();
                is_live.then_some(RecvEvent::RequestRecv { stream_id })
            }
            After::EndReceiving(stream_id) => {
                self.streams.get_mut(stream_id)?.end_receiving();
                let after = &mut self.receiver.after;
                after.push_front(After::CloseIfFinished(stream_id));
                self.finish_receive(After::RemoteClose(stream_id))
            }
            After::RemoteClose(stream_id) => {
                let is_live = self.streams.live(stream_id).is_some();
                is_live.then_some(RecvEvent::StreamRemoteClose { stream_id })
            }
            After::CloseIfFinished(stream_id) => {
                if self.is_finished(stream_id) {
                    self.close_received(stream_id, status::OK)
                } else {
                    None
                }
            }
            After::Close { stream_id, status } => self.close_received(stream_id, status),
            After::ReportRequest(stream_id) => Some(RecvEvent::RequestRecv { stream_id }),
            After::ReportRemoteClose(stream_id) => Some(RecvEvent::StreamRemoteClose { stream_id }),
            After::ReportClose(stream_id) => Some(RecvEvent::StreamClose {
                stream_id,
                status: status::OK,
            }),
            After::Remove(stream_id) => {
                self.remove_stream(stream_id);
                None
            }
            After::Fail(status) => {
                self.fail(status);
                None
            }
        }
    }

    fn close_received<'i>(&mut self, stream_id: StreamId, status: u32) -> Option<RecvEvent<'i>> {
        if !self.report_close(stream_id) {
            return None;
        }
        self.receiver.after.push_front(After::Remove(stream_id));
        Some(RecvEvent::StreamClose { stream_id, status })
    }
}
