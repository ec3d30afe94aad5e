//! One stream: who opened it, how far each direction is, its windows and its parked DATA.
//!
//! A stream knows nothing of frames, of the outbound queue or of other streams. It is looked up by id each time it is
//! needed; nothing keeps a reference to it while the application runs.
//!
//! ```text
//!                  own stream                                   peer's stream
//!
//!   submit ──► Initial ── SYN_STREAM sent ──► Opening     SYN_STREAM received ──► Opening
//!                 │                              │                                  │
//!                 │                     SYN_REPLY received                   SYN_REPLY sent
//!                 │                              ▼                                  ▼
//!                 │                           Opened                             Opened
//!                 │                              │                                  │
//!                 └───────── RST_STREAM queued ──┴──────► Closing ◄─────────────────┘
//!
//!   Both directions ended, RST_STREAM sent or received: reported closed, then gone.
//! ```
//!
//! Sources: SPDY/3 section 2.3 (streams) and 2.6.8 (WINDOW_UPDATE).

use crate::session::flow::ReceiveWindow;
use crate::session::queue::{DataItem, Key};

/// Which endpoint opened a stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Origin {
    /// This session did.
    Own,
    /// The peer did.
    Peer,
}

/// How far the opening of a stream is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum State {
    /// The SYN_STREAM of an own stream is on its way out.
    Initial,
    /// SYN_STREAM is exchanged, SYN_REPLY is not.
    Opening,
    /// SYN_REPLY is exchanged.
    Opened,
    /// A RST_STREAM of ours is queued.
    Closing,
}

/// What keeps a DATA item out of the queue.
pub(crate) enum Parked<D> {
    /// The data source had nothing to give; `resume_data` brings it back.
    Deferred(Key, DataItem<D>),
    /// The stream's send window is used up.
    StreamWindow(Key, DataItem<D>),
    /// The session's send window is used up; the item waits in the queue's own list under this key.
    SessionWindow(Key),
}

/// One stream of a session. `T` is the application's per-stream value, `D` its data source.
pub(crate) struct Stream<T, D> {
    pub(crate) origin: Origin,
    state: State,
    /// 0 is the most urgent.
    pub(crate) priority: u8,
    receiving_ended: bool,
    sending_ended: bool,
    /// Orders to end the sending side that wait in the queue.
    queued_fins: u32,
    /// The close was handed to the application; only the removal is left to do.
    close_reported: bool,
    pub(crate) user_data: T,
    /// The send window less the peer's INITIAL_WINDOW_SIZE, so that a SETTINGS frame changes every stream at once.
    pub(crate) send_credit: i64,
    pub(crate) receive: ReceiveWindow,
    pub(crate) parked: Option<Parked<D>>,
}

impl<T, D> Stream<T, D> {
    /// An own stream whose SYN_STREAM is about to be written.
    pub(crate) fn own(priority: u8, user_data: T) -> Self {
        Self::new(Origin::Own, State::Initial, priority, user_data)
    }

    /// A stream whose SYN_STREAM was accepted from the peer.
    pub(crate) fn peers(priority: u8, user_data: T) -> Self {
        Self::new(Origin::Peer, State::Opening, priority, user_data)
    }

    fn new(origin: Origin, state: State, priority: u8, user_data: T) -> Self {
        Stream {
            origin,
            state,
            priority,
            receiving_ended: false,
            sending_ended: false,
            queued_fins: 0,
            close_reported: false,
            user_data,
            send_credit: 0,
            receive: ReceiveWindow::default(),
            parked: None,
        }
    }

    pub(crate) fn state(&self) -> State {
        self.state
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.state == State::Closing
    }

    pub(crate) fn is_receiving_ended(&self) -> bool {
        self.receiving_ended
    }

    pub(crate) fn is_sending_ended(&self) -> bool {
        self.sending_ended
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.receiving_ended && self.sending_ended
    }

    pub(crate) fn is_close_reported(&self) -> bool {
        self.close_reported
    }

    /// The SYN_STREAM of an own stream is written. A stream that is being reset meanwhile stays so.
    pub(crate) fn syn_stream_sent(&mut self) {
        if self.state == State::Initial {
            self.state = State::Opening;
        }
    }

    /// SYN_REPLY went out or came in.
    pub(crate) fn replied(&mut self) {
        if self.state == State::Opening {
            self.state = State::Opened;
        }
    }

    /// A RST_STREAM is queued: from now on nothing else goes out, and what comes in is not judged.
    pub(crate) fn start_closing(&mut self) {
        self.state = State::Closing;
    }

    pub(crate) fn end_receiving(&mut self) {
        self.receiving_ended = true;
    }

    pub(crate) fn end_sending(&mut self) {
        self.sending_ended = true;
    }

    /// The sending side is to end: its DATA no longer counts.
    pub(crate) fn queue_fin(&mut self) {
        self.queued_fins = self.queued_fins.saturating_add(1);
    }

    /// Such an order has left the queue.
    pub(crate) fn unqueue_fin(&mut self) {
        self.queued_fins = self.queued_fins.saturating_sub(1);
    }

    /// Marks the close as reported; false if it already was.
    pub(crate) fn report_close(&mut self) -> bool {
        !std::mem::replace(&mut self.close_reported, true)
    }

    /// Whether payload of a DATA frame that begins now goes to the application.
    pub(crate) fn takes_data(&self) -> bool {
        !self.receiving_ended
            && match self.origin {
                Origin::Own => self.state == State::Opened,
                Origin::Peer => self.state != State::Closing,
            }
    }

    /// Whether HEADERS and DATA may be sent: a peer's stream must have been replied to.
    pub(crate) fn is_open_for_sending(&self) -> bool {
        match self.origin {
            Origin::Own => true,
            Origin::Peer => self.state == State::Opened,
        }
    }

    /// Whether a DATA frame may be sent at all.
    pub(crate) fn can_send_data(&self) -> bool {
        !self.sending_ended && self.state != State::Closing && self.is_open_for_sending()
    }

    /// Whether DATA may be kept for later: there is no other, and the sending side is not about to end.
    pub(crate) fn may_park(&self) -> bool {
        self.parked.is_none() && self.queued_fins == 0
    }
}
