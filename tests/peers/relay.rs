//! A port that leads to another one, and writes down what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::driver::{accept_in_time, Way};

type Record = Vec<(Way, Vec<u8>)>;

pub struct Relay {
    pub port: u16,
    thread: JoinHandle<Record>,
}

impl Relay {
    /// For one connection.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let thread = thread::spawn(move || {
            let client = accept_in_time(&listener);
            let server = TcpStream::connect(("127.0.0.1", to)).unwrap();
            let record = Arc::default();
            let up = pass_on(Way::Sent, &client, &server, &record);
            let down = pass_on(Way::Received, &server, &client, &record);
            up.join().unwrap();
            down.join().unwrap();
            let record = record.lock().unwrap();
            record.clone()
        });
        Self { port, thread }
    }

    /// All bytes, in the order in which they passed, once both ends have closed the connection.
    pub fn finish(self) -> Record {
        self.thread.join().unwrap()
    }
}

fn pass_on(
    way: Way,
    from: &TcpStream,
    to: &TcpStream,
    record: &Arc<Mutex<Record>>,
) -> JoinHandle<()> {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    let record = Arc::clone(record);
    thread::spawn(move || {
        let mut chunk = vec![0; 65536];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            record.lock().unwrap().push((way, chunk[..n].to_vec()));
            if to.write_all(&chunk[..n]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    })
}
