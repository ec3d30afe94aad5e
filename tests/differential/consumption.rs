//! The application's books about what it has received, so that it never consumes more than that.

use std::collections::HashMap;

#[derive(Default)]
pub struct Consumption {
    streams: HashMap<i32, Account>,
}

#[derive(Default)]
struct Account {
    delivered: usize,
    consumed: usize,
    /// Consumed and not yet given back on the stream itself.
    pending: usize,
}

impl Consumption {
    pub fn deliver(&mut self, stream: i32, length: usize) {
        self.account(stream).delivered += length;
    }

    /// The most that can be consumed; `counted` is what the library says it has received on the stream and not given back,
    /// which leaves out the end of the last frame.
    pub fn most(&mut self, stream: i32, counted: i32) -> usize {
        let account = self.account(stream);
        let outstanding = account.delivered - account.consumed;
        let on_stream = match usize::try_from(counted) {
            Ok(counted) => counted.saturating_sub(account.pending),
            Err(_) => usize::MAX,
        };
        outstanding.min(on_stream)
    }

    /// Notes that so much was consumed; `before` and `after` are what the library says as above.
    pub fn consume(&mut self, stream: i32, size: usize, before: i32, after: i32) {
        let account = self.account(stream);
        account.consumed += size;
        account.pending += size;
        if after < before {
            account.pending = 0;
        }
    }

    /// Notes that the application gave back so much by itself.
    pub fn grant(&mut self, stream: i32, delta: i32) {
        let account = self.account(stream);
        account.pending = account.pending.saturating_sub(delta as usize);
    }

    fn account(&mut self, stream: i32) -> &mut Account {
        self.streams.entry(stream).or_default()
    }
}
