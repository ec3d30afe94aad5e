//! Creating, configuring and freeing sessions.

#![allow(unsafe_code)]

mod support;

use std::ptr;
use support::abi::{error, flag, option};
use support::api::api;
use support::defective_in_1_4;
use support::peer::*;
use support::scenario::*;
use support::script::{Read, Send};

const ROLES: [Role; 2] = [Role::Client, Role::Server];

#[test]
fn only_the_three_protocol_versions_are_accepted() {
    for role in ROLES {
        for version in [0, 1, 5, 6, 65535] {
            let refused = Session::try_new(role, Version(version), None);
            assert_eq!(refused.err(), Some(error::UNSUPPORTED_VERSION), "{version}");
        }
        for version in ALL_VERSIONS {
            let session = Session::new(role, version);
            assert_eq!((session.want_read(), session.want_write()), (1, 0));
            assert_eq!(session.outbound_queue_size(), 0);
            assert_eq!(session.send(), 0);
            assert_eq!(session.recv_data_length(), 0);
            assert_eq!(session.stream_recv_data_length(1), -1);
            assert_eq!(session.stream_user_data(1), 0);
        }
    }
}

#[test]
fn the_lowest_priority_depends_on_the_version() {
    assert_eq!(Session::client(V2).pri_lowest(), 3);
    assert_eq!(Session::server(V3).pri_lowest(), 7);
    assert_eq!(Session::client(V3_1).pri_lowest(), 7);
}

#[test]
fn a_null_callbacks_struct_is_refused() {
    if defective_in_1_4("NULL callbacks crash") {
        return;
    }
    for role in ROLES {
        for version in ALL_VERSIONS {
            let refused = Session::try_new(role, version, None);
            assert_eq!(refused.err(), Some(error::INVALID_ARGUMENT));
        }
    }
}

#[test]
fn callbacks_are_copied_and_all_reports_are_optional() {
    for version in ALL_VERSIONS {
        let quiet = |role| {
            Session::with_callbacks(role, version, |callbacks| {
                *callbacks = support::abi::Callbacks {
                    send: callbacks.send,
                    ..Default::default()
                }
            })
        };
        let (client, server) = (quiet(Role::Client), quiet(Role::Server));
        let body = client.provider_of(5_000);
        assert_eq!(client.submit_request(0, GET, Some(&body), 0), 0);
        assert_eq!(client.submit_ping(), 0);
        pump(&client, &server);
        assert_eq!(server.submit_response(1, OK, None), 0);
        assert_eq!(server.submit_response(1, OK, None), 0);
        pump(&client, &server);
        // An invalid and an unknown frame, and one that ends the session.
        server.feed(&support::wire::control(version.wire(), 99, 0, b"?"));
        server.feed(&support::wire::control(version.wire(), 6, 0, b"?"));
        assert_eq!(server.send(), 0);
        assert_eq!((client.events().len(), server.events().len()), (0, 0));
        assert_eq!(server.sent_lines().last().unwrap(), {
            let status = u8::from(version != V2);
            &format!("GOAWAY v{} flags=0 last=1 status={status}", version.wire())
        });
    }
}

#[test]
fn a_missing_send_callback_matters_only_when_there_is_something_to_send() {
    let session = Session::with_callbacks(Role::Client, V3, |callbacks| callbacks.send = None);
    assert_eq!(session.send(), 0);
    if defective_in_1_4("a NULL send_callback crashes") {
        return;
    }
    assert_eq!(session.submit_ping(), 0);
    assert_eq!(session.send(), error::CALLBACK_FAILURE);
}

#[test]
fn a_missing_recv_callback_matters_only_to_session_recv() {
    let session = Session::with_callbacks(Role::Server, V3, |callbacks| callbacks.recv = None);
    session.feed(&support::wire::ping(3, 1));
    assert_eq!(session.names(), ["on_ctrl_recv PING"]);
    if defective_in_1_4("a NULL recv_callback crashes") {
        return;
    }
    assert_eq!(session.recv(), error::CALLBACK_FAILURE);
}

#[test]
fn options_accept_exactly_their_range() {
    let mut flag_options = vec![
        option::NO_AUTO_WINDOW_UPDATE,
        option::NO_AUTO_WINDOW_UPDATE2,
    ];
    if !defective_in_1_4("later options are missing") {
        flag_options.extend([option::NO_FLOW_CONTROL, option::HTTP_RULES]);
    }
    for role in ROLES {
        for version in ALL_VERSIONS {
            let session = Session::new(role, version);
            for &flag_option in &flag_options {
                for value in [0, 1, 2, u32::MAX] {
                    assert_eq!(session.set_option(flag_option, value), 0);
                }
            }
            if !defective_in_1_4("later options are missing") {
                let payload = option::MAX_DATA_PAYLOAD;
                for value in [1, 2, 4096, 65536, (1 << 24) - 1] {
                    assert_eq!(session.set_option(payload, value), 0, "{value}");
                }
                for value in [0, 1 << 24, u32::MAX] {
                    let result = session.set_option(payload, value);
                    assert_eq!(result, error::INVALID_ARGUMENT, "{value}");
                }
            }
            let limit = option::MAX_RECV_CTRL_FRAME_BUFFER;
            for value in [8192, 8193, 65536, (1 << 24) - 1] {
                assert_eq!(session.set_option(limit, value), 0, "{value}");
            }
            for value in [0, 1, 8191, 1 << 24, u32::MAX] {
                assert_eq!(
                    session.set_option(limit, value),
                    error::INVALID_ARGUMENT,
                    "{value}"
                );
            }
        }
    }
}

#[test]
fn unknown_options_and_wrong_lengths_are_refused() {
    let session = Session::client(V3);
    for unknown in [0, 4, 5, 99, -1, i32::MAX, i32::MIN] {
        assert_eq!(session.set_option(unknown, 1), error::INVALID_ARGUMENT);
    }
    for known in 1..=3 {
        for length in [0, 1, 3, 5, 8] {
            for value in [Some(8192), None] {
                assert_eq!(
                    session.set_option_sized(known, value, length),
                    error::INVALID_ARGUMENT,
                    "option {known} with {length} bytes"
                );
            }
        }
    }
    if defective_in_1_4("a NULL option value of the right length crashes") {
        return;
    }
    for known in 1..=3 {
        assert_eq!(
            session.set_option_sized(known, None, 4),
            error::INVALID_ARGUMENT
        );
    }
}

#[test]
fn deleting_a_busy_session_calls_nothing_back() {
    for version in ALL_VERSIONS {
        for role in ROLES {
            let session = match role {
                Role::Client => client_with_streams(version, 2).0,
                Role::Server => server_with_requests(version, 2).0,
            };
            if role == Role::Server {
                assert_eq!(session.submit_syn_reply(flag::NONE, 1, OK), 0);
                assert_eq!(session.flush().len(), 1);
            }
            let deferred = session.provider([Read::deferred()]);
            assert_eq!(session.submit_data(1, flag::FIN, Some(&deferred)), 0);
            assert_eq!(session.send(), 0);
            session.script_send([Send::Upto(5), Send::Returns(error::WOULDBLOCK)]);
            assert_eq!(session.submit_ping(), 0);
            assert_eq!(session.send(), 0);
            assert_eq!(session.submit_headers(flag::NONE, 1, OK), 0);
            assert_eq!(session.submit_rst_stream(3, 5), 0);
            assert_eq!(session.submit_syn_stream(flag::NONE, 0, 0, GET, 0), 0);
            assert_eq!(session.outbound_queue_size(), 3);
            session.events();
            session.delete();
            assert_eq!(session.transcript(), [""; 0]);
        }
    }
}

#[test]
fn deleting_no_session_does_nothing() {
    // SAFETY: NULL is allowed.
    unsafe { (api().session_del)(ptr::null_mut()) };
}

#[test]
fn client_certificate_origins_do_nothing() {
    let session = Session::client(V3);
    for raw in [session.raw(), ptr::null_mut()] {
        // SAFETY: these functions look at none of their arguments.
        unsafe {
            let set = api().session_set_initial_client_cert_origin;
            assert_eq!(set(raw, c"https".as_ptr(), c"example.org".as_ptr(), 443), 0);
            assert_eq!(set(raw, ptr::null(), ptr::null(), 0), 0);
            for slot in [0, 1, usize::MAX] {
                assert!((api().session_get_client_cert_origin)(raw, slot).is_null());
            }
        }
    }
}

#[test]
fn stream_user_data_can_be_replaced() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_syn_stream(flag::NONE, 0, 0, NONE, 7);
        client.flush();
        assert_eq!(client.stream_user_data(1), 7);
        assert_eq!(client.set_stream_user_data(1, 8), 0);
        assert_eq!(client.stream_user_data(1), 8);
        assert_eq!(client.set_stream_user_data(1, 0), 0);
        assert_eq!(client.stream_user_data(1), 0);
        assert_eq!(client.set_stream_user_data(3, 9), error::INVALID_ARGUMENT);

        let (server, _) = server_with_requests(version, 1);
        assert_eq!(server.stream_user_data(1), 0);
        assert_eq!(server.set_stream_user_data(1, 5), 0);
        assert_eq!(server.stream_user_data(1), 5);
    }
}
