//! Plays a scenario.

use super::input::Input;
use super::pair::Pair;
use super::player::Player;
use super::scenario::{Action, Cast, Scenario};
use super::solo::Solo;
use super::transcript::Transcript;
use crate::support::api::Api;
use crate::support::peer::Role;
use std::cell::RefCell;
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

    pub fn of(self, role: Role) -> &'static Api {
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
        Cast::Pair => Pair::new(scenario, libraries, &transcript).play(),
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

/// What a player does without a peer.
pub fn act(player: &Player, action: &Action) {
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
