//! The engine decides, the driver and the transport act.
