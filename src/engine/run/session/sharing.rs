//! Sharing the weights of a run with the explorer.

use crate::engine::explore::LiveWeights;
use crate::engine::run::active_run::error::RunError;
use crate::engine::run::active_run::state::ActiveRun;
use crossbeam_channel::Sender;
use std::time::{Duration, Instant};

/// How often the explorer gets new weights of a run: often enough to see it learn, seldom enough to cost nothing.
const INTERVAL: Duration = Duration::from_secs(3);

/// Gives the explorer the newest EMA weights every few seconds while it wants them.
pub(crate) struct Sharing {
    channel: Sender<LiveWeights>,
    /// When they are due; none while nobody wants them.
    due: Option<Instant>,
}

impl Sharing {
    pub(super) fn new(channel: Sender<LiveWeights>) -> Self {
        Self { channel, due: None }
    }

    /// They are due at once.
    pub(super) fn begin(&mut self) {
        self.due = Some(Instant::now());
    }

    pub(super) fn stop(&mut self) {
        self.due = None;
    }

    /// Whether somebody wants weights.
    pub(super) fn is_wanted(&self) -> bool {
        self.due.is_some()
    }

    /// Hands over weights; an explorer that is gone or behind needs none.
    pub(super) fn hand_over(&self, weights: LiveWeights) {
        let _ = self.channel.try_send(weights);
    }

    /// Hands over the weights if they are due. Reads them from the device.
    ///
    /// # Errors
    /// When the device fails.
    pub(super) fn give(&mut self, run: &ActiveRun) -> Result<(), RunError> {
        let now = Instant::now();
        if self.due.is_none_or(|due| now < due) || self.channel.is_full() {
            return Ok(());
        }
        self.due = Some(now + INTERVAL);
        if let Some(weights) = run.live_weights()? {
            self.hand_over(weights);
        }
        Ok(())
    }
}
