//! Opening a device for a job.

use crate::compute::{ComputeDevice, DeviceError, gpu};
use crate::config::DeviceChoice;
use crate::engine::app_dirs::AppDirs;

/// Opens the device. The first time on a machine its convolution algorithms are measured (`compute/gpu`); the choice is
/// kept in the cache folder.
pub(crate) fn open(choice: DeviceChoice) -> Result<ComputeDevice, DeviceError> {
    let device = ComputeDevice::open(choice)?;
    gpu::choose(&device, &AppDirs::find().cache);
    Ok(device)
}
