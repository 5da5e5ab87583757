//! Measuring how fast this machine trains, explores and convolves.

pub(super) mod convolutions;
pub(super) mod explore;
pub(super) mod report;
pub(super) mod training;

#[cfg(test)]
mod shaders_tests;
