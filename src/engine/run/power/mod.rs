//! The power of the computer that trains: whether it comes from a battery, and that the system does not go to sleep.
//! Both are asked for on threads of their own, as a system may take its time.

pub(in crate::engine) mod source;
mod inhibit;
pub(super) mod system;
pub(super) mod awake;
pub(super) mod battery;
