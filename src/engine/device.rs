//! Opening a device for a job, and how it computes convolutions.

use crate::compute::forms::{self, Forms};
use crate::compute::{ComputeDevice, DeviceError};
use crate::config::{DeviceChoice, DeviceInfo};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

pub use crate::compute::forms::FormTimes;

/// Opens the device. The first time on a machine it is measured which form its convolutions get (`compute/forms`); the
/// result lies in the cache folder.
pub(crate) fn open(choice: DeviceChoice) -> Result<ComputeDevice, DeviceError> {
    let device = ComputeDevice::open(choice)?;
    forms::choose(&device, &AppDirs::find().cache);
    Ok(device)
}

/// The forms of one device, measured now.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct FormsBench {
    pub device: DeviceInfo,
    pub times: FormTimes,
    /// What it uses, which may come from an earlier measurement.
    pub used: Forms,
}

/// Somebody asked for the table, so there is more time than at a start.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures the forms of GPUs, of software ones too. The CPU has operations of its own and is left out.
///
/// # Errors
/// A device that cannot be opened.
pub(crate) fn bench_forms(devices: &[DeviceChoice]) -> Result<Vec<FormsBench>, EngineError> {
    let mut found = Vec::new();
    for choice in devices {
        let device = open(*choice)?;
        if !device.is_cpu() {
            let (times, used) = (forms::measure(&device, PATIENCE), forms::chosen(device.device()));
            found.push(FormsBench { device: device.info, times, used });
        }
    }
    Ok(found)
}

impl fmt::Display for FormsBench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: convolutions of kernel 4 and stride 2, forward and backward", self.device.name)?;
        writeln!(f, "  {:<8} {:>12} {:>12}", "form", "halving", "doubling")?;
        let milliseconds = |seconds: Option<f64>| seconds.map_or("-".to_owned(), |s| format!("{:.2} ms", s * 1e3));
        for row in &self.times.0 {
            let (down, up) = (milliseconds(row.down), milliseconds(row.up));
            writeln!(f, "  {:<8} {down:>12} {up:>12}", row.form.name())?;
        }
        writeln!(f, "  in use: {} and {}", self.used.down.name(), self.used.up.name())
    }
}
