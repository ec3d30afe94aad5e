//! PING, RST_STREAM and GOAWAY as they are received.

mod support;

use support::abi::{flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire;

/// Feeds a PING; the callbacks, and the PINGs sent in answer.
fn ping(session: &Session, id: u32) -> (Vec<String>, Vec<String>) {
    forget(session);
    session.feed(&wire::ping(session.version().wire(), id));
    let events = session.transcript();
    (events, session.flush())
}

fn reported(version: Version, id: u32) -> Vec<String> {
    vec![format!(
        "on_ctrl_recv PING v{} flags=0 id={id}",
        version.wire()
    )]
}

fn answer(version: Version, id: u32) -> Vec<String> {
    vec![format!("PING v{} flags=0 id={id}", version.wire())]
}

#[test]
fn a_ping_of_the_peer_is_answered_with_its_id() {
    for version in ALL_VERSIONS {
        for (role, ids) in [
            (Role::Server, [1, 77, 0xffff_ffff]),
            (Role::Client, [2, 0x8000_0000, 0xffff_fffe]),
        ] {
            let session = Session::new(role, version);
            for id in ids {
                assert_eq!(
                    ping(&session, id),
                    (reported(version, id), answer(version, id)),
                    "{role:?}"
                );
            }
        }
    }
}

#[test]
fn the_answer_to_a_ping_is_queued_before_the_ping_is_reported() {
    let server = Session::server(V3);
    server.on("on_ctrl_recv PING", |session, _| {
        assert_eq!(session.outbound_queue_size(), 1);
    });
    server.feed(&wire::ping(3, 1));
    assert_eq!(server.names(), ["on_ctrl_recv PING"]);
}

#[test]
fn every_ping_is_answered_even_if_its_id_was_used_before() {
    if defective_in_1_4("a repeated PING is taken for a reply") {
        return;
    }
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        for id in [1, 1, 1, 3, 1] {
            assert_eq!(
                ping(&server, id),
                (reported(version, id), answer(version, id))
            );
        }
    }
}

#[test]
fn the_reply_to_an_own_ping_is_reported_once() {
    for version in ALL_VERSIONS {
        for (role, id) in [(Role::Client, 1), (Role::Server, 2)] {
            let session = Session::new(role, version);
            assert_eq!(session.submit_ping(), 0);
            assert_eq!(session.flush(), answer(version, id));
            assert_eq!(ping(&session, id), (reported(version, id), vec![]));
            assert_eq!(ping(&session, id), (vec![], vec![]), "a second reply");
        }
    }
}

#[test]
fn only_the_last_of_several_own_pings_is_matched() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_ping();
        client.submit_ping();
        client.flush();
        assert_eq!(ping(&client, 1), (vec![], vec![]));
        assert_eq!(ping(&client, 3), (reported(version, 3), vec![]));
    }
}

#[test]
fn an_answer_in_between_does_not_hide_the_reply_to_an_own_ping() {
    if defective_in_1_4("answering a PING makes the session forget its own") {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_ping();
        client.flush();
        assert_eq!(ping(&client, 2), (reported(version, 2), answer(version, 2)));
        assert_eq!(ping(&client, 1), (reported(version, 1), vec![]));
    }
}

#[test]
fn pings_that_nobody_sent_are_ignored() {
    for version in ALL_VERSIONS {
        for (role, ids) in [
            (Role::Client, [0, 1, 0xffff_ffff]),
            (Role::Server, [0, 2, 4]),
        ] {
            let session = Session::new(role, version);
            for id in ids {
                assert_eq!(ping(&session, id), (vec![], vec![]), "{role:?} {id}");
            }
        }
    }
}

#[test]
fn a_reset_closes_the_stream_with_its_status() {
    for version in ALL_VERSIONS {
        // Whatever the number is, known or not.
        for code in [0, 1, 5, 11, 12, 0x7fff_ffff, 0xffff_ffff] {
            let (client, _) = client_with_streams(version, 1);
            client.feed(&wire::rst_stream(version.wire(), 1, code));
            assert_eq!(
                client.transcript(),
                [
                    format!(
                        "on_ctrl_recv RST_STREAM v{} flags=0 stream=1 status={code}",
                        version.wire()
                    ),
                    format!("on_stream_close stream=1 status={code}"),
                ]
            );
            assert_eq!(client.flush(), [""; 0], "a reset is not answered");
        }
    }
}

#[test]
fn a_reset_of_an_unknown_stream_is_reported_only() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        for stream_id in [0, 2, 3, 0x7fff_ffff, -1] {
            server.feed(&wire::rst_stream(version.wire(), stream_id, 5));
            assert_eq!(
                server.transcript(),
                [format!(
                    "on_ctrl_recv RST_STREAM v{} flags=0 stream={} status=5",
                    version.wire(),
                    stream_id & i32::MAX
                )]
            );
        }
        assert_eq!(server.outbound_queue_size(), 0);
    }
}

#[test]
fn a_reset_closes_streams_in_any_state() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, mut peer) = client_with_requests(version, 4);
        client.feed(&peer.syn_reply(flag::FIN, 3, NONE));
        client.feed(&peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        client.submit_rst_stream(5, status::CANCEL);
        forget(&client);
        for stream_id in [1, 2, 3, 5] {
            client.feed(&wire::rst_stream(v, stream_id, 7));
            assert_eq!(
                client.transcript().last().unwrap(),
                &format!("on_stream_close stream={stream_id} status=7")
            );
        }
        // The RST_STREAM that was queued for one of them still goes out, and closes nothing again.
        client.flush();
        assert_eq!(
            client.names(),
            ["before_ctrl_send RST_STREAM", "on_ctrl_send RST_STREAM"]
        );
    }
}

#[test]
fn a_goaway_is_reported_and_may_be_repeated() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, _) = client_with_streams(version, 1);
        // SPDY/2 has no status; the reserved bit in front of the id does not count.
        for (last, code) in [(0, 0), (0x7fff_ffff, 2), (-1, 99)] {
            client.feed(&wire::goaway(v, last, code));
            let shown = if version == V2 { 0 } else { code };
            assert_eq!(
                client.transcript(),
                [format!(
                    "on_ctrl_recv GOAWAY v{v} flags=0 last={} status={shown}",
                    last & i32::MAX
                )]
            );
        }
        assert_eq!(client.flush(), [""; 0], "a GOAWAY is not answered");
        assert_eq!(client.stream_recv_data_length(1), 0, "the stream is open");
    }
}

#[test]
fn noop_and_credential_frames_have_no_effect() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        let credential = wire::control(version.wire(), 10, 0, &[0xff; 50]);
        for frame in [wire::noop(version.wire()), credential] {
            assert_eq!(verdict(&server, &frame), Verdict::Ignored);
        }
        assert_eq!(
            verdict(&server, &peer.headers(flag::NONE, 1, NONE)),
            Verdict::Accepted
        );
    }
}
