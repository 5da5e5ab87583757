//! The network that sharpens the explorer's pictures, and its training.

use crate::engine::{SharpenInfo, SharpenReport};

/// What the explorer has told of it.
#[derive(Debug, Default)]
pub struct SharpenerState {
    /// The network of the open generator's run, if there is one.
    pub network: Option<SharpenInfo>,
    /// One is being trained.
    pub training: Option<SharpenTraining>,
    /// What the newest training gave, in words.
    pub result: Option<String>,
}

/// How far the training of a network is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SharpenTraining {
    /// What is being done.
    pub what: String,
    /// How much of it.
    pub done: usize,
    /// Of so much; 0 while that is not known.
    pub total: usize,
    /// When the window saw this part begin.
    since: f64,
    /// When the window saw this much done.
    now: f64,
}

impl SharpenTraining {
    /// Seconds that this part will still take; none while that cannot be told.
    pub fn left(&self) -> Option<f64> {
        let took = self.now - self.since;
        (self.done > 0 && self.total >= self.done && took > 0.5)
            .then(|| took / self.done as f64 * (self.total - self.done) as f64)
    }
}

impl SharpenerState {
    /// A training was asked for.
    pub(crate) fn begin(&mut self) {
        self.result = None;
        self.training = Some(SharpenTraining { what: "photos".to_owned(), ..SharpenTraining::default() });
    }

    /// It is so far, unless it was cancelled while the message was on its way.
    pub(crate) fn advance(&mut self, what: String, done: usize, total: usize, now: f64) {
        if let Some(training) = &mut self.training {
            let since = if training.what == what { training.since } else { now };
            *training = SharpenTraining { what, done, total, since, now };
        }
    }

    /// It is trained.
    pub(crate) fn trained(&mut self, report: &SharpenReport) {
        self.training = None;
        self.result = Some(match (&report.measures, report.better) {
            (Some(m), true) => format!(
                "Better than enlarging without it on {} held-out pictures: PSNR {:.2} dB instead of {:.2}. It is on.",
                m.pictures, m.psnr, m.psnr_plain
            ),
            (Some(m), false) => format!(
                "Not better than enlarging without it on {} held-out pictures (PSNR {:.2} dB, without {:.2}; error of \
                 edges {:.2}, without {:.2}), so it stays off. A longer training may help.",
                m.pictures, m.psnr, m.psnr_plain, m.edges, m.edges_plain
            ),
            (None, _) => "It could not be compared with held-out pictures, so it stays off.".to_owned(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_left_follows_from_the_part_under_way() {
        let mut state = SharpenerState::default();
        state.advance("steps".to_owned(), 1, 10, 5.0);
        assert_eq!(state.training, None, "a message that came too late");
        state.begin();
        state.advance("photos opened".to_owned(), 30, 40, 3.0);
        assert_eq!(state.training.as_ref().unwrap().left(), None, "the part has just begun");
        state.advance("steps".to_owned(), 0, 100, 10.0);
        state.advance("steps".to_owned(), 25, 100, 20.0);
        assert_eq!(state.training.unwrap().left(), Some(30.0));
    }
}
