//! This library is the client, a peer the server.

use spdylay::frame::{Frame, StreamId};
use spdylay::version::Version;

use crate::driver::{block, body, unknown_frame, value, Link, UNKNOWN_TYPE};

/// The status of RST_STREAM that says that the stream is not wanted any more.
const CANCEL: u32 = 5;

const LARGE: usize = 50_000_000;

pub fn request(link: &mut Link, method: &str, path: &str, body: Option<Vec<u8>>) -> StreamId {
    request_with_priority(link, 3, method, path, body)
}

fn request_with_priority(
    link: &mut Link,
    priority: u8,
    method: &str,
    path: &str,
    body: Option<Vec<u8>>,
) -> StreamId {
    link.request(priority, &headers(method, path), body)
}

/// Sends a request whose body has yet to be submitted.
pub fn start_request(link: &mut Link, method: &str, path: &str) -> StreamId {
    let block = block(&headers(method, path));
    let stream = link.session.submit_syn_stream(0, 0, 3, block, ());
    link.send();
    stream.unwrap()
}

fn headers<'a>(method: &'a str, path: &'a str) -> [(&'a str, &'a str); 5] {
    [
        (":method", method),
        (":path", path),
        (":scheme", "http"),
        (":host", "localhost"),
        (":version", "HTTP/1.1"),
    ]
}

#[track_caller]
pub fn expect_body(link: &Link, stream: StreamId, expected: &[u8]) {
    let stream = &link.streams[&stream];
    assert!(value(&stream.reply, ":status").starts_with("200"));
    assert_eq!(stream.body.len(), expected.len());
    assert!(stream.body == expected, "the body differs");
}

pub fn many_streams(link: &mut Link, _: Version) {
    let mut streams = Vec::new();
    for length in 0..500 {
        let path = format!("/size/{length}");
        streams.push(request(link, "GET", &path, None));
    }
    link.until_complete(&streams);
    for (length, stream) in streams.into_iter().enumerate() {
        expect_body(link, stream, &body(length));
    }
}

pub fn large_download(link: &mut Link, _: Version) {
    download(link, LARGE);
}

pub fn download(link: &mut Link, length: usize) {
    let path = format!("/size/{length}");
    let stream = request(link, "GET", &path, None);
    expect_exchange(link, stream, &body(length), |link| {
        request(link, "GET", &path, None)
    });
}

/// Waits for an answer with this body. The request may have to be made again.
fn expect_exchange(
    link: &mut Link,
    mut stream: StreamId,
    expected: &[u8],
    again: impl Fn(&mut Link) -> StreamId,
) {
    for _ in 0..3 {
        if !link.until_complete_or_forgotten(stream) {
            break;
        }
        stream = again(link);
    }
    link.until_complete(&[stream]);
    expect_body(link, stream, expected);
}

pub fn large_upload(link: &mut Link, _: Version) {
    let stream = request(link, "POST", "/upload", Some(body(LARGE)));
    link.until_complete(&[stream]);
    let reply = &link.streams[&stream].reply;
    assert_eq!(value(reply, "received"), LARGE.to_string());
    assert_eq!(value(reply, "intact"), "true");
}

/// Both windows fill up at the same time, on several streams.
pub fn both_ways_at_once(link: &mut Link, _: Version) {
    let sent = body(LARGE / 5);
    let echo = |link: &mut Link| request(link, "POST", "/echo", Some(sent.clone()));
    let streams: Vec<_> = (0..5).map(|_| echo(link)).collect();
    for stream in streams {
        expect_exchange(link, stream, &sent, echo);
    }
}

/// The pushed DATA comes before the reply to the request that it belongs to.
pub fn push(link: &mut Link, _: Version) {
    let stream = request(link, "GET", "/push", None);
    link.until_complete(&[stream, 2, 4]);
    expect_body(link, stream, &body(100));
    assert!(link.streams[&stream].data_before_reply >= 2000);
    for (id, path) in [(2, "/pushed/1"), (4, "/pushed/2")] {
        let pushed = &link.streams[&id];
        assert_eq!(pushed.associated, stream);
        assert!(
            value(&pushed.request, ":path").ends_with(path),
            "{pushed:?}"
        );
        assert_eq!(value(&pushed.request, "x-pushed"), "yes");
        assert!(pushed.body == body(1000));
    }
}

/// As in libspdylay 1.4, a pushed stream that is not marked as unidirectional is refused. All else goes on.
pub fn push_without_its_flag(link: &mut Link, _: Version) {
    let stream = request(link, "GET", "/push", None);
    link.until_complete(&[stream]);
    expect_body(link, stream, &body(100));
    assert_eq!(link.faults.len(), 2, "{:?}", link.faults);
    for (fault, path) in link.faults.iter().zip(["/pushed/1", "/pushed/2"]) {
        assert!(
            fault.contains(path) && fault.ends_with("status: 1 }"),
            "{fault}"
        );
    }
    still_answers(link);
}

/// The peer sees every priority of the version as it was meant.
pub fn priorities(link: &mut Link, version: Version) {
    let streams: Vec<_> = (0..=link.session.lowest_priority())
        .map(|priority| request_with_priority(link, priority, "GET", "/size/10", None))
        .collect();
    link.until_complete(&streams);
    let seen: Vec<_> = streams
        .iter()
        .map(|stream| value(&link.streams[stream].reply, "priority"))
        .collect();
    let all = ["0", "1", "2", "3", "4", "5", "6", "7"];
    assert_eq!(seen, all[..if version == Version::Spdy2 { 4 } else { 8 }]);
}

pub fn headers_of_the_peer(link: &mut Link, _: Version) {
    let stream = request(link, "GET", "/headers", None);
    link.until_complete(&[stream]);
    expect_body(link, stream, &body(100));
    let more = &link.streams[&stream].headers;
    let expected = ["one", "two"].map(|value| vec![("x-more".to_owned(), value.to_owned())]);
    assert_eq!(more.as_slice(), expected);
}

pub fn headers_of_ours(link: &mut Link, _: Version) {
    let stream = request(link, "POST", "/upload", Some(body(100_000)));
    let more = block(&[("x-late", "yes")]);
    link.session.submit_headers(0, stream, more).unwrap();
    link.until_complete(&[stream]);
    let reply = &link.streams[&stream].reply;
    assert_eq!(value(reply, "received"), "100000");
    assert_eq!(value(reply, "headers"), "x-late");
}

pub fn reset_by_the_peer(link: &mut Link, _: Version) {
    let stream = request(link, "GET", "/abort", None);
    link.until("the reset", |link| link.status(stream).is_some());
    assert_eq!(link.status(stream), Some(CANCEL));
    still_answers(link);
}

/// DATA of the stream that is under way when it is reset must neither disturb nor use up the window for good.
pub fn reset_by_us(link: &mut Link, _: Version) {
    reset_downloads(link, 20, LARGE);
}

pub fn reset_downloads(link: &mut Link, count: usize, length: usize) {
    for _ in 0..count {
        let stream = request(link, "GET", &format!("/size/{length}"), None);
        link.until("some of the body", |link| {
            link.streams
                .get(&stream)
                .is_some_and(|s| s.body.len() > 100_000)
        });
        link.session.submit_rst_stream(stream, CANCEL).unwrap();
    }
    still_answers(link);
}

pub fn unknown_frames_of_the_peer(link: &mut Link, _: Version) {
    let stream = request(link, "GET", "/unknown", None);
    link.until_complete(&[stream]);
    expect_body(link, stream, &body(100));
    assert_eq!(link.unknown, [UNKNOWN_TYPE]);
}

pub fn unknown_frames(link: &mut Link, version: Version) {
    link.write(&unknown_frame(version));
    still_answers(link);
    link.write(&unknown_frame(version));
    still_answers(link);
}

pub fn ping(link: &mut Link, _: Version) {
    // Some peers learn the version from the first frame with a stream in it.
    still_answers(link);
    link.session.submit_ping().unwrap();
    link.until("the answer to a PING", |link| {
        link.others
            .iter()
            .any(|frame| matches!(frame, Frame::Ping(_)))
    });
}

fn still_answers(link: &mut Link) {
    let sent = body(200_000);
    let echo = |link: &mut Link| request(link, "POST", "/echo", Some(sent.clone()));
    let stream = echo(link);
    expect_exchange(link, stream, &sent, echo);
}

/// Makes the tests for one peer and one version: those named, and what every peer can do.
macro_rules! tests {
    ($program:path, $version:ident: $($scenario:ident)*) => {
        $crate::as_client::only!($program, $version: $($scenario)*
            many_streams large_download large_upload both_ways_at_once priorities headers_of_the_peer
            headers_of_ours reset_by_the_peer reset_by_us unknown_frames unknown_frames_of_the_peer ping);
    };
}
macro_rules! only {
    ($program:path, $version:ident: $($scenario:ident)*) => {
        mod as_client {
            use spdylay::version::Version;

            $(#[test]
            fn $scenario() {
                let Some(program) = $program() else {
                    return;
                };
                let server = $crate::peer::Server::start(program, Version::$version);
                $crate::as_client::$scenario(&mut server.connect(), Version::$version);
            })*
        }
    };
}
pub(crate) use {only, tests};
