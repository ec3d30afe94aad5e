//! Decompression of bodies, through the C functions.
#![allow(unsafe_code)]

use std::ptr;

use flate2::{Compress, Compression, FlushCompress};
use spdylay::ffi::gzip::{
    spdylay_gzip, spdylay_gzip_inflate, spdylay_gzip_inflate_del, spdylay_gzip_inflate_new,
};

const GZIP: i32 = -520;
const INVALID_ARGUMENT: i32 = -501;

/// An inflater as a C program holds it.
struct Inflater(*mut spdylay_gzip);

/// What a call has returned, consumed and produced.
#[derive(Debug, PartialEq)]
struct Step {
    code: i32,
    consumed: usize,
    output: Vec<u8>,
}

impl Inflater {
    fn new() -> Inflater {
        let mut inflater = ptr::null_mut();
        // SAFETY: there is room for the result.
        assert_eq!(unsafe { spdylay_gzip_inflate_new(&mut inflater) }, 0);
        assert!(!inflater.is_null());
        Inflater(inflater)
    }

    fn inflate(&mut self, input: &[u8], room: usize) -> Step {
        let mut output = vec![0; room];
        let (mut produced, mut consumed) = (room, input.len());
        // SAFETY: the inflater is alive, and the buffers are as long as said.
        let code = unsafe {
            spdylay_gzip_inflate(
                self.0,
                output.as_mut_ptr(),
                &mut produced,
                input.as_ptr(),
                &mut consumed,
            )
        };
        assert!(produced <= room && consumed <= input.len());
        output.truncate(produced);
        Step {
            code,
            consumed,
            output,
        }
    }
}

impl Drop for Inflater {
    fn drop(&mut self) {
        // SAFETY: it came from spdylay_gzip_inflate_new() and is not used again.
        unsafe { spdylay_gzip_inflate_del(self.0) }
    }
}

fn compress(mut compress: Compress, text: &[u8]) -> Vec<u8> {
    let mut data = Vec::with_capacity(text.len() + 64);
    compress
        .compress_vec(text, &mut data, FlushCompress::Finish)
        .unwrap();
    data
}

fn gzip(text: &[u8]) -> Vec<u8> {
    compress(Compress::new_gzip(Compression::best(), 15), text)
}

fn zlib(text: &[u8]) -> Vec<u8> {
    compress(Compress::new(Compression::best(), true), text)
}

fn raw(text: &[u8]) -> Vec<u8> {
    compress(Compress::new(Compression::best(), false), text)
}

fn text() -> Vec<u8> {
    b"All work and no play makes Jack a dull boy. ".repeat(3000)
}

#[test]
fn gzip_and_zlib_in_one_call() {
    let text = text();
    for data in [gzip(&text), zlib(&text)] {
        let step = Inflater::new().inflate(&data, text.len());
        assert_eq!((step.code, step.consumed), (0, data.len()));
        assert!(step.output == text);
    }
}

#[test]
fn input_cut_anywhere_and_little_room() {
    let text = text();
    for data in [gzip(&text), zlib(&text)] {
        for (piece, room) in [(1, 100), (3, 1), (1000, 7)] {
            let mut inflater = Inflater::new();
            let (mut rest, mut output) = (&data[..], Vec::new());
            while output.len() < text.len() || !rest.is_empty() {
                let step = inflater.inflate(&rest[..piece.min(rest.len())], room);
                assert_eq!(step.code, 0);
                assert!(step.consumed + step.output.len() > 0, "no progress");
                rest = &rest[step.consumed..];
                output.extend(step.output);
            }
            assert!(output == text, "pieces of {piece}, room for {room}");
        }
    }
}

#[test]
fn no_input_or_no_room_is_no_error() {
    let data = gzip(b"hello");
    let mut inflater = Inflater::new();
    let nothing = Step {
        code: 0,
        consumed: 0,
        output: Vec::new(),
    };
    assert_eq!(inflater.inflate(&[], 10), nothing, "before the first byte");
    assert_eq!(inflater.inflate(&data[..12], 0).code, 0);
    assert_eq!(inflater.inflate(&[], 0), nothing);
    let mut produced = 0;
    let mut consumed = 0;
    // SAFETY: NULL with a length of 0 is no memory at all.
    let code = unsafe {
        spdylay_gzip_inflate(
            inflater.0,
            ptr::null_mut(),
            &mut produced,
            ptr::null(),
            &mut consumed,
        )
    };
    assert_eq!((code, produced, consumed), (0, 0, 0));
    assert_eq!(inflater.inflate(&data[12..], 10).output, b"hello");
}

#[test]
fn bytes_after_the_end_stay_with_the_caller() {
    let mut data = gzip(b"hello");
    let len = data.len();
    data.extend(gzip(b" world"));
    let mut inflater = Inflater::new();
    let step = inflater.inflate(&data, 100);
    assert_eq!(
        step,
        Step {
            code: 0,
            consumed: len,
            output: b"hello".to_vec()
        }
    );

    let (mut produced, mut consumed) = (100, data.len() - len);
    let mut output = [0; 100];
    // SAFETY: the inflater is alive, and the buffers are as long as said.
    let code = unsafe {
        spdylay_gzip_inflate(
            inflater.0,
            output.as_mut_ptr(),
            &mut produced,
            data[len..].as_ptr(),
            &mut consumed,
        )
    };
    assert_eq!(code, GZIP, "the second member is not decoded");
    assert_eq!(
        (produced, consumed),
        (100, data.len() - len),
        "the lengths are left alone"
    );
}

#[test]
fn bad_data_is_an_error_after_the_good() {
    let mut data = gzip(b"hello");
    let checksum = data.len() - 8;
    data[checksum] ^= 0x40;
    let mut inflater = Inflater::new();
    let step = inflater.inflate(&data, 100);
    assert_eq!((step.code, &step.output[..]), (GZIP, &b"hello"[..]));
    assert_eq!(
        inflater.inflate(&data[step.consumed..], 100).code,
        GZIP,
        "and stays one"
    );

    for data in [raw(b"hello"), b"hello".to_vec(), b"\x1f\x8c\x08".to_vec()] {
        let step = Inflater::new().inflate(&data, 100);
        assert_eq!((step.code, step.output.len()), (GZIP, 0), "{data:?}");
    }
}

#[test]
fn a_preset_dictionary_is_an_error() {
    let mut with_dictionary = Compress::new(Compression::best(), true);
    with_dictionary.set_dictionary(b"hello world").unwrap();
    let data = compress(with_dictionary, b"hello world");
    assert_eq!(Inflater::new().inflate(&data, 100).code, GZIP);
}

#[test]
fn null_is_an_error_code() {
    let inflater = Inflater::new();
    let mut byte = 0u8;
    let input = [0u8];
    let (mut produced, mut consumed) = (1, 1);
    // SAFETY: the pointers that are not NULL are good for one byte.
    unsafe {
        assert_eq!(spdylay_gzip_inflate_new(ptr::null_mut()), INVALID_ARGUMENT);
        spdylay_gzip_inflate_del(ptr::null_mut());
        let call =
            |gzip, out, outlen, input, inlen| spdylay_gzip_inflate(gzip, out, outlen, input, inlen);
        let (out, outlen) = (&raw mut byte, &raw mut produced);
        let (input, inlen) = (input.as_ptr(), &raw mut consumed);
        assert_eq!(
            call(ptr::null_mut(), out, outlen, input, inlen),
            INVALID_ARGUMENT
        );
        assert_eq!(
            call(inflater.0, ptr::null_mut(), outlen, input, inlen),
            INVALID_ARGUMENT
        );
        assert_eq!(
            call(inflater.0, out, ptr::null_mut(), input, inlen),
            INVALID_ARGUMENT
        );
        assert_eq!(
            call(inflater.0, out, outlen, ptr::null(), inlen),
            INVALID_ARGUMENT
        );
        assert_eq!(
            call(inflater.0, out, outlen, input, ptr::null_mut()),
            INVALID_ARGUMENT
        );
    }
    assert_eq!((produced, consumed), (1, 1), "the lengths are left alone");
}
