//! The gzip helper for message bodies.

#![allow(unsafe_code)]

mod support;

use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use flate2::{Compress, Compression, FlushCompress};
use std::io::Write;
use std::ptr;
use support::abi::{error, Gzip};
use support::api::api;
use support::defective_in_1_4;

struct Inflater(*mut Gzip);

impl Inflater {
    fn new() -> Inflater {
        let mut inflater = ptr::null_mut();
        // SAFETY: the out pointer is writable.
        assert_eq!(unsafe { (api().gzip_inflate_new)(&mut inflater) }, 0);
        assert!(!inflater.is_null());
        Inflater(inflater)
    }

    /// One call: the result, the bytes produced, and how many bytes were consumed.
    fn step(&mut self, room: usize, input: &[u8]) -> (i32, Vec<u8>, usize) {
        let mut output = vec![0; room];
        let (mut produced, mut consumed) = (room, input.len());
        // SAFETY: both buffers have the lengths that are passed.
        let result = unsafe {
            (api().gzip_inflate)(
                self.0,
                output.as_mut_ptr(),
                &mut produced,
                input.as_ptr(),
                &mut consumed,
            )
        };
        output.truncate(produced);
        (result, output, consumed)
    }

    /// Inflates all input to `length` bytes, in steps of these sizes.
    fn run(&mut self, mut input: &[u8], length: usize, piece: usize, room: usize) -> Vec<u8> {
        let mut output = Vec::new();
        while !input.is_empty() || output.len() < length {
            let (result, produced, consumed) = self.step(room, &input[..piece.min(input.len())]);
            assert_eq!(result, 0);
            assert!(consumed > 0 || !produced.is_empty(), "no progress");
            input = &input[consumed..];
            output.extend(produced);
        }
        output
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: the inflater is live.
        unsafe { (api().gzip_inflate_del)(self.0) };
    }
}

fn text() -> Vec<u8> {
    (0..2000)
        .flat_map(|line| format!("line {line}\n").into_bytes())
        .collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn gzip_and_zlib_wrapping_are_recognised() {
    for compressed in [gzip(&text()), zlib(&text())] {
        let (result, output, consumed) = Inflater::new().step(100_000, &compressed);
        assert_eq!((result, consumed), (0, compressed.len()));
        assert!(output == text());
    }
}

#[test]
fn raw_deflate_is_refused() {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&text()).unwrap();
    let raw = encoder.finish().unwrap();
    assert_eq!(Inflater::new().step(100_000, &raw).0, error::GZIP);
}

#[test]
fn input_and_output_may_come_in_any_pieces() {
    for compressed in [gzip(&text()), zlib(&text())] {
        for (piece, room) in [(1, 100_000), (1000, 1), (7, 13), (100_000, 100)] {
            assert!(Inflater::new().run(&compressed, text().len(), piece, room) == text());
        }
    }
}

#[test]
fn nothing_to_do_is_no_error() {
    let compressed = gzip(&text());
    let mut inflater = Inflater::new();
    assert_eq!(inflater.step(100, &[]), (0, vec![], 0));
    let (result, output, consumed) = inflater.step(10, &compressed);
    assert_eq!((result, output.len()), (0, 10));
    assert_eq!(inflater.step(0, &compressed[consumed..]).0, 0);
    assert_eq!(inflater.step(0, &[]), (0, vec![], 0));
}

#[test]
fn bytes_behind_the_end_are_left_alone() {
    let compressed = gzip(b"hello");
    let mut input = compressed.clone();
    input.extend(gzip(b"a second member"));
    let mut inflater = Inflater::new();
    let first = inflater.step(100, &input);
    assert_eq!(first, (0, b"hello".to_vec(), compressed.len()));
    // From then on every call fails, and leaves the lengths as they were passed.
    for _ in 0..2 {
        let (result, output, consumed) = inflater.step(100, &input);
        assert_eq!(result, error::GZIP);
        assert_eq!((output.len(), consumed), (100, input.len()));
    }
}

#[test]
fn damage_is_reported_and_what_came_before_it_stays_valid() {
    let mut damaged = gzip(&text());
    let checksum = damaged.len() - 8;
    damaged[checksum] ^= 1;
    let mut inflater = Inflater::new();
    let (result, output, consumed) = inflater.step(100_000, &damaged);
    assert_eq!(result, error::GZIP);
    assert!(output == text());
    let (again, _, _) = inflater.step(100, &damaged[consumed..]);
    assert_eq!(again, error::GZIP);

    for garbage in [&b"neither gzip nor zlib"[..], b"\x1f\x8c\x08"] {
        let (result, output, _) = Inflater::new().step(100, garbage);
        assert_eq!((result, output.len()), (error::GZIP, 0));
    }
}

#[test]
fn a_stream_that_needs_a_dictionary_is_refused() {
    let mut deflate = Compress::new(Compression::default(), true);
    deflate.set_dictionary(b"hello").unwrap();
    let mut compressed = Vec::with_capacity(100);
    deflate
        .compress_vec(b"hello, hello", &mut compressed, FlushCompress::Finish)
        .unwrap();
    assert_eq!(Inflater::new().step(100, &compressed).0, error::GZIP);
}

#[test]
fn null_pointers_are_refused() {
    if defective_in_1_4("NULL arguments crash") {
        return;
    }
    let inflater = Inflater::new();
    let (mut output, input) = ([0u8; 1], [0u8; 1]);
    let (mut produced, mut consumed) = (1, 1);
    let (out, out_length) = (output.as_mut_ptr(), &raw mut produced);
    let (input, input_length) = (input.as_ptr(), &raw mut consumed);
    let inflate = api().gzip_inflate;
    // SAFETY: the pointers that are not NULL are good for one element.
    let results = unsafe {
        [
            (api().gzip_inflate_new)(ptr::null_mut()),
            inflate(ptr::null_mut(), out, out_length, input, input_length),
            inflate(inflater.0, ptr::null_mut(), out_length, input, input_length),
            inflate(inflater.0, out, ptr::null_mut(), input, input_length),
            inflate(inflater.0, out, out_length, ptr::null(), input_length),
            inflate(inflater.0, out, out_length, input, ptr::null_mut()),
        ]
    };
    assert_eq!(results, [error::INVALID_ARGUMENT; 6]);
    assert_eq!(
        (produced, consumed),
        (1, 1),
        "the lengths as they were passed"
    );
}

#[test]
fn null_with_length_zero_is_an_empty_buffer() {
    if defective_in_1_4("NULL is refused for an empty buffer, too") {
        return;
    }
    let inflater = Inflater::new();
    let (mut produced, mut consumed) = (0, 0);
    // SAFETY: NULL with a length of 0 is no memory at all.
    let result = unsafe {
        let (nowhere, nothing) = (ptr::null_mut(), ptr::null());
        (api().gzip_inflate)(inflater.0, nowhere, &mut produced, nothing, &mut consumed)
    };
    assert_eq!((result, produced, consumed), (0, 0, 0));
}

#[test]
fn deleting_no_inflater_does_nothing() {
    // SAFETY: NULL is allowed.
    unsafe { (api().gzip_inflate_del)(ptr::null_mut()) };
}
