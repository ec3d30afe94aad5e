//! `SPDYLAY_OPT_HTTP_RULES`: which headers a stream needs and may not have, for those who want them checked.

mod support;

use std::rc::Rc;
use support::abi::{error, flag, option, status};
use support::defective_in_1_4;
use support::nv::NvArray;
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::Writer;

type Pairs = Vec<(&'static str, &'static str)>;

const PUSH: &[(&str, &str)] = &[
    (":host", "example.org"),
    (":path", "/"),
    (":scheme", "https"),
];

/// What no frame may have.
const CONNECTION: [&str; 4] = [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
];

const REFUSED: Verdict = Verdict::Reset(status::PROTOCOL_ERROR);

fn is_missing() -> bool {
    defective_in_1_4("headers are never held to the rules of HTTP")
}

fn switch_on(session: &Session) {
    assert_eq!(session.set_option(option::HTTP_RULES, 1), 0);
}

/// The pairs as they stand on the wire: SPDY/2 leaves out the colons, and has another name for the path.
fn on_the_wire(version: Version, pairs: &[(&'static str, &'static str)]) -> Pairs {
    let rename = |name: &'static str| match name {
        ":path" => "url",
        name => name.strip_prefix(':').unwrap_or(name),
    };
    pairs
        .iter()
        .map(|&(name, value)| (if version == V2 { rename(name) } else { name }, value))
        .collect()
}

fn with(pairs: &[(&'static str, &'static str)], name: &'static str) -> Pairs {
    let mut pairs = pairs.to_vec();
    pairs.push((name, "x"));
    pairs
}

fn without(pairs: &[(&'static str, &'static str)], left_out: &str) -> Pairs {
    let mut pairs = pairs.to_vec();
    pairs.retain(|(name, _)| *name != left_out);
    pairs
}

/// One kind of frame with headers: what it needs, and a session that takes one of it.
struct Case {
    needed: &'static [(&'static str, &'static str)],
    session: fn(Version) -> (Rc<Session>, Writer),
    frame: fn(&mut Writer, &Pairs) -> Vec<u8>,
}

fn new_server(version: Version) -> (Rc<Session>, Writer) {
    (Session::server(version), Writer::new(version))
}

const REQUEST: Case = Case {
    needed: GET,
    session: new_server,
    frame: |peer, pairs| peer.syn_stream(flag::NONE, 1, 0, 0, pairs),
};
const PUSHED: Case = Case {
    needed: PUSH,
    session: |version| client_with_streams(version, 1),
    frame: |peer, pairs| peer.syn_stream(flag::UNIDIRECTIONAL, 2, 1, 0, pairs),
};
const RESPONSE: Case = Case {
    needed: OK,
    session: |version| client_with_requests(version, 1),
    frame: |peer, pairs| peer.syn_reply(flag::NONE, 1, pairs),
};
const MORE: Case = Case {
    needed: NONE,
    session: |version| client_with_streams(version, 1),
    frame: |peer, pairs| peer.headers(flag::NONE, 1, pairs),
};

impl Case {
    fn verdict(&self, version: Version, has_rules: bool, pairs: &Pairs) -> Verdict {
        let (session, mut peer) = (self.session)(version);
        if has_rules {
            switch_on(&session);
        }
        let frame = (self.frame)(&mut peer, &on_the_wire(version, pairs));
        verdict(&session, &frame)
    }
}

#[test]
fn without_the_option_any_headers_will_do() {
    for version in ALL_VERSIONS {
        for case in [&REQUEST, &PUSHED, &RESPONSE, &MORE] {
            let kubernetes = vec![("streamtype", "error"), ("port", "80")];
            for pairs in [vec![], kubernetes, with(&[], "connection")] {
                assert_eq!(case.verdict(version, false, &pairs), Verdict::Accepted);
            }
        }
        // And may be sent.
        let client = Session::client(version);
        let server = Session::server(version);
        client.submit_request(0, NvArray::empty(), None, 0);
        client.submit_request(0, &[("streamtype", "data"), ("connection", "x")], None, 0);
        pump(&client, &server);
        server.submit_response(1, NvArray::empty(), None);
        server.submit_response(3, &[("keep-alive", "x")], None);
        client.events();
        pump(&client, &server);
        let replies: Vec<_> = client
            .names()
            .into_iter()
            .filter(|name| name == "on_ctrl_recv SYN_REPLY")
            .collect();
        assert_eq!(replies.len(), 2);
    }
}

#[test]
fn every_name_of_http_is_needed() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for case in [&REQUEST, &PUSHED, &RESPONSE, &MORE] {
            let needed = case.needed.to_vec();
            assert_eq!(case.verdict(version, true, &needed), Verdict::Accepted);
            assert_eq!(
                case.verdict(version, true, &with(&needed, "x-other")),
                Verdict::Accepted
            );
            for (name, _) in case.needed {
                assert_eq!(
                    case.verdict(version, true, &without(&needed, name)),
                    REFUSED,
                    "without {name}"
                );
            }
        }
        assert_eq!(REQUEST.verdict(version, true, &vec![]), REFUSED);
    }
}

#[test]
fn headers_about_the_connection_are_refused() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        for case in [&REQUEST, &PUSHED, &RESPONSE, &MORE] {
            for name in CONNECTION {
                let pairs = with(case.needed, name);
                assert_eq!(case.verdict(version, true, &pairs), REFUSED, "{name}");
            }
        }
    }
    // SPDY/2 has the host under this name.
    for version in [V3, V3_1] {
        for (case, expected) in [
            (&REQUEST, REFUSED),
            (&PUSHED, REFUSED),
            (&RESPONSE, Verdict::Accepted),
        ] {
            let pairs = with(case.needed, "host");
            assert_eq!(case.verdict(version, true, &pairs), expected);
        }
    }
}

#[test]
fn a_refused_stream_does_not_hurt_the_others() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, mut peer) = new_server(version);
        switch_on(&server);
        let good = on_the_wire(version, GET);
        for (stream_id, pairs) in [(1, &good), (3, &vec![]), (5, &good)] {
            server.feed(&peer.syn_stream(flag::FIN, stream_id, 0, 0, pairs));
        }
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
                "on_invalid_ctrl_recv SYN_STREAM",
                "on_ctrl_recv SYN_STREAM",
                "on_request_recv",
            ]
        );
        server.submit_response(5, OK, None);
        let v = version.wire();
        let sent = server.flush();
        assert!(sent.contains(&format!("RST_STREAM v{v} flags=0 stream=3 status=1")));
        assert!(sent[0].starts_with("SYN_REPLY") || sent[1].starts_with("SYN_REPLY"));

        // A response that breaks the rules closes its stream.
        let (client, mut peer) = client_with_requests(version, 1);
        switch_on(&client);
        client.feed(&peer.syn_reply(flag::FIN, 1, NONE));
        client.flush();
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=1"
        );
    }
}

#[test]
fn requests_and_responses_that_break_the_rules_are_not_submitted() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        let (server, _) = server_with_requests(version, 1);
        switch_on(&client);
        switch_on(&server);
        let mut bad_requests: Vec<Pairs> = GET.iter().map(|(name, _)| without(GET, name)).collect();
        let mut bad_responses: Vec<Pairs> = OK.iter().map(|(name, _)| without(OK, name)).collect();
        for name in CONNECTION {
            bad_requests.push(with(GET, name));
            bad_responses.push(with(OK, name));
        }
        bad_requests.extend([vec![], with(GET, "host"), with(GET, "Keep-Alive")]);
        bad_responses.push(vec![]);
        for pairs in &bad_requests {
            let result = client.submit_request(0, pairs, None, 0);
            assert_eq!(result, error::INVALID_ARGUMENT, "{pairs:?}");
        }
        for pairs in &bad_responses {
            let result = server.submit_response(1, pairs, None);
            assert_eq!(result, error::INVALID_ARGUMENT, "{pairs:?}");
        }
        assert_eq!((client.want_write(), server.want_write()), (0, 0));
        // No id was used up.
        assert_eq!(client.submit_request(0, GET, None, 0), 0);
        assert_eq!(server.submit_response(1, OK, None), 0);
        assert!(client.flush()[0].contains(" stream=1 "));
        assert_eq!(server.flush().len(), 1);
        // Single frames may have any headers.
        assert_eq!(client.submit_syn_stream(flag::NONE, 0, 0, NONE, 0), 0);
        assert_eq!(client.submit_headers(flag::NONE, 3, NONE), 0);
        assert_eq!(server.submit_syn_reply(flag::NONE, 1, NONE), 0);
    }
}

#[test]
fn it_can_be_switched_at_any_time() {
    if is_missing() {
        return;
    }
    for version in ALL_VERSIONS {
        let (server, mut peer) = new_server(version);
        server.on("on_ctrl_recv SYN_STREAM", |server, _| switch_on(server));
        server.on("on_invalid_ctrl_recv", |server, _| {
            assert_eq!(server.set_option(option::HTTP_RULES, 0), 0);
        });
        let frames: Vec<u8> = [1, 3, 5, 7]
            .into_iter()
            .flat_map(|stream_id| peer.syn_stream(flag::NONE, stream_id, 0, 0, NONE))
            .collect();
        server.feed(&frames);
        assert_eq!(
            server.names(),
            [
                "on_ctrl_recv SYN_STREAM",
                "on_invalid_ctrl_recv SYN_STREAM",
                "on_ctrl_recv SYN_STREAM",
                "on_invalid_ctrl_recv SYN_STREAM",
            ]
        );
    }
}
