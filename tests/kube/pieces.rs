//! Input that arrives byte by byte.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use crate::forward::{Forward, Local, WAYS};
use crate::scratch::noise;
use crate::server::Server;

fn relay(mut from: TcpStream, mut to: TcpStream, piece: usize) {
    let mut buffer = [0; 4096];
    while let Ok(n @ 1..) = from.read(&mut buffer[..]) {
        for part in buffer[..n].chunks(piece) {
            if to.write_all(part).is_err() {
                return;
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// A port that leads to `port`, and passes on one byte at a time, each in a packet of its own.
fn byte_by_byte(port: u16) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let own_port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
            server.set_nodelay(true).unwrap();
            let (client_too, server_too) =
                (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || relay(client_too, server_too, 1));
            thread::spawn(move || relay(server, client, 4096));
        }
    });
    own_port
}

#[test]
fn exec() {
    let Some(mut server) = Server::start(&[]) else {
        return;
    };
    server.port = byte_by_byte(server.port);
    let input = noise(1, 100_000);
    let got = server
        .exec_with(&input, &["sh", "-c", "cat; exit 3"])
        .expect_code(3);
    assert!(got.stdout == input);
    server.stop();
}

#[test]
fn port_forward() {
    for way in WAYS {
        let Some(mut server) = Server::start(&[]) else {
            return;
        };
        server.port = byte_by_byte(server.port);
        let forward = Forward::through(server, way);
        forward.exchange_in_parallel(5, 20_000, Local::Echo);
        forward.stop();
    }
}
