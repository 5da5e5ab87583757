//! Which device does the arithmetic: finding, choosing and testing it.
//!
//! All tensor work of a run happens on one thread, because the GPU runtime gives each thread its own stream and memory
//! pool.

mod adapters;
mod cpu;
mod device;
pub mod gpu;
mod half_test;
mod kernel;
pub mod ops;
mod readback;
mod self_test;
mod threads;
mod upload;

pub(crate) use adapters::list_devices;
pub(crate) use cpu::{AdamStep, Geometry, add_relu, forward_alone, give, take, work_done};
#[cfg(test)]
pub(crate) use device::any_gpu;
pub(crate) use device::is_cpu;
pub use device::{ComputeDevice, DeviceError};
pub(crate) use half_test::{Shape, half_error};
pub use kernel::{Kernel, Normalisation};
pub use readback::read;
pub(crate) use readback::readback_counts;
pub use threads::limit_threads;
pub(crate) use upload::{constant, upload, upload_counts, upload_int};
