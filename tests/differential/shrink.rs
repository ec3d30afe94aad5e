//! Makes a scenario small that shows a difference.

use super::scenario::{Action, Scenario};

/// Leaves out whatever can be left out while the difference stays.
pub fn shrink(mut scenario: Scenario, differs: impl Fn(&Scenario) -> bool) -> Scenario {
    loop {
        let before = size(&scenario);
        for length in [16, 8, 4, 2, 1] {
            leave_out_steps(&mut scenario, length, &differs);
        }
        leave_out_frames(&mut scenario, &differs);
        if !scenario.missing.is_empty() {
            let mut smaller = scenario.clone();
            smaller.missing.clear();
            if differs(&smaller) {
                scenario = smaller;
            }
        }
        if size(&scenario) == before {
            return scenario;
        }
    }
}

fn size(scenario: &Scenario) -> usize {
    let frames = |action: &Action| match action {
        Action::Receive(receive) => receive.frames.len(),
        _ => 0,
    };
    let steps = &scenario.steps;
    steps.len()
        + steps.iter().map(|step| frames(&step.action)).sum::<usize>()
        + scenario.missing.len()
}

fn leave_out_steps(scenario: &mut Scenario, length: usize, differs: &impl Fn(&Scenario) -> bool) {
    let mut start = 0;
    while start < scenario.steps.len() {
        let mut smaller = scenario.clone();
        let end = smaller.steps.len().min(start + length);
        smaller.steps.drain(start..end);
        if differs(&smaller) {
            *scenario = smaller;
        } else {
            start += length;
        }
    }
}

fn leave_out_frames(scenario: &mut Scenario, differs: &impl Fn(&Scenario) -> bool) {
    for step in 0..scenario.steps.len() {
        let mut frame = 0;
        loop {
            let mut smaller = scenario.clone();
            let Action::Receive(receive) = &mut smaller.steps[step].action else {
                break;
            };
            if frame >= receive.frames.len() {
                break;
            }
            receive.frames.remove(frame);
            if differs(&smaller) {
                *scenario = smaller;
            } else {
                frame += 1;
            }
        }
    }
}
