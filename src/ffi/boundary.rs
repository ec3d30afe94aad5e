//! What every entry point needs at the border to C: panics stop here, and pointers become slices only after a check.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;

/// Runs the body of an entry point. Should it panic, the caller gets `on_panic` and the process lives on.
///
/// Whoever shares state between calls has to make sure that a panic leaves it unusable: the body is run as if it were
/// unwind safe.
pub(crate) fn boundary<T>(on_panic: T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or(on_panic)
}

/// Checks that `len` elements may be behind `ptr`. C may pass NULL for nothing; more than `isize::MAX` bytes cannot be.
fn is_plausible<T>(ptr: *const T, len: usize) -> bool {
    let fits = len
        .checked_mul(size_of::<T>())
        .is_some_and(|bytes| isize::try_from(bytes).is_ok());
    fits && (len == 0 || !ptr.is_null())
}

/// Makes a slice of what C passed as pointer and length; `None` if that cannot be one.
///
/// # Safety
/// If `len` is not 0 and `ptr` not NULL, `len` elements must be there, and nothing may write to them for `'a`.
pub(crate) unsafe fn slice_from_c<'a, T>(ptr: *const T, len: usize) -> Option<&'a [T]> {
    if !is_plausible(ptr, len) {
        return None;
    }
    if len == 0 {
        return Some(&[]);
    }
    // SAFETY: not NULL and not too long, as checked; the caller vouches for the rest.
    Some(unsafe { slice::from_raw_parts(ptr, len) })
}

/// Makes a mutable slice of what C passed as pointer and length; `None` if that cannot be one.
///
/// # Safety
/// If `len` is not 0 and `ptr` not NULL, `len` elements must be there, and nothing else may touch them for `'a`.
pub(crate) unsafe fn slice_from_c_mut<'a, T>(ptr: *mut T, len: usize) -> Option<&'a mut [T]> {
    if !is_plausible(ptr, len) {
        return None;
    }
    if len == 0 {
        return Some(&mut []);
    }
    // SAFETY: not NULL and not too long, as checked; the caller vouches for the rest.
    Some(unsafe { slice::from_raw_parts_mut(ptr, len) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_panic_becomes_a_value() {
        assert_eq!(boundary(-1, || 0), 0);
        assert_eq!(boundary(-1, || panic!("on purpose")), -1);
    }

    #[test]
    fn null_is_the_empty_slice_and_no_other() {
        // SAFETY: no memory is behind these pointers, and the lengths say so or are refused.
        unsafe {
            assert_eq!(slice_from_c::<u32>(ptr::null(), 0), Some(&[][..]));
            assert_eq!(slice_from_c::<u32>(ptr::null(), 1), None);
            assert_eq!(
                slice_from_c_mut::<u8>(ptr::null_mut(), 0),
                Some(&mut [][..])
            );
            assert_eq!(slice_from_c_mut::<u8>(ptr::null_mut(), 1), None);
        }
    }

    #[test]
    fn no_slice_is_longer_than_memory() {
        let element = 7u32;
        // SAFETY: both lengths are refused before anything is read.
        unsafe {
            assert_eq!(slice_from_c(&element, usize::MAX), None);
            assert_eq!(slice_from_c(&element, isize::MAX as usize / 2), None);
        }
    }
}
