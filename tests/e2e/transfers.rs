//! Files that arrive whole, over every version and every transport.

use std::fs;

use crate::process::run;
use crate::programs::Build;
use crate::scratch::{noise, sha256, Scratch};
use crate::spdyd::{Transport, Version, Wire};

/// Unoptimised, a hundred megabytes take too long to be worth it.
const LARGE: usize = if cfg!(debug_assertions) {
    20_000_000
} else {
    100_000_000
};

/// How much a test moves.
struct Load {
    small_files: usize,
    large: usize,
    upload: usize,
}

fn transfer(wire: Wire, load: &Load) {
    let scratch = Scratch::new();
    let small: Vec<(String, Vec<u8>)> = (0..load.small_files)
        .map(|i| (format!("file-{i}"), noise(i as u64 + 1, i * 977 % 20_000)))
        .collect();
    for (name, content) in &small {
        scratch.file(&format!("site/{name}"), content);
    }
    let large = noise(4711, load.large);
    scratch.file("site/large.bin", &large);
    let upload = noise(815, load.upload);
    let upload_file = scratch.file("upload.bin", &upload);
    let Some(server) = wire.serve(&scratch, &[]) else {
        return;
    };

    // Many at once, each in a file of its own.
    let uris: Vec<String> = small
        .iter()
        .map(|(name, _)| server.uri(&format!("/{name}")))
        .collect();
    let list = scratch.file("uris", uris.join("\n").as_bytes());
    let mut spdycat = wire.spdycat(&scratch);
    run(spdycat
        .arg("--input-file")
        .arg(list)
        .arg("--output-dir")
        .arg(scratch.path("got")))
    .expect_success();
    for (name, content) in &small {
        assert!(
            fs::read(scratch.path("got").join(name)).unwrap() == *content,
            "{name} differs"
        );
    }

    // One that takes its time, to the standard output.
    let got = run(wire.spdycat(&scratch).arg(server.uri("/large.bin"))).expect_success();
    assert!(got.stdout == large, "large.bin differs");

    // The other direction; the answer reports what arrived.
    let got = run(wire
        .spdycat(&scratch)
        .arg("-d")
        .arg(upload_file)
        .arg(server.uri("/upload")))
    .expect_success();
    let report = got.text();
    assert!(report.contains(&load.upload.to_string()), "{report}");
    assert!(report.contains(&sha256(&scratch, &upload)), "{report}");

    // HEAD: the headers of a GET and nothing after them. The report tells what was negotiated.
    let mut head = wire.spdycat(&scratch);
    let got = run(head
        .args(["-v", "-H", ":method: HEAD"])
        .arg(server.uri("/file-7")))
    .expect_success();
    assert_eq!(got.text(), "");
    let length = format!("content-length: {}\n", small[7].1.len());
    for expected in wire.report().into_iter().chain([length]) {
        assert!(
            got.stderr.contains(&expected),
            "no {expected:?} in:\n{}",
            got.stderr
        );
    }

    server.stop();
}

const FULL: Load = Load {
    small_files: 300,
    large: LARGE,
    upload: 3_000_000,
};

/// What the memory checkers get, which slow everything down.
const SHORT: Load = Load {
    small_files: 30,
    large: 1_000_000,
    upload: 200_000,
};

macro_rules! transfers {
    ($($name:ident: $version:ident $transport:ident;)*) => {
        $(#[test]
        fn $name() {
            transfer(Wire::new(Version::$version, Transport::$transport), &FULL);
        })*
    };
}

transfers! {
    spdy2_plain: Spdy2 Plain;
    spdy2_alpn: Spdy2 Alpn;
    spdy2_npn: Spdy2 Npn;
    spdy3_plain: Spdy3 Plain;
    spdy3_alpn: Spdy3 Alpn;
    spdy3_npn: Spdy3 Npn;
    spdy3_1_plain: Spdy3_1 Plain;
    spdy3_1_alpn: Spdy3_1 Alpn;
    spdy3_1_npn: Spdy3_1 Npn;
}

fn transfer_checked(build: Build) {
    for (version, transport) in [
        (Version::Spdy2, Transport::Plain),
        (Version::Spdy3, Transport::Npn),
        (Version::Spdy3_1, Transport::Alpn),
    ] {
        let wire = Wire {
            build,
            version,
            transport,
        };
        transfer(wire, &SHORT);
    }
}

#[test]
fn under_the_sanitizers() {
    transfer_checked(Build::Sanitized);
}

#[test]
fn under_valgrind() {
    transfer_checked(Build::Valgrind);
}

#[test]
fn with_the_static_library() {
    transfer(
        Wire {
            build: Build::Static,
            ..Wire::PLAIN
        },
        &SHORT,
    );
}

#[test]
fn built_by_clang() {
    transfer(
        Wire {
            build: Build::Clang,
            ..Wire::PLAIN
        },
        &SHORT,
    );
}
