//! Texts for error codes.

#![allow(unsafe_code)]

mod support;

use std::collections::HashMap;
use std::ffi::CStr;
use support::abi::error;
use support::api::api;
use support::defective_in_1_4;

fn strerror(code: i32) -> &'static str {
    // SAFETY: the function takes any number and returns a static C string.
    let text = unsafe {
        let text = (api().strerror)(code);
        assert!(!text.is_null(), "NULL for {code}");
        CStr::from_ptr(text)
    };
    text.to_str().expect("an ASCII text")
}

#[test]
fn every_number_has_a_text() {
    for code in (-1000..=1000).chain([i32::MIN, i32::MAX]) {
        assert!(!strerror(code).is_empty(), "{code}");
    }
}

#[test]
fn every_code_has_a_text_of_its_own_and_all_others_share_one() {
    let known: Vec<i32> = (-522..=-501)
        .chain([0, error::NOMEM, error::CALLBACK_FAILURE])
        .collect();
    let unknown = strerror(1);
    let mut texts = HashMap::new();
    for code in &known {
        assert_ne!(strerror(*code), unknown, "{code}");
        assert_eq!(texts.insert(strerror(*code), code), None, "{code}");
    }
    for code in (-1000..=1000).filter(|code| !known.contains(code)) {
        assert_eq!(strerror(code), unknown, "{code}");
    }
    assert_eq!(strerror(error::FATAL), unknown, "a threshold, not a code");
}

#[test]
fn texts_say_what_happened() {
    if defective_in_1_4("its texts are in other words") {
        return;
    }
    let words = [
        (0, "success"),
        (error::INVALID_ARGUMENT, "argument"),
        (error::ZLIB, "zlib"),
        (error::UNSUPPORTED_VERSION, "version"),
        (error::WOULDBLOCK, "block"),
        (error::PROTO, "protocol"),
        (error::INVALID_FRAME, "frame"),
        (error::EOF, "end"),
        (error::DEFERRED, "deferred"),
        (error::STREAM_ID_NOT_AVAILABLE, "used up"),
        (error::STREAM_CLOSED, "closed"),
        (error::STREAM_CLOSING, "being closed"),
        (error::STREAM_SHUT_WR, "sending"),
        (error::INVALID_STREAM_ID, "stream id"),
        (error::INVALID_STREAM_STATE, "state of the stream"),
        (error::DEFERRED_DATA_EXIST, "deferred data"),
        (error::SYN_STREAM_NOT_ALLOWED, "opening streams"),
        (error::GOAWAY_ALREADY_SENT, "GOAWAY"),
        (error::INVALID_HEADER_BLOCK, "header block"),
        (error::INVALID_STATE, "state of the session"),
        (error::GZIP, "gzip"),
        (error::TEMPORAL_CALLBACK_FAILURE, "callback"),
        (error::FRAME_TOO_LARGE, "too large"),
        (error::FATAL, "unknown"),
        (error::NOMEM, "memory"),
        (error::CALLBACK_FAILURE, "callback"),
    ];
    for (code, word) in words {
        let text = strerror(code);
        assert!(text.contains(word), "{code}: {text}");
    }
}

#[test]
fn texts_can_be_kept() {
    let first = strerror(error::EOF);
    strerror(error::ZLIB);
    assert_eq!(first, strerror(error::EOF));
}
