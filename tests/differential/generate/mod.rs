//! Makes a scenario from a seed.
//!
//! The generator keeps a rough idea of which streams there are, so that most of what it makes meets something. It knows
//! no more of the protocol than that: odd, wrong and useless steps are wanted, too.

mod application;
mod headers;
mod model;
mod peer;

use super::deflate::Dictionary;
use super::random::Random;
use super::scenario::{
    Action, Cast, Habits, Missing, Receive, Scenario, Step, Transport, Via, Windows,
};
use crate::support::abi::error;
use crate::support::peer::{Role, Version, ALL_VERSIONS};
use model::Model;

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
        client: Model::new(Role::Client),
        server: Model::new(Role::Server),
        to_client: Vec::new(),
        to_server: Vec::new(),
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
    client: Model,
    server: Model,
    /// In a pair, streams on their way.
    to_client: Vec<i32>,
    to_server: Vec<i32>,
    random: Random,
}

impl Generator {
    fn steps(&mut self) -> Vec<Step> {
        let count = self.random.between(5, 70);
        let mut steps = Vec::new();
        while steps.len() < count {
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

    fn step(&mut self, steps: &mut Vec<Step>, action: Action) {
        let role = self.role;
        match &action {
            Action::Send(_) => {
                let sent = self.model().send();
                match role {
                    Role::Client => self.to_server.extend(sent),
                    Role::Server => self.to_client.extend(sent),
                }
            }
            Action::Take { .. } => {
                let arrived = match role {
                    Role::Client => std::mem::take(&mut self.to_client),
                    Role::Server => std::mem::take(&mut self.to_server),
                };
                for stream in arrived {
                    self.model().receive(stream);
                }
            }
            _ => {}
        }
        steps.push(Step { role, action });
    }

    /// What the side whose turn it is knows.
    fn model(&mut self) -> &mut Model {
        match self.role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn action(&mut self) -> Action {
        match self.random.weighted(&[40, 8, 20, 35]) {
            0 => Action::Call(self.call()),
            1 => self.inside(),
            2 => Action::Send(self.transport()),
            _ if self.cast == Cast::Pair => Action::Take {
                frames: *self
                    .random
                    .pick(&[1, 2, 5, usize::MAX, usize::MAX, usize::MAX]),
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

    /// The stream that suits, or one that does not.
    fn or_odd(&mut self, suitable: Option<i32>) -> i32 {
        match suitable {
            Some(stream) if self.random.percent(92) => stream,
            _ => self.any_stream(),
        }
    }

    /// Any stream, in all likelihood one that exists or has existed.
    fn any_stream(&mut self) -> i32 {
        let mut random = self.random.fork();
        match self.model().any(&mut random) {
            Some(stream) if random.percent(80) => stream,
            _ => {
                let [next_own, next_peers] = self.model().next();
                *random.pick(&[0, 1, 2, 5, 100, i32::MAX, next_own, next_peers])
            }
        }
    }

    fn stream(&mut self) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().any(&mut random);
        self.or_odd(stream)
    }

    /// A stream that the other side has opened.
    fn stream_of_peer(&mut self) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().peers(&mut random);
        self.or_odd(stream)
    }

    /// A stream that this side has opened.
    fn stream_of_own(&mut self) -> i32 {
        let mut random = self.random.fork();
        let stream = self.model().own(&mut random);
        self.or_odd(stream)
    }

    /// How many streams may be opened.
    fn stream_limit(&mut self) -> u32 {
        match self.random.below(3) {
            0 => self.random.below(5) as u32,
            _ => self.random.between(5, 100) as u32,
        }
    }

    fn status(&mut self) -> u32 {
        match self.random.below(10) {
            0 => self.random.next() as u32,
            _ => self.random.below(13) as u32,
        }
    }

    fn flags(&mut self) -> u8 {
        match self.random.below(20) {
            0 => self.random.byte(),
            1..=4 => 1,
            _ => 0,
        }
    }
}
