//! Options of a session.

use std::os::raw::{c_int, c_void};

use super::codes::{result_code, Code};
use super::enums::spdylay_opt;
use super::handle::{with_handle, Handle};
use super::types::spdylay_session;
use crate::error::SubmitError;
use crate::session::WindowUpdates;

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
    // SAFETY: the caller passes a session of this library and a value of `optlen` bytes, as the header says.
    result_code(unsafe {
        option(optname, optval, optlen)
            .and_then(|option| with_handle(session, |handle| handle.set_option(option)))
    })
}

/// An option with its value.
enum SessionOption {
    NoAutoWindowUpdate(bool),
    MaxRecvCtrlFrameBuffer(u32),
    NoAutoWindowUpdate2(bool),
    NoFlowControl(bool),
    MaxDataPayload(u32),
    HttpRules(bool),
}

impl Handle {
    fn set_option(&self, option: SessionOption) -> Result<(), c_int> {
        match option {
            SessionOption::MaxRecvCtrlFrameBuffer(bytes) => {
                return self
                    .with(|core| core.set_max_recv_ctrl_frame_buffer(bytes))
                    .map_err(Code::code);
            }
            SessionOption::MaxDataPayload(bytes) => {
                return self
                    .with(|core| core.set_max_data_payload(bytes))
                    .map_err(Code::code);
            }
            SessionOption::HttpRules(is_on) => {
                self.with(|core| core.set_http_rules(is_on));
                return Ok(());
            }
            SessionOption::NoFlowControl(is_on) => {
                self.with(|core| core.set_flow_control(!is_on));
                return Ok(());
            }
            SessionOption::NoAutoWindowUpdate(is_on) => self.no_auto_window_update.set(is_on),
            SessionOption::NoAutoWindowUpdate2(is_on) => self.no_auto_window_update2.set(is_on),
        }
        // Either option ends the automatic mode; with both, what is consumed counts.
        let mode = match (
            self.no_auto_window_update.get(),
            self.no_auto_window_update2.get(),
        ) {
            (_, true) => WindowUpdates::Consumed,
            (true, false) => WindowUpdates::Submitted,
            (false, false) => WindowUpdates::Automatic,
        };
        self.with(|core| core.set_window_updates(mode));
        Ok(())
    }
}

/// Finds the option and reads its value; the length is checked before the value is touched.
///
/// # Safety
/// `optval` is NULL or leads to `optlen` bytes.
unsafe fn option(
    optname: c_int,
    optval: *const c_void,
    optlen: usize,
) -> Result<SessionOption, c_int> {
    const NO_AUTO: c_int = spdylay_opt::SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE as c_int;
    const MAX_BUFFER: c_int = spdylay_opt::SPDYLAY_OPT_MAX_RECV_CTRL_FRAME_BUFFER as c_int;
    const NO_AUTO2: c_int = spdylay_opt::SPDYLAY_OPT_NO_AUTO_WINDOW_UPDATE2 as c_int;
    const NO_FLOW_CONTROL: c_int = spdylay_opt::SPDYLAY_OPT_NO_FLOW_CONTROL as c_int;
    const MAX_PAYLOAD: c_int = spdylay_opt::SPDYLAY_OPT_MAX_DATA_PAYLOAD as c_int;
    const HTTP_RULES: c_int = spdylay_opt::SPDYLAY_OPT_HTTP_RULES as c_int;
    // All options there are have values of this size.
    if optval.is_null() || optlen != size_of::<c_int>() {
        return Err(SubmitError::InvalidArgument.code());
    }
    // SAFETY: not NULL, and as long as an `int` or a `uint32_t`; it need not be aligned.
    let value = unsafe { optval.cast::<u32>().read_unaligned() };
    match optname {
        NO_AUTO => Ok(SessionOption::NoAutoWindowUpdate(value != 0)),
        MAX_BUFFER => Ok(SessionOption::MaxRecvCtrlFrameBuffer(value)),
        NO_AUTO2 => Ok(SessionOption::NoAutoWindowUpdate2(value != 0)),
        NO_FLOW_CONTROL => Ok(SessionOption::NoFlowControl(value != 0)),
        MAX_PAYLOAD => Ok(SessionOption::MaxDataPayload(value)),
        HTTP_RULES => Ok(SessionOption::HttpRules(value != 0)),
        _ => Err(SubmitError::InvalidArgument.code()),
    }
}
