//! The rest between two steps of a training that does not take all of its device.

use crate::config::Share;
use std::time::{Duration, Instant};

/// The longest rest after one step. Longer than most shares ask for: it bounds what a first step, which compiles
/// shaders, or a save on a slow disk would cost.
const LONGEST: Duration = Duration::from_secs(10);
/// A rest is cut into pieces of at most this length. Requests end each piece at once; what else goes on is looked at
/// after it.
pub(super) const PIECE: Duration = Duration::from_secs(1);

/// When the last step ended, and how long it took.
#[derive(Default)]
pub(super) struct Rest {
    worked: Option<(Instant, Duration)>,
}

impl Rest {
    /// A step that took so long has ended now.
    pub(super) fn worked(&mut self, now: Instant, took: Duration) {
        self.worked = Some((now, took));
    }

    /// What is left of the rest. The share is that of now, so that a change acts at once.
    pub(super) fn left(&self, share: Share, now: Instant) -> Duration {
        let Some((ended, took)) = self.worked else { return Duration::ZERO };
        share.rest_after(took).min(LONGEST).saturating_sub(now.duration_since(ended))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps of these lengths in milliseconds, and rests; gives the part of the time that was worked.
    fn worked(share: Share, steps: impl Iterator<Item = u64>) -> f64 {
        let began = Instant::now();
        let (mut now, mut rest, mut work) = (began, Rest::default(), Duration::ZERO);
        for step in steps.map(Duration::from_millis) {
            now += step;
            work += step;
            rest.worked(now, step);
            // In pieces, as the worker rests.
            while !rest.left(share, now).is_zero() {
                now += rest.left(share, now).min(PIECE);
            }
        }
        work.as_secs_f64() / now.duration_since(began).as_secs_f64()
    }

    #[test]
    fn the_training_works_as_much_of_the_time_as_its_share_says() {
        for share in Share::ALL {
            let uneven = (0..500).map(|n| [3, 40, 900, 7, 2500][n % 5]);
            assert!((worked(share, uneven) - share.busy()).abs() < 1e-6, "{share}");
        }
    }

    #[test]
    fn a_step_that_takes_very_long_is_not_rested_for_as_long() {
        let (now, mut rest) = (Instant::now(), Rest::default());
        rest.worked(now, Duration::from_secs(600));
        assert_eq!(rest.left(Share::Background, now), LONGEST);
    }

    #[test]
    fn another_share_acts_in_the_middle_of_a_rest() {
        let (ended, mut rest) = (Instant::now(), Rest::default());
        assert_eq!(rest.left(Share::Background, ended), Duration::ZERO, "before the first step");
        rest.worked(ended, Duration::from_secs(1));
        let now = ended + Duration::from_millis(500);
        assert_eq!(rest.left(Share::Background, now), Duration::from_millis(2500));
        assert!((rest.left(Share::Polite, now).as_secs_f64() - 1.0 / 6.0).abs() < 1e-6);
        assert_eq!(rest.left(Share::Full, now), Duration::ZERO);
        assert_eq!(rest.left(Share::Background, ended + Duration::from_secs(3)), Duration::ZERO);
    }
}
