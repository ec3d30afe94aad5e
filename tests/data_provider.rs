//! Bodies: when they are attached, and what each answer of a `read_callback` does.

#![allow(unsafe_code)]

mod support;

use std::ffi::{c_int, c_void};
use support::abi::{self, error, flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Read;
use support::wire;

/// Sends until nothing is pending; returns what was written.
fn flush_all(session: &Session) -> Vec<String> {
    for _ in 0..20 {
        assert_eq!(session.send(), 0);
        if session.want_write() == 0 {
            return session.sent_lines();
        }
    }
    panic!("still not sent after twenty calls");
}

fn without_callback(provider: DataProvider) -> DataProvider {
    DataProvider {
        read_callback: None,
        ..provider
    }
}

#[test]
fn a_request_with_a_body_leaves_fin_to_the_body() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let client = Session::client(version);
        let mut body = client.provider_of(3);
        client.submit_request(0, NONE, Some(&body), 0);
        // The library has its own copy.
        body.read_callback = None;
        client.submit_request(0, NONE, Some(&body), 0);
        client.submit_request(0, NONE, None, 0);
        let syn_stream = |flags: u8, stream_id: i32| {
            format!("SYN_STREAM v{v} flags={flags} stream={stream_id} assoc=0 pri=0 slot=0 {{}}")
        };
        let sent = client.flush();
        let (data, requests): (Vec<_>, Vec<_>) =
            sent.into_iter().partition(|line| line.starts_with("DATA"));
        assert_eq!(
            requests,
            [syn_stream(0, 1), syn_stream(1, 3), syn_stream(1, 5)]
        );
        assert_eq!(data, ["DATA stream=1 flags=1 length=3"]);
    }
}

#[test]
fn a_response_with_a_body_leaves_fin_to_the_body() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (server, _) = server_with_requests(version, 3);
        let body = server.provider_of(3);
        server.submit_response(1, NONE, Some(&body));
        server.submit_response(3, NONE, Some(&without_callback(body)));
        server.submit_response(5, NONE, None);
        let mut sent = server.flush();
        sent.sort();
        assert_eq!(
            sent,
            [
                "DATA stream=1 flags=1 length=3".to_owned(),
                format!("SYN_REPLY v{v} flags=0 stream=1 {{}}"),
                format!("SYN_REPLY v{v} flags=1 stream=3 {{}}"),
                format!("SYN_REPLY v{v} flags=1 stream=5 {{}}"),
            ]
        );
    }
}

#[test]
fn a_body_submitted_before_the_reply_vanishes() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 1);
        server.submit_data(1, flag::FIN, Some(&server.provider_of(3)));
        server.submit_syn_reply(flag::NONE, 1, NONE);
        let v = version.wire();
        let reply = format!("SYN_REPLY v{v} flags=0 stream=1 {{}}");
        assert_eq!(server.flush(), [reply]);
        assert_eq!(server.want_write(), 0);
    }
}

#[test]
fn data_without_a_provider_is_refused() {
    if defective_in_1_4("NULL providers crash") {
        return;
    }
    let (client, _) = client_with_streams(V3, 1);
    assert_eq!(
        client.submit_data(1, flag::FIN, None),
        error::INVALID_ARGUMENT
    );
    let provider = without_callback(client.provider_of(1));
    let refused = client.submit_data(1, flag::FIN, Some(&provider));
    assert_eq!(refused, error::INVALID_ARGUMENT);
    assert_eq!(client.outbound_queue_size(), 0);
}

#[test]
fn bodies_are_cut_into_frames_of_4096_bytes() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.record_io(true);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(8192 + 1)));
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=1 length=1"
            ]
        );
        let reads: Vec<_> = client
            .transcript()
            .into_iter()
            .filter(|line| line.starts_with("read_callback"))
            .collect();
        assert_eq!(
            reads,
            [
                "read_callback stream=1 length=4096 result=4096 eof=0",
                "read_callback stream=1 length=4096 result=4096 eof=0",
                "read_callback stream=1 length=4096 result=1 eof=1",
            ]
        );
    }
}

#[test]
fn the_body_arrives_as_it_was_read() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let body: Vec<u8> = (0..10_000).map(|index| (index * 7 / 3) as u8).collect();
        client.submit_data(
            1,
            flag::FIN,
            Some(&client.provider([Read::Last(body.clone())])),
        );
        assert_eq!(client.send(), 0);
        let expected = [
            wire::data(1, flag::NONE, &body[..4096]),
            wire::data(1, flag::NONE, &body[4096..8192]),
            wire::data(1, flag::FIN, &body[8192..]),
        ];
        assert!(client.take_output() == expected.concat());
    }
}

#[test]
fn each_read_makes_one_frame() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let steps = [
            Read::chunk("ab"),
            Read::chunk(""),
            Read::chunk("c"),
            Read::last(""),
        ];
        client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
        assert_eq!(
            flush_all(&client),
            [
                "DATA stream=1 flags=0 length=2",
                "DATA stream=1 flags=0 length=0",
                "DATA stream=1 flags=0 length=1",
                "DATA stream=1 flags=1 length=0",
            ]
        );
        assert_eq!(
            client.transcript(),
            [
                "on_data_send stream=1 flags=0 length=2",
                "on_data_send stream=1 flags=0 length=0",
                "on_data_send stream=1 flags=0 length=1",
                "on_data_send stream=1 flags=1 length=0",
            ]
        );
    }
}

#[test]
fn a_body_without_fin_leaves_the_stream_open() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        client.submit_data(1, flag::NONE, Some(&client.provider([Read::last("ab")])));
        assert_eq!(client.flush(), ["DATA stream=1 flags=0 length=2"]);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::last("")])));
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=0"]);
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=0"
        );
    }
}

#[test]
fn an_endless_empty_body_does_not_hang_the_caller() {
    if defective_in_1_4("read_callback returning 0 without eof is called for ever") {
        return;
    }
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::Always(0)])));
        for _ in 0..3 {
            assert_eq!(client.send(), 0);
            assert_eq!(client.want_write(), 1);
        }
        let sent = client.sent_lines();
        assert!(sent
            .iter()
            .all(|line| line == "DATA stream=1 flags=0 length=0"));
        assert!((3..10_000).contains(&sent.len()), "{} frames", sent.len());
        // Other frames get through meanwhile, and the stream can be ended.
        client.submit_ping();
        client.submit_rst_stream(1, status::CANCEL);
        let sent = flush_all(&client);
        assert!(sent.iter().any(|line| line.starts_with("PING")));
        assert!(sent.iter().any(|line| line.starts_with("RST_STREAM")));
    }
}

#[test]
fn a_temporary_failure_resets_the_stream() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let (client, _) = client_with_streams(version, 2);
        let failing = Read::Returns(error::TEMPORAL_CALLBACK_FAILURE as isize);
        let steps = [Read::chunk("ab"), failing, Read::last("never read")];
        client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
        client.submit_data(3, flag::FIN, Some(&client.provider_of(3)));
        let mut sent = client.flush();
        sent.sort();
        assert_eq!(
            sent,
            [
                "DATA stream=1 flags=0 length=2".to_owned(),
                "DATA stream=3 flags=1 length=3".to_owned(),
                format!("RST_STREAM v{v} flags=0 stream=1 status=6"),
            ]
        );
        let transcript = client.transcript();
        assert!(transcript.contains(&"on_stream_close stream=1 status=6".to_owned()));
    }
}

#[test]
fn any_other_failure_drops_the_body_and_fails_the_call() {
    let wrong = [
        error::CALLBACK_FAILURE as isize,
        error::WOULDBLOCK as isize,
        error::NOMEM as isize,
        error::EOF as isize,
        -1,
        isize::MIN,
        4097,
        isize::MAX,
    ];
    for version in ALL_VERSIONS {
        for result in wrong {
            let (client, _) = client_with_streams(version, 1);
            let steps = [
                Read::chunk("ab"),
                Read::Returns(result),
                Read::last("never"),
            ];
            client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
            client.submit_ping();
            assert_eq!(client.send(), error::CALLBACK_FAILURE, "for {result}");
            assert_eq!(client.sent_lines().len(), 2, "PING and the first chunk");
            assert_eq!((client.want_read(), client.want_write()), (1, 0));
            // The stream and the session are as usable as before.
            assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
            client.submit_data(1, flag::FIN, Some(&client.provider([Read::last("x")])));
            assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=1"]);
        }
    }
}

#[test]
fn a_deferred_body_waits_for_resume() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 2);
        let steps = [Read::chunk("ab"), Read::deferred(), Read::last("c")];
        client.submit_data(1, flag::FIN, Some(&client.provider(steps)));
        client.submit_data(3, flag::FIN, Some(&client.provider_of(3)));
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=2",
                "DATA stream=3 flags=1 length=3"
            ]
        );
        assert_eq!((client.want_write(), client.outbound_queue_size()), (0, 0));
        assert!(client.flush().is_empty());

        assert_eq!(client.resume_data(1), 0);
        assert_eq!((client.want_write(), client.outbound_queue_size()), (1, 1));
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=1"]);
    }
}

#[test]
fn only_deferred_bodies_can_be_resumed() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        for stream_id in [-1, 0, 1, 2, 99] {
            assert_eq!(client.resume_data(stream_id), error::INVALID_ARGUMENT);
        }
        client.submit_data(1, flag::FIN, Some(&client.provider_of(100_000)));
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
        client.flush();
        // In SPDY/3 it now waits for window.
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
    }
}

#[test]
fn a_body_can_be_deferred_any_number_of_times() {
    let (server, _) = server_with_requests(V3_1, 1);
    let body = server.provider([Read::deferred()]);
    server.submit_response(1, OK, Some(&body));
    assert_eq!(server.flush().len(), 1);
    for round in 0..50 {
        server.extend_provider(0, [Read::chunk(&"x".repeat(round)), Read::deferred()]);
        assert_eq!(server.resume_data(1), 0);
        assert_eq!(
            server.flush(),
            [format!("DATA stream=1 flags=0 length={round}")]
        );
    }
}

#[test]
fn a_second_body_is_dropped_while_the_first_is_deferred() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        let first = client.provider([Read::deferred(), Read::last("first")]);
        client.submit_data(1, flag::FIN, Some(&first));
        client.flush();
        client.submit_data(
            1,
            flag::FIN,
            Some(&client.provider([Read::last("second!")])),
        );
        assert!(client.flush().is_empty());
        assert_eq!(client.want_write(), 0);
        client.resume_data(1);
        assert_eq!(client.flush(), ["DATA stream=1 flags=1 length=5"]);
    }
}

#[test]
fn two_bodies_of_one_stream_alternate_until_one_ends_it() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(2 * 4096 + 1)));
        let short = [Read::chunk("a"), Read::last("b")];
        client.submit_data(1, flag::FIN, Some(&client.provider(short)));
        assert_eq!(
            client.flush(),
            [
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=0 length=1",
                "DATA stream=1 flags=0 length=4096",
                "DATA stream=1 flags=1 length=1",
            ]
        );
        assert_eq!(client.want_write(), 0);
    }
}

#[test]
fn closing_a_stream_drops_its_deferred_body() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::deferred()])));
        client.flush();
        client.feed(&wire::rst_stream(version.wire(), 1, status::CANCEL));
        assert_eq!(
            client.names(),
            ["on_ctrl_recv RST_STREAM", "on_stream_close"]
        );
        assert_eq!(client.resume_data(1), error::INVALID_ARGUMENT);
        assert!(client.flush().is_empty());
    }
}

#[test]
fn the_source_is_a_copy_that_the_callback_may_change() {
    /// Sends one byte per call, counting in the descriptor.
    unsafe extern "C" fn count_to_three(
        _: *mut abi::Session,
        _: i32,
        room: *mut u8,
        _: usize,
        eof: *mut c_int,
        source: *mut abi::DataSource,
        _: *mut c_void,
    ) -> isize {
        // SAFETY: the library gives a source, an int and at least one byte of room.
        unsafe {
            (*source).fd += 1;
            *room = (*source).fd as u8;
            *eof = c_int::from((*source).fd == 3);
        }
        1
    }
    let provider = DataProvider {
        source: abi::DataSource { fd: 0 },
        read_callback: Some(count_to_three),
    };
    let (client, _) = client_with_streams(V3, 1);
    client.submit_data(1, flag::FIN, Some(&provider));
    assert_eq!(client.send(), 0);
    assert_eq!(
        client.take_output(),
        [
            wire::data(1, flag::NONE, &[1]),
            wire::data(1, flag::NONE, &[2]),
            wire::data(1, flag::FIN, &[3]),
        ]
        .concat()
    );
    // SAFETY: the union was written through this member.
    assert_eq!(unsafe { provider.source.fd }, 0);
}
