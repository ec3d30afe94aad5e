//! This library is the server, a peer the client.

use spdylay::frame::{flag, StreamId};
use spdylay::version::Version;

use crate::driver::{block, body, unknown_frame, value, Body, Link};
use crate::peer::{fetch, Program, Request};

const LARGE: usize = 50_000_000;
const CANCEL: u32 = 5;

pub const OK: [(&str, &str); 2] = [(":status", "200 OK"), (":version", "HTTP/1.1")];

#[track_caller]
pub fn expect(reports: &[String], expected: &str) {
    for report in reports {
        assert!(report.contains(expected), "no {expected:?} in {report:?}");
    }
}

pub fn many_streams(program: Program, version: Version) {
    let count = 500;
    let get = Request {
        count,
        ..Request::get("/")
    };
    let reports = fetch(program, version, get, |link| {
        // All are open at the same time.
        let streams: Vec<StreamId> = (0..count).map(|_| link.next_request().unwrap()).collect();
        for (i, stream) in streams.into_iter().enumerate() {
            let number = value(&link.streams[&stream].request, "x-number");
            assert_eq!(number, i.to_string());
            link.respond(stream, &OK, Some(body(1000)));
        }
    });
    expect(&reports, "status=200 length=1000 intact=true");
}

pub fn large_download(program: Program, version: Version) {
    download(program, version, LARGE);
}

pub fn download(program: Program, version: Version, length: usize) {
    let reports = fetch(program, version, Request::get("/"), |link| {
        let stream = link.next_request().unwrap();
        link.respond(stream, &OK, Some(body(length)));
    });
    expect(&reports, &format!("status=200 length={length} intact=true"));
}

pub fn large_upload(program: Program, version: Version) {
    let post = Request {
        method: "POST",
        body: LARGE,
        ..Request::get("/")
    };
    let reports = fetch(program, version, post, |link| {
        let stream = link.next_request().unwrap();
        assert!(link.streams[&stream].body == body(LARGE));
        link.respond(stream, &OK, Some(body(10)));
    });
    expect(&reports, "status=200 length=10 intact=true");
}

pub fn priorities(program: Program, version: Version) {
    let get = Request {
        count: 8,
        ..Request::get("/")
    };
    let reports = fetch(program, version, get, |link| {
        let streams: Vec<StreamId> = (0..8).map(|_| link.next_request().unwrap()).collect();
        let seen: Vec<u8> = streams.iter().map(|s| link.streams[s].priority).collect();
        let expected = if version == Version::Spdy2 {
            [0, 0, 1, 1, 2, 2, 3, 3]
        } else {
            [0, 1, 2, 3, 4, 5, 6, 7]
        };
        assert_eq!(seen, expected);
        for stream in streams {
            link.respond(stream, &OK, None);
        }
    });
    expect(&reports, "status=200 length=0");
}

/// Pushes before, and again after the reply.
pub fn push(program: Program, version: Version) {
    let reports = fetch(program, version, Request::get("/"), |link| {
        let parent = link.next_request().unwrap();
        push_one(link, parent, "/pushed/1", body(1000));
        assert_eq!(link.data_sent, 1000, "it goes out before the reply");
        let reply = block(&OK);
        link.session.submit_syn_reply(0, parent, reply).unwrap();
        push_one(link, parent, "/pushed/2", Vec::new());
        link.send();
        let rest = Body::from(body(100));
        link.session.submit_data(parent, flag::FIN, rest).unwrap();
    });
    expect(
        &reports,
        "status=200 length=100 intact=true pushes=2 pushed=1000",
    );
}

pub fn push_one(link: &mut Link, parent: StreamId, path: &str, body: Vec<u8>) {
    let headers = [
        (":status", "200 OK"),
        (":version", "HTTP/1.1"),
        (":scheme", "http"),
        (":host", "localhost"),
        (":path", path),
        (":method", "GET"),
    ];
    let pushed =
        link.session
            .submit_syn_stream(flag::UNIDIRECTIONAL, parent, 3, block(&headers), ());
    // The frame has to be out before its stream can take DATA.
    link.send();
    let pushed = pushed.unwrap();
    link.session
        .submit_data(pushed, flag::FIN, body.into())
        .unwrap();
    link.send();
}

pub fn headers(program: Program, version: Version) {
    let reports = fetch(program, version, Request::get("/"), |link| {
        let stream = link.next_request().unwrap();
        let reply = block(&OK);
        link.session.submit_syn_reply(0, stream, reply).unwrap();
        for more in ["one", "two"] {
            let more = block(&[("x-more", more)]);
            link.session.submit_headers(0, stream, more).unwrap();
        }
        link.send();
        let rest = Body::from(body(100));
        link.session.submit_data(stream, flag::FIN, rest).unwrap();
    });
    expect(&reports, "status=200 length=100 intact=true");
    expect(&reports, "more=one,two");
}

pub fn reset_by_us(program: Program, version: Version) {
    let reports = fetch(program, version, Request::get("/"), |link| {
        let stream = link.next_request().unwrap();
        link.session
            .submit_syn_reply(0, stream, block(&OK))
            .unwrap();
        link.session
            .submit_data(stream, 0, body(10_000).into())
            .unwrap();
        link.send();
        link.session.submit_rst_stream(stream, CANCEL).unwrap();
    });
    expect(&reports, "status=200 length=10000 intact=true");
}

pub fn reset_by_the_peer(program: Program, version: Version) {
    let abort = Request {
        method: "ABORT",
        ..Request::get("/")
    };
    let reports = fetch(program, version, abort, |link| {
        link.until("the reset", |link| link.status(1).is_some());
        assert_eq!(link.status(1), Some(CANCEL));
        assert!(link.streams[&1].body == body(10_000));
    });
    expect(&reports, "status=none");
}

pub fn unknown_frames(program: Program, version: Version) {
    let reports = fetch(program, version, Request::get("/"), |link| {
        let stream = link.next_request().unwrap();
        link.write(&unknown_frame(version));
        link.session
            .submit_syn_reply(0, stream, block(&OK))
            .unwrap();
        link.send();
        link.write(&unknown_frame(version));
        let rest = Body::from(body(100));
        link.session.submit_data(stream, flag::FIN, rest).unwrap();
    });
    expect(&reports, "status=200 length=100 intact=true");
}

/// Makes the tests for one peer and one version.
macro_rules! tests {
    ($program:path, $version:ident) => {
        $crate::as_server::tests!($program, $version,
            many_streams large_download large_upload priorities push headers reset_by_us reset_by_the_peer
            unknown_frames);
    };
    ($program:path, $version:ident, $($scenario:ident)*) => {
        mod as_server {
            use spdylay::version::Version;

            $(#[test]
            fn $scenario() {
                if let Some(program) = $program() {
                    $crate::as_server::$scenario(program, Version::$version);
                }
            })*
        }
    };
}
pub(crate) use tests;
