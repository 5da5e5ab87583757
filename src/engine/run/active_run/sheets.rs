//! Which sample sheets the run folder holds, and which become too many.

use crate::engine::protocol::event::TunablesChange;
use crate::train::{RunDir, surplus};

/// Sheets that are kept, in about: a film of them lasts 40 seconds, and a thousand of 6 x 6 pictures of 64 px take 120 MB.
const MOST: usize = 1000;

/// The sheets of a run that is open.
pub(crate) struct Sheets {
    /// Rising.
    steps: Vec<u64>,
    /// Steps at which a setting changed: their neighbours stay.
    marks: Vec<u64>,
}

impl Sheets {
    pub fn of(dir: &RunDir, marks: &[TunablesChange]) -> Self {
        Self { steps: dir.sample_steps(), marks: marks.iter().map(|mark| mark.step).collect() }
    }

    /// Those up to a step: later ones belong to a past that is done again.
    pub fn up_to(&self, step: u64) -> &[u64] {
        &self.steps[..self.steps.partition_point(|s| *s <= step)]
    }

    pub fn add(&mut self, step: u64) {
        if let Err(place) = self.steps.binary_search(&step) {
            self.steps.insert(place, step);
        }
    }

    pub fn mark(&mut self, step: u64) {
        self.marks.push(step);
    }

    /// Deletes what is too much at step `now`; gives the steps that are gone.
    pub fn thin(&mut self, dir: &RunDir, now: u64) -> Vec<u64> {
        let gone = surplus(&self.steps, &self.marks, now, MOST);
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
    use crate::config::{RunConfig, Tunables};
    use crate::pixels::Frame;

    #[test]
    fn what_is_too_much_is_gone_from_the_folder_too() {
        let dir = tempfile::tempdir().unwrap();
        let run = RunDir::create(dir.path(), &RunConfig::default()).unwrap();
        let sheet = Frame::filled(2, 2, [0; 3]);
        for step in 0..1500 {
            run.save_sample(step, &sheet).unwrap();
        }
        let mark = TunablesChange {
            step: 701,
            revision: 1,
            text: String::new(),
            tunables: Tunables::default(),
            rolled_back: false,
        };
        let mut sheets = Sheets::of(&run, &[mark]);
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
