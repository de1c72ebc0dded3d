//! NewVendor's JSON, as private types. Amounts stay text, because a float would round them.
