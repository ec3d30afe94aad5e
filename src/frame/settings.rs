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
