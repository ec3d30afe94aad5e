//! SETTINGS as they are received: layout, and which entries count.

mod support;

use support::abi::{flag, setting, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::wire;

const MAX_STREAMS: u32 = setting::MAX_CONCURRENT_STREAMS as u32;
const WINDOW: u32 = setting::INITIAL_WINDOW_SIZE as u32;

/// How many of ten requests go out at once.
fn streams_allowed(client: &Session) -> usize {
    for _ in 0..10 {
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
    }
    client.flush().len()
}

/// How many bytes of a body go out on a stream before its window is full.
fn window_of(session: &Session, stream_id: i32) -> usize {
    let body = session.provider_of(1_000_000);
    session.submit_data(stream_id, flag::NONE, Some(&body));
    assert_eq!(session.send(), 0);
    let sent = session.sent();
    sent.iter()
        .map(|frame| match frame {
            wire::Sent::Data { data, .. } => data.len(),
            wire::Sent::Control(frame) => panic!("{frame}"),
        })
        .sum()
}

#[test]
fn golden_bytes_of_both_layouts() {
    let spdy2 =
        b"\x80\x02\0\x04\x01\0\0\x14\0\0\0\x02\x04\0\0\x01\0\0\0\x64\xff\xee\xdd\x02\0\0\0\x05";
    let server = Session::server(V2);
    server.feed(spdy2);
    assert_eq!(
        server.transcript(),
        ["on_ctrl_recv SETTINGS v2 flags=1 4/1=100 14544639/2=5"]
    );
    let spdy3 =
        b"\x80\x03\0\x04\x01\0\0\x14\0\0\0\x02\x01\0\0\x04\0\0\0\x64\x02\xdd\xee\xff\0\0\0\x05";
    for version in [V3, V3_1] {
        let server = Session::server(version);
        server.feed(spdy3);
        assert_eq!(
            server.transcript(),
            ["on_ctrl_recv SETTINGS v3 flags=1 4/1=100 14544639/2=5"]
        );
    }
}

#[test]
fn settings_are_reported_as_they_stood_on_the_wire() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        let entries = [(8, 0xff, 1), (0, 0, 2), (4, 1, 3), (99, 2, 4), (4, 0, 5)];
        client.feed(&wire::settings_with_flags(v, 0xfe, &entries));
        assert_eq!(
            client.transcript(),
            [format!(
                "on_ctrl_recv SETTINGS v{v} flags=254 8/255=1 0/0=2 4/1=3 99/2=4 4/0=5"
            )]
        );
        client.feed(&wire::settings(v, &[]));
        assert_eq!(
            client.transcript(),
            [format!("on_ctrl_recv SETTINGS v{v} flags=0")]
        );
        assert_eq!(client.flush(), [""; 0], "SETTINGS are not answered");
    }
}

#[test]
fn of_several_entries_with_one_id_the_first_counts() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let entries = [(MAX_STREAMS, 2), (MAX_STREAMS, 5), (MAX_STREAMS, 0)];
        client.feed(&wire::settings(version.wire(), &entries));
        assert_eq!(streams_allowed(&client), 2);
        // The next frame counts anew.
        client.feed(&wire::settings(version.wire(), &[(MAX_STREAMS, 3)]));
        assert_eq!(client.flush().len(), 1);
    }
}

#[test]
fn unknown_ids_are_skipped() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let unknown = [0, 9, 32, 36, 99, 0x4_0000, 0xff_ffff].map(|id| (id, 0));
        client.feed(&wire::settings(version.wire(), &unknown));
        assert_eq!(client.names(), ["on_ctrl_recv SETTINGS"]);
        assert_eq!(streams_allowed(&client), 10);
    }
}

#[test]
fn settings_apply_before_they_are_reported() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.on("on_ctrl_recv SETTINGS", |session, _| {
            assert_eq!(streams_allowed(session), 1);
        });
        client.feed(&wire::settings(version.wire(), &[(MAX_STREAMS, 1)]));
        assert_eq!(client.names()[0], "on_ctrl_recv SETTINGS");
    }
}

#[test]
fn flags_of_settings_have_no_effect() {
    for version in ALL_VERSIONS {
        for flags in [0, 1, 0xff] {
            let client = Session::client(version);
            client.feed(&wire::settings(version.wire(), &[(MAX_STREAMS, 2)]));
            // "Clear" asks for stored settings to be forgotten, and there are none.
            client.feed(&wire::settings_with_flags(version.wire(), flags, &[]));
            assert_eq!(streams_allowed(&client), 2);
        }
    }
}

#[test]
fn a_window_of_2_31_minus_1_is_the_largest() {
    for version in [V3, V3_1] {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&wire::settings(3, &[(WINDOW, 0x7fff_ffff)]));
        client.feed(&wire::window_update(3, 0, 0x7fff_0000 - 1));
        assert_eq!(window_of(&client, 1), 1_000_000);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.flush();
        client.feed(&peer.syn_reply(flag::NONE, 3, NONE));
        assert_eq!(window_of(&client, 3), 1_000_000);
    }
}

#[test]
fn a_window_beyond_2_31_minus_1_is_reported_and_leaves_open_streams_alone() {
    for version in ALL_VERSIONS {
        for value in [0x8000_0000, 0xffff_ffff] {
            let (client, _) = client_with_streams(version, 1);
            client.feed(&wire::settings(version.wire(), &[(WINDOW, value)]));
            assert_eq!(client.names(), ["on_ctrl_recv SETTINGS"]);
            let expected = if version == V2 { 1_000_000 } else { 65536 };
            assert_eq!(window_of(&client, 1), expected);
        }
    }
}

#[test]
fn a_window_beyond_2_31_minus_1_has_no_effect_on_new_streams() {
    if defective_in_1_4("later streams start with a negative window") {
        return;
    }
    for version in [V3, V3_1] {
        let client = Session::client(version);
        client.feed(&wire::settings(3, &[(WINDOW, 0x8000_0000)]));
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.flush();
        assert_eq!(window_of(&client, 1), 65536);
    }
}

#[test]
fn spdy2_stores_a_window_that_has_no_effect() {
    let (client, _) = client_with_streams(V2, 1);
    client.feed(&wire::settings(2, &[(WINDOW, 0)]));
    client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
    client.flush();
    for stream_id in [1, 3] {
        assert_eq!(window_of(&client, stream_id), 1_000_000);
    }
}

#[test]
fn a_window_that_settings_made_too_large_takes_no_update() {
    // Stream 1 has 2^31-1 already; a larger initial window would add to that.
    for version in [V3, V3_1] {
        let (client, _) = client_with_streams(version, 1);
        client.feed(&wire::window_update(3, 1, 0x7fff_ffff - 65536));
        client.feed(&wire::settings(3, &[(WINDOW, 0x7fff_ffff)]));
        forget(&client);
        client.feed(&wire::window_update(3, 1, 1));
        if defective_in_1_4("the window of a stream overflows") {
            continue;
        }
        assert_eq!(client.names(), ["on_invalid_ctrl_recv WINDOW_UPDATE"]);
        assert_eq!(
            client.flush(),
            [format!(
                "RST_STREAM v3 flags=0 stream=1 status={}",
                status::FLOW_CONTROL_ERROR
            )]
        );
    }
}
