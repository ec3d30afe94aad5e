//! Thousands of streams at once and thousands of sessions in a row: memory, descriptors and processes stay where they
//! were.
//!
//! `KUBESTREAM_SOAK` multiplies the sessions in a row: 1000 is about what a busy node sees in a day.

use std::env;
use std::thread;

use crate::backend;
use crate::eventually::eventually;
use crate::server::Server;
use crate::session::{reset, shown, Session};
use crate::support::abi::{flag, status};
use crate::support::wire::{self, Sent};

/// How much the allocator may keep of what many sessions have used, in kB.
const SLACK: usize = 2000;

fn repetitions(usual: usize) -> usize {
    let factor = env::var("KUBESTREAM_SOAK").map_or(1, |factor| factor.parse().unwrap());
    usual * factor
}

/// Lets this process open more files than most shells do.
#[allow(unsafe_code)]
fn allow_descriptors(wanted: libc::rlim_t) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: the pointer is to an rlimit, which is filled.
    let got = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    assert_eq!(got, 0);
    limit.rlim_cur = limit.rlim_cur.max(wanted).min(limit.rlim_max);
    // SAFETY: the pointer is to an rlimit, which is only read.
    let set = unsafe { libc::setrlimit(libc::RLIMIT_NOFILE, &limit) };
    assert_eq!(set, 0);
    assert!(limit.rlim_cur >= wanted, "raise the hard limit of files");
}

/// Runs a command that exits with 7, and says `text`.
fn exec(server: &Server) {
    let query = "command=sh&command=-c&command=echo+text;exit+7&stdout=true";
    let mut session = Session::exec(server, query);
    session.open(1, &[("streamtype", "error")]);
    session.open(3, &[("streamtype", "stdout")]);
    let frames = session.read_until(|frames| finished(frames, 1) && finished(frames, 3));
    assert_eq!(wire::payload_of(&frames, 3), 5);
    let code = frames.iter().any(
        |frame| matches!(frame, Sent::Data { stream_id: 1, data, .. } if contains(data, "\"7\"")),
    );
    assert!(code, "{:?}", shown(&frames));
    session.send(&wire::goaway(3, 0, 0));
}

fn contains(bytes: &[u8], text: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(text)
}

fn finished(frames: &[Sent], stream: i32) -> bool {
    frames.iter().any(|frame| {
        matches!(frame, Sent::Data { stream_id, flags, .. } if *stream_id == stream && *flags == flag::FIN)
    })
}

/// Opens the streams of a forwarded connection; the one for data has the higher id.
fn open_pair(session: &mut Session, error_id: i32, port: &str) {
    for (id, kind) in [(error_id, "error"), (error_id + 2, "data")] {
        let request = error_id.to_string();
        let headers = [
            ("streamtype", kind),
            ("port", port),
            ("requestid", &*request),
        ];
        session.open(id, &headers);
    }
}

fn nothing_is_left(server: &Server, memory: usize, descriptors: usize) {
    eventually("all connections are closed", || {
        server.descriptors() <= descriptors
    });
    eventually("all children are reaped", || server.children().is_empty());
    let grown = server.memory().saturating_sub(memory);
    assert!(grown < SLACK, "{grown} kB");
}

#[test]
fn thousands_of_streams_at_once() {
    const PAIRS: i32 = 2000;
    allow_descriptors(6000);
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let port = backend::echo().to_string();
    let descriptors = server.descriptors();
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    // Not all at once: the kernel keeps only so many connections for a backend that is slow to accept them.
    for batch in (0..PAIRS).collect::<Vec<_>>().chunks(100) {
        for pair in batch {
            open_pair(&mut session, 4 * pair + 1, &port);
        }
        let replies = session.read_until(|frames| frames.len() >= 2 * batch.len());
        assert!(shown(&replies)
            .iter()
            .all(|frame| frame.starts_with("SYN_REPLY")));
        for pair in batch {
            session.send(&wire::data(4 * pair + 3, 0, &[*pair as u8]));
        }
        let echoes = session.read_until(|frames| frames.len() >= batch.len());
        assert!(shown(&echoes).iter().all(|frame| frame.starts_with("DATA")));
    }
    assert!(server.descriptors() >= PAIRS as usize);
    // All are open, and each of them works.
    for pair in 0..PAIRS {
        let data = vec![pair as u8; 1000];
        session.send(&wire::data(4 * pair + 3, flag::FIN, &data));
    }
    let mut echoed = vec![0; PAIRS as usize];
    let mut ended = 0;
    while ended < 2 * PAIRS {
        for frame in session.read_until(|frames| !frames.is_empty()) {
            let Sent::Data {
                stream_id,
                flags,
                data,
            } = frame
            else {
                panic!("unexpected: {frame}");
            };
            let pair = stream_id as usize / 4;
            assert!(data.iter().all(|byte| *byte == pair as u8));
            echoed[pair] += data.len();
            ended += i32::from(flags);
        }
    }
    assert!(echoed.iter().all(|length| *length == 1000));
    let peak = server.peak_memory();
    assert!(peak < 32_000, "{peak} kB");
    drop(session);
    eventually("all connections are closed", || {
        server.descriptors() <= descriptors
    });
    server.stop();
}

#[test]
fn streams_beyond_the_limit_are_refused() {
    const LIMIT: i32 = 8192;
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    for id in 0..LIMIT + 1 {
        let request = id.to_string();
        let headers = [
            ("streamtype", "error"),
            ("port", "80"),
            ("requestid", &*request),
        ];
        session.open(2 * id + 1, &headers);
    }
    let frames = session.read_until(|frames| frames.len() > LIMIT as usize);
    let refused = reset(2 * LIMIT + 1, status::REFUSED_STREAM);
    assert_eq!(shown(&frames[LIMIT as usize..]), [refused]);
    let peak = server.peak_memory();
    assert!(peak < 32_000, "{peak} kB");
    drop(session);
    server.exec(&["true"]).expect_success();
    server.stop();
}

#[test]
fn thousands_of_commands_in_a_row() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    (0..50).for_each(|_| exec(&server));
    let (memory, descriptors) = (server.memory(), server.descriptors());
    for _ in 0..repetitions(1000) {
        exec(&server);
    }
    nothing_is_left(&server, memory, descriptors);
    server.stop();
}

#[test]
fn thousands_of_forwarded_connections_in_a_row() {
    let Some(server) = Server::measurable(&[]) else {
        return;
    };
    let port = backend::echo().to_string();
    let mut session = Session::start(&server, "portforward", "portforward.k8s.io");
    let descriptors = server.descriptors();
    let mut error_id = 1;
    let mut forward = |times| {
        for _ in 0..times {
            let data_id = error_id + 2;
            open_pair(&mut session, error_id, &port);
            session.send(&wire::data(error_id, flag::FIN, b""));
            session.send(&wire::data(data_id, flag::FIN, b"text"));
            let frames = session
                .read_until(|frames| finished(frames, error_id) && finished(frames, data_id));
            assert_eq!(wire::payload_of(&frames, data_id), 4);
            error_id += 4;
        }
    };
    forward(100);
    let memory = server.memory();
    forward(repetitions(2000));
    // Not even while the session goes on.
    nothing_is_left(&server, memory, descriptors);
    server.stop();
}

/// Under AddressSanitizer, which looks at every access, and for leaks at the end.
#[test]
fn many_commands_at_once() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    exec(&server);
    let descriptors = server.descriptors();
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| (0..repetitions(2)).for_each(|_| exec(&server)));
        }
    });
    eventually("all connections are closed", || {
        server.descriptors() <= descriptors
    });
    assert!(server.children().is_empty());
    server.stop();
}
