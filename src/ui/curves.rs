//! The points of the plots: smoothed, thinned to about two per pixel, and kept between frames.
//!
//! Readings are grouped into buckets of a power of two, aligned to the start of the run. Each bucket draws its least
//! and its greatest value, so no spike is lost. Because buckets are aligned, a growing run changes the last one only.

mod reading;
mod thin;

pub(crate) use reading::READINGS;
pub(super) use reading::{Reading, XAxis};

use super::state::RunView;
use crate::engine::StepMetrics;
use egui_plot::PlotPoint;
use thin::{quantile, thin};

/// Everything that makes kept points useless when it changes.
#[derive(Clone, Copy, PartialEq, Default)]
struct CurvesKey {
    /// The run, and how often its readings were replaced.
    serial: u64,
    rewrites: u64,
    axis: XAxis,
    smoothing: f32,
}

/// The points of one reading.
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
    key: CurvesKey,
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
        let key = CurvesKey { serial: run.serial, rewrites: run.rewrites, axis, smoothing };
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

    /// The points to draw as they were read, for a line that lives as long as the curves do.
    pub fn raw(&self, reading: Reading) -> &[PlotPoint] {
        self.tracks[reading as usize].raw_points.get(self.visible.clone()).unwrap_or_default()
    }

    /// The points to draw after smoothing.
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

#[cfg(test)]
mod tests;
