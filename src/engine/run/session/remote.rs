//! A run that trains on another machine, as the session has it.

use super::Session;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Event, RunState};
use crate::engine::run::remote::talk::about_the_run;
use crate::train::Checkpoint;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

/// So long the end of a run may take there when this program ends: within the time that the program itself has.
const LAST_SAVE: Duration = Duration::from_secs(240);
const LOOK_EVERY: Duration = Duration::from_millis(20);

impl Session {
    /// Passes a request on, if it is one about a run on another machine.
    pub(super) fn ask_there(&mut self, command: &Command) -> bool {
        let Some(run) = self.remote.as_ref().filter(|_| about_the_run(command)) else { return false };
        run.ask(command.clone());
        if matches!(command, Command::Stop) {
            self.set_state(RunState::Stopping);
        }
        true
    }

    /// Takes in what the other machine told.
    pub(super) fn poll_remote(&mut self) {
        let Some(run) = &self.remote else { return };
        for event in run.told() {
            match event {
                // A state that was on its way when the run was to stop is none any more.
                Event::State(state) if self.state != RunState::Stopping || state == RunState::Preparing => {
                    self.set_state(state);
                }
                Event::State(RunState::Paused) => self.set_state(RunState::Paused),
                Event::State(_) => {}
                Event::RunEnded(end) => {
                    self.remote = None;
                    self.end(end);
                }
                Event::Saved { step, path } => {
                    self.share_saved(&path);
                    self.out.push(Event::Saved { step, path });
                }
                event => {
                    if let Event::RunStarted(info) = &event {
                        self.shown = Some(info.clone());
                        self.queued_run_began();
                    }
                    self.out.push(event);
                }
            }
        }
    }

    /// The explorer gets the weights of each checkpoint: sending them more often would slow the line down.
    pub(super) fn share_saved(&self, checkpoint: &Path) {
        let Some(info) = self.shown.as_ref().filter(|_| self.sharing.is_wanted()) else { return };
        match Checkpoint::read(checkpoint).and_then(|checkpoint| checkpoint.generator(false)) {
            Ok(saved) => {
                let (folder, seed, watched) = (info.path.clone(), info.config.seed, self.watched.is_some());
                self.sharing.hand_over(LiveWeights { saved, folder, seed, watched });
            }
            Err(e) => log::warn!("{e}"),
        }
    }

    /// Shares the newest checkpoint at once.
    pub(super) fn share_newest(&self) {
        let run = self.shown.as_ref().and_then(|info| crate::train::RunDir::inspect(&info.path).ok());
        if let Some((_, path)) = run.and_then(|(dir, _)| dir.checkpoint_steps().pop()) {
            self.share_saved(&path);
        }
    }

    /// Stops the run there and waits for its end: this program is about to end.
    pub(super) fn stop_there(&mut self) {
        self.ask_there(&Command::Stop);
        self.out.flush(true);
        let since = Instant::now();
        while self.remote.is_some() && since.elapsed() < LAST_SAVE {
            self.poll_remote();
            self.out.flush(false);
            thread::sleep(LOOK_EVERY);
        }
    }
}
