//! Asking for memory before a dependency takes it that cannot say that there is none.

use std::collections::TryReserveError;
use std::hint::black_box;

/// What zlib-rs allocates to decompress, rounded up, bytes.
const INFLATE_STATE: usize = 48 * 1024;

/// Finds out whether there is memory to decompress with.
///
/// Without it zlib-rs panics. That would cost the session, and a backtrace of it, for which there is no memory either,
/// can keep the process waiting for ever.
pub(crate) fn reserve_inflate_state() -> Result<(), TryReserveError> {
    let mut trial = Vec::<u8>::new();
    trial.try_reserve_exact(INFLATE_STATE)?;
    // An allocation that nobody looks at may be optimised away.
    black_box(&trial);
    Ok(())
}
