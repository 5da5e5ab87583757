//! Whether the network is better than enlarging without it, on pictures that it was not trained on.

use super::error::SharpenError;
use super::pairs::Pair;
use super::sharpener::Sharpener;
use crate::formats::upscale;
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use serde::{Deserialize, Serialize};

/// Means over held-out pictures: of the plain enlargement (Lanczos) and of the network's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct SharpenMeasures {
    /// How many pictures were compared with their photos.
    pub pictures: u32,
    /// Peak signal-to-noise ratio in dB; higher is better.
    pub psnr_plain: f64,
    /// The same of the network's.
    pub psnr: f64,
    /// Mean error of the differences between neighbouring pixels, of 255; lower is better: edges and hairs that are
    /// missing or in the wrong place.
    pub edges_plain: f64,
    /// The same of the network's.
    pub edges: f64,
}

impl SharpenMeasures {
    /// Whether the network is better by both measures: only then is it used without being asked for.
    pub fn is_better(&self) -> bool {
        self.psnr > self.psnr_plain && self.edges < self.edges_plain
    }
}

/// Compares both enlargements of each pair with the photo. None without pairs.
///
/// # Errors
/// A device that fails; cancelled.
pub(crate) fn measure(
    sharpener: &Sharpener,
    pairs: &[Pair],
    control: JobControl,
) -> Result<Option<SharpenMeasures>, SharpenError> {
    let mut sums = [0.0; 4];
    for (i, pair) in pairs.iter().enumerate() {
        control.check()?;
        let times = pair.high.width / pair.low.width;
        let plain = upscale(&pair.low, times);
        let large = sharpener.enlarge(&pair.low, times)?;
        let found =
            [psnr(&plain, &pair.high), psnr(&large, &pair.high), edges(&plain, &pair.high), edges(&large, &pair.high)];
        sums.iter_mut().zip(found).for_each(|(sum, value)| *sum += value);
        control.report("held-out pictures compared", i + 1, pairs.len());
    }
    let [psnr_plain, psnr, edges_plain, edges] = sums.map(|sum| sum / pairs.len().max(1) as f64);
    let measures = SharpenMeasures { pictures: pairs.len() as u32, psnr_plain, psnr, edges_plain, edges };
    Ok((!pairs.is_empty()).then_some(measures))
}

/// 10 log10(255^2 / mean squared error), at most 99.
fn psnr(a: &Frame, b: &Frame) -> f64 {
    let squares: u64 = a.data.iter().zip(&b.data).map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    let mean = squares as f64 / a.data.len().max(1) as f64;
    (10.0 * (255.0f64.powi(2) / mean).log10()).min(99.0)
}

/// The mean error of the differences between neighbours, across and down.
fn edges(a: &Frame, b: &Frame) -> f64 {
    let error: Vec<i32> = a.data.iter().zip(&b.data).map(|(a, b)| i32::from(*a) - i32::from(*b)).collect();
    let row = 3 * a.width as usize;
    let steps = |apart: usize| {
        let pairs = error.iter().zip(error.iter().skip(apart)).enumerate();
        // Across, the last pixel of a row has no neighbour.
        let inside = pairs.filter(|(i, _)| apart == row || i % row < row - 3);
        inside.fold((0u64, 0u64), |(sum, count), (_, (a, b))| (sum + u64::from(a.abs_diff(*b)), count + 1))
    };
    let (across, down) = (steps(3), steps(row));
    (across.0 + down.0) as f64 / (across.1 + down.1).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pictures_are_perfect_and_others_measured() {
        let grey = Frame::filled(4, 4, [100; 3]);
        let bright = Frame::filled(4, 4, [110; 3]);
        assert_eq!((psnr(&grey, &grey), edges(&grey, &grey)), (99.0, 0.0));
        // 20 log10(25.5).
        assert!((psnr(&grey, &bright) - 28.131).abs() < 1e-3);
        assert_eq!(edges(&grey, &bright), 0.0, "a shade is no edge");
        let mut dot = grey.clone();
        dot.data[3 * 5..3 * 6].copy_from_slice(&[112; 3]);
        // Four of 24 differences are wrong by 12.
        assert!((edges(&dot, &grey) - 2.0).abs() < 1e-9);
    }

    #[test]
    fn better_means_by_both() {
        let of = |psnr, edges| SharpenMeasures { pictures: 9, psnr_plain: 25.0, psnr, edges_plain: 5.0, edges };
        assert!(of(25.1, 4.9).is_better());
        assert!(!of(25.1, 5.1).is_better() && !of(24.9, 4.9).is_better() && !of(25.0, 5.0).is_better());
    }
}
