//! What a run keeps of its past, so that days of training do not fill the disk: all of what is near now and near the
//! beginning, less and less of what lies between.
//!
//! The past is divided into cells, each as long as a power of two and aligned to it. A cell may be this long where it
//! is at least `fineness` times as far away from the beginning and from now. Cells only ever grow into cells that hold
//! them, so it does not matter how often and when the past is thinned. About `2 fineness (1 + 1.4 ln(steps / 4
//! fineness))` cells cover a run.

use std::collections::BTreeSet;
use std::ops::Range;

/// The steps of the cell that `step` belongs to at step `now`.
fn cell(step: u64, now: u64, fineness: u64) -> Range<u64> {
    let mut found = step..step + 1;
    for level in 1..u64::BITS - 1 {
        let length = 1u64 << level;
        let start = step & !(length - 1);
        let room = start.min(now.saturating_sub(start + (length - 1)));
        if room < fineness.saturating_mul(length) {
            break;
        }
        found = start..start + length;
    }
    found
}

/// Of rising `steps` up to `now`, those to give up so that about three quarters of `most` stay; none before there are
/// more than `most`. The first and the last always stay, and so do the neighbours of each mark: the last before its
/// step and the first from there on.
pub(crate) fn surplus(steps: &[u64], marks: &[u64], now: u64, most: usize) -> Vec<u64> {
    let past = &steps[..steps.partition_point(|step| *step <= now)];
    if past.len() <= most {
        return Vec::new();
    }
    let mut stay = BTreeSet::from([past[0], past[past.len() - 1]]);
    for mark in marks {
        let next = past.partition_point(|step| step < mark);
        stay.extend(past[next.saturating_sub(1)..].iter().take(2));
    }
    let mut gone = Vec::new();
    for fineness in (0..10).rev().map(|power| 1 << power) {
        let mut open = 0..0;
        let first_of_its_cell = |step: &&u64| {
            let first = !open.contains(*step);
            if first {
                open = cell(**step, now, fineness);
            }
            first
        };
        let first: BTreeSet<u64> = past.iter().filter(first_of_its_cell).copied().collect();
        gone = past.iter().filter(|step| !first.contains(*step) && !stay.contains(*step)).copied().collect();
        if past.len() - gone.len() <= most / 4 * 3 {
            break;
        }
    }
    gone
}

/// A cell of readings may be as long as this share of its distance from the beginning and from now: one to four pixels
/// of a plot of the whole run.
const FINENESS: u64 = 512;

/// Thins readings that come in order of their steps: of each cell the first stays, and all that hold the least or the
/// greatest of one of their `N` values. A plot of them looks the same.
pub(crate) struct Thinner<T, const N: usize> {
    now: u64,
    cell: Range<u64>,
    open: Vec<([f32; N], T)>,
}

impl<T, const N: usize> Thinner<T, N> {
    /// For a run that is at step `now`.
    pub(crate) fn new(now: u64) -> Self {
        Self { now, cell: 0..0, open: Vec::new() }
    }

    /// Takes the next reading; gives what stays of the cell before it once that is complete.
    pub(crate) fn push(&mut self, step: u64, values: [f32; N], reading: T) -> Vec<T> {
        let complete = if self.cell.contains(&step) { Vec::new() } else { self.finish() };
        if self.open.is_empty() {
            self.cell = cell(step, self.now, FINENESS);
        }
        self.open.push((values, reading));
        complete
    }

    /// What stays of the last cell.
    pub(crate) fn finish(&mut self) -> Vec<T> {
        let open = std::mem::take(&mut self.open);
        let mut stay = BTreeSet::from([0]);
        for value in 0..N {
            let (mut least, mut greatest) = (None, None);
            for (index, (values, _)) in open.iter().enumerate() {
                let number = values[value];
                if least.is_none_or(|(_, least)| number < least) && number.is_finite() {
                    least = Some((index, number));
                }
                if greatest.is_none_or(|(_, greatest)| number > greatest) && number.is_finite() {
                    greatest = Some((index, number));
                }
            }
            stay.extend(least.into_iter().chain(greatest).map(|(index, _)| index));
        }
        let kept = open.into_iter().enumerate().filter(|(index, _)| stay.contains(index));
        kept.map(|(_, (_, reading))| reading).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Days of a small network: a sheet every ten steps, 32,000 in all, and two settings changed on the way.
    #[test]
    fn sheets_stay_about_a_thousand_and_dense_at_both_ends() {
        let marks = [123_456, 200_001];
        let (mut steps, mut given_up, mut rounds) = (Vec::new(), 0, 0);
        for step in (0..=320_000).step_by(10) {
            steps.push(step);
            let gone = surplus(&steps, &marks, step, 1000);
            assert!(steps.len() <= 1001 && surplus(&steps, &marks, step, 1000) == gone);
            given_up += gone.len();
            rounds += usize::from(!gone.is_empty());
            steps.retain(|step| !gone.contains(step));
        }
        assert_eq!(given_up + steps.len(), 32_001);
        assert!((500..=1000).contains(&steps.len()), "{}", steps.len());
        assert!(rounds < 250, "thinned {rounds} times: each look at the list must pay");
        assert_eq!((steps[0], steps[steps.len() - 1]), (0, 320_000));
        for neighbour in [123_450, 123_460, 200_000, 200_010] {
            assert!(steps.contains(&neighbour), "{neighbour} stands beside a mark");
        }
        for (i, pair) in steps.windows(2).enumerate() {
            let room = pair[0].min(320_000 - pair[1]);
            assert!(pair[1] - pair[0] <= (room / 8).max(10), "{} follows on {}, number {i}", pair[1], pair[0]);
        }
    }

    /// Thinned all the time or once at the end: what one keeps the other would keep.
    #[test]
    fn when_it_is_thinned_does_not_matter() {
        let cells = |steps: &[u64], now: u64| {
            let mut first: Vec<(u64, u64)> = steps.iter().map(|step| (cell(*step, now, 16).start, *step)).collect();
            first.dedup_by_key(|(cell, _)| *cell);
            first.into_iter().map(|(_, step)| step).collect::<Vec<u64>>()
        };
        let all: Vec<u64> = (0..50_000).filter(|step| step % 7 == 0 || step % 1000 == 5).collect();
        let mut thinned: Vec<u64> = Vec::new();
        for step in &all {
            thinned.push(*step);
            thinned = cells(&thinned, *step);
        }
        assert_eq!(thinned, cells(&all, all[all.len() - 1]));
        assert!(thinned.len() < 300, "{}", thinned.len());
    }

    #[test]
    fn few_sheets_and_those_of_an_undone_past_stay() {
        let steps: Vec<u64> = (0..1000).collect();
        assert!(surplus(&steps, &[], 999, 1000).is_empty());
        let steps: Vec<u64> = (0..5000).collect();
        let gone = surplus(&steps, &[], 2000, 1000);
        assert!(!gone.is_empty() && gone.iter().all(|step| *step < 2000));
    }

    #[test]
    fn extremes_stay() {
        let loss = |step: u64| ((step * 7919 % 1000) as f32, if step == 300_000 { 1e6 } else { 1.0 });
        let mut thinner = Thinner::new(1_000_000);
        let mut kept = Vec::new();
        for step in 1..=1_000_000u64 {
            kept.extend(thinner.push(step, [loss(step).0, loss(step).1, f32::NAN], step));
        }
        kept.extend(thinner.finish());
        assert!(kept.is_sorted() && kept.contains(&1) && kept.contains(&1_000_000) && kept.contains(&300_000));
        assert!((10_000..100_000).contains(&kept.len()), "{}", kept.len());
        // Whatever piece of the plot is looked at, a pixel's worth of it reaches as far.
        for piece in (0..1_000_000u64).step_by(1000) {
            let values = |steps: &mut dyn Iterator<Item = u64>| {
                steps.map(|step| loss(step).0).fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)))
            };
            let part = |step: &u64| (piece.max(1)..piece + 1000).contains(step);
            let (low, high) = values(&mut kept.iter().copied().filter(part));
            assert!(low <= 5.0 && high >= 994.0, "from {piece}: {low} to {high}");
        }
    }
}
