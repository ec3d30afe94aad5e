//! kubectl exec: output, input, exit codes, in each version of the protocol.

use std::time::{Duration, Instant};

use crate::kubectl::{is_at_least, Way};
use crate::process::run;
use crate::scratch::noise;
use crate::server::Server;

#[test]
fn a_command_without_output() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let got = server.exec(&["true"]).expect_success();
    assert_eq!((got.text().as_str(), got.stderr.as_str()), ("", ""));
    server.stop();
}

#[test]
fn exit_codes_are_passed_on_exactly() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for code in [0, 1, 3, 42, 137, 255] {
        server
            .exec(&["sh", "-c", &format!("exit {code}")])
            .expect_code(code);
    }
    // As a shell would put it.
    server.exec(&["sh", "-c", "kill -KILL $$"]).expect_code(137);
    server.stop();
}

#[test]
fn input_reaches_the_command_with_its_end() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    for input in [&b"some text\n"[..], b"", &noise(1, 300_000)] {
        let got = server.exec_with(input, &["cat"]).expect_success();
        assert!(got.stdout == input);
    }
    let mut without_input = server.kubectl(Way::Direct, &["exec", "-i", "demo", "--", "cat"]);
    assert_eq!(run(&mut without_input).expect_success().stdout, b"");
    server.stop();
}

#[test]
fn a_command_without_input_stream_has_empty_input() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    assert_eq!(server.exec(&["cat"]).expect_success().stdout, b"");
    server.stop();
}

#[test]
fn output_and_errors_stay_apart_and_complete() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let script =
        "i=0; while [ $i -lt 500 ]; do printf %02000d 1; printf %02000d 2 >&2; i=$((i+1)); done";
    let got = server.exec(&["sh", "-c", script]).expect_success();
    let expected = |digit: &str| format!("{:0>2000}", digit).repeat(500);
    assert!(got.text() == expected("1"));
    assert!(got.stderr == expected("2"));
    server.stop();
}

#[test]
fn the_words_of_a_command_arrive_as_they_are() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let words = ["a b", "", "c+d", "50%", "ü", "&x=y", "'\"", "line\nline"];
    let command = [&["printf", "<%s>"], &words[..]].concat();
    let got = server.exec(&command).expect_success();
    assert_eq!(got.text(), format!("<{}>", words.join("><")));
    server.stop();
}

#[test]
fn a_command_that_does_not_exist() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let got = server.exec(&["no-such-program"]).expect_code(1);
    assert!(
        got.stderr.contains("no-such-program") && got.stderr.contains("No such file"),
        "{}",
        got.stderr
    );
    server.stop();
}

#[test]
fn a_child_left_behind_does_not_delay_the_end() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let begin = Instant::now();
    let got = server
        .exec(&["sh", "-c", "sleep 60 & echo done; exit 5"])
        .expect_code(5);
    assert_eq!(got.text(), "done\n");
    assert!(begin.elapsed() < Duration::from_secs(50));
    server.stop();
}

#[test]
fn every_version_of_the_protocol() {
    for version in [5, 4, 3, 2] {
        if version == 5 && !is_at_least(29) {
            continue; // it offers 4 at best
        }
        let name = format!("v{version}.channel.k8s.io");
        let Some(server) = Server::start(&["--protocol", &name]) else {
            return;
        };
        let got = server.exec_with(b"text", &["cat"]).expect_success();
        assert_eq!(got.stdout, b"text", "{name}");
        // Before version 4 there are no exit codes, only words.
        let got = server.exec(&["sh", "-c", "exit 7"]);
        let got = got.expect_code(if version >= 4 { 7 } else { 1 });
        assert!(got.stderr.contains("exit code 7"), "{name}: {}", got.stderr);
        server.stop();
    }
}

#[test]
fn clients_that_prefer_websocket_fall_back() {
    let Some(server) = Server::start(&[]) else {
        return;
    };
    let arguments = ["exec", "demo", "--", "sh", "-c", "echo text; exit 3"];
    let got = run(&mut server.kubectl(Way::Default, &arguments)).expect_code(3);
    assert_eq!(got.text(), "text\n");
    server.stop();
}
