//! Training: what the photos have beyond the enlarged pictures.

use super::error::SharpenError;
use super::measure::measure;
use super::network::SharpenNetwork;
use super::pairs::{BATCH, Pairs};
use super::saved::{SavedSharpener, SharpenCard};
use crate::compute::{ops, read, upload};
use crate::interrupt::JobControl;
use crate::model::{Weights, ema_beta, update_ema};
use crate::train::{Adam, Betas};
use burn::tensor::{Device, Tensor};
use std::f64::consts::PI;
use std::time::{Duration, Instant};

/// Learning rate of the first step; it falls to next to nothing along a cosine.
const RATE: f64 = 1e-3;
const BETAS: Betas = Betas { beta1: 0.9, beta2: 0.99 };
/// Half-life of the averaged weights, in parts of pictures.
const HALF_LIFE: f64 = 1600.0;
/// The Charbonnier loss sqrt(d^2 + e^2), a mean absolute error that is smooth at 0 (Lai et al. 2017, "LapSRN").
const EPSILON: f64 = 1e-3;
/// Steps between two readings of the loss: they keep a GPU from being given minutes of work at once.
const READ_EVERY: u64 = 20;

/// When it ends.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SharpenLimit {
    /// After so many minutes.
    Minutes(f64),
    /// After so many steps: the same network each time, on the same device.
    Steps(u64),
}

/// What a training is done with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct SharpenSettings {
    pub limit: SharpenLimit,
    pub seed: u64,
}

/// What came of a training.
pub(crate) struct Trained {
    pub saved: SavedSharpener,
    /// Of the training alone.
    pub seconds: f64,
}

/// Trains a network on `pairs`, of which there is at least one, and measures it. `card` is completed.
///
/// # Errors
/// A device that fails, numbers that leave their range; cancelled.
pub(crate) fn train(
    pairs: &Pairs,
    settings: SharpenSettings,
    card: SharpenCard,
    device: &Device,
    control: JobControl,
) -> Result<Trained, SharpenError> {
    let network = SharpenNetwork::new(pairs.factor as usize);
    let mut newest = network.layout.init(settings.seed, 0, device);
    let mut average = newest.clone();
    let mut adam = Adam::new(&newest.params);
    let started = Instant::now();
    let mut step = 0;
    loop {
        control.check()?;
        let done = settings.limit.done(step, started.elapsed());
        if done >= 1.0 {
            break;
        }
        let rate = RATE * (0.51 + 0.49 * (PI * done).cos());
        let loss = one_step(&network, &mut newest, &mut adam, pairs, (settings.seed, step), rate, device);
        step += 1;
        update_ema(&mut average, &newest, ema_beta(BATCH as u32, HALF_LIFE, step * BATCH as u64));
        if step % READ_EVERY == 0 {
            let loss = read(vec![loss])?[0][0];
            if !loss.is_finite() {
                return Err(SharpenError::Diverged(step));
            }
        }
        settings.limit.report(step, started.elapsed(), control);
    }
    let seconds = started.elapsed().as_secs_f64();
    let card = SharpenCard { steps: step, pictures: pairs.training.len() as u32, ..card };
    let mut saved = SavedSharpener::of(&network, &average, card)?;
    saved.card.measures = measure(&saved.open(device), &pairs.held, control)?;
    Ok(Trained { saved, seconds })
}

/// One update; gives the loss.
fn one_step(
    network: &SharpenNetwork,
    newest: &mut Weights,
    adam: &mut Adam,
    pairs: &Pairs,
    (seed, step): (u64, u64),
    rate: f64,
    device: &Device,
) -> Tensor<1> {
    let batch = pairs.batch(seed, step);
    let shape = |side: usize| [BATCH, 3, side, side];
    let times = network.factor / if batch.halved { 2 } else { 1 };
    let low = upload(batch.low, shape(batch.side), device).autodiff();
    let wanted = upload(batch.details, shape(batch.side * times), device).autodiff();
    let tracked = newest.tracked();
    let mut details = network.details(low, &tracked);
    if batch.halved {
        // The photo says nothing about what is finer than its pixels.
        details = ops::avg_pool2(details);
    }
    let loss = ((details - wanted).square() + EPSILON * EPSILON).sqrt().mean();
    let gradients = loss.backward();
    adam.update(&mut newest.params, tracked, gradients, rate, BETAS);
    loss.without_autodiff()
}

impl SharpenLimit {
    /// From 0 to 1.
    fn done(self, step: u64, elapsed: Duration) -> f64 {
        match self {
            Self::Minutes(minutes) => elapsed.as_secs_f64() / (60.0 * minutes).max(1e-3),
            Self::Steps(steps) => step as f64 / steps.max(1) as f64,
        }
    }

    fn report(self, step: u64, elapsed: Duration, control: JobControl) {
        match self {
            Self::Minutes(minutes) => {
                let total = (60.0 * minutes).ceil() as usize;
                control.report("seconds of training", (elapsed.as_secs() as usize).min(total), total);
            }
            Self::Steps(steps) => control.report("training steps", step as usize, steps as usize),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{edges, random};
    use super::*;
    use crate::formats::upscale;
    use std::sync::atomic::{AtomicBool, Ordering};

    fn trained(pairs: &Pairs, limit: SharpenLimit, control: JobControl) -> Result<Trained, SharpenError> {
        let settings = SharpenSettings { limit, seed: 3 };
        train(pairs, settings, random(pairs.factor).card, &Device::flex(), control)
    }

    /// Edges come nearer to the photo than Lanczos leaves them, and that is measured.
    #[test]
    fn it_learns_edges() {
        let (training, held) = (edges(30, 4), edges(37, 4).split_off(31));
        let pairs = Pairs { factor: 4, training, held };
        let found = trained(&pairs, SharpenLimit::Steps(60), JobControl::unattended()).unwrap();
        let measures = found.saved.card.measures.unwrap();
        assert_eq!((measures.pictures, found.saved.card.steps, found.saved.card.pictures), (6, 60, 30));
        assert!(measures.psnr > measures.psnr_plain + 0.05, "{measures:?}");
        let sharpener = found.saved.open(&Device::flex());
        let large = sharpener.enlarge(&pairs.held[0].low, 4).unwrap();
        assert_ne!(large, upscale(&pairs.held[0].low, 4));
        // The same steps give the same network, to the bit.
        let [a, b] = [(); 2].map(|()| trained(&pairs, SharpenLimit::Steps(4), JobControl::unattended()).unwrap());
        assert_eq!(a.saved, b.saved);
    }

    /// Photos with half the pixels teach too, and nothing is measured without held-out pictures.
    #[test]
    fn it_learns_from_half_the_pixels_and_ends_when_asked() {
        let pairs = Pairs { factor: 4, training: [edges(6, 4), edges(6, 2)].concat(), held: Vec::new() };
        let found = trained(&pairs, SharpenLimit::Steps(6), JobControl::unattended()).unwrap();
        assert_eq!((found.saved.card.measures, found.saved.card.steps), (None, 6));
        let found = trained(&pairs, SharpenLimit::Minutes(0.01), JobControl::unattended()).unwrap();
        assert!((0.6..20.0).contains(&found.seconds), "{}", found.seconds);
        let cancel = AtomicBool::new(false);
        let stop = |_: crate::interrupt::JobProgress| cancel.store(true, Ordering::Relaxed);
        let ended = trained(&pairs, SharpenLimit::Steps(1000), JobControl::new(&cancel, &stop));
        assert!(matches!(ended, Err(SharpenError::Cancelled)));
    }
}
