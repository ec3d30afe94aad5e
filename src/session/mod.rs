//! A SPDY session: bytes in, events out; requests in, bytes out. No socket, no clock, no callback.
//!
//! # Order of calls
//! - Construct with [`Session::client`] or [`Session::server`] as soon as the version is agreed on.
//! - Queue with `submit_*`, at any time.
//! - Input: call [`recv_step`](Session::recv_step) with what arrived until it returns `None`.
//! - Output: call [`send_step`](Session::send_step) until it returns `None` or the socket is full.
//! - [`want_read`](Session::want_read) and [`want_write`](Session::want_write) say whether there is a point in either;
//!   when both say no, close the connection.
//!
//! Between two steps nothing is borrowed, so whoever acts on an event may call anything here, the other stepper
//! included. What a step leaves to do after its event is kept as ids and numbers; the stream is looked up again then,
//! and may be gone.
//!
//! `T` is the application's value for each stream, `D` what it reads a stream's DATA from. The session stores both and
//! never looks into them.
//!
//! The module knows frames, streams and windows; it knows nothing of C.

mod ending;
pub mod event;
pub(crate) mod flow;
mod http;
pub(crate) mod queue;
mod recv;
mod send;
pub mod settings;
pub mod status;
mod stream;
mod streams;
mod submit;

pub use send::Output;

use crate::error::OptionError;
use crate::frame::{StreamId, MAX_LENGTH};
use crate::header::{Compression, Deflater, Inflater};
use crate::version::{Profile, Version};
use ending::Ending;
use flow::{ReceiveWindow, INITIAL_WINDOW_SIZE};
use queue::{Item, Permit, Queue};
use recv::Receiver;
use send::Sender;
use settings::Settings;
use stream::Stream;
use streams::Streams;

/// Which end of the connection a session is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// Opens streams with odd ids.
    Client,
    /// Opens streams with even ids.
    Server,
}

impl Role {
    /// The first stream id and the first PING id of this end.
    fn first_id(self) -> u32 {
        match self {
            Role::Client => 1,
            Role::Server => 2,
        }
    }

    /// Whether an id of a stream or a PING belongs to the other end.
    fn is_peers_id(self, id: u32) -> bool {
        id != 0 && id % 2 != self.first_id() % 2
    }
}

/// Who sends WINDOW_UPDATE, and when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum WindowUpdates {
    /// The session does, once half a window has been received. A peer that ignores windows is left alone.
    Automatic,
    /// The application does, with [`Session::submit_window_update`].
    Submitted,
    /// The session does, once the application has [consumed](Session::consume) half a window.
    Consumed,
}

/// The largest payload of a DATA frame unless [`Session::set_max_data_payload`] says otherwise, bytes.
pub const DEFAULT_MAX_DATA_PAYLOAD: usize = 4096;

/// The smallest accepted [`Session::set_max_recv_ctrl_frame_buffer`], bytes.
pub const MIN_RECV_CTRL_FRAME_BUFFER: u32 = 8192;

/// Header pairs a received block may have, every value of a joined list counted.
const MAX_HEADER_PAIRS: usize = 1 << 16;

/// One end of a SPDY connection.
pub struct Session<T = (), D = ()> {
    role: Role,
    profile: &'static Profile,
    streams: Streams<T, D>,
    queue: Queue<T, D>,
    local: Settings,
    remote: Settings,
    next_stream_id: u32,
    next_ping_id: u32,
    /// The PING of ours that is under way, 0 if none.
    last_ping_id: u32,
    last_peer_stream_id: StreamId,
    ending: Ending,
    /// What the peer still takes on the session, bytes.
    send_window: i64,
    receive: ReceiveWindow,
    window_updates: WindowUpdates,
    /// Windows are kept, on either side.
    has_flow_control: bool,
    /// Headers must be those of HTTP.
    has_http_rules: bool,
    max_recv_ctrl_frame: usize,
    max_data_payload: usize,
    deflater: Deflater,
    inflater: Inflater,
    receiver: Receiver,
    sender: Sender<D>,
}

impl<T: Default, D> Session<T, D> {
    /// The client's end. Its header blocks are not compressed, which is the defence against the CRIME attack.
    pub fn client(version: Version) -> Self {
        Self::new(version, Role::Client, Compression::Stored)
    }

    /// The server's end.
    pub fn server(version: Version) -> Self {
        Self::new(version, Role::Server, Compression::Fast)
    }

    fn new(version: Version, role: Role, compression: Compression) -> Self {
        let profile = version.profile();
        Session {
            role,
            profile,
            streams: Streams::new(),
            queue: Queue::new(),
            local: Settings::new(),
            remote: Settings::new(),
            next_stream_id: role.first_id(),
            next_ping_id: role.first_id(),
            last_ping_id: 0,
            last_peer_stream_id: 0,
            ending: Ending::default(),
            send_window: i64::from(INITIAL_WINDOW_SIZE),
            receive: ReceiveWindow::default(),
            window_updates: WindowUpdates::Automatic,
            has_flow_control: true,
            has_http_rules: false,
            max_recv_ctrl_frame: MAX_LENGTH,
            max_data_payload: DEFAULT_MAX_DATA_PAYLOAD,
            deflater: Deflater::new(compression, profile.dictionary),
            inflater: Inflater::new(profile.dictionary),
            receiver: Receiver::default(),
            sender: Sender::default(),
        }
    }

    /// The version this session speaks.
    pub fn version(&self) -> Version {
        self.profile.version
    }

    /// Chooses who sends WINDOW_UPDATE from the next byte on.
    pub fn set_window_updates(&mut self, mode: WindowUpdates) {
        self.window_updates = mode;
    }

    /// Switches flow control on or off, in both directions. While it is off all windows stand still: nothing that is
    /// sent or received counts, the peer's WINDOW_UPDATEs have no effect, and none of the session's own are made.
    ///
    /// For peers that know no windows, as moby/spdystream; they have to be held back by not reading.
    pub fn set_flow_control(&mut self, is_on: bool) {
        self.has_flow_control = is_on;
    }

    /// Chooses whether the headers of streams must follow the rules of HTTP: received ones, and those submitted with
    /// [`submit_request`](Self::submit_request) and [`submit_response`](Self::submit_response). At first they need not.
    pub fn set_http_rules(&mut self, is_on: bool) {
        self.has_http_rules = is_on;
    }

    /// The largest control frame that is taken, and the largest header block after decompression, bytes.
    ///
    /// # Errors
    /// [`OptionError`] outside [`MIN_RECV_CTRL_FRAME_BUFFER`]`..=`[`MAX_LENGTH`].
    pub fn set_max_recv_ctrl_frame_buffer(&mut self, bytes: u32) -> Result<(), OptionError> {
        if bytes < MIN_RECV_CTRL_FRAME_BUFFER || bytes as usize > MAX_LENGTH {
            return Err(OptionError);
        }
        self.max_recv_ctrl_frame = bytes as usize;
        Ok(())
    }

    /// The largest payload of the DATA frames made from the next one on, bytes.
    ///
    /// # Errors
    /// [`OptionError`] outside `1..=`[`MAX_LENGTH`].
    pub fn set_max_data_payload(&mut self, bytes: u32) -> Result<(), OptionError> {
        if bytes == 0 || bytes as usize > MAX_LENGTH {
            return Err(OptionError);
        }
        self.max_data_payload = bytes as usize;
        Ok(())
    }

    /// Whether the session expects input.
    pub fn want_read(&self) -> bool {
        if self.ending.is_final() {
            return false;
        }
        !self.ending.has_begun() || !self.streams.is_empty()
    }

    /// Whether the session has something to send that can go out now.
    ///
    /// Compat: after a failure without open streams 1.4 said no, and the GOAWAY was lost; here it is yes until the
    /// GOAWAY is written.
    pub fn want_write(&self) -> bool {
        if self.ending.is_final() {
            return false;
        }
        if self.ending.has_begun() && self.streams.is_empty() {
            return self.ending.failed || self.ending.is_shutdown();
        }
        self.sender.is_busy()
            || self.is_drained()
            || self.queue.next(self.permit()).is_some()
            || self
                .streams
                .first_blocked_above(self.closed_credit())
                .is_some()
    }

    /// How many frames wait in the queue; parked DATA and the frame half written are not counted.
    pub fn outbound_queue_size(&self) -> usize {
        self.queue.len(self.permit()) + self.streams.count_blocked_above(self.closed_credit())
    }

    /// The number of the lowest priority: 3 in SPDY/2, else 7.
    pub fn lowest_priority(&self) -> u8 {
        self.profile.lowest_priority
    }

    /// The application's value of a stream.
    pub fn stream_user_data(&self, stream_id: StreamId) -> Option<&T> {
        self.streams.get(stream_id).map(|stream| &stream.user_data)
    }

    /// The same, to be changed.
    pub fn stream_user_data_mut(&mut self, stream_id: StreamId) -> Option<&mut T> {
        self.streams
            .get_mut(stream_id)
            .map(|stream| &mut stream.user_data)
    }

    /// Whether this end has ended its side of a stream, or may not send on it; `None` without such a stream.
    pub fn is_stream_locally_closed(&self, stream_id: StreamId) -> Option<bool> {
        self.streams.get(stream_id).map(Stream::is_sending_ended)
    }

    /// Whether the peer has ended its side of a stream, or may not send on it; `None` without such a stream.
    pub fn is_stream_remotely_closed(&self, stream_id: StreamId) -> Option<bool> {
        self.streams.get(stream_id).map(Stream::is_receiving_ended)
    }

    /// Bytes received on a stream and not given back by WINDOW_UPDATE; 0 in SPDY/2, `None` without such a stream.
    pub fn stream_recv_data_length(&self, stream_id: StreamId) -> Option<u32> {
        self.streams
            .get(stream_id)
            .map(|stream| stream.receive.received)
    }

    /// Bytes received on the session and not given back; 0 before SPDY/3.1.
    pub fn recv_data_length(&self) -> u32 {
        self.receive.received
    }

    /// What may be taken from the queue now.
    fn permit(&self) -> Permit {
        Permit {
            // What is to be refused need not wait for its turn.
            syn_streams: self.streams.own() < self.remote.max_concurrent_streams()
                || self.ending.is_shutdown(),
            blocked: self.send_window > 0 || !self.has_flow_control,
        }
    }

    /// The credit at which a stream's send window is just closed.
    fn closed_credit(&self) -> i64 {
        if self.has_flow_control {
            -i64::from(self.remote.initial_window_size())
        } else {
            i64::MIN
        }
    }

    /// The queue priority of frames of a stream.
    fn priority_for(&self, stream_id: StreamId) -> i8 {
        let priority = self
            .streams
            .get(stream_id)
            .map_or(self.profile.lowest_priority, |stream| stream.priority);
        priority as i8
    }

    /// Queues a RST_STREAM of the session's own. A peer that provokes them without end ends the session.
    fn reset(&mut self, stream_id: StreamId, status: u32) {
        if self.queue.has_room_for_reset() {
            self.queue_reset(stream_id, status, true);
        } else {
            self.fail(status::PROTOCOL_ERROR);
        }
    }

    fn queue_reset(&mut self, stream_id: StreamId, status: u32, automatic: bool) {
        if let Some(stream) = self.streams.get_mut(stream_id) {
            stream.start_closing();
        }
        self.queue.push(
            self.priority_for(stream_id),
            Item::RstStream {
                stream_id,
                status,
                automatic,
            },
        );
    }

    /// Marks a stream as closed; false if that was done before or the stream is gone.
    fn report_close(&mut self, stream_id: StreamId) -> bool {
        self.streams
            .get_mut(stream_id)
            .is_some_and(|stream| stream.report_close())
    }

    /// Removes a stream whose close was reported.
    fn remove_stream(&mut self, stream_id: StreamId) {
        if let Some(blocked) = self.streams.remove(stream_id) {
            self.queue.forget_blocked(blocked);
        }
    }

    /// Drops DATA of a stream that is deferred or waits for a window.
    fn drop_parked(&mut self, stream_id: StreamId) {
        if let Some(blocked) = self.streams.drop_parked(stream_id) {
            self.queue.forget_blocked(blocked);
        }
    }

    /// Whether a stream has ended in both directions and nobody was told yet.
    fn is_finished(&self, stream_id: StreamId) -> bool {
        self.streams
            .live(stream_id)
            .is_some_and(|stream| stream.is_finished())
    }
}
