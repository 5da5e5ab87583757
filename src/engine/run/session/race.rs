//! What a session knows of two runs that take turns.

use crate::engine::protocol::event::RunInfo;
use crate::engine::protocol::race::Lane;
use crate::engine::protocol::session_record::Recorder;
use crate::engine::run::active_run::state::ActiveRun;
use std::sync::Arc;

/// The race of a session.
pub(crate) struct SessionRace {
    /// Whose run the session has in hand.
    pub lane: Lane,
    /// Whose run is on show: live settings are for that one.
    pub shown: Lane,
    /// The other run, until it has ended.
    pub parked: Option<ParkedRun>,
    /// Seconds of training after which each ends; 0 leaves that to their own limits.
    pub seconds: f64,
}

/// A run that waits for its turn, with what the session has of it beside.
pub(crate) struct ParkedRun {
    pub run: ActiveRun,
    pub info: Option<Arc<RunInfo>>,
    pub recorder: Option<Recorder>,
}
