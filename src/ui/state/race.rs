//! Two runs that race, as far as the window has heard of them.

use super::run::RunView;
use crate::engine::Lane;

/// The two runs of a race.
#[derive(Default)]
pub struct RaceView {
    /// The one that events are about.
    pub told: Lane,
    /// The one on show.
    pub shown: Lane,
    /// The other one.
    pub other: Option<RunView>,
    /// Neither trains any more.
    pub over: bool,
}
