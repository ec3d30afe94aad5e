//! The streams of a session by id, and which of them wait for their window.
//!
//! Ids are chosen by the peer, so the table must not have a worst case that a peer can aim at: its hash is seeded anew
//! for every session.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;

use foldhash::quality::SeedableRandomState;
use foldhash::SharedSeed;

use crate::frame::StreamId;
use crate::session::queue::{DataItem, Key};
use crate::session::stream::{Origin, Parked, Stream};

/// A hash function that no peer can guess.
///
/// foldhash can choose one by itself, but takes memory from the heap for that, and ends the process if there is none.
fn random_state() -> SeedableRandomState {
    static SHARED: OnceLock<SharedSeed> = OnceLock::new();
    let random = || RandomState::new().hash_one(0);
    let shared = SHARED.get_or_init(|| SharedSeed::from_u64(random()));
    SeedableRandomState::with_seed(random(), shared)
}

/// The table of streams.
pub(crate) struct Streams<T, D> {
    by_id: HashMap<StreamId, Stream<T, D>, SeedableRandomState>,
    own: u32,
    peers: u32,
    /// Streams whose DATA waits for their own window, the widest credit first.
    blocked: BTreeSet<(Reverse<i64>, StreamId)>,
    /// How many streams have deferred DATA.
    deferred: usize,
}

impl<T, D> Streams<T, D> {
    pub(crate) fn new() -> Self {
        Streams {
            by_id: HashMap::with_hasher(random_state()),
            own: 0,
            peers: 0,
            blocked: BTreeSet::new(),
            deferred: 0,
        }
    }

    /// Adds a stream; false if memory for it cannot be had.
    pub(crate) fn insert(&mut self, stream_id: StreamId, stream: Stream<T, D>) -> bool {
        if self.by_id.try_reserve(1).is_err() {
            return false;
        }
        self.count_mut(stream.origin, 1);
        if let Some(replaced) = self.by_id.insert(stream_id, stream) {
            self.count_mut(replaced.origin, -1);
        }
        true
    }

    fn count_mut(&mut self, origin: Origin, change: i32) {
        let count = match origin {
            Origin::Own => &mut self.own,
            Origin::Peer => &mut self.peers,
        };
        *count = count.saturating_add_signed(change);
    }

    pub(crate) fn get(&self, stream_id: StreamId) -> Option<&Stream<T, D>> {
        self.by_id.get(&stream_id)
    }

    pub(crate) fn get_mut(&mut self, stream_id: StreamId) -> Option<&mut Stream<T, D>> {
        self.by_id.get_mut(&stream_id)
    }

    /// A stream that is not on its way out: its close was not reported yet.
    pub(crate) fn live(&self, stream_id: StreamId) -> Option<&Stream<T, D>> {
        self.get(stream_id)
            .filter(|stream| !stream.is_close_reported())
    }

    /// The same, to be changed.
    pub(crate) fn live_mut(&mut self, stream_id: StreamId) -> Option<&mut Stream<T, D>> {
        self.get_mut(stream_id)
            .filter(|stream| !stream.is_close_reported())
    }

    /// Removes a stream; what DATA of it waits for the session window is named by the key.
    pub(crate) fn remove(&mut self, stream_id: StreamId) -> Option<Key> {
        let mut stream = self.by_id.remove(&stream_id)?;
        self.count_mut(stream.origin, -1);
        self.forget_parked(stream_id, stream.send_credit, stream.parked.take()?)
    }

    /// Drops the parked DATA of a stream; what of it waits for the session window is named by the key.
    pub(crate) fn drop_parked(&mut self, stream_id: StreamId) -> Option<Key> {
        let stream = self.by_id.get_mut(&stream_id)?;
        let (credit, parked) = (stream.send_credit, stream.parked.take()?);
        self.forget_parked(stream_id, credit, parked)
    }

    fn forget_parked(
        &mut self,
        stream_id: StreamId,
        credit: i64,
        parked: Parked<D>,
    ) -> Option<Key> {
        match parked {
            Parked::StreamWindow(..) => {
                self.blocked.remove(&(Reverse(credit), stream_id));
                None
            }
            Parked::SessionWindow(key) => Some(key),
            Parked::Deferred(..) => {
                self.deferred -= 1;
                None
            }
        }
    }

    /// Keeps DATA until the application has more of it.
    pub(crate) fn defer(&mut self, key: Key, item: DataItem<D>) {
        if let Some(stream) = self.by_id.get_mut(&item.stream_id) {
            stream.parked = Some(Parked::Deferred(key, item));
            self.deferred += 1;
        }
    }

    /// Takes back DATA that the application has more of.
    pub(crate) fn take_deferred(&mut self, stream_id: StreamId) -> Option<(Key, DataItem<D>)> {
        let stream = self.by_id.get_mut(&stream_id)?;
        match stream.parked.take() {
            Some(Parked::Deferred(key, item)) => {
                self.deferred -= 1;
                Some((key, item))
            }
            other => {
                stream.parked = other;
                None
            }
        }
    }

    /// Whether there is DATA that is deferred or waits for its stream's window.
    pub(crate) fn has_parked(&self) -> bool {
        self.deferred > 0 || !self.blocked.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// Streams of this session's own, half-opened ones included.
    pub(crate) fn own(&self) -> u32 {
        self.own
    }

    /// Streams that the peer opened.
    pub(crate) fn peers(&self) -> u32 {
        self.peers
    }

    /// Lets DATA wait for its stream's window.
    pub(crate) fn park_stream_window(&mut self, key: Key, item: DataItem<D>) {
        let stream_id = item.stream_id;
        if let Some(stream) = self.by_id.get_mut(&stream_id) {
            self.blocked
                .insert((Reverse(stream.send_credit), stream_id));
            stream.parked = Some(Parked::StreamWindow(key, item));
        }
    }

    /// Takes back DATA that waits for its stream's window.
    pub(crate) fn unpark_stream_window(
        &mut self,
        stream_id: StreamId,
    ) -> Option<(Key, DataItem<D>)> {
        let stream = self.by_id.get_mut(&stream_id)?;
        match stream.parked.take() {
            Some(Parked::StreamWindow(key, item)) => {
                self.blocked
                    .remove(&(Reverse(stream.send_credit), stream_id));
                Some((key, item))
            }
            other => {
                stream.parked = other;
                None
            }
        }
    }

    /// Keeps the list of waiting streams in order when a stream's credit has changed.
    pub(crate) fn move_blocked(&mut self, stream_id: StreamId, old_credit: i64, new_credit: i64) {
        if self.blocked.remove(&(Reverse(old_credit), stream_id)) {
            self.blocked.insert((Reverse(new_credit), stream_id));
        }
    }

    /// A waiting stream whose credit is above `floor`, so that its window is open.
    pub(crate) fn first_blocked_above(&self, floor: i64) -> Option<StreamId> {
        let (Reverse(credit), stream_id) = *self.blocked.first()?;
        (credit > floor).then_some(stream_id)
    }

    /// How many waiting streams have a credit above `floor`.
    pub(crate) fn count_blocked_above(&self, floor: i64) -> usize {
        self.blocked
            .iter()
            .take_while(|(Reverse(credit), _)| *credit > floor)
            .count()
    }
}
