//! How fast a GPU convolves with each of its algorithms.

use crate::compute::gpu::{self, ConvTimes, GpuConvAlgorithm, GpuConvAlgorithms, LAYERS, LayerTimes, MeasuredLayer};
use crate::config::{DeviceChoice, DeviceInfo};
use crate::engine::device;
use crate::engine::protocol::error::EngineError;
use crate::printable;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The convolution algorithms of one device in one precision, measured now.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ConvAlgorithmsBench {
    pub device: DeviceInfo,
    /// Whether 16-bit copies are multiplied.
    pub half: bool,
    /// How many were convolved at once.
    pub pictures: usize,
    pub times: ConvTimes,
    /// In which the device gets its kernels: `spirv` or `wgsl`.
    pub shaders: &'static str,
    /// Rows, columns and terms of what matrix units multiply at once in our own algorithm; none where they do not.
    pub matrix_units: Option<[usize; 3]>,
    /// What it uses, which may come from an earlier measurement.
    pub used: GpuConvAlgorithms,
}

/// Somebody asked for the table, so there is more time than at a start.
const PATIENCE: Duration = Duration::from_secs(120);

/// Measures the convolution algorithms of GPUs, software adapters included, in each precision that they have. The CPU
/// has algorithms of its own and is left out.
///
/// # Errors
/// A device that cannot be opened.
pub(crate) fn bench_conv_algorithms(devices: &[DeviceChoice]) -> Result<Vec<ConvAlgorithmsBench>, EngineError> {
    let mut found = Vec::new();
    for choice in devices {
        let device = device::open(*choice)?;
        for half in [false, true] {
            if !device.is_cpu() && (!half || device.has_half()) {
                let pictures = gpu::measured_pictures(&device);
                let (times, used) = (gpu::measure(&device, half, PATIENCE), gpu::chosen_in(device.device(), half));
                let matrix_units = gpu::matrix_units(device.device()).filter(|_| half);
                let (info, shaders) = (device.info.clone(), device.language.name());
                found.push(ConvAlgorithmsBench { device: info, half, pictures, times, shaders, matrix_units, used });
            }
        }
    }
    Ok(found)
}

impl fmt::Display for ConvAlgorithmsBench {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = if self.half { 16 } else { 32 };
        let name = printable::line(&self.device.name);
        writeln!(
            f,
            "{name}: convolutions of kernel 4 and stride 2, forward and backward, {} pictures in {bits} bits, in ms",
            self.pictures
        )?;
        writeln!(f, "  shaders: {}", self.shaders)?;
        if let Some([m, n, k]) = self.matrix_units {
            writeln!(f, "  tiles: by matrix units of {m} x {n} x {k}")?;
        }
        write!(f, "  {:<31}", "layer")?;
        GpuConvAlgorithm::ALL.iter().try_for_each(|algorithm| write!(f, " {:>11}", algorithm.name()))?;
        writeln!(f, "  in use")?;
        for LayerTimes { up, layer: MeasuredLayer { side, channels: [c_large, c_small] }, seconds } in &self.times.0 {
            let (half, used) = (side / 2, self.used.measured(*up));
            let layer = if *up {
                format!("{half} to {side} px, {c_small} to {c_large} channels")
            } else {
                format!("{side} to {half} px, {c_large} to {c_small} channels")
            };
            write!(f, "  {layer:<31}")?;
            for algorithm in GpuConvAlgorithm::ALL {
                let taken = seconds.iter().find(|(timed, _)| *timed == algorithm);
                let taken = taken.map_or("-".to_owned(), |(_, seconds)| format!("{:.2}", seconds * 1e3));
                write!(f, " {taken:>11}")?;
            }
            let place = LAYERS.iter().position(|measured| measured.side == *side);
            writeln!(f, "  {}", place.map_or("", |place| used[place].name()))?;
        }
        Ok(())
    }
}
