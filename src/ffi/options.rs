//! Options of a session.

use std::os::raw::{c_int, c_void};

use super::types::spdylay_session;

/// Sets an option of a session.
///
/// Options may be set at any time and take effect from the next byte that is
/// processed.
///
/// @param session  the session
/// @param optname  which option, one of #spdylay_opt
/// @param optval   the value, of the type that #spdylay_opt names
/// @param optlen   the size of `*optval`; it must be that of the option's type
///
/// @return 0, or
///         - #SPDYLAY_ERR_INVALID_ARGUMENT: there is no such option, the size
///           is wrong, the value is out of range, or a pointer is NULL
///         - #SPDYLAY_ERR_FATAL: the session met an internal error
#[no_mangle]
pub unsafe extern "C" fn spdylay_session_set_option(
    session: *mut spdylay_session,
    optname: c_int,
    optval: *mut c_void,
    optlen: usize,
) -> c_int {
    todo!()
}
