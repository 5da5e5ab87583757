//! What is counted: the same as in tests/reference/score_finder.py and score_eyes.py.

use crate::finder::{HeadBox, PixelPoint};

/// A found head counts as the marked one from this overlap on.
const OVERLAP: f64 = 0.5;

/// A found head: its score, and whether it is the marked one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hit {
    pub score: f32,
    pub right: bool,
}

/// What the finder says of one photo.
pub(super) struct Answer {
    /// The head's longer side as a share of the photo's; none in a photo without a cat.
    pub share: Option<f64>,
    pub hits: Vec<Hit>,
    pub eyes: Eyes,
}

/// What became of the eyes in the head that is the marked one.
pub(super) enum Eyes {
    /// Not marked, or the head was not found.
    Unasked,
    Unsure,
    /// The difference of roll in degrees, and the distance in percent of that of the eyes.
    Found(f64, f64),
}

/// Found heads, best first, against the marked one. Only the first that overlaps it enough is right; the others are
/// wrong, also where a photo has a second cat that nobody marked.
pub(super) fn matched(found: &[(HeadBox, f32)], marked: Option<&HeadBox>) -> Vec<Hit> {
    let right = found.iter().position(|(head, _)| marked.is_some_and(|marked| marked.overlap(head) >= OVERLAP));
    found.iter().enumerate().map(|(i, (_, score))| Hit { score: *score, right: right == Some(i) }).collect()
}

/// Of how many found heads with this score or more how many are right.
pub(super) fn counts<'a>(hits: impl Iterator<Item = &'a Hit>, threshold: f32) -> (usize, usize) {
    hits.filter(|hit| hit.score >= threshold)
        .fold((0, 0), |(all, right), hit| (all + 1, right + usize::from(hit.right)))
}

/// The area under the curve of precision over recall, where precision is the best at this or a higher recall.
pub(super) fn average_precision(mut hits: Vec<Hit>, heads: usize) -> f64 {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut right = 0.0;
    let precisions: Vec<f64> = (1..)
        .zip(&hits)
        .map(|(count, hit)| {
            right += f64::from(u8::from(hit.right));
            right / f64::from(count)
        })
        .collect();
    let (mut best, mut sum) = (0.0f64, 0.0);
    for (hit, precision) in hits.iter().zip(precisions).rev() {
        best = best.max(precision);
        sum += if hit.right { best } else { 0.0 };
    }
    sum / heads.max(1) as f64
}

/// How far found eyes are from the marked ones: the difference of roll in degrees, and the mean distance in percent of
/// the distance between the marked eyes.
pub(super) fn eye_errors(found: &[PixelPoint; 2], marked: &[PixelPoint; 2]) -> (f64, f64) {
    let roll = |[left, right]: &[PixelPoint; 2]| (right.y - left.y).atan2(right.x - left.x).to_degrees();
    let apart = |a: &PixelPoint, b: &PixelPoint| (b.x - a.x).hypot(b.y - a.y);
    let turn = (roll(found) - roll(marked) + 180.0).rem_euclid(360.0) - 180.0;
    let off = found.iter().zip(marked).map(|(a, b)| apart(a, b)).sum::<f64>() / 2.0;
    (turn.abs(), 100.0 * off / apart(&marked[0], &marked[1]))
}

/// The value below which `share` (0 to 1) of the values lie, between its two neighbours; none of no values.
pub(super) fn quantile(values: impl Iterator<Item = f64>, share: f64) -> Option<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    let place = share * values.len().checked_sub(1)? as f64;
    let (low, high) = (values[place.floor() as usize], values[place.ceil() as usize]);
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(x0: f64, side: f64) -> HeadBox {
        HeadBox { x0, y0: 0.0, x1: x0 + side, y1: side }
    }

    #[test]
    fn only_the_first_box_on_the_marked_head_is_right() {
        let found = [(square(90.0, 20.0), 0.9), (square(1.0, 20.0), 0.8), (square(0.0, 20.0), 0.7)];
        let right =
            |marked: Option<HeadBox>| matched(&found, marked.as_ref()).iter().map(|hit| hit.right).collect::<Vec<_>>();
        assert_eq!(right(Some(square(0.0, 20.0))), [false, true, false]);
        assert_eq!(right(Some(square(40.0, 20.0))), [false; 3]);
        assert_eq!(right(None), [false; 3]);
        let hits = matched(&found, Some(&square(0.0, 20.0)));
        assert_eq!((counts(hits.iter(), 0.75), counts(hits.iter(), 0.05)), ((2, 1), (3, 1)));
    }

    /// The numbers are those of `average_precision` in tests/reference/score_finder.py.
    #[test]
    fn the_area_is_that_of_the_reference() {
        let hits = |list: &[(f32, bool)]| list.iter().map(|&(score, right)| Hit { score, right }).collect::<Vec<_>>();
        let mixed = [(0.9, true), (0.4, true), (0.8, false), (0.7, true), (0.6, false), (0.5, false), (0.3, false)];
        for (list, heads, expected) in
            [(&mixed[..], 4, 0.541666666667), (&[], 3, 0.0), (&[(0.2, true)], 1, 1.0), (&mixed[2..], 5, 0.1)]
        {
            let ours = average_precision(hits(list), heads);
            assert!((ours - expected).abs() < 1e-9, "{ours} instead of {expected}");
        }
    }

    #[test]
    fn eyes_are_compared_with_their_own_distance() {
        let at = |x, y| PixelPoint { x, y };
        let (turn, off) = eye_errors(&[at(10.0, 20.0), at(30.0, 22.0)], &[at(10.0, 20.0), at(30.0, 20.0)]);
        assert!((turn - 0.1f64.atan().to_degrees()).abs() < 1e-9 && (off - 5.0).abs() < 1e-9, "{turn} {off}");
        // Almost upside down on either side: the difference is small.
        let (turn, _) = eye_errors(&[at(10.0, 0.1), at(0.0, 0.0)], &[at(10.0, -0.1), at(0.0, 0.0)]);
        assert!(turn < 2.0, "{turn}");
    }

    #[test]
    fn quantiles_lie_between_values() {
        let values = || [4.0, 1.0, 3.0, 2.0].into_iter();
        assert_eq!((quantile(values(), 0.5), quantile(values(), 1.0)), (Some(2.5), Some(4.0)));
        assert!((quantile(values(), 0.9).unwrap() - 3.7).abs() < 1e-9);
        assert_eq!(quantile([].into_iter(), 0.5), None);
    }
}
