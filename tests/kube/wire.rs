//! What kubestream says to kubectl, frame by frame.

use crate::eventually::eventually;
use crate::forward::{Forward, Local};
use crate::kubectl::{is_at_least, Way};
use crate::process::{run, Process};
use crate::scratch::noise;
use crate::server::Server;
use crate::session::shown;
use crate::tap::{expect_harmless, Frames, Tap};

/// A server that is reached through a tap.
fn tapped(options: &[&str]) -> Option<(Server, Tap)> {
    let mut server = Server::start(options)?;
    let tap = Tap::on(server.port);
    server.port = tap.port;
    Some((server, tap))
}

/// The sessions, once they are over.
#[track_caller]
fn finish(tap: &Tap, expected: usize) -> Vec<Frames> {
    eventually("the connections are closed", || tap.is_over());
    let sessions = tap.sessions();
    assert_eq!(sessions.len(), expected);
    for session in &sessions {
        expect_harmless(&session.server);
        // The very first word of kubectl is a stream, and so is the server's.
        assert!(session.client[0].to_string().starts_with("SYN_STREAM"));
        assert!(session.server[0].to_string().starts_with("SYN_REPLY"));
    }
    sessions
}

#[test]
fn commands() {
    let Some((server, tap)) = tapped(&[]) else {
        return;
    };
    server.exec(&["true"]).expect_success();
    server.exec(&["no-such-program"]).expect_code(1);
    let input = noise(1, 1_000_000);
    let got = server.exec_with(&input, &["sh", "-c", "cat; exit 3"]);
    assert!(got.expect_code(3).stdout == input);
    // It leaves its input alone.
    server.exec_with(&input, &["true"]).expect_success();
    finish(&tap, 4);
    server.stop();
}

#[test]
fn forwarded_connections() {
    let Some((server, tap)) = tapped(&[]) else {
        return;
    };
    let forward = Forward::through(server, Way::Direct);
    forward.exchange_in_parallel(10, 100_000, Local::Echo);
    assert_eq!(forward.exchange(Local::Greet, b""), b"hello and goodbye");
    assert_eq!(forward.exchange(Local::Refused, b""), b"");
    if !is_at_least(27) {
        forward.kubectl.signal("INT");
    }
    forward.kubectl.finish();
    finish(&tap, 1);
    forward.server.stop();
}

/// The last word of kubectl, when its user is done with it, is GOAWAY; nothing more is said to it.
#[test]
fn an_interrupted_port_forward() {
    let Some((server, tap)) = tapped(&[]) else {
        return;
    };
    let forward = Forward::through(server, Way::Direct);
    assert_eq!(forward.exchange(Local::Echo, b"text"), b"text");
    forward.kubectl.signal("INT");
    forward.kubectl.finish().expect_success();
    let sessions = finish(&tap, 1);
    let last = sessions[0].client.last().unwrap().to_string();
    assert_eq!(last, "GOAWAY v3 flags=0 last=0 status=0");
    forward.server.stop();
}

/// The last word of a server that stops is GOAWAY.
#[test]
fn the_end_of_the_server() {
    let Some((server, tap)) = tapped(&[]) else {
        return;
    };
    let arguments = ["exec", "demo", "--", "sh", "-c", "echo ready; sleep 600"];
    let kubectl = Process::start(&mut server.kubectl(Way::Direct, &arguments));
    kubectl.wait_for_line("ready");
    server.stop();
    kubectl.finish();
    let sessions = finish(&tap, 1);
    let last = sessions[0].server.last().unwrap().to_string();
    assert_eq!(last, "GOAWAY v3 flags=0 last=5 status=0");
}

#[test]
fn an_idle_session_only_echoes() {
    let Some((server, tap)) = tapped(&[]) else {
        return;
    };
    // Every five seconds a newer kubectl sends a PING, but none before the last was echoed.
    let arguments = ["exec", "demo", "--", "sh", "-c", "sleep 11; echo awake"];
    let got = run(&mut server.kubectl(Way::Direct, &arguments)).expect_success();
    assert_eq!(got.text(), "awake\n");
    let sessions = finish(&tap, 1);
    let pings = |frames| {
        let mut frames = shown(frames);
        frames.retain(|frame| frame.starts_with("PING"));
        frames
    };
    if is_at_least(27) {
        let expected = ["PING v3 flags=0 id=1", "PING v3 flags=0 id=3"];
        assert_eq!(pings(&sessions[0].server)[..2], expected);
    }
    assert_eq!(pings(&sessions[0].client), pings(&sessions[0].server));
    server.stop();
}
