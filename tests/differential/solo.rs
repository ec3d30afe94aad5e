//! One session, whose peer is made of frames from the scenario.

use super::input::Input;
use super::play::act;
use super::player::{Part, Player};
use super::scenario::{Action, Scenario, Transport, Via};
use super::transcript::Transcript;
use crate::support::api::Api;
use crate::support::peer::Role;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

pub struct Solo<'a> {
    scenario: &'a Scenario,
    input: &'a Input,
    pub player: Player,
    /// How much input has been fed.
    pub position: usize,
    /// How many receiving steps there have been.
    deliveries: usize,
    /// No more input than this.
    pub limit: usize,
    /// With the input up to here, the session fails.
    pub fails_at: Option<usize>,
}

impl<'a> Solo<'a> {
    pub fn new(
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

    pub fn play(&mut self) {
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
                let length = pieces.iter().map(Range::len).sum();
                self.player.make_room_for_updates(length);
                // A callback meanwhile may have failed the session.
                if self.player.is_failed() || self.player.is_stopped() {
                    self.position -= length;
                    return;
                }
                self.feed(std::mem::take(&mut pieces), via, is_over);
            }
        }
    }

    fn feed(&self, pieces: Vec<Range<usize>>, via: Via, fails: bool) {
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
