//! The names that the SPDY versions have in TLS, and the choice among those that a server offers.
//!
//! The names serve NPN, where the client chooses, and ALPN, where the server does. The module knows bytes and
//! [`Version`]; it must never know what a session is.

use crate::version::Version;

/// A SPDY version and its name in TLS.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Protocol {
    /// The name.
    pub name: &'static str,
    /// The version.
    pub version: Version,
}

/// All versions, the preferred one first.
pub const PROTOCOLS: [Protocol; 3] = [
    Protocol {
        name: "spdy/3.1",
        version: Version::Spdy3_1,
    },
    Protocol {
        name: "spdy/3",
        version: Version::Spdy3,
    },
    Protocol {
        name: "spdy/2",
        version: Version::Spdy2,
    },
];

const HTTP_1_1: &[u8] = b"http/1.1";

/// The protocol chosen from an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Selected<'a> {
    /// Its name, as a part of the offer.
    pub name: &'a [u8],
    /// The SPDY version, or `None` for HTTP/1.1.
    pub version: Option<Version>,
}

/// Finds the version that has exactly this name.
pub fn version_of(name: &[u8]) -> Option<Version> {
    PROTOCOLS
        .iter()
        .find(|protocol| protocol.name.as_bytes() == name)
        .map(|protocol| protocol.version)
}

/// Chooses from a list of names, each preceded by its length in one byte: the first of [`PROTOCOLS`] that is offered,
/// else HTTP/1.1 if it is, else nothing. The order of the offer does not matter.
///
/// Compat: of a name offered repeatedly, the first one is returned for SPDY and the last one for HTTP/1.1; pinned by
/// `repeated_names` below.
pub fn select_next_protocol(offer: &[u8]) -> Option<Selected<'_>> {
    let spdy = PROTOCOLS.iter().find_map(|protocol| {
        names(offer)
            .find(|name| *name == protocol.name.as_bytes())
            .map(|name| Selected {
                name,
                version: Some(protocol.version),
            })
    });
    let http = || {
        names(offer)
            .filter(|name| *name == HTTP_1_1)
            .last()
            .map(|name| Selected {
                name,
                version: None,
            })
    };
    spdy.or_else(http)
}

/// The names in a list, up to its end or to an entry that runs past it.
fn names(mut list: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (&len, rest) = list.split_first()?;
        let (name, rest) = rest.split_at_checked(len.into())?;
        list = rest;
        Some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(names: &[&[u8]]) -> Vec<u8> {
        names
            .iter()
            .flat_map(|name| [&[u8::try_from(name.len()).unwrap()], *name].concat())
            .collect()
    }

    fn select(names: &[&[u8]]) -> Option<(Vec<u8>, Option<Version>)> {
        select_next_protocol(&offer(names)).map(|chosen| (chosen.name.to_vec(), chosen.version))
    }

    #[test]
    fn versions_by_exact_name() {
        assert_eq!(version_of(b"spdy/3.1"), Some(Version::Spdy3_1));
        assert_eq!(version_of(b"spdy/3"), Some(Version::Spdy3));
        assert_eq!(version_of(b"spdy/2"), Some(Version::Spdy2));
        for other in [
            &b""[..],
            b"spdy",
            b"spdy/3.",
            b"spdy/3.10",
            b"SPDY/3",
            b"http/1.1",
        ] {
            assert_eq!(version_of(other), None, "{other:?}");
        }
    }

    #[test]
    fn own_preference_wins_over_the_servers_order() {
        let all = [&b"http/1.1"[..], b"spdy/2", b"spdy/3", b"spdy/3.1"];
        assert_eq!(
            select(&all),
            Some((b"spdy/3.1".to_vec(), Some(Version::Spdy3_1)))
        );
        assert_eq!(
            select(&all[..3]),
            Some((b"spdy/3".to_vec(), Some(Version::Spdy3)))
        );
        assert_eq!(
            select(&all[..2]),
            Some((b"spdy/2".to_vec(), Some(Version::Spdy2)))
        );
        assert_eq!(select(&all[..1]), Some((b"http/1.1".to_vec(), None)));
    }

    #[test]
    fn nothing_known_is_nothing_selected() {
        assert_eq!(select(&[]), None);
        assert_eq!(select(&[b"spdy/1", b"h2", b"http/1.0"]), None);
    }

    #[test]
    fn repeated_names() {
        let list = offer(&[b"spdy/3", b"spdy/3"]);
        let chosen = select_next_protocol(&list).unwrap();
        assert!(std::ptr::eq(chosen.name, &list[1..7]));

        let list = offer(&[b"http/1.1", b"http/1.1"]);
        let chosen = select_next_protocol(&list).unwrap();
        assert!(std::ptr::eq(chosen.name, &list[10..18]));
    }

    #[test]
    fn empty_entries_are_skipped() {
        assert_eq!(
            select(&[b"", b"spdy/2", b""]),
            Some((b"spdy/2".to_vec(), Some(Version::Spdy2)))
        );
        assert_eq!(select(&[b""]), None);
    }

    #[test]
    fn an_entry_past_the_end_ends_the_list() {
        assert_eq!(select_next_protocol(b"\x06spdy/"), None);
        assert_eq!(select_next_protocol(b"\xffspdy/3\x06spdy/2"), None);
        let truncated = b"\x08http/1.1\x06spdy/";
        assert_eq!(
            select_next_protocol(truncated).map(|chosen| chosen.version),
            Some(None)
        );
    }
}
