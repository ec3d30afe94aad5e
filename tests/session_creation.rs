//! Creating, configuring and freeing sessions.

mod support;

use support::abi::error;
use support::peer::*;
use support::wire::Writer;

const REQUEST: &[(&str, &str)] = &[(":method", "GET"), (":path", "/")];

#[test]
fn only_the_three_protocol_versions_are_accepted() {
    for role in [Role::Client, Role::Server] {
        for version in [0, 1, 5, 6, 65535] {
            let refused = Session::try_new(role, Version(version), None);
            assert_eq!(refused.err(), Some(error::UNSUPPORTED_VERSION), "{version}");
        }
        for version in ALL_VERSIONS {
            let session = Session::new(role, version);
            assert_eq!((session.want_read(), session.want_write()), (1, 0));
            assert_eq!(session.outbound_queue_size(), 0);
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
fn a_request_and_its_response_pass_in_every_version() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        let upload = client.provider_of(10_000);
        assert_eq!(client.submit_request(2, REQUEST, Some(&upload), 7), 0);
        pump(&client, &server);
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_request_recv",
            ]
        );
        let download = server.provider_of(5_000);
        assert_eq!(
            server.submit_response(1, &[(":status", "200")], Some(&download)),
            0
        );
        client.events();
        pump(&client, &server);
        assert_eq!(
            client.names(),
            [
                "on_ctrl_recv SYN_REPLY",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_data_chunk_recv",
                "on_data_recv",
                "on_stream_close",
            ]
        );
        let wire: Vec<String> = server.sent_lines();
        assert_eq!(wire.len(), 3, "{wire:?}");
        assert_eq!(wire[2], "DATA stream=1 flags=1 length=904");
    }
}

#[test]
fn a_request_by_any_other_encoder_is_understood() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        let names = if version == V2 {
            [("method", "GET"), ("url", "/")]
        } else {
            [(":method", "GET"), (":path", "/")]
        };
        server.feed(&peer.syn_stream(1, 1, 0, 2, &names));
        let head = format!("v{} flags=1 stream=1 assoc=0 pri=2 slot=0", version.wire());
        assert_eq!(
            server.transcript(),
            [
                format!("on_ctrl_recv SYN_STREAM {head} {{:method: GET; :path: /}}"),
                "on_request_recv stream=1".to_owned(),
            ]
        );
    }
}
