//! tshark judges what our sessions send. Its SPDY dissector knows version 3 only.

use std::net::TcpListener;
use std::path::Path;
use std::thread;

use spdylay::frame::{flag, kind, SettingsEntry};
use spdylay::version::Version;

use crate::driver::{block, body, Body, Link, Way, INITIAL_WINDOW_SIZE};
use crate::pcap::capture;
use crate::process::run;
use crate::scratch::Scratch;
use crate::tools;

const GET: [(&str, &str); 5] = [
    (":host", "localhost"),
    (":method", "GET"),
    (":path", "/a/path"),
    (":scheme", "http"),
    (":version", "HTTP/1.1"),
];
const POST: [(&str, &str); 6] = [
    (":host", "localhost"),
    (":method", "POST"),
    (":path", "/upload?and=a&query"),
    (":scheme", "http"),
    (":version", "HTTP/1.1"),
    ("user-agent", "tests"),
];
const REPLY: [(&str, &str); 3] = [
    (":status", "200 OK"),
    (":version", "HTTP/1.1"),
    ("content-type", "text/plain; charset=utf-8"),
];
const PUSH: [(&str, &str); 5] = [
    (":host", "localhost"),
    (":path", "/pushed"),
    (":scheme", "http"),
    (":status", "200 OK"),
    (":version", "HTTP/1.1"),
];
const MORE: [(&str, &str); 1] = [("x-more", "an end")];

const UPLOAD: usize = 200_000;

/// A session in which both ends send every kind of frame that they can. Returns what the client saw.
fn session(version: Version) -> Vec<(Way, Vec<u8>)> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || serve(&mut Link::accept(version, &listener)));
    let mut link = Link::connect(version, port);
    link.record = Some(Vec::new());
    let entry = SettingsEntry {
        id: INITIAL_WINDOW_SIZE,
        flags: 0,
        value: 100_000,
    };
    link.session.submit_settings(0, vec![entry]).unwrap();
    let get = link.request(0, &GET, None);
    link.session.submit_ping().unwrap();
    // The pushed stream goes with the first one.
    link.until_complete(&[get, 2]);
    let post = link.request(7, &POST, Some(body(UPLOAD)));
    link.until_complete(&[post]);
    let reset = link.request(3, &GET, None);
    link.send();
    link.session.submit_rst_stream(reset, 5).unwrap();
    link.session.submit_goaway(0).unwrap();
    link.send();
    let record = link.record.take().unwrap();
    drop(link);
    server.join().unwrap();
    record
}

fn serve(link: &mut Link) {
    let get = link.next_request().unwrap();
    let pushed = link
        .session
        .submit_syn_stream(flag::UNIDIRECTIONAL, get, 2, block(&PUSH), ())
        .unwrap();
    link.send();
    let source = Body::from(body(100));
    link.session.submit_data(pushed, flag::FIN, source).unwrap();
    link.session
        .submit_syn_reply(0, get, block(&REPLY))
        .unwrap();
    link.session
        .submit_headers(flag::FIN, get, block(&MORE))
        .unwrap();
    let post = link.next_request().unwrap();
    link.respond(post, &REPLY, Some(body(100_000)));
    while link.next_request().is_some() {}
}

struct Judge<'s> {
    file: &'s Path,
}

impl Judge<'_> {
    /// The values of a field in all packets that pass a filter, in order.
    fn values(&self, filter: &str, field: &str) -> Option<Vec<String>> {
        let mut tshark = tools::optional("tshark")?;
        // One value to a line. No header of the tests has a | in it.
        tshark.args([
            "-n",
            "-T",
            "fields",
            "-E",
            "occurrence=a",
            "-E",
            "aggregator=|",
        ]);
        tshark
            .args(["-Y", filter, "-e", field, "-r"])
            .arg(self.file);
        let lines = run(&mut tshark).expect_success().text().replace('|', "\n");
        let values = lines.lines().filter(|line| !line.is_empty());
        Some(values.map(str::to_owned).collect())
    }

    fn headers(&self, filter: &str) -> Option<Vec<(String, String)>> {
        let names = self.values(filter, "spdy.header.name")?;
        let values = self.values(filter, "spdy.header.value")?;
        Some(names.into_iter().zip(values).collect())
    }
}

/// The types of the control frames in a stream of bytes.
fn kinds(record: &[(Way, Vec<u8>)], way: Way) -> Vec<u16> {
    let pieces = record.iter().filter(|(other, _)| *other == way);
    let bytes: Vec<u8> = pieces.flat_map(|(_, bytes)| bytes.clone()).collect();
    let mut rest = bytes.as_slice();
    let mut kinds = Vec::new();
    while let [first, _, high, low, _, length @ ..] = rest {
        if first & 0x80 != 0 {
            kinds.push(u16::from_be_bytes([*high, *low]));
        }
        let payload = u32::from_be_bytes([0, length[0], length[1], length[2]]);
        rest = &rest[8 + payload as usize..];
    }
    kinds
}

fn owned(blocks: &[&[(&str, &str)]]) -> Vec<(String, String)> {
    let pairs = blocks.iter().flat_map(|block| block.iter());
    pairs
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect()
}

fn judge(version: Version) {
    if tools::optional("tshark").is_none() {
        return;
    }
    let record = session(version);
    let scratch = Scratch::new();
    let file = scratch.file("session.pcap", &capture(&record));
    let judge = Judge { file: &file };
    let bad = "_ws.malformed || spdy.malformed.frame_data || spdy.malformed.setting_frame || spdy.inflation_failed \
               || spdy.rst_stream.invalid || spdy.goaway.invalid || spdy.type.invalid";
    assert_eq!(judge.values(bad, "frame.number").unwrap(), [""; 0]);

    let (ours, theirs) = ("tcp.dstport == 6121", "tcp.srcport == 6121");
    let sent = owned(&[&GET, &POST, &GET]);
    assert_eq!(judge.headers(ours).unwrap(), sent);
    let received = owned(&[&PUSH, &REPLY, &MORE, &REPLY]);
    assert_eq!(judge.headers(theirs).unwrap(), received);

    for (way, filter) in [(Way::Sent, ours), (Way::Received, theirs)] {
        let seen: Vec<u16> = judge
            .values(filter, "spdy.type")
            .unwrap()
            .iter()
            .map(|kind| kind.parse().unwrap())
            .collect();
        assert_eq!(seen, kinds(&record, way), "{way:?}");
    }
    let sent = kinds(&record, Way::Sent);
    for kind in [
        kind::SETTINGS,
        kind::PING,
        kind::RST_STREAM,
        kind::GOAWAY,
        kind::WINDOW_UPDATE,
    ] {
        assert!(sent.contains(&kind), "no frame of type {kind} in {sent:?}");
    }
}

#[test]
fn spdy3() {
    judge(Version::Spdy3);
}

#[test]
fn spdy3_1() {
    judge(Version::Spdy3_1);
}
