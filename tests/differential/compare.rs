//! Compares two libraries, seed by seed.

use super::functions;
use super::generate;
use super::input::Input;
use super::play::{failing_input, play, Libraries};
use super::rules::{Rule, Tally};
use super::scenario::{Cast, Scenario};
use super::transcript::{Line, Transcript};
use crate::support::api::Api;

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
#[derive(Debug)]
pub struct Difference {
    /// The lines before it, the same in both.
    pub before: Vec<Line>,
    pub ours: Line,
    pub reference: Line,
}

/// Compares two libraries, and keeps count.
pub struct Comparison {
    ours: &'static Api,
    reference: &'static Api,
    /// Lines found equal, or explained.
    pub lines: usize,
    pub tally: Tally,
}

impl Comparison {
    pub fn new(ours: &'static Api, reference: &'static Api) -> Comparison {
        Comparison {
            ours,
            reference,
            lines: 0,
            tally: Tally::default(),
        }
    }

    pub fn seed(&mut self, seed: u64) -> Result<(), Difference> {
        let (ours, reference) = match Play::of(seed) {
            Play::Functions => (
                functions::play(seed, self.ours),
                functions::play(seed, self.reference),
            ),
            Play::Creation => (
                functions::create(seed, self.ours),
                functions::create(seed, self.reference),
            ),
            Play::Scenario(scenario) => return self.scenario(&scenario),
        };
        self.transcripts(&ours, &reference)
    }

    /// Plays with each library alone; a pair also with one library at each end.
    pub fn scenario(&mut self, scenario: &Scenario) -> Result<(), Difference> {
        let input = Input::of(scenario);
        let limit = failing_input(scenario, &input, self.ours);
        let expected = play(scenario, &input, Libraries::both(self.reference), limit);
        let played = play(scenario, &input, Libraries::both(self.ours), limit);
        self.tally.add(&input.tally);
        self.tally.add(&expected.tally);
        if limit.is_some_and(|limit| limit < input.bytes.len()) {
            self.tally.count(Rule::InputAfterFailure);
        }
        for _ in 0..expected.chunks_after_close {
            self.tally.count(Rule::DataAfterClose);
        }
        if played.chunks_after_close > 0 {
            return Err(Difference {
                before: Vec::new(),
                ours: Line::new("DATA delivered after the close of its stream"),
                reference: Line::default(),
            });
        }
        self.transcripts(&played, &expected)?;
        if scenario.cast == Cast::Pair {
            let mixed = |client, server| Libraries { client, server };
            for libraries in [
                mixed(self.ours, self.reference),
                mixed(self.reference, self.ours),
            ] {
                let played = play(scenario, &input, libraries, limit);
                self.transcripts(&played, &expected)?;
            }
        }
        Ok(())
    }

    fn transcripts(&mut self, ours: &Transcript, reference: &Transcript) -> Result<(), Difference> {
        let (ours, reference) = (&ours.lines, &reference.lines);
        for place in 0..ours.len().max(reference.len()) {
            let [our_line, their_line] = [ours, reference].map(|lines| lines.get(place));
            let explanation = match (our_line, their_line) {
                (Some(ours), Some(theirs)) => ours.explain(theirs),
                _ => None,
            };
            let Some(rules) = explanation else {
                let nothing = || Line::new("(nothing)");
                return Err(Difference {
                    before: ours[..place].to_vec(),
                    ours: our_line.cloned().unwrap_or_else(nothing),
                    reference: their_line.cloned().unwrap_or_else(nothing),
                });
            };
            rules.iter().for_each(|rule| self.tally.count(*rule));
            self.lines += 1;
        }
        Ok(())
    }
}
