//! kubeexec exec -it: a terminal on both sides.

use std::thread;
use std::time::Duration;

use crate::peer::Peer;
use crate::pty::Session;

#[test]
fn sizes_and_keys_reach_the_command() {
    for version in [
        "v4.channel.k8s.io",
        "v3.channel.k8s.io",
        "v2.channel.k8s.io",
    ] {
        let Some(peer) = Peer::kubestream(&["--protocol", version]) else {
            return;
        };
        let mut session = Session::start(
            &mut peer.kubeexec(&["exec", "-it", "demo", "--", "sh"]),
            80,
            24,
        );
        session.type_in("echo \"is \"\"ready\"\n");
        session.wait_for("is ready");
        if !version.starts_with("v2") {
            // In a loop, for the sizes travel on a stream of their own.
            let wait = |size: &str| {
                format!("until [ \"$(stty size)\" = \"{size}\" ]; do sleep 0.1; done; echo \"size \"\"{size}\"\n")
            };
            session.type_in(&wait("24 80"));
            session.wait_for("size 24 80");
            session.resize(100, 40);
            session.type_in(&wait("40 100"));
            session.wait_for("size 40 100");
        }
        // An interrupt from the keyboard ends the command, neither the shell nor kubeexec.
        session.type_in("sleep 600; echo \"status \"\"$?\"\n");
        thread::sleep(Duration::from_secs(1));
        session.type_in("\x03");
        session.type_in("echo \"still \"\"here\"\n");
        session.wait_for("still here");
        session.type_in("exit 6\n");
        let code = session.child.wait().unwrap().code();
        let expected = if version.starts_with("v4") { 6 } else { 1 };
        assert_eq!(code, Some(expected), "{}", session.seen);
    }
}

#[test]
fn the_terminal_is_put_back() {
    let Some(peer) = Peer::kubestream(&[]) else {
        return;
    };
    let kubeexec = peer.kubeexec(&["exec", "-it", "demo", "--", "sh"]);
    let mut shell = std::process::Command::new("sh");
    let script = "stty -g; \"$@\"; echo \"code $?\"; stty -g; stty -a | grep -q ' icanon' && echo \"like before\"";
    shell.args(["-c", script, "sh"]).arg(kubeexec.get_program());
    shell.args(kubeexec.get_args());
    let mut session = Session::start(&mut shell, 80, 24);
    session.type_in("echo \"is \"\"ready\"\n");
    session.wait_for("is ready");
    session.type_in("kill -9 $$\n");
    session.wait_for("code 137");
    session.wait_for("like before");
}
