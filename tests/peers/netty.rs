//! netty's SPDY codec, from Debian's libnetty-java. It speaks SPDY/3.1 only.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use spdylay::frame::{Frame, SettingsEntry};
use spdylay::version::Version::Spdy3_1;

use crate::as_client::{download, expect_body, request};
use crate::as_server::{expect, OK};
use crate::driver::{body, Link, INITIAL_WINDOW_SIZE};
use crate::peer::{fetch, Program, Request, Server};
use crate::process::run;
use crate::tools;

const JARS: [&str; 7] = [
    "codec-http",
    "codec",
    "common",
    "buffer",
    "transport",
    "handler",
    "resolver",
];

pub fn netty() -> Option<Program> {
    let mut java = tools::optional("java")?;
    tools::optional("javac")?;
    let jars: Vec<PathBuf> = JARS
        .iter()
        .map(|jar| PathBuf::from(format!("/usr/share/java/netty-{jar}.jar")))
        .collect();
    if let Some(missing) = jars.iter().find(|jar| !jar.exists()) {
        tools::skip(&format!("there is no {}", missing.display()));
        return None;
    }
    static CLASS_PATH: OnceLock<String> = OnceLock::new();
    java.arg("-cp")
        .arg(CLASS_PATH.get_or_init(|| compile(&jars)));
    // A small heap, so that the peer too has to keep within its windows; and no need for a fast one.
    java.args(["-Xmx256m", "-XX:+UseSerialGC", "Peer"]);
    Some(Program {
        command: java,
        has_windows: true,
        forgets_streams: false,
    })
}

/// Compiles the programs in `netty/` and returns the class path to run them with.
fn compile(jars: &[PathBuf]) -> String {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/netty");
    let classes = Path::new(env!("CARGO_TARGET_TMPDIR")).join("peers-netty");
    let all = [jars, std::slice::from_ref(&classes)].concat();
    let all: Vec<_> = all.iter().map(|path| path.display().to_string()).collect();
    let class_path = all.join(":");
    let mut javac = tools::one_at_a_time(&classes, "javac");
    javac.args(["-Xlint:all", "-Werror", "-cp", &class_path, "-d"]);
    javac.arg(&classes);
    for class in ["Body", "Client", "Peer", "Server"] {
        javac.arg(sources.join(format!("{class}.java")));
    }
    run(&mut javac).expect_success();
    class_path
}

crate::as_client::tests!(crate::netty::netty, Spdy3_1: push);
crate::as_server::tests!(crate::netty::netty, Spdy3_1);

const HUNDRED_MEGABYTES: usize = 100_000_000;

#[test]
fn a_hundred_megabytes_from_it() {
    if let Some(program) = netty() {
        download(
            &mut Server::start(program, Spdy3_1).connect(),
            HUNDRED_MEGABYTES,
        );
    }
}

#[test]
fn a_hundred_megabytes_for_it() {
    if let Some(program) = netty() {
        crate::as_server::download(program, Spdy3_1, HUNDRED_MEGABYTES);
    }
}

fn submit_window(link: &mut Link, window: u32) {
    let entry = SettingsEntry {
        id: INITIAL_WINDOW_SIZE,
        flags: 0,
        value: window,
    };
    link.session.submit_settings(0, vec![entry]).unwrap();
}

/// Each end changes the initial window while streams are open, which changes the windows of these too.
#[test]
fn settings_in_mid_session() {
    let Some(program) = netty() else {
        return;
    };
    let server = Server::start(program, Spdy3_1);
    let mut link = server.connect();
    let large = request(&mut link, "POST", "/echo", Some(body(2_000_000)));
    for (i, window) in [200_000, 30_000, 1, 100_000].into_iter().enumerate() {
        submit_window(&mut link, window);
        let theirs = request(&mut link, "GET", &format!("/settings/{window}"), None);
        link.until_complete(&[theirs]);
        assert_eq!(link.streams[&theirs].body, body(10));
        let settings = link
            .others
            .iter()
            .filter(|frame| matches!(frame, Frame::Settings(_)));
        assert_eq!(settings.count(), i + 1);
    }
    link.until_complete(&[large]);
    expect_body(&link, large, &body(2_000_000));
}

/// The same while netty, as the client, uploads.
#[test]
fn settings_in_mid_session_of_a_server() {
    let Some(program) = netty() else {
        return;
    };
    let post = Request {
        method: "POST",
        body: 2_000_000,
        ..Request::get("/")
    };
    let reports = fetch(program, Spdy3_1, post, |link| {
        let received = |link: &Link| link.streams.get(&1).map_or(0, |stream| stream.body.len());
        for window in [200_000, 30_000, 1, 100_000] {
            link.until("some of the body", |link| received(link) > 0);
            submit_window(link, window);
            // SETTINGS alone does not make netty go on with what waits for a larger window.
            link.session.submit_window_update(1, 1).unwrap();
            let goal = received(link) + 2 * window as usize;
            link.until("more of the body", |link| received(link) >= goal);
        }
        let stream = link.next_request().unwrap();
        assert!(link.streams[&stream].body == body(2_000_000));
        link.respond(stream, &OK, Some(body(10)));
    });
    expect(&reports, "status=200 length=10 intact=true");
}
