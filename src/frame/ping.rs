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
