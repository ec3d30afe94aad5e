//! SYN_REPLY and HEADERS: which are accepted in which state of a stream.

mod support;

use support::abi::{flag, status};
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::Send;
use support::verdict::{verdict, Verdict};
use support::wire::{self, Writer};

const REFUSED: Verdict = Verdict::Reset(status::PROTOCOL_ERROR);

/// What a client makes of a SYN_REPLY to a stream that has one already.
fn duplicate(version: Version) -> Verdict {
    Verdict::Reset(if version == V2 {
        status::PROTOCOL_ERROR
    } else {
        status::STREAM_IN_USE
    })
}

#[test]
fn a_reply_opens_an_own_stream_once() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        client.feed(&peer.syn_reply(0xfe, 1, OK));
        assert_eq!(
            client.transcript(),
            [format!(
                "on_ctrl_recv SYN_REPLY v{} flags=254 stream=1 \
                 {{:status: 200 OK; :version: HTTP/1.1}}",
                version.wire()
            )]
        );
        assert_eq!(
            verdict(&client, &peer.syn_reply(flag::NONE, 1, OK)),
            duplicate(version)
        );
    }
}

#[test]
fn a_reply_with_fin_ends_what_comes_on_the_stream() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_eq!(client.names(), ["on_ctrl_recv SYN_REPLY"]);
        for frame in [
            peer.syn_reply(flag::NONE, 1, NONE),
            peer.headers(flag::NONE, 1, NONE),
        ] {
            assert_eq!(verdict(&client, &frame), REFUSED);
        }
    }
}

#[test]
fn a_reply_with_fin_closes_a_stream_that_was_ended_here() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let mut peer = Writer::new(version);
        client.submit_request(0, GET, None, 0);
        client.flush();
        forget(&client);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_eq!(
            client.names(),
            ["on_ctrl_recv SYN_REPLY", "on_stream_close"]
        );
        assert_eq!(
            verdict(&client, &peer.syn_reply(flag::FIN, 1, NONE)),
            REFUSED,
            "the stream is gone"
        );
    }
}

#[test]
fn a_reply_needs_an_own_stream() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, NONE));
        for stream_id in [2, 3, 4, 0x7fff_ffff] {
            assert_eq!(
                verdict(&client, &peer.syn_reply(flag::NONE, stream_id, NONE)),
                REFUSED,
                "stream {stream_id}"
            );
        }
        let (server, mut peer) = server_with_requests(version, 1);
        assert_eq!(
            verdict(&server, &peer.syn_reply(flag::NONE, 1, NONE)),
            REFUSED
        );
        if defective_in_1_4("stream 0 is reset") {
            continue;
        }
        let (client, mut peer) = client_with_streams(version, 1);
        let frame = peer.syn_reply(flag::NONE, 0, NONE);
        assert_eq!(verdict(&client, &frame), Verdict::SessionError);
    }
}

#[test]
fn a_reply_to_a_stream_that_is_being_closed_is_ignored() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        client.submit_rst_stream(1, status::CANCEL);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        assert_eq!(client.names(), [""; 0]);
        assert_eq!(client.outbound_queue_size(), 1);
        client.flush();
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=5"
        );
    }
}

#[test]
fn a_reply_to_a_request_that_is_half_sent_comes_too_early() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
        client.script_send([
            Send::Upto(9),
            Send::Returns(support::abi::error::WOULDBLOCK),
        ]);
        assert_eq!(client.send(), 0);
        client.feed(&Writer::new(version).syn_reply(flag::NONE, 1, NONE));
        let Verdict::Reset(status) = duplicate(version) else {
            unreachable!()
        };
        let transcript = client.transcript();
        let expected = format!(
            "on_invalid_ctrl_recv SYN_REPLY v{} flags=0 stream=1 {{}} reason={status}",
            version.wire()
        );
        assert_eq!(transcript.last().unwrap(), &expected);
    }
}

#[test]
fn headers_belong_to_a_stream_that_has_its_reply() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        client.feed(&peer.headers(0xfe, 1, &[("a", "b")]));
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        let v = version.wire();
        assert_eq!(
            client.transcript()[1..],
            [
                format!("on_ctrl_recv HEADERS v{v} flags=254 stream=1 {{a: b}}"),
                format!("on_ctrl_recv HEADERS v{v} flags=1 stream=1 {{}}"),
            ]
        );
        assert_eq!(
            verdict(&client, &peer.headers(flag::NONE, 1, NONE)),
            REFUSED,
            "after FIN"
        );
    }
}

#[test]
fn headers_before_the_reply_reset_the_stream() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        assert_eq!(
            verdict(&client, &peer.headers(flag::NONE, 1, NONE)),
            REFUSED
        );
    }
}

#[test]
fn headers_with_fin_close_a_stream_that_was_ended_here() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let mut peer = Writer::new(version);
        client.submit_request(0, GET, None, 0);
        client.flush();
        client.feed(&peer.syn_reply(flag::NONE, 1, NONE));
        forget(&client);
        client.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(client.names(), ["on_ctrl_recv HEADERS", "on_stream_close"]);
    }
}

#[test]
fn headers_for_unknown_streams_are_answered() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        let (server, mut other_peer) = server_with_requests(version, 1);
        for stream_id in [2, 3, 0x7fff_ffff] {
            for (session, peer) in [(&client, &mut peer), (&server, &mut other_peer)] {
                let frame = peer.headers(flag::NONE, stream_id, NONE);
                assert_eq!(verdict(session, &frame), REFUSED, "stream {stream_id}");
            }
        }
        if defective_in_1_4("stream 0 is reset") {
            continue;
        }
        let frame = peer.headers(flag::NONE, 0, NONE);
        assert_eq!(verdict(&client, &frame), Verdict::SessionError);
    }
}

#[test]
fn the_reserved_bit_of_a_stream_id_does_not_count() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_requests(version, 1);
        let reserved = i32::MIN;
        client.feed(&peer.syn_reply(flag::NONE, 1 | reserved, NONE));
        client.feed(&peer.headers(flag::NONE, 1 | reserved, NONE));
        client.feed(&wire::data(1, flag::NONE, b""));
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_REPLY",
                "on_ctrl_recv HEADERS",
                "on_data_recv"
            ]
        );
    }
}

#[test]
fn headers_on_a_request_are_accepted_before_and_after_the_reply() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        assert_eq!(
            verdict(&server, &peer.headers(flag::NONE, 1, NONE)),
            Verdict::Accepted
        );
        server.submit_syn_reply(flag::NONE, 1, NONE);
        server.flush();
        forget(&server);
        server.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(server.names(), ["on_ctrl_recv HEADERS", "on_request_recv"]);
        assert_eq!(
            verdict(&server, &peer.headers(flag::NONE, 1, NONE)),
            REFUSED,
            "after FIN"
        );
    }
}

#[test]
fn headers_with_fin_on_an_answered_request_close_it() {
    for version in ALL_VERSIONS {
        let (server, mut peer) = server_with_requests(version, 1);
        server.submit_response(1, OK, None);
        server.flush();
        forget(&server);
        server.feed(&peer.headers(flag::FIN, 1, NONE));
        assert_eq!(
            server.names(),
            ["on_ctrl_recv HEADERS", "on_request_recv", "on_stream_close"]
        );
    }
}

#[test]
fn headers_on_a_stream_that_is_being_closed_are_ignored() {
    for version in ALL_VERSIONS {
        let (server, mut server_peer) = server_with_requests(version, 1);
        let (client, mut client_peer) = client_with_streams(version, 1);
        for (session, peer) in [(&server, &mut server_peer), (&client, &mut client_peer)] {
            session.submit_rst_stream(1, status::CANCEL);
            session.feed(&peer.headers(flag::FIN, 1, NONE));
            assert_eq!(session.names(), [""; 0]);
            assert_eq!(session.outbound_queue_size(), 1);
        }
    }
}
