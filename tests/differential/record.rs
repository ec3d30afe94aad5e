//! The transcripts on record, made by this library itself: they guard its behaviour where there is no reference.
//!
//! `transcripts/hashes.txt` has a line for each seed; some transcripts are there in full, so that a change of behaviour can
//! be read in the difference. `SPDYLAY_DIFFERENTIAL_RECORD=1` writes them anew.

use super::compare::Play;
use super::functions;
use super::input::Input;
use super::play::{failing_input, play, Libraries};
use super::transcript::Transcript;
use crate::support::api::Api;
use std::collections::BTreeMap;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

/// These seeds, and no others, have their transcripts in full.
const IN_FULL: [u64; 20] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 30, 31,
];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/differential/transcripts")
}

pub fn check(seeds: Range<u64>, api: &'static Api) {
    let is_recording = std::env::var_os("SPDYLAY_DIFFERENTIAL_RECORD").is_some();
    let recorded = if is_recording {
        BTreeMap::new()
    } else {
        read_hashes()
    };
    let mut hashes = String::new();
    let mut changed = Vec::new();
    for seed in seeds {
        let transcript = transcript(seed, api);
        let hash = format!("{:016x}", transcript.hash());
        let path = folder().join(format!("{seed}.txt"));
        if is_recording {
            hashes += &format!("{seed} {hash}\n");
            if IN_FULL.contains(&seed) {
                fs::write(path, transcript.text()).expect("a transcript");
            }
            continue;
        }
        if recorded
            .get(&seed)
            .is_some_and(|recorded| *recorded != hash)
        {
            changed.push(seed);
            if IN_FULL.contains(&seed) {
                let old = fs::read_to_string(path).expect("a transcript");
                show_change(seed, &old, &transcript.text());
            }
        }
    }
    if is_recording {
        fs::write(folder().join("hashes.txt"), hashes).expect("the hashes");
    }
    assert!(
        changed.is_empty(),
        "other than on record: seeds {changed:?}. To see what changed, compare with the library as it was before: \
         SPDYLAY_REFERENCE=<its path>. To record what is now: SPDYLAY_DIFFERENTIAL_RECORD=1"
    );
}

fn read_hashes() -> BTreeMap<u64, String> {
    let text = fs::read_to_string(folder().join("hashes.txt")).expect("the hashes");
    text.lines()
        .map(|line| {
            let (seed, hash) = line.split_once(' ').expect("seed and hash");
            (seed.parse().expect("a seed"), hash.to_owned())
        })
        .collect()
}

fn transcript(seed: u64, api: &'static Api) -> Transcript {
    match Play::of(seed) {
        Play::Functions => functions::play(seed, api),
        Play::Creation => functions::create(seed, api),
        Play::Scenario(scenario) => {
            let input = Input::of(&scenario);
            let limit = failing_input(&scenario, &input, api);
            play(&scenario, &input, Libraries::both(api), limit)
        }
    }
}

fn show_change(seed: u64, old: &str, new: &str) {
    let changed = old
        .lines()
        .zip(new.lines())
        .position(|(old, new)| old != new);
    let at = changed.unwrap_or(old.lines().count().min(new.lines().count()));
    println!("seed {seed}, line {}:", at + 1);
    println!("  - {}", old.lines().nth(at).unwrap_or("(nothing)"));
    println!("  + {}", new.lines().nth(at).unwrap_or("(nothing)"));
}
