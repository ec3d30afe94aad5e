//! Sessions in which anything may happen: damaged input, noise, and any calls from inside any callbacks.
//!
//! Nothing of it may crash, confuse the bookkeeping of streams, or make the session write anything malformed.

mod invariants;
mod steps;
#[path = "../support/mod.rs"]
mod support;

use invariants::Invariants;
use proptest::prelude::*;
use std::cell::Cell;
use steps::{call, damage, steps, Step};
use support::abi::option;
use support::entry_points::ENTRY_POINTS;
use support::peer::*;
use support::scenario::*;
use support::wire::Writer;
use support::{conversation, defective_in_1_4};

const CRASH: &str = "hostile input aborts the process";

/// Those that can be switched on.
const OPTIONS: &[i32] = &[
    option::NO_AUTO_WINDOW_UPDATE,
    option::NO_AUTO_WINDOW_UPDATE2,
    option::NO_FLOW_CONTROL,
    option::HTTP_RULES,
];

fn sides() -> impl Strategy<Value = (Role, Version)> {
    let roles = prop::sample::select(vec![Role::Client, Role::Server]);
    (roles, prop::sample::select(ALL_VERSIONS.to_vec()))
}

fn sides_and_steps() -> impl Strategy<Value = (Role, Version, Vec<Step>)> {
    sides().prop_flat_map(|(role, version)| (Just(role), Just(version), steps(version, 40)))
}

/// A session with some streams, so that random ids mean something.
fn session(role: Role, version: Version) -> (std::rc::Rc<Session>, Writer) {
    match role {
        Role::Client => client_with_streams(version, 3),
        Role::Server => server_with_requests(version, 3),
    }
}

proptest! {
    // Set PROPTEST_CASES for more than the default 256 runs of each.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn damaged_conversations_do_no_harm(
        (role, version) in sides(),
        damages in prop::collection::vec(damage(), 1..8),
        cuts in prop::collection::vec(1..200usize, 1..10),
        options in prop::collection::vec(prop::sample::select(OPTIONS), 0..3),
    ) {
        if defective_in_1_4(CRASH) {
            return Ok(());
        }
        let session = conversation::session(role, version);
        for option in &options {
            // 1.4 does not know all of them.
            session.set_option(*option, 1);
        }
        let mut invariants = Invariants::default();
        let mut input = conversation::frames(role, version).concat();
        for damage in &damages {
            damage.apply(&mut input);
        }
        let mut rest = &input[..];
        for cut in cuts.iter().cycle() {
            let (piece, next) = rest.split_at(rest.len().min(*cut));
            session.feed(piece);
            assert_eq!(session.send(), 0);
            invariants.check(&session);
            rest = next;
            if rest.is_empty() {
                break;
            }
        }
    }

    #[test]
    fn noise_does_no_harm(
        (role, version) in sides(),
        noise in prop::collection::vec(any::<u8>(), 0..500),
    ) {
        if defective_in_1_4(CRASH) {
            return Ok(());
        }
        let session = Session::new(role, version);
        session.feed(&noise);
        assert_eq!(session.send(), 0);
        Invariants::default().check(&session);
    }

    #[test]
    fn calls_from_inside_callbacks_do_no_harm(
        (role, version, steps) in sides_and_steps(),
        calls in prop::collection::vec(call(), 1..10),
    ) {
        if defective_in_1_4(CRASH) {
            return Ok(());
        }
        let (session, mut peer) = session(role, version);
        let count = Cell::new(0);
        // What one callback submits makes others come, so there has to be an end.
        session.on("", move |session, _| {
            let number = count.replace(count.get() + 1);
            if number < 50 {
                (ENTRY_POINTS[calls[number % calls.len()]].call)(session);
            }
        });
        let mut invariants = Invariants::default();
        for step in &steps {
            step.apply(&session, &mut peer);
            invariants.check(&session);
        }
    }
}
