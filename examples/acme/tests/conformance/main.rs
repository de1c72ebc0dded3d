//! Every clause of the adapter specification, and Acme's own examples.

// The name of a vendor of the catalogue, so that the page's files stand here word for word.
#[cfg(test)]
extern crate rackrate_example_acme as rackrate_acme;

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
