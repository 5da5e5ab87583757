//! Which convolution algorithms a GPU uses: measured once for each layer and precision, and remembered.

use super::algorithms::{Chosen, GpuConvAlgorithm, GpuConvAlgorithms, HALVING, LAYERS, MeasuredLayer, keep, known};
use super::conv::conv;
use super::remembered::{FoundOn, remembered};
use super::tiles::matrix_units;
use crate::compute::{ComputeDevice, ConvLayer, DeviceError, read};
use burn::tensor::{Device, Distribution, FloatDType, Tensor};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::time::{Duration, Instant};

/// Overrides the choice by the name of an algorithm. For measurements and tests.
const VARIABLE: &str = "PURRTRAIT_CONV_ALGORITHM";
/// Its name before.
const OLDER_VARIABLE: &str = "PURRTRAIT_FORMS";
/// The file in the cache folder.
const FILE: &str = "convolutions.json";

/// Decides the algorithms of an opened GPU, in 32 bits and in 16: remembered in `folder` from an earlier start,
/// otherwise measured now, which takes a few seconds. A software adapter is not measured, and the CPU has operations of
/// its own. A cache that cannot be read or written costs a measurement, no more.
pub fn choose(device: &ComputeDevice, folder: &Path) -> [GpuConvAlgorithms; 2] {
    if let Some(chosen) = known(device.device()) {
        return chosen.algorithms;
    }
    let forced = std::env::var(VARIABLE).or_else(|_| std::env::var(OLDER_VARIABLE)).ok();
    let forced = forced.and_then(|name| GpuConvAlgorithm::ALL.into_iter().find(|algorithm| algorithm.name() == name));
    let chosen = |half: bool| match forced {
        Some(algorithm) => (GpuConvAlgorithms::all(algorithm), None),
        None if device.is_cpu() || device.info.software => (GpuConvAlgorithms::TILES, None),
        None => {
            let about = format!("{} {}", if half { "f16" } else { "f32" }, device.language.name());
            let measure = || Some(measure(device, half, BUDGET));
            let times = remembered(&folder.join(FILE), &FoundOn::of(&device.info, &about), measure);
            times.map_or((GpuConvAlgorithms::TILES, None), |times| (times.choice(), times.seconds()))
        }
    };
    let (full, seconds) = chosen(false);
    // Without matrix units, units multiply in 16 bits as they do in 32.
    let (half, half_seconds) = if matrix_units(device.device()).is_some() { chosen(true) } else { (full, None) };
    let algorithms = [full, half];
    keep(Chosen { device: device.device().clone(), algorithms, seconds: [seconds, half_seconds] });
    algorithms
}

/// How long each algorithm takes for one layer, forward and backward.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct LayerTimes {
    /// It is transposed.
    pub up: bool,
    pub layer: MeasuredLayer,
    /// Each algorithm that was timed, and its seconds.
    pub seconds: Vec<(GpuConvAlgorithm, f64)>,
}

impl LayerTimes {
    /// The fastest algorithm, and its seconds.
    fn best(&self) -> Option<(GpuConvAlgorithm, f64)> {
        self.seconds.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))
    }
}

/// Of all layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ConvTimes(pub Vec<LayerTimes>);

impl ConvTimes {
    /// The fastest of each layer.
    pub(crate) fn choice(&self) -> GpuConvAlgorithms {
        let best = |up: bool| {
            LAYERS.map(|layer| {
                let times = self.0.iter().find(|times| (times.layer, times.up) == (layer, up));
                times.and_then(LayerTimes::best).map_or(GpuConvAlgorithm::Tiles, |(algorithm, _)| algorithm)
            })
        };
        GpuConvAlgorithms { down: best(false), up: best(true) }
    }

    /// What the choice takes for all layers; none where one was not measured.
    fn seconds(&self) -> Option<f64> {
        let all: Option<Vec<f64>> = self.0.iter().map(|times| Some(times.best()?.1)).collect();
        all.filter(|all| !all.is_empty()).map(|all| all.iter().sum())
    }
}

/// Pictures, as many as most presets' batches have: how many tiles there are decides which are faster.
const BATCH: usize = 64;
/// On a software adapter, which takes half a minute for a layer of as many. Nothing is decided by its times.
const SOFTWARE_BATCH: usize = 2;
/// Repetitions that are timed, after one that compiles the kernels.
const REPEATS: usize = 5;
/// Time for the measurement of one precision at the first start.
const BUDGET: Duration = Duration::from_secs(3);

/// Times all algorithms on this device, in 16 bits if `half`. After `budget` none is begun any more but the first of
/// each layer, our own.
pub(crate) fn measure(device: &ComputeDevice, half: bool, budget: Duration) -> ConvTimes {
    use GpuConvAlgorithm::{LargeTiles, SmallTiles};
    let (started, batch) = (Instant::now(), pictures(device));
    let share = budget / (2 * GpuConvAlgorithm::ALL.len() * LAYERS.len()) as u32;
    // Matrix units take tiles of one shape.
    let one_shape = half && matrix_units(device.device()).is_some();
    let mut found = Vec::new();
    for (layer, up) in LAYERS.into_iter().flat_map(|layer| [(layer, false), (layer, true)]) {
        let mut seconds = Vec::new();
        for algorithm in GpuConvAlgorithm::ALL {
            let same = one_shape && matches!(algorithm, SmallTiles | LargeTiles);
            let late = algorithm != GpuConvAlgorithm::Tiles && started.elapsed() >= budget;
            if same || late {
                continue;
            }
            let rule = ConvLayer { kernel: HALVING, up, half, leak: 1.0 };
            // A device that fails at one of them is left with the others.
            if let Ok(taken) = time(device.device(), algorithm, rule, layer, batch, share) {
                seconds.push((algorithm, taken));
            }
        }
        found.push(LayerTimes { up, layer, seconds });
    }
    // Slices take some hundred megabytes.
    device.release_unused_memory();
    ConvTimes(found)
}

/// How many pictures are convolved at once.
pub(crate) fn pictures(device: &ComputeDevice) -> usize {
    if device.info.software { SOFTWARE_BATCH } else { BATCH }
}

/// Seconds of the shortest of some repetitions, forward and backward; of at least one, however long it takes.
fn time(
    device: &Device,
    algorithm: GpuConvAlgorithm,
    rule: ConvLayer,
    MeasuredLayer { side, channels: [c_large, c_small] }: MeasuredLayer,
    batch: usize,
    share: Duration,
) -> Result<f64, DeviceError> {
    let random = |shape: [usize; 4]| Tensor::<4>::random(shape, Distribution::Normal(0.0, 1.0), device);
    let small = [batch, c_small, side / 2, side / 2];
    let x = random(if rule.up { small } else { [batch, c_large, side, side] });
    let x = if rule.half { x.cast(FloatDType::F16) } else { x }.autodiff().require_grad();
    let weight = random([c_small, c_large, HALVING.size, HALVING.size]).autodiff().require_grad();
    let mut best = f64::INFINITY;
    let begun = Instant::now();
    for repeat in 0..=REPEATS {
        let started = Instant::now();
        let y = conv(algorithm, x.clone(), weight.clone(), rule).cast(FloatDType::F32);
        let gradients = y.square().mean().backward();
        // One number of each gradient makes the device finish.
        let ends = [x.grad(&gradients), weight.grad(&gradients)];
        let ends =
            ends.into_iter().flatten().map(|g| g.slice([0..1, 0..1, 0..1, 0..1]).reshape([1]).cast(FloatDType::F32));
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
    use super::GpuConvAlgorithm::{LargeTiles, Slices, SmallTiles, Tiles};
    use super::*;
    use crate::compute::any_gpu;

    #[test]
    fn the_fastest_is_chosen_for_each_layer() {
        let row = |number: usize, up, seconds: &[(GpuConvAlgorithm, f64)]| LayerTimes {
            up,
            layer: LAYERS[number],
            seconds: seconds.to_vec(),
        };
        let mut table = ConvTimes(vec![
            row(0, false, &[(Tiles, 2.0), (SmallTiles, 1.0), (Slices, 3.0)]),
            row(0, true, &[(Tiles, 1.0), (SmallTiles, 2.0)]),
            row(3, true, &[(Tiles, 4.0), (LargeTiles, 3.0), (Slices, 0.5)]),
        ]);
        let expected = GpuConvAlgorithms { down: [SmallTiles, Tiles, Tiles, Tiles], up: [Tiles, Tiles, Tiles, Slices] };
        assert_eq!(table.choice(), expected);
        assert_eq!(table.seconds(), Some(2.5));
        // A layer that the device failed at says nothing of how long all take.
        table.0[1].seconds.clear();
        assert_eq!((table.choice(), table.seconds()), (expected, None));
        let nothing = ConvTimes(Vec::new());
        assert_eq!((nothing.choice(), nothing.seconds()), (GpuConvAlgorithms::TILES, None));
        let text = serde_json::to_string(&table).unwrap();
        assert_eq!(serde_json::from_str::<ConvTimes>(&text).unwrap(), table);
    }

    /// On a software adapter, where a choice by its times would mean nothing.
    #[test]
    fn a_device_without_time_is_measured_with_our_own_alone() {
        let Some(gpu) = any_gpu() else { return };
        let times = measure(&gpu, false, Duration::ZERO);
        assert_eq!(times.0.len(), 2 * LAYERS.len());
        assert!(
            times.0.iter().all(|times| matches!(times.seconds[..], [(Tiles, seconds)] if seconds > 0.0)),
            "{times:?}"
        );
        assert_eq!(times.choice(), GpuConvAlgorithms::TILES);
        assert!(times.seconds().is_some());
    }
}
