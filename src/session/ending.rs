//! How a session ends: by a failure at once, or gracefully when all is sent.
//!
//! Source: SPDY/3 section 2.6.6.

use crate::session::queue::Item;
use crate::session::Session;

/// How far the end of the session is.
#[derive(Default)]
pub(super) struct Ending {
    /// GOAWAY has been written.
    pub(super) goaway_sent: bool,
    pub(super) goaway_received: bool,
    /// The session failed: a GOAWAY is queued, input is ignored.
    pub(super) failed: bool,
    shutdown: Shutdown,
}

/// How far a graceful end is.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Shutdown {
    /// Nobody asked for one.
    #[default]
    No,
    /// What there is to send goes out; then comes a GOAWAY with this status.
    Draining(u32),
    /// That was all; the GOAWAY is queued, or was sent before.
    Drained,
}

impl Ending {
    /// GOAWAY has been exchanged, or is about to be: whatever opens streams is ignored.
    pub(super) fn has_begun(&self) -> bool {
        self.goaway_sent || self.goaway_received || self.failed
    }

    /// A graceful end was asked for: whatever opens streams is refused.
    pub(super) fn is_shutdown(&self) -> bool {
        self.shutdown != Shutdown::No
    }

    /// There is nothing left to say.
    pub(super) fn is_final(&self) -> bool {
        self.goaway_sent && (self.failed || self.shutdown == Shutdown::Drained)
    }
}

impl<T: Default, D> Session<T, D> {
    /// Ends the session gracefully: no stream is opened any more, what is queued is sent, also DATA that is deferred or
    /// waits for a window, then a GOAWAY with `status`; and that is all, even if streams are open.
    ///
    /// GOAWAY goes last because there are peers that read nothing after it, as moby/spdystream. Only the first call
    /// counts.
    pub fn shutdown(&mut self, status: u32) {
        if !self.ending.is_shutdown() {
            self.ending.shutdown = Shutdown::Draining(status);
        }
    }

    /// Ends the session for an error that the application has found: no stream can be opened, input is ignored, and
    /// once the GOAWAY is sent there is nothing left to do.
    pub fn fail_session(&mut self, status: u32) {
        // However full the queue is, the first GOAWAY has to get through.
        if !self.ending.failed || self.queue.has_room() {
            self.queue_goaway(status);
        }
        self.ending.failed = true;
    }

    /// Ends the session for an error that the session has found.
    pub(super) fn fail(&mut self, status: u32) {
        if !self.ending.failed {
            self.ending.failed = true;
            self.queue_goaway(status);
        }
    }

    pub(super) fn queue_goaway(&mut self, status: u32) {
        let last_good_stream_id = self.last_peer_stream_id;
        self.queue.push(
            self.profile.lowest_priority as i8,
            Item::Goaway {
                last_good_stream_id,
                status,
            },
        );
    }

    /// Whether all is sent that a graceful end waits for, and its last step can be taken.
    pub(super) fn is_drained(&self) -> bool {
        matches!(self.ending.shutdown, Shutdown::Draining(_))
            && self.queue.is_empty()
            && !self.streams.has_parked()
    }

    /// Takes that step; true if there is a GOAWAY to be sent now.
    pub(super) fn finish_draining(&mut self) -> bool {
        let Shutdown::Draining(status) = self.ending.shutdown else {
            return false;
        };
        if !self.is_drained() {
            return false;
        }
        self.ending.shutdown = Shutdown::Drained;
        if !self.ending.goaway_sent {
            self.queue_goaway(status);
        }
        !self.ending.goaway_sent
    }
}
