//! Which device does the arithmetic: finding, choosing and testing it.
//!
//! All tensor work of a run happens on one thread, because the GPU runtime gives each thread its own stream and memory
//! pool.

mod adapters;
mod backend;
mod cpu;
mod device;
#[cfg(test)]
mod furthest;
pub mod gpu;
mod half_test;
mod kernel;
mod language;
pub mod ops;
mod out_of_memory;
mod readback;
mod self_test;
mod shaders;
mod threads;
mod upload;

pub(crate) use adapters::list_devices;
pub(crate) use backend::is_cpu;
pub(crate) use cpu::{AdamStep, Geometry, add_relu, forward_alone, give, take, work_done};
pub use device::{ComputeDevice, DeviceError};
#[cfg(test)]
pub(crate) use device::{any_gpu, gpu_to_lose};
#[cfg(test)]
pub(crate) use furthest::furthest;
pub(crate) use half_test::{Shape, full_error, half_error};
pub use kernel::{ConvLayer, Kernel, Normalisation};
pub(crate) use language::ShaderLanguage;
pub use out_of_memory::overhear;
#[cfg(test)]
pub(crate) use out_of_memory::stand_in;
pub(crate) use out_of_memory::{mark, needed, ran_out};
#[cfg(test)]
pub(crate) use readback::lost;
pub use readback::read;
pub(crate) use readback::readback_counts;
pub(crate) use shaders::ShaderCount;
pub use threads::limit_threads;
pub(crate) use threads::{work_alone, work_along};
pub use upload::upload_counts;
pub(crate) use upload::{upload, upload_int};
