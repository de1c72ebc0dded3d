//! Every clause of the adapter specification, for both kinds of grants and for a client that
//! signs, and that each of them can fail.

#[cfg(test)]
mod can_fail;
#[cfg(test)]
mod consented;
#[cfg(test)]
mod keyed;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod sloppy;

#[cfg(test)]
mod conformance {
    rackrate_conformance::suite!(crate::sample::vendor());
}

#[cfg(test)]
mod a_grant_of_a_person {
    rackrate_conformance::suite!(crate::consented::by_consent());
}

#[cfg(test)]
mod a_client_that_signs {
    rackrate_conformance::suite!(crate::keyed::by_key());
}
