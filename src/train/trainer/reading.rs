//! Reading the losses, and the rollback where they or the weights are not finite.

use super::{LOSS_SCALE, ReadStep, TrainError, Trainer, TrainingState};
use crate::compute::{ops, read};
use crate::config::Precision;
use crate::train::team::Team;

/// By how much the loss scale is lowered where numbers left the range of 16 bits.
const LOWER: f64 = 16.0;
/// Steps without that, after which it is doubled: a burst may have passed, and a small scale loses small gradients.
const SCALE_REST: u64 = 2000;

impl Trainer {
    /// The losses of all steps since the last call, in one read, together with a check that all weights are finite.
    /// None where the training has rolled back some steps by itself; see [`LOSS_SCALE`].
    ///
    /// # Errors
    /// [`TrainError::Diverged`] after rolling back to the last finite state, or a failed device.
    pub fn read_losses(&mut self) -> Result<Vec<ReadStep>, TrainError> {
        let pending = std::mem::take(&mut self.pending);
        let mut tensors: Vec<_> = pending.iter().map(|(_, t)| t.clone()).collect();
        let TrainingState { g, d, ema, .. } = &self.state;
        let weights: Vec<_> = g.weights.tensors().chain(d.weights.tensors()).chain(&ema.params).cloned().collect();
        tensors.extend(ops::faults(&weights));
        let values = read(tensors)?;
        let mut steps = Vec::with_capacity(pending.len());
        for ((step, _), values) in pending.iter().zip(&values) {
            if let Ok(values) = <[f32; 6]>::try_from(&values[..]) {
                if !values[..2].iter().all(|x| x.is_finite()) {
                    self.roll_back("the loss", *step)?;
                    return Ok(Vec::new());
                }
                steps.push(ReadStep { step: *step, values });
            }
        }
        // Also where it is NaN.
        if values[pending.len()..].iter().flatten().any(|faults| *faults != 0.0) {
            self.roll_back("a weight", self.state.step)?;
            return Ok(Vec::new());
        }
        self.raise_loss_scale();
        self.good = self.state.clone();
        Ok(steps)
    }

    fn raise_loss_scale(&mut self) {
        let scale = self.state.g.adam.loss_scale;
        let low = self.config.precision == Precision::Mixed && scale < LOSS_SCALE;
        if low && self.state.step >= self.scaled_at + SCALE_REST {
            self.set_loss_scale((scale * 2.0).min(LOSS_SCALE));
        }
    }

    pub(super) fn set_loss_scale(&mut self, scale: f64) {
        for network in [&mut self.state.g, &mut self.state.d] {
            network.adam.loss_scale = scale;
        }
        self.scaled_at = self.state.step;
    }

    /// Rolls back to the last finite state. With 16 bits a number may have been too large for them: then the training
    /// continues from there with a smaller loss scale, as long as there is something to lower.
    pub(super) fn roll_back(&mut self, what: &'static str, step: u64) -> Result<(), TrainError> {
        let scale = self.state.g.adam.loss_scale;
        self.state = self.good.clone();
        self.average.take();
        self.pending.clear();
        self.team.iter_mut().for_each(Team::forget);
        let kept = self.state.step;
        if scale == 1.0 {
            return Err(TrainError::Diverged { what, step, kept });
        }
        let lower = (scale / LOWER).max(1.0);
        self.set_loss_scale(lower);
        self.good = self.state.clone();
        log::info!("{what} left the 16-bit range by step {step}: rolled back to step {kept}, loss scale {lower}");
        Ok(())
    }
}
