//! The averaged generator as it is shown and saved.

use super::{TrainError, Trainer};
use crate::compute::{DeviceError, read, upload};
use crate::latent::{Stream, map_latents, render};
use crate::model::{SavedGenerator, Weights};
use crate::pixels::Frame;

/// Batches that the average's statistics are taken from, at least.
const BATCHES: usize = 4;
/// Latents in all of them, at least, for what is kept. With 32, in batches of 8, the colours of 772 pictures were on
/// average 11 grey levels off; with 128 or more 1 to 3 (docs/measurements.md, "Batches on a CPU").
const LATENTS: usize = 256;

impl Trainer {
    /// The sample pictures, always of the same latents. Averaged weights, unless averaging is off.
    ///
    /// # Errors
    /// When the device fails.
    pub fn samples(&self) -> Result<Vec<Frame>, DeviceError> {
        let z = self.latents.draw(Stream::Samples, 0, self.config.sample_count as usize);
        // There are many sheets: with small batches 256 latents would take longer than the steps between two of them.
        render(&self.generator, &self.settled_from(0), &z, self.device.device())
    }

    /// The pictures of the map of latents, row by row, as the averaged generator that is saved draws them.
    ///
    /// # Errors
    /// When the device fails.
    pub(crate) fn map(&self) -> Result<Vec<Frame>, DeviceError> {
        render(&self.generator, &self.average(), &map_latents(self.latents).concat(), self.device.device())
    }

    /// The averaged generator, read from the device.
    ///
    /// # Errors
    /// When the device fails, or the weights are not finite.
    pub fn averaged(&self) -> Result<SavedGenerator, TrainError> {
        let names: Vec<_> = self.generator.layout().names().collect();
        let values = read(self.average().tensors().cloned().collect())?;
        let find = |name: &str| {
            let index = names.iter().position(|(n, _)| *n == name)?;
            Some((names[index].1.clone(), values[index].clone()))
        };
        let found = SavedGenerator::collect(self.config.model.clone(), self.state.step, find)?;
        let notice = self.config.start.as_ref().map_or_else(String::new, |start| start.notice.clone());
        Ok(SavedGenerator { notice, ..found })
    }

    /// Lets the next sheet be drawn as the averaged generator that is saved draws it.
    pub(crate) fn settle(&self) {
        self.average();
    }

    /// The averaged weights with statistics of their own: averaging takes noise out of the weights, so those of the
    /// newest weights do not fit. Queues work on the device without waiting.
    pub(super) fn average(&self) -> Weights {
        self.settled_from(LATENTS)
    }

    /// As [`Self::average`], with statistics of so many latents at least, and of more where those are there already.
    fn settled_from(&self, latents: usize) -> Weights {
        let average = &self.state.ema;
        if self.tunables.ema_images == 0.0 {
            return average.clone();
        }
        let (count, size) = (self.config.pictures_at_once() as usize, self.latents.size);
        let needed = BATCHES.max(latents.div_ceil(count));
        let mut known = self.average.borrow_mut();
        if let Some((settled, _)) = known.as_ref().filter(|(_, batches)| *batches >= needed) {
            return settled.clone();
        }
        let batches = (0..needed as u64).map(|number| {
            let z = self.latents.draw(Stream::Statistics, number, count);
            upload(z, [count, size], self.device.device())
        });
        let settled = self.generator.settled(average, batches);
        *known = Some((settled.clone(), needed));
        settled
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::ComputeDevice;
    use crate::config::{DataConfig, ModelConfig, RunConfig};
    use crate::data::{DataHome, Dataset};
    use crate::interrupt::JobControl;
    use burn::tensor::Tensor;
    use std::sync::Arc;

    fn trainer(folder: &std::path::Path) -> Trainer {
        let model = ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 16, ..ModelConfig::default() };
        let data = DataConfig { demo_count: 16, ..DataConfig::default() };
        let dataset = Dataset::prepare(&data, model.size, &DataHome::at(folder), JobControl::unattended()).unwrap();
        let config = RunConfig { model, data, batch: 8, ..RunConfig::default() };
        Trainer::new(config, ComputeDevice::cpu(), Arc::new(dataset)).unwrap()
    }

    /// Weights that are half as large need other statistics than those that were copied.
    #[test]
    fn the_average_is_normalised_by_its_own_statistics() {
        let folder = tempfile::tempdir().unwrap();
        let mut trainer = trainer(folder.path());
        for _ in 0..3 {
            trainer.step().unwrap();
        }
        trainer.state.ema.params[0] = trainer.state.ema.params[0].clone() * 0.5;
        trainer.average.take();
        let z = trainer.latents.draw(Stream::Generate, 0, 64);
        let z = upload(z, [64, trainer.latents.size], trainer.device.device());
        let pictures = |weights: &Weights| trainer.generator.evaluate(z.clone(), weights);
        let apart = |a: &Tensor<4>, b: &Tensor<4>| (a.clone() - b.clone()).abs().mean().into_scalar::<f32>();
        let copied = &trainer.state.ema;
        let expected = trainer.generator.frozen(z.clone(), copied);
        let (own, other) = (pictures(&trainer.average()), pictures(copied));
        assert!(
            apart(&own, &expected) < 0.25 * apart(&other, &expected),
            "{} {}",
            apart(&own, &expected),
            apart(&other, &expected)
        );
    }

    /// Sheets are drawn quickly; what is saved is measured well, and then drawn with.
    #[test]
    fn what_is_saved_has_statistics_of_more_latents() {
        let folder = tempfile::tempdir().unwrap();
        let mut trainer = trainer(folder.path());
        trainer.step().unwrap();
        let values = |weights: Weights| read(weights.stats).unwrap();
        let quick = values(trainer.settled_from(0));
        let saved = values(trainer.average());
        assert!(quick != saved && values(trainer.settled_from(0)) == saved);
        let many = values(trainer.settled_from(8 * LATENTS));
        let off = |a: &[Vec<f32>]| {
            let pairs = a.iter().flatten().zip(many.iter().flatten());
            pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>()
        };
        assert!(off(&saved) < 0.5 * off(&quick), "{} {}", off(&saved), off(&quick));
    }

    /// Without averaging it is the newest generator, statistics included.
    #[test]
    fn the_newest_weights_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let mut trainer = trainer(folder.path());
        trainer.tunables.ema_images = 0.0;
        trainer.step().unwrap();
        let values = |weights: &Weights| read(weights.stats.clone()).unwrap();
        assert_eq!(values(&trainer.average()), values(&trainer.state.g.weights));
    }
}
