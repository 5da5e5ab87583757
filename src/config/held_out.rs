//! How many pictures a run holds out: the only place for this rule.

/// Fewer pictures than this cannot be measured, however they are divided.
pub(crate) const FEWEST_PICTURES: usize = 50;
/// With fewer held-out pictures the mean sign says nothing about whether the discriminator is memorising.
pub(crate) const FEWEST_HELD: usize = 8;
/// Beyond this, one more tells little: `tests/reference/watch.py trust` has false alarms and power for each number.
const ENOUGH_HELD: usize = 24;

/// How many of `pictures` a new run holds out at `percent`, which is from 0 to 50.
///
/// A few per cent of a small folder would be too few to measure with, so of 50 pictures and more it is at least a
/// tenth, between 8 and 24, or `percent` where that is more. Of fewer than 50 none are held out: they would be too few
/// to measure with. 0 holds none out.
pub(crate) fn held_out_count(pictures: usize, percent: f64) -> usize {
    if percent <= 0.0 || pictures < FEWEST_PICTURES {
        return 0;
    }
    held_out_count_before(pictures, percent).max((pictures / 10).clamp(FEWEST_HELD, ENOUGH_HELD))
}

/// The same in older runs, where small folders had no rule of their own: `percent`, but never all pictures.
pub(crate) fn held_out_count_before(pictures: usize, percent: f64) -> usize {
    ((pictures as f64 * percent / 100.0).round() as usize).min(pictures.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_folders_hold_out_enough_to_measure_with_and_never_many() {
        for (pictures, percent, expected) in [
            (0, 5.0, 0),
            (49, 50.0, 0),
            (50, 5.0, 8),
            (80, 5.0, 8),
            (100, 5.0, 10),
            (200, 5.0, 20),
            (240, 0.1, 24),
            (480, 5.0, 24),
            (1000, 5.0, 50),
            (4270, 5.0, 214),
            (200, 25.0, 50),
            (200, 0.0, 0),
            (50, 50.0, 25),
        ] {
            assert_eq!(held_out_count(pictures, percent), expected, "{percent} % of {pictures}");
        }
        for pictures in FEWEST_PICTURES..3000 {
            let held = held_out_count(pictures, 5.0);
            assert!((FEWEST_HELD..=pictures.div_ceil(6)).contains(&held), "{held} of {pictures}");
        }
        assert_eq!([1, 2, 3, 200].map(|n| held_out_count_before(n, 50.0)), [0, 1, 2, 100]);
    }
}
