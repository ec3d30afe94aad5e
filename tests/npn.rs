//! Choosing a protocol by NPN.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use support::api::api;
use support::defective_in_1_4;

/// A list of length-prefixed names.
fn list(names: &[&str]) -> Vec<u8> {
    let entry = |name: &&str| [&[name.len() as u8], name.as_bytes()].concat();
    names.iter().flat_map(entry).collect()
}

/// The result, and where in the list the chosen name stands, if anywhere.
fn select(list: &[u8]) -> (i32, Option<(usize, usize)>) {
    let (mut out, mut out_length) = (ptr::null_mut(), 99);
    // SAFETY: the list is readable, and both out pointers are writable.
    let result = unsafe {
        (api().select_next_protocol)(&mut out, &mut out_length, list.as_ptr(), list.len() as u32)
    };
    if out.is_null() {
        assert_eq!(out_length, 99, "the length without a choice");
        return (result, None);
    }
    let offset = out as usize - list.as_ptr() as usize;
    (result, Some((offset, usize::from(out_length))))
}

#[test]
fn the_newest_version_on_offer_is_chosen() {
    let table: &[(&[&str], i32, usize, usize)] = &[
        (&["spdy/2", "spdy/3", "spdy/3.1"], 4, 15, 8),
        (&["spdy/3.1", "spdy/3", "spdy/2"], 4, 1, 8),
        (&["spdy/2", "spdy/3", "http/1.1"], 3, 8, 6),
        (&["http/1.1", "spdy/2", "spdy/4"], 2, 10, 6),
        (&["spdy/2"], 2, 1, 6),
    ];
    for (names, version, offset, length) in table {
        assert_eq!(select(&list(names)), (*version, Some((*offset, *length))));
    }
}

#[test]
fn http_is_chosen_when_there_is_no_spdy() {
    assert_eq!(select(&list(&["http/1.1"])), (0, Some((1, 8))));
    assert_eq!(
        select(&list(&["spdy/1", "http/1.1", "http/1.0"])),
        (0, Some((8, 8)))
    );
}

#[test]
fn repeated_names_are_found_first_for_spdy_and_last_for_http() {
    let twice = list(&["spdy/3", "http/1.1", "spdy/3", "http/1.1"]);
    assert_eq!(select(&twice), (3, Some((1, 6))));
    let twice = list(&["http/1.1", "x", "http/1.1"]);
    assert_eq!(select(&twice), (0, Some((12, 8))));
}

#[test]
fn nothing_is_chosen_from_unknown_names() {
    for names in [
        &[][..],
        &["http/1.0"],
        &["spdy/3.2", "spdy/", "spdy"],
        &["SPDY/3"],
        &[""],
    ] {
        assert_eq!(select(&list(names)), (-1, None), "{names:?}");
    }
}

#[test]
fn broken_lists_are_read_as_far_as_they_go() {
    let mut with_empty = list(&["", "", "spdy/3"]);
    assert_eq!(select(&with_empty), (3, Some((3, 6))));
    with_empty.extend(list(&[""]));
    assert_eq!(select(&with_empty), (3, Some((3, 6))));

    let whole = list(&["spdy/2", "spdy/3"]);
    for cut in 8..whole.len() {
        assert_eq!(select(&whole[..cut]), (2, Some((1, 6))), "{cut} bytes");
    }
    for cut in 0..7 {
        assert_eq!(select(&whole[..cut]), (-1, None), "{cut} bytes");
    }
    assert_eq!(select(b"\xff\x06spdy/3"), (-1, None));
    assert_eq!(select(b"\x08http/1.1\x09spdy/3.1"), (0, Some((1, 8))));
}

#[test]
fn null_pointers_choose_nothing() {
    if defective_in_1_4("NULL arguments crash") {
        return;
    }
    let offer = list(&["spdy/2"]);
    let (input, length) = (offer.as_ptr(), offer.len() as u32);
    let (mut out, mut out_length) = (ptr::null_mut(), 99);
    let select = api().select_next_protocol;
    // SAFETY: the pointers that are not NULL are good for what is said about them.
    unsafe {
        assert_eq!(select(ptr::null_mut(), &mut out_length, input, length), -1);
        assert_eq!(select(&mut out, ptr::null_mut(), input, length), -1);
        assert_eq!(select(&mut out, &mut out_length, ptr::null(), length), -1);
        assert_eq!(select(&mut out, &mut out_length, ptr::null(), 0), -1);
        assert!(!(api().npn_get_proto_list)(ptr::null_mut()).is_null());
    }
    assert!(out.is_null());
    assert_eq!(out_length, 99);
}

#[test]
fn the_protocol_list_is_in_order_of_preference() {
    let mut length = 0;
    // SAFETY: the list is static and has `length` entries, each of `len` bytes.
    let protocols: Vec<(&[u8], u16)> = unsafe {
        let first = (api().npn_get_proto_list)(&mut length);
        std::slice::from_raw_parts(first, length)
            .iter()
            .map(|entry| {
                let name = std::slice::from_raw_parts(entry.proto, usize::from(entry.len));
                (name, entry.version)
            })
            .collect()
    };
    let expected: [(&[u8], u16); 3] = [(b"spdy/3.1", 4), (b"spdy/3", 3), (b"spdy/2", 2)];
    assert_eq!(protocols, expected);
}

#[test]
fn versions_are_found_by_their_exact_name() {
    // SAFETY: the name is readable.
    let version = |name: &str| unsafe { (api().npn_get_version)(name.as_ptr(), name.len()) };
    assert_eq!(version("spdy/3.1"), 4);
    assert_eq!(version("spdy/3"), 3);
    assert_eq!(version("spdy/2"), 2);
    for other in [
        "",
        "spdy/",
        "spdy/3.",
        "spdy/3.1 ",
        "spdy/4",
        "SPDY/3",
        "http/1.1",
        "spdy/3\0",
    ] {
        assert_eq!(version(other), 0, "{other:?}");
    }
    for length in [0, 6, 8] {
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { (api().npn_get_version)(ptr::null(), length) }, 0);
    }
}
