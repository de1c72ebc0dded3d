//! The adapter and its simulator, from outside.
