//! Which convolution algorithms a GPU uses: measured once for each precision, and remembered.

use super::conv::{GpuConvAlgorithm, GpuConvAlgorithms, KERNEL, conv};
use super::remembered::{FoundOn, remembered};
use crate::compute::{ComputeDevice, ConvLayer, DeviceError, read};
use burn::tensor::{Device, Distribution, Tensor};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::RwLock;
use std::time::{Duration, Instant};

/// What was decided for a device, in 32 bits and in 16.
#[derive(Debug, Clone)]
struct Chosen {
    device: Device,
    algorithms: [GpuConvAlgorithms; 2],
    /// Seconds that these took where they were measured.
    seconds: [Option<f64>; 2],
}

/// Chosen once for each device and precision; never changed while the program runs.
static CHOSEN: RwLock<Vec<Chosen>> = RwLock::new(Vec::new());

/// The algorithm of the map's device for this layer; our own where there is no choice and as long as none was made.
pub(crate) fn chosen(x: &Tensor<4>, layer: ConvLayer) -> GpuConvAlgorithm {
    if layer.kernel != KERNEL {
        return GpuConvAlgorithm::Tiles;
    }
    let chosen = chosen_in(&x.device(), layer.half);
    if layer.up { chosen.up } else { chosen.down }
}

/// The device's algorithms where there is a choice, in 16 bits if `half`.
pub(crate) fn chosen_in(device: &Device, half: bool) -> GpuConvAlgorithms {
    known(device).map_or(GpuConvAlgorithms::TILES, |chosen| chosen.algorithms[usize::from(half)])
}

/// How many times as fast the device's convolutions are in 16 bits, where both were measured.
pub(crate) fn half_gain(device: &Device) -> Option<f64> {
    let [full, half] = known(device)?.seconds;
    Some(full? / half?)
}

fn known(device: &Device) -> Option<Chosen> {
    // A panic while the list is held leaves it as it was.
    let list = CHOSEN.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    list.iter().find(|known| known.device == *device).cloned()
}

/// Overrides the choice: `tiles` or `slices`. For measurements and tests.
const VARIABLE: &str = "PURRTRAIT_CONV_ALGORITHM";
/// The file in the cache folder.
const FILE: &str = "convolutions.json";

/// Decides the algorithms of an opened GPU, in 32 bits and in 16: remembered in `folder` from an earlier start,
/// otherwise measured now, which takes a few seconds. A software adapter is not measured, and the CPU has operations of
/// its own. A cache that cannot be read or written costs a measurement, no more.
pub fn choose(device: &ComputeDevice, folder: &Path) -> [GpuConvAlgorithms; 2] {
    if let Some(chosen) = known(device.device()) {
        return chosen.algorithms;
    }
    let forced = std::env::var(VARIABLE).ok();
    let forced = forced.and_then(|name| GpuConvAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name));
    let chosen = [false, true].map(|half| match forced {
        Some(algorithm) => (GpuConvAlgorithms { down: algorithm, up: algorithm }, None),
        None if device.is_cpu() || device.info.software || half && !device.has_half() => {
            (GpuConvAlgorithms::TILES, None)
        }
        None => {
            let about = format!("{} {}", if half { "f16" } else { "f32" }, device.language.name());
            let measure = || Some(measure(device, half, BUDGET));
            let times = remembered(&folder.join(FILE), &FoundOn::of(&device.info, &about), measure);
            times.map_or((GpuConvAlgorithms::TILES, None), |times| (times.choice(), times.seconds()))
        }
    });
    let algorithms = chosen.map(|(algorithms, _)| algorithms);
    let seconds = chosen.map(|(_, seconds)| seconds);
    let mut list = CHOSEN.write().unwrap_or_else(|poisoned| poisoned.into_inner());
    list.push(Chosen { device: device.device().clone(), algorithms, seconds });
    algorithms
}

/// How long one algorithm takes, forward and backward, over all measured layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConvTime {
    /// The algorithm that was timed.
    #[serde(alias = "form")]
    pub algorithm: GpuConvAlgorithm,
    /// Seconds for convolutions that halve the side; none where the device failed or the time was up.
    pub down: Option<f64>,
    /// Seconds for transposed ones that double it.
    pub up: Option<f64>,
}

/// One row for each algorithm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConvTimes(pub Vec<ConvTime>);

impl ConvTimes {
    /// The fastest of each direction.
    pub(crate) fn choice(&self) -> GpuConvAlgorithms {
        let best = |seconds: fn(&ConvTime) -> Option<f64>| {
            let measured = self.0.iter().filter_map(|row| Some((row.algorithm, seconds(row)?)));
            measured.min_by(|a, b| a.1.total_cmp(&b.1)).map_or(GpuConvAlgorithm::Tiles, |(algorithm, _)| algorithm)
        };
        GpuConvAlgorithms { down: best(|row| row.down), up: best(|row| row.up) }
    }

    /// What the choice takes, in both directions together.
    fn seconds(&self) -> Option<f64> {
        let best = |seconds: fn(&ConvTime) -> Option<f64>| self.0.iter().filter_map(seconds).min_by(f64::total_cmp);
        Some(best(|row| row.down)? + best(|row| row.up)?)
    }
}

/// Side, channels of the larger map, channels of the smaller map: the first layer of a discriminator of 64 px pictures,
/// and one from its middle; transposed, those of a generator.
const LAYERS: [[usize; 3]; 2] = [[64, 3, 64], [16, 128, 256]];
const BATCH: usize = 16;
/// Repetitions that are timed, after one that compiles the kernels.
const REPEATS: usize = 5;
/// Time for the measurement of one precision at the first start.
const BUDGET: Duration = Duration::from_secs(2);

/// Times all algorithms on this device, in 16 bits if `half`. After `budget` no further one is begun; our own is always
/// measured.
pub(crate) fn measure(device: &ComputeDevice, half: bool, budget: Duration) -> ConvTimes {
    let started = Instant::now();
    let share = budget / (2 * GpuConvAlgorithm::ALL.len() * LAYERS.len()) as u32;
    let time = |algorithm: GpuConvAlgorithm, up: bool| -> Option<f64> {
        let layers = LAYERS.iter().map(|layer| {
            (algorithm == GpuConvAlgorithm::Tiles || started.elapsed() < budget)
                .then(|| seconds(device.device(), half, algorithm, up, *layer, share))?
                .ok()
        });
        layers.sum()
    };
    let rows = GpuConvAlgorithm::ALL.map(|algorithm| ConvTime {
        algorithm,
        down: time(algorithm, false),
        up: time(algorithm, true),
    });
    ConvTimes(rows.to_vec())
}

/// The shortest of some repetitions, forward and backward; of at least one, however long it takes.
fn seconds(
    device: &Device,
    half: bool,
    algorithm: GpuConvAlgorithm,
    up: bool,
    [side, c_large, c_small]: [usize; 3],
    share: Duration,
) -> Result<f64, DeviceError> {
    let random = |shape: [usize; 4]| {
        let x = Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), device);
        x.autodiff().require_grad()
    };
    let small = [BATCH, c_small, side / 2, side / 2];
    let x = random(if up { small } else { [BATCH, c_large, side, side] });
    let weight = random([c_small, c_large, KERNEL.size, KERNEL.size]);
    let layer = ConvLayer { kernel: KERNEL, up, half, leak: 1.0 };
    let mut best = f64::INFINITY;
    let begun = Instant::now();
    for repeat in 0..=REPEATS {
        let started = Instant::now();
        let gradients = conv(algorithm, x.clone(), weight.clone(), layer).square().mean().backward();
        // One number of each gradient makes the device finish.
        let ends = [x.grad(&gradients), weight.grad(&gradients)];
        let ends = ends.into_iter().flatten().map(|g| g.slice([0..1, 0..1, 0..1, 0..1]).reshape([1]));
        read(ends.collect())?;
        if repeat > 0 {
            best = best.min(started.elapsed().as_secs_f64());
            if begun.elapsed() > share {
                break;
            }
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(down: [f64; 2], up: [f64; 2]) -> ConvTimes {
        let rows = GpuConvAlgorithm::ALL.iter().zip(down.iter().zip(up));
        let row = |(algorithm, (down, up)): (&GpuConvAlgorithm, (&f64, f64))| ConvTime {
            algorithm: *algorithm,
            down: Some(*down),
            up: Some(up),
        };
        ConvTimes(rows.map(row).collect())
    }

    #[test]
    fn the_fastest_is_chosen_in_each_direction() {
        let mut table = times([2.0, 1.0], [1.0, 2.0]);
        assert_eq!(table.choice(), GpuConvAlgorithms { down: GpuConvAlgorithm::Slices, up: GpuConvAlgorithm::Tiles });
        assert_eq!(table.seconds(), Some(2.0));
        table.0[1].down = None;
        assert_eq!(table.choice(), GpuConvAlgorithms::TILES);
        assert_eq!(table.seconds(), Some(3.0));
        table.0[0].down = None;
        assert_eq!(table.seconds(), None);
        assert_eq!(ConvTimes(Vec::new()).choice(), GpuConvAlgorithms::TILES);
    }
}
