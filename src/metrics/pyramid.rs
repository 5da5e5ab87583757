//! Laplacian pyramids of pictures: each level holds the details of one scale.

use super::error::MetricError;

/// Side of the smallest level.
pub(super) const BASE: usize = 16;
/// The sides of the pyramid's levels: halves down to 16.
pub(super) fn levels(side: usize) -> Result<Vec<usize>, MetricError> {
    if side < BASE || !side.is_multiple_of(BASE) || !(side / BASE).is_power_of_two() {
        return Err(MetricError::Side { side });
    }
    let sides = std::iter::successors(Some(side), |s| Some(s / 2));
    Ok(sides.take_while(|s| *s >= BASE).collect())
}

/// One level of a picture's Laplacian pyramid as three planes, and its side. The smallest level is the picture itself,
/// shrunk.
pub(super) fn pyramid_level(picture: &[u8], side: usize, level: usize) -> (Vec<f32>, usize) {
    let mut planes = vec![0f32; picture.len()];
    for (i, pixel) in picture.chunks_exact(3).enumerate() {
        for (channel, value) in pixel.iter().enumerate() {
            planes[channel * side * side + i] = f32::from(*value);
        }
    }
    let mut side = side;
    for _ in 0..level {
        planes = shrink(&planes, side);
        side /= 2;
    }
    if side > BASE {
        let coarse = grow(&shrink(&planes, side), side / 2);
        planes.iter_mut().zip(coarse).for_each(|(fine, coarse)| *fine -= coarse);
    }
    (planes, side)
}

/// Three planes at half the side: smoothed, every other pixel.
fn shrink(planes: &[f32], side: usize) -> Vec<f32> {
    let mut smooth = planes.to_vec();
    blur(&mut smooth, side, 1.0);
    let rows = smooth.chunks_exact(side).enumerate().filter(|(y, _)| y % 2 == 0);
    rows.flat_map(|(_, row)| row.iter().step_by(2).copied()).collect()
}

/// Three planes at twice the side: zeros between the pixels, smoothed, times four.
fn grow(planes: &[f32], side: usize) -> Vec<f32> {
    let mut out = vec![0f32; planes.len() * 4];
    for (row, source) in out.chunks_exact_mut(4 * side).zip(planes.chunks_exact(side)) {
        row[..2 * side].iter_mut().step_by(2).zip(source).for_each(|(out, v)| *out = *v);
    }
    blur(&mut out, side * 2, 2.0);
    out
}

/// The binomial kernel of 5 x 5 (1 4 6 4 1 in each direction, each sum 16) times `gain` squared. Outside, the picture
/// goes on as its mirror image; the pixels of the edge stand once.
fn blur(planes: &mut [f32], side: usize, gain: f32) {
    let taps = [1.0, 4.0, 6.0, 4.0, 1.0].map(|t: f32| t / 16.0 * gain);
    let mirror = |i: isize| {
        let last = side as isize - 1;
        (if i < 0 {
            -i
        } else if i > last {
            2 * last - i
        } else {
            i
        }) as usize
    };
    let taken: Vec<[usize; 5]> =
        (0..side as isize).map(|i| [-2, -1, 0, 1, 2].map(|offset| mirror(i + offset))).collect();
    let mut across = vec![0f32; side * side];
    for plane in planes.chunks_exact_mut(side * side) {
        for (out, row) in across.chunks_exact_mut(side).zip(plane.chunks_exact(side)) {
            for (out, from) in out.iter_mut().zip(&taken) {
                *out = from.iter().zip(taps).map(|(x, tap)| row[*x] * tap).sum();
            }
        }
        for (out, from) in plane.chunks_exact_mut(side).zip(&taken) {
            out.fill(0.0);
            for (y, tap) in from.iter().zip(taps) {
                out.iter_mut().zip(&across[y * side..][..side]).for_each(|(out, v)| *out += v * tap);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::formula_pictures;
    use super::*;

    #[test]
    fn the_side_is_halved_down_to_16() {
        assert!(matches!(levels(48), Err(MetricError::Side { side: 48 })) && levels(8).is_err());
        assert_eq!(levels(128).unwrap(), [128, 64, 32, 16]);
    }

    /// Expected: tests/reference/metrics.py, for picture 17 of the second kind: corners, edges, inside, and the energy.
    #[test]
    fn the_levels_are_those_of_the_numpy_script() {
        let picture = formula_pictures(18, 64, 1);
        let expected: [[f64; 7]; 3] = [
            [-14.5784, -15.5967, 2.9707, 13.6572, 15.348, 31.3162, 7131084.3587],
            [-13.7922, 12.2322, -1.1499, -10.1566, -27.6989, 4.149, 1090965.0917],
            [86.44, 153.6608, 149.3409, 62.4609, 148.9325, 97.3645, 9563050.8986],
        ];
        for (level, expected) in expected.iter().enumerate() {
            let (planes, side) = pyramid_level(picture.picture(17), 64, level);
            let last = side - 1;
            let pixels = [(0, 0, 0), (1, 0, last), (2, last, 1), (0, 5, 9), (1, 8, 2), (2, last - 1, last - 2)];
            for ((c, y, x), expected) in pixels.iter().zip(expected) {
                let found = f64::from(planes[(c * side + y) * side + x]);
                assert!((found - expected).abs() < 1e-3, "level {level}, {c} {y} {x}: {found} instead of {expected}");
            }
            let energy: f64 = planes.iter().map(|v| f64::from(*v).powi(2)).sum();
            assert!((energy / expected[6] - 1.0).abs() < 1e-5, "level {level}: {energy} instead of {}", expected[6]);
        }
    }
}
