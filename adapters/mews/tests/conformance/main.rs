//! Every clause of the adapter specification.
//!
//! That each clause can fail is seen beside the generic adapter; what is only this vendor's
//! is in the other tests.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod written;

#[cfg(test)]
mod conformance {
    rackrate_conformance::suite!(crate::sample::vendor());
}
