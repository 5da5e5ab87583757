//! The slow movement of the start screen, and when it had better rest.

use super::animation::Animation;

/// Seconds from one picture to the next: enough of them to look alive, few enough to cost little.
pub(crate) const PACE: f64 = 0.08;
/// A picture that takes longer than this many seconds leaves no room for other work.
const SLOW: f64 = 0.05;
/// Seconds after which another one is tried: a single slow picture, as while something else begins, is no slow device.
pub(crate) const RETRY: f64 = 4.0;
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
    /// When the newest picture was asked for, and when the newest frame was drawn.
    last: f64,
    seen: f64,
    /// Frames in a row that came late.
    late: u32,
    /// Neither pictures nor frames are too slow.
    pub moving: bool,
}

impl Default for Alive {
    fn default() -> Self {
        let mut path = Animation::default();
        path.speed = SPEED;
        Self { path, at: None, last: 0.0, seen: 0.0, late: 0, moving: true }
    }
}

impl Alive {
    /// Looks at each frame whether the window keeps pace; `drawn_in` is how many seconds the newest picture took.
    /// Frames that the pointer causes come in time, so what was still tries again then.
    pub(crate) fn watch(&mut self, drawn_in: f64, now: f64) {
        let late = now - self.seen > PACE + LATE;
        self.seen = now;
        self.late = if late { (self.late + 1).min(PATIENCE) } else { 0 };
        let slow = drawn_in >= SLOW && now - self.last < RETRY;
        self.moving = !slow && self.late < PATIENCE;
    }

    /// Whether it is time for a picture.
    pub(crate) fn is_due(&mut self, now: f64) -> bool {
        let due = self.moving && now - self.last >= PACE;
        if due {
            self.last = now;
        }
        due
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
            let now = f64::from(i) * 1.01 * PACE;
            alive.watch(0.003, now);
            assert!(alive.is_due(now) && !alive.is_due(now + 0.01), "{i}");
            let next = alive.step(now, at);
            assert!((next[0] - at[0]).hypot(next[1] - at[1]) < 0.03, "{i}");
            at = next;
        }
        assert!(at[0].hypot(at[1]) > 0.5, "{at:?}");
        let dragged = [10.0, 3.0];
        let next = alive.step(101.0 * PACE, dragged);
        assert!((next[0] - 10.0).hypot(next[1] - 3.0) < 0.03, "{next:?}");
    }

    #[test]
    fn one_slow_picture_does_not_stop_it_for_good() {
        let mut alive = Alive::default();
        alive.watch(0.003, PACE);
        assert!(alive.is_due(PACE));
        for i in 2..40 {
            alive.watch(0.2, f64::from(i) * PACE);
            assert!(!alive.moving, "{i}");
        }
        let later = PACE + RETRY;
        alive.watch(0.2, later - 2.0 * PACE);
        alive.watch(0.2, later);
        assert!(alive.is_due(later), "tried again");
        alive.watch(0.003, later + PACE);
        assert!(alive.moving, "and quick");
    }

    #[test]
    fn what_is_slow_is_still() {
        let mut alive = Alive::default();
        alive.watch(0.2, PACE);
        assert!(!alive.moving, "the generator takes long");
        for i in 1..20 {
            alive.watch(0.003, f64::from(i));
            assert_eq!(alive.moving, i < 8, "the window takes long: frame {i}");
        }
        alive.watch(0.003, 19.1);
        assert!(alive.moving && alive.is_due(19.1), "the pointer moves");
    }
}
