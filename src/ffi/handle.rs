//! What a `spdylay_session *` points at, and the one way to reach the core through it.
//!
//! Callbacks may call any function on the same session, through their argument or a saved pointer. So there are only
//! shared references to a [`Handle`], all that changes is in cells, and the core is borrowed by [`Handle::with`] alone,
//! which never calls out: no borrow is alive while C runs.

use std::cell::{Cell, RefCell};
use std::os::raw::{c_char, c_int, c_void};
use std::panic::{catch_unwind, AssertUnwindSafe};

use super::callbacks::{spdylay_on_stream_remote_close_callback, spdylay_session_callbacks};
use super::error::{SPDYLAY_ERR_FATAL, SPDYLAY_ERR_INVALID_ARGUMENT, SPDYLAY_ERR_INVALID_STATE};
use super::keep_alive::KeepAlive;
use super::types::{spdylay_data_provider, spdylay_session};
use crate::session::Session;

/// The `stream_user_data` of C: kept and handed back, never followed.
#[derive(Clone, Copy)]
pub(super) struct UserData(pub(super) *mut c_void);

impl Default for UserData {
    fn default() -> Self {
        UserData(std::ptr::null_mut())
    }
}

/// The session as C programs use it.
pub(super) type Core = Session<UserData, spdylay_data_provider>;

/// Which stepper runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Receive,
    Send,
}

/// The thing behind the opaque pointer.
pub(super) struct Handle {
    core: RefCell<Core>,
    pub(super) callbacks: spdylay_session_callbacks,
    /// Has no place among the others, whose struct cannot grow.
    pub(super) on_stream_remote_close: Cell<spdylay_on_stream_remote_close_callback>,
    pub(super) user_data: *mut c_void,
    receiving: Cell<bool>,
    sending: Cell<bool>,
    /// Deleted from inside a callback: freed by the outermost driver.
    condemned: Cell<bool>,
    /// A panic left the core in an unknown state.
    poisoned: Cell<bool>,
    /// The option of that name.
    pub(super) no_auto_window_update: Cell<bool>,
    /// The option of that name.
    pub(super) no_auto_window_update2: Cell<bool>,
    /// The application takes no input at the moment.
    pub(super) is_recv_paused: Cell<bool>,
    /// What was read before that and not processed.
    kept_input: Cell<Vec<u8>>,
    pub(super) keep_alive: KeepAlive,
    /// Memory for the next array of header pointers.
    nv: Cell<Vec<*mut c_char>>,
}

impl Handle {
    pub(super) fn new(
        core: Core,
        callbacks: spdylay_session_callbacks,
        user_data: *mut c_void,
    ) -> Self {
        Handle {
            core: RefCell::new(core),
            callbacks,
            on_stream_remote_close: Cell::new(None),
            user_data,
            receiving: Cell::new(false),
            sending: Cell::new(false),
            condemned: Cell::new(false),
            poisoned: Cell::new(false),
            no_auto_window_update: Cell::new(false),
            no_auto_window_update2: Cell::new(false),
            is_recv_paused: Cell::new(false),
            kept_input: Cell::new(Vec::new()),
            keep_alive: KeepAlive::default(),
            nv: Cell::new(Vec::new()),
        }
    }

    /// Runs `work` on the core. It must not call out.
    pub(super) fn with<R>(&self, work: impl FnOnce(&mut Core) -> R) -> R {
        work(&mut self.core.borrow_mut())
    }

    pub(super) fn take_nv(&self) -> Vec<*mut c_char> {
        self.nv.take()
    }

    pub(super) fn keep_nv(&self, nv: Vec<*mut c_char>) {
        self.nv.set(nv);
    }

    pub(super) fn take_input(&self) -> Vec<u8> {
        self.kept_input.take()
    }

    pub(super) fn keep_input(&self, input: Vec<u8>) {
        self.kept_input.set(input);
    }

    fn running(&self, direction: Direction) -> &Cell<bool> {
        match direction {
            Direction::Receive => &self.receiving,
            Direction::Send => &self.sending,
        }
    }

    fn is_running(&self) -> bool {
        self.receiving.get() || self.sending.get()
    }

    /// Whether the session can be used, and called back from: the error code if a panic or a callback has ended it.
    pub(super) fn check(&self) -> Result<(), c_int> {
        if self.poisoned.get() {
            Err(SPDYLAY_ERR_FATAL)
        } else if self.condemned.get() {
            Err(SPDYLAY_ERR_INVALID_STATE)
        } else {
            Ok(())
        }
    }

    /// Catches a panic of ours at the boundary; it costs this session.
    fn guard<R>(&self, work: impl FnOnce() -> Result<R, c_int>) -> Result<R, c_int> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
            self.poisoned.set(true);
            Err(SPDYLAY_ERR_FATAL)
        })
    }
}

/// Hands a new session to C.
pub(super) fn into_raw(handle: Box<Handle>) -> *mut spdylay_session {
    Box::into_raw(handle).cast()
}

/// Runs `work` on the core of a session; the error code if there is none that can be used.
///
/// # Safety
/// `session` is NULL or was made by [`into_raw`] and is not freed yet.
pub(super) unsafe fn with_core<R>(
    session: *mut spdylay_session,
    work: impl FnOnce(&mut Core) -> Result<R, c_int>,
) -> Result<R, c_int> {
    // SAFETY: by this function's contract.
    unsafe { with_handle(session, |handle| handle.with(work)) }
}

/// Runs `work`, which must not call out, on a session; the error code if there is none that can be used.
///
/// # Safety
/// As [`with_core`].
pub(super) unsafe fn with_handle<R>(
    session: *mut spdylay_session,
    work: impl FnOnce(&Handle) -> Result<R, c_int>,
) -> Result<R, c_int> {
    // SAFETY: by this function's contract; the reference ends with this call, which does not free.
    let Some(handle) = (unsafe { session.cast::<Handle>().as_ref() }) else {
        return Err(SPDYLAY_ERR_INVALID_ARGUMENT);
    };
    handle.check()?;
    handle.guard(|| work(handle))
}

/// Runs a stepper, which may call out; afterwards frees a session that was deleted meanwhile.
///
/// # Safety
/// As [`with_core`]. `drive` must keep no reference to the handle.
pub(super) unsafe fn with_driver<R>(
    session: *mut spdylay_session,
    direction: Direction,
    drive: impl FnOnce(&Handle) -> Result<R, c_int>,
) -> Result<R, c_int> {
    let pointer = session.cast::<Handle>();
    let (result, is_last) = {
        // SAFETY: by this function's contract; a delete inside `drive` only condemns, as the stepper is marked as
        // running, so the handle outlives this block, and the reference ends with it.
        let Some(handle) = (unsafe { pointer.as_ref() }) else {
            return Err(SPDYLAY_ERR_INVALID_ARGUMENT);
        };
        handle.check()?;
        if handle.running(direction).replace(true) {
            return Err(SPDYLAY_ERR_INVALID_STATE);
        }
        let result = handle.guard(|| drive(handle));
        handle.running(direction).set(false);
        (result, handle.condemned.get() && !handle.is_running())
    };
    if is_last {
        // SAFETY: made by `into_raw`, condemned, and no stepper that could still use it is running.
        drop(unsafe { Box::from_raw(pointer) });
    }
    result
}

/// Frees a session, or lets the running stepper do so.
///
/// # Safety
/// As [`with_core`]; afterwards the caller must not use `session` again.
pub(super) unsafe fn delete(session: *mut spdylay_session) {
    let pointer = session.cast::<Handle>();
    // SAFETY: by this function's contract; the reference ends before the handle is freed.
    let is_running = match unsafe { pointer.as_ref() } {
        None => return,
        Some(handle) => {
            let is_running = handle.is_running();
            handle.condemned.set(is_running);
            is_running
        }
    };
    if !is_running {
        // SAFETY: made by `into_raw`, and no stepper is running that holds a reference.
        drop(unsafe { Box::from_raw(pointer) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ffi::drive::{
        spdylay_session_mem_recv, spdylay_session_send, spdylay_session_want_read,
    };
    use crate::ffi::session::spdylay_session_del;
    use crate::ffi::submit::spdylay_submit_ping;
    use crate::version::Version;

    fn session() -> *mut spdylay_session {
        // SAFETY: all members are optional functions, for which zero is "none".
        let callbacks = unsafe { std::mem::zeroed::<spdylay_session_callbacks>() };
        into_raw(Box::new(Handle::new(
            Core::client(Version::Spdy3),
            callbacks,
            std::ptr::null_mut(),
        )))
    }

    #[test]
    fn a_panic_costs_one_session() {
        let (broken, other) = (session(), session());
        // SAFETY: both were made above and are deleted below.
        unsafe {
            let result = with_core(broken, |_| -> Result<(), c_int> { panic!("on purpose") });
            assert_eq!(result, Err(SPDYLAY_ERR_FATAL));
            assert_eq!(spdylay_submit_ping(broken), SPDYLAY_ERR_FATAL);
            assert_eq!(spdylay_session_send(broken), SPDYLAY_ERR_FATAL);
            assert_eq!(
                spdylay_session_mem_recv(broken, b"x".as_ptr(), 1),
                SPDYLAY_ERR_FATAL as isize
            );
            assert_eq!(spdylay_session_want_read(broken), 0);
            assert_eq!(spdylay_submit_ping(other), 0);
            spdylay_session_del(broken);
            spdylay_session_del(other);
        }
    }

    #[test]
    fn a_panic_inside_a_nested_call_stops_the_outer_one() {
        let session = session();
        // SAFETY: made above and deleted below; the driver's closure keeps no reference.
        unsafe {
            let result = with_driver(session, Direction::Send, |handle| {
                let nested = with_core(session, |_| -> Result<(), c_int> { panic!("on purpose") });
                assert_eq!(nested, Err(SPDYLAY_ERR_FATAL));
                handle.check()
            });
            assert_eq!(result, Err(SPDYLAY_ERR_FATAL));
            spdylay_session_del(session);
        }
    }

    #[test]
    fn a_session_deleted_while_it_runs_is_freed_at_the_end() {
        let session = session();
        // SAFETY: made above; the outermost driver frees it.
        unsafe {
            let result = with_driver(session, Direction::Send, |_| {
                let nested = with_driver(session, Direction::Receive, |_| {
                    delete(session);
                    Ok(())
                });
                assert_eq!(nested, Ok(()));
                with_core(session, |_| Ok(()))
            });
            assert_eq!(result, Err(SPDYLAY_ERR_INVALID_STATE));
        }
    }
}
