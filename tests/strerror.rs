//! Every error code has a text, through the C function.
#![allow(unsafe_code)]

use std::collections::{HashMap, HashSet};
use std::ffi::CStr;

use spdylay::ffi::error::spdylay_strerror;

const CODES: [i32; 24] = [
    -501, -502, -503, -504, -505, -506, -507, -508, -509, -510, -511, -512, -513, -514, -515, -516,
    -517, -518, -519, -520, -521, -522, -901, -902,
];

fn text(code: i32) -> &'static str {
    let text = unsafe {
        // SAFETY: the function takes any number and returns a constant string.
        let text = spdylay_strerror(code);
        assert!(!text.is_null(), "{code}");
        CStr::from_ptr(text)
    };
    text.to_str().unwrap()
}

#[test]
fn each_code_and_success_have_a_text_of_their_own() {
    let texts: HashSet<&str> = CODES.iter().copied().chain([0]).map(text).collect();
    assert_eq!(texts.len(), CODES.len() + 1);
    assert!(
        !texts.contains(text(-1)),
        "all differ from that for unknown codes"
    );
}

#[test]
fn all_other_numbers_share_one_text() {
    let unknown = text(-1);
    let others = (-1000..=1000)
        .chain([i32::MIN, i32::MAX])
        .filter(|code| *code != 0 && !CODES.contains(code));
    for code in others {
        assert_eq!(text(code), unknown, "{code}");
    }
    assert_eq!(text(-900), unknown, "the threshold is no code");
}

#[test]
fn the_texts_say_what_happened() {
    let words = HashMap::from([
        (0, "success"),
        (-501, "argument"),
        (-502, "zlib"),
        (-503, "version"),
        (-504, "block"),
        (-505, "protocol"),
        (-506, "frame"),
        (-507, "end"),
        (-508, "deferred"),
        (-509, "used up"),
        (-510, "closed"),
        (-511, "being closed"),
        (-512, "sending"),
        (-513, "stream id"),
        (-514, "state of the stream"),
        (-515, "deferred data"),
        (-516, "opening streams"),
        (-517, "GOAWAY"),
        (-518, "header block"),
        (-519, "state of the session"),
        (-520, "gzip"),
        (-521, "callback"),
        (-522, "too large"),
        (-901, "memory"),
        (-902, "callback"),
        (-900, "unknown"),
    ]);
    for (code, word) in words {
        assert!(text(code).contains(word), "{code}: {}", text(code));
    }
}
