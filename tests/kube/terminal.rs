//! kubectl exec -it: a terminal on both sides.

use crate::kubectl::Way;
use crate::pty::Session;
use crate::server::Server;

#[test]
fn sizes_and_keys_reach_the_command() {
    for version in ["v4.channel.k8s.io", "v3.channel.k8s.io"] {
        let Some(server) = Server::start(&["--protocol", version]) else {
            return;
        };
        let shell = ["exec", "-it", "demo", "--", "sh"];
        let mut session = Session::start(&mut server.kubectl(Way::Direct, &shell), 80, 24);
        session.use_shell(true);
        let code = session.child.wait().unwrap().code();
        let expected = if version.starts_with("v4") { 6 } else { 1 };
        assert_eq!(code, Some(expected), "{}", session.seen);
        server.stop();
    }
}
