//! How different pictures are from each other: the only part of the guardian that reads pixels.

use crate::metrics::shrink;
use crate::pixels::Frame;

/// Median Euclidean distance between all pairs of square pictures, each shrunk to 16 px, so that noise and texture
/// count little; none for fewer than two pictures. Of samples, as a share of the same of training pictures, below 0.7
/// is suspicious and below 0.4 a collapse (limits from experience).
pub fn spread(pictures: &[Frame]) -> Option<f64> {
    let small: Vec<Vec<f32>> = pictures.iter().map(|p| shrink(&p.data, p.width as usize)).collect();
    let squares = small
        .iter()
        .enumerate()
        .flat_map(|(i, a)| small[..i].iter().map(move |b| a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum::<f32>()));
    let mut squares: Vec<f32> = squares.collect();
    let middle = squares.len() / 2;
    (!squares.is_empty()).then(|| f64::from(*squares.select_nth_unstable_by(middle, f32::total_cmp).1).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_pictures_are_as_far_apart_as_their_colours() {
        let grey = |byte| Frame::filled(64, 64, [byte; 3]);
        // sqrt(16 * 16 * 3 * 10^2) for a difference of 10; of the pairs 10, 20 and 30 apart the median is 20.
        let found = spread(&[grey(10), grey(20), grey(40)]).unwrap();
        assert!((found - 20.0 * 768f64.sqrt()).abs() < 1e-3, "{found}");
        assert_eq!(spread(&[grey(7), grey(7)]), Some(0.0));
        assert_eq!(spread(&[grey(7)]), None);
    }

    #[test]
    fn noise_between_pixels_counts_little() {
        let mut fine = Frame::filled(64, 64, [0; 3]);
        // A chequerboard of single pixels has the same mean everywhere as the flat one.
        for (i, pixel) in fine.data.chunks_exact_mut(3).enumerate() {
            pixel.fill(if (i % 64 + i / 64) % 2 == 0 { 200 } else { 100 });
        }
        assert!(spread(&[fine, Frame::filled(64, 64, [150; 3])]).unwrap() < 1e-3);
    }
}
