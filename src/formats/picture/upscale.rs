//! Enlarging pictures by whole factors. `shaders/upscale.wgsl` is the same for the window; a test compares them.
//!
//! Lanczos with three lobes (Duchon 1979) keeps edges sharp but rings beside them. So each value is clamped to the
//! range of the 4 x 4 pixels around it: flat areas stay flat, and nothing becomes brighter or darker than the generator
//! drew it, while thin slanted lines keep the smoothness that a tighter range would take.
//!
//! The bytes are interpolated as they are, gamma and all. Linear light is right where light is summed, as in making
//! pictures smaller; in enlarging it makes dark edges ring visibly wider than bright ones, and the generator itself
//! learned its transitions in these values.

use crate::pixels::Frame;
use rayon::prelude::*;
use std::f32::consts::PI;

/// Largest factor.
pub(crate) const MAX_UPSCALE: u32 = 8;

/// The shader: a fragment program that draws a texture at any magnification of 1 or more.
pub const UPSCALE_WGSL: &str = include_str!("../../../shaders/upscale.wgsl");

/// Taps in each direction.
const TAPS: usize = 6;

/// Weights of the pixels `base - 2 ..= base + 3` for one of the `factor` positions inside a pixel.
#[derive(Debug, Clone, Copy)]
struct Phase {
    /// From the source pixel to `base`: -1 left of its centre, else 0.
    shift: i64,
    weights: [f32; TAPS],
}

/// The picture `factor` times as wide and high (1 to 8; others are taken as the nearest of these). 1 changes nothing.
pub fn upscale(frame: &Frame, factor: u32) -> Frame {
    let factor = factor.clamp(1, MAX_UPSCALE) as usize;
    if factor == 1 || frame.data.is_empty() {
        return frame.clone();
    }
    let (width, height) = (frame.width as usize, frame.height as usize);
    let phases = phases(factor);
    let rows: Vec<StretchedRow> =
        frame.data.par_chunks_exact(width * 3).map(|row| StretchedRow::stretch(row, &phases)).collect();
    let stride = width * factor * 3;
    let mut data = vec![0u8; stride * height * factor];
    data.par_chunks_exact_mut(stride).enumerate().for_each(|(y, out)| {
        let phase = phases[y % factor];
        let tap = |j: i64| &rows[clamped((y / factor) as i64 + phase.shift + j, height)];
        let taps: [&StretchedRow; TAPS] = std::array::from_fn(|j| tap(j as i64 - 2));
        for (i, out) in out.iter_mut().enumerate() {
            let sum: f32 = (0..TAPS).map(|j| phase.weights[j] * taps[j].values[i]).sum();
            let low = (1..5).map(|j| taps[j].low[i]).fold(u8::MAX, u8::min);
            let high = (1..5).map(|j| taps[j].high[i]).fold(0, u8::max);
            *out = sum.clamp(low.into(), high.into()).round() as u8;
        }
    });
    Frame { width: frame.width * factor as u32, height: frame.height * factor as u32, data }
}

/// One row, stretched; and the smallest and largest of the four pixels around each position.
struct StretchedRow {
    values: Vec<f32>,
    low: Vec<u8>,
    high: Vec<u8>,
}

impl StretchedRow {
    fn stretch(row: &[u8], phases: &[Phase]) -> Self {
        let (width, factor) = (row.len() / 3, phases.len());
        let count = row.len() * factor;
        let mut out =
            Self { values: Vec::with_capacity(count), low: Vec::with_capacity(count), high: Vec::with_capacity(count) };
        for x in 0..width * factor {
            let phase = phases[x % factor];
            let base = (x / factor) as i64 + phase.shift;
            for channel in 0..3 {
                let taps: [u8; TAPS] = std::array::from_fn(|j| row[clamped(base + j as i64 - 2, width) * 3 + channel]);
                out.values.push((0..TAPS).map(|j| phase.weights[j] * f32::from(taps[j])).sum());
                out.low.push(taps[1..5].iter().copied().fold(u8::MAX, u8::min));
                out.high.push(taps[1..5].iter().copied().fold(0, u8::max));
            }
        }
        out
    }
}

/// The pixels beyond the edge are those at the edge.
fn clamped(i: i64, count: usize) -> usize {
    i.clamp(0, count as i64 - 1) as usize
}

fn phases(factor: usize) -> Vec<Phase> {
    let phase = |p: usize| {
        // Distance of the position from the centre of its source pixel.
        let offset = (p as f32 + 0.5) / factor as f32 - 0.5;
        let fraction = offset - offset.floor();
        let weights: [f32; TAPS] = std::array::from_fn(|j| lanczos(fraction - (j as f32 - 2.0)));
        let total: f32 = weights.iter().sum();
        Phase { shift: offset.floor() as i64, weights: weights.map(|w| w / total) }
    };
    (0..factor).map(phase).collect()
}

/// sinc(x) sinc(x / 3) with sinc(x) = sin(pi x) / (pi x), 0 beyond 3.
fn lanczos(x: f32) -> f32 {
    if x.abs() < 1e-5 {
        return 1.0;
    }
    if x.abs() >= 3.0 {
        return 0.0;
    }
    3.0 * (PI * x).sin() * (PI * x / 3.0).sin() / (PI * PI * x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture whose three channels are `f`, `255 - f` and 7.
    fn picture(width: u32, height: u32, f: impl Fn(f32, f32) -> f32) -> Frame {
        let pixel = |i: u32| {
            let value = f((i % width) as f32, (i / width) as f32).round() as u8;
            [value, 255 - value, 7]
        };
        Frame { width, height, data: (0..width * height).flat_map(pixel).collect() }
    }

    #[test]
    fn sizes_are_exact_and_flat_stays_flat() {
        for factor in 1..=MAX_UPSCALE {
            let large = upscale(&Frame::filled(5, 3, [1, 128, 255]), factor);
            assert_eq!(large, Frame::filled(5 * factor, 3 * factor, [1, 128, 255]));
        }
        let one = picture(1, 1, |_, _| 77.0);
        assert_eq!(upscale(&one, 3), Frame::filled(3, 3, [77, 178, 7]));
    }

    #[test]
    fn odd_factors_keep_every_pixel_at_its_centre() {
        let small = picture(9, 7, |x, y| (x * 53.0 + y * 91.0) % 256.0);
        let large = upscale(&small, 5);
        for y in 0..7 {
            for x in 0..9 {
                let at = |f: &Frame, x: u32, y: u32| f.data[((y * f.width + x) * 3) as usize];
                assert_eq!(at(&large, 5 * x + 2, 5 * y + 2), at(&small, x, y));
            }
        }
    }

    /// A smooth wave is known between the pixels too.
    #[test]
    fn a_smooth_wave_is_found_between_the_pixels() {
        let wave = |x: f32, y: f32| 128.0 + 60.0 * (x * 0.7).sin() + 50.0 * (y * 0.5 + 0.3).cos();
        let large = upscale(&picture(32, 32, wave), 4);
        let mut worst = 0.0f32;
        for y in 16..112 {
            for x in 16..112 {
                let source = |i: i32| (i as f32 + 0.5) / 4.0 - 0.5;
                let found = f32::from(large.data[((y * 128 + x) * 3) as usize]);
                worst = worst.max((found - wave(source(x), source(y))).abs());
            }
        }
        // The nearest pixel would be off by up to 20, a straight line by 4.
        assert!(worst < 2.5, "{worst}");
    }

    #[test]
    fn an_edge_does_not_ring() {
        let edge = picture(16, 8, |x, _| if x < 8.0 { 50.0 } else { 200.0 });
        let large = upscale(&edge, 8);
        let reds: Vec<u8> = large.data.chunks(3).map(|p| p[0]).collect();
        assert!(reds.iter().all(|r| (50..=200).contains(r)));
        assert!(reds[..128].is_sorted(), "from dark to bright without a dip: {:?}", &reds[..128]);
    }
}
