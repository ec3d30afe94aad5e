//! The functions of the header as methods of [`Session`], named without `spdylay_`, `session_`
//! and `get_`.
//!
//! Each goes straight to the library. Arrays of pairs become `nv` arrays, `None` becomes NULL,
//! and stream user data are plain numbers.

#![allow(unsafe_code)]

use super::abi::{DataProvider, SettingsEntry, StreamCallback};
use super::callbacks;
use super::nv::NvArray;
use super::peer::Session;
use std::ffi::c_void;
use std::ptr;

/// What a test needs that was added since 1.4.
const ADDITION: &str = "the library lacks an addition to 1.4";

macro_rules! methods {
    ($($(#[$doc:meta])* fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty
        = $function:ident($($pass:expr),*);)*) => {
        impl Session {
            $(
                $(#[$doc])*
                pub fn $name(&self, $($arg: $type),*) -> $result {
                    // SAFETY: the arguments are valid during the call, and the session is live.
                    self.call(|raw| unsafe { (self.api().$function)(raw, $($pass),*) })
                }
            )*
        }
    };
}

methods! {
    fn send() -> i32 = session_send();
    fn recv() -> i32 = session_recv();
    fn mem_recv(bytes: &[u8]) -> isize = session_mem_recv(bytes.as_ptr(), bytes.len());
    fn resume_data(stream_id: i32) -> i32 = session_resume_data(stream_id);
    fn want_read() -> i32 = session_want_read();
    fn want_write() -> i32 = session_want_write();
    fn outbound_queue_size() -> usize = session_get_outbound_queue_size();
    fn pri_lowest() -> u8 = session_get_pri_lowest();
    fn stream_recv_data_length(stream_id: i32) -> i32
        = session_get_stream_recv_data_length(stream_id);
    fn recv_data_length() -> i32 = session_get_recv_data_length();
    fn fail_session(status_code: u32) -> i32 = session_fail_session(status_code);
    fn consume(stream_id: i32, size: usize) -> i32 = session_consume(stream_id, size);
    fn set_stream_user_data(stream_id: i32, user_data: usize) -> i32
        = session_set_stream_user_data(stream_id, user_data as *mut c_void);

    fn submit_request(
        pri: u8,
        nv: impl Into<NvArray>,
        provider: Option<&DataProvider>,
        user_data: usize
    ) -> i32
        = submit_request(pri, nv.into().as_ptr(), pointer(provider), user_data as *mut c_void);
    fn submit_response(
        stream_id: i32,
        nv: impl Into<NvArray>,
        provider: Option<&DataProvider>
    ) -> i32
        = submit_response(stream_id, nv.into().as_ptr(), pointer(provider));
    fn submit_syn_stream(
        flags: u8,
        assoc_stream_id: i32,
        pri: u8,
        nv: impl Into<NvArray>,
        user_data: usize
    ) -> i32
        = submit_syn_stream(
            flags, assoc_stream_id, pri, nv.into().as_ptr(), user_data as *mut c_void
        );
    fn submit_syn_reply(flags: u8, stream_id: i32, nv: impl Into<NvArray>) -> i32
        = submit_syn_reply(flags, stream_id, nv.into().as_ptr());
    fn submit_headers(flags: u8, stream_id: i32, nv: impl Into<NvArray>) -> i32
        = submit_headers(flags, stream_id, nv.into().as_ptr());
    fn submit_data(stream_id: i32, flags: u8, provider: Option<&DataProvider>) -> i32
        = submit_data(stream_id, flags, pointer(provider));
    fn submit_rst_stream(stream_id: i32, status_code: u32) -> i32
        = submit_rst_stream(stream_id, status_code);
    fn submit_ping() -> i32 = submit_ping();
    fn submit_goaway(status_code: u32) -> i32 = submit_goaway(status_code);
    fn submit_settings_entries(flags: u8, entries: &[SettingsEntry]) -> i32
        = submit_settings(flags, entries.as_ptr(), entries.len());
    fn submit_window_update(stream_id: i32, delta: i32) -> i32
        = submit_window_update(stream_id, delta);
}

macro_rules! added_methods {
    ($(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty
        = $function:ident($($pass:expr),*);)*) => {
        impl Session {
            $(
                pub fn $name(&self, $($arg: $type),*) -> $result {
                    let function = self.api().$function.expect(ADDITION);
                    // SAFETY: the arguments are valid during the call, and the session is live.
                    self.call(|raw| unsafe { function(raw, $($pass),*) })
                }
            )*
        }
    };
}

added_methods! {
    fn stream_local_close(stream_id: i32) -> i32 = session_get_stream_local_close(stream_id);
    fn stream_remote_close(stream_id: i32) -> i32 = session_get_stream_remote_close(stream_id);
    fn set_on_stream_remote_close(callback: Option<StreamCallback>) -> i32
        = session_set_on_stream_remote_close_callback(callback);
    fn submit_fin(stream_id: i32) -> i32 = submit_fin(stream_id);
    fn shutdown(status_code: u32) -> i32 = session_shutdown(status_code);
    fn set_recv_paused(paused: i32) -> i32 = session_set_recv_paused(paused);
    fn ping_rtt() -> i64 = session_get_ping_rtt();
    fn keep_alive(idle_ms: u32) -> i64 = session_keep_alive(idle_ms);
}

impl Session {
    /// Lets `on_stream_remote_close` be recorded, too.
    pub fn report_remote_close(&self) {
        let callback = Some(callbacks::on_stream_remote_close as StreamCallback);
        assert_eq!(self.set_on_stream_remote_close(callback), 0);
    }

    /// The bytes handed out count as output, like those that `send_callback` takes.
    pub fn mem_send(&self) -> isize {
        let mut data = ptr::dangling();
        let mem_send = self.api().session_mem_send.expect(ADDITION);
        // SAFETY: the session is live, and the pointer writable.
        let result = self.call(|raw| unsafe { mem_send(raw, &mut data) });
        assert_eq!(
            data.is_null(),
            result <= 0,
            "the pointer that goes with {result}"
        );
        if let Ok(length) = usize::try_from(result) {
            self.write(callbacks::bytes(data, length));
        }
        result
    }

    /// SETTINGS without flags, from (id, value) pairs.
    pub fn submit_settings(&self, entries: &[(i32, u32)]) -> i32 {
        let entries: Vec<SettingsEntry> = entries
            .iter()
            .map(|&(settings_id, value)| SettingsEntry {
                settings_id,
                flags: 0,
                value,
            })
            .collect();
        self.submit_settings_entries(0, &entries)
    }

    /// The stream's user data; 0 for NULL.
    pub fn stream_user_data(&self, stream_id: i32) -> usize {
        // SAFETY: the session is live.
        self.call(|raw| unsafe { (self.api().session_get_stream_user_data)(raw, stream_id) })
            as usize
    }

    /// An option whose value has the four bytes it should have.
    pub fn set_option(&self, option: i32, value: u32) -> i32 {
        self.set_option_sized(option, Some(value), size_of::<u32>())
    }

    /// An option with any claimed length; `None` passes a NULL value.
    pub fn set_option_sized(&self, option: i32, value: Option<u32>, length: usize) -> i32 {
        // Eight bytes, so that a length of 8 is still readable.
        let mut value = value.map(u64::from);
        let pointer = value.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        self.call(|raw| {
            // SAFETY: the value has eight readable bytes, or is NULL.
            unsafe { (self.api().session_set_option)(raw, option, pointer.cast(), length) }
        })
    }
}

fn pointer(provider: Option<&DataProvider>) -> *const DataProvider {
    provider.map_or(ptr::null(), ptr::from_ref)
}
