//! Takes from the input what would only show the known defects of libspdylay 1.4, frame by frame.
//!
//! A changed frame keeps its length, so that everything behind it stays where it is. [`super::rules`] says why.

use super::input::frames;
use super::rules::{Rule, Tally};
use super::scenario::{Scenario, Windows};
use crate::support::peer::{Role, Version};
use std::collections::HashSet;

/// The most that a peer may send to an application which gives back windows by itself, bytes: twice a window.
const MOST_DATA: usize = 2 * 65536;

/// The largest delta and initial window in scenarios where both change windows.
const SMALL_WINDOW: u32 = (1 << 20) - 1;

pub fn defuse(input: &mut [u8], scenario: &Scenario, role: Role) -> Tally {
    let mut defuser = Defuser {
        version: scenario.version,
        role,
        own_pings: scenario.habits.own_pings,
        any_delta: scenario.habits.any_delta,
        data_left: match scenario.windows {
            Windows::Automatic => usize::MAX,
            Windows::Manual | Windows::Consume => MOST_DATA,
        },
        pings: HashSet::new(),
        tally: Tally::default(),
    };
    for frame in frames(input) {
        defuser.frame(&mut input[frame]);
    }
    defuser.tally
}

struct Defuser {
    version: Version,
    role: Role,
    own_pings: bool,
    any_delta: bool,
    data_left: usize,
    /// The ids of the peer's PINGs so far.
    pings: HashSet<u32>,
    tally: Tally,
}

impl Defuser {
    fn frame(&mut self, frame: &mut [u8]) {
        let (head, payload) = frame.split_at_mut(8);
        if head[0] & 0x80 == 0 {
            self.data(head, payload.len());
            return;
        }
        let version = u16::from_be_bytes([head[0] & 0x7f, head[1]]);
        let is_known = version == 2 || version == 3;
        match u16::from_be_bytes([head[2], head[3]]) {
            1 => self.name_a_stream(payload),
            2 | 8 => {
                if !is_known {
                    let version = (0x8000 | self.version.wire()).to_be_bytes();
                    self.replace(Rule::UnknownVersions, &mut head[..2], &version);
                }
                self.name_a_stream(payload);
            }
            4 if is_known => self.settings(version, payload),
            6 => self.ping(payload),
            9 => self.window_update(payload),
            _ => {}
        }
    }

    fn replace(&mut self, rule: Rule, bytes: &mut [u8], new: &[u8]) {
        if bytes != new {
            bytes.copy_from_slice(new);
            self.tally.count(rule);
        }
    }

    /// DATA beyond the limit becomes a NOOP.
    fn data(&mut self, head: &mut [u8], length: usize) {
        match self.data_left.checked_sub(length) {
            Some(left) => self.data_left = left,
            None => self.replace(Rule::OverrunWindows, &mut head[..4], &[0x80, 3, 0, 5]),
        }
    }

    fn settings(&mut self, version: u16, payload: &mut [u8]) {
        for entry in payload.get_mut(4..).unwrap_or_default().chunks_exact_mut(8) {
            let id = if version == 2 {
                u32::from_le_bytes([entry[0], entry[1], entry[2], 0])
            } else {
                u32::from_be_bytes([0, entry[1], entry[2], entry[3]])
            };
            if id != 7 {
                continue;
            }
            let value = u32::from_be_bytes([entry[4], entry[5], entry[6], entry[7]]);
            let value = if self.any_delta {
                65536
            } else {
                value & SMALL_WINDOW
            };
            self.replace(Rule::HugeWindows, &mut entry[4..], &value.to_be_bytes());
        }
    }

    fn window_update(&mut self, payload: &mut [u8]) {
        if let (false, Some(delta)) = (self.any_delta, payload.get_mut(4..8)) {
            let value = u32::from_be_bytes([delta[0], delta[1], delta[2], delta[3]]);
            let small = (value & SMALL_WINDOW).to_be_bytes();
            self.replace(Rule::HugeWindows, delta, &small);
        }
    }

    /// Of own ids, or of the peer's and each one once.
    fn ping(&mut self, payload: &mut [u8]) {
        let Ok(bytes) = <&mut [u8; 4]>::try_from(payload) else {
            return;
        };
        let mut id = u32::from_be_bytes(*bytes);
        let peers_parity = match self.role {
            Role::Client => 0,
            Role::Server => 1,
        };
        if id == 0 || id % 2 != peers_parity {
            return;
        }
        if self.own_pings {
            id ^= 1;
        }
        while !self.own_pings && !self.pings.insert(id) {
            id = id.wrapping_add(2);
        }
        self.replace(Rule::Ping, bytes, &id.to_be_bytes());
    }
    fn name_a_stream(&mut self, payload: &mut [u8]) {
        if let Some(id) = payload.get_mut(..4) {
            if [id[0] & 0x7f, id[1], id[2], id[3]] == [0; 4] {
                let named = [id[0], 0, 0, 1];
                self.replace(Rule::StreamZero, id, &named);
            }
        }
    }
}
