//! `submit_fin`: ending the own side of a stream at any time.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use support::abi::{error, flag, status};
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire::{self, data};

const FIN: &str = "DATA stream=1 flags=1 length=0";

fn is_missing() -> bool {
    defective_in_1_4("only a data provider can end a stream")
}

#[test]
fn an_open_stream_is_ended_by_an_empty_frame() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        assert_eq!(client.submit_fin(1), 0);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 1));
        assert_eq!(client.flush(), [FIN]);
        assert_eq!(
            client.transcript(),
            ["on_data_send stream=1 flags=1 length=0"]
        );
        assert_eq!(client.stream_local_close(1), 1);
        client.feed(&data(1, flag::FIN, b""));
        assert_eq!(client.names(), ["on_data_recv", "on_stream_close"]);
        // The other way round.
        let (server, _) = server_with_requests(version, 1);
        server.submit_syn_reply(flag::NONE, 1, OK);
        server.feed(&data(1, flag::FIN, b""));
        assert_eq!(server.submit_fin(1), 0);
        assert_eq!(server.flush()[1], FIN);
        assert_eq!(server.names().last().unwrap(), "on_stream_close");
    }
}

#[test]
fn its_turn_is_that_of_its_stream() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        for pri in [2, 0, 1] {
            client.submit_syn_stream(flag::NONE, 0, pri, NONE, 0);
        }
        client.flush();
        client.submit_headers(flag::NONE, 1, NONE);
        client.submit_fin(1);
        client.submit_fin(3);
        client.submit_data(3, flag::NONE, Some(&client.provider_of(1)));
        client.submit_fin(5);
        client.submit_ping();
        let v = version.wire();
        assert_eq!(
            client.flush(),
            [
                format!("PING v{v} flags=0 id=1"),
                "DATA stream=3 flags=1 length=0".to_owned(),
                "DATA stream=5 flags=1 length=0".to_owned(),
                format!("HEADERS v{v} flags=0 stream=1 {{}}"),
                FIN.to_owned(),
            ]
        );
    }
}

#[test]
fn data_that_waits_is_dropped_and_not_read() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        // Queued.
        let (client, _) = client_with_streams(version, 1);
        client.record_io(true);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
        client.submit_data(1, flag::NONE, Some(&client.provider_of(10_000)));
        client.submit_fin(1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
        assert_eq!(client.flush(), [FIN]);
        assert_eq!(client.names(), ["send_callback", "on_data_send"]);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        // Deferred.
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::deferred()])));
        client.flush();
        client.submit_fin(1);
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
        assert_eq!(client.flush(), [FIN]);
        // Deferred and resumed.
        let (client, _) = client_with_streams(version, 1);
        let steps = [Read::deferred(), Read::last("never")];
        client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
        client.flush();
        assert_eq!(client.resume_data(1), 0);
        client.submit_fin(1);
        assert_eq!(client.flush(), [FIN]);
    }
}

#[test]
fn no_window_is_needed_and_data_that_waits_for_one_is_dropped() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        // In SPDY/3.1 the streams wait for different windows.
        let (client, _) = client_with_streams(version, 2);
        client.feed(&wire::window_update(3, 0, 10));
        for stream_id in [1, 3] {
            client.submit_data(stream_id, flag::FIN, Some(&client.provider_of(70_000)));
            client.flush();
        }
        client.submit_fin(1);
        client.submit_fin(3);
        assert_eq!(client.flush(), [FIN, "DATA stream=3 flags=1 length=0"]);
        client.feed(&wire::window_update(3, 0, 1000));
        client.feed(&wire::window_update(3, 1, 1000));
        client.feed(&wire::window_update(3, 3, 1000));
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        assert!(client.flush().is_empty());
    }
}

#[test]
fn it_cuts_off_a_body_under_way() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for callback in ["read_callback", "send_callback", "on_data_send"] {
            let (client, _) = client_with_streams(version, 1);
            client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
            let mut is_first = true;
            client.on(callback, move |client, _| {
                if std::mem::take(&mut is_first) {
                    assert_eq!(client.submit_fin(1), 0);
                }
            });
            assert_eq!(
                client.flush(),
                ["DATA stream=1 flags=0 length=4096", FIN],
                "{callback}"
            );
        }
    }
}

#[test]
fn a_frame_that_is_partly_sent_is_completed() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
        client.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        client.submit_fin(1);
        assert_eq!(client.flush(), ["DATA stream=1 flags=0 length=4096", FIN]);
        // If that frame ends the stream itself, that is enough.
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10)));
        client.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
        assert_eq!(client.send(), 0);
        client.submit_fin(1);
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=10"]);
    }
}

#[test]
fn a_provider_that_ends_its_stream_and_has_nothing_is_not_kept() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::deferred()])));
        client.on("read_callback", |client, _| {
            client.submit_fin(1);
        });
        assert_eq!(client.flush(), [FIN]);
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
    }
}

#[test]
fn a_stream_that_is_not_open_yet_is_opened_half_closed() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        client.submit_request(0, NONE, Some(&client.provider_of(10)), 0);
        assert_eq!(client.submit_fin(1), 0);
        assert_eq!(
            client.flush(),
            [format!(
                "SYN_STREAM v{v} flags=1 stream=1 assoc=0 pri=0 slot=0 {{}}"
            )]
        );
        assert_eq!(client.stream_local_close(1), 1);
        // While the SYN_STREAM is being written.
        let client = Session::client(version);
        client.on("before_ctrl_send", |client, _| {
            assert_eq!(client.submit_fin(1), 0);
        });
        client.submit_request(0, NONE, Some(&client.provider_of(10)), 0);
        assert_eq!(client.flush()[1..], [FIN]);
    }
}

#[test]
fn a_response_loses_its_body() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        server.submit_response(1, NONE, Some(&server.provider_of(10)));
        server.submit_fin(1);
        let reply = format!("SYN_REPLY v{v} flags=0 stream=1 {{}}");
        assert_eq!(server.flush(), [reply.as_str(), FIN]);
    }
}

#[test]
fn streams_that_cannot_send_drop_it() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let v = version.wire();
        // Not replied to; a later response is complete all the same.
        let (server, _) = server_with_requests(version, 1);
        server.submit_fin(1);
        assert!(server.flush().is_empty());
        server.submit_response(1, NONE, Some(&server.provider_of(10)));
        let reply = format!("SYN_REPLY v{v} flags=0 stream=1 {{}}");
        let body = "DATA stream=1 flags=1 length=10";
        assert_eq!(server.flush(), [reply.as_str(), body]);
        // The same, queued together; and the second one counts.
        let (server, _) = server_with_requests(version, 1);
        server.submit_fin(1);
        server.submit_response(1, NONE, Some(&server.provider_of(10)));
        assert_eq!(server.flush(), [reply.as_str(), body]);
        let (server, _) = server_with_requests(version, 1);
        server.submit_fin(1);
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.submit_data(1, flag::FIN, Some(&server.provider_of(10)));
        server.submit_fin(1);
        assert_eq!(server.flush(), [reply.as_str(), FIN]);
        // Unknown, ended, closing, unidirectional.
        let (client, mut peer) = client_with_streams(version, 2);
        client.feed(&peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        forget(&client);
        client.submit_rst_stream(3, status::CANCEL);
        for stream_id in [-1, 0, 1, 1, 2, 3, 4, 99] {
            assert_eq!(client.submit_fin(stream_id), 0);
        }
        assert_eq!(
            client.flush(),
            [
                format!("RST_STREAM v{v} flags=0 stream=3 status=5"),
                FIN.to_owned()
            ]
        );
    }
}

#[test]
fn nothing_follows_it() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_fin(1);
        client.submit_headers(flag::NONE, 1, NONE);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(10)));
        client.submit_fin(1);
        assert_eq!(client.flush(), [FIN]);
        let transcript = client.transcript();
        assert_eq!(transcript.len(), 2);
        assert!(transcript[1].ends_with("error=-512"), "{transcript:?}");
    }
}

#[test]
fn it_can_be_handed_out() {
    if is_missing() {
        return;
    }
    let (client, _) = client_with_streams(V3, 1);
    client.submit_fin(1);
    assert_eq!(client.mem_send(), 8);
    assert_eq!(client.stream_local_close(1), 0);
    // The peer's end comes before ours is counted.
    client.feed(&data(1, flag::FIN, b""));
    assert_eq!(client.names(), ["on_data_recv"]);
    assert_eq!(client.mem_send(), 0);
    assert_eq!(client.names(), ["on_data_send", "on_stream_close"]);
}

#[test]
fn no_session_has_no_streams() {
    if is_missing() {
        return;
    }
    let submit_fin = api().submit_fin.unwrap();
    // SAFETY: NULL is allowed.
    let result = unsafe { submit_fin(ptr::null_mut(), 1) };
    assert_eq!(result, error::INVALID_ARGUMENT);
}
