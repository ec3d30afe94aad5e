//! Plays a scenario.

use super::input::{self, Input};
use super::player::{Part, Player};
use super::scenario::{Action, Cast, Scenario, Transport, Via};
use super::transcript::Transcript;
use crate::support::api::Api;
use crate::support::peer::Role;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

/// The libraries that a scenario is played with.
#[derive(Clone, Copy)]
pub struct Libraries {
    pub client: &'static Api,
    pub server: &'static Api,
}

impl Libraries {
    pub fn both(api: &'static Api) -> Libraries {
        Libraries {
            client: api,
            server: api,
        }
    }

    fn of(self, role: Role) -> &'static Api {
        match role {
            Role::Client => self.client,
            Role::Server => self.server,
        }
    }
}

/// Plays a scenario with input that ends at `limit`, if there is one: the session fails there.
pub fn play(
    scenario: &Scenario,
    input: &Input,
    libraries: Libraries,
    limit: Option<usize>,
) -> Transcript {
    let transcript = Rc::new(RefCell::new(Transcript::default()));
    match scenario.cast {
        Cast::Solo { role, .. } => {
            let mut solo = Solo::new(
                scenario,
                input,
                libraries.of(role),
                role,
                false,
                &transcript,
            );
            solo.fails_at = limit;
            solo.play();
        }
        Cast::Pair => play_pair(scenario, libraries, &transcript),
    }
    transcript.take()
}

/// Finds the place in the input where a session fails, if it does.
///
/// After that this library drops all input. The frame that fails it is found by asking, after less and less input,
/// whether the session still takes any.
pub fn failing_input(scenario: &Scenario, input: &Input, api: &'static Api) -> Option<usize> {
    let Cast::Solo { role, .. } = scenario.cast else {
        return None;
    };
    let rehearse = |limit: usize| {
        let transcript = Rc::default();
        let mut solo = Solo::new(scenario, input, api, role, true, &transcript);
        solo.limit = limit;
        solo.play();
        solo
    };
    let whole = rehearse(input.bytes.len());
    if whole.position == input.bytes.len() && whole.player.takes_input() {
        return None;
    }
    let mut ends = input.ends();
    ends.retain(|&end| end <= whole.position);
    let takes_input = |end: &usize| rehearse(*end).player.takes_input();
    let failing = ends.partition_point(takes_input);
    ends.get(failing).copied()
}

/// One session, fed from the scenario.
struct Solo<'a> {
    scenario: &'a Scenario,
    input: &'a Input,
    player: Player,
    /// How much input has been fed.
    position: usize,
    /// How many receiving steps there have been.
    deliveries: usize,
    /// No more input than this.
    limit: usize,
    /// With the input up to here, the session fails.
    fails_at: Option<usize>,
}

impl<'a> Solo<'a> {
    fn new(
        scenario: &'a Scenario,
        input: &'a Input,
        api: &'static Api,
        role: Role,
        is_rehearsal: bool,
        transcript: &Rc<RefCell<Transcript>>,
    ) -> Solo<'a> {
        let part = Part {
            role,
            prefix: "",
            streams: input.streams.clone(),
            is_rehearsal,
        };
        let player = Player::new(api, scenario, part, transcript);
        Solo {
            scenario,
            input,
            player,
            position: 0,
            deliveries: 0,
            limit: input.bytes.len(),
            fails_at: None,
        }
    }

    fn play(&mut self) {
        for step in &self.scenario.steps {
            if self.player.is_stopped() {
                return;
            }
            match &step.action {
                Action::Receive(receive) => self.receive(receive.piece, receive.via),
                Action::Take { .. } => {}
                action => act(&self.player, action),
            }
        }
        if !self.player.is_stopped() {
            self.player.send(Transport::Open);
        }
    }

    fn receive(&mut self, piece: usize, via: Via) {
        let end = self.input.delivery(self.deliveries);
        self.deliveries += 1;
        // Single bytes of long frames take long and show nothing new.
        let piece = piece.max(end.saturating_sub(self.position) / 64);
        let end = end.min(self.limit);
        let mut pieces = Vec::new();
        while self.position < end && !self.player.is_failed() && !self.player.is_stopped() {
            let start = self.position;
            let mut stop = end.min(start.saturating_add(piece));
            if self.scenario.habits.one_frame_per_call {
                stop = stop.min(self.input.end_of_frame(start));
            }
            if let Some(fails_at) = self.fails_at.filter(|&fails_at| fails_at > start) {
                stop = stop.min(fails_at);
            }
            self.position = stop;
            pieces.push(start..stop);
            let is_over = self.fails_at == Some(stop);
            let gathers = matches!(via, Via::Callback(_))
                && !self.scenario.habits.one_frame_per_call
                && stop < end
                && !is_over
                && pieces.len() < 4;
            if !gathers {
                self.feed(pieces.drain(..).collect(), via, is_over);
            }
        }
    }

    fn feed(&self, pieces: Vec<Range<usize>>, via: Via, fails: bool) {
        let length = pieces.iter().map(|piece| piece.len()).sum();
        self.player.make_room_for_updates(length);
        let pieces = pieces.into_iter().map(|piece| &self.input.bytes[piece]);
        match via {
            Via::Memory => pieces.for_each(|piece| self.player.mem_recv(piece, fails)),
            Via::Callback(end) => {
                let pieces = pieces.map(|piece| piece.to_vec()).collect();
                self.player.recv(pieces, end, fails);
            }
        }
    }
}

fn act(player: &Player, action: &Action) {
    match action {
        Action::Call(call) => player.call(call),
        Action::Inside {
            callback,
            nth,
            call,
        } => player.wait_for(callback, *nth, call.clone()),
        Action::Send(transport) => drop(player.send(*transport)),
        Action::Receive(_) | Action::Take { .. } => {}
    }
}

/// What one session has written and the other has not taken yet.
#[derive(Default)]
struct Pipe {
    bytes: Vec<u8>,
}

impl Pipe {
    /// Takes at most so many whole frames out.
    fn frames(&mut self, most: usize) -> Vec<u8> {
        let end = input::frames(&self.bytes)
            .into_iter()
            .take(most)
            .map(|frame| frame.end)
            .last()
            .unwrap_or(0);
        self.bytes.drain(..end).collect()
    }
}

fn play_pair(scenario: &Scenario, libraries: Libraries, transcript: &Rc<RefCell<Transcript>>) {
    let new = |role: Role, prefix| {
        // The streams of a pair have small numbers.
        let streams = (1..12).collect();
        let part = Part {
            role,
            prefix,
            streams,
            is_rehearsal: false,
        };
        Player::new(libraries.of(role), scenario, part, transcript)
    };
    let client = new(Role::Client, "client: ");
    let server = new(Role::Server, "server: ");
    let (mut from_client, mut from_server) = (Pipe::default(), Pipe::default());
    let last = [Role::Client, Role::Server, Role::Client, Role::Server];
    let last = last.map(|role| (role, None));
    let steps = scenario.steps.iter();
    for (role, action) in steps
        .map(|step| (step.role, Some(&step.action)))
        .chain(last)
    {
        let (player, inward, outward) = match role {
            Role::Client => (&client, &mut from_server, &mut from_client),
            Role::Server => (&server, &mut from_client, &mut from_server),
        };
        let (frames, via) = match action {
            Some(Action::Send(transport)) => {
                outward.bytes.extend(player.send(*transport));
                continue;
            }
            Some(Action::Take { frames, via }) => (*frames, *via),
            Some(action) => {
                act(player, action);
                continue;
            }
            None => (usize::MAX, Via::Memory),
        };
        let bytes = inward.frames(frames);
        if bytes.is_empty() || player.is_failed() {
            continue;
        }
        outward
            .bytes
            .extend(player.make_room_for_updates(bytes.len()));
        match via {
            Via::Memory => player.mem_recv(&bytes, false),
            // Cut at frames, so that it makes no difference how long the compressed ones are.
            Via::Callback(end) => {
                let pieces = input::frames(&bytes)
                    .into_iter()
                    .map(|frame| bytes[frame].to_vec());
                player.recv(pieces.collect(), end, false);
            }
        }
        if action.is_none() {
            outward.bytes.extend(player.send(Transport::Open));
        }
    }
}
