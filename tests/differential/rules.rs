//! Where this library differs from libspdylay 1.4 on purpose, and what the comparison makes of it.
//!
//! [`RULES`] is the whole list; nothing else is excused. Each rule bears the name that `DIFFERENCES.md` gives to the
//! difference, with the reason for it. Where possible a rule keeps a scenario away from the difference, so that everything
//! that is played is compared in full.

use super::scenario::Windows;
use crate::support::peer::{Version, V2, V3_1};

pub struct Rule {
    /// The name of the difference.
    pub name: &'static str,
    /// What the comparison makes of it, and where.
    pub handling: &'static str,
}

const fn rule(name: &'static str, handling: &'static str) -> Rule {
    Rule { name, handling }
}

pub const RULES: &[Rule] = &[
    rule(
        "Replies of unknown versions",
        "kept away: defuse gives SYN_REPLY and HEADERS of such versions the session's",
    ),
    rule(
        "Frames shorter than their fixed fields",
        "not compared: the payload shown to on_ctrl_recv_parse_error, see hides_payload",
    ),
    rule(
        "Several values, the first of them empty",
        "kept away: the generator makes none, see joins_well",
    ),
    rule(
        "Long strings in SPDY/2",
        "kept away: the generator makes none longer than 65535 bytes",
    ),
    rule(
        "Headers too large for a frame",
        "kept away: the generator makes none",
    ),
    rule("PING", "kept away: defuse, and one side only has PINGs of its own"),
    rule(
        "Consuming more than was received",
        "kept away: the application consumes what it got, see may_update_window and may_set_option",
    ),
    rule(
        "Huge initial windows",
        "kept away: defuse bounds SETTINGS and WINDOW_UPDATE",
    ),
    rule(
        "Data after the close of a stream",
        "not compared: pieces of DATA that only libspdylay 1.4 delivers then",
    ),
    rule(
        "Heads of DATA frames sent in pieces",
        "kept away: see may_cut_data_heads",
    ),
    rule("Overrun windows", "kept away: defuse bounds all DATA"),
    rule(
        "GOAWAY after a failure",
        "not compared: want_write from the failure until the GOAWAY is sent, see want_write_before_the_goaway",
    ),
    rule(
        "Input after a failure",
        "kept away: what comes after the frame that fails the session is not fed, see rehearsal",
    ),
    rule(
        "Cancelling a request that waits",
        "kept away where the application does it, see may_cancel_queued; where the library itself does, the comparison \
         ends, see end_of_comparison",
    ),
    rule("Stream 0", "kept away: defuse names another stream"),
    rule(
        "WINDOW_UPDATE in SPDY/2",
        "kept away: see may_update_window",
    ),
    rule(
        "Callbacks that do nothing for ever",
        "kept away: the generator lets none return 0 for long",
    ),
    rule(
        "Floods",
        "kept away: scenarios are too short for 10,000 replies or 65,536 pairs; WINDOW_UPDATEs are sent before 16 are \
         queued, see may_leave_updates",
    ),
    rule(
        "NULL and impossible arguments",
        "kept away: the generator makes none that crash libspdylay 1.4",
    ),
    rule(
        "Sending and receiving inside callbacks",
        "kept away: the generator makes only other calls there",
    ),
    rule(
        "Header compression",
        "not compared: the compressed bytes of servers, and lengths that depend on them; what they inflate to is",
    ),
    rule("Error texts", "not compared: their wording"),
];

/// Rule "Frames shorter than their fixed fields": whether a parse error shows bytes that were never received.
pub fn hides_payload(head: &[u8]) -> bool {
    let [version_high, version_low, _, kind, _, length @ ..] = head else {
        return false;
    };
    let version = u16::from_be_bytes([version_high & 0x7f, *version_low]);
    let fixed = match (kind, version) {
        (1, _) => 10,
        (2 | 8, 2) => 6,
        (2 | 8, _) => 4,
        _ => 0,
    };
    length
        .iter()
        .fold(0, |sum, &byte| sum << 8 | u32::from(byte))
        < fixed
}

/// Rule "Heads of DATA frames sent in pieces": without flow control it makes no difference.
pub fn may_cut_data_heads(version: Version) -> bool {
    version == V2
}

/// Rule "GOAWAY after a failure": what stands for want_write then.
pub fn want_write_before_the_goaway() -> &'static str {
    "(GOAWAY)"
}

/// Rule "Cancelling a request that waits": without a limit, the SYN_STREAM goes out first.
pub fn may_cancel_queued(is_limited: bool) -> bool {
    !is_limited
}

/// Rules "WINDOW_UPDATE in SPDY/2" and "Consuming more than was received".
pub fn may_update_window(version: Version, windows: Windows, stream: i32, exists: bool) -> bool {
    let would_differ_in_spdy2 = version == V2 && exists;
    let would_confuse_consume = windows == Windows::Consume && stream == 0 && version == V3_1;
    !would_differ_in_spdy2 && !would_confuse_consume
}

/// Rules "Overrun windows" and "Consuming more than was received".
pub fn may_set_option(version: Version, windows: Windows, option: i32, value: u32) -> bool {
    match (option, windows) {
        (1, Windows::Automatic) => value == 0,
        (3, Windows::Automatic) => value == 0,
        (3, Windows::Manual) => version != V3_1,
        (3, Windows::Consume) => value != 0,
        _ => true,
    }
}

/// Rule "Floods": whether so many receiving calls, and so many bytes, can go without sending in between.
pub fn may_leave_updates(calls: usize, bytes: usize) -> bool {
    calls < 8 && bytes < 16 * 16384
}

/// Rule "Cancelling a request that waits": whether this library cancels a request where the other one sends the
/// RST_STREAM, after which the two cannot be compared. `before` is what both have in common.
pub fn end_of_comparison(before: &[String], ours: &str, reference: &str) -> bool {
    let is_cancelled = ours.contains("on_ctrl_not_send SYN_STREAM") && ours.contains(" error=-511");
    let Some(stream) = ours.split(' ').find(|word| word.starts_with("stream=")) else {
        return false;
    };
    let names_stream = |line: &String| line.split(' ').any(|word| word == stream);
    let reset = before.iter().rposition(|line| {
        let resets = line.contains("submit_rst_stream") || line.contains("on_invalid_ctrl_recv");
        resets && names_stream(line)
    });
    let request = before.iter().position(|line| {
        let opens = line.contains("submit_request") || line.contains("submit_syn_stream");
        opens && names_stream(line)
    });
    // A request that is submitted after the reset has nothing to do with it.
    let is_waiting = request.is_some() && request < reset;
    let is_reset = reference.contains("before_ctrl_send RST_STREAM")
        // An application without that callback.
        || reference.contains("send_callback length=16");
    is_cancelled && is_waiting && is_reset
}

/// Rule "Several values, the first of them empty": whether all values of each name are joined alike by both libraries.
pub fn joins_well(pairs: &[(Vec<u8>, Vec<u8>)], version: Version) -> bool {
    let mut pairs: Vec<_> = pairs
        .iter()
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    if version == V2 {
        for (name, _) in &mut pairs {
            *name = spdy2_name(name).to_vec();
        }
        pairs.sort_by(|(a, _), (b, _)| a.cmp(b));
    }
    pairs.chunk_by(|(a, _), (b, _)| a == b).all(|group| {
        !group[0].1.is_empty() || group.iter().filter(|pair| !pair.1.is_empty()).count() < 2
    })
}

fn spdy2_name(name: &[u8]) -> &[u8] {
    match name {
        b":path" => b"url",
        b":host" | b":method" | b":scheme" | b":status" | b":version" => &name[1..],
        _ => name,
    }
}
