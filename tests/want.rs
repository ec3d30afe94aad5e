//! `want_read` and `want_write`: what drives an application's event loop.

mod support;

use support::abi::{error, flag, status};
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};
use support::wire;

#[test]
fn a_running_session_reads_always_and_writes_when_it_has_something() {
    for version in ALL_VERSIONS {
        for role in [Role::Client, Role::Server] {
            let session = Session::new(role, version);
            assert_eq!(wants(&session), (1, 0));
            session.submit_ping();
            assert_eq!(wants(&session), (1, 1));
            session.script_send([Send::Upto(1), Send::Returns(error::WOULDBLOCK)]);
            session.send();
            assert_eq!(wants(&session), (1, 1));
            session.send();
            assert_eq!(wants(&session), (1, 0));
            session.submit_syn_stream(flag::NONE, 0, 0, NONE, 0);
            assert_eq!(wants(&session), (1, 1));
            session.send();
            assert_eq!(wants(&session), (1, 0));
        }
    }
}

#[test]
fn requests_that_must_wait_are_nothing_to_write() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.feed(&wire::settings(version.wire(), &[(4, 0)]));
        client.submit_request(0, GET, None, 0);
        assert_eq!(wants(&client), (1, 0));
        assert_eq!(client.outbound_queue_size(), 1);
    }
}

#[test]
fn deferred_bodies_are_nothing_to_write() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider([Read::deferred()])));
        assert_eq!(wants(&client), (1, 1));
        client.send();
        assert_eq!(wants(&client), (1, 0));
        assert_eq!(client.outbound_queue_size(), 0);
    }
}

#[test]
fn a_leaving_session_goes_on_while_it_has_streams() {
    for version in ALL_VERSIONS {
        for peer_leaves in [true, false] {
            let (client, _) = client_with_streams(version, 1);
            if peer_leaves {
                client.feed(&wire::goaway(version.wire(), 0, 0));
            } else {
                client.submit_goaway(0);
                assert_eq!(wants(&client), (1, 1));
                client.send();
            }
            assert_eq!(wants(&client), (1, 0));
            client.submit_ping();
            assert_eq!(wants(&client), (1, 1));
            client.submit_rst_stream(1, status::CANCEL);
            client.send();
            assert_eq!(wants(&client), (0, 0));
        }
    }
}

#[test]
fn a_leaving_session_without_streams_is_done() {
    for version in ALL_VERSIONS {
        let sender = Session::client(version);
        sender.submit_goaway(0);
        assert_eq!(wants(&sender), (1, 1));
        sender.send();
        assert_eq!(wants(&sender), (0, 0));
        sender.submit_ping();
        assert_eq!(wants(&sender), (0, 0));

        let receiver = Session::client(version);
        receiver.submit_ping();
        receiver.feed(&wire::goaway(version.wire(), 0, 0));
        assert_eq!(wants(&receiver), (0, 0));
    }
}

#[test]
fn a_failed_session_is_done_once_its_goaway_is_out_even_with_streams() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 3);
        client.fail_session(2);
        assert_eq!(client.want_write(), 1);
        client.submit_ping();
        client.send();
        assert_eq!(wants(&client), (0, 0));
        client.submit_ping();
        assert_eq!(wants(&client), (0, 0));
    }
}

#[test]
fn an_event_loop_always_ends_after_a_failure() {
    for version in ALL_VERSIONS {
        let (server, _) = server_with_requests(version, 2);
        server.submit_response(1, OK, Some(&server.provider_of(100_000)));
        server.submit_response(3, OK, Some(&server.provider([Read::deferred()])));
        server.feed(&wire::control(version.wire(), 6, 0, b"?"));
        let mut rounds = 0;
        while server.want_read() == 1 || server.want_write() == 1 {
            server.script_send([Send::Upto(500), Send::Returns(error::WOULDBLOCK)]);
            assert_eq!(server.send(), 0);
            rounds += 1;
            assert!(rounds < 1000);
        }
        let sent = server.sent_lines();
        assert_eq!(
            sent.iter()
                .filter(|line| line.starts_with("GOAWAY"))
                .count(),
            1
        );
    }
}
