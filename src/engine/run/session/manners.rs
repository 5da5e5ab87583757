//! How a run treats the computer: it rests between its steps, and waits for the mains.

use super::Session;
use crate::config::Manners;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::event::{Level, RunState};
use crate::engine::run::active_run::state::ActiveRun;
use crate::engine::run::rest::PIECE;
use std::time::{Duration, Instant};

/// How long a worker with something under way waits before it looks after that.
const WATCH: Duration = Duration::from_millis(30);
/// The same of one that only waits for the mains.
const UNPLUGGED: Duration = Duration::from_secs(1);
const SLEEP: Duration = Duration::from_secs(3600);

impl Session {
    /// How long the worker may wait for a request before it calls [`Session::advance`].
    pub(in super::super) fn patience(&self) -> Duration {
        let busy = if self.is_waiting() { WATCH } else { SLEEP };
        if self.is_running() {
            return self.rest_left().min(PIECE).min(busy);
        }
        if self.battery.is_watched() { busy.min(UNPLUGGED) } else { busy }
    }

    /// Whether the run rests between two steps.
    pub(in super::super) fn is_resting(&self) -> bool {
        self.is_running() && !self.rest_left().is_zero()
    }

    fn rest_left(&self) -> Duration {
        // Whoever has worked to the end need not rest before it.
        if self.run.as_ref().is_some_and(ActiveRun::has_reached_its_end) {
            return Duration::ZERO;
        }
        self.rest.left(self.manners.share, Instant::now())
    }

    /// Treats the computer like this from now on, and has the machine that trains do so.
    pub(super) fn adopt(&mut self, manners: Manners) {
        let before = std::mem::replace(&mut self.manners, manners);
        if before == manners {
            return;
        }
        if let Some(remote) = &self.remote {
            remote.ask(Command::SetManners(manners));
        }
        if let Some(run) = self.run.as_mut().filter(|_| before.share != manners.share) {
            run.change_pace();
        }
    }

    /// The run goes on after a pause.
    pub(super) fn go_on(&mut self) {
        if let Some(run) = &mut self.run {
            run.continue_after_pause();
        }
        self.set_state(RunState::Running);
    }

    /// Keeps the system awake while a run trains here, pauses the run when the computer is unplugged, and lets it go on
    /// when that is over. A run that somebody paused stays so.
    pub(super) fn see_to_power(&mut self) {
        let here = self.run.is_some();
        self.battery.watch(here && self.manners.pause_on_battery);
        let drained = self.battery.is_drained();
        self.on_battery_anyway &= drained;
        match self.state {
            RunState::Running if here && drained && !self.on_battery_anyway => {
                if let Some(run) = &mut self.run {
                    run.want_save_before_pause();
                }
                self.set_state(RunState::OnBattery);
                self.notice(
                    Level::Warning,
                    "The computer runs on battery, so training is paused and saved. It goes on by itself once the \
                     computer is plugged in.",
                );
            }
            RunState::OnBattery if !drained => {
                let why = if self.manners.pause_on_battery {
                    "The computer is plugged in again: training goes on."
                } else {
                    "Training goes on, on battery, too."
                };
                self.notice(Level::Info, why);
                self.go_on();
            }
            _ => {}
        }
        self.awake.keep(here && self.manners.keep_awake && self.state == RunState::Running);
    }
}
