//! What is played: sessions, and what their applications and peers do, step by step.
//!
//! A scenario is plain data. Frames are kept by their meaning and become bytes when it is played (see [`super::input`]),
//! so that any step can be left out, which is how a failing scenario is made small.

use super::deflate::{Dictionary, Method};
use crate::support::peer::{Role, Version};

#[derive(Clone, Debug)]
pub struct Scenario {
    pub version: Version,
    pub cast: Cast,
    pub windows: Windows,
    pub habits: Habits,
    /// Callbacks that the application does not have.
    pub missing: Vec<Missing>,
    pub steps: Vec<Step>,
}

/// Who plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cast {
    /// One session, whose peer is made of frames from the scenario.
    Solo { role: Role, dictionary: Dictionary },
    /// A client and a server, joined.
    Pair,
}

/// Who gives back receive windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Windows {
    /// The library does.
    Automatic,
    /// The application does, by WINDOW_UPDATE; option 1 is on from time to time.
    Manual,
    /// The application does, by `consume`; option 3 is on from the beginning.
    Consume,
}

/// What a scenario refrains from, so that libspdylay's defects do not show; see [`super::rules`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habits {
    /// Only this application sends PINGs, not its peer; otherwise the other way round.
    pub own_pings: bool,
    /// WINDOW_UPDATE may have any delta, but SETTINGS leaves the initial window alone; otherwise windows change by
    /// SETTINGS, and deltas are small.
    pub any_delta: bool,
    /// No call that receives sees the end of one frame and the beginning of another.
    pub one_frame_per_call: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    OnCtrlRecv,
    OnDataChunkRecv,
    OnDataRecv,
    BeforeCtrlSend,
    OnDataSend,
    OnRequestRecv,
    OnParseError,
}

#[derive(Clone, Debug)]
pub struct Step {
    /// Whose step it is; in a solo always the session's role.
    pub role: Role,
    pub action: Action,
}

#[derive(Clone, Debug)]
pub enum Action {
    Call(Call),
    /// Makes the call inside a callback to come: the `nth` whose line begins with `callback`.
    Inside {
        callback: &'static str,
        nth: u32,
        call: Call,
    },
    Send(Transport),
    /// The peer of a solo sends.
    Receive(Receive),
    /// In a pair, takes as many frames as that from what the other side has written.
    Take {
        frames: usize,
        via: Via,
    },
}

/// A call that may also be made inside a callback.
#[derive(Clone, Debug)]
pub enum Call {
    Request {
        pri: u8,
        nv: Nv,
        body: Option<Vec<Read>>,
        user_data: usize,
    },
    Response {
        stream: i32,
        nv: Nv,
        body: Option<Vec<Read>>,
    },
    SynStream {
        flags: u8,
        assoc: i32,
        pri: u8,
        nv: Nv,
        user_data: usize,
    },
    SynReply {
        flags: u8,
        stream: i32,
        nv: Nv,
    },
    Headers {
        flags: u8,
        stream: i32,
        nv: Nv,
    },
    Data {
        stream: i32,
        flags: u8,
        body: Vec<Read>,
    },
    RstStream {
        stream: i32,
        status: u32,
    },
    Ping,
    Goaway {
        status: u32,
    },
    FailSession {
        status: u32,
    },
    Settings {
        flags: u8,
        entries: Vec<(i32, u8, u32)>,
    },
    WindowUpdate {
        stream: i32,
        delta: i32,
    },
    Resume {
        stream: i32,
    },
    /// Of the bytes received on the stream and not consumed yet, at most so many.
    Consume {
        stream: i32,
        size: usize,
    },
    SetOption {
        option: i32,
        value: Option<u32>,
        length: usize,
    },
    SetUserData {
        stream: i32,
        value: usize,
    },
    CertOrigin,
    /// More for the data provider made as number `provider`.
    Feed {
        provider: usize,
        steps: Vec<Read>,
    },
}

impl Call {
    /// The pairs that the call takes.
    pub fn nv_mut(&mut self) -> Option<&mut Nv> {
        match self {
            Call::Request { nv, .. }
            | Call::Response { nv, .. }
            | Call::SynStream { nv, .. }
            | Call::SynReply { nv, .. }
            | Call::Headers { nv, .. } => Some(nv),
            _ => None,
        }
    }
}

/// Name/value pairs of the application.
#[derive(Clone, Debug)]
pub struct Nv {
    pub pairs: Vec<(Vec<u8>, Vec<u8>)>,
    /// A name without value at the end.
    pub dangling: Option<&'static str>,
}

/// One answer of a data provider.
#[derive(Clone, Copy, Debug)]
pub enum Read {
    /// So many bytes.
    Chunk(usize),
    /// The same, and the end.
    Last(usize),
    /// This result, and nothing written.
    Returns(isize),
}

/// How `send_callback` behaves during one `session_send`.
#[derive(Clone, Copy, Debug)]
pub enum Transport {
    /// It takes all there is.
    Open,
    /// Frame by frame, it takes small pieces, fails, or would block, as this seed has it.
    Shaky(u64),
}

#[derive(Clone, Debug)]
pub struct Receive {
    pub frames: Vec<Frame>,
    /// Bytes at the end that only come with the next step that receives.
    pub held_back: usize,
    /// The most bytes that come in one piece.
    pub piece: usize,
    pub via: Via,
}

#[derive(Clone, Copy, Debug)]
pub enum Via {
    /// `session_mem_recv`.
    Memory,
    /// `session_recv`, whose callback ends with this result.
    Callback(isize),
}

/// A frame of the peer's.
#[derive(Clone, Debug)]
pub enum Frame {
    SynStream {
        version: u16,
        flags: u8,
        stream: u32,
        assoc: u32,
        pri: u8,
        slot: u8,
        block: Block,
    },
    SynReply {
        version: u16,
        flags: u8,
        stream: u32,
        block: Block,
    },
    Headers {
        version: u16,
        flags: u8,
        stream: u32,
        block: Block,
    },
    Settings {
        version: u16,
        flags: u8,
        entries: Vec<(u32, u8, u32)>,
    },
    /// RST_STREAM, PING, GOAWAY, WINDOW_UPDATE, and whatever else has fixed fields: any control frame of 32-bit words.
    Words {
        version: u16,
        kind: u16,
        flags: u8,
        words: Vec<u32>,
    },
    /// Any control frame.
    Control {
        version: u16,
        kind: u16,
        flags: u8,
        payload: Vec<u8>,
    },
    Data {
        stream: u32,
        flags: u8,
        length: usize,
    },
    /// Not a frame at all.
    Raw(Vec<u8>),
    /// A frame with some bytes changed, each at so many thousandths of its length.
    Damaged {
        frame: Box<Frame>,
        changes: Vec<(usize, u8)>,
    },
    /// A frame whose head claims another length by this.
    Misjudged { frame: Box<Frame>, by: i32 },
}

/// A header block of the peer's.
#[derive(Clone, Debug)]
pub struct Block {
    pub content: Content,
    pub method: Method,
}

#[derive(Clone, Debug)]
pub enum Content {
    /// Pairs, keeping the rules or not.
    Pairs(Vec<(Vec<u8>, Vec<u8>)>),
    /// Pairs with another count in front, or bytes behind.
    Miscounted {
        pairs: Vec<(Vec<u8>, Vec<u8>)>,
        count: u32,
        behind: Vec<u8>,
    },
    /// Any bytes, compressed properly.
    Inflated(Vec<u8>),
    /// Any bytes, not compressed.
    Compressed(Vec<u8>),
}
