//! The values that SETTINGS frames carry, one set for each side.
//!
//! Source: SPDY/3 section 2.6.4.

use crate::session::flow::INITIAL_WINDOW_SIZE;

/// The ids of SETTINGS entries.
pub mod id {
    /// Expected upload bandwidth, kB/s.
    pub const UPLOAD_BANDWIDTH: i32 = 1;
    /// Expected download bandwidth, kB/s.
    pub const DOWNLOAD_BANDWIDTH: i32 = 2;
    /// Expected round-trip time, ms.
    pub const ROUND_TRIP_TIME: i32 = 3;
    /// How many streams the receiver may have open at a time.
    pub const MAX_CONCURRENT_STREAMS: i32 = 4;
    /// The TCP congestion window, packets.
    pub const CURRENT_CWND: i32 = 5;
    /// Retransmission rate of downloads, percent.
    pub const DOWNLOAD_RETRANS_RATE: i32 = 6;
    /// The initial window of new streams, bytes.
    pub const INITIAL_WINDOW_SIZE: i32 = 7;
    /// The size of the client certificate vector.
    pub const CLIENT_CERTIFICATE_VECTOR_SIZE: i32 = 8;
    /// The largest id.
    pub const MAX: i32 = 8;
}

/// How many streams a peer may open before SETTINGS says otherwise.
pub const INITIAL_MAX_CONCURRENT_STREAMS: u32 = (1 << 31) - 1;

/// One side's settings.
pub(crate) struct Settings {
    values: [u32; id::MAX as usize + 1],
    widest_initial_window: u32,
}

impl Settings {
    pub(crate) fn new() -> Self {
        let mut values = [0; id::MAX as usize + 1];
        values[id::MAX_CONCURRENT_STREAMS as usize] = INITIAL_MAX_CONCURRENT_STREAMS;
        values[id::INITIAL_WINDOW_SIZE as usize] = INITIAL_WINDOW_SIZE;
        Settings {
            values,
            widest_initial_window: INITIAL_WINDOW_SIZE,
        }
    }

    /// Whether `setting` is one of the ids that exist.
    pub(crate) fn is_known(setting: i32) -> bool {
        (1..=id::MAX).contains(&setting)
    }

    /// Stores a value; unknown ids are ignored.
    pub(crate) fn set(&mut self, setting: i32, value: u32) {
        if !Self::is_known(setting) {
            return;
        }
        self.values[setting as usize] = value;
        if setting == id::INITIAL_WINDOW_SIZE {
            self.widest_initial_window = self.widest_initial_window.max(value);
        }
    }

    pub(crate) fn max_concurrent_streams(&self) -> u32 {
        self.values[id::MAX_CONCURRENT_STREAMS as usize]
    }

    pub(crate) fn initial_window_size(&self) -> u32 {
        self.values[id::INITIAL_WINDOW_SIZE as usize]
    }

    /// The largest initial window there ever was: a peer may not have seen a smaller one yet.
    pub(crate) fn widest_initial_window(&self) -> u32 {
        self.widest_initial_window
    }
}
