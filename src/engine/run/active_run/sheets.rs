//! Which sample sheets the run folder holds, and which of them are surplus.

use crate::config::RunConfig;
use crate::engine::protocol::event::{Event, TunablesChange};
use crate::pixels::Frame;
use crate::train::{RunDir, surplus};
use std::sync::Arc;

/// About how many sheets are kept: a film of them lasts 40 seconds, and a thousand of 6 x 6 pictures of 64 px take 120
/// MB.
const MOST: usize = 1000;

/// The event of a sheet that was just generated.
pub(crate) fn new_sheet(step: u64, sheet: Frame, config: &RunConfig) -> Event {
    let (tiles, side) = (config.sample_count, config.model.size);
    Event::Sample { step, fresh: true, frame: Arc::new(sheet), tiles, side }
}

/// The event of a sheet that was read from the run folder.
pub(crate) fn saved_sheet(step: u64, sheet: Frame, config: &RunConfig) -> Event {
    let (tiles, side) = (config.sample_count, config.model.size);
    Event::Sample { step, fresh: false, frame: Arc::new(sheet), tiles, side }
}

/// Whether the map of latents is to be drawn at this step, after it was drawn at step `last`: each time after half as
/// many steps more, about two dozen times in a run.
pub(super) fn map_due(last: Option<u64>, step: u64) -> bool {
    last.is_none_or(|last| step >= last.saturating_add((last / 2).max(1)))
}

/// The sheets of a run that is open.
pub(crate) struct Sheets {
    /// Ascending.
    steps: Vec<u64>,
    /// Steps at which a setting changed: their neighbours are kept.
    changes: Vec<u64>,
}

impl Sheets {
    pub(crate) fn of(dir: &RunDir, changes: &[TunablesChange]) -> Self {
        Self { steps: dir.sample_steps(), changes: changes.iter().map(|change| change.step).collect() }
    }

    /// The steps of the sheets up to `step`: later ones belong to a past that is trained again.
    pub(crate) fn up_to(&self, step: u64) -> &[u64] {
        &self.steps[..self.steps.partition_point(|s| *s <= step)]
    }

    pub(crate) fn add(&mut self, step: u64) {
        if let Err(index) = self.steps.binary_search(&step) {
            self.steps.insert(index, step);
        }
    }

    /// A setting changed at this step.
    pub(crate) fn add_change(&mut self, step: u64) {
        self.changes.push(step);
    }

    /// Deletes surplus sheets at step `now`. Returns their steps.
    pub(crate) fn thin(&mut self, dir: &RunDir, now: u64) -> Vec<u64> {
        let gone = surplus(&self.steps, &self.changes, now, MOST);
        if !gone.is_empty() {
            dir.remove_samples(&gone);
            self.steps.retain(|step| gone.binary_search(step).is_err());
        }
        gone
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tunables;

    #[test]
    fn there_are_two_dozen_maps_of_a_long_run() {
        let mut drawn: Vec<u64> = Vec::new();
        for step in (10..=100_000).step_by(10) {
            if map_due(drawn.last().copied(), step) {
                drawn.push(step);
            }
        }
        assert_eq!(drawn[..6], [10, 20, 30, 50, 80, 120]);
        assert!((20..=26).contains(&drawn.len()), "{drawn:?}");
        assert!(map_due(None, 1) && !map_due(Some(0), 0) && map_due(Some(0), 1));
    }

    #[test]
    fn what_is_too_much_is_gone_from_the_folder_too() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
        let sheet = Frame::filled(2, 2, [0; 3]);
        for step in 0..1500 {
            run.save_sample(step, &sheet).unwrap();
        }
        let change = TunablesChange {
            step: 701,
            revision: 1,
            text: String::new(),
            tunables: Tunables::default(),
            rolled_back: false,
        };
        let mut sheets = Sheets::of(&run, &[change]);
        let gone = sheets.thin(&run, 1400);
        assert!(!gone.is_empty() && gone.iter().all(|step| (1..1400).contains(step)));
        assert!(run.sample_steps() == sheets.steps && sheets.steps.len() + gone.len() == 1500);
        assert!((500..=750).contains(&sheets.up_to(1400).len()), "{}", sheets.up_to(1400).len());
        for step in [0, 700, 701, 1400, 1499] {
            assert!(run.has_sample(step), "step {step}");
        }
        // Nothing more before they are too many again, as after a crash or at the next start.
        assert!(sheets.thin(&run, 1400).is_empty() && Sheets::of(&run, &[]).thin(&run, 1400).is_empty());
    }
}
