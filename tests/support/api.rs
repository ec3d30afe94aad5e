//! The exported functions, resolved by name from the shared library under test.
//!
//! The library is the file named by `SPDYLAY_TEST_LIBRARY`, else the one cargo built for this
//! crate, which stands next to the test program. `api()` loads it once per process; a missing
//! symbol is a failed test, or if 1.4 lacks it too, fails the tests that need it. [`Api::load`]
//! loads another library beside it.
//!
//! Tests normally go through [`super::peer::Session`]; the table is for those that need a bare
//! call, for example with a NULL session.

#![allow(unsafe_code)]

use super::abi::*;
use libloading::Library;
use std::ffi::{c_char, c_int, c_uchar, c_uint, c_void};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

macro_rules! exported_functions {
    (
        $($name:ident: fn($($argument:ty),*) $(-> $result:ty)?;)*
        +
        $($added:ident: fn($($added_argument:ty),*) -> $added_result:ty;)*
    ) => {
        /// One function pointer per exported symbol, named without the `spdylay_` prefix. What
        /// 1.4 does not have may be missing.
        pub struct Api {
            $(pub $name: unsafe extern "C" fn($($argument),*) $(-> $result)?,)*
            $(pub $added: Option<unsafe extern "C" fn($($added_argument),*) -> $added_result>,)*
        }

        impl Api {
            fn resolve(library: &'static Library) -> Api {
                Api {
                    // SAFETY: the signatures are those of the 1.4 header.
                    $($name: *unsafe { library.get(concat!("spdylay_", stringify!($name)).as_bytes()) }
                        .expect("the library lacks an exported function"),)*
                    // SAFETY: the signatures are those of the header.
                    $($added: unsafe { library.get(concat!("spdylay_", stringify!($added)).as_bytes()) }
                        .ok()
                        .map(|symbol| *symbol),)*
                }
            }
        }
    };
}

exported_functions! {
    session_client_new: fn(*mut *mut Session, u16, *const Callbacks, *mut c_void) -> c_int;
    session_server_new: fn(*mut *mut Session, u16, *const Callbacks, *mut c_void) -> c_int;
    session_del: fn(*mut Session);
    session_set_option: fn(*mut Session, c_int, *mut c_void, usize) -> c_int;
    session_set_initial_client_cert_origin:
        fn(*mut Session, *const c_char, *const c_char, u16) -> c_int;
    session_get_client_cert_origin: fn(*mut Session, usize) -> *const Origin;
    session_send: fn(*mut Session) -> c_int;
    session_recv: fn(*mut Session) -> c_int;
    session_mem_recv: fn(*mut Session, *const u8, usize) -> isize;
    session_resume_data: fn(*mut Session, i32) -> c_int;
    session_want_read: fn(*mut Session) -> c_int;
    session_want_write: fn(*mut Session) -> c_int;
    session_get_stream_user_data: fn(*mut Session, i32) -> *mut c_void;
    session_set_stream_user_data: fn(*mut Session, i32, *mut c_void) -> c_int;
    session_get_outbound_queue_size: fn(*mut Session) -> usize;
    session_get_pri_lowest: fn(*mut Session) -> u8;
    session_get_stream_recv_data_length: fn(*mut Session, i32) -> i32;
    session_get_recv_data_length: fn(*mut Session) -> i32;
    session_fail_session: fn(*mut Session, u32) -> c_int;
    session_consume: fn(*mut Session, i32, usize) -> c_int;
    strerror: fn(c_int) -> *const c_char;
    submit_request:
        fn(*mut Session, u8, *const *const c_char, *const DataProvider, *mut c_void) -> c_int;
    submit_response:
        fn(*mut Session, i32, *const *const c_char, *const DataProvider) -> c_int;
    submit_syn_stream:
        fn(*mut Session, u8, i32, u8, *const *const c_char, *mut c_void) -> c_int;
    submit_syn_reply: fn(*mut Session, u8, i32, *const *const c_char) -> c_int;
    submit_headers: fn(*mut Session, u8, i32, *const *const c_char) -> c_int;
    submit_data: fn(*mut Session, i32, u8, *const DataProvider) -> c_int;
    submit_rst_stream: fn(*mut Session, i32, u32) -> c_int;
    submit_ping: fn(*mut Session) -> c_int;
    submit_goaway: fn(*mut Session, u32) -> c_int;
    submit_settings: fn(*mut Session, u8, *const SettingsEntry, usize) -> c_int;
    submit_window_update: fn(*mut Session, i32, i32) -> c_int;
    select_next_protocol:
        fn(*mut *mut c_uchar, *mut c_uchar, *const c_uchar, c_uint) -> c_int;
    npn_get_proto_list: fn(*mut usize) -> *const NpnProto;
    npn_get_version: fn(*const c_uchar, usize) -> u16;
    gzip_inflate_new: fn(*mut *mut Gzip) -> c_int;
    gzip_inflate_del: fn(*mut Gzip);
    gzip_inflate: fn(*mut Gzip, *mut u8, *mut usize, *const u8, *mut usize) -> c_int;
    // Additions to 1.4.
    +
    session_mem_send: fn(*mut Session, *mut *const u8) -> isize;
    session_get_stream_local_close: fn(*mut Session, i32) -> c_int;
    session_get_stream_remote_close: fn(*mut Session, i32) -> c_int;
    session_set_on_stream_remote_close_callback:
        fn(*mut Session, Option<StreamCallback>) -> c_int;
    submit_fin: fn(*mut Session, i32) -> c_int;
    session_shutdown: fn(*mut Session, u32) -> c_int;
    session_set_recv_paused: fn(*mut Session, c_int) -> c_int;
    session_get_ping_rtt: fn(*mut Session) -> i64;
    session_keep_alive: fn(*mut Session, u32) -> i64;
}

/// The library under test.
pub fn api() -> &'static Api {
    static API: OnceLock<Api> = OnceLock::new();
    API.get_or_init(|| Api::resolve(library()))
}

/// The loaded library, for symbols that libspdylay 1.4 declares but does not export.
pub fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| open(&library_path()))
}

impl Api {
    /// Loads a library beside any others and keeps it. The symbols of none are visible to the rest.
    pub fn load(path: &Path) -> &'static Api {
        let library: &'static Library = Box::leak(Box::new(open(path)));
        Box::leak(Box::new(Api::resolve(library)))
    }
}

/// Loads a library so that its own symbols come first when it calls itself: libspdylay 1.4 exports all it has.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn open(path: &Path) -> Library {
    use libloading::os::unix;
    let flags = libc::RTLD_NOW | libc::RTLD_LOCAL | libc::RTLD_DEEPBIND;
    // SAFETY: loading libspdylay runs no initialisers of its own.
    unsafe { unix::Library::open(Some(path), flags) }
        .unwrap_or_else(|error| panic!("cannot load {}: {error}", path.display()))
        .into()
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
fn open(path: &Path) -> Library {
    // SAFETY: loading libspdylay runs no initialisers of its own.
    unsafe { Library::new(path) }
        .unwrap_or_else(|error| panic!("cannot load {}: {error}", path.display()))
}

fn library_path() -> PathBuf {
    if let Some(path) = std::env::var_os("SPDYLAY_TEST_LIBRARY") {
        return path.into();
    }
    let program = std::env::current_exe().expect("the path of the test program");
    program.with_file_name(libloading::library_filename("spdylay"))
}
