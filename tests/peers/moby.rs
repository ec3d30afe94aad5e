//! moby/spdystream, which Kubernetes streams through, from Debian's Go packages. It speaks SPDY/3.1 without windows.

use spdylay::frame::{flag, Frame};
use spdylay::version::Version::Spdy3_1;

use crate::as_client::{expect_body, request, reset_downloads, start_request};
use crate::as_server::{expect, push_one, OK};
use crate::driver::{block, body};
use crate::go;
use crate::peer::{fetch, Program, Request, Server};

const LARGE: usize = 50_000_000;

pub fn moby() -> Option<Program> {
    Some(Program {
        command: go::command("peers/go")?,
        has_windows: false,
        forgets_streams: false,
    })
}

crate::as_client::only!(crate::moby::moby, Spdy3_1:
    many_streams large_download both_ways_at_once push_without_its_flag headers_of_the_peer reset_by_the_peer
    unknown_frames_of_the_peer ping);
crate::as_server::tests!(crate::moby::moby, Spdy3_1,
    many_streams large_download large_upload headers reset_by_us reset_by_the_peer);

#[test]
fn upload() {
    let Some(program) = moby() else {
        return;
    };
    let server = Server::start(program, Spdy3_1);
    let mut link = server.connect();
    let stream = request(&mut link, "POST", "/upload", Some(body(LARGE)));
    link.until_complete(&[stream]);
    let report = format!("received {LARGE}, intact true, headers ");
    expect_body(&link, stream, report.as_bytes());
}

#[test]
fn headers_of_ours() {
    let Some(program) = moby() else {
        return;
    };
    let server = Server::start(program, Spdy3_1);
    let mut link = server.connect();
    let stream = start_request(&mut link, "POST", "/upload");
    let late = block(&[("x-late", "yes")]);
    link.session.submit_headers(0, stream, late).unwrap();
    link.send();
    let end = body(10).into();
    link.session.submit_data(stream, flag::FIN, end).unwrap();
    link.until_complete(&[stream]);
    expect_body(&link, stream, b"received 10, intact true, headers x-late");
}

/// It sends on what nobody wants any more, which the session has to put up with.
#[test]
fn reset_by_us() {
    if let Some(program) = moby() {
        let server = Server::start(program, Spdy3_1);
        reset_downloads(&mut server.connect(), 5, LARGE / 5);
    }
}

/// With flow control, one window is all that it ever gets. It stays reachable meanwhile.
#[test]
fn stall_with_flow_control() {
    let Some(program) = moby() else {
        return;
    };
    let server = Server::start(program, Spdy3_1);
    let mut link = server.connect();
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

/// It sees the pushed streams. Their DATA it drops, for it waits for a reply of its own that it never sends.
#[test]
fn push_for_it() {
    if let Some(program) = moby() {
        let reports = fetch(program, Spdy3_1, Request::get("/"), |link| {
            let parent = link.next_request().unwrap();
            push_one(link, parent, "/pushed/1", body(1000));
            push_one(link, parent, "/pushed/2", Vec::new());
            link.respond(parent, &OK, Some(body(100)));
        });
        let expected = "status=200 length=100 intact=true pushes=2 pushed=0";
        expect(&reports, expected);
    }
}
