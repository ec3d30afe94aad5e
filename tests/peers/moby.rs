//! moby/spdystream, which Kubernetes streams through, from Debian's Go packages. It speaks SPDY/3.1 without windows.

use std::process::Command;

use spdylay::frame::Frame;
use spdylay::version::Version::Spdy3_1;

use crate::as_client::{expect_body, request};
use crate::driver::body;
use crate::peer::{fetch, Request, Server};
use crate::{as_server, go};

const LARGE: usize = 10 << 20;

fn moby() -> Option<Command> {
    go::command("peers/go")
}

/// The server, and a session that does without flow control.
macro_rules! connect_or_return {
    ($server:ident, $link:ident) => {
        let Some(program) = moby() else {
            return;
        };
        let $server = Server::start(program, Spdy3_1);
        let mut $link = $server.connect();
        $link.session.set_flow_control(false);
    };
}

#[test]
fn download() {
    connect_or_return!(server, link);
    let stream = request(&mut link, "GET", &format!("/size/{LARGE}"), None);
    link.until_complete(&[stream]);
    expect_body(&link, stream, &body(LARGE));
}

#[test]
fn upload() {
    connect_or_return!(server, link);
    let stream = request(&mut link, "POST", "/upload", Some(body(LARGE)));
    link.until_complete(&[stream]);
    let report = format!("received {LARGE}, intact true");
    expect_body(&link, stream, report.as_bytes());
}

#[test]
fn many_streams() {
    connect_or_return!(server, link);
    let streams: Vec<_> = (0..500)
        .map(|length| request(&mut link, "GET", &format!("/size/{length}"), None))
        .collect();
    link.until_complete(&streams);
    for (length, stream) in streams.into_iter().enumerate() {
        expect_body(&link, stream, &body(length));
    }
}

/// With flow control, one window is all that it ever gets. It stays reachable meanwhile.
#[test]
fn stall_with_flow_control() {
    connect_or_return!(server, link);
    link.session.set_flow_control(true);
    request(&mut link, "POST", "/upload", Some(body(1 << 20)));
    link.send();
    link.session.submit_ping().unwrap();
    link.until("the answer to a PING", |link| {
        link.others
            .iter()
            .any(|frame| matches!(frame, Frame::Ping(_)))
    });
    assert_eq!(link.data_sent, 65_536);
    assert!(!link.session.want_write());
}

#[test]
fn download_by_it() {
    if let Some(program) = moby() {
        let reports = fetch(program, Spdy3_1, Request::get("/"), |link| {
            link.session.set_flow_control(false);
            as_server::answer(link, 1, LARGE);
        });
        as_server::expect(&reports, &format!("length={LARGE} intact=true"));
    }
}

#[test]
fn upload_by_it() {
    let post = Request {
        method: "POST",
        body: LARGE,
        ..Request::get("/")
    };
    if let Some(program) = moby() {
        let reports = fetch(program, Spdy3_1, post, |link| {
            link.session.set_flow_control(false);
            let stream = link.next_request().unwrap();
            assert!(link.streams[&stream].body == body(LARGE));
            link.respond(stream, &as_server::OK, Some(body(10)));
        });
        as_server::expect(&reports, "length=10 intact=true");
    }
}
