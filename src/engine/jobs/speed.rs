//! Measures the time of a training step of a recipe on its device, in a few seconds: for forecasts.

use crate::compute::{ComputeDevice, work_along};
use crate::config::{DataConfig, RunConfig, TeamPlace};
use crate::data::{DataHome, Dataset};
use crate::engine::device;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::speed::StepSpeed;
use crate::engine::scratch::scratch_folder;
use crate::interrupt::JobControl;
use crate::train::{Trainer, check_device};
use std::sync::Arc;
use std::time::Instant;

/// Drawn cats to train on: a step takes as long whatever the pictures show.
const CATS: u32 = 16;
/// On a processor the first batch is this small: its time tells how large a batch can be measured.
const SMALL: u32 = 2;
/// Steps above this many seconds are not repeated, and no larger batch is tried after two of them.
const SLOW: f64 = 1.0;
/// Seconds for steps that are timed together.
const TOGETHER: f64 = 1.0;

/// The time of a step with these settings, and of the first one. A batch that would take long on a processor is
/// calculated from two smaller ones: their times lie on a line.
///
/// # Errors
/// A setting that cannot be used, or the device; cancelled, between two steps.
pub fn step_speed(config: &RunConfig, control: JobControl) -> Result<StepSpeed, EngineError> {
    config.validate()?;
    let device = device::open(config.device)?;
    check_device(config, &device)?;
    // As a training does.
    work_along();
    // Other members are not opened for this.
    let others: Vec<_> = config.team.iter().flat_map(TeamPlace::others).map(|_| None).collect();
    let config = &RunConfig { precision: device::precision(config, &device, &others).0, ..config.clone() };
    let data = DataConfig { demo_count: CATS, ..DataConfig::default() };
    let scratch = scratch_folder()?;
    let home = DataHome::at(scratch.path());
    let cats = Arc::new(Dataset::prepare(&data, config.model.size, &home, control.quietly())?);
    let whole = config.batch;
    let first = if device.is_cpu() || device.info.software { SMALL.min(whole) } else { whole };
    let (mut probe, first_step) = Probe::new(config, first, device, cats, control)?;
    let (mut batch, mut before) = (first, None);
    loop {
        let step = probe.step_seconds()?;
        let now = (f64::from(batch), step);
        if batch == whole {
            return Ok(StepSpeed { step, first_step: first_step * f64::from(whole) / f64::from(first) });
        }
        if let (true, Some(before)) = (step > SLOW, before) {
            let step = on_line(before, now, f64::from(whole));
            // The first step computes as much, and builds the networks.
            return Ok(StepSpeed { step, first_step: step + first_step });
        }
        before = Some(now);
        let quick = step * f64::from(whole) / f64::from(batch) < SLOW;
        batch = if quick { whole } else { (batch * 2).min(whole) };
        probe.trainer.use_batch(batch);
    }
}

/// The time of a batch of `whole` pictures, where those of two smaller batches are known as (pictures, seconds).
fn on_line((few, short): (f64, f64), (more, long): (f64, f64), whole: f64) -> f64 {
    // A measurement that was disturbed must not make a picture cost less than nothing.
    let each = ((long - short) / (more - few)).clamp(0.75 * long / more, long / more);
    long + each * (whole - more)
}

/// A training whose steps are timed.
struct Probe<'a> {
    trainer: Trainer,
    control: JobControl<'a>,
    /// Penalties are computed in every second step, so that both kinds of steps are timed soon...
    penalised: bool,
    /// ... and this is how often a step of the recipe has one.
    share: f64,
}

impl<'a> Probe<'a> {
    /// The networks after their first step, and what both took, in seconds.
    fn new(
        config: &RunConfig,
        batch: u32,
        device: ComputeDevice,
        cats: Arc<Dataset>,
        control: JobControl<'a>,
    ) -> Result<(Self, f64), EngineError> {
        let started = Instant::now();
        let tunables = &config.tunables;
        let probed = RunConfig { batch, penalty_every: 2 * tunables.d_steps, ..config.clone() };
        let mut probe = Self {
            trainer: Trainer::new(probed, device, cats)?,
            control,
            penalised: tunables.r1 > 0.0 || tunables.r2 > 0.0,
            share: f64::from(tunables.d_steps) / f64::from(config.penalty_every),
        };
        probe.steps(1)?;
        Ok((probe, started.elapsed().as_secs_f64()))
    }

    /// Seconds of so many steps; reading their losses makes the device finish.
    fn steps(&mut self, count: u32) -> Result<f64, EngineError> {
        let started = Instant::now();
        for _ in 0..count {
            self.control.check()?;
            self.trainer.step()?;
        }
        self.trainer.read_losses()?;
        Ok(started.elapsed().as_secs_f64())
    }

    /// Seconds of a step of the recipe with the batch of the moment.
    fn step_seconds(&mut self) -> Result<f64, EngineError> {
        // An odd number of steps is done whenever a penalised recipe comes here: a step without a penalty is next.
        let plain = self.steps(1)?;
        if plain > SLOW && !self.penalised {
            return Ok(plain);
        }
        let second = self.steps(1)?;
        let pairs = (TOGETHER / (plain + second)) as u32;
        // Steps that are not waited for one by one, as a training takes them.
        let mean = if pairs > 1 { self.steps(2 * pairs)? / f64::from(2 * pairs) } else { 0.5 * (plain + second) };
        let penalty = if self.penalised { (second - plain).max(0.0) } else { 0.0 };
        Ok(mean - 0.5 * penalty + self.share * penalty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DNorm, DeviceChoice, ModelConfig};
    use std::sync::atomic::AtomicBool;

    fn tiny(batch: u32) -> RunConfig {
        let model = ModelConfig {
            size: 32,
            g_width: 4,
            d_width: 4,
            latent_size: 8,
            d_norm: DNorm::None,
            d_residual: true,
            ..ModelConfig::default()
        };
        let mut config = RunConfig { model, batch, device: DeviceChoice::Cpu, ..RunConfig::default() };
        config.tunables.r1 = 0.1;
        config
    }

    #[test]
    fn a_tiny_recipe_is_measured_whole() {
        let started = Instant::now();
        let speed = step_speed(&tiny(8), JobControl::unattended()).unwrap();
        assert!(speed.step > 0.0 && speed.step < started.elapsed().as_secs_f64());
        assert!(speed.first_step > 0.0);
    }

    #[test]
    fn a_measurement_can_be_cancelled_and_bad_settings_are_refused() {
        let cancelled = AtomicBool::new(true);
        assert!(step_speed(&tiny(8), JobControl::silent(&cancelled)).is_err());
        assert!(step_speed(&tiny(1), JobControl::unattended()).is_err());
    }

    #[test]
    fn large_batches_lie_on_the_line_of_small_ones() {
        assert_eq!(on_line((2.0, 2.0), (4.0, 3.5), 64.0), 3.5 + 0.75 * 60.0);
        // Disturbed: the smaller batch took longer.
        assert!(on_line((2.0, 4.0), (4.0, 3.0), 64.0) > 3.0);
    }
}
