//! The slow movement of the start screen, and when it had better rest.

use super::animation::Animation;

/// Seconds from one picture to the next: enough of them to look alive, few enough to cost little.
pub(crate) const PACE: f64 = 0.08;
/// A picture that takes longer than this many seconds leaves no room for other work.
const SLOW: f64 = 0.05;
/// Frames in a row that came this much later than they were due, in seconds: the window itself is slow.
const LATE: f64 = 0.16;
const PATIENCE: u32 = 8;
/// Rounds per minute, and the size of a round on the plane.
const SPEED: f64 = 0.8;
const SIZE: f64 = 1.5;

/// Moves along a closed path on the plane, from wherever it was dragged to.
#[derive(Debug)]
pub(crate) struct Alive {
    path: Animation,
    /// Where it went last: elsewhere means that a hand has moved it.
    at: Option<[f64; 2]>,
    /// When the newest picture was asked for.
    last: f64,
    /// Frames in a row that came late.
    late: u32,
}

impl Default for Alive {
    fn default() -> Self {
        let mut path = Animation::default();
        path.speed = SPEED;
        Self { path, at: None, last: 0.0, late: 0 }
    }
}

impl Alive {
    /// Whether it is time for a picture; `drawn_in` is how many seconds the newest one took.
    pub(crate) fn is_due(&mut self, drawn_in: f64, now: f64) -> bool {
        if now - self.last < PACE {
            return false;
        }
        let late = now - self.last > PACE + LATE;
        self.last = now;
        if self.late < PATIENCE {
            self.late = if late { self.late + 1 } else { 0 };
        }
        drawn_in < SLOW && self.late < PATIENCE
    }

    /// The next place on the plane, from the one that is on show.
    pub(crate) fn step(&mut self, now: f64, on_show: [f64; 2]) -> [f64; 2] {
        if self.at != Some(on_show) {
            self.path.play(now);
        }
        let next = self.path.step(now, on_show, SIZE);
        self.at = Some(next);
        next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_moves_slowly_and_goes_on_from_where_it_is_dragged_to() {
        let mut alive = Alive::default();
        let mut at = [0.0, 0.0];
        for i in 1..100 {
            let now = f64::from(i) * PACE;
            assert!(alive.is_due(0.003, now) && !alive.is_due(0.003, now + 0.01), "{i}");
            let next = alive.step(now, at);
            assert!((next[0] - at[0]).hypot(next[1] - at[1]) < 0.03, "{i}");
            at = next;
        }
        assert!(at[0].hypot(at[1]) > 0.5, "{at:?}");
        let dragged = [10.0, 3.0];
        let next = alive.step(100.0 * PACE, dragged);
        assert!((next[0] - 10.0).hypot(next[1] - 3.0) < 0.03, "{next:?}");
    }

    #[test]
    fn what_is_slow_is_still() {
        let mut alive = Alive::default();
        assert!(!alive.is_due(0.2, 1.0), "the generator takes long");
        let due: Vec<bool> = (2..20).map(|i| alive.is_due(0.003, f64::from(i))).collect();
        assert!(due[0] && !due[17], "the window takes long");
        // One that is quick again for a while stays still: it would only be slow again.
        assert!(!alive.is_due(0.003, 19.0 + 2.0 * PACE));
    }
}
