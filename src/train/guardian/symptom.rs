//! One sign of trouble over time: it must stay before it counts, and stay away before it is taken back.

use super::severity::Severity;

/// How long a sign must stay: at least this many readings in a row, over at least this many steps.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub readings: u32,
    pub steps: u64,
}

/// A sign that is there: since when, and for how many readings.
#[derive(Debug, Clone, Copy)]
struct Streak {
    since: u64,
    readings: u32,
}

/// A sign of trouble: what its readings said so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Symptom {
    warning: Option<Streak>,
    alarm: Option<Streak>,
    calm: Option<Streak>,
    /// The last step at which all was well.
    last_calm: u64,
    raised: Option<(Severity, u64)>,
    /// What `uneasy` gave when everything else was forgotten. What was wrong then is not healthy until it looks calm
    /// again.
    suspect: Option<u64>,
}

impl Symptom {
    /// Nothing was seen so far, and all was well up to this step.
    pub(crate) fn calm_until(step: u64) -> Self {
        Self { last_calm: step, ..Self::default() }
    }

    /// One reading: how bad it looks, and whether it looks so good that a finding may be taken back. Between the two
    /// lies a zone in which nothing changes.
    pub(super) fn observe(&mut self, step: u64, seen: Option<Severity>, calm: bool, patience: Patience) {
        let stayed = |streak: &mut Option<Streak>, there: bool| {
            if !there {
                *streak = None;
                return None;
            }
            let streak = streak.get_or_insert(Streak { since: step, readings: 0 });
            streak.readings += 1;
            let long = streak.readings >= patience.readings && step - streak.since >= patience.steps;
            long.then_some(streak.since)
        };
        if seen.is_none() {
            self.last_calm = step;
        }
        if calm {
            self.suspect = None;
        }
        if stayed(&mut self.calm, calm).is_some() {
            self.raised = None;
        }
        let warning = stayed(&mut self.warning, seen.is_some());
        let alarm = stayed(&mut self.alarm, seen == Some(Severity::Alarm));
        let began = self.warning.map_or(step, |streak| streak.since);
        let began = self.raised.map_or(began, |(_, since)| since);
        if alarm.is_some() {
            self.raised = Some((Severity::Alarm, began));
        } else if warning.is_some() && self.raised.is_none() {
            self.raised = Some((Severity::Warning, began));
        }
    }

    /// What has been found, and since which step.
    pub(crate) fn raised(&self) -> Option<(Severity, u64)> {
        self.raised
    }

    /// The last step before the sign that is there now; none while there is none.
    pub(crate) fn uneasy(&self) -> Option<u64> {
        let now = (self.warning.is_some() || self.raised.is_some()).then_some(match self.raised {
            Some((_, since)) => self.last_calm.min(since),
            None => self.last_calm,
        });
        now.into_iter().chain(self.suspect).min()
    }

    /// Takes back what was found and starts counting anew. That not all was well is kept.
    pub(crate) fn forget(&mut self) {
        *self = Self { suspect: self.uneasy(), ..Self::calm_until(self.last_calm) };
    }
}
