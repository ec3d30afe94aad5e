//! Says what a comparison has found.

use super::calls;
use super::compare::{Comparison, Difference, Play};
use super::shrink::shrink;
use super::transcript::Line;
use crate::support::api::Api;
use std::ops::Range;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// The most differences that are reported.
const MOST_FINDINGS: usize = 20;
/// The most lines shown before a difference.
const CONTEXT: usize = 30;

/// Compares two libraries with all these seeds. A difference that no rule explains is shown, in a scenario as small as
/// possible, and fails the test.
pub fn compare(seeds: Range<u64>, ours: &'static Api, reference: &'static Api) {
    let mut comparison = Comparison::new(ours, reference);
    let mut findings = 0;
    for seed in seeds.clone() {
        if seed % 1000 == 0 {
            eprintln!("seed {seed}");
        }
        match catch_unwind(AssertUnwindSafe(|| comparison.seed(seed))) {
            Ok(Ok(())) => continue,
            Ok(Err(difference)) => show(seed, ours, reference, difference),
            Err(_) => println!("seed {seed}: panic"),
        }
        findings += 1;
        assert!(findings < MOST_FINDINGS, "too many differences");
    }
    let lines = comparison.lines;
    println!("seeds {seeds:?}: {lines} lines compared, {findings} unexplained differences");
    println!(
        "How often a difference on purpose was met:\n{}",
        comparison.tally
    );
    assert_eq!(findings, 0, "unexplained differences");
}

fn show(seed: u64, ours: &'static Api, reference: &'static Api, mut difference: Difference) {
    if let Play::Scenario(scenario) = Play::of(seed) {
        let differs = |scenario: &_| Comparison::new(ours, reference).scenario(scenario).err();
        let scenario = shrink(*scenario, |scenario| differs(scenario).is_some());
        println!(
            "\nseed {seed}: {:?} {:?} {:?} {:?}",
            scenario.version, scenario.cast, scenario.windows, scenario.habits
        );
        for step in &scenario.steps {
            println!("  {}", short(&calls::describe_step(step)));
        }
        difference = differs(&scenario).unwrap_or(difference);
    }
    println!("seed {seed}, where both say:");
    show_change(&difference.before, &difference.reference, &difference.ours);
}

/// Shows one line in place of another, and the lines before it.
pub fn show_change(before: &[Line], expected: &Line, found: &Line) {
    for line in &before[before.len().saturating_sub(CONTEXT)..] {
        println!("    {}", short(&line.to_string()));
    }
    println!("  - {}", short(&expected.to_string()));
    println!("  + {}", short(&found.to_string()));
}

/// The beginning of a line that has grown too long.
fn short(line: &str) -> &str {
    let end = line
        .char_indices()
        .nth(400)
        .map_or(line.len(), |(at, _)| at);
    &line[..end]
}
