//! Windows: what the session may still send, and what it owes the peer for what it received.
//!
//! Sending: a stream's window is the peer's INITIAL_WINDOW_SIZE plus the stream's own credit, so a SETTINGS frame
//! costs the same with one stream as with a hundred thousand. Receiving: two counters per window, as the API shows
//! them, and a third that notices a peer that ignores the window.
//!
//! Sources: SPDY/3 section 2.6.8; SPDY/3.1 adds the session window (stream 0).

use crate::error::SubmitError;
use crate::frame::StreamId;
use crate::session::queue::Item;
use crate::session::settings::id;
use crate::session::{status, Session, WindowUpdates};
use crate::version::FlowControl;

/// The initial size of every window in bytes, until SETTINGS says otherwise.
///
/// Exactly this: nginx opens the session window by 2147418111 at once, which reaches the maximum only from here.
pub const INITIAL_WINDOW_SIZE: u32 = 65536;

/// The largest window a WINDOW_UPDATE may lead to.
pub(crate) const MAX_WINDOW_SIZE: i64 = 0x7fff_ffff;

/// WINDOW_UPDATEs of the library's own that may wait for one target; later ones are added to those.
const MAX_QUEUED_UPDATES: u8 = 16;

/// The receiving side of one window.
#[derive(Default)]
pub(crate) struct ReceiveWindow {
    /// Bytes received and not given back yet.
    pub(crate) received: u32,
    /// Of those, bytes that the application has consumed.
    consumed: u32,
    /// Bytes given back by WINDOW_UPDATE less bytes received, since the beginning.
    credit: i64,
    /// WINDOW_UPDATEs of the library's own in the queue.
    queued: u8,
    /// Bytes to be added to the next of those.
    unsent: u32,
}

impl ReceiveWindow {
    /// Counts received bytes; false if the counter is past its range.
    fn receive(&mut self, bytes: u32) -> bool {
        self.credit -= i64::from(bytes);
        match self.received.checked_add(bytes) {
            Some(sum) if i64::from(sum) <= MAX_WINDOW_SIZE => {
                self.received = sum;
                true
            }
            _ => false,
        }
    }

    /// The peer sent more than a whole window beyond what it was allowed.
    fn is_overrun(&self, initial: u32) -> bool {
        self.credit + 2 * i64::from(initial) < 0
    }

    /// Counts bytes as consumed, never more than were received.
    fn consume(&mut self, bytes: usize) {
        let outstanding = self.received - self.consumed;
        self.consumed += u32::try_from(bytes).unwrap_or(u32::MAX).min(outstanding);
    }

    /// What to give back in automatic mode, if it is worth a frame.
    fn due_received(&mut self, threshold: u32) -> Option<u32> {
        let due = self.received > 0 && self.received >= threshold;
        due.then(|| std::mem::take(&mut self.received))
    }

    /// What to give back of the consumed bytes, if it is worth a frame.
    fn due_consumed(&mut self, threshold: u32) -> Option<u32> {
        let due = self.consumed > 0 && self.consumed >= threshold;
        due.then(|| {
            let bytes = std::mem::take(&mut self.consumed);
            self.received -= bytes;
            bytes
        })
    }

    /// The application gives back `delta` bytes by itself.
    pub(crate) fn grant(&mut self, delta: u32) {
        self.credit += i64::from(delta);
        self.received -= delta.min(self.received);
        self.consumed -= delta.min(self.consumed);
    }

    /// Takes note of a WINDOW_UPDATE of the library's own; true if it needs a queue entry.
    fn announce(&mut self, delta: u32) -> bool {
        self.credit += i64::from(delta);
        if self.queued < MAX_QUEUED_UPDATES {
            self.queued += 1;
            true
        } else {
            self.unsent = self.unsent.saturating_add(delta);
            false
        }
    }

    /// One of the library's own is about to be sent: the bytes to send in it.
    pub(crate) fn take_announced(&mut self, delta: u32) -> u32 {
        self.queued = self.queued.saturating_sub(1);
        let room = MAX_WINDOW_SIZE as u32 - delta;
        let more = self.unsent.min(room);
        self.unsent -= more;
        delta + more
    }
}

impl<T: Default, D> Session<T, D> {
    /// Whether there is a window for the whole session in this version.
    pub(super) fn has_session_window(&self) -> bool {
        self.profile.flow_control == FlowControl::StreamAndConnection
    }

    /// Whether streams have windows in this version.
    pub(super) fn has_stream_windows(&self) -> bool {
        self.profile.flow_control != FlowControl::None
    }

    /// Whether the session window is kept.
    pub(super) fn keeps_session_window(&self) -> bool {
        self.has_flow_control && self.has_session_window()
    }

    /// Whether the windows of streams are kept.
    pub(super) fn keeps_stream_windows(&self) -> bool {
        self.has_flow_control && self.has_stream_windows()
    }

    /// The send window of a stream with this credit.
    pub(super) fn stream_send_window(&self, credit: i64) -> i64 {
        i64::from(self.remote.initial_window_size()) + credit
    }

    /// Counts payload of a DATA frame against the session window, delivered or not.
    pub(super) fn receive_on_session(&mut self, bytes: u32) {
        if !self.keeps_session_window() {
            return;
        }
        if !self.receive.receive(bytes) {
            self.fail(status::PROTOCOL_ERROR);
            return;
        }
        if self.window_updates == WindowUpdates::Automatic {
            if let Some(delta) = self.receive.due_received(INITIAL_WINDOW_SIZE / 2) {
                self.give_back(0, delta);
            }
        } else if self.receive.is_overrun(INITIAL_WINDOW_SIZE) {
            self.fail(status::PROTOCOL_ERROR);
        }
    }

    /// Payload that nobody will consume is consumed at once.
    pub(super) fn discard_on_session(&mut self, bytes: u32) {
        if self.keeps_session_window() && self.window_updates == WindowUpdates::Consumed {
            self.consume_on_session(bytes as usize);
        }
    }

    /// Counts payload of a stream before it goes to the application; false if it must not, because the stream is gone
    /// or the peer has overrun its window.
    ///
    /// `is_last` marks the piece that completes a frame with FIN, which nobody needs to give back.
    pub(super) fn receive_on_stream(
        &mut self,
        stream_id: StreamId,
        bytes: u32,
        is_last: bool,
    ) -> bool {
        let keeps_windows = self.keeps_stream_windows();
        let Some(stream) = self.streams.live_mut(stream_id) else {
            return false;
        };
        if !keeps_windows || is_last {
            return true;
        }
        if !stream.receive.receive(bytes) {
            self.fail(status::PROTOCOL_ERROR);
            return false;
        }
        if self.window_updates == WindowUpdates::Automatic {
            let threshold = self.local.initial_window_size() / 2;
            if let Some(delta) = stream.receive.due_received(threshold) {
                self.give_back(stream_id, delta);
            }
        } else if stream
            .receive
            .is_overrun(self.local.widest_initial_window())
        {
            self.reset(stream_id, status::FLOW_CONTROL_ERROR);
            return false;
        }
        true
    }

    /// Tells the library that the application is done with `size` bytes of a stream's DATA.
    ///
    /// Needs [`WindowUpdates::Consumed`]. Counts on the stream, if it still exists, and on the session; sizes beyond
    /// what was received are cut to it. A WINDOW_UPDATE is queued once half an initial window is consumed. Without flow
    /// control it does nothing.
    ///
    /// # Errors
    /// [`SubmitError::InvalidArgument`] for stream 0, [`SubmitError::InvalidState`] in another mode.
    pub fn consume(&mut self, stream_id: StreamId, size: usize) -> Result<(), SubmitError> {
        if stream_id == 0 {
            return Err(SubmitError::InvalidArgument);
        }
        if self.window_updates != WindowUpdates::Consumed {
            return Err(SubmitError::InvalidState);
        }
        if self.keeps_session_window() {
            self.consume_on_session(size);
        }
        if self.keeps_stream_windows() {
            let threshold = self.local.initial_window_size() / 2;
            if let Some(stream) = self.streams.get_mut(stream_id) {
                stream.receive.consume(size);
                if let Some(delta) = stream.receive.due_consumed(threshold) {
                    self.give_back(stream_id, delta);
                }
            }
        }
        Ok(())
    }

    fn consume_on_session(&mut self, size: usize) {
        self.receive.consume(size);
        if let Some(delta) = self.receive.due_consumed(INITIAL_WINDOW_SIZE / 2) {
            self.give_back(0, delta);
        }
    }

    /// Queues a WINDOW_UPDATE of the library's own, or adds it to one that waits already.
    fn give_back(&mut self, stream_id: StreamId, delta: u32) {
        let window = match stream_id {
            0 => &mut self.receive,
            _ => match self.streams.get_mut(stream_id) {
                Some(stream) => &mut stream.receive,
                None => return,
            },
        };
        if window.announce(delta) {
            let priority = self.priority_for(stream_id);
            let item = Item::WindowUpdate {
                stream_id,
                delta,
                automatic: true,
            };
            self.queue.push(priority, item);
        }
    }

    /// The peer enlarges the session's send window.
    pub(super) fn enlarge_session_window(&mut self, delta: i32) -> Result<(), WindowOverflow> {
        if !self.has_flow_control {
            return Ok(());
        }
        let window = self.send_window + i64::from(delta);
        if window > MAX_WINDOW_SIZE {
            return Err(WindowOverflow);
        }
        self.send_window = window;
        Ok(())
    }

    /// The peer enlarges a stream's send window; parked DATA goes back to the queue if that helps.
    pub(super) fn enlarge_stream_window(
        &mut self,
        stream_id: StreamId,
        delta: i32,
    ) -> Result<(), WindowOverflow> {
        if !self.has_flow_control {
            return Ok(());
        }
        let initial = i64::from(self.remote.initial_window_size());
        let Some(stream) = self.streams.get_mut(stream_id) else {
            return Ok(());
        };
        let credit = stream.send_credit + i64::from(delta);
        if initial + credit > MAX_WINDOW_SIZE {
            return Err(WindowOverflow);
        }
        let old = std::mem::replace(&mut stream.send_credit, credit);
        self.streams.move_blocked(stream_id, old, credit);
        if initial + credit > 0 {
            self.unpark_stream_window(stream_id);
        }
        Ok(())
    }

    /// Brings DATA back to the queue that waited for its stream's window, which is open now.
    fn unpark_stream_window(&mut self, stream_id: StreamId) {
        if let Some((key, item)) = self.streams.unpark_stream_window(stream_id) {
            self.queue.push_back_at(key, Item::Data(item));
        }
    }

    /// Brings back all DATA whose stream windows a SETTINGS frame has opened since, or the end of flow control.
    ///
    /// This runs when something is to be sent, not when SETTINGS arrive, so that a peer cannot make each of its
    /// frames cost as much as there are streams.
    pub(super) fn unpark_opened_windows(&mut self) {
        let closed = self.closed_credit();
        while let Some(stream_id) = self.streams.first_blocked_above(closed) {
            self.unpark_stream_window(stream_id);
        }
    }

    /// Stores a setting of the peer.
    pub(super) fn apply_remote_setting(&mut self, setting: i32, value: u32) {
        // Compat: a window beyond 2^31 - 1 is reported but has no effect; 1.4 gave later streams a negative window.
        if setting == id::INITIAL_WINDOW_SIZE && i64::from(value) > MAX_WINDOW_SIZE {
            return;
        }
        self.remote.set(setting, value);
    }
}

/// A WINDOW_UPDATE that would lead beyond the largest window.
pub(crate) struct WindowOverflow;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Version;

    const MAX: u32 = 0x7fff_ffff;

    #[test]
    fn received_bytes_are_counted_up_to_the_largest_window() {
        let mut window = ReceiveWindow::default();
        assert!(window.receive(MAX - 1));
        assert!(window.receive(1));
        assert!(window.receive(0));
        assert!(!window.receive(1));
        assert_eq!(window.received, MAX);
        window.consume(usize::MAX);
        assert_eq!(window.due_consumed(MAX), Some(MAX));
        assert_eq!(window.received, 0);
        assert!(window.receive(u32::from(u8::MAX)));
    }

    #[test]
    fn updates_that_are_added_up_stay_within_31_bits() {
        let mut window = ReceiveWindow::default();
        for _ in 0..MAX_QUEUED_UPDATES {
            assert!(window.announce(1));
        }
        for _ in 0..3 {
            assert!(!window.announce(MAX));
        }
        // What is beyond four billion bytes is not remembered.
        assert_eq!(window.unsent, u32::MAX);
        assert_eq!(window.take_announced(1), MAX);
        assert_eq!(window.take_announced(MAX), MAX);
        assert_eq!(window.take_announced(1), MAX);
        assert_eq!(window.take_announced(1), 4);
        assert_eq!(window.take_announced(1), 1);
    }

    #[test]
    fn the_session_window_opens_to_31_bits_and_no_further() {
        let mut session = Session::<(), ()>::server(Version::Spdy3_1);
        // What nginx sends at the beginning.
        assert!(session.enlarge_session_window(2_147_418_111).is_ok());
        assert_eq!(session.send_window, MAX_WINDOW_SIZE);
        assert!(session.enlarge_session_window(1).is_err());
        assert_eq!(session.send_window, MAX_WINDOW_SIZE);
        session.send_window = -1;
        assert!(session.enlarge_session_window(i32::MAX).is_ok());
        assert_eq!(session.send_window, MAX_WINDOW_SIZE - 1);
    }
}
