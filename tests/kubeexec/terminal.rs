//! kubeexec exec -it: a terminal on both sides.

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
        session.use_shell(!version.starts_with("v2"));
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
