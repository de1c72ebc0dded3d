//! Every clause of the adapter specification, and NewVendor's own examples.

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
