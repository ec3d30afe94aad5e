//! What can go wrong inside the core.
