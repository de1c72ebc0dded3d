//! From desired and known prices to the smallest set of requests.
