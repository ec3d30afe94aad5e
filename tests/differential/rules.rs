//! Where this library differs from libspdylay 1.4 on purpose, and what the comparison makes of it.
//!
//! [`Rule::ALL`] is the whole list; nothing else is excused. Each rule bears the name that `DIFFERENCES.md` gives to the
//! difference, where the reason for it stands. Where possible a rule keeps a scenario away from the difference (see
//! [`super::restraint`] and [`super::defuse`]), so that everything that is played is compared in full. Every use of a rule
//! is counted, and the counts are shown.

use super::transcript::Value;
use std::fmt;
use Handling::*;

/// What the comparison makes of a difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handling {
    /// It is played, and exactly what this says may differ.
    Excused(&'static str),
    /// What would show it is changed or left out when it comes up, for both libraries alike.
    KeptAway(&'static str),
    /// Nothing that would show it is made or looked at.
    OutOfSight(&'static str),
}

macro_rules! rules {
    ($($rule:ident: $name:literal, $handling:expr;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $($rule,)*
        }

        impl Rule {
            pub const ALL: &[Rule] = &[$(Rule::$rule,)*];

            /// The name of the difference.
            pub fn name(self) -> &'static str {
                match self {
                    $(Rule::$rule => $name,)*
                }
            }

            pub fn handling(self) -> Handling {
                match self {
                    $(Rule::$rule => $handling,)*
                }
            }
        }
    };
}

rules! {
    UnknownVersions: "Replies of unknown versions", KeptAway("frames given the version of the session");
    SendingInside: "Sending inside callbacks", OutOfSight("callbacks make all calls but those that send or receive");
    DeletingInside: "Deleting inside callbacks", OutOfSight("sessions are deleted in the end");
    Impossible: "NULL and impossible arguments", OutOfSight("nothing is made that crashes libspdylay 1.4");
    SendOverrun: "A `send_callback` that returns more than `length`", OutOfSight("send_callback takes at most what there is");
    ShortFrames: "Frames shorter than their fixed fields", Excused("the payload a parse error shows, beyond the bytes that came");
    EmptyFirstValue: "Several values, the first of them empty", KeptAway("calls whose empty values were filled");
    LongStrings: "Long strings in SPDY/2", OutOfSight("strings have at most 32767 bytes");
    LargeHeaders: "Headers too large for a frame", OutOfSight("header blocks are small");
    Ping: "PING", KeptAway("frames given another id; besides, only one side has PINGs of its own");
    OverConsuming: "Consuming more than was received, or nothing", KeptAway("calls left out or cut to what was received");
    HugeWindows: "Huge initial windows", KeptAway("values cut to size");
    DataAfterClose: "DATA after the close of a stream", Excused("pieces that only libspdylay 1.4 delivers");
    ClosedRequests: "Requests closed while they are reported", OutOfSight("takes sending inside callbacks");
    CutDataHeads: "Heads of DATA frames sent in pieces", KeptAway("pieces enlarged to the whole head");
    WaitingData: "DATA that waits for a window", Excused("a larger queue and want_write=1, from the opening of a stream's window until all is sent");
    OverrunWindows: "Overrun windows", KeptAway("DATA frames turned into NOOPs");
    LostGoaway: "GOAWAY after a failure", Excused("want_write=0, from the failure until the GOAWAY is sent");
    InputAfterFailure: "Input after a failure", KeptAway("scenarios whose input ends with the failure");
    CancelledRequests: "Cancelling a request that waits", KeptAway("calls left out");
    ResetWhileOpening: "Resetting a stream that is being opened", KeptAway("scenarios ended there");
    StreamZero: "Stream 0", KeptAway("frames given another stream");
    Spdy2WindowUpdate: "WINDOW_UPDATE in SPDY/2", KeptAway("calls left out");
    IdleCallbacks: "Callbacks that do nothing for ever", OutOfSight("nothing returns 0 for long");
    QueuedUpdates: "WINDOW_UPDATEs of the library's own that wait", KeptAway("extra calls of session_send");
    Compression: "header blocks of servers", OutOfSight("compressed bytes are compared as what they inflate to");
    ErrorTexts: "Error texts", OutOfSight("texts are compared as to whether there is one");
}

impl Rule {
    /// Whether an excuse covers what this library and the reference say.
    pub fn excuses(self, ours: &Value, reference: &Value) -> bool {
        match (self, ours, reference) {
            (Rule::ShortFrames, Value::Bytes(ours), Value::Bytes(theirs)) => {
                theirs.starts_with(ours)
            }
            (Rule::WaitingData, Value::Number(ours), Value::Number(theirs)) => ours < theirs,
            (Rule::LostGoaway, Value::Number(ours), Value::Number(theirs)) => {
                (*ours, *theirs) == (1, 0)
            }
            _ => false,
        }
    }
}

/// How often each rule was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally([u64; Rule::ALL.len()]);

impl Tally {
    pub fn count(&mut self, rule: Rule) {
        self.0[rule as usize] += 1;
    }

    pub fn of(&self, rule: Rule) -> u64 {
        self.0[rule as usize]
    }

    pub fn add(&mut self, other: &Tally) {
        for (sum, count) in self.0.iter_mut().zip(other.0) {
            *sum += count;
        }
    }
}

/// A table of all rules that can come up.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for &rule in Rule::ALL {
            let (kind, what) = match rule.handling() {
                Excused(what) => ("excused", what),
                KeptAway(what) => ("kept away", what),
                OutOfSight(_) => continue,
            };
            let count = self.of(rule);
            writeln!(f, "{count:>8} {kind:<9} {}: {what}", rule.name())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIFFERENCES: &str = include_str!("../../DIFFERENCES.md");

    #[test]
    fn every_rule_is_documented() {
        for &rule in Rule::ALL {
            assert_eq!(Rule::ALL[rule as usize], rule);
            assert!(DIFFERENCES.contains(rule.name()), "{}", rule.name());
        }
    }

    #[test]
    fn excuses_hold_in_one_direction() {
        let number = Value::Number;
        assert!(Rule::WaitingData.excuses(&number(1), &number(2)));
        assert!(!Rule::WaitingData.excuses(&number(2), &number(1)));
        assert!(Rule::LostGoaway.excuses(&number(1), &number(0)));
        assert!(!Rule::LostGoaway.excuses(&number(0), &number(1)));
        let bytes = |bytes: &[u8]| Value::Bytes(bytes.to_vec());
        assert!(Rule::ShortFrames.excuses(&bytes(b"abc"), &bytes(b"abcdef")));
        assert!(!Rule::ShortFrames.excuses(&bytes(b"abd"), &bytes(b"abcdef")));
        assert!(
            !Rule::Ping.excuses(&number(1), &number(2)),
            "it is kept away"
        );
    }

    #[test]
    fn every_documented_defect_has_a_rule() {
        let (_, section) = DIFFERENCES
            .split_once("## What 1.4 got wrong")
            .expect("the section");
        let (section, _) = section.split_once("\n## ").expect("another section");
        let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
        let names: Vec<_> = rows.filter_map(|row| row.split(" | ").next()).collect();
        assert_eq!(names[0], "What");
        for name in &names[1..] {
            let is_known = Rule::ALL.iter().any(|rule| rule.name() == *name);
            assert!(is_known, "no rule for the difference {name:?}");
        }
    }
}
