//! Finds pictures of the same moment, and copies of one picture.

use super::look::{GREY_SIDE, Look};
use super::{Capture, Health};

/// How much two pictures must agree, from -1 to 1.
const SAME: f32 = 0.95;
/// The same for two that were taken within [`MOMENT`].
const SAME_MOMENT: f32 = 0.85;
const MOMENT_MS: i64 = 5_000;
/// Largest difference of colours.
const COLOUR: f32 = 24.0;

/// Groups of at least two pictures that show the same, each group in ascending order. No picture is in two groups.
pub(crate) fn bursts(pictures: &[(Health, Option<Capture>)]) -> Vec<Vec<usize>> {
    let patterns: Vec<Pattern> = pictures.iter().map(|(health, _)| Pattern::of(&health.look)).collect();
    let mut leader: Vec<usize> = (0..pictures.len()).collect();
    for a in 0..pictures.len() {
        for b in a + 1..pictures.len() {
            if !patterns[a].may_equal(&patterns[b]) {
                continue;
            }
            let near = match (pictures[a].1, pictures[b].1) {
                (Some(a), Some(b)) => a.milliseconds_to(&b).is_some_and(|apart| apart <= MOMENT_MS),
                _ => false,
            };
            let least = if near { SAME_MOMENT } else { SAME };
            let (first, second) = (&pictures[a].0.look, &pictures[b].0.look);
            if colour_difference(first, second) <= COLOUR && agreement(first, second) >= least {
                let (a, b) = (root(&mut leader, a), root(&mut leader, b));
                leader[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); pictures.len()];
    (0..pictures.len()).for_each(|i| groups[root(&mut leader, i)].push(i));
    groups.retain(|group| group.len() > 1);
    groups
}

fn root(leader: &mut [usize], mut of: usize) -> usize {
    while leader[of] != of {
        leader[of] = leader[leader[of]];
        of = leader[of];
    }
    of
}

/// The member of a group with the most fine detail; the first of several alike.
///
/// # Panics
/// When the group is empty or names a picture that is not there.
pub(crate) fn sharpest(group: &[usize], healths: &[Health]) -> usize {
    let better = |best: usize, other: usize| {
        if healths[other].sharpness > healths[best].sharpness { other } else { best }
    };
    group.iter().copied().reduce(better).expect("a group has members")
}

/// Whether each of 64 places is brighter than the middle of all: pictures of one moment differ in few.
struct Pattern(u64);

impl Pattern {
    fn of(look: &Look) -> Self {
        let block = |i: usize| {
            let (x, y) = (i % 8 * 2, i / 8 * 2);
            let at = |x: usize, y: usize| u32::from(look.grey[y * GREY_SIDE + x]);
            at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)
        };
        let blocks: Vec<u32> = (0..64).map(block).collect();
        let mut sorted = blocks.clone();
        let middle = *sorted.select_nth_unstable(32).1;
        Self(blocks.iter().enumerate().fold(0, |bits, (i, value)| bits | (u64::from(*value > middle) << i)))
    }

    fn may_equal(&self, other: &Self) -> bool {
        (self.0 ^ other.0).count_ones() <= 16
    }
}

/// Root of the mean squared difference of colours, after the mean brightness of both is made equal.
fn colour_difference(a: &Look, b: &Look) -> f32 {
    let mean = |look: &Look| look.colour.iter().map(|c| f32::from(*c)).sum::<f32>() / look.colour.len() as f32;
    let gain = mean(a).max(1.0) / mean(b).max(1.0);
    let squares = a.colour.iter().zip(&b.colour).map(|(a, b)| (f32::from(*a) - gain * f32::from(*b)).powi(2));
    (squares.sum::<f32>() / a.colour.len() as f32).sqrt()
}

/// The best correlation of two grey versions when one is moved by up to a pixel, from -1 to 1.
fn agreement(a: &Look, b: &Look) -> f32 {
    let shifts = (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dx, dy)));
    shifts.map(|(dx, dy)| correlation(a, b, dx, dy)).fold(-1.0, f32::max)
}

fn correlation(a: &Look, b: &Look, dx: isize, dy: isize) -> f32 {
    let span = |shift: isize| (shift.max(0) as usize, (GREY_SIDE as isize + shift.min(0)) as usize);
    let ((left, right), (top, bottom)) = (span(dx), span(dy));
    let (mut n, mut sa, mut sb, mut saa, mut sbb, mut sab) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for y in top..bottom {
        for x in left..right {
            let p = f32::from(a.grey[y * GREY_SIDE + x]);
            let q = f32::from(b.grey[(y as isize - dy) as usize * GREY_SIDE + (x as isize - dx) as usize]);
            (n, sa, sb) = (n + 1.0, sa + p, sb + q);
            (saa, sbb, sab) = (saa + p * p, sbb + q * q, sab + p * q);
        }
    }
    let (va, vb) = (saa - sa * sa / n, sbb - sb * sb / n);
    let covariance = sab - sa * sb / n;
    // Two plain pictures agree where their colours do.
    if va < n && vb < n { 1.0 } else { covariance / (va * vb).sqrt().max(f32::EPSILON) }
}
