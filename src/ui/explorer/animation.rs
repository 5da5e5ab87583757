//! Moving by itself.

use std::f64::consts::TAU;

/// The slowest and the fastest, in rounds per minute.
pub(crate) const SPEED: std::ops::RangeInclusive<f64> = 0.5..=12.0;
/// Part of a mutation that one step of a walk makes.
const SMALL_STEP: f64 = 0.04;
/// Seconds in which a walk keeps its direction.
const TURN: f64 = 2.0;

/// A walk through latent space that plays by itself: a new direction every few seconds.
#[derive(Debug)]
pub struct Animation {
    pub playing: bool,
    /// Rounds per minute.
    pub speed: f64,
    /// How far it is round, from 0 to 1.
    phase: f64,
    /// Where it began; none until the first step.
    start: Option<[f64; 2]>,
    last: f64,
    /// The direction of a walk, and since when.
    turn: Option<(u64, f64)>,
}

impl Default for Animation {
    fn default() -> Self {
        Self { playing: false, speed: 3.0, phase: 0.0, start: None, last: 0.0, turn: None }
    }
}

impl Animation {
    /// Starts at the time `now`, in seconds.
    pub fn play(&mut self, now: f64) {
        *self = Self { playing: true, speed: self.speed, last: now, ..Self::default() };
    }

    /// Ends the walk; the current point stays.
    pub fn stop(&mut self) {
        self.playing = false;
    }

    fn advance(&mut self, now: f64) -> f64 {
        // After a pause of the window it continues where it was.
        let seconds = (now - self.last).clamp(0.0, 0.1);
        self.last = now;
        seconds * self.speed / 60.0
    }

    /// The next position on a closed path, a figure of eight of this size, from `at` and back to it.
    pub fn step(&mut self, now: f64, at: [f64; 2], size: f64) -> [f64; 2] {
        self.phase = (self.phase + self.advance(now)).fract();
        let [x, y] = *self.start.get_or_insert(at);
        let t = TAU * self.phase;
        [x + size * t.sin(), y + 0.5 * size * (2.0 * t).sin()]
    }

    /// The next step of a walk: strength and seed of a small mutation. Steps of one seed have the same direction.
    pub fn walk(&mut self, now: f64, roll: impl FnOnce() -> u64) -> (f64, u64) {
        let step = self.advance(now) * 60.0;
        let seed = match self.turn {
            Some((seed, since)) if now - since < TURN => seed,
            _ => roll(),
        };
        if self.turn.is_none_or(|(known, _)| known != seed) {
            self.turn = Some((seed, now));
        }
        (SMALL_STEP * (step * 6.0).clamp(0.1, 4.0), seed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_smooth_and_closed() {
        let mut animation = Animation::default();
        animation.play(0.0);
        let (start, mut at, mut far) = ([2.0, -1.0], [2.0, -1.0], 0.0_f64);
        // A round at three a minute takes 20 seconds.
        for i in 1..=1200 {
            let next = animation.step(f64::from(i) / 60.0, at, 1.0);
            assert!((next[0] - at[0]).hypot(next[1] - at[1]) < 0.01, "frame {i}");
            far = far.max((next[0] - start[0]).abs());
            at = next;
        }
        assert!((at[0] - start[0]).hypot(at[1] - start[1]) < 1e-6);
        assert!(far > 0.99);
    }
}
