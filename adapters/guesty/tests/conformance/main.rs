//! Every clause of the adapter specification, for both kinds of property.
//!
//! A hotel of many listings is read in several answers; a listing by itself is discovered
//! in pages. What is only this vendor's is in the other tests.

#[cfg(test)]
mod golden;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod written;

#[cfg(test)]
mod a_hotel_of_listings {
    rackrate_conformance::suite!(crate::sample::hotel_of_listings());
}

#[cfg(test)]
mod a_listing_by_itself {
    rackrate_conformance::suite!(crate::sample::listing_by_itself());
}
