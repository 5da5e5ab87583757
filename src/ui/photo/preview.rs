//! The square as training would see it, while it is being moved.

use crate::engine::{PixelPoint, Square};
use crate::pixels::Frame;

/// Samples across one pixel of the preview at most; more would not be seen.
const SAMPLES: f64 = 6.0;

/// Cuts the square out of a photo `size` pixels large, of which `frame` may be a smaller copy, as a picture of `side`
/// pixels. What lies outside the photo is its mirror image.
pub(crate) fn preview(frame: &Frame, size: (u32, u32), square: &Square, side: u32) -> Frame {
    let scale = [f64::from(frame.width) / f64::from(size.0), f64::from(frame.height) / f64::from(size.1)];
    let samples = (square.side * scale[0] / f64::from(side)).ceil().clamp(1.0, SAMPLES) as u32;
    let step = 1.0 / f64::from(side * samples);
    let mut out = Frame::filled(side, side, [0; 3]);
    for (pixel, at) in out.data.chunks_exact_mut(3).zip(0u32..) {
        let (x, y) = (at % side, at / side);
        let mut sum = [0u32; 3];
        for n in 0..samples * samples {
            let across = f64::from(x * samples + n % samples) + 0.5;
            let down = f64::from(y * samples + n / samples) + 0.5;
            let PixelPoint { x, y } = square.point(across * step, down * step);
            let column = mirrored((x * scale[0]).floor(), frame.width);
            let row = mirrored((y * scale[1]).floor(), frame.height);
            let from = (row * frame.width as usize + column) * 3;
            sum.iter_mut().zip(&frame.data[from..from + 3]).for_each(|(sum, value)| *sum += u32::from(*value));
        }
        pixel.iter_mut().zip(sum).for_each(|(out, sum)| *out = (sum / (samples * samples)) as u8);
    }
    out
}

/// The pixel that stands for one outside, as if mirrors stood at the edges.
fn mirrored(at: f64, length: u32) -> usize {
    let length = i64::from(length.max(1));
    let folded = (at as i64).rem_euclid(2 * length);
    folded.min(2 * length - 1 - folded) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_preview_is_upright_and_mirrored_at_the_edge() {
        // Left half red, right half blue.
        let mut frame = Frame::filled(40, 40, [255, 0, 0]);
        for (pixel, at) in frame.data.chunks_exact_mut(3).zip(0..) {
            if at % 40 >= 20 {
                pixel.copy_from_slice(&[0, 0, 255]);
            }
        }
        let middle = PixelPoint { x: 40.0, y: 40.0 };
        // The photo is twice as large as the frame.
        let square = Square { middle, side: 40.0, angle: 0.0 };
        let cut = preview(&frame, (80, 80), &square, 10);
        assert_eq!((&cut.data[..3], &cut.data[27..30]), (&[255, 0, 0][..], &[0, 0, 255][..]));
        // A quarter turn to the left: what was left is above.
        let turned = preview(&frame, (80, 80), &Square { angle: -std::f64::consts::FRAC_PI_2, ..square }, 10);
        assert_eq!((&turned.data[..3], &turned.data[297..]), (&[255, 0, 0][..], &[0, 0, 255][..]));
        let beside = Square { middle: PixelPoint { x: 0.0, y: 40.0 }, ..square };
        assert!(preview(&frame, (80, 80), &beside, 10).data.chunks(3).all(|pixel| pixel == [255, 0, 0]));
    }
}
