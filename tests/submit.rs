//! What the submit functions accept, refuse and queue.

mod support;

use support::abi::{error, flag, option, SettingsEntry};
use support::defective_in_1_4;
use support::nv::NvArray;
use support::peer::*;
use support::scenario::*;
use support::wire;

type Submit = fn(&Session, NvArray) -> i32;

/// Every function that takes name/value pairs, on a server with a request on stream 1.
const WITH_PAIRS: [(&str, Submit); 5] = [
    ("request", |session, nv| {
        session.submit_request(0, nv, None, 0)
    }),
    ("response", |session, nv| {
        session.submit_response(1, nv, None)
    }),
    ("syn_stream", |session, nv| {
        session.submit_syn_stream(flag::NONE, 1, 0, nv, 0)
    }),
    ("syn_reply", |session, nv| {
        session.submit_syn_reply(flag::NONE, 1, nv)
    }),
    ("headers", |session, nv| {
        session.submit_headers(flag::NONE, 1, nv)
    }),
];

#[test]
fn malformed_pairs_are_refused() {
    let names: [&[u8]; 7] = [b"", b"\x1f", b"\x7f", b"\x80", b"a\nb", b"\xff", b"ok\t"];
    for version in ALL_VERSIONS {
        let (session, _) = server_with_requests(version, 1);
        for (function, submit) in WITH_PAIRS {
            for name in names {
                let nv = NvArray::from(&[(&b"good"[..], &b"value"[..]), (name, b"value")]);
                assert_eq!(
                    submit(&session, nv),
                    error::INVALID_ARGUMENT,
                    "submit_{function} of a name {:?}",
                    name.escape_ascii().to_string()
                );
            }
            for nv in [
                NvArray::empty().then_null_value("name"),
                NvArray::from(&[("a", "b")]).then_null_value("name"),
            ] {
                assert_eq!(submit(&session, nv), error::INVALID_ARGUMENT, "{function}");
            }
        }
        assert_eq!(session.outbound_queue_size(), 0);
        assert_eq!(session.want_write(), 0);
    }
}

#[test]
fn a_null_pairs_array_is_refused() {
    if defective_in_1_4("a NULL nv crashes") {
        return;
    }
    let (session, _) = server_with_requests(V3, 1);
    for (function, submit) in WITH_PAIRS {
        assert_eq!(
            submit(&session, NvArray::null()),
            error::INVALID_ARGUMENT,
            "submit_{function}"
        );
    }
    assert_eq!(session.outbound_queue_size(), 0);
}

#[test]
fn values_are_not_looked_at_and_names_may_hold_any_printable_character() {
    let printable: Vec<u8> = (0x20..0x7f)
        .filter(|byte: &u8| !byte.is_ascii_uppercase())
        .collect();
    let value: Vec<u8> = (1..=255).collect();
    for version in ALL_VERSIONS {
        for (function, submit) in WITH_PAIRS {
            let (session, _) = server_with_requests(version, 1);
            if function == "headers" {
                session.submit_syn_reply(flag::NONE, 1, NONE);
                session.flush();
            }
            let pairs = [(printable.clone(), value.clone()), (b"z".to_vec(), vec![])];
            assert_eq!(submit(&session, NvArray::from(&pairs)), 0, "{function}");
            assert_eq!(session.send(), 0);
            let sent = session.sent();
            assert_eq!(sent[0].control().pairs(), pairs, "{function}");
        }
    }
}

#[test]
fn no_pairs_at_all_are_accepted() {
    for version in ALL_VERSIONS {
        for (function, submit) in WITH_PAIRS {
            let (session, _) = server_with_requests(version, 1);
            if function == "headers" {
                session.submit_syn_reply(flag::NONE, 1, NONE);
                session.flush();
            }
            assert_eq!(submit(&session, NvArray::empty()), 0, "{function}");
            assert_eq!(session.send(), 0);
            assert!(session.sent()[0].control().pairs().is_empty(), "{function}");
        }
    }
}

#[test]
fn stream_ids_follow_the_order_of_submission() {
    for version in ALL_VERSIONS {
        for (role, first) in [(Role::Client, 1), (Role::Server, 2)] {
            let session = Session::new(role, version);
            for pri in [3, 0, 2] {
                assert_eq!(session.submit_request(pri, GET, None, 0), 0);
            }
            let ids: Vec<i32> = sent_stream_ids(&session);
            assert_eq!(ids, [first, first + 2, first + 4]);
        }
    }
}

#[test]
fn a_refused_request_uses_up_no_stream_id() {
    let client = Session::client(V3);
    client.submit_request(0, GET, None, 0);
    for _ in 0..3 {
        let refused = client.submit_request(0, &[("", "x")], None, 0);
        assert_eq!(refused, error::INVALID_ARGUMENT);
    }
    client.submit_syn_stream(flag::FIN, 0, 0, GET, 0);
    assert_eq!(sent_stream_ids(&client), [1, 3]);
}

fn sent_stream_ids(session: &Session) -> Vec<i32> {
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    sent.iter()
        .map(|frame| frame.control().stream_id())
        .collect()
}

#[test]
fn a_stream_exists_from_before_ctrl_send_on() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_request(0, GET, None, 7);
        assert_eq!(client.stream_user_data(1), 0);
        assert_eq!(client.set_stream_user_data(1, 8), error::INVALID_ARGUMENT);
        client.on("before_ctrl_send SYN_STREAM", |client, _| {
            assert_eq!(client.stream_user_data(1), 7);
            assert_eq!(client.set_stream_user_data(1, 9), 0);
        });
        client.flush();
        assert_eq!(client.stream_user_data(1), 9);
    }
}

#[test]
fn a_priority_beyond_the_lowest_becomes_the_lowest() {
    for version in ALL_VERSIONS {
        let lowest = version.lowest_priority();
        let shift = if version == V2 { 6 } else { 5 };
        for (pri, expected) in [(0, 0), (1, 1), (3, 3), (7, lowest), (200, lowest)] {
            let client = Session::client(version);
            client.submit_request(pri, GET, None, 0);
            client.submit_syn_stream(flag::NONE, 0, pri, GET, 0);
            assert_eq!(client.send(), 0);
            assert_eq!(client.take_output()[16], expected << shift);
            for frame in client.sent() {
                let line = frame.to_string();
                assert!(line.contains(&format!(" pri={expected} slot=0 ")), "{line}");
            }
        }
    }
}

#[test]
fn only_known_flags_are_sent() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        client.submit_syn_stream(0xff, 0, 0, NONE, 0);
        client.submit_syn_stream(0xfc, 0, 0, NONE, 0);
        assert_eq!(
            client.flush(),
            [
                format!("SYN_STREAM v{v} flags=3 stream=1 assoc=0 pri=0 slot=0 {{}}"),
                format!("SYN_STREAM v{v} flags=0 stream=3 assoc=0 pri=0 slot=0 {{}}"),
            ]
        );
        let (server, _) = server_with_requests(version, 2);
        server.submit_syn_reply(0xfe, 1, NONE);
        server.flush();
        server.submit_headers(0xff, 1, NONE);
        server.submit_syn_reply(0xff, 3, NONE);
        assert_eq!(
            server.flush(),
            [
                format!("HEADERS v{v} flags=1 stream=1 {{}}"),
                format!("SYN_REPLY v{v} flags=1 stream=3 {{}}"),
            ]
        );
        let (client, _) = client_with_streams(version, 1);
        let body = client.provider_of(1);
        client.submit_data(1, 0xff, Some(&body));
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=1"]);
    }
}

#[test]
fn a_client_never_associates_its_streams() {
    let (client, _) = client_with_streams(V3, 1);
    client.submit_syn_stream(flag::FIN, 1, 0, NONE, 0);
    assert_eq!(
        client.flush(),
        ["SYN_STREAM v3 flags=1 stream=3 assoc=0 pri=0 slot=0 {}"]
    );
}

#[test]
fn a_push_for_an_unknown_stream_is_refused_when_it_would_be_sent() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 1);
        assert_eq!(server.submit_syn_stream(flag::NONE, 99, 0, NONE, 7), 0);
        server.on("on_", |server, _| assert_eq!(server.stream_user_data(2), 7));
        assert!(server.flush().is_empty());
        assert_eq!(
            server.transcript(),
            [
                format!(
                    "on_ctrl_not_send SYN_STREAM v{v} flags=0 stream=2 assoc=99 pri=0 slot=0 {{}} \
                     error=-510"
                ),
                "on_stream_close stream=2 status=6".to_owned(),
            ]
        );
        assert_eq!(server.stream_user_data(2), 0);
    }
}

#[test]
fn settings_are_checked_as_a_whole() {
    for version in ALL_VERSIONS {
        let session = Session::client(version);
        for ids in [
            &[0][..],
            &[9],
            &[4, 4],
            &[1, 2, 0],
            &[1, 2, 3, 1],
            &[i32::MAX],
        ] {
            let entries: Vec<_> = ids.iter().map(|&id| (id, 1)).collect();
            assert_eq!(
                session.submit_settings(&entries),
                error::INVALID_ARGUMENT,
                "{ids:?}"
            );
        }
        assert_eq!(session.outbound_queue_size(), 0);
    }
}

#[test]
fn negative_settings_ids_are_refused() {
    if defective_in_1_4("a negative settings id aborts") {
        return;
    }
    let session = Session::client(V3);
    for id in [-1, -4, i32::MIN] {
        let refused = session.submit_settings(&[(4, 100), (id, 1)]);
        assert_eq!(refused, error::INVALID_ARGUMENT);
    }
    assert_eq!(session.outbound_queue_size(), 0);
}

#[test]
fn settings_go_out_sorted_with_their_flags() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let entry = |settings_id, flags, value| SettingsEntry {
            settings_id,
            flags,
            value,
        };
        let session = Session::server(version);
        let entries = [entry(8, 2, 5), entry(1, 0xff, u32::MAX), entry(4, 1, 0)];
        assert_eq!(session.submit_settings_entries(0xff, &entries), 0);
        assert_eq!(session.submit_settings(&[]), 0);
        assert_eq!(
            session.flush(),
            [
                format!("SETTINGS v{v} flags=255 1/255=4294967295 4/1=0 8/2=5"),
                format!("SETTINGS v{v} flags=0"),
            ]
        );
        assert_eq!(
            session.take_output()[..36],
            wire::settings_with_flags(v, 0xff, &[(1, 0xff, u32::MAX), (4, 1, 0), (8, 2, 5)])
        );
    }
}

#[test]
fn own_settings_bind_the_peer_before_they_are_sent() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 0);
        assert_eq!(server.submit_settings(&[(4, 1)]), 0);
        server.feed(&peer.syn_stream(flag::FIN, 1, 0, 0, NONE));
        server.feed(&peer.syn_stream(flag::FIN, 3, 0, 0, NONE));
        let transcript = server.transcript();
        assert_eq!(transcript.len(), 3, "{transcript:?}");
        assert!(transcript[2].starts_with("on_invalid_ctrl_recv SYN_STREAM"));
        assert!(transcript[2].ends_with(" reason=3"));
    }
}

#[test]
fn window_updates_need_a_positive_delta_and_a_stream() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        for stream_id in [0, 1, 3] {
            for delta in [0, -1, i32::MIN] {
                assert_eq!(
                    client.submit_window_update(stream_id, delta),
                    error::INVALID_ARGUMENT
                );
            }
        }
        assert_eq!(client.submit_window_update(3, 1), error::STREAM_CLOSED);
        assert_eq!(client.submit_window_update(-1, 1), error::STREAM_CLOSED);
        assert_eq!(client.outbound_queue_size(), 0);
        assert_eq!(client.submit_window_update(0, i32::MAX), 0);
        let expected: &[&str] = match version {
            V3_1 => &["WINDOW_UPDATE v3 flags=0 stream=0 delta=2147483647"],
            _ => &[],
        };
        assert_eq!(client.flush(), expected);
        assert_eq!(client.names().len(), 2 * expected.len());
    }
}

#[test]
fn a_window_update_goes_out_for_an_open_stream() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        assert_eq!(client.submit_window_update(1, 5), 0);
        assert_eq!(
            client.flush(),
            ["WINDOW_UPDATE v3 flags=0 stream=1 delta=5"]
        );
    }
}

#[test]
fn a_window_update_settles_what_was_received() {
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        assert_eq!(client.set_option(option::NO_AUTO_WINDOW_UPDATE, 1), 0);
        client.feed(&wire::data(1, flag::NONE, &[0; 1000]));
        let connection = if version == V3_1 { 1000 } else { 0 };
        let received = || (client.stream_recv_data_length(1), client.recv_data_length());
        assert_eq!(received(), (1000, connection));
        client.submit_window_update(1, 300);
        assert_eq!(received(), (700, connection));
        client.submit_window_update(1, 5000);
        assert_eq!(received(), (0, connection));
        client.submit_window_update(0, 400);
        assert_eq!(received(), (0, (connection - 400).max(0)));
        client.submit_window_update(0, i32::MAX);
        assert_eq!(received(), (0, 0));
    }
}

#[test]
fn spdy2_never_sends_window_updates() {
    if defective_in_1_4("WINDOW_UPDATE is sent in SPDY/2") {
        return;
    }
    let (client, _) = client_with_streams(V2, 1);
    assert_eq!(client.submit_window_update(1, 5), 0);
    assert!(client.flush().is_empty());
    assert!(client.names().is_empty());
    assert_eq!(client.want_write(), 0);
}

#[test]
fn any_stream_can_be_reset_with_any_status() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, _) = client_with_streams(version, 1);
        for (stream_id, status) in [(0, 0), (1, 5), (2, 1), (77, u32::MAX), (i32::MAX, 12)] {
            assert_eq!(client.submit_rst_stream(stream_id, status), 0);
            assert_eq!(
                client.flush(),
                [format!(
                    "RST_STREAM v{v} flags=0 stream={stream_id} status={status}"
                )]
            );
        }
        assert_eq!(
            client.names(),
            [
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
                "on_stream_close",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
                "before_ctrl_send RST_STREAM",
                "on_ctrl_send RST_STREAM",
            ]
        );
    }
}

#[test]
fn pings_are_numbered_by_role() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        for (role, first) in [(Role::Client, 1), (Role::Server, 2)] {
            let session = Session::new(role, version);
            for _ in 0..3 {
                assert_eq!(session.submit_ping(), 0);
            }
            let pings = [first, first + 2, first + 4];
            assert_eq!(
                session.flush(),
                pings.map(|id| format!("PING v{v} flags=0 id={id}"))
            );
        }
    }
}

#[test]
fn goaway_names_the_last_stream_seen_when_it_was_submitted() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, mut peer) = server_with_requests(version, 2);
        assert_eq!(server.submit_goaway(2), 0);
        server.feed(&peer.syn_stream(flag::FIN, 9, 0, 0, NONE));
        let status = if version == V2 { 0 } else { 2 };
        assert_eq!(
            server.flush(),
            [format!("GOAWAY v{v} flags=0 last=3 status={status}")]
        );
    }
    let client = Session::client(V3);
    client.submit_goaway(0xffff_ffff);
    assert_eq!(
        client.flush(),
        ["GOAWAY v3 flags=0 last=0 status=4294967295"]
    );
}

#[test]
fn a_refused_stream_counts_as_seen_for_goaway() {
    let (server, mut peer) = server_with_requests(V3, 0);
    server.submit_settings(&[(4, 0)]);
    server.feed(&peer.syn_stream(flag::FIN, 5, 0, 0, NONE));
    server.submit_goaway(0);
    assert!(server
        .flush()
        .contains(&"GOAWAY v3 flags=0 last=5 status=0".to_owned()));
}
