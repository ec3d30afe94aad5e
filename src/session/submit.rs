//! Queueing frames. Nothing is written here; [`send_step`](super::Session::send_step) does that.

use crate::error::SubmitError;
use crate::frame::{self, flag, StreamId};
use crate::header::HeaderBlock;
use crate::session::queue::{DataItem, Item, PRIORITY_PING, PRIORITY_SETTINGS};
use crate::session::settings::Settings;
use crate::session::{http, Session};

/// The largest id of streams and PINGs.
const MAX_ID: u32 = 0x7fff_ffff;

impl<T: Default, D> Session<T, D> {
    /// Queues a request: SYN_STREAM, and DATA with FIN if there is a body.
    ///
    /// `priority` is cut to [`lowest_priority`](Self::lowest_priority). The id is given now and shows in the frame when
    /// it is sent; SYN_STREAMs go out in the order of their ids.
    ///
    /// # Errors
    /// [`SubmitError::StreamIdNotAvailable`] once the ids are used up, [`SubmitError::NoMemory`] if the queue is full,
    /// [`SubmitError::InvalidArgument`] if the headers break [the rules](Self::set_http_rules).
    pub fn submit_request(
        &mut self,
        priority: u8,
        block: HeaderBlock,
        body: Option<D>,
        user_data: T,
    ) -> Result<StreamId, SubmitError> {
        if self.has_http_rules && !http::is_request(&block) {
            return Err(SubmitError::InvalidArgument);
        }
        let flags = if body.is_some() { 0 } else { flag::FIN };
        self.queue_syn_stream(flags, 0, priority, block, body, user_data)
    }

    /// Queues a SYN_STREAM without any DATA of its own.
    ///
    /// Of `flags`, FIN and UNIDIRECTIONAL count. `assoc_stream_id` names the stream that a push belongs to; a client's
    /// is always 0. Whether that stream exists is seen when the frame is sent.
    ///
    /// # Errors
    /// [`SubmitError::StreamIdNotAvailable`] once the ids are used up, [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_syn_stream(
        &mut self,
        flags: u8,
        assoc_stream_id: StreamId,
        priority: u8,
        block: HeaderBlock,
        user_data: T,
    ) -> Result<StreamId, SubmitError> {
        let flags = flags & (flag::FIN | flag::UNIDIRECTIONAL);
        let assoc_stream_id = match self.role {
            super::Role::Client => 0,
            super::Role::Server => assoc_stream_id,
        };
        self.queue_syn_stream(flags, assoc_stream_id, priority, block, None, user_data)
    }

    fn queue_syn_stream(
        &mut self,
        flags: u8,
        assoc_stream_id: StreamId,
        priority: u8,
        block: HeaderBlock,
        body: Option<D>,
        user_data: T,
    ) -> Result<StreamId, SubmitError> {
        self.check_room()?;
        if self.next_stream_id > MAX_ID {
            return Err(SubmitError::StreamIdNotAvailable);
        }
        let stream_id = self.next_stream_id as StreamId;
        self.next_stream_id += 2;
        let priority = priority.min(self.profile.lowest_priority);
        let frame = frame::SynStream::new(
            self.profile.layout,
            flags,
            stream_id,
            assoc_stream_id,
            priority,
            block,
        );
        // Compat: SYN_STREAMs keep the order of their ids, which are given now, whatever their priority: the lowest is the same for all.
        self.queue
            .push_syn_stream(self.profile.lowest_priority as i8, frame, user_data, body);
        Ok(stream_id)
    }

    /// Queues the reply to a peer's stream: SYN_REPLY, and DATA with FIN if there is a body.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full, [`SubmitError::InvalidArgument`] if the headers break
    /// [the rules](Self::set_http_rules). Whether the stream can be replied to is seen when it is sent.
    pub fn submit_response(
        &mut self,
        stream_id: StreamId,
        block: HeaderBlock,
        body: Option<D>,
    ) -> Result<(), SubmitError> {
        if self.has_http_rules && !http::is_response(&block) {
            return Err(SubmitError::InvalidArgument);
        }
        let flags = if body.is_some() { 0 } else { flag::FIN };
        self.queue_syn_reply(flags, stream_id, block, body)
    }

    /// Queues a SYN_REPLY without any DATA of its own; of `flags`, FIN counts.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full. Whether the stream can be replied to is seen when it is sent.
    pub fn submit_syn_reply(
        &mut self,
        flags: u8,
        stream_id: StreamId,
        block: HeaderBlock,
    ) -> Result<(), SubmitError> {
        self.queue_syn_reply(flags & flag::FIN, stream_id, block, None)
    }

    fn queue_syn_reply(
        &mut self,
        flags: u8,
        stream_id: StreamId,
        block: HeaderBlock,
        body: Option<D>,
    ) -> Result<(), SubmitError> {
        self.check_room()?;
        let frame = frame::SynReply::new(self.profile.layout, flags, stream_id, block);
        self.queue.push(
            self.priority_for(stream_id),
            Item::SynReply(Box::new(frame), body),
        );
        Ok(())
    }

    /// Queues HEADERS; of `flags`, FIN counts.
    ///
    /// # Errors
    /// As [`submit_syn_reply`](Self::submit_syn_reply).
    pub fn submit_headers(
        &mut self,
        flags: u8,
        stream_id: StreamId,
        block: HeaderBlock,
    ) -> Result<(), SubmitError> {
        self.check_room()?;
        let frame = frame::Headers::new(self.profile.layout, flags & flag::FIN, stream_id, block);
        self.queue
            .push(self.priority_for(stream_id), Item::Headers(Box::new(frame)));
        Ok(())
    }

    /// Queues DATA: one source, as many frames as it takes. With FIN in `flags`, its end ends the sending side.
    ///
    /// Compat: DATA for a stream that cannot send when its turn comes is dropped without a word, as in 1.4; so is DATA
    /// queued by hand behind a response that was not sent yet.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_data(
        &mut self,
        stream_id: StreamId,
        flags: u8,
        source: D,
    ) -> Result<(), SubmitError> {
        self.check_room()?;
        self.queue_data(DataItem {
            stream_id,
            fin: flags & flag::FIN != 0,
            source,
        });
        Ok(())
    }

    pub(super) fn queue_data(&mut self, item: DataItem<D>) {
        self.queue
            .push(self.priority_for(item.stream_id), Item::Data(item));
    }

    /// Ends the sending side of a stream, by an empty DATA frame with FIN at the stream's priority.
    ///
    /// DATA of the stream that was queued before, deferred or waits for a window is dropped; a frame under way is
    /// completed. A SYN_STREAM that still waits is sent with FIN itself, and without its body. Like DATA, the frame is
    /// dropped if the stream cannot send when its turn comes.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_fin(&mut self, stream_id: StreamId) -> Result<(), SubmitError> {
        if let Some(item) = self.queue.syn_stream_mut(stream_id) {
            item.frame.head.flags |= flag::FIN;
            item.body = None;
            return Ok(());
        }
        self.check_room()?;
        if let Some(stream) = self.streams.get_mut(stream_id) {
            stream.queue_fin();
        }
        self.drop_parked(stream_id);
        self.queue
            .push(self.priority_for(stream_id), Item::Fin(stream_id));
        Ok(())
    }

    /// Asks a source again that had [nothing](super::event::ReadOutcome::Deferred) before.
    ///
    /// # Errors
    /// [`SubmitError::InvalidArgument`] if there is no such stream, or nothing is deferred on it;
    /// [`SubmitError::NoMemory`].
    pub fn resume_data(&mut self, stream_id: StreamId) -> Result<(), SubmitError> {
        if !self.queue.reserve() {
            return Err(SubmitError::NoMemory);
        }
        let (key, item) = self
            .streams
            .take_deferred(stream_id)
            .ok_or(SubmitError::InvalidArgument)?;
        self.queue.push_back_at(key, Item::Data(item));
        Ok(())
    }

    /// Queues RST_STREAM with any status; the stream, if there is one, takes no other frame from now on.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_rst_stream(
        &mut self,
        stream_id: StreamId,
        status: u32,
    ) -> Result<(), SubmitError> {
        self.check_room()?;
        self.queue_reset(stream_id, status, false);
        Ok(())
    }

    /// Queues a PING with the next id of this end; only the answer to the last one sent is noticed.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_ping(&mut self) -> Result<(), SubmitError> {
        self.check_room()?;
        let id = self.next_ping_id;
        self.next_ping_id = if id + 2 > MAX_ID {
            self.role.first_id()
        } else {
            id + 2
        };
        self.queue
            .push(PRIORITY_PING, Item::Ping { id, reply: false });
        Ok(())
    }

    /// Queues GOAWAY, which names the last stream of the peer seen up to now. SPDY/2 has no status in it.
    ///
    /// # Errors
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_goaway(&mut self, status: u32) -> Result<(), SubmitError> {
        self.check_room()?;
        self.queue_goaway(status);
        Ok(())
    }

    /// Queues SETTINGS. The values hold for this end from now on, not from when the peer has them.
    ///
    /// # Errors
    /// [`SubmitError::InvalidArgument`] if an id is unknown or stands twice, [`SubmitError::NoMemory`].
    pub fn submit_settings(
        &mut self,
        flags: u8,
        mut entries: Vec<frame::SettingsEntry>,
    ) -> Result<(), SubmitError> {
        self.check_room()?;
        entries.sort_by_key(|entry| entry.id);
        let is_twice = entries.windows(2).any(|pair| pair[0].id == pair[1].id);
        if is_twice || entries.iter().any(|entry| !Settings::is_known(entry.id)) {
            return Err(SubmitError::InvalidArgument);
        }
        for entry in &entries {
            self.local.set(entry.id, entry.value);
        }
        let frame = frame::Settings::new(self.profile.layout, flags, entries);
        self.queue
            .push(PRIORITY_SETTINGS, Item::Settings(Box::new(frame)));
        Ok(())
    }

    /// Queues WINDOW_UPDATE for a stream, or for the session with stream 0. Never sent in SPDY/2.
    ///
    /// # Errors
    /// [`SubmitError::InvalidArgument`] for a delta below 1, [`SubmitError::StreamClosed`] without such a stream,
    /// [`SubmitError::NoMemory`] if the queue is full.
    pub fn submit_window_update(
        &mut self,
        stream_id: StreamId,
        delta: i32,
    ) -> Result<(), SubmitError> {
        let Some(delta) = u32::try_from(delta).ok().filter(|delta| *delta > 0) else {
            return Err(SubmitError::InvalidArgument);
        };
        self.check_room()?;
        match stream_id {
            0 => self.receive.grant(delta),
            _ => self
                .streams
                .get_mut(stream_id)
                .ok_or(SubmitError::StreamClosed)?
                .receive
                .grant(delta),
        }
        self.queue.push(
            self.priority_for(stream_id),
            Item::WindowUpdate {
                stream_id,
                delta,
                automatic: false,
            },
        );
        Ok(())
    }

    fn check_room(&mut self) -> Result<(), SubmitError> {
        if self.queue.has_room() && self.queue.reserve() {
            Ok(())
        } else {
            Err(SubmitError::NoMemory)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::event::{RecvEvent, SendEvent};
    use crate::version::Version;

    type TestSession = Session<(), ()>;

    fn sessions() -> [TestSession; 2] {
        [
            Session::client(Version::Spdy3_1),
            Session::server(Version::Spdy3_1),
        ]
    }

    fn push(session: &mut TestSession) -> Result<StreamId, SubmitError> {
        session.submit_syn_stream(flag::FIN, 0, 0, HeaderBlock::default(), ())
    }

    fn wire(session: &mut TestSession) -> Vec<u8> {
        let mut wire = Vec::new();
        while let Some(event) = session.send_step().unwrap() {
            if let SendEvent::Write = event {
                wire.extend_from_slice(session.output());
                session.advance_output(session.output().len());
            }
        }
        wire
    }

    #[test]
    fn stream_ids_end_with_the_last_of_31_bits() {
        for (mut session, last) in sessions().into_iter().zip([0x7fff_ffff, 0x7fff_fffe]) {
            session.next_stream_id = last as u32 - 2;
            assert_eq!(push(&mut session), Ok(last - 2));
            assert_eq!(push(&mut session), Ok(last));
            for _ in 0..3 {
                assert_eq!(push(&mut session), Err(SubmitError::StreamIdNotAvailable));
            }
            assert_eq!(session.outbound_queue_size(), 2);
            let wire = wire(&mut session);
            let stream_id = u32::from_be_bytes([wire[8], wire[9], wire[10], wire[11]]);
            assert_eq!(stream_id, last as u32 - 2);
            assert!(session.stream_user_data(last).is_some());
            // Everything else goes on.
            session.submit_ping().unwrap();
        }
    }

    #[test]
    fn ping_ids_begin_anew_after_the_last_of_31_bits() {
        for (mut session, last) in sessions().into_iter().zip([0x7fff_ffffu32, 0x7fff_fffe]) {
            let first = session.next_ping_id;
            session.next_ping_id = last - 2;
            for expected in [last - 2, last, first, first + 2] {
                session.submit_ping().unwrap();
                let ping = wire(&mut session);
                assert_eq!(ping[8..], expected.to_be_bytes());
                // The answer has the id of the PING, and is recognized by it.
                assert_eq!(session.last_ping_id, expected);
                let event = session.recv_step(&mut ping.as_slice()).unwrap();
                assert!(matches!(event, Some(RecvEvent::CtrlRecv(_))));
                assert_eq!(session.last_ping_id, 0);
                assert_eq!(wire(&mut session), []);
            }
        }
    }
}
