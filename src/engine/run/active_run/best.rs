//! Which checkpoint of a run is the best by its measurements, and which must stay because they may become it.

use crate::engine::protocol::event::{BestCheckpoint, Event, QualityPoint};
use crate::engine::protocol::outbox::Outbox;
use crate::train::{MeasuredStep, RunDir, best};

/// Remembers the measurements and what the front end was told.
pub(super) struct BestSoFar {
    /// Oldest first.
    measured: Vec<MeasuredStep>,
    told: Option<BestCheckpoint>,
}

impl BestSoFar {
    /// For the run in this folder, whose history the front end knows.
    pub(super) fn of(dir: &RunDir) -> Self {
        Self { measured: dir.measured_steps(), told: BestCheckpoint::of(dir) }
    }

    /// Takes in a new measurement.
    pub(super) fn add(&mut self, point: &QualityPoint) {
        let quality = &point.quality;
        let (kid, memorisation, network) = (quality.measures.kid, quality.memorisation, quality.network);
        self.measured.push(MeasuredStep { step: point.step, kid, memorisation, network });
    }

    /// The run was rolled back to this step.
    pub(super) fn forget_after(&mut self, step: u64) {
        self.measured.retain(|m| m.step <= step);
    }

    /// The steps whose checkpoints stay: the best one, the one measured last, whose smoothed KID the next measurement
    /// changes, and the one that is being measured.
    pub(super) fn kept(&self, dir: &RunDir, under_way: Option<u64>) -> Vec<u64> {
        let last = self.measured.last().map(|m| m.step);
        let best = self.now(dir).map(|m| m.step);
        [best, last, under_way].into_iter().flatten().collect()
    }

    /// Tells the front end which one is best, unless it knows.
    pub(super) fn report(&mut self, dir: &RunDir, out: &mut Outbox) {
        let best = self.now(dir).map(|m| BestCheckpoint { step: m.step, kid: m.kid });
        if best != self.told {
            self.told = best;
            out.push(Event::Best(best));
        }
    }

    fn now(&self, dir: &RunDir) -> Option<MeasuredStep> {
        let kept: Vec<u64> = dir.checkpoint_steps().into_iter().map(|(step, _)| step).collect();
        best(&self.measured, &kept)
    }
}

impl BestCheckpoint {
    /// The best checkpoint in a run folder.
    pub(crate) fn of(dir: &RunDir) -> Option<Self> {
        dir.best().map(|(m, _)| Self { step: m.step, kid: m.kid })
    }
}
