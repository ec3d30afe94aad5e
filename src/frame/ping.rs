//! PING (SPDY/3 section 2.6.5).
//!
//! Owns its layout; who answers which id is for others to know.

use crate::error::InvalidLength;
use crate::frame::{kind, ControlHead};
use crate::version::Layout;
use crate::wire::put_u32;

/// Asks for an echo.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ping {
    /// The head.
    pub head: ControlHead,
    /// What tells this PING from others, all 32 bits of it.
    pub id: u32,
}

const LEN: usize = 4;

impl Ping {
    /// A frame to be sent.
    pub fn new(layout: &Layout, id: u32) -> Ping {
        Ping {
            head: ControlHead::new(layout, kind::PING, 0, LEN),
            id,
        }
    }

    /// Reads the payload.
    ///
    /// # Errors
    ///
    /// It must have 4 bytes.
    pub fn parse(head: ControlHead, payload: &[u8]) -> Result<Ping, InvalidLength> {
        let id = payload.try_into().map_err(|_| InvalidLength)?;
        Ok(Ping {
            head,
            id: u32::from_be_bytes(id),
        })
    }

    /// Appends the frame to `out`.
    pub fn encode(&self, layout: &Layout, out: &mut Vec<u8>) {
        let head = ControlHead::new(layout, kind::PING, 0, LEN);
        out.extend_from_slice(&head.encode());
        put_u32(out, self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::tests::{accepted_lengths, layouts};

    #[test]
    fn golden_bytes() {
        for (layout, _) in layouts(kind::PING) {
            let frame = Ping::new(layout, 0xfedc_ba98);
            let mut out = vec![0xee];
            frame.encode(layout, &mut out);
            let version = layout.wire_version as u8;
            assert_eq!(out[..9], [0xee, 0x80, version, 0, 6, 0, 0, 0, 4]);
            assert_eq!(out[9..], [0xfe, 0xdc, 0xba, 0x98]);
            assert_eq!(Ping::parse(frame.head, &out[9..]), Ok(frame));
        }
    }

    #[test]
    fn other_lengths_are_invalid() {
        for (_, head) in layouts(kind::PING) {
            assert_eq!(
                accepted_lengths(|payload| Ping::parse(head, payload).is_ok()),
                [4]
            );
            assert_eq!(Ping::parse(head, &[0; 4]).unwrap().head, head);
        }
    }
}
