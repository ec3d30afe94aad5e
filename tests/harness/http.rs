//! An HTTP exchange without a client's help.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// Sends a request and returns the answer, which ends where its body does, or with the head of a 101.
pub fn request(port: u16, lines: &[&str], body: &str) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let head = lines.join("\r\n") + "\r\n\r\n" + body;
    connection.write_all(head.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&answer).into_owned();
        if text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| body.len() >= content_length(head))
        {
            return text;
        }
        let n = connection.read(&mut piece).unwrap();
        assert!(n > 0, "the answer is not complete: {text}");
        answer.extend_from_slice(&piece[..n]);
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .find_map(|line| line.strip_prefix("Content-Length: "))
        .map_or(0, |length| length.parse().unwrap())
}
