//! What differs between SPDY/2, SPDY/3 and SPDY/3.1, as data.
//!
//! Owns the only `match` on [`Version`]: everything else reads the fields of a [`Profile`] (what the session's version
//! decides) or of a [`Layout`] (what the version number inside a single frame decides). It must never know what a
//! frame, a header block or a session is.

mod dict;

pub use dict::{DICTIONARY_SPDY2, DICTIONARY_SPDY3};

/// A version of the protocol, as chosen for a whole session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// SPDY/2.
    Spdy2,
    /// SPDY/3.
    Spdy3,
    /// SPDY/3.1: SPDY/3 plus flow control for the connection. Its frames say version 3.
    Spdy3_1,
}

impl Version {
    /// The facts that this version fixes for a session.
    pub fn profile(self) -> &'static Profile {
        match self {
            Version::Spdy2 => &SPDY2,
            Version::Spdy3 => &SPDY3,
            Version::Spdy3_1 => &SPDY3_1,
        }
    }
}

/// Which windows limit the sending of DATA.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum FlowControl {
    /// No windows at all.
    None,
    /// One window per stream.
    Stream,
    /// One window per stream and one for the connection.
    StreamAndConnection,
}

/// What depends on the version of a session.
#[derive(Debug)]
pub struct Profile {
    /// The version described.
    pub version: Version,
    /// How the session's own frames are laid out.
    pub layout: &'static Layout,
    /// The zlib dictionary of the header compression, in both directions.
    pub dictionary: &'static [u8],
    /// The largest priority number, which is the least urgent one.
    pub lowest_priority: u8,
    /// Which windows exist.
    pub flow_control: FlowControl,
    /// The RST_STREAM status that answers a second SYN_REPLY: PROTOCOL_ERROR, or STREAM_IN_USE where that exists.
    pub duplicate_reply_status: u32,
}

/// What depends on a frame's own version number on the wire (2 or 3), as opposed to the session's version.
#[derive(Debug)]
pub struct Layout {
    /// The version number in a control frame's head.
    pub wire_version: u16,
    /// The width in bytes of the counts and lengths in a header block.
    pub length_width: usize,
    /// The bytes of SYN_REPLY and HEADERS that precede the header block.
    pub reply_fixed_len: usize,
    /// How far the priority is shifted up in its byte of SYN_STREAM.
    pub priority_shift: u8,
    /// Whether SYN_STREAM says something in its slot byte, which is unused otherwise.
    pub has_slot: bool,
    /// The payload length of GOAWAY: with or without a status.
    pub goaway_len: usize,
    /// Whether SETTINGS ids are little-endian and precede their flags.
    pub settings_id_little_endian: bool,
    /// Whether header names are translated between their SPDY/3 form (`:path`) and their SPDY/2 form (`url`).
    pub maps_names: bool,
}

impl Layout {
    /// The layout of control frames that carry `wire_version`, if that is a version this library reads.
    pub fn of(wire_version: u16) -> Option<&'static Layout> {
        [&LAYOUT2, &LAYOUT3]
            .into_iter()
            .find(|layout| layout.wire_version == wire_version)
    }
}

static LAYOUT2: Layout = Layout {
    wire_version: 2,
    length_width: 2,
    reply_fixed_len: 6,
    priority_shift: 6,
    has_slot: false,
    goaway_len: 4,
    settings_id_little_endian: true,
    maps_names: true,
};

static LAYOUT3: Layout = Layout {
    wire_version: 3,
    length_width: 4,
    reply_fixed_len: 4,
    priority_shift: 5,
    has_slot: true,
    goaway_len: 8,
    settings_id_little_endian: false,
    maps_names: false,
};

static SPDY2: Profile = Profile {
    version: Version::Spdy2,
    layout: &LAYOUT2,
    dictionary: &DICTIONARY_SPDY2,
    lowest_priority: 3,
    flow_control: FlowControl::None,
    duplicate_reply_status: 1,
};

static SPDY3: Profile = Profile {
    version: Version::Spdy3,
    layout: &LAYOUT3,
    dictionary: &DICTIONARY_SPDY3,
    lowest_priority: 7,
    flow_control: FlowControl::Stream,
    duplicate_reply_status: 8,
};

static SPDY3_1: Profile = Profile {
    version: Version::Spdy3_1,
    layout: &LAYOUT3,
    dictionary: &DICTIONARY_SPDY3,
    lowest_priority: 7,
    flow_control: FlowControl::StreamAndConnection,
    duplicate_reply_status: 8,
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_has_its_own_profile() {
        for (version, wire_version, lowest_priority, duplicate_reply_status, flow_control) in [
            (Version::Spdy2, 2, 3, 1, FlowControl::None),
            (Version::Spdy3, 3, 7, 8, FlowControl::Stream),
            (Version::Spdy3_1, 3, 7, 8, FlowControl::StreamAndConnection),
        ] {
            let profile = version.profile();
            assert_eq!(profile.version, version);
            assert_eq!(profile.layout.wire_version, wire_version);
            assert_eq!(profile.lowest_priority, lowest_priority);
            assert_eq!(profile.duplicate_reply_status, duplicate_reply_status);
            assert_eq!(profile.flow_control, flow_control);
            // The least urgent priority is the largest number that fits its bits.
            assert_eq!(0xff >> profile.layout.priority_shift, lowest_priority);
        }
    }

    #[test]
    fn spdy_3_1_compresses_and_lays_out_like_spdy_3() {
        let (three, three_one) = (Version::Spdy3.profile(), Version::Spdy3_1.profile());
        assert!(std::ptr::eq(three.layout, three_one.layout));
        assert!(std::ptr::eq(three.dictionary, three_one.dictionary));
    }

    #[test]
    fn only_wire_versions_2_and_3_have_a_layout() {
        for wire_version in 0..=u16::MAX {
            let layout = Layout::of(wire_version);
            assert_eq!(layout.is_some(), matches!(wire_version, 2 | 3));
            assert!(layout.is_none_or(|layout| layout.wire_version == wire_version));
        }
    }
}
