//! What a device must be able to do for a run.

use crate::compute::ComputeDevice;
use crate::config::{Precision, RunConfig, SettingError};

/// Whether `device` can do what the settings ask of it.
///
/// # Errors
/// 16 bits on a device that has none.
pub(crate) fn check_device(config: &RunConfig, device: &ComputeDevice) -> Result<(), SettingError> {
    if config.precision == Precision::Mixed && !device.has_half() {
        let reason = format!("mixed needs a GPU with 16-bit floats, and {} has none", device.info.name);
        return Err(SettingError::new("precision", reason));
    }
    Ok(())
}
