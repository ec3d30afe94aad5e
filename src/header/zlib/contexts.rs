//! The compressors of a thread, which its sessions take turns with.
//!
//! One compressor takes some 280 KiB, of which 128 KiB are a table that has to be empty at the beginning: too much for
//! each of thousands of sessions, of which few are busy at a time. So a thread has a limited number of them, held by those
//! sessions that compressed something last. A session that has lost its own gets another one, and that one is shown what
//! the session has sent last, so that it compresses nearly as well.
//!
//! Owns who holds which compressor, and the promise that no compressor refers to anything that its holder's peer has not
//! seen. It must never know what the compressed bytes look like.

use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::{Compress, Compression};

use crate::error::DeflateError;
use crate::memory;

const LEVEL: u32 = 1;
/// What a compressor refers to is not further back than 2^13 bytes.
pub(super) const WINDOW_BITS: u8 = 13;

/// How many compressors a thread has at the most: enough for those that are busy together, as taking over another
/// session's takes some 8 µs.
const MOST: usize = 128;
/// How many a thread keeps that has no sessions.
const SPARE: usize = 1;

/// How much of the text sent last a new compressor is shown: the headers of some responses.
const SHOWN: usize = 2048;

thread_local! {
    static CONTEXTS: RefCell<Contexts> = const { RefCell::new(Contexts::new()) };
}

/// A session, as far as its compressor is concerned.
pub(super) struct History {
    dictionary: &'static [u8],
    /// Names the session in all threads. 0 before the first block.
    holder: u64,
    /// How many blocks it has compressed.
    blocks: u64,
    /// Where its context was last.
    place: usize,
    /// The end of the text that it has compressed, up to twice as long as needed.
    recent: Vec<u8>,
    /// Whether that is all the text, so that the dictionary stands before it.
    complete: bool,
}

impl History {
    /// Nothing has been compressed, and nothing is allocated.
    pub(super) fn new(dictionary: &'static [u8]) -> History {
        History {
            dictionary,
            holder: 0,
            blocks: 0,
            place: 0,
            recent: Vec::new(),
            complete: true,
        }
    }

    /// Lets `compress` compress `block`. It has to leave nothing of it inside the compressor, that is, flush it.
    ///
    /// # Errors
    ///
    /// Those of `compress`, or [`DeflateError::NoMemory`]. The compressor is not used again then, for it refers to text that
    /// the peer does not get, and the block is not part of the history.
    pub(super) fn compress(
        &mut self,
        block: &[u8],
        mut compress: impl FnMut(&mut Compress) -> Result<(), DeflateError>,
    ) -> Result<(), DeflateError> {
        static NEXT_HOLDER: AtomicU64 = AtomicU64::new(1);
        if self.holder == 0 {
            self.holder = NEXT_HOLDER.fetch_add(1, Ordering::Relaxed);
        }
        self.make_room(block.len())?;
        // A thread that is about to end may have lost its contexts.
        CONTEXTS
            .try_with(|contexts| contexts.borrow_mut().lend(self, &mut compress))
            .unwrap_or_else(|_| Contexts::new().lend(self, &mut compress))?;
        self.blocks += 1;
        self.complete &= block.len() <= SHOWN;
        let shown = &block[block.len().saturating_sub(SHOWN)..];
        self.recent.extend_from_slice(shown);
        Ok(())
    }

    /// Makes room for the end of a block of this length.
    fn make_room(&mut self, block_len: usize) -> Result<(), DeflateError> {
        let added = block_len.min(SHOWN);
        if self.recent.len() + added > 2 * SHOWN {
            self.recent.drain(..self.recent.len() - SHOWN);
            self.complete = false;
        }
        Ok(self.recent.try_reserve(added)?)
    }

    #[cfg(test)]
    pub(super) fn remembered(&self) -> usize {
        self.recent.capacity()
    }

    /// Makes `state` continue where the session is.
    fn show(&self, state: &mut Compress) -> Result<(), DeflateError> {
        state.reset();
        for text in [
            if self.complete { self.dictionary } else { &[] },
            &self.recent,
        ] {
            if !text.is_empty() {
                state.set_dictionary(text).map_err(|_| DeflateError::Zlib)?;
            }
        }
        Ok(())
    }
}

impl Drop for History {
    /// Gives the context back, if this is the thread that has it.
    fn drop(&mut self) {
        if self.holder != 0 {
            // In a thread that is about to end there is nothing to give back to.
            let _ = CONTEXTS.try_with(|contexts| contexts.borrow_mut().give_back(self));
        }
    }
}

/// A compressor, and who holds it.
struct Context {
    state: Compress,
    /// The session that it has compressed for, 0 for none, and how many blocks that had then. A session that has moved to
    /// another thread, and compressed something there, has more.
    holder: u64,
    blocks: u64,
    last_use: u64,
    /// Whether it was left in the middle of a block. Resetting it does not help then: zlib-rs does not forget all that it
    /// was about to write.
    spoiled: bool,
}

impl Context {
    fn new() -> Result<Context, DeflateError> {
        memory::reserve_deflate_state()?;
        Ok(Context {
            // There is no zlib header: the session has written it, and its own checksum is never asked for.
            state: Compress::new_with_window_bits(Compression::new(LEVEL), false, WINDOW_BITS),
            holder: 0,
            blocks: 0,
            last_use: 0,
            spoiled: false,
        })
    }

    fn is_held_by(&self, history: &History) -> bool {
        self.holder == history.holder && self.blocks == history.blocks
    }
}

struct Contexts {
    all: Vec<Context>,
    /// How often one was lent.
    uses: u64,
}

impl Contexts {
    const fn new() -> Contexts {
        Contexts {
            all: Vec::new(),
            uses: 0,
        }
    }

    fn lend(
        &mut self,
        history: &mut History,
        compress: &mut dyn FnMut(&mut Compress) -> Result<(), DeflateError>,
    ) -> Result<(), DeflateError> {
        let held = |context: &Context| context.is_held_by(history);
        if !self.all.get(history.place).is_some_and(held) {
            history.place = match self.all.iter().position(held) {
                Some(place) => place,
                None => self.take_over(history)?,
            };
        }
        self.uses += 1;
        let context = &mut self.all[history.place];
        context.last_use = self.uses;
        // Until the block is complete: an error, or a panic, may come between.
        context.holder = 0;
        context.spoiled = true;
        compress(&mut context.state)?;
        context.spoiled = false;
        context.holder = history.holder;
        context.blocks = history.blocks + 1;
        Ok(())
    }

    /// Finds a context for a session that has none here, and tells where.
    fn take_over(&mut self, history: &History) -> Result<usize, DeflateError> {
        let oldest = (0..self.all.len()).min_by_key(|&place| {
            let context = &self.all[place];
            (context.holder != 0, context.last_use)
        });
        let place = match oldest {
            Some(place) if self.all[place].holder == 0 || self.all.len() == MOST => place,
            _ => {
                self.all.try_reserve(1)?;
                self.all.push(Context::new()?);
                self.all.len() - 1
            }
        };
        let context = &mut self.all[place];
        context.holder = 0;
        if context.spoiled {
            *context = Context::new()?;
        }
        history.show(&mut context.state)?;
        Ok(place)
    }

    fn give_back(&mut self, history: &History) {
        if let Some(place) = self
            .all
            .iter()
            .position(|context| context.holder == history.holder)
        {
            if self.all.len() > SPARE {
                self.all.swap_remove(place);
            } else {
                self.all[place].holder = 0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::zlib::{Compression, Deflater, Inflated, Inflater};
    use crate::version::Version;

    /// A session and its peer.
    struct Pair {
        deflater: Deflater,
        inflater: Inflater,
        sent: usize,
    }

    impl Pair {
        fn new() -> Pair {
            let dictionary = Version::Spdy3.profile().dictionary;
            Pair {
                deflater: Deflater::new(Compression::Fast, dictionary),
                inflater: Inflater::new(dictionary),
                sent: 0,
            }
        }

        /// Sends the block that is this session's next, and returns its compressed size.
        fn send(&mut self, session: usize) -> usize {
            self.sent += 1;
            let number = self.sent * session * 7919;
            self.send_block(
                format!("content-type text/html etag {number:x} server {session}-x").as_bytes(),
            )
        }

        fn send_block(&mut self, block: &[u8]) -> usize {
            let mut out = Vec::new();
            self.deflater.compress(block, &mut out, usize::MAX).unwrap();
            let mut read = Vec::new();
            assert_eq!(
                self.inflater.inflate(&out, &mut read, usize::MAX),
                Ok(Inflated::Complete)
            );
            assert!(read == block);
            out.len()
        }
    }

    fn contexts_here() -> usize {
        CONTEXTS.with(|contexts| contexts.borrow().all.len())
    }

    /// In a thread without any context yet.
    fn in_a_new_thread(test: impl FnOnce() + Send) {
        std::thread::scope(|scope| scope.spawn(test).join().unwrap());
    }

    #[test]
    fn sessions_take_turns_with_a_limited_number_of_compressors() {
        in_a_new_thread(|| {
            let mut pairs: Vec<Pair> = (0..3 * MOST).map(|_| Pair::new()).collect();
            assert_eq!(contexts_here(), 0);
            for round in 1..20 {
                for (i, pair) in pairs.iter_mut().enumerate() {
                    // Some sessions send several blocks in a row, some none.
                    for _ in 0..(i * round) % 4 {
                        pair.send(i + 1);
                    }
                }
            }
            assert_eq!(contexts_here(), MOST);
            drop(pairs);
            assert_eq!(contexts_here(), SPARE);
        });
    }

    #[test]
    fn a_session_that_has_lost_its_compressor_still_refers_to_what_it_sent() {
        in_a_new_thread(|| {
            let text =
                b"x-request-cost 4711 units; server somewhere/1.2.3 on a rainy day".as_slice();
            let mut first = Pair::new();
            let fresh = first.send_block(text);
            let repeated = first.send_block(text);
            assert!(repeated < fresh / 2);
            let mut others: Vec<Pair> = (0..MOST).map(|_| Pair::new()).collect();
            for other in &mut others {
                other.send(1);
            }
            assert!(first.send_block(text) <= repeated + 2);
            assert!(first.send_block(text) <= repeated);
        });
    }

    #[test]
    fn long_blocks_are_remembered_in_part() {
        in_a_new_thread(|| {
            let mut pairs: Vec<Pair> = (0..=MOST).map(|_| Pair::new()).collect();
            for len in [1, SHOWN - 1, SHOWN, SHOWN + 1, 3 * SHOWN, 40_000] {
                for (i, pair) in pairs.iter_mut().enumerate() {
                    let block: Vec<u8> = (0..len).map(|at| (at * (i + 3) / 5) as u8).collect();
                    pair.send_block(&block);
                    assert!(pair.deflater.remembered() <= 2 * SHOWN);
                }
            }
        });
    }

    #[test]
    fn sessions_may_move_between_threads() {
        let mut pairs: Vec<Pair> = (0..4).map(|_| Pair::new()).collect();
        let (ask, asked) = std::sync::mpsc::channel::<Vec<Pair>>();
        let (answer, answered) = std::sync::mpsc::channel::<Vec<Pair>>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for mut pairs in asked {
                    for (i, pair) in pairs.iter_mut().enumerate().skip(1) {
                        pair.send(i);
                    }
                    answer.send(pairs).unwrap();
                }
            });
            for _ in 0..10 {
                for (i, pair) in pairs.iter_mut().enumerate().take(3) {
                    pair.send(i);
                }
                ask.send(pairs).unwrap();
                pairs = answered.recv().unwrap();
            }
            drop(ask);
        });
    }

    #[test]
    fn a_panic_spoils_one_compressor_only() {
        in_a_new_thread(|| {
            let mut other = Pair::new();
            other.send(1);
            let mut history = History::new(b"dictionary");
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                let _ = history.compress(b"block", |_| panic!("as if zlib had failed"));
            }));
            assert!(panicked.is_err());
            for i in 1..4 {
                other.send(i);
                Pair::new().send(i);
            }
        });
    }
}
