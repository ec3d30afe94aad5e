//! Versions.

/// A version of the protocol, as chosen for a whole session.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Version {
    /// SPDY/2.
    Spdy2,
    /// SPDY/3.
    Spdy3,
    /// SPDY/3.1: SPDY/3 plus flow control for the connection. Its frames say version 3.
    Spdy3_1,
}
