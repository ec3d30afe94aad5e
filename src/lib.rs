//! SPDY/2, SPDY/3 and SPDY/3.1: sessions that turn bytes into events and requests into bytes.
//!
//! The crate has two faces. For C it is `libspdylay`, with the functions, structures and callbacks of version 1.4; its
//! manual is `include/spdylay/spdylay.h`. For Rust it is what this page describes: a [`Session`](session::Session)
//! without sockets, clocks or callbacks, and without `unsafe`.
//!
//! # A request and its response
//!
//! ```
//! use spdylay::frame::Frame;
//! use spdylay::header::HeaderBlock;
//! use spdylay::session::event::{ReadOutcome, RecvEvent, SendEvent};
//! use spdylay::session::Session;
//! use spdylay::version::Version;
//!
//! /// What a DATA frame is read from: the bytes left to send.
//! type Body = &'static [u8];
//!
//! /// Takes all that a session can send at the moment.
//! fn send(session: &mut Session<(), Body>) -> Vec<u8> {
//!     let mut wire = Vec::new();
//!     while let Some(event) = session.send_step().unwrap() {
//!         match event {
//!             SendEvent::Write => {
//!                 wire.extend_from_slice(session.output());
//!                 session.advance_output(session.output().len());
//!             }
//!             SendEvent::ReadData { max_length, .. } => {
//!                 let mut output = session.take_output();
//!                 let body = session.data_source_mut().unwrap();
//!                 let length = body.len().min(max_length as usize);
//!                 output.payload_mut()[..length].copy_from_slice(&body[..length]);
//!                 *body = &body[length..];
//!                 let eof = body.is_empty();
//!                 session.restore_output(output);
//!                 session.data_read(ReadOutcome::Data { length, eof });
//!             }
//!             _ => {}
//!         }
//!     }
//!     wire
//! }
//!
//! fn headers(pairs: &[(&str, &str)]) -> HeaderBlock {
//!     HeaderBlock::from_pairs(pairs.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()))).unwrap()
//! }
//!
//! let mut client = Session::<(), Body>::client(Version::Spdy3_1);
//! let mut server = Session::<(), Body>::server(Version::Spdy3_1);
//!
//! let request = headers(&[(":method", "GET"), (":path", "/"), (":host", "example.org")]);
//! client.submit_request(0, request, None, ()).unwrap();
//!
//! let wire = send(&mut client);
//! let mut input = wire.as_slice();
//! while let Some(event) = server.recv_step(&mut input).unwrap() {
//!     if let RecvEvent::RequestRecv { stream_id } = event {
//!         let response = headers(&[(":status", "200 OK"), (":version", "HTTP/1.1")]);
//!         server.submit_response(stream_id, response, Some(b"hello")).unwrap();
//!     }
//! }
//!
//! let wire = send(&mut server);
//! let mut input = wire.as_slice();
//! let (mut status, mut body) = (Vec::new(), Vec::new());
//! while let Some(event) = client.recv_step(&mut input).unwrap() {
//!     match event {
//!         RecvEvent::CtrlRecv(Frame::SynReply(reply)) => {
//!             status.extend_from_slice(reply.block.get(b":status").unwrap());
//!         }
//!         RecvEvent::DataChunkRecv { data, .. } => body.extend_from_slice(data),
//!         _ => {}
//!     }
//! }
//! assert_eq!((status.as_slice(), body.as_slice()), (&b"200 OK"[..], &b"hello"[..]));
//! ```
//!
//! # The parts
//!
//! Each knows only those below it; a test keeps it so.
//!
//! ```text
//!  ffi        C: pointers, callbacks, error numbers. The only `unsafe`
//!   │
//!  session    queues, windows, streams; one step at a time, in and out      npn, gzip
//!   │
//!  frame      every frame to bytes and back
//!   │
//!  header     header blocks: text, compression
//!   │
//!  version    what differs between versions, as data         wire  big-endian     error     memory
//! ```
//!
//! A stepper returns one event and forgets everything but ids and numbers before the event is acted upon. So whoever acts
//! on it, a C callback above all, may use the session for anything, and finds it in a consistent state.
//!
//! # Bad input
//!
//! Bytes from the peer lead to events, to RST_STREAM and GOAWAY, never to a panic. Memory grows with the bytes that have
//! arrived, not with lengths that were announced; header blocks are limited while they are being inflated; what the
//! session queues on its own account is bounded; and no frame costs more because there are many streams.

pub mod error;
pub mod frame;
pub mod gzip;
pub mod header;
mod memory;
pub mod npn;
pub mod session;
pub mod version;
mod wire;

#[doc(hidden)]
#[allow(unsafe_code)]
pub mod ffi;
