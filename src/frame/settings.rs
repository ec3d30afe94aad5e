//! SETTINGS (SPDY/3 section 2.6.4).
//!
//! Owns its layout and the order of bytes within an entry; what the settings mean is for others to know.

use crate::error::SettingsError;
use crate::frame::{kind, ControlHead};
use crate::version::Layout;
use crate::wire::{put_u32, Reader};

/// Tells the peer about the sender's configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settings {
    /// The head.
    pub head: ControlHead,
    /// The settings in the order of the wire, unknown and repeated ones included.
    pub entries: Vec<SettingsEntry>,
}

/// One setting.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SettingsEntry {
    /// Which setting: 24 bits on the wire.
    pub id: i32,
    /// Whether to keep the value for later sessions, or whether it was kept.
    pub flags: u8,
    /// The value.
    pub value: u32,
}

const ENTRY_LEN: usize = 8;

impl Settings {
    /// The length of the count before the entries, bytes.
    pub const COUNT_LEN: usize = 4;

    /// A frame to be sent.
    pub fn new(layout: &Layout, flags: u8, entries: Vec<SettingsEntry>) -> Settings {
        Settings {
            head: ControlHead::new(layout, kind::SETTINGS, flags, payload_len(&entries)),
            entries,
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// The payload must have 4 bytes, and 8 more for each entry that they announce; or there is no memory for so many.
    pub fn parse(
        head: ControlHead,
        payload: &[u8],
        layout: &Layout,
    ) -> Result<Settings, SettingsError> {
        let mut reader = Reader::new(payload);
        let count = reader.u32().ok_or(SettingsError::InvalidLength)? as usize;
        if count.checked_mul(ENTRY_LEN) != Some(payload.len() - Self::COUNT_LEN) {
            return Err(SettingsError::InvalidLength);
        }
        let mut entries = Vec::new();
        entries.try_reserve_exact(count)?;
        while let (Some(id_and_flags), Some(value)) = (reader.array(), reader.u32()) {
            entries.push(SettingsEntry::parse(id_and_flags, value, layout));
        }
        Ok(Settings { head, entries })
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, layout: &Layout, out: &mut Vec<u8>) {
        let length = payload_len(&self.entries);
        let head = ControlHead::new(layout, kind::SETTINGS, self.head.flags, length);
        out.extend_from_slice(&head.encode());
        put_u32(out, self.entries.len() as u32);
        for entry in &self.entries {
            out.extend_from_slice(&entry.id_and_flags(layout));
            put_u32(out, entry.value);
        }
    }
}

impl SettingsEntry {
    /// Compat: SPDY/2 ids are little-endian and come before the flags. The first implementation got this wrong, and its
    /// peers depend on it.
    fn parse(id_and_flags: [u8; 4], value: u32, layout: &Layout) -> SettingsEntry {
        let [first, b, c, last] = id_and_flags;
        let (flags, id) = if layout.settings_id_little_endian {
            (last, [0, c, b, first])
        } else {
            (first, [0, b, c, last])
        };
        SettingsEntry {
            id: i32::from_be_bytes(id),
            flags,
            value,
        }
    }

    fn id_and_flags(&self, layout: &Layout) -> [u8; 4] {
        let [_, high, middle, low] = self.id.to_be_bytes();
        if layout.settings_id_little_endian {
            [low, middle, high, self.flags]
        } else {
            [self.flags, high, middle, low]
        }
    }
}

fn payload_len(entries: &[SettingsEntry]) -> usize {
    Settings::COUNT_LEN + ENTRY_LEN * entries.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::{accepted_lengths, layouts};

    #[test]
    fn golden_bytes() {
        let entries = vec![
            SettingsEntry {
                id: 4,
                flags: 1,
                value: 100,
            },
            SettingsEntry {
                id: 0x01_0203,
                flags: 0xff,
                value: 0x8000_0000,
            },
        ];
        let ids_and_flags = [
            [[4, 0, 0, 1], [3, 2, 1, 0xff]],
            [[1, 0, 0, 4], [0xff, 1, 2, 3]],
        ];
        for ((layout, _), [first, second]) in layouts(kind::SETTINGS).into_iter().zip(ids_and_flags)
        {
            let frame = Settings::new(layout, 1, entries.clone());
            let mut out = vec![0xee];
            frame.encode(layout, &mut out);
            let version = layout.wire_version as u8;
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 4, 1, 0, 0, 20]);
            let payload = [[0, 0, 0, 2], first, [0, 0, 0, 100], second, [0x80, 0, 0, 0]];
            assert_eq!(out[9..], *payload.as_flattened());
            assert_eq!(Settings::parse(frame.head, &out[9..], layout), Ok(frame));
        }
    }

    #[test]
    fn no_entries_are_a_frame() {
        for (layout, head) in layouts(kind::SETTINGS) {
            let frame = Settings::parse(head, &[0; 4], layout).unwrap();
            assert_eq!(frame.head, head);
            assert!(frame.entries.is_empty());
        }
    }

    #[test]
    fn the_length_must_agree_with_the_count() {
        for (layout, head) in layouts(kind::SETTINGS) {
            for count in 0..4u8 {
                let accepted = accepted_lengths(|payload| {
                    let mut payload = payload.to_vec();
                    if let Some(last) = payload.get_mut(3) {
                        *last = count;
                    }
                    Settings::parse(head, &payload, layout).is_ok()
                });
                let expected = 4 + 8 * usize::from(count);
                assert!(accepted == [expected] || accepted.is_empty() && expected >= 20);
            }
        }
    }

    #[test]
    fn a_count_beyond_the_payload_reserves_nothing() {
        for (layout, head) in layouts(kind::SETTINGS) {
            for count in [0x2000_0001_u32, 0x2000_0000, u32::MAX] {
                let mut payload = count.to_be_bytes().to_vec();
                payload.extend_from_slice(&[0; 8]);
                let parsed = Settings::parse(head, &payload, layout);
                assert_eq!(parsed, Err(SettingsError::InvalidLength));
            }
        }
    }
}
