//! Every clause of the adapter specification, for both kinds of key, which have another
//! allowance, for a grant that a person gives, and for a key that comes of one.
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
mod the_key_of_a_property {
    rackrate_conformance::suite!(crate::sample::vendor());
}

#[cfg(test)]
mod the_key_of_a_partner {
    rackrate_conformance::suite!(crate::sample::of_a_partner());
}

#[cfg(test)]
mod a_grant_of_a_person {
    rackrate_conformance::suite!(crate::sample::by_consent());
}

#[cfg(test)]
mod a_key_of_a_consent {
    rackrate_conformance::suite!(crate::sample::by_key());
}
