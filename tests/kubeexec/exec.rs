//! kubeexec exec without a terminal.

use crate::peer::{code, Peer};
use crate::process::run;
use crate::scratch::noise;

#[test]
fn exit_codes_are_passed_on() {
    for peer in Peer::all() {
        for expected in [0, 1, 3, 42, 137, 255] {
            let got = peer
                .exec(&["sh", "-c", &format!("exit {expected}")])
                .expect_code(expected);
            assert_eq!((got.text().as_str(), got.stderr.as_str()), ("", ""));
        }
    }
}

#[test]
fn input_and_its_end_reach_the_command() {
    for peer in Peer::all() {
        for input in [&b"some text\n"[..], b"", &noise(1, 3_000_000)] {
            let got = peer.exec_with(input, &["cat"]).expect_success();
            assert!(
                got.stdout == input,
                "{} bytes in, {} out",
                input.len(),
                got.stdout.len()
            );
        }
        // Without -i there is no input, and the command sees that.
        assert_eq!(peer.exec(&["cat"]).expect_success().text(), "");
    }
}

#[test]
fn output_and_errors_stay_apart() {
    let script = "for i in $(seq 1000); do printf %01000d 1; printf %01000d 2 >&2; done";
    let expected = |digit| format!("{digit:01000}").repeat(1000);
    for peer in Peer::all() {
        let got = peer.exec(&["sh", "-c", script]).expect_success();
        assert!(got.text() == expected(1));
        assert!(got.stderr == expected(2));
    }
}

#[test]
fn arguments_arrive_as_they_are() {
    for peer in Peer::all() {
        let words = ["a b", "&c=d", "%41+", "é\n", "", "--", "-i", "/?#"];
        let mut command = vec!["printf", "[%s]"];
        command.extend(words);
        let expected: String = words.iter().map(|word| format!("[{word}]")).collect();
        assert_eq!(peer.exec(&command).expect_success().text(), expected);
    }
}

#[test]
fn older_protocols() {
    for protocol in ["v5", "v4", "v3", "v2"] {
        let name = format!("{protocol}.channel.k8s.io");
        let peers = [
            Peer::kubestream(&["--protocol", &name]),
            Peer::moby(&["-protocol", &name]),
        ];
        for peer in peers.into_iter().flatten() {
            let has_codes = matches!(protocol, "v4" | "v5");
            assert_eq!(
                peer.exec_with(b"in", &["cat"]).expect_success().text(),
                "in"
            );
            let got = peer.exec(&["sh", "-c", "echo last words; exit 9"]);
            let got = got.expect_code(if has_codes { 9 } else { code::REFUSED });
            assert_eq!(got.text(), "last words\n");
            assert_eq!(
                got.stderr.starts_with("kubeexec: "),
                !has_codes,
                "{}",
                got.stderr
            );
        }
    }
}

#[test]
fn a_command_that_does_not_exist() {
    for peer in Peer::all() {
        let got = peer.exec(&["no-such-command"]).expect_code(code::REFUSED);
        assert_eq!(
            got.stderr.matches("no-such-command").count(),
            1,
            "{}",
            got.stderr
        );
    }
}

#[test]
fn attaching() {
    let Some(peer) = Peer::kubestream(&["--main", "while sleep 0.1; do echo tick; done"]) else {
        return;
    };
    let process = crate::process::Process::start(&mut peer.kubeexec(&["attach", "demo"]));
    process.wait_for_line("tick");
    process.signal("INT");
    process.finish().expect_code(130);
}

#[test]
fn streams_are_opened_one_by_one_and_nothing_is_sent_before_the_answer() {
    let Some(peer) = Peer::moby(&["-delay", "200ms"]) else {
        return;
    };
    // moby/spdystream drops DATA that comes before the answer.
    assert_eq!(
        peer.exec_with(b"all of it", &["cat"])
            .expect_success()
            .text(),
        "all of it"
    );
    peer.process.signal("TERM");
    let server = peer.process.finish();
    assert_eq!(server.stderr, "");
}

#[test]
fn what_is_wrong_with_the_command_line() {
    let Some(peer) = Peer::kubestream(&[]) else {
        return;
    };
    for arguments in [
        &["exec"][..],
        &["exec", "demo"],
        &["exec", "demo", "true"],
        &["attach", "demo", "--", "true"],
        &["port-forward", "demo"],
        &["port-forward", "demo", "1:2:3"],
        &["port-forward", "demo", "70000"],
        &["port-forward", "demo", "-i", "80"],
        &["exec", "--url", "ftp://localhost/"],
        &[
            "exec",
            "--server",
            "http://localhost",
            "--token",
            "secret",
            "demo",
            "--",
            "true",
        ],
        &["exec", "--timeout", "0", "demo", "--", "true"],
        &["explode"],
        &[],
    ] {
        let got = run(&mut peer.bare(arguments)).expect_code(code::USAGE);
        assert!(
            got.stderr.starts_with("kubeexec: "),
            "{arguments:?}: {}",
            got.stderr
        );
    }
    for flag in ["--help", "--version"] {
        assert!(run(&mut peer.bare(&[flag]))
            .expect_success()
            .text()
            .contains("kubeexec"));
    }
}
