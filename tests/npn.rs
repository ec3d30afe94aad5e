//! The choice of a protocol, through the C functions.
#![allow(unsafe_code)]

use std::ptr;
use std::slice;

use spdylay::ffi::npn::{
    spdylay_npn_get_proto_list, spdylay_npn_get_version, spdylay_select_next_protocol,
};

/// What the function returns, and which part of the offer it points at; `None` if it left the pointers alone.
fn select(offer: &[u8]) -> (i32, Option<(usize, u8)>) {
    let mut out = ptr::null_mut();
    let mut outlen = 0xAA;
    // SAFETY: the offer is as long as said, and there is room for the results.
    let version = unsafe {
        spdylay_select_next_protocol(&mut out, &mut outlen, offer.as_ptr(), offer.len() as u32)
    };
    if out.is_null() {
        assert_eq!(outlen, 0xAA, "the length is not written either");
        return (version, None);
    }
    let position = offer.as_ptr_range().start as usize;
    (version, Some((out as usize - position, outlen)))
}

fn version_of(name: &[u8]) -> u16 {
    // SAFETY: the name is as long as said.
    unsafe { spdylay_npn_get_version(name.as_ptr(), name.len()) }
}

#[test]
fn the_list_names_all_versions_the_latest_first() {
    let mut len = 0;
    // SAFETY: the list has as many entries as it says, each with a name as long as it says, for ever.
    let list: Vec<(&[u8], u16)> = unsafe {
        let list = spdylay_npn_get_proto_list(&mut len);
        slice::from_raw_parts(list, len)
            .iter()
            .map(|entry| {
                (
                    slice::from_raw_parts(entry.proto, entry.len.into()),
                    entry.version,
                )
            })
            .collect()
    };
    assert_eq!(
        list,
        [(&b"spdy/3.1"[..], 4), (b"spdy/3", 3), (b"spdy/2", 2)]
    );
    for (name, version) in list {
        assert_eq!(version_of(name), version);
    }
}

#[test]
fn versions_have_exact_names() {
    for name in [
        &b""[..],
        b"spdy/1",
        b"spdy/3.",
        b"spdy/3.1x",
        b"Spdy/3",
        b"http/1.1",
    ] {
        assert_eq!(version_of(name), 0, "{name:?}");
    }
}

#[test]
fn the_latest_version_offered_is_chosen() {
    assert_eq!(
        select(b"\x06spdy/2\x06spdy/3\x08spdy/3.1"),
        (4, Some((15, 8)))
    );
    assert_eq!(
        select(b"\x08http/1.1\x06spdy/2\x06spdy/3"),
        (3, Some((17, 6)))
    );
    assert_eq!(select(b"\x08http/1.1\x06spdy/2"), (2, Some((10, 6))));
    assert_eq!(select(b"\x06spdy/9\x08http/1.1"), (0, Some((8, 8))));
    assert_eq!(select(b"\x06spdy/9\x02h2"), (-1, None));
    assert_eq!(select(b""), (-1, None));
}

#[test]
fn of_a_repeated_name_spdy_takes_the_first_and_http_the_last() {
    assert_eq!(select(b"\x06spdy/2\x06spdy/2"), (2, Some((1, 6))));
    assert_eq!(select(b"\x08http/1.1\x08http/1.1"), (0, Some((10, 8))));
}

#[test]
fn an_empty_entry_is_skipped_and_a_cut_one_ends_the_list() {
    assert_eq!(select(b"\x00\x06spdy/2"), (2, Some((2, 6))));
    assert_eq!(select(b"\x00"), (-1, None));
    assert_eq!(select(b"\x06spdy/"), (-1, None));
    assert_eq!(select(b"\x08http/1.1\x09spdy/3.1"), (0, Some((1, 8))));
    assert_eq!(select(b"\xff\x06spdy/2"), (-1, None));
}

#[test]
fn null_is_an_answer_not_a_crash() {
    let offer = b"\x06spdy/2";
    let len = offer.len() as u32;
    let mut out = ptr::null_mut();
    let mut outlen = 0;
    // SAFETY: the pointers that are not NULL are good for what is said about them.
    unsafe {
        assert_eq!(
            spdylay_select_next_protocol(ptr::null_mut(), &mut outlen, offer.as_ptr(), len),
            -1
        );
        assert_eq!(
            spdylay_select_next_protocol(&mut out, ptr::null_mut(), offer.as_ptr(), len),
            -1
        );
        assert_eq!(
            spdylay_select_next_protocol(&mut out, &mut outlen, ptr::null(), len),
            -1
        );
        assert_eq!(
            spdylay_select_next_protocol(&mut out, &mut outlen, ptr::null(), 0),
            -1
        );
        assert!(!spdylay_npn_get_proto_list(ptr::null_mut()).is_null());
        assert_eq!(spdylay_npn_get_version(ptr::null(), 6), 0);
    }
    assert!(out.is_null());
}
