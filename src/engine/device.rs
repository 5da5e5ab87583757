//! Opening a device for a job.

use crate::compute::{ComputeDevice, DeviceError, gpu};
use crate::config::{DeviceChoice, Precision, RunConfig};
use crate::engine::app_dirs::AppDirs;
use crate::engine::trial;
use crate::train::choose_precision;

/// Opens the device. The first time on a machine the language of its kernels is tried (`trial`) and its convolution
/// algorithms are measured (`compute/gpu`); what was found is kept in the cache folder.
pub(crate) fn open(choice: DeviceChoice) -> Result<ComputeDevice, DeviceError> {
    open_telling(choice, || ())
}

/// [`open`], which calls `trying` before what may take a minute.
pub(crate) fn open_telling(choice: DeviceChoice, trying: impl FnOnce()) -> Result<ComputeDevice, DeviceError> {
    let cache = AppDirs::find().cache;
    let device = ComputeDevice::open_in(choice, |info| trial::language(info, &cache, trying))?;
    gpu::choose(&device, &cache);
    Ok(device)
}

/// The precision of a training on this device and the others that share its batches (none: a worker's), and why, where
/// it is chosen here.
pub(crate) fn precision(
    config: &RunConfig,
    device: &ComputeDevice,
    others: &[Option<ComputeDevice>],
) -> (Precision, Option<String>) {
    choose_precision(config, device, others, &AppDirs::find().cache)
}
