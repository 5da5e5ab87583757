//! When a graphics card's memory runs out: the run is resumed with fewer pictures at once.

use super::Session;
use super::pending::PendingRun;
use crate::compute::ran_out;
use crate::engine::protocol::command::ResumeOptions;
use crate::engine::protocol::event::{Cause, Event, Level, RunEnd};
use crate::engine::run::at_once::fewer;
use crate::printable::thousands;
use crate::train::RunDir;

impl Session {
    /// What was tried last failed. Whether that was because a card's memory ran out: then the run under way is resumed
    /// with fewer pictures at once, or where that is not possible ended with a sentence about memory.
    pub(super) fn goes_on_smaller(&mut self) -> bool {
        // Asked first, because asking forgets: it must not explain a later failure of something else.
        if !ran_out() || self.run.is_none() {
            return false;
        }
        if self.race.is_some() {
            let text = "The graphics card's memory is too small for both runs of the race. Each goes on from its last \
                        checkpoint when it is resumed on its own, with fewer pictures at once if it must; or choose a \
                        smaller batch or narrower networks for the race."
                .to_owned();
            self.end(RunEnd::Failed { cause: Cause::Setting, text });
            return true;
        }
        let Some(run) = self.run.take() else { return false };
        let before = run.pictures_at_once();
        let (root, tunables, step) = (run.info.path.clone(), run.wanted_tunables(), run.saved_step());
        if fewer(before).is_none() {
            let text = format!(
                "The graphics card's memory is too small even for {before} pictures at once. Choose narrower networks \
                 or smaller pictures, or train on the CPU."
            );
            self.run = Some(run);
            self.end(RunEnd::Failed { cause: Cause::Setting, text });
            return true;
        }
        // It was noted at the moment in which it happened, unless that could not be written.
        if let Err(e) = RunDir::at(root.clone()).write_too_many_at_once(before) {
            self.notice(Level::Error, e.to_string());
        }
        let from = match step {
            0 => "from the beginning".to_owned(),
            step => format!("from the checkpoint of step {}", thousands(step)),
        };
        let text = format!("The graphics card ran out of memory. Training resumes {from}.");
        self.out.push(Event::Restarted { text, resuming: true });
        self.out.record(false);
        run.give_up_device();
        self.begin(|notices| {
            let mut pending = PendingRun::resume(&root, ResumeOptions::default(), notices)?;
            pending.tunables = Some(tunables);
            Ok(pending)
        });
        true
    }
}

#[cfg(test)]
#[path = "out_of_memory_tests.rs"]
mod tests;
