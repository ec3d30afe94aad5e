//! Memory for what C gets a pointer to.

use std::alloc::{alloc, Layout};

/// Moves a value to the heap as `Box::new` does, except that a lack of memory is `None` and not the end of the process.
pub(super) fn try_box<T>(value: T) -> Option<Box<T>> {
    const { assert!(size_of::<T>() > 0) };
    // SAFETY: the size is not zero.
    let pointer = unsafe { alloc(Layout::new::<T>()) }.cast::<T>();
    if pointer.is_null() {
        return None;
    }
    // SAFETY: fresh memory of the allocator and the layout that `Box` uses, and the value is in it before the box is made.
    unsafe {
        pointer.write(value);
        Some(Box::from_raw(pointer))
    }
}
