//! `precision: auto`: 16 bits where the device has matrix units for them, is faster with them, and computes the
//! networks of a training well. Without such units a product of 16-bit numbers takes as many instructions as one of 32
//! bits, and more to convert.

use crate::compute::gpu::{FoundOn, half_gain, matrix_units, remembered};
use crate::compute::{ComputeDevice, ShaderLanguage, Shape, half_error};
use crate::config::{Precision, RunConfig};
use crate::model::{Discriminator, Generator};
use std::path::Path;

/// Largest error of a convolution or of one of its gradients, relative to its length: what our own kernels are held to
/// in 16 bits.
const TOLERANCE: f32 = 2e-2;

/// The file in the cache folder.
const FILE: &str = "precision.json";

/// The precision that is meant by `config` on this device and the others that share its batches, and why, where it is
/// chosen here. Of a worker's device nothing is known (none). What was found out about a device is kept in `folder`.
pub(crate) fn choose_precision(
    config: &RunConfig,
    device: &ComputeDevice,
    others: &[Option<ComputeDevice>],
    folder: &Path,
) -> (Precision, Option<String>) {
    if config.precision != Precision::Auto {
        return (config.precision, None);
    }
    if device.is_cpu() {
        return (Precision::F32, None);
    }
    let (precision, why) = suited(config, device, folder);
    if precision == Precision::Mixed {
        for other in others {
            let Some(other) = other else {
                let why = "Precision: 32-bit, because it is not known here what the workers' devices can do.";
                return (Precision::F32, Some(why.to_owned()));
            };
            if let (Precision::F32, why) = suited(config, other, folder) {
                return (Precision::F32, Some(why));
            }
        }
    }
    (precision, Some(why))
}

/// What suits the device, and why.
fn suited(config: &RunConfig, device: &ComputeDevice, folder: &Path) -> (Precision, String) {
    let name = &device.info.name;
    let full = |because: String| (Precision::F32, format!("Precision: 32-bit, because {because}."));
    if !device.has_half() {
        return full(format!("{name} has no 16-bit floats"));
    }
    if matrix_units(device.device()).is_none() {
        return full(match device.language {
            ShaderLanguage::Spirv => {
                format!("{name} lists no matrix units that fit; without them 16 bits gain nothing")
            }
            ShaderLanguage::Wgsl => {
                format!(
                    "{name} gets its shaders in WGSL, which knows no matrix units; without them 16 bits gain nothing"
                )
            }
        });
    }
    if let Some(gain) = half_gain(device.device()).filter(|gain| *gain <= 1.0) {
        return full(format!("{name} convolves {:.1} times as long in 16 bits", 1.0 / gain));
    }
    verdict(name, known_error(config, device, folder))
}

/// The largest error of the networks' convolutions in 16 bits, which is tried once for each of them.
fn known_error(config: &RunConfig, device: &ComputeDevice, folder: &Path) -> f32 {
    let errors = shapes(config).into_iter().map(|shape| {
        let about = format!("16 bits, {}, {}", device.language.name(), named(shape));
        // What is no number is not written down, and tried again.
        let find = || Some(half_error(shape, device.device())).filter(|error| error.is_finite());
        remembered(&folder.join(FILE), &FoundOn::of(&device.info, &about), find).unwrap_or(f32::INFINITY)
    });
    errors.fold(0.0, f32::max)
}

/// All convolutions of the networks, each once.
fn shapes(config: &RunConfig) -> Vec<Shape> {
    let mut shapes = Generator::new(&config.model).convolutions();
    shapes.extend(Discriminator::new(&config.model).convolutions());
    let mut once = Vec::new();
    shapes.retain(|shape| {
        let new = !once.contains(&named(*shape));
        once.push(named(*shape));
        new
    });
    shapes
}

/// What tells it from others.
fn named(Shape { kernel, channels: [c_in, c_out], side, up }: Shape) -> String {
    let leads = if up { "up" } else { "down" };
    format!("kernel {} by {} {leads}, {c_in} to {c_out} at {side}", kernel.size, kernel.stride)
}

/// Of each convolution of the networks in 16 bits.
#[cfg(test)]
pub(crate) fn errors(config: &RunConfig, device: &ComputeDevice) -> Vec<f32> {
    shapes(config).into_iter().map(|shape| half_error(shape, device.device())).collect()
}

/// What follows from the largest error of all convolutions.
fn verdict(name: &str, worst: f32) -> (Precision, String) {
    if worst <= TOLERANCE {
        let why = format!("Precision: mixed. {name} computes these networks in 16 bits to within {worst:.0e}.");
        return (Precision::Mixed, why);
    }
    let why = format!(
        "Precision: 32-bit, because {name} is off by {worst:.0e} of these networks' convolutions in 16 bits; at most \
         {TOLERANCE:.0e} would do."
    );
    (Precision::F32, why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{ShaderCount, any_gpu};
    use crate::config::{PRESETS, Preset};

    fn auto(preset: &str) -> RunConfig {
        let mut config = Preset::find(preset).unwrap().config();
        (config.model.g_width, config.model.d_width, config.precision) = (8, 8, Precision::Auto);
        config
    }

    #[test]
    fn what_is_asked_for_is_taken_and_a_processor_keeps_32_bits() {
        let (cpu, folder) = (ComputeDevice::cpu(), tempfile::tempdir().unwrap());
        assert_eq!(choose_precision(&auto("modern-64"), &cpu, &[], folder.path()), (Precision::F32, None));
        let mixed = RunConfig { precision: Precision::Mixed, ..auto("quick-32") };
        assert_eq!(
            choose_precision(&mixed, &cpu, &[], folder.path()),
            (Precision::Mixed, None),
            "refused later, with a reason"
        );
        for preset in PRESETS {
            assert_eq!(preset.config().precision, Precision::Auto, "{}", preset.name);
            assert!(auto(preset.name).validate().is_ok());
        }
    }

    #[test]
    fn the_worst_error_decides() {
        let (precision, why) = verdict("A card", 1e-3);
        assert_eq!(precision, Precision::Mixed);
        assert_eq!(why, "Precision: mixed. A card computes these networks in 16 bits to within 1e-3.");
        for bad in [0.5, f32::INFINITY, f32::NAN] {
            let (precision, why) = verdict("A card", bad);
            assert_eq!(precision, Precision::F32, "{bad}");
            assert!(why.contains("at most 2e-2 would do"));
        }
    }

    #[test]
    fn a_card_is_tested_with_its_own_layers() {
        let Some(gpu) = any_gpu() else { return };
        let folder = tempfile::tempdir().unwrap();
        let (precision, why) = choose_precision(&auto("quick-32"), &gpu, &[], folder.path());
        let why = why.expect("said on every card");
        let mixed = gpu.has_half() && matrix_units(gpu.device()).is_some();
        assert_eq!(precision, if mixed { Precision::Mixed } else { Precision::F32 }, "{why}");
        assert!(why.contains(&gpu.info.name), "{why}");
        // A member of which nothing is known, or which has no such numbers, decides for all.
        for other in [None, Some(ComputeDevice::cpu())] {
            let (precision, why) = choose_precision(&auto("quick-32"), &gpu, &[other], folder.path());
            assert_eq!(precision, Precision::F32, "{why:?}");
        }
        // Without matrix units it would compute rightly, too. Larger ones have the same layers, of more pixels.
        for preset in PRESETS.iter().filter(|preset| gpu.has_half() && preset.config().model.size <= 64) {
            let config = auto(preset.name);
            let worst = known_error(&config, &gpu, folder.path());
            let (precision, why) = verdict("It", worst);
            assert_eq!(precision, Precision::Mixed, "{}: {why}", preset.name);
            // Each convolution is tried once, whatever network has it.
            let count = ShaderCount::begin();
            assert_eq!(known_error(&config, &gpu, folder.path()), worst);
            assert_eq!(count.end(), 0);
        }
    }
}
