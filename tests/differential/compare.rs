//! Compares two libraries, seed by seed.

use super::generate;
use super::input::Input;
use super::play::{failing_input, play, Libraries};
use super::rules;
use super::scenario::{Cast, Scenario};
use super::shrink::shrink;
use super::transcript::Transcript;
use super::{calls, functions};
use crate::support::api::Api;
use std::ops::Range;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// The most differences that are reported.
const MOST_FINDINGS: usize = 20;

/// What a seed stands for.
pub enum Play {
    Scenario(Box<Scenario>),
    /// Functions without a session.
    Functions,
    Creation,
}

impl Play {
    pub fn of(seed: u64) -> Play {
        match seed % 32 {
            30 => Play::Functions,
            31 => Play::Creation,
            _ => Play::Scenario(Box::new(generate::scenario(seed))),
        }
    }
}

/// A difference that no rule explains.
struct Difference {
    /// The lines before it, the same in both.
    before: Vec<String>,
    ours: String,
    reference: String,
}

/// How a seed compared.
enum Outcome {
    Equal,
    /// Equal up to where a rule ends the comparison.
    EqualSoFar,
}

pub fn compare(seeds: Range<u64>, ours: &'static Api, reference: &'static Api) {
    let (mut findings, mut cut_short, mut lines) = (0, 0, 0);
    for seed in seeds.clone() {
        if seed % 1000 == 0 {
            eprintln!("seed {seed}");
        }
        let result = catch_unwind(AssertUnwindSafe(|| {
            compare_seed(seed, ours, reference, &mut lines)
        }));
        match result {
            Ok(Ok(Outcome::Equal)) => {}
            Ok(Ok(Outcome::EqualSoFar)) => cut_short += 1,
            Ok(Err(difference)) => {
                findings += 1;
                report(seed, ours, reference, &difference);
            }
            Err(_) => {
                findings += 1;
                println!("seed {seed}: panic");
            }
        }
        assert!(findings < MOST_FINDINGS, "too many differences");
    }
    println!(
        "seeds {seeds:?}: {lines} lines equal, {findings} unexplained differences; {cut_short} comparisons ended early"
    );
    assert_eq!(findings, 0, "unexplained differences");
}

fn compare_seed(
    seed: u64,
    ours: &'static Api,
    reference: &'static Api,
    lines: &mut usize,
) -> Result<Outcome, Difference> {
    let (our_transcript, their_transcript) = match Play::of(seed) {
        Play::Functions => (
            functions::play(seed, ours),
            functions::play(seed, reference),
        ),
        Play::Creation => (
            functions::create(seed, ours),
            functions::create(seed, reference),
        ),
        Play::Scenario(scenario) => return compare_scenario(&scenario, ours, reference, lines),
    };
    *lines += our_transcript.lines.len();
    difference(&our_transcript, &their_transcript)
}

/// Plays with each library alone; a pair also with one library at each end.
fn compare_scenario(
    scenario: &Scenario,
    ours: &'static Api,
    reference: &'static Api,
    lines: &mut usize,
) -> Result<Outcome, Difference> {
    let input = Input::of(scenario);
    let limit = failing_input(scenario, &input, ours);
    let expected = play(scenario, &input, Libraries::both(reference), limit);
    let mut casts = vec![Libraries::both(ours)];
    if scenario.cast == Cast::Pair {
        let mixed = |client, server| Libraries { client, server };
        casts.extend([mixed(ours, reference), mixed(reference, ours)]);
    }
    let mut outcome = Outcome::Equal;
    for libraries in casts {
        let played = play(scenario, &input, libraries, limit);
        *lines += played.lines.len();
        if let Outcome::EqualSoFar = difference(&played, &expected)? {
            outcome = Outcome::EqualSoFar;
        }
    }
    Ok(outcome)
}

fn difference(ours: &Transcript, reference: &Transcript) -> Result<Outcome, Difference> {
    let equal = ours
        .lines
        .iter()
        .zip(&reference.lines)
        .take_while(|(ours, reference)| ours == reference)
        .count();
    let line = |transcript: &Transcript| {
        let line = transcript.lines.get(equal);
        line.cloned().unwrap_or_else(|| "(nothing)".to_owned())
    };
    if equal == ours.lines.len() && equal == reference.lines.len() {
        return if ours.chunks_after_close == 0 {
            Ok(Outcome::Equal)
        } else {
            Err(Difference {
                before: Vec::new(),
                ours: "DATA delivered after the close of its stream".to_owned(),
                reference: String::new(),
            })
        };
    }
    if rules::end_of_comparison(&ours.lines[..equal], &line(ours), &line(reference)) {
        return Ok(Outcome::EqualSoFar);
    }
    Err(Difference {
        before: ours.lines[..equal].to_vec(),
        ours: line(ours),
        reference: line(reference),
    })
}

/// Prints a difference, in a scenario as small as possible.
fn report(seed: u64, ours: &'static Api, reference: &'static Api, difference: &Difference) {
    let differs = |scenario: &Scenario| compare_scenario(scenario, ours, reference, &mut 0).err();
    let small;
    let difference = match Play::of(seed) {
        Play::Scenario(scenario) => {
            let scenario = shrink(*scenario, |scenario| differs(scenario).is_some());
            println!(
                "\nseed {seed}: {:?} {:?} {:?} {:?}",
                scenario.version, scenario.cast, scenario.windows, scenario.habits
            );
            for step in &scenario.steps {
                println!("  {}", short(&calls::describe_step(step)));
            }
            small = differs(&scenario);
            small.as_ref().unwrap_or(difference)
        }
        _ => difference,
    };
    println!("seed {seed}, where both say:");
    let skipped = difference.before.len().saturating_sub(30);
    for line in &difference.before[skipped..] {
        println!("    {}", short(line));
    }
    println!("  - {}", short(&difference.reference));
    println!("  + {}", short(&difference.ours));
}

fn short(line: &str) -> &str {
    &line[..line.len().min(400)]
}
