//! The newest of what was told of a run and is in none of its files: what a new connection hears first.

use crate::engine::protocol::event::{Event, Level, RunState};
use std::collections::VecDeque;

/// Messages that are kept for somebody who is not there.
const NOTICES: usize = 50;

#[derive(Default)]
pub(super) struct LastKnown {
    preparing: Option<Event>,
    started: Option<Event>,
    state: Option<Event>,
    not_measured: Option<Event>,
    findings: Option<Event>,
    measuring: Option<Event>,
    progress: Option<Event>,
    notices: VecDeque<Event>,
}

impl LastKnown {
    /// Takes note of an event. `heard`: somebody hears it now.
    pub(super) fn note(&mut self, event: &Event, heard: bool) {
        let kept = match event {
            Event::Preparing(_) => &mut self.preparing,
            Event::RunStarted(_) => &mut self.started,
            Event::State(RunState::Idle) => return,
            Event::State(_) => &mut self.state,
            Event::NotMeasured(_) => &mut self.not_measured,
            Event::Findings(_) => &mut self.findings,
            Event::Measuring(_) => &mut self.measuring,
            Event::Progress(_) => &mut self.progress,
            // What succeeds is seen in the files.
            Event::Notice { level: Level::Warning | Level::Error, .. } if !heard => {
                self.notices.push_back(event.clone());
                if self.notices.len() > NOTICES {
                    self.notices.pop_front();
                }
                return;
            }
            _ => return,
        };
        *kept = Some(event.clone());
    }

    /// The events, for somebody who has heard none.
    pub(super) fn events(&mut self) -> impl Iterator<Item = Event> + use<> {
        let Self { preparing, started, state, not_measured, findings, measuring, progress, notices } = self;
        let preparing = preparing.clone().filter(|_| started.is_none());
        let newest = [started, state, not_measured, findings, measuring, progress].map(|event| event.clone());
        let missed: Vec<Event> = notices.drain(..).collect();
        preparing.into_iter().chain(newest.into_iter().flatten()).chain(missed)
    }
}
