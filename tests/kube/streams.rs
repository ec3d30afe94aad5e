//! Streams: which are accepted, and when they end.

use std::fs;
use std::io::Write;
use std::thread;
use std::time::Duration;

use crate::eventually::eventually;
use crate::server::Server;
use crate::session::{reply, reset, shown, Session};
use crate::support::abi::{flag, status};
use crate::support::bomb;
use crate::support::wire::{self, Sent};

#[test]
fn every_stream_is_answered_on_its_own() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    // In another order than kubectl's.
    for (id, kind) in [(1, "stdout"), (3, "error"), (5, "stdin")] {
        session.open(id, &[("streamtype", kind)]);
        session.expect(&[reply(id)]);
    }
    session.send(&wire::data(5, flag::FIN, b"text"));
    let ended = |stream_id, flags| move |frame: &Sent| matches!(frame, Sent::Data { stream_id: id, flags: f, .. } if *id == stream_id && *f == flags);
    let frames = session.read_until(|frames| frames.iter().any(ended(3, flag::FIN)));
    assert_eq!(wire::payload_of(&frames, 1), 4);
    assert!(frames.iter().any(ended(1, flag::FIN)));
    drop(session);
    server.stop();
}

#[test]
fn streams_that_make_no_sense_are_reset() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    for (id, headers) in [
        (1, &[][..]),
        (3, &[("streamtype", "other")]),
        (5, &[("streamtype", "stderr")]),
    ] {
        session.open(id, headers);
        session.expect(&[reset(id, status::PROTOCOL_ERROR)]);
    }
    session.open(7, &[("streamtype", "stdin")]);
    session.expect(&[reply(7)]);
    session.open(9, &[("streamtype", "stdin")]);
    session.expect(&[reset(9, status::PROTOCOL_ERROR)]);
    drop(session);
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    for (id, headers) in [
        (1, &[("streamtype", "data"), ("requestid", "0")][..]),
        (3, &[("streamtype", "data"), ("port", "0")]),
        (5, &[("streamtype", "data"), ("port", "65536")]),
        (7, &[("streamtype", "data"), ("port", "-1")]),
        (9, &[("port", "80"), ("requestid", "0")]),
    ] {
        session.open(id, headers);
        session.expect(&[reset(id, status::PROTOCOL_ERROR)]);
    }
    drop(session);
    server.stop();
}

#[test]
fn an_idle_session_only_echoes() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=sleep&command=60&stdout=true");
    session.open(1, &[("streamtype", "error")]);
    session.open(3, &[("streamtype", "stdout")]);
    session.expect(&[reply(1), reply(3)]);
    for _ in 0..5 {
        thread::sleep(Duration::from_secs(1));
        session.expect(&[]);
    }
    drop(session);
    eventually("the command is gone", || server.children().is_empty());
    server.stop();
}

#[test]
fn a_client_that_opens_too_few_streams_is_not_waited_for() {
    let Some(server) = Server::start(&["--opening-timeout", "1"]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=true&stdin=true&stdout=true");
    session.open(1, &[("streamtype", "error")]);
    let frames = session.read_until(|_| false);
    let goaway = "GOAWAY v3 flags=0 last=1 status=0".to_owned();
    assert_eq!(shown(&frames), [reply(1), reset(1, status::CANCEL), goaway]);
    // Forwarded connections are independent of each other: only the one without its partner ends.
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    session.open(1, &[("streamtype", "error"), ("port", "80")]);
    session.expect(&[reply(1), reset(1, status::INTERNAL_ERROR)]);
    server.stop();
}

/// How long the server has been on a processor, in hundredths of a second.
fn processor_time(server: &Server) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{}/stat", server.process.id())).unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ');
    fields
        .skip(11)
        .take(2)
        .map(|ticks| ticks.parse::<u64>().unwrap())
        .sum()
}

#[test]
fn a_client_that_resets_while_it_is_not_read_from() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=sleep&command=600&stdin=true&stdout=true");
    for (id, kind) in [(1, "error"), (3, "stdin"), (5, "stdout")] {
        session.open(id, &[("streamtype", kind)]);
    }
    eventually("the command runs", || !server.children().is_empty());
    let patience = Some(Duration::from_millis(500));
    session.connection.set_write_timeout(patience).unwrap();
    let data = wire::data(3, flag::NONE, &[0; 30_000]);
    while session.connection.write_all(&data).is_ok() {}
    let before = processor_time(&server);
    // With unread input, closing is a TCP reset.
    drop(session);
    eventually("the command is gone", || server.children().is_empty());
    let spent = processor_time(&server) - before;
    assert!(spent < 10, "{spent} hundredths of a second");
    server.stop();
}

#[test]
fn bytes_that_are_no_frames_end_the_session() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=cat&stdin=true&stdout=true");
    session.send(&[0xff; 100]);
    let mut too_large = vec![0x80, 3, 0, 1, 0, 0xff, 0xff, 0xff];
    too_large.resize(100_000, 0);
    let _ = session.connection.write_all(&too_large);
    drop(session);
    server.exec(&["true"]).expect_success();
    server.stop();
}

#[test]
fn header_bombs_are_refused() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let mut session = Session::exec(&server, "command=true&stdout=true");
    let bomb = bomb::long_value(&mut session.writer, b'x', 1_000_000);
    assert!(bomb.len() < 16_000);
    session.send(&wire::syn_stream_of(3, flag::NONE, 1, 0, 0, &bomb));
    session.expect(&[reset(1, status::FRAME_TOO_LARGE)]);
    // The session goes on.
    session.open(3, &[("streamtype", "error")]);
    session.expect(&[reply(3)]);
    let peak = server.peak_memory();
    assert!(peak < 16_000, "{peak} kB");
    server.stop();
}

#[test]
fn numbers_of_streams_that_make_no_sense() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let start = || Session::exec(&server, "command=cat&stdin=true&stdout=true");
    // Data for a stream that was never there, or is gone, is dropped.
    let mut session = start();
    session.send(&wire::data(5, flag::NONE, b"text"));
    session.expect(&[]);
    session.open(7, &[("streamtype", "stdin")]);
    session.expect(&[reply(7)]);
    session.send(&wire::rst_stream(3, 7, status::CANCEL));
    session.send(&wire::data(7, flag::NONE, b"text"));
    session.expect(&[]);
    // A number again: the stream that has it is reset.
    session.open(9, &[("streamtype", "error")]);
    session.expect(&[reply(9)]);
    session.open(9, &[("streamtype", "stdout")]);
    session.expect(&[reset(9, status::PROTOCOL_ERROR)]);
    // One of the server's, or one that is lower than the last: the end.
    for id in [10, 1] {
        let mut session = start();
        session.open(3, &[("streamtype", "error")]);
        session.expect(&[reply(3)]);
        session.open(id, &[("streamtype", "stdin")]);
        let frames = session.read_until(|_| false);
        let goaway = "GOAWAY v3 flags=0 last=3 status=1".to_owned();
        assert_eq!(shown(&frames), [goaway], "{id}");
    }
    server.exec(&["true"]).expect_success();
    server.stop();
}
