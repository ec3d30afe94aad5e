//! A client and a server, each fed with what the other has written.

use super::input;
use super::play::{act, Libraries};
use super::player::{Part, Player};
use super::scenario::{Action, Scenario, Transport, Via};
use super::transcript::Transcript;
use crate::support::peer::Role;
use std::cell::RefCell;
use std::rc::Rc;

pub struct Pair<'a> {
    scenario: &'a Scenario,
    client: End,
    server: End,
}

struct End {
    player: Player,
    /// What the other side has written and this one has not taken yet.
    inbox: Vec<u8>,
}

impl<'a> Pair<'a> {
    pub fn new(
        scenario: &'a Scenario,
        libraries: Libraries,
        transcript: &Rc<RefCell<Transcript>>,
    ) -> Pair<'a> {
        let end = |role, prefix| {
            let part = Part {
                role,
                prefix,
                // The streams of a pair have small numbers.
                streams: (1..12).collect(),
                is_rehearsal: false,
            };
            End {
                player: Player::new(libraries.of(role), scenario, part, transcript),
                inbox: Vec::new(),
            }
        };
        Pair {
            scenario,
            client: end(Role::Client, "client: "),
            server: end(Role::Server, "server: "),
        }
    }

    pub fn play(&mut self) {
        for step in &self.scenario.steps {
            match &step.action {
                Action::Send(transport) => self.send(step.role, *transport),
                Action::Take { frames, via } => self.take(step.role, *frames, *via),
                action => act(&self.end(step.role).player, action),
            }
            if self.client.player.is_stopped() || self.server.player.is_stopped() {
                return;
            }
        }
        for role in [Role::Client, Role::Server, Role::Client, Role::Server] {
            self.send(role, Transport::Open);
            self.take(role, usize::MAX, Via::Memory);
        }
    }

    fn end(&mut self, role: Role) -> &mut End {
        match role {
            Role::Client => &mut self.client,
            Role::Server => &mut self.server,
        }
    }

    fn send(&mut self, role: Role, transport: Transport) {
        let output = self.end(role).player.send(transport);
        self.pass_on(role, output);
    }

    fn pass_on(&mut self, role: Role, output: Vec<u8>) {
        let other = match role {
            Role::Client => Role::Server,
            Role::Server => Role::Client,
        };
        self.end(other).inbox.extend(output);
    }

    /// Takes at most so many frames, as long as the session takes any.
    fn take(&mut self, role: Role, most: usize, via: Via) {
        let one_frame_per_call = self.scenario.habits.one_frame_per_call;
        let End { player, inbox } = self.end(role);
        let mut frames: Vec<Vec<u8>> = input::frames(inbox)
            .into_iter()
            .take(most)
            .map(|frame| inbox[frame].to_vec())
            .collect();
        let length: usize = frames.iter().map(Vec::len).sum();
        inbox.drain(..length);
        let mut output = Vec::new();
        while !frames.is_empty() {
            let rest = if one_frame_per_call {
                frames.split_off(1)
            } else {
                Vec::new()
            };
            output.extend(player.make_room_for_updates(frames.iter().map(Vec::len).sum()));
            if player.is_failed() || player.is_stopped() {
                break;
            }
            match via {
                Via::Memory => player.mem_recv(&frames.concat(), false),
                // Cut at frames, so that it makes no difference how long the compressed ones are.
                Via::Callback(end) => player.recv(frames, end, false),
            }
            frames = rest;
        }
        self.pass_on(role, output);
    }
}
