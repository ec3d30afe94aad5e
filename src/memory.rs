//! Asking for memory before a dependency takes it that cannot say that there is none.
//!
//! zlib-rs panics then. That would cost the session, and a backtrace of it, for which there is no memory either, can keep
//! the process waiting for ever.

use std::collections::TryReserveError;
use std::hint::black_box;

/// What zlib-rs allocates to compress, and to decompress, rounded up, bytes.
const DEFLATE_STATE: usize = 300 * 1024;
const INFLATE_STATE: usize = 48 * 1024;

/// Finds out whether there is memory to compress with.
pub(crate) fn reserve_deflate_state() -> Result<(), TryReserveError> {
    reserve(DEFLATE_STATE)
}

/// Finds out whether there is memory to decompress with.
pub(crate) fn reserve_inflate_state() -> Result<(), TryReserveError> {
    reserve(INFLATE_STATE)
}

fn reserve(bytes: usize) -> Result<(), TryReserveError> {
    let mut trial = Vec::<u8>::new();
    trial.try_reserve_exact(bytes)?;
    // An allocation that nobody looks at may be optimised away.
    black_box(&trial);
    Ok(())
}
