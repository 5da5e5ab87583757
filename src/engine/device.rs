//! Opening a device for a job.

use crate::compute::{ComputeDevice, DeviceError, gpu};
use crate::config::DeviceChoice;
use crate::engine::app_dirs::AppDirs;
use crate::engine::trial;

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
