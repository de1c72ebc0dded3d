//! The adapter of pms-v2, the plain protocol with client credentials, jobs and idempotency keys.
