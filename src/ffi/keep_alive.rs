//! PINGs that keep a connection alive and measure its round trip. This is the place with a clock.

use std::cell::Cell;
use std::os::raw::c_int;
use std::time::{Duration, Instant};

use super::codes::Code;
use super::handle::{with_handle, Handle};
use super::types::spdylay_session;

/// What is known about the PINGs of a session and the silence of its peer.
#[derive(Default)]
pub(super) struct KeepAlive {
    /// When the last bytes came in. Nothing before the application asks, so that others pay for no clock.
    received: Cell<Option<Instant>>,
    /// A PING was queued and is not written yet.
    is_queued: Cell<bool>,
    /// The PING that was written last and is not answered, and when that was.
    unanswered: Cell<Option<(u32, Instant)>>,
    round_trip: Cell<Option<Duration>>,
}

impl KeepAlive {
    /// Bytes came in.
    #[inline]
    pub(super) fn bytes_received(&self) {
        if self.received.get().is_some() {
            self.received.set(Some(Instant::now()));
        }
    }

    /// The last byte of a PING of this end went out.
    pub(super) fn ping_written(&self, id: u32) {
        self.ping_written_at(id, Instant::now());
    }

    fn ping_written_at(&self, id: u32, now: Instant) {
        self.is_queued.set(false);
        self.unanswered.set(Some((id, now)));
    }

    /// A PING came in, which may be the answer.
    pub(super) fn ping_received(&self, id: u32) {
        self.ping_received_at(id, Instant::now);
    }

    /// The clock is read for answers only.
    fn ping_received_at(&self, id: u32, now: impl FnOnce() -> Instant) {
        if let Some((_, written)) = self.unanswered.get().filter(|(last, _)| *last == id) {
            self.unanswered.set(None);
            self.round_trip.set(Some(now().duration_since(written)));
        }
    }

    /// How long nothing has come in. The first question starts the clock.
    fn silence(&self, now: Instant) -> Duration {
        let received = self.received.get().unwrap_or(now);
        self.received.set(Some(received));
        now.duration_since(received)
    }

    /// Whether it is time for a PING. One whose answer is lost must not be the last one, so it counts for a while only.
    fn is_ping_due(&self, now: Instant, idle: Duration) -> bool {
        let is_waiting = self
            .unanswered
            .get()
            .is_some_and(|(_, written)| now.duration_since(written) < idle);
        self.silence(now) >= idle && !self.is_queued.get() && !is_waiting
    }
}

impl Handle {
    /// Queues a PING if it is time for one; returns how long nothing has come in.
    fn keep_alive(&self, now: Instant, idle: Duration) -> Result<Duration, c_int> {
        if self.keep_alive.is_ping_due(now, idle) && self.with(|core| core.want_read()) {
            self.with(|core| core.submit_ping()).map_err(Code::code)?;
            self.keep_alive.is_queued.set(true);
        }
        Ok(self.keep_alive.silence(now))
    }
}

/// Gets the round-trip time of the last PING of this side that was answered.
/// Not in libspdylay 1.4.
///
/// It is measured from when the last byte of the PING went to
/// #spdylay_send_callback, or was returned by spdylay_session_mem_send(), until
/// its answer was processed. The answer's #spdylay_on_ctrl_recv_callback sees
/// it already.
///
/// @param session  the session
///
/// @return The time in microseconds; -1 if no PING was answered yet or
///         `session` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_ping_rtt(session: *mut spdylay_session) -> i64 {
    // SAFETY: the caller passes a session of this library, as the header says.
    let round_trip =
        unsafe { with_handle(session, |handle| Ok(handle.keep_alive.round_trip.get())) };
    let microseconds = round_trip.ok().flatten().map(|time| time.as_micros());
    microseconds.map_or(-1, |time| i64::try_from(time).unwrap_or(i64::MAX))
}

/// Keeps the connection alive, and tells how long the peer has been silent. To
/// be called now and then, from a timer of the application. Not in libspdylay
/// 1.4.
///
/// If nothing was received for `idle_ms` a PING is queued, so send afterwards.
/// A PING that is unanswered holds the next one back for `idle_ms`, and one
/// that waits in the queue until it is sent: a peer that does not answer gets
/// one PING every `idle_ms`.
///
/// When a peer counts as dead is for the application to decide, by the number
/// returned. A PING without an answer alone is no proof: there are peers that
/// lose some, moby/spdystream among them. While receiving is paused the number
/// says nothing about the peer.
///
/// @code
/// if (spdylay_session_keep_alive(session, 30000) > 90000) {
///   close_connection();
/// }
/// @endcode
///
/// The first call starts the clock: it returns 0.
///
/// @param session  the session
/// @param idle_ms  how long the peer may be silent before a PING is queued, in
///                 milliseconds; 0 for a PING with every call
///
/// @return The time since the last byte was received, in milliseconds. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `session` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted, or the queue is full
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_keep_alive(
    session: *mut spdylay_session,
    idle_ms: u32,
) -> i64 {
    let idle = Duration::from_millis(idle_ms.into());
    // SAFETY: the caller passes a session of this library, as the header says.
    let silence = unsafe { with_handle(session, |handle| handle.keep_alive(Instant::now(), idle)) };
    match silence {
        Ok(silence) => i64::try_from(silence.as_millis()).unwrap_or(i64::MAX),
        Err(code) => code.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_secs(30);

    fn seconds(start: Instant, seconds: u64) -> Instant {
        start + Duration::from_secs(seconds)
    }

    #[test]
    fn the_first_question_starts_the_clock() {
        let (keep_alive, start) = (KeepAlive::default(), Instant::now());
        keep_alive.bytes_received();
        assert_eq!(keep_alive.received.get(), None);
        assert_eq!(keep_alive.silence(start), Duration::ZERO);
        assert_eq!(
            keep_alive.silence(seconds(start, 7)),
            Duration::from_secs(7)
        );
        keep_alive.bytes_received();
        assert!(keep_alive.received.get() >= Some(start));
    }

    #[test]
    fn a_ping_is_due_once_the_peer_was_silent_long_enough() {
        let (keep_alive, start) = (KeepAlive::default(), Instant::now());
        assert!(!keep_alive.is_ping_due(start, IDLE));
        assert!(!keep_alive.is_ping_due(seconds(start, 29), IDLE));
        assert!(keep_alive.is_ping_due(seconds(start, 30), IDLE));
        assert!(keep_alive.is_ping_due(seconds(start, 1), Duration::ZERO));
    }

    #[test]
    fn unanswered_pings_are_repeated_at_the_same_pace() {
        let (keep_alive, start) = (KeepAlive::default(), Instant::now());
        keep_alive.silence(start);
        keep_alive.is_queued.set(true);
        assert!(!keep_alive.is_ping_due(seconds(start, 500), IDLE));
        keep_alive.ping_written_at(1, seconds(start, 500));
        assert!(!keep_alive.is_ping_due(seconds(start, 529), IDLE));
        assert!(keep_alive.is_ping_due(seconds(start, 530), IDLE));
        keep_alive.ping_received_at(1, || seconds(start, 510));
        assert!(
            keep_alive.is_ping_due(seconds(start, 511), IDLE),
            "nothing is awaited"
        );
    }

    #[test]
    fn only_the_answer_to_the_last_ping_is_measured() {
        let (keep_alive, start) = (KeepAlive::default(), Instant::now());
        keep_alive.ping_written_at(1, start);
        keep_alive.ping_written_at(3, seconds(start, 1));
        keep_alive.ping_received_at(1, || seconds(start, 2));
        assert_eq!(keep_alive.round_trip.get(), None);
        keep_alive.ping_received_at(3, || seconds(start, 5));
        keep_alive.ping_received_at(3, || seconds(start, 9));
        assert_eq!(keep_alive.round_trip.get(), Some(Duration::from_secs(4)));
    }
}
