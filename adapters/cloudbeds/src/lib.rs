//! The adapter of the Cloudbeds PMS API v1.3.
