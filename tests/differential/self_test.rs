//! Whether the driver would notice: differences planted in this library are found, and what is played covers the API.

#![allow(unsafe_code)]

use super::compare::{Comparison, Difference};
use super::record;
use super::transcript::Line;
use crate::support::abi::{Callbacks, Session};
use crate::support::api::{api, Api};
use std::ffi::{c_int, c_void};

/// Seeds in which every planted difference shows.
const SEEDS: std::ops::Range<u64> = 0..30;

/// Every function of libspdylay 1.4 as the transcripts name it; each session that is made is deleted.
const FUNCTIONS: [&str; 32] = [
    "new Client",
    "new Server",
    "session_set_option",
    "session_set_initial_client_cert_origin",
    "session_send",
    "session_recv",
    "session_mem_recv",
    "session_resume_data",
    "read=",
    "write=",
    "queue=",
    "lowest priority=",
    "received=",
    "session_set_stream_user_data",
    "session_fail_session",
    "session_consume",
    "strerror",
    "submit_request",
    "submit_response",
    "submit_syn_stream",
    "submit_syn_reply",
    "submit_headers",
    "submit_data",
    "submit_rst_stream",
    "submit_ping",
    "submit_goaway",
    "submit_settings",
    "submit_window_update",
    "select_next_protocol",
    "npn_get_proto_list",
    "npn_get_version",
    "gzip_inflate",
];

const CALLBACKS: [&str; 16] = [
    "send_callback",
    "recv_callback",
    "read_callback",
    "on_ctrl_recv",
    "on_invalid_ctrl_recv",
    "on_data_chunk_recv",
    "on_data_recv",
    "before_ctrl_send",
    "on_ctrl_send",
    "on_ctrl_not_send",
    "on_data_send",
    "on_stream_close",
    "on_request_recv",
    "on_ctrl_recv_parse_error",
    "on_unknown_ctrl_recv",
    "wire DATA",
];

#[test]
fn every_function_and_callback_is_on_record() {
    let mut missing: Vec<&str> = FUNCTIONS.iter().chain(&CALLBACKS).copied().collect();
    for seed in 0.. {
        assert!(seed < crate::SEEDS, "not on record: {missing:?}");
        let text = record::transcript(seed, api()).text();
        missing.retain(|name| !text.contains(name));
        if missing.is_empty() {
            return;
        }
    }
}

#[test]
fn a_library_plays_like_itself() {
    let mut comparison = Comparison::new(api(), api());
    for seed in SEEDS {
        assert!(comparison.seed(seed).is_ok(), "seed {seed}");
    }
}

#[test]
fn another_result_is_noticed() {
    unsafe extern "C" fn wrong_resume_data(session: *mut Session, stream: i32) -> c_int {
        // SAFETY: the caller's arguments are passed on.
        let result = unsafe { (api().session_resume_data)(session, stream) };
        if result == 0 {
            0
        } else {
            result - 1
        }
    }
    let difference = first_difference(Api {
        session_resume_data: wrong_resume_data,
        ..*api()
    });
    let Difference {
        ours, reference, ..
    } = difference;
    assert!(ours.text().contains("session_resume_data"), "{ours}");
    assert!(reference.text().contains(" = -501"), "{reference}");
    assert!(ours.text().contains(" = -502"), "{ours}");
}

#[test]
fn a_missing_callback_is_noticed() {
    unsafe extern "C" fn deaf_client_new(
        session: *mut *mut Session,
        version: u16,
        callbacks: *const Callbacks,
        user_data: *mut c_void,
    ) -> c_int {
        // SAFETY: the caller's arguments are passed on, apart from the struct, which is copied during the call.
        unsafe {
            let mut callbacks = callbacks.read();
            callbacks.on_data_send = None;
            (api().session_client_new)(session, version, &callbacks, user_data)
        }
    }
    let difference = first_difference(Api {
        session_client_new: deaf_client_new,
        ..*api()
    });
    let text = difference.reference.to_string();
    assert!(text.contains("on_data_send"), "{text}");
}

#[test]
fn one_altered_line_is_noticed() {
    let lines = record::transcript(0, api()).lines;
    for line in &lines {
        let mut altered = line.clone();
        altered.push(".");
        assert_eq!(altered.explain(line), None);
        assert_eq!(line.explain(line), Some(Vec::new()));
    }
    assert_eq!(Line::new("a").explain(&Line::new("b")), None);
}

/// The first difference between a changed library and the one that it was.
fn first_difference(changed: Api) -> Difference {
    let changed: &'static Api = Box::leak(Box::new(changed));
    let mut comparison = Comparison::new(changed, api());
    SEEDS
        .into_iter()
        .find_map(|seed| comparison.seed(seed).err())
        .expect("a difference")
}
