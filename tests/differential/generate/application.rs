//! What the application does.

use super::super::scenario::{Action, Call, Cast, Read, Windows};
use super::{Generator, Theme};
use crate::support::abi::error;
use crate::support::peer::Role;

/// How often each call comes, in the order of `Generator::call`.
fn weights(theme: Theme) -> [u32; 18] {
    match theme {
        Theme::Exchange => [20, 25, 6, 6, 6, 14, 3, 2, 1, 0, 2, 2, 8, 4, 2, 2, 1, 6],
        Theme::Windows => [15, 15, 3, 3, 1, 20, 1, 0, 0, 0, 5, 8, 8, 14, 3, 1, 0, 8],
        Theme::Push => [10, 15, 25, 6, 8, 15, 5, 1, 1, 0, 2, 1, 6, 4, 1, 2, 0, 4],
        Theme::Headers => [20, 20, 15, 15, 20, 2, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        Theme::Hostile => [15, 20, 6, 6, 6, 8, 4, 3, 1, 1, 3, 3, 3, 4, 8, 2, 1, 2],
        Theme::Ending => [15, 15, 8, 6, 4, 8, 8, 4, 6, 4, 2, 2, 4, 2, 1, 2, 0, 4],
        Theme::Queue => [20, 20, 8, 6, 6, 14, 6, 10, 2, 0, 8, 4, 6, 2, 0, 1, 0, 4],
    }
}

/// Callbacks in which nothing that arrives after them in the same frame is dropped if the application fails the session
/// there; in those of the second list, as long as a call receives only one frame.
const SENDING_CALLBACKS: [&str; 9] = [
    "before_ctrl_send",
    "on_ctrl_send",
    "on_ctrl_send SYN_STREAM",
    "on_ctrl_send SYN_REPLY",
    "on_ctrl_send RST_STREAM",
    "on_ctrl_not_send",
    "on_data_send",
    "send_callback",
    "read_callback",
];
const RECEIVING_CALLBACKS: [&str; 6] = [
    "on_ctrl_recv",
    "on_ctrl_recv SYN_STREAM",
    "on_ctrl_recv SYN_REPLY",
    "on_data_recv",
    "on_request_recv",
    "on_stream_close",
];
const OTHER_CALLBACKS: [&str; 5] = [
    "on_data_chunk_recv",
    "on_invalid_ctrl_recv",
    "on_ctrl_recv_parse_error",
    "on_unknown_ctrl_recv",
    "recv_callback",
];

impl Generator {
    pub(super) fn call(&mut self) -> Call {
        let index = self.random.weighted(&weights(self.theme));
        self.call_number(index)
    }

    /// A call inside a callback to come.
    pub(super) fn inside(&mut self) -> Action {
        let (callback, may_fail) = match self.random.below(4) {
            0 | 1 => (
                *self.random.pick(&RECEIVING_CALLBACKS),
                self.habits.one_frame_per_call,
            ),
            2 => (*self.random.pick(&SENDING_CALLBACKS), true),
            _ => (*self.random.pick(&OTHER_CALLBACKS), false),
        };
        let call = loop {
            let call = if callback == "on_data_chunk_recv" && self.random.percent(50) {
                self.consume()
            } else {
                self.call()
            };
            if may_fail || !matches!(call, Call::FailSession { .. }) {
                break call;
            }
        };
        Action::Inside {
            callback,
            nth: self.random.below(4) as u32,
            call,
        }
    }

    fn call_number(&mut self, number: usize) -> Call {
        let own_is_server = self.role == Role::Server;
        match number {
            // Servers have no use for requests, but may make some.
            0 if own_is_server && self.random.percent(80) => self.response(),
            0 => {
                let (nv, body) = (self.nv(), self.optional_body());
                self.open_own();
                Call::Request {
                    pri: self.random.byte() & 15,
                    nv,
                    body,
                    user_data: self.random.below(1000),
                }
            }
            1 if !own_is_server && self.random.percent(80) => self.call_number(0),
            1 => self.response(),
            2 => {
                let nv = self.nv();
                let assoc = match self.random.below(4) {
                    0 => 0,
                    1 => self.stream(),
                    _ => self.stream_of_peer(),
                };
                self.open_own();
                Call::SynStream {
                    flags: self.push_flags(),
                    assoc,
                    pri: self.random.byte() & 15,
                    nv,
                    user_data: self.random.below(1000),
                }
            }
            3 => Call::SynReply {
                flags: self.flags(),
                stream: self.stream_of_peer(),
                nv: self.nv(),
            },
            4 => Call::Headers {
                flags: self.flags(),
                stream: self.stream(),
                nv: self.nv(),
            },
            5 => Call::Data {
                stream: self.stream(),
                flags: self.flags(),
                body: self.body(),
            },
            6 => Call::RstStream {
                stream: self.stream(),
                status: self.status(),
            },
            7 if self.may_ping() => Call::Ping,
            7 | 8 => Call::Goaway {
                status: self.status(),
            },
            9 => Call::FailSession {
                status: self.status(),
            },
            10 => self.local_settings(),
            11 => {
                let deltas = [1, 100, 32_768, 65_536, 0, -1, i32::MIN, i32::MAX];
                Call::WindowUpdate {
                    stream: self.stream(),
                    delta: *self.random.pick(&deltas),
                }
            }
            12 => Call::Resume {
                stream: self.stream(),
            },
            13 => self.consume(),
            14 => self.option(),
            15 => Call::SetUserData {
                stream: self.stream(),
                value: self.random.below(1000),
            },
            16 => Call::CertOrigin,
            _ => Call::Feed {
                provider: self.random.below(8),
                steps: self.body(),
            },
        }
    }

    fn response(&mut self) -> Call {
        Call::Response {
            stream: self.stream_of_peer(),
            nv: self.nv(),
            body: self.optional_body(),
        }
    }

    fn push_flags(&mut self) -> u8 {
        match (self.role, self.random.below(8)) {
            (_, 0) => self.random.byte(),
            (Role::Server, 1) => 3,
            (Role::Server, _) => 2,
            (Role::Client, _) => self.flags(),
        }
    }

    /// In a pair only the client has PINGs of its own.
    fn may_ping(&self) -> bool {
        match self.cast {
            Cast::Pair => self.role == Role::Client,
            Cast::Solo { .. } => self.habits.own_pings,
        }
    }

    fn optional_body(&mut self) -> Option<Vec<Read>> {
        self.random.percent(60).then(|| self.body())
    }

    fn body(&mut self) -> Vec<Read> {
        let mut steps = Vec::new();
        for _ in 0..self.random.between(1, 3) {
            let length = self.body_length();
            steps.push(match self.random.below(24) {
                0..=7 => Read::Chunk(length),
                8..=17 => Read::Last(length),
                18..=20 => Read::Returns(error::DEFERRED as isize),
                21 => Read::Returns(error::TEMPORAL_CALLBACK_FAILURE as isize),
                22 => Read::Returns(*self.random.pick(&[-1, error::WOULDBLOCK as isize])),
                _ => Read::Returns(100_000),
            });
        }
        steps
    }

    fn body_length(&mut self) -> usize {
        match self.random.below(8) {
            0 => 0,
            1 => self.random.between(4095, 4097),
            2 => self.random.between(10_000, 80_000),
            _ => self.random.between(1, 5000),
        }
    }

    fn local_settings(&mut self) -> Call {
        let mut entries = Vec::new();
        for _ in 0..self.random.below(4) {
            let id = match self.random.below(12) {
                0 => *self.random.pick(&[0, 9, 1000]),
                1..=4 => 7,
                5..=7 => 4,
                _ => self.random.between(1, 8) as i32,
            };
            let value = match id {
                7 if self.tiny_windows => *self.random.pick(&[0, 1, 2, 1000, 65_536]),
                7 => self.random.between(40_000, 200_000) as u32,
                4 => self.random.below(5) as u32,
                _ => self.random.next() as u32,
            };
            let is_repeated = entries.iter().any(|&(other, _, _)| other == id);
            if !is_repeated || self.random.percent(10) {
                entries.push((id, self.random.byte(), value));
            }
        }
        Call::Settings {
            flags: self.random.byte(),
            entries,
        }
    }

    fn consume(&mut self) -> Call {
        let stream = match (self.role, self.random.below(10)) {
            (_, 0) => self.stream(),
            (Role::Client, _) => self.stream_of_own(),
            (Role::Server, _) => self.stream_of_peer(),
        };
        Call::Consume {
            stream,
            size: *self.random.pick(&[0, 1, 1000, 32_768, 1_000_000]),
        }
    }

    fn option(&mut self) -> Call {
        let option = match self.windows {
            Windows::Manual => *self.random.pick(&[1, 1, 1, 2, 3, 0, 4, -1]),
            _ => *self.random.pick(&[1, 2, 2, 2, 3, 0, 4, -1]),
        };
        let limits = [8191, 8192, 8192, 9000, 16_777_215, 16_777_216, u32::MAX];
        let value = match option {
            2 => Some(*self.random.pick(&limits)),
            _ => Some(u32::from(self.random.percent(60))),
        };
        match self.random.below(10) {
            0 => Call::SetOption {
                option,
                value: None,
                length: *self.random.pick(&[0, 3, 8]),
            },
            1 => Call::SetOption {
                option,
                value,
                length: *self.random.pick(&[0, 3, 8]),
            },
            _ => Call::SetOption {
                option,
                value,
                length: 4,
            },
        }
    }
}
