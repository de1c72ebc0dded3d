//! What commands do, step by step, on any host: discover, plan, apply, verify.

pub mod apply;
pub mod assemble;
mod audit;
pub mod creds;
pub mod discover;
mod fed;
mod hold;
pub mod plan;
mod rotating;
mod spill;
mod standing;
pub mod survey;
pub mod verify;
