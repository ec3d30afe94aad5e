//! tshark judges what our sessions and programs send. Its SPDY dissector knows version 3, and the frames of SPDY/2.

use std::net::TcpListener;
use std::path::Path;
use std::thread;

use spdylay::frame::{flag, kind, SettingsEntry};
use spdylay::version::Version;

use crate::driver::{block, body, Body, Link, Pairs, Way, INITIAL_WINDOW_SIZE};
use crate::pcap::capture;
use crate::process::run;
use crate::relay::Relay;
use crate::scratch::Scratch;
use crate::spdyd::{self, Transport, Wire};
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

/// What the client sends besides, in every version.
const CONTROL: [u16; 4] = [kind::SETTINGS, kind::PING, kind::RST_STREAM, kind::GOAWAY];

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

    fn headers(&self, filter: &str) -> Option<Pairs> {
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

fn owned(blocks: &[&[(&str, &str)]]) -> Pairs {
    let pairs = blocks.iter().flat_map(|block| block.iter());
    pairs
        .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
        .collect()
}

const OURS: &str = "tcp.dstport == 6121";
const THEIRS: &str = "tcp.srcport == 6121";

/// Has tshark take a session apart: nothing is malformed, and the frames are those in the bytes.
fn judge_frames(judge: &Judge, record: &[(Way, Vec<u8>)]) {
    let bad = "_ws.malformed || spdy.malformed.frame_data || spdy.malformed.setting_frame || spdy.inflation_failed \
               || spdy.rst_stream.invalid || spdy.goaway.invalid || spdy.type.invalid";
    assert_eq!(judge.values(bad, "frame.number").unwrap(), [""; 0]);
    for (way, filter) in [(Way::Sent, OURS), (Way::Received, THEIRS)] {
        let seen: Vec<u16> = judge
            .values(filter, "spdy.type")
            .unwrap()
            .iter()
            .map(|kind| kind.parse().unwrap())
            .collect();
        assert_eq!(seen, kinds(record, way), "{way:?}");
    }
}

/// The same, and the headers are those that were submitted.
fn judge(record: &[(Way, Vec<u8>)], sent: &Pairs, received: &Pairs) {
    let scratch = Scratch::new();
    let file = scratch.file("session.pcap", &capture(record));
    let judge = Judge { file: &file };
    judge_frames(&judge, record);
    assert_eq!(judge.headers(OURS).as_ref(), Some(sent));
    assert_eq!(judge.headers(THEIRS).as_ref(), Some(received));
}

fn expect_kinds(record: &[(Way, Vec<u8>)], expected: &[u16]) {
    let sent = kinds(record, Way::Sent);
    for kind in expected {
        assert!(sent.contains(kind), "no frame of type {kind} in {sent:?}");
    }
}

fn session_of_the_core(version: Version) {
    if tools::optional("tshark").is_none() {
        return;
    }
    let record = session(version);
    expect_kinds(&record, &CONTROL);
    expect_kinds(&record, &[kind::WINDOW_UPDATE]);
    let sent = owned(&[&GET, &POST, &GET]);
    let received = owned(&[&PUSH, &REPLY, &MORE, &REPLY]);
    judge(&record, &sent, &received);
}

/// tshark finds the frames of SPDY/2, and does not look into them.
#[test]
fn spdy2() {
    if tools::optional("tshark").is_none() {
        return;
    }
    let record = session(Version::Spdy2);
    expect_kinds(&record, &CONTROL);
    let scratch = Scratch::new();
    let file = scratch.file("session.pcap", &capture(&record));
    judge_frames(&Judge { file: &file }, &record);
}

#[test]
fn spdy3() {
    session_of_the_core(Version::Spdy3);
}

#[test]
fn spdy3_1() {
    session_of_the_core(Version::Spdy3_1);
}

/// The header blocks below the lines of `spdycat -v` that name this frame.
fn reported(verbose: &str, frame: &str) -> Pairs {
    let mut pairs = Pairs::new();
    let mut inside = false;
    for line in verbose.lines() {
        match line.strip_prefix("             ") {
            None => inside = line.contains(frame),
            Some(line) if inside => {
                let pair = line.split_once(": ");
                pairs.extend(pair.map(|(name, value)| (name.to_owned(), value.to_owned())));
            }
            Some(_) => {}
        }
    }
    pairs
}

/// The same judgement on what the C programs send.
fn spdycat_and_spdyd(version: spdyd::Version) {
    if tools::optional("tshark").is_none() {
        return;
    }
    let scratch = Scratch::new();
    scratch.file("site/file", &body(100_000));
    let wire = Wire::new(version, Transport::Plain);
    let server = wire.serve(&scratch, &[]).unwrap();
    let relay = Relay::start(server.port);
    let mut spdycat = wire.spdycat(&scratch);
    spdycat.args(["-v", "-m", "3", "-H", "x-header: of the test"]);
    spdycat.arg(format!("http://127.0.0.1:{}/file", relay.port));
    spdycat.arg(format!("http://127.0.0.1:{}/missing", relay.port));
    let got = run(&mut spdycat).expect_code(7);
    server.stop();
    let sent = reported(&got.stderr, "send SYN_STREAM");
    let received = reported(&got.stderr, "recv SYN_REPLY");
    let count = |pairs: &Pairs, name| pairs.iter().filter(|pair| pair.0 == name).count();
    assert_eq!(count(&sent, "x-header"), 6, "{sent:?}");
    assert_eq!(count(&received, ":status"), 6, "{received:?}");
    judge(&relay.finish(), &sent, &received);
}

#[test]
fn spdycat_and_spdyd_3() {
    spdycat_and_spdyd(spdyd::Version::Spdy3);
}

#[test]
fn spdycat_and_spdyd_3_1() {
    spdycat_and_spdyd(spdyd::Version::Spdy3_1);
}
