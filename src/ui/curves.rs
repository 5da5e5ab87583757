//! The points of the plots: smoothed, thinned to about two per pixel, and kept between frames.
//!
//! Readings are grouped into buckets of a power of two, aligned to the start of the run. Each bucket draws its least
//! and its greatest value, so no spike is lost. Because buckets are aligned, a growing run changes the last one only.

use super::state::RunView;
use crate::engine::StepMetrics;
use egui_plot::PlotPoint;

/// What the horizontal axis counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum XAxis {
    #[default]
    Steps,
    Epochs,
}

impl XAxis {
    pub fn of(self, metrics: &StepMetrics) -> f64 {
        match self {
            XAxis::Steps => metrics.step as f64,
            XAxis::Epochs => metrics.epoch,
        }
    }

    /// The place of a step of which nothing else is known.
    pub fn at(self, step: u64, steps_per_epoch: u64) -> f64 {
        match self {
            XAxis::Steps => step as f64,
            XAxis::Epochs => step as f64 / steps_per_epoch.max(1) as f64,
        }
    }
}

/// The readings that are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    LossD,
    LossG,
    Real,
    Fake,
    /// Share of the real pictures that the discriminator takes for real.
    Sure,
    /// Share of the pictures that are augmented.
    Augmented,
}

pub(crate) const READINGS: [Reading; 6] =
    [Reading::LossD, Reading::LossG, Reading::Real, Reading::Fake, Reading::Sure, Reading::Augmented];

impl Reading {
    /// None where files of before do not have it, or it does not apply.
    pub fn of(self, m: &StepMetrics) -> Option<f32> {
        Some(match self {
            Reading::LossD => m.loss_d,
            Reading::LossG => m.loss_g,
            Reading::Real => m.d_real,
            Reading::Fake => m.d_fake,
            Reading::Sure => (1.0 + m.r_t?) / 2.0,
            Reading::Augmented => m.augmented?,
        })
    }
}

/// Everything that makes kept points useless when it changes.
#[derive(Clone, Copy, PartialEq, Default)]
struct Key {
    serial: u64,
    rewrites: u64,
    axis: XAxis,
    smoothing: f32,
}

#[derive(Default)]
struct Track {
    smooth: Vec<f32>,
    /// Sum of the weights so far, so that the first values are not pulled towards zero.
    weight: f64,
    raw_points: Vec<PlotPoint>,
    smooth_points: Vec<PlotPoint>,
}

/// The kept points of one run.
#[derive(Default)]
pub struct Curves {
    key: Key,
    /// Readings per bucket.
    bucket: usize,
    /// Readings that are in complete buckets.
    complete: usize,
    len: usize,
    tracks: [Track; 6],
    visible: std::ops::Range<usize>,
}

impl Curves {
    /// Brings the points up to date for readings with `x` in `range` on a plot `pixels` wide.
    pub fn update(&mut self, run: &RunView, axis: XAxis, smoothing: f32, range: Option<(f64, f64)>, pixels: f32) {
        let metrics = &run.metrics;
        let key = Key { serial: run.serial, rewrites: run.rewrites, axis, smoothing };
        if key != self.key {
            *self = Self { key, ..Self::default() };
        }
        let (first, last) = match range {
            None => (0, metrics.len()),
            Some((from, to)) => (
                metrics.partition_point(|m| axis.of(m) < from).saturating_sub(1),
                (metrics.partition_point(|m| axis.of(m) <= to) + 1).min(metrics.len()),
            ),
        };
        let per_pixel = (last - first).max(1) as f32 / pixels.max(1.0);
        let bucket = (per_pixel.ceil() as usize).max(1).next_power_of_two();
        if bucket != self.bucket {
            self.bucket = bucket;
            self.complete = 0;
            self.len = 0;
            for track in &mut self.tracks {
                track.raw_points.clear();
                track.smooth_points.clear();
            }
        }
        if self.len != metrics.len() {
            self.extend(metrics);
        }
        let points = self.points_of(metrics.len());
        self.visible =
            self.points_of(first / bucket * bucket)..self.points_of(last.div_ceil(bucket) * bucket).min(points);
    }

    /// The points to draw, for a line that lives as long as the curves do.
    pub fn raw(&self, reading: Reading) -> &[PlotPoint] {
        self.tracks[reading as usize].raw_points.get(self.visible.clone()).unwrap_or_default()
    }

    pub fn smooth(&self, reading: Reading) -> &[PlotPoint] {
        self.tracks[reading as usize].smooth_points.get(self.visible.clone()).unwrap_or_default()
    }

    /// The smoothed value of reading number `index`.
    pub(crate) fn smoothed(&self, reading: Reading, index: usize) -> Option<f32> {
        self.tracks[reading as usize].smooth.get(index).copied()
    }

    /// How many points stand for the first `readings` readings.
    fn points_of(&self, readings: usize) -> usize {
        if self.bucket == 1 { readings } else { readings.div_ceil(self.bucket) * 2 }
    }

    fn extend(&mut self, metrics: &[StepMetrics]) {
        let kept = self.points_of(self.complete);
        for (track, reading) in self.tracks.iter_mut().zip(READINGS) {
            track.extend_smooth(metrics, reading, self.key.smoothing);
            track.raw_points.truncate(kept);
            track.smooth_points.truncate(kept);
            let axis = self.key.axis;
            let x = |i: usize| axis.of(&metrics[i]);
            let range = self.complete..metrics.len();
            let Track { smooth, raw_points, smooth_points, .. } = track;
            thin(raw_points, range.clone(), self.bucket, x, |i| reading.of(&metrics[i]).unwrap_or(f32::NAN));
            thin(smooth_points, range, self.bucket, x, |i| smooth[i]);
        }
        self.len = metrics.len();
        self.complete = metrics.len() / self.bucket * self.bucket;
    }
}

impl Track {
    /// Exponential moving average: `s = k * s + (1 - k) * x`, divided by the weight that has come together.
    fn extend_smooth(&mut self, metrics: &[StepMetrics], reading: Reading, k: f32) {
        let k = f64::from(k);
        for m in &metrics[self.smooth.len()..] {
            let before = self.smooth.last().map_or(0.0, |&s| f64::from(s) * self.weight);
            let x = f64::from(reading.of(m).unwrap_or(f32::NAN));
            if !x.is_finite() {
                self.smooth.push(self.smooth.last().copied().unwrap_or(0.0));
                continue;
            }
            self.weight = k * self.weight + (1.0 - k);
            self.smooth.push(((k * before + (1.0 - k) * x) / self.weight) as f32);
        }
    }
}

/// Appends the least and greatest value of each bucket in the order in which they happened.
fn thin(
    out: &mut Vec<PlotPoint>,
    range: std::ops::Range<usize>,
    bucket: usize,
    x: impl Fn(usize) -> f64,
    y: impl Fn(usize) -> f32,
) {
    let mut previous = out.last().map_or(0.0, |p| p.y as f32);
    // A diverged run ends in NaN: the curve stays where it was.
    let mut finite = |i: usize| {
        let value = y(i);
        if value.is_finite() {
            previous = value;
        }
        previous
    };
    if bucket == 1 {
        out.extend(range.map(|i| PlotPoint::new(x(i), finite(i))));
        return;
    }
    let mut start = range.start;
    while start < range.end {
        let end = (start + bucket).min(range.end);
        let first = finite(start);
        let (mut low, mut high) = ((start, first), (start, first));
        for i in start + 1..end {
            let value = finite(i);
            if value < low.1 {
                low = (i, value);
            }
            if value > high.1 {
                high = (i, value);
            }
        }
        let (a, b) = if low.0 <= high.0 { (low, high) } else { (high, low) };
        out.push(PlotPoint::new(x(a.0), a.1));
        out.push(PlotPoint::new(x(b.0), b.1));
        start = end;
    }
}

/// A range for the losses that shows the curves and not the few spikes: it holds the smoothed curves, nine tenths of
/// the raw ones and the line where the discriminator guesses. `room` is the part of the height that stays free at the
/// top.
pub(crate) fn loss_range(curves: &Curves, guessing: f64, room: f64) -> (f64, f64) {
    let losses = [Reading::LossD, Reading::LossG];
    let raw = losses.into_iter().flat_map(|reading| curves.raw(reading));
    let smooth = losses.into_iter().flat_map(|reading| curves.smooth(reading));
    let low = raw.clone().map(|p| p.y).fold(0.0, f64::min);
    let high = quantile(raw, 0.9).max(quantile(smooth, 0.99)).max(1.15 * guessing);
    let low = low - 0.04 * (high - low);
    (low, low + (high - low) / (1.0 - room))
}

/// The height below which this part of the points lies; 0 without points.
fn quantile<'a>(points: impl Iterator<Item = &'a PlotPoint>, part: f64) -> f64 {
    let mut values: Vec<f64> = points.map(|p| p.y).collect();
    if values.is_empty() {
        return 0.0;
    }
    let rank = ((values.len() - 1) as f64 * part) as usize;
    *values.select_nth_unstable_by(rank, f64::total_cmp).1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(losses: impl IntoIterator<Item = f32>) -> RunView {
        let metrics = losses.into_iter().enumerate().map(|(i, loss)| reading(i, loss)).collect();
        RunView { serial: 1, metrics, ..RunView::default() }
    }

    fn reading(i: usize, loss: f32) -> StepMetrics {
        StepMetrics {
            step: i as u64 + 1,
            epoch: i as f64 / 100.0,
            loss_d: loss,
            loss_g: 1.0,
            d_real: 0.5,
            d_fake: 0.5,
            lr_g: 2e-4,
            lr_d: 2e-4,
            r_t: None,
            augmented: None,
            revision: 0,
            seconds: 0.0,
        }
    }

    #[test]
    fn labels_have_room_above_the_smoothed_curves() {
        let mut curves = Curves::default();
        curves.update(&run([2.0; 50]), XAxis::Steps, 0.5, None, 400.0);
        let (low, high) = loss_range(&curves, 0.693, 0.2);
        assert!(low < 0.0 && ((2.0 - low) / (high - low) - 0.8).abs() < 1e-9, "{low} {high}");
        // Where both losses are small, the line of guessing is still on show.
        curves.update(&RunView { serial: 2, ..run([0.1; 50]) }, XAxis::Steps, 0.5, None, 400.0);
        assert!(loss_range(&curves, 2.0, 0.1).1 > 2.2);
    }

    #[test]
    fn many_readings_become_two_points_a_pixel_and_keep_their_spikes() {
        let run = run((0..100_000).map(|i| if i == 54_321 { 50.0 } else { (i % 7) as f32 }));
        let mut curves = Curves::default();
        curves.update(&run, XAxis::Steps, 0.5, None, 500.0);
        let points = curves.raw(Reading::LossD);
        assert!((500..=1_100).contains(&points.len()), "{}", points.len());
        assert!(points.iter().any(|p| p.y == 50.0 && p.x == 54_322.0));
        assert!(points.windows(2).all(|w| w[0].x <= w[1].x));
    }

    #[test]
    fn growing_gives_the_same_points_as_starting_anew() {
        for pixels in [10.0, 100.0, 10_000.0] {
            let whole = run((0..5_000).map(|i| (i as f32 * 0.7).sin()));
            let mut grown = Curves::default();
            for n in [1, 2, 700, 701, 3_000, 5_000] {
                let part = RunView { serial: 1, metrics: whole.metrics[..n].to_vec(), ..RunView::default() };
                grown.update(&part, XAxis::Steps, 0.9, None, pixels);
            }
            let mut fresh = Curves::default();
            fresh.update(&whole, XAxis::Steps, 0.9, None, pixels);
            for reading in READINGS {
                assert_eq!(grown.raw(reading), fresh.raw(reading));
                assert_eq!(grown.smooth(reading), fresh.smooth(reading));
            }
        }
    }

    #[test]
    fn a_zoomed_view_holds_the_range_and_little_more() {
        let run = run((0..10_000).map(|i| i as f32));
        let mut curves = Curves::default();
        curves.update(&run, XAxis::Steps, 0.0, Some((2_000.0, 2_100.0)), 400.0);
        let points = curves.raw(Reading::LossD);
        assert!(points[0].x <= 2_000.0 && points[points.len() - 1].x >= 2_100.0);
        assert!(points.len() < 120, "{}", points.len());
    }

    #[test]
    fn smoothing_is_unbiased_at_the_start_and_survives_nan() {
        let run = run([3.0, 3.0, f32::NAN, 3.0]);
        let mut curves = Curves::default();
        curves.update(&run, XAxis::Steps, 0.99, None, 100.0);
        assert!(curves.smooth(Reading::LossD).iter().all(|p| (p.y - 3.0).abs() < 1e-4));
        assert!(curves.raw(Reading::LossD).iter().all(|p| p.y == 3.0));
    }
}
