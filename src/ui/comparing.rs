//! The runs that are put side by side.

use crate::engine::RunComparison;
use std::path::PathBuf;

/// The dialog that compares runs.
#[derive(Debug, Clone, Default)]
pub struct CompareForm {
    /// The folders of the chosen runs.
    pub chosen: Vec<PathBuf>,
    /// Which curve is drawn; none means the KID, or the losses where nothing was measured.
    pub(crate) curve: Option<Curve>,
}

/// What is drawn over the steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Curve {
    Kid,
    Generator,
    Discriminator,
}

impl Curve {
    pub(crate) const ALL: [Self; 3] = [Self::Kid, Self::Generator, Self::Discriminator];

    /// The steps and values of the run with this number.
    pub(crate) fn points(self, comparison: &RunComparison, run: usize) -> Vec<[f64; 2]> {
        let run = &comparison.runs[run];
        let losses = |of: fn(&(u64, f32, f32)) -> f32| -> Vec<[f64; 2]> {
            run.losses.iter().map(|at| [at.0 as f64, f64::from(of(at))]).collect()
        };
        match self {
            Self::Kid => run.kids.iter().map(|(step, kid)| [*step as f64, *kid]).collect(),
            Self::Generator => losses(|at| at.1),
            Self::Discriminator => losses(|at| at.2),
        }
    }
}

impl CompareForm {
    /// The curve on show.
    pub(crate) fn shown(&self, comparison: &RunComparison) -> Curve {
        let measured = comparison.runs.iter().any(|run| !run.kids.is_empty());
        self.curve.unwrap_or(if measured { Curve::Kid } else { Curve::Generator })
    }
}
