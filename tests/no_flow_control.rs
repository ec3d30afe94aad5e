//! `SPDYLAY_OPT_NO_FLOW_CONTROL`: sessions with peers that know no windows.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, option, setting};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire::{self, data, Sent};

const WINDOW: usize = 65536;

fn is_missing() -> bool {
    defective_in_1_4("flow control cannot be switched off")
}

fn switch_off(session: &Session) {
    assert_eq!(session.set_option(option::NO_FLOW_CONTROL, 1), 0);
}

/// Sends; returns how many bytes of payload were written.
fn payload(session: &Session) -> usize {
    assert_eq!(session.send(), 0);
    let length = |frame: &Sent| match frame {
        Sent::Data { data, .. } => data.len(),
        Sent::Control(_) => 0,
    };
    session.sent().iter().map(length).sum()
}

/// A client with `length` bytes to send on each of the streams 1, 3, ...
fn uploading_client(version: Version, streams: usize, length: usize) -> Rc<Session> {
    let (client, _) = client_with_streams(version, streams);
    for stream in 0..streams {
        let body = client.provider_of(length);
        client.submit_data(2 * stream as i32 + 1, flag::FIN, Some(&body));
    }
    client
}

#[test]
fn data_is_sent_whatever_the_windows_are() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = uploading_client(version, 3, 10 * WINDOW);
        switch_off(&client);
        assert_eq!(payload(&client), 30 * WINDOW);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
    }
}

#[test]
fn data_that_waits_for_a_window_wakes() {
    if is_missing() {
        return;
    }
    for (version, streams) in [(V3, 1), (V3, 3), (V3_1, 1), (V3_1, 3)] {
        let client = uploading_client(version, streams, 2 * WINDOW);
        let before = payload(&client);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        switch_off(&client);
        assert_eq!(
            (client.want_write(), client.outbound_queue_size()),
            (1, streams)
        );
        assert_eq!(before + payload(&client), 2 * WINDOW * streams);
        assert_eq!(client.want_write(), 0);
    }
}

#[test]
fn a_callback_may_switch_it_off_in_the_middle_of_a_body() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        for callback in ["read_callback", "send_callback", "on_data_send"] {
            let client = uploading_client(version, 1, 10 * WINDOW);
            client.on(callback, |client, _| switch_off(client));
            assert_eq!(payload(&client), 10 * WINDOW, "{callback}");
        }
        // The same from a callback of the other direction.
        let client = uploading_client(version, 1, 10 * WINDOW);
        assert_eq!(payload(&client), WINDOW);
        client.on("on_ctrl_recv PING", |client, _| switch_off(client));
        client.feed(&wire::ping(3, 2));
        assert_eq!(payload(&client), 9 * WINDOW);
    }
}

#[test]
fn settings_and_window_updates_are_reported_and_have_no_effect() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        switch_off(&client);
        client.feed(&wire::settings(
            3,
            &[(setting::INITIAL_WINDOW_SIZE as u32, 0)],
        ));
        // Twice the largest window would be an error.
        let targets: &[i32] = if version == V3 { &[1] } else { &[0, 1] };
        for stream_id in targets {
            client.feed(&wire::window_update(3, *stream_id, 0x7fff_ffff));
            client.feed(&wire::window_update(3, *stream_id, 0x7fff_ffff));
        }
        let mut expected = vec!["on_ctrl_recv SETTINGS"];
        expected.resize(1 + 2 * targets.len(), "on_ctrl_recv WINDOW_UPDATE");
        assert_eq!(client.names(), expected);
        assert_eq!(client.want_write(), 0, "no RST_STREAM, no GOAWAY");
        client.submit_data(1, flag::FIN, Some(&client.provider_of(2 * WINDOW)));
        assert_eq!(payload(&client), 2 * WINDOW);
    }
}

#[test]
fn spdy2_still_ignores_window_updates() {
    if is_missing() {
        return;
    }
    let (client, _) = client_with_streams(V2, 1);
    switch_off(&client);
    client.feed(&wire::window_update(2, 1, 1));
    assert_eq!(client.names(), [""; 0]);
}

#[test]
fn a_peer_may_send_what_it_likes_and_gets_no_window_update() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for other in [
            None,
            Some(option::NO_AUTO_WINDOW_UPDATE),
            Some(option::NO_AUTO_WINDOW_UPDATE2),
        ] {
            let (server, _) = server_with_requests(version, 2);
            switch_off(&server);
            if let Some(other) = other {
                server.set_option(other, 1);
            }
            for round in 0..20 {
                for stream_id in [1, 3] {
                    server.feed(&data(stream_id, flag::NONE, &[b'x'; WINDOW]));
                }
                assert_eq!(server.names().len(), 4, "round {round}");
            }
            assert_eq!(server.want_write(), 0);
            assert_eq!(server.stream_recv_data_length(1), 0);
            assert_eq!(server.recv_data_length(), 0);
            // Payload of no stream counts as little.
            server.feed(&data(99, flag::NONE, &[b'x'; 3 * WINDOW]));
            assert_eq!((server.names().len(), server.want_write()), (0, 0));
        }
    }
}

#[test]
fn window_updates_are_sent_if_the_application_wants_them() {
    if is_missing() {
        return;
    }
    let (server, _) = server_with_requests(V3_1, 1);
    switch_off(&server);
    assert_eq!(server.submit_window_update(0, 5), 0);
    assert_eq!(server.submit_window_update(1, 6), 0);
    assert_eq!(server.flush().len(), 2);
}

#[test]
fn consuming_does_nothing() {
    if is_missing() {
        return;
    }
    let (server, _) = server_with_requests(V3_1, 1);
    assert_eq!(server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 1), 0);
    server.feed(&data(1, flag::NONE, &[b'x'; WINDOW]));
    switch_off(&server);
    assert_eq!(server.consume(1, WINDOW), 0);
    assert_eq!(server.consume(0, 1), error::INVALID_ARGUMENT);
    assert_eq!(server.want_write(), 0);
    server.set_option(option::NO_AUTO_WINDOW_UPDATE2, 0);
    assert_eq!(server.consume(1, WINDOW), error::INVALID_STATE);
}

#[test]
fn switched_off_again_the_windows_are_where_they_were() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        let (client, mut peer) = client_with_streams(version, 1);
        client.submit_data(1, flag::NONE, Some(&client.provider_of(WINDOW - 1000)));
        assert_eq!(payload(&client), WINDOW - 1000);
        switch_off(&client);
        client.submit_data(1, flag::NONE, Some(&client.provider_of(5 * WINDOW)));
        assert_eq!(payload(&client), 5 * WINDOW);
        client.feed(&wire::window_update(3, 1, 10_000));
        client.feed(&data(1, flag::NONE, &[b'x'; WINDOW]));
        assert_eq!(client.set_option(option::NO_FLOW_CONTROL, 0), 0);
        assert_eq!(client.stream_recv_data_length(1), 0);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(5 * WINDOW)));
        assert_eq!(payload(&client), 1000);
        client.feed(&wire::window_update(3, 0, 100_000));
        client.feed(&wire::window_update(3, 1, 70));
        assert_eq!(payload(&client), 70);
        switch_off(&client);
        assert_eq!(payload(&client), 5 * WINDOW - 1070);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(
            client.names().last().map(String::as_str),
            Some("on_stream_close")
        );
    }
}
