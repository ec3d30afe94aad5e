//! How much memory something takes, as the kernel counts it.

#![allow(unsafe_code)]

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The process for oneself: every test of a binary that measures holds this from its beginning to its end.
pub struct Memory(#[allow(dead_code)] MutexGuard<'static, ()>);

impl Memory {
    pub fn alone() -> Memory {
        static ALONE: Mutex<()> = Mutex::new(());
        let memory = Memory(ALONE.lock().unwrap_or_else(PoisonError::into_inner));
        // Otherwise the allocator keeps large blocks that were freed, and what is taken later goes unnoticed in them.
        // SAFETY: large blocks come from the system from now on; those there are stay as they are.
        unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, 1 << 16) };
        memory
    }

    /// How many bytes the resident memory grows at most while `work` runs.
    pub fn peak_growth(&self, work: impl FnOnce()) -> usize {
        let before = self.resident();
        // Sets the high-water mark back to what is resident now; see proc(5).
        fs::write("/proc/self/clear_refs", "5").expect("the peak can be set back");
        work();
        status("VmHWM:").saturating_sub(before)
    }

    /// How many bytes are allocated, touched or not.
    pub fn allocated(&self) -> usize {
        // SAFETY: only looks at the books of the allocator.
        let books = unsafe { libc::mallinfo2() };
        books.uordblks + books.hblkhd
    }

    /// How many bytes are resident, not counting what was freed.
    pub fn resident(&self) -> usize {
        // SAFETY: gives free memory back to the system, and touches none that is in use.
        unsafe { libc::malloc_trim(0) };
        status("VmRSS:")
    }
}

fn status(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").expect("/proc/self/status");
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix(field))
        .expect("a line of that name");
    let kilobytes = line.trim().trim_end_matches(" kB");
    kilobytes.parse::<usize>().expect("a number of kB") * 1024
}
