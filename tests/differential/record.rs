//! The transcripts on record, made by this library itself: they guard its behaviour where there is no reference.
//!
//! `transcripts/hashes.txt` has a line for each seed; some short transcripts are there in full, so that a change of behaviour
//! can be read in the difference. `SPDYLAY_DIFFERENTIAL_RECORD=1` writes them anew.

use super::compare::Play;
use super::functions;
use super::input::Input;
use super::play::{failing_input, play, Libraries};
use super::transcript::Transcript;
use crate::support::api::Api;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::PathBuf;

/// Transcripts up to this size are kept in full, bytes.
const SHORT: usize = 8_000;
/// And no more than so many.
const MOST_IN_FULL: usize = 32;
/// The lines shown before a change.
const CONTEXT: usize = 8;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/differential/transcripts")
        .join(name)
}

fn path_of(seed: u64) -> PathBuf {
    path(&format!("{seed}.txt"))
}

/// Compares with the transcripts on record; seeds that have none are an error.
pub fn check(seeds: Range<u64>, api: &'static Api) {
    let recorded = read_hashes();
    let mut changed = Vec::new();
    for seed in seeds {
        let transcript = transcript(seed, api);
        let hash = recorded.get(&seed);
        let hash = hash.unwrap_or_else(|| panic!("seed {seed} is not on record"));
        if *hash == hash_of(&transcript) {
            continue;
        }
        changed.push(seed);
        match fs::read_to_string(path_of(seed)) {
            Ok(old) => show_change(seed, &old, &transcript.text()),
            Err(_) => println!("seed {seed}: changed"),
        }
    }
    assert!(
        changed.is_empty(),
        "other than on record: seeds {changed:?}. To see all that changed, compare with the library as it was before: \
         SPDYLAY_REFERENCE=<its path>. To record what is now: SPDYLAY_DIFFERENTIAL_RECORD=1"
    );
}

/// Puts transcripts on record in place of those that were.
pub fn record(seeds: Range<u64>, api: &'static Api) {
    let folder = path("");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("the folder of the transcripts");
    let mut hashes = String::new();
    let mut left = MOST_IN_FULL;
    for seed in seeds {
        let transcript = transcript(seed, api);
        let _ = writeln!(hashes, "{seed} {}", hash_of(&transcript));
        let text = transcript.text();
        if left > 0 && (500..SHORT).contains(&text.len()) {
            left -= 1;
            fs::write(path_of(seed), text).expect("a transcript");
        }
    }
    fs::write(path("hashes.txt"), hashes).expect("the hashes");
}

fn hash_of(transcript: &Transcript) -> String {
    format!("{:016x}", transcript.hash())
}

fn read_hashes() -> BTreeMap<u64, String> {
    let text = fs::read_to_string(path("hashes.txt")).expect("the hashes");
    text.lines()
        .map(|line| {
            let (seed, hash) = line.split_once(' ').expect("seed and hash");
            (seed.parse().expect("a seed"), hash.to_owned())
        })
        .collect()
}

/// What this library makes of a seed.
pub fn transcript(seed: u64, api: &'static Api) -> Transcript {
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

/// Shows where a transcript begins to differ from the one on record.
fn show_change(seed: u64, old: &str, new: &str) {
    let pairs = old.lines().zip(new.lines());
    let equal = pairs.take_while(|(old, new)| old == new).count();
    println!("seed {seed}, from line {}:", equal + 1);
    let before = old.lines().take(equal).skip(equal.saturating_sub(CONTEXT));
    before.for_each(|line| println!("    {line}"));
    let shown = |text: &str, mark: char| {
        let lines = text.lines().skip(equal).take(CONTEXT);
        lines.for_each(|line| println!("  {mark} {line}"));
    };
    shown(old, '-');
    shown(new, '+');
}
