//! Choosing a protocol in the TLS handshake.

use std::ffi::CStr;
use std::os::raw::{c_int, c_uchar, c_uint};

use super::boundary::{boundary, slice_from_c};
use super::types::spdylay_npn_proto;
use super::version;
use crate::npn::{self, Protocol};

/// What C code may share between threads: constant pointers to constants.
struct ProtocolList([spdylay_npn_proto; npn::PROTOCOLS.len()]);

// SAFETY: all in it is immutable and lives as long as the program.
unsafe impl Sync for ProtocolList {}

/// The names in the order of [`npn::PROTOCOLS`], ended by a NUL for C.
const NAMES: [&CStr; npn::PROTOCOLS.len()] = [c"spdy/3.1", c"spdy/3", c"spdy/2"];

const fn entry(index: usize) -> spdylay_npn_proto {
    let Protocol { name, version } = npn::PROTOCOLS[index];
    let c_name = NAMES[index];
    assert!(c_name.count_bytes() == name.len());
    spdylay_npn_proto {
        proto: c_name.as_ptr().cast(),
        len: name.len() as u8,
        version: version::to_c(version),
    }
}

static PROTOCOL_LIST: ProtocolList = ProtocolList([entry(0), entry(1), entry(2)]);

/// Chooses a protocol from those a server offers by NPN.
///
/// Made to be called from the callback that OpenSSL has for it
/// (SSL_CTX_set_next_proto_select_cb()), with the arguments it gets. The
/// choice is spdy/3.1, spdy/3 or spdy/2, in this order, whatever order the
/// server prefers; else http/1.1.
///
/// @param out     where to put a pointer to the name chosen, which is part of
///                `in`; not written if there is none
/// @param outlen  where to put the length of the name; not written if there is
///                none
/// @param in      the names offered, each preceded by its length in one byte
/// @param inlen   the length of all that in bytes
///
/// @return The SPDY version chosen, one of #spdylay_proto_version; 0 for
///         http/1.1; -1 if neither is offered, or a pointer is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_select_next_protocol(
    out: *mut *mut c_uchar,
    outlen: *mut c_uchar,
    r#in: *const c_uchar,
    inlen: c_uint,
) -> c_int {
    const NONE: c_int = -1;
    boundary(NONE, || {
        // SAFETY: the caller passes `inlen` readable bytes.
        let Some(offer) = (unsafe { slice_from_c(r#in, inlen as usize) }) else {
            return NONE;
        };
        if out.is_null() || outlen.is_null() {
            return NONE;
        }
        let Some(selected) = npn::select_next_protocol(offer) else {
            return NONE;
        };
        // SAFETY: neither is NULL, and the caller passes pointers to write to. The length fits: it is one of a list
        // whose lengths are bytes.
        unsafe {
            *out = selected.name.as_ptr().cast_mut();
            *outlen = selected.name.len() as c_uchar;
        }
        selected.version.map_or(0, version::to_c).into()
    })
}

/// Lists the protocols the library speaks, the preferred one first: for the
/// server's side of NPN, and for both sides of ALPN.
///
/// @param len_ptr  where to put the number of entries; NULL if not wanted
///
/// @return The first entry. The list is constant.
#[no_mangle]
pub unsafe extern "C" fn spdylay_npn_get_proto_list(
    len_ptr: *mut usize,
) -> *const spdylay_npn_proto {
    let list = &PROTOCOL_LIST.0;
    if !len_ptr.is_null() {
        // SAFETY: not NULL, and the caller passes a pointer to write to.
        unsafe { *len_ptr = list.len() };
    }
    list.as_ptr()
}

/// Finds the SPDY version that has a name, as it was agreed on in the TLS
/// handshake.
///
/// @param proto     the name, for example `spdy/3.1`; upper and lower case
///                  differ
/// @param protolen  its length in bytes
///
/// @return The version, one of #spdylay_proto_version; 0 if none has the name
///         or `proto` is NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_npn_get_version(proto: *const c_uchar, protolen: usize) -> u16 {
    boundary(0, || {
        // SAFETY: the caller passes `protolen` readable bytes.
        let name = unsafe { slice_from_c(proto, protolen) };
        name.and_then(npn::version_of).map_or(0, version::to_c)
    })
}
