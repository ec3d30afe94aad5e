//! Makes a scenario from a seed.
//!
//! The generator keeps a rough idea of which streams there are, so that most of what it makes meets something. It knows
//! no more of the protocol than that: odd, wrong and useless steps are wanted, too.

mod application;
mod headers;
mod peer;

use super::deflate::Dictionary;
use super::random::Random;
use super::scenario::{
    Action, Cast, Habits, Missing, Receive, Scenario, Step, Transport, Via, Windows,
};
use crate::support::abi::error;
use crate::support::peer::{Role, Version, ALL_VERSIONS};

/// What a scenario is mostly about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Theme {
    Exchange,
    Windows,
    Push,
    Headers,
    Hostile,
    Ending,
    Queue,
}

const THEMES: [Theme; 7] = [
    Theme::Exchange,
    Theme::Windows,
    Theme::Push,
    Theme::Headers,
    Theme::Hostile,
    Theme::Ending,
    Theme::Queue,
];

pub fn scenario(seed: u64) -> Scenario {
    let mut random = Random::new(seed);
    let version = *random.pick(&ALL_VERSIONS);
    let role = *random.pick(&[Role::Client, Role::Server]);
    let theme = *random.pick(&THEMES);
    let cast = if random.percent(20) {
        Cast::Pair
    } else {
        let dictionary = match random.below(20) {
            0 => Dictionary::None,
            1 if theme == Theme::Hostile => Dictionary::Wrong,
            _ => Dictionary::Named,
        };
        Cast::Solo { role, dictionary }
    };
    let windows = match random.below(if theme == Theme::Windows { 4 } else { 8 }) {
        0 => Windows::Manual,
        1 => Windows::Consume,
        _ => Windows::Automatic,
    };
    let tiny_windows = theme == Theme::Windows && cast != Cast::Pair && random.percent(30);
    let habits = Habits {
        own_pings: random.percent(50),
        any_delta: random.percent(30),
        one_frame_per_call: tiny_windows || random.percent(25),
    };
    let mut generator = Generator {
        role,
        version,
        cast,
        theme,
        windows,
        habits,
        tiny_windows,
        next_client_stream: 1,
        next_server_stream: 2,
        random: random.fork(),
    };
    Scenario {
        version,
        cast,
        windows,
        habits,
        missing: missing(&mut random),
        steps: generator.steps(),
    }
}

fn missing(random: &mut Random) -> Vec<Missing> {
    const ALL: [Missing; 7] = [
        Missing::OnCtrlRecv,
        Missing::OnDataChunkRecv,
        Missing::OnDataRecv,
        Missing::BeforeCtrlSend,
        Missing::OnDataSend,
        Missing::OnRequestRecv,
        Missing::OnParseError,
    ];
    if !random.percent(10) {
        return Vec::new();
    }
    (0..random.between(1, 3))
        .map(|_| *random.pick(&ALL))
        .collect()
}

struct Generator {
    /// Whose step is being made.
    role: Role,
    version: Version,
    cast: Cast,
    theme: Theme,
    windows: Windows,
    habits: Habits,
    /// Initial windows of a few bytes, for which every piece of DATA is worth a WINDOW_UPDATE.
    tiny_windows: bool,
    /// The ids that the next stream of either side gets.
    next_client_stream: i32,
    next_server_stream: i32,
    random: Random,
}

impl Generator {
    fn steps(&mut self) -> Vec<Step> {
        let count = self.random.between(5, 60);
        let mut steps = Vec::new();
        for _ in 0..count {
            if self.cast == Cast::Pair {
                self.role = *self.random.pick(&[Role::Client, Role::Server]);
            }
            let action = self.action();
            let sends_at_once = matches!(action, Action::Call(_)) && self.random.percent(30);
            self.step(&mut steps, action);
            if sends_at_once {
                let transport = self.transport();
                self.step(&mut steps, Action::Send(transport));
            }
        }
        steps
    }

    fn step(&self, steps: &mut Vec<Step>, action: Action) {
        let role = self.role;
        steps.push(Step { role, action });
    }

    fn action(&mut self) -> Action {
        match self.random.weighted(&[40, 10, 20, 35]) {
            0 => Action::Call(self.call()),
            1 => self.inside(),
            2 => Action::Send(self.transport()),
            _ if self.cast == Cast::Pair => Action::Take {
                frames: *self.random.pick(&[1, 2, 5, usize::MAX, usize::MAX]),
                via: self.via(),
            },
            _ => Action::Receive(self.receive()),
        }
    }

    fn transport(&mut self) -> Transport {
        if self.random.percent(60) {
            Transport::Open
        } else {
            Transport::Shaky(self.random.next())
        }
    }

    fn via(&mut self) -> Via {
        if self.random.percent(75) {
            return Via::Memory;
        }
        let ends = [
            0,
            error::WOULDBLOCK,
            error::EOF,
            -1,
            error::CALLBACK_FAILURE,
        ];
        Via::Callback(match self.random.below(6) {
            5 => 16385,
            end => ends[end] as isize,
        })
    }

    fn receive(&mut self) -> Receive {
        let frames = (0..self.random.between(1, 4))
            .map(|_| self.frame())
            .collect();
        let held_back = match self.random.below(5) {
            0 => self.random.between(1, 30),
            _ => 0,
        };
        let piece = match self.random.below(10) {
            0 => 1,
            1 => self.random.between(2, 40),
            2 => 10_000,
            _ => usize::MAX,
        };
        Receive {
            frames,
            held_back,
            piece,
            via: self.via(),
        }
    }

    /// A stream, in all likelihood one that exists or has existed.
    fn stream(&mut self) -> i32 {
        match self.random.weighted(&[48, 48, 4]) {
            0 => self.recent(self.next_client_stream),
            1 => self.recent(self.next_server_stream),
            _ => {
                let next = [self.next_client_stream, self.next_server_stream];
                *self
                    .random
                    .pick(&[0, 1, 2, 5, 100, i32::MAX, next[0], next[1]])
            }
        }
    }

    /// A stream that the other side of `role` has opened.
    fn stream_of_peer(&mut self) -> i32 {
        if self.random.percent(10) {
            return self.stream();
        }
        let next = match self.role {
            Role::Client => self.next_server_stream,
            Role::Server => self.next_client_stream,
        };
        self.recent(next)
    }

    /// A stream that `role` has opened.
    fn stream_of_own(&mut self) -> i32 {
        if self.random.percent(10) {
            return self.stream();
        }
        let next = match self.role {
            Role::Client => self.next_client_stream,
            Role::Server => self.next_server_stream,
        };
        self.recent(next)
    }

    /// One of the latest streams before `next`.
    fn recent(&mut self, next: i32) -> i32 {
        let back = 2 * self.random.between(1, 4) as i32;
        let first = if next % 2 == 1 { 1 } else { 2 };
        (next - back).max(first)
    }

    /// Takes the id of the next stream of `role`.
    fn open_own(&mut self) -> i32 {
        self.open(self.role)
    }

    /// Takes the id of the next stream of the other side.
    fn open_peers(&mut self) -> i32 {
        self.open(match self.role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        })
    }

    fn open(&mut self, role: Role) -> i32 {
        let next = match role {
            Role::Client => &mut self.next_client_stream,
            Role::Server => &mut self.next_server_stream,
        };
        *next += 2;
        *next - 2
    }

    fn status(&mut self) -> u32 {
        match self.random.below(10) {
            0 => self.random.next() as u32,
            _ => self.random.below(13) as u32,
        }
    }

    fn flags(&mut self) -> u8 {
        match self.random.below(10) {
            0 => self.random.byte(),
            1..=4 => 1,
            _ => 0,
        }
    }
}
