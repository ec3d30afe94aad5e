//! Frames: pure bytes to types and back.
//!
//! Owns the layout of every frame in both wire versions. It must never know what a frame does to a stream or a session,
//! nor whether it was welcome.
//!
//! Frames without a header block are parsed whole. Those with one are parsed up to the block, which is compressed in the
//! context of the session and added by it.

mod data;
mod goaway;
mod head;
mod headers;
mod packed;
mod ping;
mod rst_stream;
mod settings;
mod syn_reply;
mod syn_stream;
mod window_update;

pub use crate::error::{EncodeError, InvalidLength, SettingsError};
pub use data::DataHead;
pub use goaway::Goaway;
pub use head::{ControlHead, Head, HEAD_LEN, MAX_LENGTH};
pub use headers::Headers;
pub use ping::Ping;
pub use rst_stream::RstStream;
pub use settings::{Settings, SettingsEntry};
pub use syn_reply::SynReply;
pub use syn_stream::SynStream;
pub use window_update::WindowUpdate;

use crate::header::{Deflater, HeaderBlock};
use crate::version::Layout;

/// The number of a stream: 31 bits on the wire, never negative.
pub type StreamId = i32;

/// The types of control frames (SPDY/3 section 2.6).
pub mod kind {
    /// Opens a stream.
    pub const SYN_STREAM: u16 = 1;
    /// Accepts a stream.
    pub const SYN_REPLY: u16 = 2;
    /// Ends a stream at once.
    pub const RST_STREAM: u16 = 3;
    /// Tells the peer about the sender's configuration.
    pub const SETTINGS: u16 = 4;
    /// Does nothing.
    pub const NOOP: u16 = 5;
    /// Asks for an echo.
    pub const PING: u16 = 6;
    /// Announces the end of the session.
    pub const GOAWAY: u16 = 7;
    /// Adds headers to a stream.
    pub const HEADERS: u16 = 8;
    /// Opens a window further.
    pub const WINDOW_UPDATE: u16 = 9;
    /// Carries client certificates.
    pub const CREDENTIAL: u16 = 10;
}

/// The flags of frames.
pub mod flag {
    /// The sender's last frame on the stream.
    pub const FIN: u8 = 0x1;
    /// The receiver must not send on the stream.
    pub const UNIDIRECTIONAL: u8 = 0x2;
}

/// A control frame of a known type. Those with a header block are boxed, to keep the others small.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Frame {
    /// Opens a stream.
    SynStream(SynStream),
    /// Accepts a stream.
    SynReply(SynReply),
    /// Adds headers to a stream.
    Headers(Headers),
    /// Ends a stream at once.
    RstStream(RstStream),
    /// Tells the peer about the sender's configuration.
    Settings(Settings),
    /// Asks for an echo.
    Ping(Ping),
    /// Announces the end of the session.
    Goaway(Goaway),
    /// Opens a window further.
    WindowUpdate(WindowUpdate),
}

impl Frame {
    /// The frame's head.
    pub fn head(&self) -> &ControlHead {
        match self {
            Frame::SynStream(frame) => &frame.head,
            Frame::SynReply(frame) => &frame.head,
            Frame::Headers(frame) => &frame.head,
            Frame::RstStream(frame) => &frame.head,
            Frame::Settings(frame) => &frame.head,
            Frame::Ping(frame) => &frame.head,
            Frame::Goaway(frame) => &frame.head,
            Frame::WindowUpdate(frame) => &frame.head,
        }
    }

    /// The frame's type.
    pub fn kind(&self) -> u16 {
        self.head().kind
    }

    /// The stream and the header block of a frame that carries one.
    pub fn block_mut(&mut self) -> Option<(StreamId, &mut HeaderBlock)> {
        match self {
            Frame::SynStream(frame) => Some((frame.stream_id, &mut frame.block)),
            Frame::SynReply(frame) => Some((frame.stream_id, &mut frame.block)),
            Frame::Headers(frame) => Some((frame.stream_id, &mut frame.block)),
            _ => None,
        }
    }

    /// Appends the frame to `out`. A header block goes through `deflater`; what `scratch` holds is lost.
    ///
    /// # Errors
    ///
    /// Only for frames with a header block. `out` is then as before, the length in the head is 0, and the peer can
    /// still decode the blocks that follow.
    pub fn encode(
        &mut self,
        layout: &Layout,
        deflater: &mut Deflater,
        scratch: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        // A frame without a header block is as long as its head says.
        out.try_reserve(HEAD_LEN + self.head().length as usize)?;
        match self {
            Frame::SynStream(frame) => {
                return frame.encode_with_block(layout, deflater, scratch, out)
            }
            Frame::SynReply(frame) => {
                return frame.encode_with_block(layout, deflater, scratch, out)
            }
            Frame::Headers(frame) => {
                return frame.encode_with_block(layout, deflater, scratch, out)
            }
            Frame::RstStream(frame) => frame.encode(layout, out),
            Frame::Settings(frame) => frame.encode(layout, out),
            Frame::Ping(frame) => frame.encode(layout, out),
            Frame::Goaway(frame) => frame.encode(layout, out),
            Frame::WindowUpdate(frame) => frame.encode(layout, out),
        }
        Ok(())
    }
}

/// Drops the reserved bit above a 31-bit number.
fn low_31_bits(field: u32) -> i32 {
    (field & 0x7fff_ffff) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Layout;

    /// Both layouts, and a head such as a frame of `kind` in them has.
    pub(super) fn layouts(kind: u16) -> [(&'static Layout, ControlHead); 2] {
        [2, 3].map(|version| {
            let head = ControlHead {
                version,
                kind,
                flags: 0xa5,
                length: 99,
            };
            (Layout::of(version).unwrap(), head)
        })
    }

    /// The payload lengths among the first few for which `parse` succeeds.
    pub(super) fn accepted_lengths(parse: impl Fn(&[u8]) -> bool) -> Vec<usize> {
        (0..20).filter(|&len| parse(&vec![0; len])).collect()
    }

    #[test]
    fn a_frame_tells_its_kind() {
        let layout = Layout::of(3).unwrap();
        let frames = [
            Frame::SynStream(SynStream::new(layout, 0, 1, 0, 0, Default::default())),
            Frame::SynReply(SynReply::new(layout, 0, 1, Default::default())),
            Frame::RstStream(RstStream::new(layout, 1, 1)),
            Frame::Settings(Settings::new(layout, 0, Vec::new())),
            Frame::Ping(Ping::new(layout, 1)),
            Frame::Goaway(Goaway::new(layout, 1, 0)),
            Frame::Headers(Headers::new(layout, 0, 1, Default::default())),
            Frame::WindowUpdate(WindowUpdate::new(layout, 1, 1)),
        ];
        assert_eq!(frames.map(|frame| frame.kind()), [1, 2, 3, 4, 6, 7, 8, 9]);
    }
}
