//! WINDOW_UPDATE as it is received: limits of the windows, and frames without a window.

mod support;

use support::abi::{flag, status};
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire;

const MAX: u32 = 0x7fff_ffff;
const INITIAL: u32 = 65536;

#[test]
fn a_stream_window_can_reach_its_maximum_and_not_more() {
    for version in [V3, V3_1] {
        for first in [MAX - INITIAL, 1, 0] {
            let (client, _) = client_with_streams(version, 2);
            assert_eq!(
                verdict(&client, &wire::window_update(3, 1, first)),
                Verdict::Accepted
            );
            let rest = MAX - INITIAL - first;
            assert_eq!(
                verdict(&client, &wire::window_update(3, 1, rest)),
                Verdict::Accepted,
                "exactly the maximum"
            );
            assert_eq!(
                verdict(&client, &wire::window_update(3, 1, 0)),
                Verdict::Accepted
            );
            assert_eq!(
                verdict(&client, &wire::window_update(3, 1, 1)),
                Verdict::Reset(status::FLOW_CONTROL_ERROR)
            );
            assert_eq!(
                verdict(&client, &wire::window_update(3, 3, MAX - INITIAL)),
                Verdict::Accepted,
                "the other stream"
            );
        }
    }
}

#[test]
fn the_connection_window_can_reach_its_maximum_and_not_more() {
    for role in [Role::Client, Role::Server] {
        let session = Session::new(role, V3_1);
        assert_eq!(
            verdict(&session, &wire::window_update(3, 0, MAX - INITIAL)),
            Verdict::Accepted
        );
        assert_eq!(
            verdict(&session, &wire::window_update(3, 0, 0)),
            Verdict::Accepted
        );
        assert_eq!(
            verdict(&session, &wire::window_update(3, 0, 1)),
            Verdict::SessionError
        );
    }
}

#[test]
fn a_window_that_was_used_can_be_filled_up_again() {
    let (client, _) = client_with_streams(V3_1, 1);
    for stream_id in [0, 1] {
        client.feed(&wire::window_update(3, stream_id, MAX - INITIAL));
    }
    let body = client.provider_of(1000);
    client.submit_data(1, flag::NONE, Some(&body));
    client.flush();
    for stream_id in [0, 1] {
        assert_eq!(
            verdict(&client, &wire::window_update(3, stream_id, 1000)),
            Verdict::Accepted
        );
    }
    assert_eq!(
        verdict(&client, &wire::window_update(3, 1, 1)),
        Verdict::Reset(status::FLOW_CONTROL_ERROR)
    );
    assert_eq!(
        verdict(&client, &wire::window_update(3, 0, 1)),
        Verdict::SessionError
    );
}

#[test]
fn the_reserved_bits_do_not_count() {
    let (client, _) = client_with_streams(V3_1, 1);
    for stream_id in [1, 0] {
        client.feed(&wire::window_update(3, stream_id | i32::MIN, 0x8000_0005));
        assert_eq!(
            client.transcript(),
            [format!(
                "on_ctrl_recv WINDOW_UPDATE v3 flags=0 stream={stream_id} delta=5"
            )]
        );
    }
}

#[test]
fn updates_for_streams_without_a_window_are_ignored() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        for stream_id in [2, 3, 0x7fff_ffff] {
            assert_eq!(
                verdict(&client, &wire::window_update(3, stream_id, MAX)),
                Verdict::Ignored
            );
        }
    }
    let (client, _) = client_with_streams(V3, 1);
    assert_eq!(
        verdict(&client, &wire::window_update(3, 0, MAX)),
        Verdict::Ignored,
        "SPDY/3 has no window for the connection"
    );
}

#[test]
fn spdy2_ignores_updates() {
    let (client, _) = client_with_streams(V2, 1);
    for (stream_id, delta) in [(0, 1), (1, 1), (1, MAX), (0, MAX), (7, 0)] {
        assert_eq!(
            verdict(&client, &wire::window_update(2, stream_id, delta)),
            Verdict::Ignored
        );
    }
}

#[test]
fn updates_count_in_every_state_of_a_stream() {
    for version in [V3, V3_1] {
        let (client, mut peer) = client_with_requests(version, 3);
        client.feed(&peer.syn_reply(flag::FIN, 3, NONE));
        client.submit_rst_stream(5, status::CANCEL);
        forget(&client);
        for stream_id in [1, 3, 5] {
            client.feed(&wire::window_update(3, stream_id, 7));
            assert_eq!(client.names(), ["on_ctrl_recv WINDOW_UPDATE"]);
        }
    }
}
