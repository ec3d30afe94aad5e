//! Two sessions that talk to each other, and calls to both in any order, from inside callbacks too.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use spdylay::ffi::drive::*;
use spdylay::ffi::session::*;
use spdylay::ffi::submit::*;
use spdylay::ffi::types::spdylay_settings_entry;
use spdylay_fuzz::{body, pairs, version, Role, Session};
use std::cell::Cell;
use std::ptr;

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    Request { pri: u8, body: u16 },
    Response { stream_id: u8, body: u16 },
    SynStream { flags: u8, assoc: u8 },
    SynReply { stream_id: u8, flags: u8 },
    Headers { stream_id: u8, flags: u8 },
    Data { stream_id: u8, flags: u8, body: u16 },
    Reset { stream_id: u8, status: u32 },
    Ping,
    Goaway,
    Fail,
    Settings { id: u8, value: u32 },
    WindowUpdate { stream_id: u8, delta: i32 },
    Consume { stream_id: u8, size: u16 },
    Option { number: u8, value: u32 },
    Resume { stream_id: u8 },
    UserData { stream_id: u8 },
    Send,
    Receive { byte: u8 },
}

#[derive(Arbitrary, Clone, Debug)]
enum Step {
    Client(Call),
    Server(Call),
    /// Each gets what the other has written.
    Deliver,
}

#[derive(Arbitrary, Debug)]
struct Input {
    version: u8,
    steps: Vec<Step>,
    /// Made from inside callbacks, one after the other.
    nested: Vec<Call>,
}

fn make(session: &Session, call: Call) {
    let s = session.raw.get();
    let null = ptr::null_mut();
    // SAFETY: the session is live, and all other pointers are valid.
    unsafe {
        match call {
            Call::Request { pri, body: length } => {
                spdylay_submit_request(s, pri, pairs(), &body(length), null);
            }
            Call::Response {
                stream_id,
                body: length,
            } => {
                spdylay_submit_response(s, stream_id.into(), pairs(), &body(length));
            }
            Call::SynStream { flags, assoc } => {
                spdylay_submit_syn_stream(s, flags, assoc.into(), 0, pairs(), null);
            }
            Call::SynReply { stream_id, flags } => {
                spdylay_submit_syn_reply(s, flags, stream_id.into(), pairs());
            }
            Call::Headers { stream_id, flags } => {
                spdylay_submit_headers(s, flags, stream_id.into(), pairs());
            }
            Call::Data {
                stream_id,
                flags,
                body: length,
            } => {
                spdylay_submit_data(s, stream_id.into(), flags, &body(length));
            }
            // Stream 0 is no stream; a peer that is told to reset it has reason to fail.
            Call::Reset { stream_id, status } => {
                spdylay_submit_rst_stream(s, i32::from(stream_id).max(1), status);
            }
            Call::Ping => {
                spdylay_submit_ping(s);
            }
            Call::Goaway => {
                spdylay_submit_goaway(s, 0);
            }
            Call::Fail => {
                spdylay_session_fail_session(s, 1);
            }
            Call::Settings { id, value } => {
                let entry = spdylay_settings_entry {
                    settings_id: (id % 10).into(),
                    flags: 0,
                    value,
                };
                spdylay_submit_settings(s, 0, &entry, 1);
            }
            Call::WindowUpdate { stream_id, delta } => {
                spdylay_submit_window_update(s, stream_id.into(), delta);
            }
            Call::Consume { stream_id, size } => {
                spdylay_session_consume(s, stream_id.into(), size.into());
            }
            Call::Option { number, value } => session.set_option(number.into(), value),
            Call::Resume { stream_id } => {
                spdylay_session_resume_data(s, stream_id.into());
            }
            Call::UserData { stream_id } => {
                spdylay_session_set_stream_user_data(s, stream_id.into(), null);
            }
            Call::Send => {
                spdylay_session_send(s);
            }
            Call::Receive { byte } => {
                spdylay_session_mem_recv(s, &byte, 1);
            }
        }
    }
}

fuzz_target!(|input: Input| {
    let version = version(input.version);
    let client = Session::new(Role::Client, version);
    let server = Session::new(Role::Server, version);
    for session in [&client, &server] {
        let calls = input.nested.clone();
        let next = Cell::new(0);
        session.on_callback(move |session| {
            if let Some(call) = calls.get(next.replace(next.get() + 1)) {
                make(session, *call);
            }
        });
    }
    for step in input.steps {
        match step {
            Step::Client(call) => make(&client, call),
            Step::Server(call) => make(&server, call),
            Step::Deliver => {
                client.send();
                server.send();
                let (to_client, to_server) = (server.take_output(), client.take_output());
                client.receive(&to_client);
                server.receive(&to_server);
            }
        }
    }
});
