//! Decompressing response bodies.

use std::os::raw::c_int;

use super::boundary::{boundary, slice_from_c, slice_from_c_mut};
use super::error::{SPDYLAY_ERR_GZIP, SPDYLAY_ERR_INVALID_ARGUMENT, SPDYLAY_ERR_NOMEM};
use super::memory::try_box;
use crate::gzip::{InflateError, Inflater};

/// A decompressor for one body in gzip or zlib format.
///
/// Made by spdylay_gzip_inflate_new() and freed by spdylay_gzip_inflate_del().
/// Its content is private. It is independent of any session.
pub struct spdylay_gzip {
    inflater: Inflater,
}

/// Creates a decompressor for one body.
///
/// It finds out by itself whether the data is in gzip format, as
/// `content-encoding: gzip` promises, or in zlib format, as `deflate` does.
///
/// @param inflater_ptr  where to put the new decompressor; not written on
///                      failure. Free it with spdylay_gzip_inflate_del()
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: `inflater_ptr` is NULL
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted
#[no_mangle]
pub unsafe extern "C" fn spdylay_gzip_inflate_new(inflater_ptr: *mut *mut spdylay_gzip) -> c_int {
    boundary(SPDYLAY_ERR_NOMEM, || {
        if inflater_ptr.is_null() {
            return SPDYLAY_ERR_INVALID_ARGUMENT;
        }
        let Some(inflater) = try_box(spdylay_gzip {
            inflater: Inflater::new(),
        }) else {
            return SPDYLAY_ERR_NOMEM;
        };
        // SAFETY: not NULL, and the caller passes a pointer to write to.
        unsafe { *inflater_ptr = Box::into_raw(inflater) };
        0
    })
}

/// Deletes a decompressor.
///
/// @param inflater  the decompressor, or NULL to do nothing
#[no_mangle]
pub unsafe extern "C" fn spdylay_gzip_inflate_del(inflater: *mut spdylay_gzip) {
    boundary((), || {
        if !inflater.is_null() {
            // SAFETY: not NULL, so it came from `Box::into_raw` in spdylay_gzip_inflate_new(), and the caller gives
            // it up.
            drop(unsafe { Box::from_raw(inflater) });
        }
    });
}

/// Decompresses a piece of a body.
///
/// It stops when the input is used up, the output is full, or the data ends.
/// Call it again, with what is left of the input and a fresh output, until it
/// consumes and produces nothing more. Bytes after the end of the data are not
/// consumed; `*inlen_ptr` shows where it ended.
///
/// @param inflater    the decompressor
/// @param out         where to put the decompressed bytes; it must not overlap
///                    `in`. May be NULL if `*outlen_ptr` is 0
/// @param outlen_ptr  room in `out` in bytes; on return, how many bytes were
///                    put there
/// @param in          the compressed bytes. May be NULL if `*inlen_ptr` is 0
/// @param inlen_ptr   how many there are; on return, how many were consumed
///
/// @return 0, also when there was nothing to do. Or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: a pointer is NULL; the lengths are
///           left alone
///         - #SPDYLAY_ERR_GZIP: the data is damaged, in neither format, or
///           wants a dictionary; the lengths are set, and the bytes produced
///           are good. Or the data ended in an earlier call; the lengths are
///           left alone
///         - #SPDYLAY_ERR_NOMEM: memory is exhausted; the lengths are left
///           alone, and the call can be repeated
#[no_mangle]
pub unsafe extern "C" fn spdylay_gzip_inflate(
    inflater: *mut spdylay_gzip,
    out: *mut u8,
    outlen_ptr: *mut usize,
    r#in: *const u8,
    inlen_ptr: *mut usize,
) -> c_int {
    boundary(SPDYLAY_ERR_GZIP, || {
        // SAFETY: unless NULL, it came from spdylay_gzip_inflate_new(), and the caller does not use it elsewhere
        // during the call.
        let Some(gzip) = (unsafe { inflater.as_mut() }) else {
            return SPDYLAY_ERR_INVALID_ARGUMENT;
        };
        if outlen_ptr.is_null() || inlen_ptr.is_null() {
            return SPDYLAY_ERR_INVALID_ARGUMENT;
        }
        // SAFETY: neither length pointer is NULL, and the caller passes as many bytes as they say, in buffers that do
        // not overlap.
        let (input, output) = unsafe {
            (
                slice_from_c(r#in, *inlen_ptr),
                slice_from_c_mut(out, *outlen_ptr),
            )
        };
        let (Some(input), Some(output)) = (input, output) else {
            return SPDYLAY_ERR_INVALID_ARGUMENT;
        };
        let (progress, code) = match gzip.inflater.inflate(input, output) {
            Ok(progress) => (progress, 0),
            Err(InflateError::Invalid(progress)) => (progress, SPDYLAY_ERR_GZIP),
            Err(InflateError::Ended) => return SPDYLAY_ERR_GZIP,
            Err(InflateError::NoMemory) => return SPDYLAY_ERR_NOMEM,
        };
        // SAFETY: neither is NULL, and the caller passes pointers to write to.
        unsafe {
            *inlen_ptr = progress.consumed;
            *outlen_ptr = progress.produced;
        }
        code
    })
}
