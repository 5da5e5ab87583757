//! The best checkpoint of a run: which of the measured ones that is, by the run's own `quality.jsonl`.

use super::files::{LONGEST_LINE, MOST_HISTORY, without_mark};
use super::folder::RunDir;
use crate::files::{Links, each_line, open};
use crate::metrics::first_network;
use crate::train::guardian::COPIES;
use serde::Deserialize;
use std::path::PathBuf;

/// A measurement, as far as it decides which checkpoint is best: part of a line of `quality.jsonl`.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub(crate) struct MeasuredStep {
    pub step: u64,
    /// Kernel inception distance times 1,000; see `metrics/kernel`.
    pub kid: f64,
    /// Distance to the training pictures by that of real pictures; none where it is not known.
    #[serde(default)]
    pub memorisation: Option<f64>,
    /// The feature network behind the KID.
    #[serde(default = "first_network")]
    pub network: u32,
}

/// Of these measurements, oldest first, the one with the lowest KID among those whose checkpoints are `kept` and whose
/// pictures are no copies; of equals the earliest. A KID counts as its mean with that of the measurement before and the
/// one after it, since a single one may be low by chance. Of several feature networks only the newest counts.
pub(crate) fn best(measured: &[MeasuredStep], kept: &[u64]) -> Option<MeasuredStep> {
    let newest = measured.iter().map(|m| m.network).max()?;
    let measured: Vec<MeasuredStep> = measured.iter().filter(|m| m.network == newest).copied().collect();
    let smooth = |i: usize| {
        let near = &measured[i.saturating_sub(1)..(i + 2).min(measured.len())];
        near.iter().map(|m| m.kid).sum::<f64>() / near.len() as f64
    };
    let copies = |m: &MeasuredStep| m.memorisation.is_some_and(|ratio| ratio < COPIES);
    let usable = measured.iter().enumerate().filter(|(_, m)| kept.contains(&m.step) && !copies(m));
    let scored = usable.map(|(i, m)| (smooth(i), *m)).filter(|(kid, _)| kid.is_finite());
    scored.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, m)| m)
}

impl RunDir {
    /// The best of the checkpoints that were measured and are still here: its step, KID times 1,000, and folder. None
    /// where none was measured.
    pub(crate) fn best(&self) -> Option<(MeasuredStep, PathBuf)> {
        let mut checkpoints = self.checkpoint_steps();
        let kept: Vec<u64> = checkpoints.iter().map(|(step, _)| *step).collect();
        let best = best(&self.measured_steps(), &kept)?;
        checkpoints.retain(|(step, _)| *step == best.step);
        checkpoints.pop().map(|(_, folder)| (best, folder))
    }

    /// All measurements, oldest first. What cannot be read is none.
    pub(crate) fn measured_steps(&self) -> Vec<MeasuredStep> {
        let mut measured: Vec<MeasuredStep> = Vec::new();
        let each = |line: Option<&[u8]>, _| {
            // Half a line at the end, after a crash, is nothing.
            measured.extend(line.and_then(|line| serde_json::from_slice::<MeasuredStep>(without_mark(line)).ok()));
            Ok(())
        };
        if let Err(e) =
            open(&self.quality(), Links::Refuse, MOST_HISTORY).and_then(|file| each_line(file, LONGEST_LINE, each))
            && e.kind() != std::io::ErrorKind::NotFound
        {
            log::warn!("{}: {e}", self.quality().display());
        }
        // A stranger's lines may be in any order.
        measured.sort_by_key(|m| m.step);
        measured
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(all: &[(u64, f64, f64)]) -> Vec<MeasuredStep> {
        all.iter()
            .map(|&(step, kid, ratio)| MeasuredStep { step, kid, memorisation: Some(ratio), network: 2 })
            .collect()
    }

    fn step(all: &[MeasuredStep], kept: &[u64]) -> Option<u64> {
        best(all, kept).map(|m| m.step)
    }

    #[test]
    fn the_lowest_kid_among_its_neighbours_is_best_if_it_is_kept_and_no_copy() {
        let all = measured(&[(1, 90.0, 1.0), (2, 40.0, 1.0), (3, 42.0, 1.0), (4, 20.0, 1.0), (5, 70.0, 0.9)]);
        let every = [1, 2, 3, 4, 5];
        // Means of 65, 57, 34, 44 and 45: step 4 alone is lower by chance.
        assert_eq!(step(&all, &every), Some(3));
        assert_eq!(step(&all, &[2, 4, 5]), Some(4));
        assert_eq!((step(&all, &[]), step(&[], &every), step(&all, &[7])), (None, None, None));
        // Copies have the lowest KID of all.
        let mut copied = all.clone();
        copied.extend(measured(&[(6, 1.0, 0.4), (7, 0.5, 0.2)]));
        assert_eq!(step(&copied, &[1, 2, 3, 6, 7]), Some(3));
        let unknown = [MeasuredStep { step: 1, kid: 5.0, memorisation: None, network: 2 }];
        assert_eq!(step(&unknown, &[1]), Some(1));
        // The numbers of an older feature network are others.
        let mut resumed = all.clone();
        resumed[..3].iter_mut().for_each(|m| *m = MeasuredStep { kid: 0.1, network: 1, ..*m });
        assert_eq!(step(&resumed, &every), Some(4));
        assert_eq!(step(&resumed[..3], &every), Some(1));
        // Of equals the earliest; numbers that are none count as no measurement.
        assert_eq!(step(&measured(&[(1, 5.0, 1.0), (2, 5.0, 1.0)]), &[1, 2]), Some(1));
        assert_eq!(step(&measured(&[(1, f64::NAN, 1.0), (9, 8.0, 1.0), (10, 8.0, 1.0)]), &[1, 9, 10]), Some(10));
    }
}
