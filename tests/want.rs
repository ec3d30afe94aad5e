//! `want_read` and `want_write`: what drives an application's event loop.

mod support;

use std::cell::RefCell;
use std::rc::Rc;
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

/// What `want_write` says inside each callback that is called by sending all there is.
fn wants_to_write_inside_callbacks(session: &Session) -> Vec<(String, i32)> {
    let seen = Rc::new(RefCell::new(Vec::new()));
    let notes = Rc::clone(&seen);
    session.on("", move |session, event| {
        let note = (event.name(), session.want_write());
        notes.borrow_mut().push(note);
    });
    assert_eq!(session.send(), 0);
    seen.take()
}

#[test]
fn a_body_that_is_asked_for_the_first_time_is_nothing_to_write_yet() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 1);
        client.submit_data(1, flag::FIN, Some(&client.provider_of(5000)));
        let expected = [
            ("read_callback", 0),
            ("send_callback", 1),
            ("on_data_send", 1),
            ("read_callback", 1),
            ("send_callback", 1),
            ("on_data_send", 1),
        ];
        let expected = expected.map(|(name, wants)| (name.to_owned(), wants));
        assert_eq!(wants_to_write_inside_callbacks(&client), expected);
        assert_eq!(client.want_write(), 0);
    }
}

#[test]
fn a_frame_is_under_way_until_the_close_of_its_stream_is_reported() {
    for version in ALL_VERSIONS {
        let (client, _) = client_with_streams(version, 2);
        client.submit_rst_stream(1, status::CANCEL);
        let last = wants_to_write_inside_callbacks(&client).pop();
        assert_eq!(last, Some(("on_stream_close".to_owned(), 1)));
        assert_eq!(client.want_write(), 0);
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
