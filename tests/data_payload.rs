//! `SPDYLAY_OPT_MAX_DATA_PAYLOAD`: how large the DATA frames are that a session makes.

mod support;

use support::abi::{flag, option};
use support::defective_in_1_4;
use support::event::Event;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire;

const LARGEST: u32 = (1 << 24) - 1;

fn is_missing() -> bool {
    defective_in_1_4("DATA frames have 4096 bytes at most")
}

/// A client with streams and without flow control.
fn client(version: Version, streams: usize, payload: u32) -> std::rc::Rc<Session> {
    let (client, _) = client_with_streams(version, streams);
    client.set_option(option::NO_FLOW_CONTROL, 1);
    assert_eq!(client.set_option(option::MAX_DATA_PAYLOAD, payload), 0);
    client
}

/// The room that data providers were offered.
fn rooms(session: &Session) -> Vec<usize> {
    session
        .events()
        .iter()
        .filter_map(|event| match event {
            Event::Read { length, .. } => Some(*length),
            _ => None,
        })
        .collect()
}

#[test]
fn frames_are_as_large_as_the_option_says() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for payload in [1, 3, 4095, 4097, 16384, 32768, 1 << 20] {
            let client = client(version, 1, payload);
            let payload = payload as usize;
            client.record_io(true);
            client.submit_data(1, flag::FIN, Some(&client.provider_of(2 * payload + 1)));
            let line =
                |flags: u8, length: usize| format!("DATA stream=1 flags={flags} length={length}");
            let expected = [line(0, payload), line(0, payload), line(1, 1)];
            assert_eq!(client.flush(), expected);
            assert_eq!(rooms(&client), [payload; 3]);
        }
    }
}

#[test]
fn a_frame_may_be_as_large_as_the_protocol_allows() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = client(version, 1, LARGEST);
        let server = Session::server(version);
        client.submit_data(
            1,
            flag::FIN,
            Some(&client.provider_of(LARGEST as usize + 5)),
        );
        assert_eq!(
            client.flush(),
            [
                format!("DATA stream=1 flags=0 length={LARGEST}"),
                "DATA stream=1 flags=1 length=5".to_owned(),
            ]
        );
        // The other side takes it; the stream is not known there.
        server.feed(&client.take_output());
        assert_eq!(server.want_read(), 1);
    }
}

#[test]
fn the_bytes_are_those_of_the_provider() {
    if is_missing() {
        return;
    }
    let client = client(V3_1, 1, 30_000);
    let body: Vec<u8> = (0..70_000).map(|index| (index * 7 / 3) as u8).collect();
    let body_of = |bytes: &[u8]| client.provider([Read::Last(bytes.to_vec())]);
    client.submit_data(1, flag::FIN, Some(&body_of(&body)));
    assert_eq!(client.send(), 0);
    let expected = [
        wire::data(1, flag::NONE, &body[..30_000]),
        wire::data(1, flag::NONE, &body[30_000..60_000]),
        wire::data(1, flag::FIN, &body[60_000..]),
    ];
    assert!(client.take_output() == expected.concat());
}

#[test]
fn windows_still_bound_the_frames() {
    if is_missing() {
        return;
    }
    for version in [V3, V3_1] {
        let client = client(version, 1, 50_000);
        client.set_option(option::NO_FLOW_CONTROL, 0);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(200_000)));
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=50000",
                "DATA stream=1 flags=0 length=15536"
            ]
        );
    }
}

#[test]
fn streams_of_equal_priority_take_turns_frame_by_frame() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = client(version, 3, 16384);
        for stream_id in [1, 3, 5] {
            client.submit_data(stream_id, flag::FIN, Some(&client.provider_of(40_000)));
        }
        let turn = |flags: u8, length: usize| {
            [1, 3, 5].map(|id| format!("DATA stream={id} flags={flags} length={length}"))
        };
        let turns = [turn(0, 16384), turn(0, 16384), turn(1, 40_000 - 2 * 16384)];
        assert_eq!(client.flush(), turns.concat());
    }
}

#[test]
fn what_is_more_urgent_waits_for_one_frame_at_most() {
    if is_missing() {
        return;
    }
    let client = client(V3_1, 1, 16384);
    client.submit_data(1, flag::FIN, Some(&client.provider_of(50_000)));
    let mut is_first = true;
    client.on("read_callback", move |client, _| {
        if std::mem::take(&mut is_first) {
            client.submit_ping();
        }
    });
    assert_eq!(
        client.flush()[..2],
        ["DATA stream=1 flags=0 length=16384", "PING v3 flags=0 id=1"]
    );
}

#[test]
fn it_can_be_changed_between_two_frames_of_a_body() {
    if is_missing() {
        return;
    }
    let client = client(V3, 1, 1000);
    client.submit_data(1, flag::FIN, Some(&client.provider_of(10_000)));
    let mut sizes = [5000, 70, LARGEST].into_iter();
    client.on("read_callback", move |client, _| {
        if let Some(size) = sizes.next() {
            assert_eq!(client.set_option(option::MAX_DATA_PAYLOAD, size), 0);
        }
    });
    assert_eq!(
        client.flush(),
        [
            "DATA stream=1 flags=0 length=1000",
            "DATA stream=1 flags=0 length=5000",
            "DATA stream=1 flags=0 length=70",
            "DATA stream=1 flags=1 length=3930"
        ]
    );
}

#[test]
fn a_refused_value_changes_nothing() {
    if is_missing() {
        return;
    }
    let client = client(V3, 1, 1000);
    client.set_option(option::MAX_DATA_PAYLOAD, 0);
    client.set_option(option::MAX_DATA_PAYLOAD, LARGEST + 1);
    client.submit_data(1, flag::FIN, Some(&client.provider_of(1001)));
    assert_eq!(client.flush().len(), 2);
}
