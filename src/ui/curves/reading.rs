//! What the plots draw, and over what.

use crate::engine::StepMetrics;

/// What the horizontal axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XAxis {
    /// Training steps.
    #[default]
    Steps,
    /// Passes over all training pictures.
    Epochs,
}

impl XAxis {
    /// The position of a reading.
    pub fn of(self, metrics: &StepMetrics) -> f64 {
        match self {
            XAxis::Steps => metrics.step as f64,
            XAxis::Epochs => metrics.epoch,
        }
    }

    /// The position of a step of which nothing else is known.
    pub fn at(self, step: u64, steps_per_epoch: u64) -> f64 {
        match self {
            XAxis::Steps => step as f64,
            XAxis::Epochs => step as f64 / steps_per_epoch.max(1) as f64,
        }
    }
}

/// The readings that are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// Loss of the discriminator.
    LossD,
    /// Loss of the generator.
    LossG,
    /// Mean output of the discriminator for real pictures.
    Real,
    /// Mean output of the discriminator for generated pictures.
    Fake,
    /// Share of the real pictures that the discriminator takes for real.
    Sure,
    /// Share of the pictures that are augmented.
    Augmented,
}

/// All readings, in the order of their numbers.
pub(crate) const READINGS: [Reading; 6] =
    [Reading::LossD, Reading::LossG, Reading::Real, Reading::Fake, Reading::Sure, Reading::Augmented];

impl Reading {
    /// The value in one line of metrics; none where a run of an older version did not record it, or it does not apply.
    pub fn of(self, m: &StepMetrics) -> Option<f32> {
        Some(match self {
            Reading::LossD => m.loss_d,
            Reading::LossG => m.loss_g,
            Reading::Real => m.d_real,
            Reading::Fake => m.d_fake,
            Reading::Sure => (1.0 + m.r_t?) / 2.0,
            Reading::Augmented => m.augmented?,
        })
    }
}
