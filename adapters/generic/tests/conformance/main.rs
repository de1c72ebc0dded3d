//! Every clause of the adapter specification, and that each of them can fail.

#[cfg(test)]
mod can_fail;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sloppy;

#[cfg(test)]
mod conformance {
    rackrate_conformance::suite!(crate::sample::vendor());
}
