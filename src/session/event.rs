//! What the steppers tell their driver, one thing at a time.
//!
//! An event never borrows from the session: while the driver acts on it, the session may be used for anything.

use std::borrow::Cow;

use crate::error::{NotSent, ParseError};
use crate::frame::{Frame, StreamId};

/// What [`Session::recv_step`](super::Session::recv_step) found in the input.
#[derive(Debug)]
pub enum RecvEvent<'i> {
    /// A control frame came in and was acted upon.
    CtrlRecv(Frame),
    /// A control frame broke a rule; the stream is being reset, or the session fails, with `status`.
    InvalidCtrlRecv {
        /// The frame, its header block possibly empty or unsorted.
        frame: Frame,
        /// The status code that the peer gets.
        status: u32,
    },
    /// A piece of a DATA frame's payload.
    DataChunkRecv {
        /// The flags of the frame.
        flags: u8,
        /// The stream.
        stream_id: StreamId,
        /// The piece, inside the driver's own input.
        data: &'i [u8],
    },
    /// A DATA frame is complete.
    DataRecv {
        /// The flags of the frame.
        flags: u8,
        /// The stream.
        stream_id: StreamId,
        /// The length of the whole frame's payload.
        length: u32,
    },
    /// A peer's stream is complete: the frame before this carried FIN.
    RequestRecv {
        /// The stream.
        stream_id: StreamId,
    },
    /// The peer has ended its side of a stream, whoever opened it: the frame before this carried FIN.
    StreamRemoteClose {
        /// The stream.
        stream_id: StreamId,
    },
    /// A stream is over. It exists until the next step.
    StreamClose {
        /// The stream.
        stream_id: StreamId,
        /// 0, or the status of the RST_STREAM that ended it.
        status: u32,
    },
    /// A frame could not be parsed; the session fails.
    ParseError {
        /// The frame's type.
        kind: u16,
        /// The first eight bytes of the frame.
        head: [u8; 8],
        /// The payload; of a frame with a header block only the part before the block.
        payload: Cow<'i, [u8]>,
        /// What is wrong.
        error: ParseError,
    },
    /// A control frame of a type that no SPDY version defines.
    UnknownCtrlRecv {
        /// The first eight bytes of the frame.
        head: [u8; 8],
        /// The payload.
        payload: Cow<'i, [u8]>,
    },
}

/// What [`Session::send_step`](super::Session::send_step) wants done or has done.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SendEvent {
    /// [`Session::sending_frame`](super::Session::sending_frame) is about to be written.
    ///
    /// Compat: its bytes are made already, so that changing the frame changes nothing.
    BeforeCtrlSend,
    /// [`Session::sending_frame`](super::Session::sending_frame) has been written.
    CtrlSend,
    /// [`Session::sending_frame`](super::Session::sending_frame) will not be sent.
    CtrlNotSend(NotSent),
    /// Write [`Session::output`](super::Session::output) and say how much of it was taken.
    Write,
    /// Payload is needed; answer with [`Session::data_read`](super::Session::data_read).
    ReadData {
        /// The stream.
        stream_id: StreamId,
        /// The most that fits, at least 1.
        max_length: u32,
    },
    /// A DATA frame has been written.
    DataSend {
        /// The flags of the frame.
        flags: u8,
        /// The stream.
        stream_id: StreamId,
        /// The length of the payload.
        length: u32,
    },
    /// A stream is over. It exists until the next step.
    StreamClose {
        /// The stream.
        stream_id: StreamId,
        /// 0, or the status of the RST_STREAM that ended it.
        status: u32,
    },
}

/// The driver's answer to [`SendEvent::ReadData`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ReadOutcome {
    /// So many bytes are in the buffer.
    Data {
        /// At most the `max_length` of the event; 0 makes an empty frame.
        length: usize,
        /// Nothing comes after these.
        eof: bool,
    },
    /// Nothing at the moment; [`Session::resume_data`](super::Session::resume_data) asks again.
    Deferred,
    /// The source failed: the stream is reset with INTERNAL_ERROR.
    Reset,
    /// The source failed: the DATA is dropped, the stream left as it is.
    Abandon,
}
