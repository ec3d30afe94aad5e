//! Header blocks.
