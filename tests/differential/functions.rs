//! The functions that need no session, played from a seed.

#![allow(unsafe_code)]

use super::deflate::{gzip, zlib, Method};
use super::input::pattern;
use super::random::Random;
use super::transcript::{digest, Line, Transcript};
use crate::support::api::Api;
use crate::support::peer::{Role, Session, Version};
use std::ffi::CStr;
use std::ptr;

pub fn play(seed: u64, api: &Api) -> Transcript {
    let mut random = Random::new(seed);
    let mut player = Functions {
        api,
        transcript: Transcript::default(),
    };
    for _ in 0..random.between(1, 6) {
        match random.below(4) {
            0 => player.select_next_protocol(&offer(&mut random)),
            1 => player.npn_get_version(&name(&mut random)),
            2 => player.strerror(random.between(0, 1100) as i32 - 1000),
            _ => player.gzip(&mut random),
        }
    }
    player.npn_get_proto_list();
    player.transcript
}

/// Sessions of any version, created and deleted.
pub fn create(seed: u64, api: &'static Api) -> Transcript {
    let mut random = Random::new(seed);
    let version = *random.pick(&[0, 1, 2, 3, 4, 5, 6, 65535]);
    let role = *random.pick(&[Role::Client, Role::Server]);
    let callbacks = Default::default();
    let line = match Session::create(api, role, Version(version), Some(&callbacks)) {
        Ok(session) => format!(
            "new {role:?} {version}: lowest priority={} want_read={} want_write={} send={} mem_recv={}",
            session.pri_lowest(),
            session.want_read(),
            session.want_write(),
            session.send(),
            session.mem_recv(b"")
        ),
        Err(error) => format!("new {role:?} {version}: {error}"),
    };
    Transcript {
        lines: vec![Line::new(line)],
        ..Transcript::default()
    }
}

const NAMES: [&[u8]; 9] = [
    b"spdy/3.1",
    b"spdy/3",
    b"spdy/2",
    b"http/1.1",
    b"spdy/1",
    b"h2",
    b"SPDY/3",
    b"http/1.0",
    b"",
];

fn name(random: &mut Random) -> Vec<u8> {
    let mut name = random.pick(&NAMES).to_vec();
    if random.percent(10) {
        name.pop();
    }
    name
}

fn offer(random: &mut Random) -> Vec<u8> {
    let mut list = Vec::new();
    for _ in 0..random.below(6) {
        let name = name(random);
        let length = match random.below(20) {
            0 => random.byte(),
            _ => name.len() as u8,
        };
        list.push(length);
        list.extend(name);
    }
    if random.percent(20) {
        list.pop();
    }
    list
}

struct Functions<'a> {
    api: &'a Api,
    transcript: Transcript,
}

impl Functions<'_> {
    fn write(&mut self, line: String) {
        self.transcript.lines.push(Line::new(line));
    }

    fn select_next_protocol(&mut self, offer: &[u8]) {
        let (mut out, mut length) = (ptr::null_mut(), 99);
        // SAFETY: all pointers are valid, and the list has that many bytes.
        let version = unsafe {
            (self.api.select_next_protocol)(
                &mut out,
                &mut length,
                offer.as_ptr(),
                offer.len() as u32,
            )
        };
        let place = (!out.is_null()).then(|| out as usize - offer.as_ptr() as usize);
        self.write(format!(
            "select_next_protocol {} = {version}, place={place:?} length={length}",
            digest(offer)
        ));
    }

    fn npn_get_version(&mut self, name: &[u8]) {
        // SAFETY: the name has that many bytes.
        let version = unsafe { (self.api.npn_get_version)(name.as_ptr(), name.len()) };
        self.write(format!("npn_get_version {} = {version}", digest(name)));
    }

    fn npn_get_proto_list(&mut self) {
        let mut length = 0;
        // SAFETY: the list has `length` entries, whose names have their lengths.
        let list = unsafe {
            let list = (self.api.npn_get_proto_list)(&mut length);
            std::slice::from_raw_parts(list, length)
        };
        for entry in list {
            // SAFETY: as above.
            let name = unsafe { std::slice::from_raw_parts(entry.proto, entry.len.into()) };
            self.write(format!(
                "npn_get_proto_list {} {}",
                digest(name),
                entry.version
            ));
        }
    }

    /// Which codes have a text of their own.
    fn strerror(&mut self, code: i32) {
        // SAFETY: the texts are constant strings.
        let text = |code| unsafe { CStr::from_ptr((self.api.strerror)(code)) };
        let unknown = text(i32::MIN);
        let line = format!(
            "strerror {code}: known={} empty={}",
            text(code) != unknown,
            text(code).is_empty()
        );
        self.write(line);
    }

    fn gzip(&mut self, random: &mut Random) {
        let length = random.below(20_000);
        let data = match random.below(3) {
            0 => random.bytes(length),
            _ => pattern(length),
        };
        let method = *random.pick(&[Method::Stored, Method::Huffman]);
        let mut input = match random.below(8) {
            0 => data,
            1 | 2 => zlib(&data, method),
            _ => gzip(&data, method),
        };
        if random.percent(30) {
            input.extend(pattern(random.below(30)));
        }
        if random.percent(30) && !input.is_empty() {
            let place = random.below(input.len());
            input[place] = random.byte();
        }
        let mut inflater = ptr::null_mut();
        // SAFETY: the pointer can be written to.
        let result = unsafe { (self.api.gzip_inflate_new)(&mut inflater) };
        self.write(format!("gzip_inflate_new = {result}"));
        let (mut position, mut all) = (0, Vec::new());
        for _ in 0..100 {
            let room = *random.pick(&[0, 1, 10, 1000, 30_000]);
            let mut output = vec![0; room];
            let rest = input.len() - position;
            let offered = rest.min(*random.pick(&[0, 1, 10, 1000, 30_000]));
            let (mut produced, mut consumed) = (room, offered);
            // SAFETY: both buffers have that many bytes.
            let result = unsafe {
                (self.api.gzip_inflate)(
                    inflater,
                    output.as_mut_ptr(),
                    &mut produced,
                    input[position..].as_ptr(),
                    &mut consumed,
                )
            };
            self.write(format!(
                "gzip_inflate room={room} input={offered} = {result}, produced={produced} consumed={consumed}"
            ));
            all.extend_from_slice(&output[..produced.min(room)]);
            position += consumed.min(offered);
            if result != 0 {
                break;
            }
        }
        self.write(format!("inflated {}", digest(&all)));
        // SAFETY: made above and not used again.
        unsafe { (self.api.gzip_inflate_del)(inflater) };
    }
}
