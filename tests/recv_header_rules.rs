//! Which header blocks are well-formed, which are valid, and how valid ones are shown.

mod support;

use support::abi::{error, flag, status};
use support::peer::*;
use support::scenario::*;
use support::verdict::{verdict, Verdict};
use support::wire::{self, number, Writer};

type RawPairs<'a> = &'a [(&'a [u8], &'a [u8])];

/// Every frame that carries a block, each on a session that would accept it.
fn carriers(version: Version, block: &[u8]) -> Vec<(std::rc::Rc<Session>, Vec<u8>)> {
    let v = version.wire();
    let server = Session::server(version);
    let compressed = Writer::new(version).compress(block);
    let syn_stream = wire::syn_stream_of(v, flag::NONE, 1, 0, 0, &compressed);
    let (waiting, mut peer) = client_with_requests(version, 1);
    let reply = wire::syn_reply_of(v, flag::NONE, 1, &peer.compress(block));
    let (client, mut peer) = client_with_streams(version, 1);
    let headers = wire::headers_of(v, flag::NONE, 1, &peer.compress(block));
    vec![(server, syn_stream), (waiting, reply), (client, headers)]
}

fn assert_verdict(block_of: impl Fn(u16) -> Vec<u8>, expected: &Verdict, what: &str) {
    for version in ALL_VERSIONS {
        let block = block_of(version.wire());
        for (session, frame) in carriers(version, &block) {
            assert_eq!(&verdict(&session, &frame), expected, "{what}");
        }
    }
}

fn assert_pairs_verdict(pairs: RawPairs, expected: &Verdict) {
    let what = format!("{:?}", shown(pairs));
    assert_verdict(|v| wire::block(v, pairs), expected, &what);
}

fn shown(pairs: RawPairs) -> Vec<(String, String)> {
    let text = |bytes: &[u8]| bytes.escape_ascii().to_string();
    pairs.iter().map(|(n, v)| (text(n), text(v))).collect()
}

/// The pairs as on_ctrl_recv shows them, for each frame that carries a block.
fn assert_shown(version: Version, sent: RawPairs, expected: RawPairs) {
    let block = wire::block(version.wire(), sent);
    for (session, frame) in carriers(version, &block) {
        session.feed(&frame);
        let events = session.events();
        let frame = events[0].frame().expect("a frame");
        let pairs: Vec<_> = frame.pairs().to_vec();
        let expected: Vec<_> = expected
            .iter()
            .map(|(name, value)| (name.to_vec(), value.to_vec()))
            .collect();
        assert_eq!(pairs, expected, "{}", events[0]);
    }
}

#[test]
fn a_block_must_be_as_long_as_its_numbers_say() {
    let malformed = Verdict::ParseError(error::INVALID_FRAME);
    let whole = |v| wire::block(v, &[("name", "value"), ("other", "")]);
    assert_verdict(whole, &Verdict::Accepted, "the whole block");
    let length = whole(2).len();
    for missing in 1..=length {
        let short = |v| {
            let mut block = whole(v);
            block.truncate(block.len() - missing);
            block
        };
        assert_verdict(short, &malformed, &format!("{missing} bytes missing"));
    }
    for extra in [&b"\0"[..], b"\0\0\0\0", b"something"] {
        let long = |v| [whole(v), extra.to_vec()].concat();
        assert_verdict(long, &malformed, "bytes behind the block");
    }
}

#[test]
fn numbers_in_a_block_that_are_far_too_large_are_malformed() {
    let malformed = Verdict::ParseError(error::INVALID_FRAME);
    for huge in [0xffff_ffff, 0x8000_0000, 0x7fff_ffff, 0xffff] {
        let count = |v| [number(v, huge), number(v, 0)].concat();
        assert_verdict(count, &malformed, "count of pairs");
        let name = |v| [number(v, 1), number(v, huge), b"name".to_vec()].concat();
        assert_verdict(name, &malformed, "length of a name");
        let value = |v| {
            [
                number(v, 1),
                number(v, 4),
                b"name".to_vec(),
                number(v, huge),
                b"value".to_vec(),
            ]
            .concat()
        };
        assert_verdict(value, &malformed, "length of a value");
    }
}

#[test]
fn a_block_without_pairs_is_valid() {
    assert_pairs_verdict(&[], &Verdict::Accepted);
}

#[test]
fn a_name_must_not_be_empty() {
    assert_pairs_verdict(&[(b"", b"value")], &Verdict::Reset(status::PROTOCOL_ERROR));
    assert_pairs_verdict(
        &[(b"good", b""), (b"", b"")],
        &Verdict::Reset(status::PROTOCOL_ERROR),
    );
}

#[test]
fn names_hold_printable_ascii_without_capitals() {
    for byte in 0..=255u8 {
        let is_valid = matches!(byte, 0x20..=0x7e) && !byte.is_ascii_uppercase();
        let expected = if is_valid {
            Verdict::Accepted
        } else {
            Verdict::Reset(status::PROTOCOL_ERROR)
        };
        for name in [&[byte][..], &[b'a', byte], &[byte, b'z']] {
            let block = wire::block(3, &[(name, b"value")]);
            let frame = wire::syn_stream_of(3, 0, 1, 0, 0, &Writer::new(V3).compress(&block));
            let server = Session::server(V3);
            assert_eq!(verdict(&server, &frame), expected, "byte {byte:#x}");
        }
    }
    for name in [&b"Name"[..], b"nam\xc3\xa9", b"na\nme", b"na\0me"] {
        assert_pairs_verdict(&[(name, b"")], &Verdict::Reset(status::PROTOCOL_ERROR));
    }
    assert_pairs_verdict(&[(b"a name", b""), (b" ", b"")], &Verdict::Accepted);
}

#[test]
fn two_pairs_must_not_have_the_same_name() {
    let refused = Verdict::Reset(status::PROTOCOL_ERROR);
    assert_pairs_verdict(&[(b"a", b"1"), (b"a", b"2")], &refused);
    assert_pairs_verdict(&[(b"a", b"1"), (b"b", b""), (b"a", b"1")], &refused);
    // A prefix is another name.
    assert_pairs_verdict(&[(b"a", b"1"), (b"aa", b"1")], &Verdict::Accepted);
}

#[test]
fn values_hold_text_of_any_encoding() {
    for byte in 1..=255u8 {
        let is_valid = matches!(byte, b'\t' | 0x20..=0x7e | 0x80..=0xff);
        let expected = if is_valid {
            Verdict::Accepted
        } else {
            Verdict::Reset(status::PROTOCOL_ERROR)
        };
        for value in [&[byte][..], &[b'a', byte], &[byte, b'z']] {
            let block = wire::block(3, &[(b"name", value)]);
            let frame = wire::syn_stream_of(3, 0, 1, 0, 0, &Writer::new(V3).compress(&block));
            let server = Session::server(V3);
            assert_eq!(verdict(&server, &frame), expected, "byte {byte:#x}");
        }
    }
    for value in [&b"a\r\nb"[..], b"\n", b"a\x7f", b"a\x1bb"] {
        assert_pairs_verdict(&[(b"name", value)], &Verdict::Reset(status::PROTOCOL_ERROR));
    }
    for value in [&b""[..], b"\t", b"a\tb", b" ", b"\x80\xff", b"caf\xc3\xa9"] {
        assert_pairs_verdict(&[(b"name", value)], &Verdict::Accepted);
        assert_shown(V3, &[(b"name", value)], &[(b"name", value)]);
    }
}

#[test]
fn a_list_of_values_has_no_empty_value() {
    for value in [
        &b"\0"[..],
        b"\0a",
        b"a\0",
        b"a\0\0b",
        b"\0\0",
        b"\0a\0b",
        b"a\0b\0",
    ] {
        assert_pairs_verdict(&[(b"name", value)], &Verdict::Reset(status::PROTOCOL_ERROR));
    }
    assert_pairs_verdict(&[(b"name", b"a\0b")], &Verdict::Accepted);
}

#[test]
fn a_list_is_shown_as_one_pair_for_each_value() {
    for version in ALL_VERSIONS {
        assert_shown(
            version,
            &[(b"set-cookie", b"z\0a\0m m"), (b"age", b"1")],
            &[
                (b"age", b"1"),
                (b"set-cookie", b"z"),
                (b"set-cookie", b"a"),
                (b"set-cookie", b"m m"),
            ],
        );
    }
}

#[test]
fn pairs_are_shown_sorted_by_the_bytes_of_their_names() {
    for version in ALL_VERSIONS {
        assert_shown(
            version,
            &[(b"b", b"2"), (b"ab", b"3"), (b"~", b""), (b"a", b"1")],
            &[(b"a", b"1"), (b"ab", b"3"), (b"b", b"2"), (b"~", b"")],
        );
    }
}

#[test]
fn spdy2_names_are_shown_in_the_order_they_had_on_the_wire() {
    assert_shown(
        V2,
        &[
            (b"version", b"HTTP/1.1"),
            (b"url", b"/"),
            (b"accept", b"*/*"),
            (b"host", b"example.org"),
            (b"method", b"GET"),
        ],
        &[
            (b"accept", b"*/*"),
            (b":host", b"example.org"),
            (b":method", b"GET"),
            (b":path", b"/"),
            (b":version", b"HTTP/1.1"),
        ],
    );
}

#[test]
fn invalid_blocks_are_shown_as_they_came() {
    for version in ALL_VERSIONS {
        let v = version.wire();
        let server = Session::server(version);
        let block = wire::block(v, &[("url", "/"), ("Accept", "*/*"), ("url", "2")]);
        let block = Writer::new(version).compress(&block);
        server.feed(&wire::syn_stream_of(v, flag::FIN, 1, 0, 3, &block));
        assert_eq!(
            server.transcript(),
            [format!(
                "on_invalid_ctrl_recv SYN_STREAM v{v} flags=1 stream=1 assoc=0 pri=3 slot=0 \
                 {{url: /; Accept: */*; url: 2}} reason=1"
            )]
        );
    }
}

#[test]
fn the_id_of_an_invalid_syn_stream_can_be_used_again() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        for _ in 0..3 {
            assert_eq!(
                verdict(&server, &peer.syn_stream(0, 5, 0, 0, &[("A", "")])),
                Verdict::Reset(status::PROTOCOL_ERROR)
            );
        }
        // A lower one as well: none was recorded.
        for stream_id in [3, 5] {
            assert_eq!(
                verdict(&server, &peer.syn_stream(0, stream_id, 0, 0, GET)),
                Verdict::Accepted
            );
        }
    }
}

#[test]
fn an_invalid_block_resets_an_open_stream() {
    for version in ALL_VERSIONS {
        let (client, mut peer) = client_with_streams(version, 1);
        client.feed(&peer.headers(flag::NONE, 1, &[("A", "")]));
        assert_eq!(client.names(), ["on_invalid_ctrl_recv HEADERS"]);
        client.feed(&peer.headers(flag::NONE, 1, OK));
        assert_eq!(client.names(), [""; 0], "the stream is being closed");
        client.flush();
        assert_eq!(
            client.transcript().last().unwrap(),
            "on_stream_close stream=1 status=1"
        );
    }
}

#[test]
fn invalid_blocks_are_answered_for_unknown_streams_and_after_goaway() {
    for version in ALL_VERSIONS {
        let server = Session::server(version);
        let mut peer = Writer::new(version);
        server.feed(&wire::goaway(version.wire(), 0, status::OK));
        for frame in [
            peer.syn_stream(flag::NONE, 1, 0, 0, &[("A", "")]),
            peer.syn_reply(flag::NONE, 99, &[("A", "")]),
            peer.headers(flag::NONE, 99, &[("A", "")]),
        ] {
            assert_eq!(
                verdict(&server, &frame),
                Verdict::Reset(status::PROTOCOL_ERROR)
            );
        }
    }
}

#[test]
fn invalid_blocks_for_stream_0_end_the_session() {
    if support::defective_in_1_4("stream 0 is reset") {
        return;
    }
    for version in ALL_VERSIONS {
        for frame in [
            Writer::new(version).syn_stream(flag::NONE, 0, 0, 0, &[("A", "")]),
            Writer::new(version).syn_reply(flag::NONE, 0, &[("A", "")]),
            Writer::new(version).headers(flag::NONE, 0, &[("A", "")]),
        ] {
            let server = Session::server(version);
            assert_eq!(verdict(&server, &frame), Verdict::SessionError);
        }
    }
}
