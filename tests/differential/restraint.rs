//! What an application leaves out, so that the known differences do not show; see [`super::rules`].

use super::rules::Rule;
use super::scenario::Windows;
use crate::support::abi::{option, setting};
use crate::support::frame::{Body, Frame};
use crate::support::peer::{Version, V2, V3_1};

/// The version without flow control is the one in which it makes no difference that the head of a DATA frame is cut.
pub fn may_cut_data_heads(version: Version) -> bool {
    version == V2
}

/// Whether libspdylay 1.4 may count DATA as queued from a received frame on that cannot be sent: it opens windows of streams,
/// while that of the session may be closed, or before they are closed again.
pub fn opens_streams_only(version: Version, frame: &Frame) -> bool {
    match &frame.body {
        Body::WindowUpdate { stream_id, .. } => version == V3_1 && *stream_id != 0,
        Body::Settings(entries) => {
            let is_window = |entry: &(i32, u8, u32)| entry.0 == setting::INITIAL_WINDOW_SIZE;
            version != V2 && entries.iter().any(is_window)
        }
        _ => false,
    }
}

/// The rule that forbids a WINDOW_UPDATE, if one does.
pub fn objection_to_window_update(
    version: Version,
    windows: Windows,
    stream: i32,
    exists: bool,
) -> Option<Rule> {
    if version == V2 && exists {
        return Some(Rule::Spdy2WindowUpdate);
    }
    // It would lower the count of what can be consumed, which the application does not know then.
    let confuses_consume = windows == Windows::Consume && stream == 0 && version == V3_1;
    confuses_consume.then_some(Rule::OverConsuming)
}

/// The rule that forbids to consume, if one does: nothing is worth a WINDOW_UPDATE if the window is 0.
pub fn objection_to_consuming(windows: Windows, size: usize, exists: bool) -> Option<Rule> {
    let is_risky = windows == Windows::Consume && size == 0 && exists;
    is_risky.then_some(Rule::OverConsuming)
}

/// The rule that forbids to set an option, if one does. What gives back windows stays as the scenario has it.
pub fn objection_to_option(
    version: Version,
    windows: Windows,
    option: i32,
    value: u32,
) -> Option<Rule> {
    match (option, windows) {
        (option::NO_AUTO_WINDOW_UPDATE | option::NO_AUTO_WINDOW_UPDATE2, Windows::Automatic) => {
            (value != 0).then_some(Rule::OverrunWindows)
        }
        (option::NO_AUTO_WINDOW_UPDATE2, Windows::Manual) => {
            (version == V3_1).then_some(Rule::OverConsuming)
        }
        (option::NO_AUTO_WINDOW_UPDATE2, Windows::Consume) => {
            (value == 0).then_some(Rule::OverConsuming)
        }
        _ => None,
    }
}

/// Whether so many receiving calls, and so many bytes, can go without sending in between: no more WINDOW_UPDATEs may wait
/// than this library keeps apart.
pub fn may_leave_updates(calls: usize, bytes: usize) -> bool {
    calls < 8 && bytes < 16 * 16384
}

/// Whether all values of each name are joined alike by both libraries: the first is not empty, or no more than one is not.
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
