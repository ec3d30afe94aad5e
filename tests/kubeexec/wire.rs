//! What kubeexec says to a server, frame by frame.

use crate::backend;
use crate::eventually::eventually;
use crate::forward::Forward;
use crate::peer::Peer;
use crate::scratch::noise;
use crate::tap::{expect_harmless, Tap};

/// Uses a server through a tap, and checks what has passed.
fn expect_harmless_frames(mut peer: Peer, sessions: usize, uses: impl Fn(&Peer)) {
    let tap = Tap::on(peer.port);
    peer.port = tap.port;
    uses(&peer);
    eventually("the connections are closed", || tap.is_over());
    let recorded = tap.sessions();
    assert_eq!(recorded.len(), sessions);
    for session in &recorded {
        expect_harmless(&session.client);
        assert!(!session.server.is_empty());
    }
}

#[test]
fn commands() {
    for peer in Peer::all() {
        expect_harmless_frames(peer, 3, |peer| {
            peer.exec(&["sh", "-c", "exit 3"]).expect_code(3);
            let input = noise(1, 1_000_000);
            let got = peer.exec_with(&input, &["cat"]).expect_success();
            assert!(got.stdout == input);
            // It leaves its input alone.
            peer.exec_with(&input, &["true"]).expect_success();
        });
    }
}

#[test]
fn forwarded_connections() {
    for peer in Peer::all() {
        expect_harmless_frames(peer, 1, |peer| {
            let forward = Forward::to(peer, &[backend::echo(), backend::refused()]);
            forward.exchange_at_once(10, 100_000);
            let _ = std::io::Read::read(&mut forward.connect(1), &mut [0]);
            forward.stop();
        });
    }
}
