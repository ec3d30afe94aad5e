//! Client certificates by CREDENTIAL frame: functions that exist, so that
//! programs link, and do nothing, as in libspdylay 1.4.

// The parameters are named for the header.
#![allow(unused_variables)]

use std::os::raw::{c_char, c_int};

use super::types::{spdylay_origin, spdylay_session};

/// Would name the origin that the certificate of the TLS handshake is for.
///
/// CREDENTIAL frames are not supported, as in libspdylay 1.4: the function
/// does nothing. Client certificates in the TLS handshake itself are not
/// affected. SPDY/3 section 2.6.9.
///
/// @param session  ignored
/// @param scheme   ignored
/// @param host     ignored
/// @param port     ignored
///
/// @return 0.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_set_initial_client_cert_origin(
    session: *mut spdylay_session,
    scheme: *const c_char,
    host: *const c_char,
    port: u16,
) -> c_int {
    0
}

/// Would get the origin whose client certificate is in a slot. See
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param session  ignored
/// @param slot     ignored
///
/// @return NULL: no slot holds a certificate.
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_get_client_cert_origin(
    session: *mut spdylay_session,
    slot: usize,
) -> *const spdylay_origin {
    std::ptr::null()
}

/// Would get the scheme of an origin. See
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param origin  ignored
///
/// @return NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_origin_get_scheme(origin: *const spdylay_origin) -> *const c_char {
    std::ptr::null()
}

/// Would get the host of an origin. See
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param origin  ignored
///
/// @return NULL.
#[no_mangle]
pub unsafe extern "C" fn spdylay_origin_get_host(origin: *const spdylay_origin) -> *const c_char {
    std::ptr::null()
}

/// Would get the port of an origin. See
/// spdylay_session_set_initial_client_cert_origin().
///
/// @param origin  ignored
///
/// @return 0.
#[no_mangle]
pub unsafe extern "C" fn spdylay_origin_get_port(origin: *const spdylay_origin) -> u16 {
    0
}
