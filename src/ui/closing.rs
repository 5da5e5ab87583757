//! The window's end: it asks where work would be lost, and waits until the training is saved.

use super::action::Dialog;
use super::effect::Effect;
use super::state::EngineState;
use crate::engine::{Command, Level, QueueRequest};
use crate::interrupt;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far the end is.
#[derive(Debug)]
pub(crate) struct Closing {
    /// When the window began to close, in seconds; it waits for the worker to save.
    pub since: Option<f64>,
    allowed: bool,
    /// The person does not want to wait until the worker has saved.
    pub abandoned: bool,
    /// It closes as soon as no work is lost by that.
    when_done: bool,
    /// The worker was told to end, after it had saved.
    ended: bool,
    /// Set when the system or somebody at a terminal asks for the end; it closes without a question then.
    pub asked: &'static AtomicBool,
}

impl Default for Closing {
    fn default() -> Self {
        Self { since: None, allowed: false, abandoned: false, when_done: false, ended: false, asked: interrupt::flag() }
    }
}

impl Closing {
    /// Looks at each frame whether it is time to close; `pressed` tells that the window's cross was.
    pub(super) fn watch(&mut self, pressed: bool, state: &mut EngineState, now: f64) -> Vec<Effect> {
        let done = state.dead.is_some();
        let work = state.unsaved_work().is_some() || state.queue.on;
        let mut effects = Vec::new();
        if pressed && !self.allowed {
            if done {
                self.allowed = true;
            } else {
                effects.push(Effect::KeepOpen);
                if work && self.since.is_none() {
                    effects.push(Effect::Dialog(Some(Dialog::ConfirmClose)));
                } else {
                    effects.extend(self.begin(state, now));
                }
            }
        }
        if self.when_done && !work {
            effects.extend(self.begin(state, now));
        }
        if self.asked.load(Ordering::SeqCst) {
            // Nobody is there to answer a question.
            self.since.get_or_insert(now);
            effects.extend(self.end_worker(state));
        } else if self.since.is_some() && state.unsaved_run {
            self.since = None;
            effects.push(Effect::Dialog(Some(Dialog::ConfirmClose)));
        } else if self.since.is_some() && !state.busy() {
            effects.extend(self.end_worker(state));
        }
        if self.since.is_some() && done && !self.allowed {
            effects.push(self.close());
        }
        effects
    }

    /// Closes: now, or once the film or other work in progress is done.
    pub(super) fn leave(&mut self, when_done: bool, state: &mut EngineState, now: f64) -> Vec<Effect> {
        let mut effects = vec![Effect::Dialog(None)];
        if when_done {
            self.when_done = true;
            effects.push(Effect::toast(Level::Info, "The window closes as soon as the work is done."));
        } else {
            effects.extend(self.begin(state, now));
        }
        effects
    }

    /// The window stays after all.
    pub(super) fn stay(&mut self) -> Effect {
        self.when_done = false;
        Effect::Dialog(None)
    }

    /// Saves first: where that fails, the run is still there, and the person is asked what becomes of it.
    fn begin(&mut self, state: &mut EngineState, now: f64) -> Vec<Effect> {
        if self.since.is_some() {
            return Vec::new();
        }
        self.since = Some(now);
        self.when_done = false;
        state.unsaved_run = false;
        let leave = state.queue.on.then_some(Effect::Send(Command::Queue(QueueRequest::Leave)));
        let end = if state.busy() { Some(Effect::Send(Command::Stop)) } else { self.end_worker(state) };
        leave.into_iter().chain(end).collect()
    }

    fn end_worker(&mut self, state: &mut EngineState) -> Option<Effect> {
        let ended = std::mem::replace(&mut self.ended, true);
        state.closing = true;
        (!ended).then_some(Effect::Send(Command::Shutdown))
    }

    /// Closes although the worker has not saved yet.
    pub(super) fn abandon(&mut self) -> Effect {
        self.abandoned = true;
        interrupt::nothing_before_exit();
        self.close()
    }

    /// Closes without further questions.
    pub(super) fn close(&mut self) -> Effect {
        self.allowed = true;
        Effect::Close
    }
}
