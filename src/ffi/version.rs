//! The numbers that C has for the versions.

use super::enums::spdylay_proto_version;
use crate::version::Version;

/// The number of a version.
pub(crate) const fn to_c(version: Version) -> u16 {
    let number = match version {
        Version::Spdy2 => spdylay_proto_version::SPDYLAY_PROTO_SPDY2,
        Version::Spdy3 => spdylay_proto_version::SPDYLAY_PROTO_SPDY3,
        Version::Spdy3_1 => spdylay_proto_version::SPDYLAY_PROTO_SPDY3_1,
    };
    number as u16
}

/// The version that has a number, if one does.
pub(crate) fn from_c(number: u16) -> Option<Version> {
    [Version::Spdy2, Version::Spdy3, Version::Spdy3_1]
        .into_iter()
        .find(|&version| to_c(version) == number)
}
