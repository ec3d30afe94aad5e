//! NULL for every pointer argument once, and lengths that no memory has: an error code or no effect, never a crash.

#![allow(unsafe_code)]

mod support;

use std::ffi::c_char;
use std::ptr::{null, null_mut};
use support::abi::{error, option, Callbacks, DataProvider, DataSource, Origin, SettingsEntry};
use support::api::{api, library};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;

const CRASH: &str = "NULL arguments crash";

/// An empty name/value array.
const NO_PAIRS: *const *const c_char = {
    struct End([*const c_char; 1]);
    // SAFETY: nobody writes through a pointer to constants.
    unsafe impl Sync for End {}
    static END: End = End([null()]);
    END.0.as_ptr()
};

#[test]
fn null_is_allowed_where_1_4_allowed_it() {
    // SAFETY: NULL is what is tested.
    unsafe {
        let api = api();
        (api.session_del)(null_mut());
        (api.gzip_inflate_del)(null_mut());
        assert_eq!((api.npn_get_version)(null(), 0), 0);
        assert_eq!((api.npn_get_version)(null(), 6), 0);
        let (mut out, mut length) = (null_mut(), 0);
        let selected = (api.select_next_protocol)(&mut out, &mut length, null(), 0);
        assert_eq!((selected, length), (-1, 0));
        assert!(out.is_null());
        assert_eq!(
            (api.session_set_initial_client_cert_origin)(null_mut(), null(), null(), 0),
            0
        );
        assert!((api.session_get_client_cert_origin)(null_mut(), 0).is_null());

        let (server, _) = server_with_requests(V3, 1);
        assert_eq!((api.session_mem_recv)(server.raw(), null(), 0), 0);
        assert_eq!((api.submit_settings)(server.raw(), 0, null(), 0), 0);
        assert_eq!((api.submit_response)(server.raw(), 1, NO_PAIRS, null()), 0);
        assert_eq!(
            (api.submit_request)(server.raw(), 0, NO_PAIRS, null(), null_mut()),
            0
        );
        assert_eq!(server.flush().len(), 3);
    }
}

#[test]
fn functions_that_act_refuse_a_null_session() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let none = null_mut();
    // SAFETY: NULL is what is tested.
    let results = unsafe {
        let api = api();
        let data = provider();
        let mut value = 1i32;
        [
            ("send", (api.session_send)(none)),
            ("recv", (api.session_recv)(none)),
            (
                "mem_recv",
                (api.session_mem_recv)(none, b"x".as_ptr(), 1) as i32,
            ),
            (
                "mem_recv of nothing",
                (api.session_mem_recv)(none, null(), 0) as i32,
            ),
            ("resume_data", (api.session_resume_data)(none, 1)),
            (
                "set_stream_user_data",
                (api.session_set_stream_user_data)(none, 1, null_mut()),
            ),
            ("fail_session", (api.session_fail_session)(none, 1)),
            ("consume", (api.session_consume)(none, 1, 1)),
            (
                "set_option",
                (api.session_set_option)(none, 1, (&raw mut value).cast(), 4),
            ),
            (
                "submit_request",
                (api.submit_request)(none, 0, NO_PAIRS, null(), null_mut()),
            ),
            (
                "submit_response",
                (api.submit_response)(none, 1, NO_PAIRS, null()),
            ),
            (
                "submit_syn_stream",
                (api.submit_syn_stream)(none, 0, 0, 0, NO_PAIRS, null_mut()),
            ),
            (
                "submit_syn_reply",
                (api.submit_syn_reply)(none, 0, 1, NO_PAIRS),
            ),
            ("submit_headers", (api.submit_headers)(none, 0, 1, NO_PAIRS)),
            ("submit_data", (api.submit_data)(none, 1, 0, &data)),
            ("submit_rst_stream", (api.submit_rst_stream)(none, 1, 5)),
            ("submit_ping", (api.submit_ping)(none)),
            ("submit_goaway", (api.submit_goaway)(none, 0)),
            ("submit_settings", (api.submit_settings)(none, 0, null(), 0)),
            (
                "submit_window_update",
                (api.submit_window_update)(none, 1, 1),
            ),
        ]
    };
    for (function, result) in results {
        assert_eq!(result, error::INVALID_ARGUMENT, "{function}");
    }
}

#[test]
fn getters_have_an_answer_for_a_null_session() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let none = null_mut();
    // SAFETY: NULL is what is tested.
    unsafe {
        let api = api();
        assert_eq!((api.session_want_read)(none), 0);
        assert_eq!((api.session_want_write)(none), 0);
        assert!((api.session_get_stream_user_data)(none, 1).is_null());
        assert_eq!((api.session_get_outbound_queue_size)(none), 0);
        assert_eq!((api.session_get_pri_lowest)(none), 0);
        assert_eq!((api.session_get_stream_recv_data_length)(none, 1), -1);
        assert_eq!((api.session_get_recv_data_length)(none), 0);
    }
}

#[test]
fn creation_needs_callbacks_and_a_place_for_the_session() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let callbacks = Callbacks::default();
    for create in [api().session_client_new, api().session_server_new] {
        for version in [2, 3, 4] {
            let mut session = null_mut();
            // SAFETY: NULL is what is tested.
            unsafe {
                assert_eq!(
                    create(null_mut(), version, &callbacks, null_mut()),
                    error::INVALID_ARGUMENT
                );
                assert_eq!(
                    create(&mut session, version, null(), null_mut()),
                    error::INVALID_ARGUMENT
                );
                assert!(session.is_null(), "written on success only");
                // All callbacks may be missing, and the user data too.
                assert_eq!(create(&mut session, version, &callbacks, null_mut()), 0);
                (api().session_del)(session);
            }
        }
    }
}

#[test]
fn options_need_a_value() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let session = Session::client(V3);
    for option in [
        option::NO_AUTO_WINDOW_UPDATE,
        option::MAX_RECV_CTRL_FRAME_BUFFER,
        option::NO_AUTO_WINDOW_UPDATE2,
    ] {
        let result = session.set_option_sized(option, None, 4);
        assert_eq!(result, error::INVALID_ARGUMENT);
    }
}

/// A provider with a callback that must never be called.
fn provider() -> DataProvider {
    DataProvider {
        source: DataSource { fd: -1 },
        read_callback: None,
    }
}

#[test]
fn submit_functions_need_what_they_send() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let (server, _) = server_with_requests(V3, 1);
    let raw = server.raw();
    let whole = server.provider_of(1);
    // SAFETY: NULL is what is tested.
    let results = unsafe {
        let api = api();
        [
            (api.submit_request)(raw, 0, null(), &whole, null_mut()),
            (api.submit_response)(raw, 1, null(), &whole),
            (api.submit_syn_stream)(raw, 0, 1, 0, null(), null_mut()),
            (api.submit_syn_reply)(raw, 0, 1, null()),
            (api.submit_headers)(raw, 0, 1, null()),
            (api.submit_data)(raw, 1, 0, null()),
            (api.submit_data)(raw, 1, 0, &provider()),
            (api.submit_settings)(raw, 0, null(), 1),
            (api.session_mem_recv)(raw, null(), 1) as i32,
        ]
    };
    assert_eq!(results, [error::INVALID_ARGUMENT; 9]);
    assert_eq!(server.outbound_queue_size(), 0);
}

#[test]
fn lengths_beyond_all_memory_are_refused() {
    if defective_in_1_4("lengths are trusted") {
        return;
    }
    let server = Session::server(V3);
    let entry = SettingsEntry {
        settings_id: 4,
        flags: 0,
        value: 1,
    };
    for length in [usize::MAX, usize::MAX / 2 + 1] {
        // SAFETY: the lengths are refused before anything is read.
        unsafe {
            assert_eq!(
                (api().session_mem_recv)(server.raw(), b"x".as_ptr(), length),
                error::INVALID_ARGUMENT as isize
            );
            assert_eq!(
                (api().submit_settings)(server.raw(), 0, &entry, length),
                error::INVALID_ARGUMENT
            );
        }
    }
}

#[test]
fn npn_functions_stand_null() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let list = b"\x06spdy/3";
    let (mut out, mut length) = (null_mut(), 7);
    // SAFETY: NULL is what is tested.
    unsafe {
        let select = api().select_next_protocol;
        assert_eq!(select(null_mut(), &mut length, list.as_ptr(), 7), -1);
        assert_eq!(select(&mut out, null_mut(), list.as_ptr(), 7), -1);
        assert_eq!(select(&mut out, &mut length, null(), 7), -1);
        assert_eq!((out.is_null(), length), (true, 7), "left alone");
        let protocols = (api().npn_get_proto_list)(null_mut());
        assert_eq!((*protocols).version, 4);
    }
}

#[test]
fn origin_getters_stand_null() {
    if defective_in_1_4("the getters of origins are declared and not there") {
        return;
    }
    type Text = unsafe extern "C" fn(*const Origin) -> *const c_char;
    type Port = unsafe extern "C" fn(*const Origin) -> u16;
    // SAFETY: the signatures are those of the header, and NULL is what is tested.
    unsafe {
        for name in ["scheme", "host"] {
            let symbol = format!("spdylay_origin_get_{name}");
            let get = library().get::<Text>(symbol.as_bytes()).expect(name);
            assert!(get(null()).is_null(), "{name}");
        }
        let get = library().get::<Port>(b"spdylay_origin_get_port");
        assert_eq!(get.expect("port")(null()), 0);
    }
}

#[test]
fn gzip_functions_stand_null() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let input = b"\x1f\x8b";
    let mut output = [0u8; 16];
    // SAFETY: NULL is what is tested.
    unsafe {
        let api = api();
        assert_eq!((api.gzip_inflate_new)(null_mut()), error::INVALID_ARGUMENT);
        let mut inflater = null_mut();
        assert_eq!((api.gzip_inflate_new)(&mut inflater), 0);
        let (mut room, mut length) = (16, 2);
        let (to, from) = (output.as_mut_ptr(), input.as_ptr());
        let inflate = api.gzip_inflate;
        let results = [
            inflate(null_mut(), to, &mut room, from, &mut length),
            inflate(inflater, null_mut(), &mut room, from, &mut length),
            inflate(inflater, to, null_mut(), from, &mut length),
            inflate(inflater, to, &mut room, null(), &mut length),
            inflate(inflater, to, &mut room, from, null_mut()),
        ];
        assert_eq!(results, [error::INVALID_ARGUMENT; 5]);
        assert_eq!((room, length), (16, 2), "left alone");
        // NULL for nothing is fine, and the inflater can still be used.
        let (mut no_room, mut nothing) = (0, 0);
        assert_eq!(
            inflate(inflater, null_mut(), &mut no_room, null(), &mut nothing),
            0
        );
        assert_eq!(inflate(inflater, to, &mut room, from, &mut length), 0);
        (api.gzip_inflate_del)(inflater);
    }
}

#[test]
fn a_null_session_pointer_in_a_callback_is_an_error_too() {
    if defective_in_1_4(CRASH) {
        return;
    }
    let (server, mut peer) = server_with_requests(V3, 1);
    server.on("on_ctrl_recv", |_, _| {
        // SAFETY: NULL is what is tested.
        let result = unsafe { (api().session_send)(null_mut()) };
        assert_eq!(result, error::INVALID_ARGUMENT);
    });
    server.feed(&peer.headers(0, 1, NONE));
    assert_eq!(server.names(), ["on_ctrl_recv HEADERS"]);
}
