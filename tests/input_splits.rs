//! Input may be cut anywhere: the same bytes give the same frames.

mod support;

use proptest::prelude::*;
use support::conversation;
use support::event::Event;
use support::peer::*;

const SIDES: [(Role, Version); 6] = [
    (Role::Client, V2),
    (Role::Client, V3),
    (Role::Client, V3_1),
    (Role::Server, V2),
    (Role::Server, V3),
    (Role::Server, V3_1),
];

/// What a session makes of the pieces: callbacks, with neighbouring chunks of DATA joined, and frames sent in answer.
fn outcome<'a>(
    (role, version): (Role, Version),
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> (Vec<String>, Vec<String>) {
    let session = conversation::session(role, version);
    for piece in pieces {
        session.feed(piece);
    }
    let mut joined: Vec<Event> = Vec::new();
    for event in session.events() {
        match (joined.last_mut(), event) {
            (Some(Event::DataChunkRecv { data, .. }), Event::DataChunkRecv { data: more, .. }) => {
                data.extend(more)
            }
            (_, event) => joined.push(event),
        }
    }
    let trace = joined.iter().map(Event::to_string).collect();
    (trace, session.flush())
}

fn input((role, version): (Role, Version)) -> Vec<u8> {
    conversation::frames(role, version).concat()
}

#[test]
fn single_bytes_give_the_same_as_one_call() {
    for side in SIDES {
        let input = input(side);
        let whole = outcome(side, [&input[..]]);
        assert!(whole.0.len() > 15, "{:#?}", whole.0);
        assert_eq!(outcome(side, input.chunks(1)), whole, "{side:?}");
    }
}

#[test]
fn whole_frames_give_the_same_as_one_call() {
    for side in SIDES {
        let frames = conversation::frames(side.0, side.1);
        let frames = frames.iter().map(Vec::as_slice);
        assert_eq!(outcome(side, frames), outcome(side, [&input(side)[..]]));
    }
}

proptest! {
    // Set PROPTEST_CASES for more than the default 256 runs of each.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn any_cuts_give_the_same_as_one_call(
        side in prop::sample::select(&SIDES[..]),
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let input = input(side);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len())).collect();
        cuts.push(0);
        cuts.push(input.len());
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|cut| &input[cut[0]..cut[1]]);
        prop_assert_eq!(outcome(side, pieces), outcome(side, [&input[..]]));
    }
}
