//! The published examples of five vendors, through the seam.

#[cfg(test)]
mod apaleo;
#[cfg(test)]
mod channex;
#[cfg(test)]
mod guesty;
#[cfg(test)]
mod mews;
#[cfg(test)]
mod ohip;
#[cfg(test)]
mod support;
