//! What the application does.

use super::super::scenario::{Action, Call, Cast, Read, Windows};
use super::model::Wanted;
use super::{Generator, Theme};
use crate::support::abi::error;
use crate::support::peer::Role;

/// How often each call comes, in the order of `Generator::call`.
fn weights(theme: Theme) -> [u32; 18] {
    match theme {
        Theme::Exchange => [60, 75, 18, 18, 18, 42, 9, 6, 1, 0, 6, 6, 24, 9, 6, 6, 1, 18],
        Theme::Windows => [45, 45, 9, 9, 3, 60, 3, 0, 0, 0, 12, 24, 24, 60, 9, 3, 0, 24],
        Theme::Push => [
            30, 45, 75, 18, 24, 45, 12, 3, 1, 0, 6, 3, 18, 9, 3, 6, 0, 12,
        ],
        Theme::Headers => [60, 60, 45, 45, 60, 6, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
        Theme::Hostile => [45, 60, 18, 18, 18, 24, 9, 9, 1, 1, 9, 9, 9, 9, 24, 6, 1, 6],
        Theme::Ending => [
            45, 45, 24, 18, 12, 24, 18, 12, 6, 4, 6, 6, 12, 6, 3, 6, 0, 12,
        ],
        Theme::Queue => [
            60, 60, 24, 18, 18, 42, 15, 30, 2, 0, 24, 12, 18, 6, 0, 3, 0, 12,
        ],
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
        let mut index = self.random.weighted(&weights(self.theme));
        // Mostly calls that make sense.
        while self.random.percent(90) && !self.makes_sense(index) {
            index = self.random.weighted(&weights(self.theme));
        }
        self.call_number(index)
    }

    fn makes_sense(&mut self, index: usize) -> bool {
        let wanted = match index {
            1 | 3 => Wanted::ToAnswer,
            4..=6 => Wanted::Any,
            12 => Wanted::Body,
            13 => Wanted::Data,
            _ => return true,
        };
        self.model().has(wanted)
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
            0 if own_is_server && self.random.percent(80) => self.call_number(2),
            0 => {
                let (nv, body) = (self.nv(), self.optional_body());
                self.model().submit(body.is_some());
                Call::Request {
                    pri: self.random.byte() & 15,
                    nv,
                    body,
                    user_data: self.random.below(1000),
                }
            }
            1 if !own_is_server && self.random.percent(95) => self.call_number(0),
            1 => self.response(),
            2 => {
                let nv = self.nv();
                let assoc = match self.random.below(4) {
                    0 => 0,
                    1 => self.stream(),
                    _ => self.stream_of_peer(),
                };
                self.model().submit(false);
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
                stream: self.stream_to_answer(false),
                nv: self.nv(),
            },
            4 => Call::Headers {
                flags: self.flags(),
                stream: self.stream_for_sending(),
                nv: self.nv(),
            },
            5 => {
                let stream = self.stream_for_sending();
                self.model().add_body(stream);
                Call::Data {
                    stream,
                    flags: self.flags(),
                    body: self.body(),
                }
            }
            6 => Call::RstStream {
                stream: self.stream(),
                status: self.status(),
            },
            7 if self.may_ping() => Call::Ping,
            7 => Call::CertOrigin,
            8 => Call::Goaway {
                status: self.status(),
            },
            9 => Call::FailSession {
                status: self.status(),
            },
            10 => self.local_settings(),
            11 => {
                // The largest would fail the other session of a pair.
                let largest = if self.cast == Cast::Pair { 7 } else { i32::MAX };
                let deltas = [1, 100, 32_768, 65_536, 0, -1, i32::MIN, largest];
                Call::WindowUpdate {
                    stream: self.stream(),
                    delta: *self.random.pick(&deltas),
                }
            }
            12 => {
                let mut random = self.random.fork();
                let stream = self.model().with_body(&mut random);
                let stream = self.or_odd(stream);
                Call::Resume { stream }
            }
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
        let body = self.optional_body();
        Call::Response {
            stream: self.stream_to_answer(body.is_some()),
            nv: self.nv(),
            body,
        }
    }

    fn stream_to_answer(&mut self, has_body: bool) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().answer_peers(has_body, &mut random);
        self.or_odd(stream)
    }

    fn stream_for_sending(&mut self) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().open_for_sending(&mut random);
        self.or_odd(stream)
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
                4 => self.stream_limit(),
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
        let mut random = self.random.fork();
        let stream = self.model().with_data(&mut random);
        let stream = self.or_odd(stream);
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
