//! Generated pictures to measure.

use crate::compute::ComputeDevice;
use crate::engine::protocol::error::EngineError;
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::metrics::PictureSet;
use crate::model::SavedGenerator;

/// Pictures generated or judged between two checks for cancellation.
pub(super) const CHUNK: usize = 50;

/// The first `n` pictures of a seed, as `generate` numbers them, on the CPU.
///
/// # Errors
/// A device that fails; cancelled.
pub(in crate::engine) fn generate_set(
    model: &SavedGenerator,
    n: usize,
    seed: u64,
    control: JobControl,
) -> Result<PictureSet, EngineError> {
    let device = ComputeDevice::cpu();
    let (generator, weights) = model.open(device.device());
    let source = LatentSource { kind: model.config.latent, size: generator.latent_size(), seed };
    let mut set = PictureSet::new(generator.side());
    for first in (0..n).step_by(CHUNK) {
        control.check()?;
        let numbers = first..(first + CHUNK).min(n);
        let z: Vec<f32> = numbers.flat_map(|i| source.draw(Stream::Generate, i as u64, 1)).collect();
        for frame in render(&generator, &weights, &z, device.device())? {
            set.push(&frame.data)?;
        }
        control.report("pictures generated", set.len(), n);
    }
    Ok(set)
}
