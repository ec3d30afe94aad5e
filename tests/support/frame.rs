//! A control frame as a value, whether a callback showed it or it was read off the wire.
//!
//! `Display` gives one line with every field, the form that tests compare:
//! `SYN_STREAM v3 flags=1 stream=1 assoc=0 pri=3 slot=0 {:method: GET; :path: /}`. The length is
//! left out because that of a header block depends on the compressor; it is in [`Frame::length`].

use std::fmt;

/// Name/value pairs in the order seen.
pub type Pairs = Vec<(Vec<u8>, Vec<u8>)>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub version: u16,
    pub flags: u8,
    pub length: i32,
    pub body: Body,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    SynStream {
        stream_id: i32,
        assoc_stream_id: i32,
        pri: u8,
        slot: u8,
        nv: Option<Pairs>,
    },
    SynReply {
        stream_id: i32,
        nv: Option<Pairs>,
    },
    Headers {
        stream_id: i32,
        nv: Option<Pairs>,
    },
    RstStream {
        stream_id: i32,
        status_code: u32,
    },
    /// Entries as (id, flags, value).
    Settings(Vec<(i32, u8, u32)>),
    Noop,
    Ping(u32),
    Goaway {
        last_good_stream_id: i32,
        status_code: u32,
    },
    WindowUpdate {
        stream_id: i32,
        delta: i32,
    },
    Other {
        kind: u16,
    },
}

impl Frame {
    /// `SYN_STREAM` and so on.
    pub fn name(&self) -> &'static str {
        match self.body {
            Body::SynStream { .. } => "SYN_STREAM",
            Body::SynReply { .. } => "SYN_REPLY",
            Body::Headers { .. } => "HEADERS",
            Body::RstStream { .. } => "RST_STREAM",
            Body::Settings(_) => "SETTINGS",
            Body::Noop => "NOOP",
            Body::Ping(_) => "PING",
            Body::Goaway { .. } => "GOAWAY",
            Body::WindowUpdate { .. } => "WINDOW_UPDATE",
            Body::Other { .. } => "OTHER",
        }
    }

    /// The stream the frame is about; 0 for frames about the session.
    pub fn stream_id(&self) -> i32 {
        match self.body {
            Body::SynStream { stream_id, .. }
            | Body::SynReply { stream_id, .. }
            | Body::Headers { stream_id, .. }
            | Body::RstStream { stream_id, .. }
            | Body::WindowUpdate { stream_id, .. } => stream_id,
            _ => 0,
        }
    }

    /// The name/value pairs; empty for a frame without any.
    pub fn pairs(&self) -> &[(Vec<u8>, Vec<u8>)] {
        match &self.body {
            Body::SynStream { nv, .. } | Body::SynReply { nv, .. } | Body::Headers { nv, .. } => {
                nv.as_deref().unwrap_or_default()
            }
            _ => &[],
        }
    }

    /// The value of the first pair with this name.
    pub fn value(&self, name: &str) -> Option<&[u8]> {
        self.pairs()
            .iter()
            .find(|(key, _)| key == name.as_bytes())
            .map(|(_, value)| value.as_slice())
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} v{} flags={}", self.name(), self.version, self.flags)?;
        match &self.body {
            Body::SynStream {
                stream_id,
                assoc_stream_id,
                pri,
                slot,
                nv,
            } => write!(
                f,
                " stream={stream_id} assoc={assoc_stream_id} pri={pri} slot={slot} {}",
                Nv(nv.as_ref())
            ),
            Body::SynReply { stream_id, nv } | Body::Headers { stream_id, nv } => {
                write!(f, " stream={stream_id} {}", Nv(nv.as_ref()))
            }
            Body::RstStream {
                stream_id,
                status_code,
            } => write!(f, " stream={stream_id} status={status_code}"),
            Body::Settings(entries) => {
                for (id, flags, value) in entries {
                    write!(f, " {id}/{flags}={value}")?;
                }
                Ok(())
            }
            Body::Noop => Ok(()),
            Body::Ping(id) => write!(f, " id={id}"),
            Body::Goaway {
                last_good_stream_id,
                status_code,
            } => write!(f, " last={last_good_stream_id} status={status_code}"),
            Body::WindowUpdate { stream_id, delta } => {
                write!(f, " stream={stream_id} delta={delta}")
            }
            Body::Other { kind } => write!(f, " type={kind}"),
        }
    }
}

struct Nv<'a>(Option<&'a Pairs>);

impl fmt::Display for Nv<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(pairs) = self.0 else {
            return f.write_str("NULL");
        };
        f.write_str("{")?;
        for (index, (name, value)) in pairs.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(
                f,
                "{separator}{}: {}",
                name.escape_ascii(),
                value.escape_ascii()
            )?;
        }
        f.write_str("}")
    }
}
