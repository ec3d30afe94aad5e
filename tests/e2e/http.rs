//! What spdyd answers, as a file server.

use crate::process::{run, Finished};
use crate::scratch::{noise, Scratch};
use crate::spdyd::{Server, Wire};

const WIRE: Wire = Wire::PLAIN.sanitized();

struct Site {
    scratch: Scratch,
    server: Server,
}

impl Site {
    fn new(options: &[&str]) -> Self {
        let scratch = Scratch::new();
        scratch.file("site/page.html", b"<p>page</p>");
        scratch.file("site/folder/index.html", b"<p>index</p>");
        scratch.file("site/empty/sub/file", b"");
        scratch.file("site/clip.webm", &noise(1, 10_000));
        scratch.file("secret", b"outside the folder\n");
        let server = WIRE.serve(&scratch, options).unwrap();
        Self { scratch, server }
    }

    /// Asks for a path with some headers, and reports the frames.
    fn ask(&self, path: &str, headers: &[&str]) -> Finished {
        let mut spdycat = WIRE.spdycat(&self.scratch);
        spdycat.arg("-v");
        for header in headers {
            spdycat.args(["-H", header]);
        }
        run(spdycat.arg(self.server.uri(path)))
    }

    /// The headers and the body of an answer below 400.
    #[track_caller]
    fn get(&self, path: &str, headers: &[&str], status: &str) -> (String, Vec<u8>) {
        let got = self.ask(path, headers).expect_success();
        expect_status(&got, status);
        (got.stderr, got.stdout)
    }

    #[track_caller]
    fn refused(&self, path: &str, headers: &[&str], status: &str) {
        let got = self.ask(path, headers).expect_code(7);
        expect_status(&got, status);
        assert!(!got.text().contains("outside the folder"));
    }
}

#[track_caller]
fn expect_status(got: &Finished, status: &str) {
    assert!(
        got.stderr.contains(&format!(":status: {status}")),
        "no status {status}:\n{}",
        got.stderr
    );
}

/// The value of a header in what `spdycat -v` reports; the last one, for requests are reported as well.
fn header(report: &str, name: &str) -> String {
    let start = format!("{name}: ");
    let line = report
        .lines()
        .rev()
        .find_map(|line| line.trim_start().strip_prefix(&start));
    line.unwrap_or_else(|| panic!("no {name} in\n{report}"))
        .to_owned()
}

#[test]
fn content_types_and_index_files() {
    let site = Site::new(&[]);
    let (report, body) = site.get("/page.html", &[], "200");
    assert!(header(&report, "content-type").starts_with("text/html"));
    assert_eq!(body, b"<p>page</p>");
    let (_, body) = site.get("/folder/", &[], "200");
    assert_eq!(body, b"<p>index</p>");
    let (report, _) = site.get("/clip.webm", &[], "200");
    assert_eq!(header(&report, "content-type"), "video/webm");
    site.server.stop();
}

#[test]
fn ranges() {
    let site = Site::new(&[]);
    let clip = noise(1, 10_000);
    for (range, first, last) in [
        ("0-99", 0, 99),
        ("9000-", 9000, 9999),
        ("-10", 9990, 9999),
        ("9990-20000", 9990, 9999),
    ] {
        let (report, body) = site.get("/clip.webm", &[&format!("range: bytes={range}")], "206");
        assert_eq!(
            header(&report, "content-range"),
            format!("bytes {first}-{last}/10000")
        );
        assert_eq!(
            header(&report, "content-length"),
            (last - first + 1).to_string()
        );
        assert!(body == clip[first..=last], "bytes={range}");
    }
    site.refused("/clip.webm", &["range: bytes=10000-"], "416");
    site.server.stop();
}

#[test]
fn conditional_requests() {
    let site = Site::new(&[]);
    let (report, _) = site.get("/page.html", &[], "200");
    let modified = header(&report, "last-modified");
    let (_, body) = site.get(
        "/page.html",
        &[&format!("if-modified-since: {modified}")],
        "304",
    );
    assert_eq!(body, b"");
    let (_, body) = site.get(
        "/page.html",
        &["if-modified-since: Mon, 01 Jan 1990 00:00:00 GMT"],
        "200",
    );
    assert_eq!(body, b"<p>page</p>");
    let etag = header(&report, "etag");
    site.get("/page.html", &[&format!("if-none-match: {etag}")], "304");
    site.get("/page.html", &["if-none-match: \"other\""], "200");
    // A range of a file that has changed meanwhile would not fit what the player has: it gets the whole.
    site.get(
        "/clip.webm",
        &["range: bytes=0-9", "if-range: \"other\""],
        "200",
    );
    site.server.stop();
}

#[test]
fn refusals() {
    let site = Site::new(&["--max-body", "1K"]);
    site.refused("/missing", &[], "404");
    site.refused("/missing/deeper", &[], "404");
    site.refused("/page.html", &[":method: DELETE"], "405");
    site.refused("/page.html", &[":path: page.html"], "400");
    site.refused("/page.html", &["content-length: many"], "400");
    site.refused("/empty/", &[], "403");
    let body = site.scratch.file("body", &noise(2, 2000));
    let mut spdycat = WIRE.spdycat(&site.scratch);
    let got = run(spdycat
        .arg("-v")
        .arg("-d")
        .arg(body)
        .arg(site.server.uri("/upload")))
    .expect_code(7);
    expect_status(&got, "413");
    // None of this has hurt the server.
    site.get("/page.html", &[], "200");
    site.server.stop();
}

#[test]
fn no_way_out_of_the_folder() {
    let site = Site::new(&[]);
    std::os::unix::fs::symlink(site.scratch.path("secret"), site.scratch.path("site/link"))
        .unwrap();
    std::os::unix::fs::symlink(site.scratch.path("."), site.scratch.path("site/up")).unwrap();
    for path in [
        "/../secret",
        "/folder/../../secret",
        "/%2e%2e/secret",
        "/folder/%2E%2E/..%2fsecret",
        "/..%2fsecret",
    ] {
        site.refused("/", &[&format!(":path: {path}")], "4");
    }
    site.refused("/link", &[], "403");
    site.refused("/up/secret", &[], "403");
    site.refused("/", &[":path: /secret%00.html"], "400");
    // A path that climbs and comes back is an ordinary one.
    site.get("/", &[":path: /folder/../page.html"], "200");
    site.server.stop();
}
