//! How long nothing was heard of a run whose process cannot be seen: it may be gone.

use std::time::{Duration, Instant};

/// So long a silence is told: at least, and at most.
const QUIET: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(10 * 60)];
/// In between it is so many times what the run has been silent before.
const GAPS: u32 = 4;

/// The silence of a run.
pub(super) struct Silence {
    /// When something was new last.
    heard: Instant,
    /// The longest that it has been silent between two news.
    longest: Duration,
    /// It was said that nothing is new.
    told: bool,
}

impl Silence {
    pub(super) fn new() -> Self {
        Self { heard: Instant::now(), longest: Duration::ZERO, told: false }
    }

    /// All that there was before: the silence begins here.
    pub(super) fn begin(&mut self) {
        *self = Self::new();
    }

    /// Something is new.
    pub(super) fn broken(&mut self) {
        (self.longest, self.told) = (self.longest.max(self.heard.elapsed()), false);
        self.heard = Instant::now();
    }

    /// What is to be said of a run that should train; once in a silence.
    pub(super) fn notice(&mut self) -> Option<String> {
        let silent = self.heard.elapsed();
        if silent < (GAPS * self.longest).clamp(QUIET[0], QUIET[1]) || std::mem::replace(&mut self.told, true) {
            return None;
        }
        let time = match silent.as_secs() / 60 {
            0 | 1 => "a minute".to_owned(),
            minutes => format!("{minutes} minutes"),
        };
        Some(format!(
            "There has been no sign of life of this run for {time}. Its process cannot be seen from this machine: it \
             may be busy, or gone."
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(silence: &mut Silence, seconds: u64) -> Option<String> {
        silence.heard = Instant::now().checked_sub(Duration::from_secs(seconds)).expect("a clock that ran for so long");
        silence.notice()
    }

    #[test]
    fn a_silence_is_told_once_and_later_of_a_run_that_is_slow() {
        let mut silence = Silence::new();
        assert_eq!(after(&mut silence, 50), None);
        let told = after(&mut silence, 70).unwrap();
        assert!(told.contains("no sign of life of this run for a minute"), "{told}");
        assert_eq!(after(&mut silence, 5000), None, "once is enough");
        // It was silent for 100 seconds, and goes on.
        silence.heard = Instant::now().checked_sub(Duration::from_secs(100)).unwrap();
        silence.broken();
        assert_eq!(after(&mut silence, 390), None);
        assert!(after(&mut silence, 410).unwrap().contains("for 6 minutes"));
        silence.heard = Instant::now().checked_sub(Duration::from_secs(1000)).unwrap();
        silence.broken();
        assert!(after(&mut silence, 601).unwrap().contains("for 10 minutes"), "not for ever");
        // Of a session that begins anew nothing is known.
        silence.begin();
        assert_eq!(after(&mut silence, 50), None);
        assert!(after(&mut silence, 70).is_some());
    }
}
