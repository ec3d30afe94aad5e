//! What waits to be sent, and in which order.
//!
//! Two queues as in 1.4: SYN_STREAMs, which keep the order of their ids, and everything else by priority and then by
//! age. DATA that waits for the session window stands aside in a third list, so that opening that window costs
//! nothing, however many streams wait for it. This module knows keys and items, not streams or windows.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use crate::frame::{self, StreamId};

/// PINGs overtake everything.
pub(crate) const PRIORITY_PING: i8 = -10;
/// SETTINGS overtake everything but PINGs.
pub(crate) const PRIORITY_SETTINGS: i8 = -1;

/// Frames that the application may have queued at a time. No program needs this many; a runaway one is told.
const MAX_QUEUED: usize = 1 << 20;
/// Answers to the peer's PINGs, and likewise RST_STREAMs of the library's own, that may wait at a time.
const MAX_QUEUED_REPLIES: usize = 10_000;

/// The place of an item: smaller goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Key {
    /// 0 is the most urgent of the streams' priorities.
    pub(crate) priority: i8,
    sequence: u64,
}

/// DATA of one stream: one queue entry, many frames.
pub(crate) struct DataItem<D> {
    pub(crate) stream_id: StreamId,
    /// Whether the end of the source ends the stream's sending side.
    pub(crate) fin: bool,
    pub(crate) source: D,
}

/// Everything but SYN_STREAM.
pub(crate) enum Item<D> {
    Ping {
        id: u32,
        reply: bool,
    },
    RstStream {
        stream_id: StreamId,
        status: u32,
        automatic: bool,
    },
    WindowUpdate {
        stream_id: StreamId,
        delta: u32,
        automatic: bool,
    },
    Goaway {
        last_good_stream_id: StreamId,
        status: u32,
    },
    Settings(Box<frame::Settings>),
    /// With the body that follows it.
    SynReply(Box<frame::SynReply>, Option<D>),
    Headers(Box<frame::Headers>),
    Data(DataItem<D>),
    /// An empty DATA frame that ends the stream's sending side.
    Fin(StreamId),
}

/// A stream that is not open yet.
pub(crate) struct SynStreamItem<T, D> {
    pub(crate) key: Key,
    pub(crate) frame: frame::SynStream,
    pub(crate) user_data: T,
    /// The body that follows it.
    pub(crate) body: Option<D>,
}

struct Entry<D> {
    key: Key,
    item: Item<D>,
}

impl<D> PartialEq for Entry<D> {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl<D> Eq for Entry<D> {}

impl<D> PartialOrd for Entry<D> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<D> Ord for Entry<D> {
    /// Reversed: the heap gives its largest entry first, we want the smallest key.
    fn cmp(&self, other: &Self) -> Ordering {
        other.key.cmp(&self.key)
    }
}

/// The queues of a session.
pub(crate) struct Queue<T, D> {
    syn_streams: VecDeque<SynStreamItem<T, D>>,
    others: BinaryHeap<Entry<D>>,
    /// DATA that waits for the session window.
    blocked: BTreeMap<Key, DataItem<D>>,
    next_sequence: u64,
    ping_replies: usize,
    automatic_resets: usize,
}

/// Which queue the next item comes from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    SynStreams,
    Others,
    Blocked,
}

/// What may be taken from the queue at the moment.
#[derive(Clone, Copy)]
pub(crate) struct Permit {
    /// The peer allows another stream.
    pub(crate) syn_streams: bool,
    /// The session's send window is open.
    pub(crate) blocked: bool,
}

impl<T, D> Queue<T, D> {
    pub(crate) fn new() -> Self {
        Queue {
            syn_streams: VecDeque::new(),
            others: BinaryHeap::new(),
            blocked: BTreeMap::new(),
            next_sequence: 0,
            ping_replies: 0,
            automatic_resets: 0,
        }
    }

    fn next_key(&mut self, priority: i8) -> Key {
        self.next_sequence += 1;
        Key {
            priority,
            sequence: self.next_sequence,
        }
    }

    /// Appends an item behind those of its priority.
    pub(crate) fn push(&mut self, priority: i8, item: Item<D>) {
        let key = self.next_key(priority);
        self.push_back_at(key, item);
    }

    /// Puts an item where it stood before.
    pub(crate) fn push_back_at(&mut self, key: Key, item: Item<D>) {
        match item {
            Item::Ping { reply: true, .. } => self.ping_replies += 1,
            Item::RstStream {
                automatic: true, ..
            } => self.automatic_resets += 1,
            _ => {}
        }
        self.others.push(Entry { key, item });
    }

    pub(crate) fn push_syn_stream(
        &mut self,
        priority: i8,
        frame: frame::SynStream,
        user_data: T,
        body: Option<D>,
    ) {
        let key = self.next_key(priority);
        self.syn_streams.push_back(SynStreamItem {
            key,
            frame,
            user_data,
            body,
        });
    }

    /// Lets DATA wait for the session window.
    pub(crate) fn block(&mut self, key: Key, item: DataItem<D>) {
        self.blocked.insert(key, item);
    }

    /// Forgets DATA that waits for the session window.
    pub(crate) fn forget_blocked(&mut self, key: Key) {
        self.blocked.remove(&key);
    }

    fn find_syn_stream(&self, stream_id: StreamId) -> Option<usize> {
        self.syn_streams
            .binary_search_by_key(&stream_id, |item| item.frame.stream_id)
            .ok()
    }

    /// Takes a SYN_STREAM out of the queue that will not be sent, if it was queued before `key` was given.
    pub(crate) fn take_syn_stream_before(
        &mut self,
        key: Key,
        stream_id: StreamId,
    ) -> Option<SynStreamItem<T, D>> {
        let index = self.find_syn_stream(stream_id)?;
        let is_older = self.syn_streams.get(index)?.key.sequence < key.sequence;
        is_older.then(|| self.syn_streams.remove(index)).flatten()
    }

    /// A SYN_STREAM that waits, to be changed.
    pub(crate) fn syn_stream_mut(
        &mut self,
        stream_id: StreamId,
    ) -> Option<&mut SynStreamItem<T, D>> {
        let index = self.find_syn_stream(stream_id)?;
        self.syn_streams.get_mut(index)
    }

    /// The key of the item that goes next and the queue it stands in.
    pub(crate) fn next(&self, permit: Permit) -> Option<(Key, Source)> {
        let mut next = self.others.peek().map(|entry| (entry.key, Source::Others));
        let mut consider = |key: Key, source| {
            if next.is_none_or(|(best, _)| key < best) {
                next = Some((key, source));
            }
        };
        if let Some(item) = self.syn_streams.front().filter(|_| permit.syn_streams) {
            consider(item.key, Source::SynStreams);
        }
        if let Some((key, _)) = self.blocked.first_key_value().filter(|_| permit.blocked) {
            consider(*key, Source::Blocked);
        }
        next
    }

    pub(crate) fn pop(&mut self) -> Option<(Key, Item<D>)> {
        let entry = self.others.pop()?;
        match entry.item {
            Item::Ping { reply: true, .. } => self.ping_replies -= 1,
            Item::RstStream {
                automatic: true, ..
            } => self.automatic_resets -= 1,
            _ => {}
        }
        Some((entry.key, entry.item))
    }

    pub(crate) fn pop_syn_stream(&mut self) -> Option<SynStreamItem<T, D>> {
        self.syn_streams.pop_front()
    }

    pub(crate) fn pop_blocked(&mut self) -> Option<(Key, DataItem<D>)> {
        self.blocked.pop_first()
    }

    /// Makes room for a frame of the application's; false without memory for it.
    pub(crate) fn reserve(&mut self) -> bool {
        self.syn_streams.try_reserve(1).is_ok() && self.others.try_reserve(1).is_ok()
    }

    /// Makes room for all that the session itself may queue in one step; false without memory for it.
    pub(crate) fn reserve_for_step(&mut self) -> bool {
        const MOST: usize = 4;
        self.others.try_reserve(MOST).is_ok()
    }

    /// Whether the application may queue another frame.
    pub(crate) fn has_room(&self) -> bool {
        self.syn_streams.len() + self.others.len() < MAX_QUEUED
    }

    /// Whether another answer to a PING may wait.
    pub(crate) fn has_room_for_ping_reply(&self) -> bool {
        self.ping_replies < MAX_QUEUED_REPLIES
    }

    /// Whether another RST_STREAM of the library's own may wait.
    pub(crate) fn has_room_for_reset(&self) -> bool {
        self.automatic_resets < MAX_QUEUED_REPLIES
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.syn_streams.is_empty() && self.others.is_empty() && self.blocked.is_empty()
    }

    /// How many items wait, those aside that wait for the session window while it is closed.
    pub(crate) fn len(&self, permit: Permit) -> usize {
        let blocked = if permit.blocked {
            self.blocked.len()
        } else {
            0
        };
        self.syn_streams.len() + self.others.len() + blocked
    }
}
