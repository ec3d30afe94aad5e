//! Name/value pairs from the API to the wire and back.

mod support;

use support::defective_in_1_4;
use support::frame::Pairs;
use support::peer::*;
use support::wire::Writer;

/// The pairs that one request puts on the wire.
fn on_the_wire(version: Version, nv: &[(&str, &str)]) -> Pairs {
    let client = Session::client(version);
    assert_eq!(client.submit_request(0, nv, None, 0), 0);
    assert_eq!(client.send(), 0);
    client.sent()[0].control().pairs().to_vec()
}

fn pairs(nv: &[(&str, &str)]) -> Pairs {
    nv.iter()
        .map(|(name, value)| ((*name).into(), (*value).into()))
        .collect()
}

#[test]
fn names_are_lower_cased_and_sorted_by_their_bytes() {
    for version in ALL_VERSIONS {
        let submitted = &[
            ("x-B", "1"),
            ("X-a", "2"),
            ("b", "3"),
            ("x", "4"),
            ("X-", "5"),
            ("1", "6"),
        ];
        let expected = &[
            ("1", "6"),
            ("b", "3"),
            ("x", "4"),
            ("x-", "5"),
            ("x-a", "2"),
            ("x-b", "1"),
        ];
        assert_eq!(on_the_wire(version, submitted), pairs(expected));
    }
}

#[test]
fn callbacks_see_lower_cased_sorted_names_with_duplicates_apart() {
    for version in ALL_VERSIONS {
        let client = Session::client(version);
        client.submit_request(0, &[("B", "1"), ("a", "2"), ("b", "3"), ("b", "")], None, 0);
        client.flush();
        let line = client.transcript()[0].clone();
        assert!(line.ends_with("{a: 2; b: 1; b: 3; b: }"), "{line}");
    }
}

#[test]
fn values_of_one_name_are_joined_in_the_order_submitted() {
    let values: Vec<String> = (0..40)
        .map(|index| format!("value {}", (index * 17) % 40))
        .collect();
    for version in ALL_VERSIONS {
        let mut submitted: Vec<(&str, &str)> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            submitted.push((if index % 2 == 0 { "cookie" } else { "Cookie" }, value));
            submitted.push(("other", "x"));
        }
        let others = ["x"; 40].join("\0");
        assert_eq!(
            on_the_wire(version, &submitted),
            pairs(&[("cookie", &values.join("\0")), ("other", &others)])
        );
    }
}

#[test]
fn empty_values_drop_out_of_a_list() {
    let table: &[(&[&str], &str)] = &[
        (&["1", "2"], "1\x002"),
        (&["x", "", "y"], "x\0y"),
        (&["x", "y", ""], "x\0y"),
        (&["", ""], ""),
        (&["", "x"], "x"),
        (&[""], ""),
        (&["x", "", "", "y"], "x\0y"),
    ];
    for version in ALL_VERSIONS {
        for (values, joined) in table {
            let submitted: Vec<_> = values.iter().map(|value| ("n", *value)).collect();
            assert_eq!(on_the_wire(version, &submitted), pairs(&[("n", joined)]));
        }
    }
}

#[test]
fn a_leading_empty_value_does_not_glue_the_others_together() {
    if defective_in_1_4("values behind an empty one are joined without separator") {
        return;
    }
    for version in ALL_VERSIONS {
        for values in [&["", "x", "y"][..], &["", "", "x", "", "y"]] {
            let submitted: Vec<_> = values.iter().map(|value| ("n", *value)).collect();
            assert_eq!(on_the_wire(version, &submitted), pairs(&[("n", "x\0y")]));
        }
    }
}

#[test]
fn a_list_of_values_arrives_as_one_pair_each() {
    for version in ALL_VERSIONS {
        let (client, server) = (Session::client(version), Session::server(version));
        client.submit_request(0, &[("n", "1"), ("n", "2"), ("m", "")], None, 0);
        pump(&client, &server);
        let line = server.transcript()[0].clone();
        assert!(line.ends_with("{m: ; n: 1; n: 2}"), "{line}");
    }
}

const NAMES: [(&str, &str); 6] = [
    (":host", "host"),
    (":method", "method"),
    (":path", "url"),
    (":scheme", "scheme"),
    (":status", "status"),
    (":version", "version"),
];

#[test]
fn spdy2_has_its_own_names_on_the_wire() {
    let submitted = NAMES.map(|(name, _)| (name, "x"));
    let mut expected = NAMES.map(|(_, name)| (name, "x"));
    expected.sort_unstable();
    assert_eq!(on_the_wire(V2, &submitted), pairs(&expected));
    assert_eq!(on_the_wire(V2, &expected), pairs(&expected));
    assert_eq!(
        on_the_wire(V2, &[(":unknown", "x")]),
        pairs(&[(":unknown", "x")])
    );
    for version in [V3, V3_1] {
        assert_eq!(on_the_wire(version, &submitted), pairs(&submitted));
        assert_eq!(on_the_wire(version, &expected), pairs(&expected));
    }
}

#[test]
fn spdy2_merges_both_names_of_one_header() {
    let submitted = &[
        ("host", "a"),
        (":host", "b"),
        ("url", "/1"),
        (":path", "/2"),
    ];
    let wire = on_the_wire(V2, submitted);
    let name_and_parts: Vec<_> = wire
        .iter()
        .map(|(name, value)| {
            let mut parts: Vec<_> = value.split(|byte| *byte == 0).collect();
            parts.sort_unstable();
            (name.as_slice(), parts)
        })
        .collect();
    assert_eq!(
        name_and_parts,
        [
            (&b"host"[..], vec![&b"a"[..], b"b"]),
            (b"url", vec![b"/1", b"/2"])
        ]
    );
}

#[test]
fn spdy2_callbacks_see_the_names_of_spdy3() {
    let client = Session::client(V2);
    let server = Session::server(V2);
    let submitted = NAMES.map(|(api, wire)| {
        if api < ":path" {
            (api, "x")
        } else {
            (wire, "x")
        }
    });
    client.submit_request(0, &submitted, None, 0);
    pump(&client, &server);
    let expected = "{:host: x; :method: x; :path: x; :scheme: x; :status: x; :version: x}";
    let own = client.transcript();
    assert!(
        own[0].starts_with("before_ctrl_send") && own[0].ends_with(expected),
        "{own:?}"
    );
    assert!(
        own[1].starts_with("on_ctrl_send") && own[1].ends_with(expected),
        "{own:?}"
    );
    let received = server.events();
    let mut names: Vec<_> = received[0].frame().unwrap().pairs().to_vec();
    names.sort_unstable();
    assert_eq!(names, pairs(&NAMES.map(|(name, _)| (name, "x"))));
}

#[test]
fn spdy2_reports_both_spellings_of_a_name_under_one() {
    let server = Session::server(V2);
    let mut peer = Writer::new(V2);
    server.feed(&peer.syn_stream(1, 1, 0, 0, &[(":host", "a"), ("host", "b")]));
    let line = server.transcript()[0].clone();
    assert!(line.ends_with("{:host: a; :host: b}"), "{line}");
}

#[test]
fn spdy2_strings_of_65535_bytes_pass() {
    let longest = "v".repeat(65535);
    let half = "h".repeat(32767);
    let nv = [("name", longest.as_str()), ("list", &half), ("list", &half)];
    let wire = on_the_wire(V2, &nv);
    assert_eq!(wire[0].1.len(), 65535);
    assert_eq!(wire[1].1.len(), 65535);
    assert_eq!(on_the_wire(V2, &[(&longest, "v")])[0].0.len(), 65535);
}

#[test]
fn spdy2_strings_that_do_not_fit_their_length_field_are_refused() {
    if defective_in_1_4("SPDY/2 lengths beyond 65535 are truncated") {
        return;
    }
    let too_long = "v".repeat(65536);
    let half = "h".repeat(32768);
    let many: Vec<_> = (0..65536).map(|index| (format!("n{index}"), "")).collect();
    for role in [Role::Client, Role::Server] {
        let session = Session::new(role, V2);
        session.submit_request(0, &[("name", too_long.as_str())], None, 7);
        session.submit_request(0, &[(&too_long, "value")], None, 7);
        session.submit_request(0, &[("list", half.as_str()), ("list", &half)], None, 7);
        session.submit_request(0, &many, None, 7);
        session.submit_request(0, &[("x-header", "hello")], None, 7);
        assert_eq!(session.send(), 0);
        for event in &session.events()[..4] {
            assert_eq!(event.name(), "on_ctrl_not_send SYN_STREAM");
            assert!(event.to_string().ends_with(" error=-522"));
        }
        let sent = session.sent();
        assert_eq!(sent.len(), 1, "nothing of the others was written");
        assert_eq!(sent[0].control().pairs(), pairs(&[("x-header", "hello")]));
    }
}

/// Text that no compressor makes smaller than a frame may be.
fn incompressible(length: usize) -> Vec<u8> {
    let mut state = 1u64;
    (0..length)
        .map(|_| {
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            (state >> 33) as u8 | 1
        })
        .collect()
}

/// One byte more than fits into a frame even without any overhead.
const TOO_LARGE: usize = 1 << 24;

#[test]
fn a_large_header_block_passes() {
    let value = "v".repeat(16_000_000);
    for version in [V3, V3_1] {
        let wire = on_the_wire(version, &[("name", value.as_str())]);
        assert_eq!(wire[0].1.len(), value.len());
    }
}

#[test]
fn a_header_block_that_fits_no_frame_is_refused() {
    let value = "v".repeat(TOO_LARGE);
    for version in [V3, V3_1] {
        let client = Session::client(version);
        client.submit_request(0, &[("first", "1")], None, 0);
        client.flush();
        client.events();
        client.on("on_ctrl_not_send", |client, _| {
            assert_eq!(client.stream_user_data(3), 0, "no stream was made");
        });
        client.submit_request(0, &[("name", value.as_str())], None, 7);
        client.submit_request(0, &[("x-header", "hello")], None, 7);
        assert_eq!(client.send(), 0);
        let events = client.events();
        assert_eq!(events[0].name(), "on_ctrl_not_send SYN_STREAM");
        assert!(events[0].to_string().ends_with(" error=-522"));
        assert_eq!(events[1].name(), "before_ctrl_send SYN_STREAM", "no close");
        let sent = client.sent();
        assert_eq!(sent[0].control().stream_id(), 5);
        assert_eq!(sent[0].control().pairs(), pairs(&[("x-header", "hello")]));
    }
}

#[test]
fn a_refused_header_block_leaves_the_compression_in_step() {
    if defective_in_1_4("a refused header block has already changed the compressor") {
        return;
    }
    let value = incompressible(TOO_LARGE + TOO_LARGE / 4);
    let requests = [("foo-header", "hello"), ("foo-header", "hello again")];
    for role in [Role::Client, Role::Server] {
        for is_first in [true, false] {
            let session = Session::new(role, V3);
            if !is_first {
                session.submit_request(0, &[("foo-header", "hello")], None, 0);
                session.flush();
            }
            session.submit_request(0, &[(&b"foo-header"[..], &value[..])], None, 0);
            for request in requests {
                session.submit_request(0, &[request], None, 0);
            }
            assert_eq!(session.send(), 0);
            let sent = session.sent();
            assert_eq!(sent.len(), 2);
            for (frame, request) in sent.iter().zip(requests) {
                assert_eq!(frame.control().pairs(), pairs(&[request]));
            }
        }
    }
}
