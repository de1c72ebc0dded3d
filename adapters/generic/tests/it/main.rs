//! The adapter against literal answers, against its simulator, and the simulator against
//! the specification.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod clients;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod payloads;
#[cfg(test)]
mod robust;
#[cfg(test)]
mod round_trip;
#[cfg(test)]
mod support;
#[cfg(test)]
mod vendor;
#[cfg(test)]
mod witness;
