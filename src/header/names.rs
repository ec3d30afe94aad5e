//! The six header names that SPDY/2 spells differently.
//!
//! Owns the translation table. Applications see the SPDY/3 names in every version, so the table is applied at the last
//! moment before a SPDY/2 block is written and at the first after one is read. It must never know what the headers mean.

/// The names in their SPDY/3 and their SPDY/2 spelling.
const RENAMED: [(&[u8], &[u8]); 6] = [
    (b":host", b"host"),
    (b":method", b"method"),
    (b":path", b"url"),
    (b":scheme", b"scheme"),
    (b":status", b"status"),
    (b":version", b"version"),
];

/// The SPDY/2 spelling of `name`.
pub fn to_spdy2(name: &[u8]) -> &[u8] {
    // Of thousands of names only these few begin with a colon.
    if name.first() != Some(&b':') {
        return name;
    }
    RENAMED
        .iter()
        .find(|(api, _)| *api == name)
        .map_or(name, |(_, wire)| wire)
}

/// The SPDY/3 spelling of the SPDY/2 name `name`, if it is another one.
pub fn from_spdy2(name: &[u8]) -> Option<&'static [u8]> {
    RENAMED
        .iter()
        .find(|(_, wire)| *wire == name)
        .map(|(api, _)| *api)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_names_translate_both_ways() {
        for (api, wire) in RENAMED {
            assert_eq!(to_spdy2(api), wire);
            assert_eq!(from_spdy2(wire), Some(api));
        }
    }

    #[test]
    fn other_names_stay() {
        for name in [":url", ":unknown", "path", ":", "x-host", "hos", ":hosts"] {
            assert_eq!(to_spdy2(name.as_bytes()), name.as_bytes());
            assert_eq!(from_spdy2(name.as_bytes()), None);
        }
    }

    #[test]
    fn names_in_one_spelling_are_no_names_in_the_other() {
        for (api, wire) in RENAMED {
            assert_eq!(to_spdy2(wire), wire);
            assert_eq!(from_spdy2(api), None);
        }
    }
}
