//! What forwarded connections lead to: TCP servers inside the test.

use std::io::{copy, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

/// Serves each connection in a thread of its own, until the test process ends. Returns the port.
fn serve(one: fn(TcpStream)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            thread::spawn(move || one(connection));
        }
    });
    port
}

/// Sends back what it gets, and ends when the other side does.
pub fn echo() -> u16 {
    serve(|connection| {
        let _ = copy(&mut &connection, &mut &connection);
        let _ = connection.shutdown(Shutdown::Write);
    })
}

/// Reads to the end, and answers then: it needs a half-closed connection.
pub fn count() -> u16 {
    serve(|mut connection| {
        let mut got = Vec::new();
        connection.read_to_end(&mut got).unwrap();
        let _ = connection.write_all(format!("{} bytes", got.len()).as_bytes());
    })
}

/// Says something and closes, whatever the other side does.
pub fn greet() -> u16 {
    serve(|mut connection| {
        let _ = connection.write_all(b"hello and goodbye");
    })
}

/// Reads nothing, and keeps the connection.
pub fn ignore() -> u16 {
    serve(|connection| {
        thread::sleep(Duration::from_secs(600));
        drop(connection);
    })
}

/// A port that refuses connections.
pub fn refused() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
