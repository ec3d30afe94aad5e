//! The same over TLS.

use crate::forward::{Forward, Local};
use crate::kubectl::Way;
use crate::scratch::noise;
use crate::server::Server;

const TLS: [&str; 4] = ["--key", "server.key", "--cert", "server.crt"];

#[test]
fn exec() {
    let Some(server) = Server::start(&TLS) else {
        return;
    };
    server.exec(&["sh", "-c", "exit 42"]).expect_code(42);
    let input = noise(5, 20_000_000);
    let got = server.exec_with(&input, &["cat"]).expect_success();
    assert!(got.stdout == input);
    server.stop();
}

#[test]
fn port_forward() {
    for way in [Way::Direct, Way::Default] {
        let Some(forward) = Forward::start(way, &TLS) else {
            return;
        };
        forward.exchange_in_parallel(50, 500_000, Local::Echo);
        forward.stop();
    }
}
