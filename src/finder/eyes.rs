//! The network that finds both eyes in a head: tests/reference/eyes_net.py has the same in PyTorch, and
//! tests/reference/train_eyes.py trains it.

use super::crop::{SIDE, Square};
use super::face::{HeadBox, PixelPoint};
use super::layers::{Conv, Map, residual};
use super::weights::Weights;
use image::RgbImage;

/// Pixels of the crop to a cell of the maps.
const CELL: usize = 4;
/// The side of the first crop, in longer sides of the head's box, and that of the second, in distances of the eyes.
const FIRST: f64 = 1.3;
const SECOND: f64 = 3.0;
/// Eyes that lie closer than this share of the first crop's side leave nothing to look at a second time.
const NEAREST: f64 = 0.05;
/// Eyes closer than this share of the head's longer side are none.
const NARROWEST: f64 = 0.15;
/// The least deviation of a crop's colours that they are divided by.
const FLAT: f64 = 8.0;
/// The network has to be this sure.
const TRUST: f64 = 0.65;
/// How far the second look may move the eyes, in their distances.
const MOVED: f64 = 0.3;
/// Channels at a half, a quarter, an eighth and a 16th of the side.
const CHANNELS: [usize; 4] = [16, 32, 48, 64];

/// The network.
pub(super) struct Eyes {
    down: [Conv; 4],
    /// At a quarter, an eighth and a 16th of the side.
    residuals: [[Conv; 2]; 3],
    up3: Conv,
    up2: Conv,
    last: Conv,
    maps: Conv,
    trust: Vec<f32>,
    trust_bias: f32,
}

/// What one look gives.
pub(super) struct Look {
    /// In the picture.
    pub eyes: [PixelPoint; 2],
    /// 0 to 1.
    pub trust: f64,
}

impl Eyes {
    /// # Errors
    /// In words: what is wrong with the weights.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let file = Weights::open(bytes)?;
        let [c1, c2, c3, c4] = CHANNELS;
        let three = |name: &str, c_in, c_out| file.conv(name, 3, c_in, c_out);
        let residual = |i: usize, c| -> Result<_, String> {
            Ok([three(&format!("res{i}a"), c, c)?, three(&format!("res{i}b"), c, c)?])
        };
        Ok(Self {
            down: [three("down1", 3, c1)?, three("down2", c1, c2)?, three("down3", c2, c3)?, three("down4", c3, c4)?],
            residuals: [residual(2, c2)?, residual(3, c3)?, residual(4, c4)?],
            up3: file.conv("up3", 1, c4, c3)?,
            up2: file.conv("up2", 1, c3, c2)?,
            last: three("last", c2, c2)?,
            maps: file.conv("maps", 1, c2, 2)?,
            trust: file.numbers("trust.weight", &[1, c4])?,
            trust_bias: file.numbers("trust.bias", &[1])?[0],
        })
    }

    /// The eyes in a head's box; nothing where they are not clear.
    ///
    /// The second look is at the upright, larger face, and both have to agree.
    pub(super) fn find(&self, picture: &RgbImage, head: &HeadBox) -> Option<[PixelPoint; 2]> {
        let longer = head.width().max(head.height());
        // Also false for what is not a number.
        let sound = [head.x0, head.y0, longer].iter().all(|value| value.is_finite()) && longer > 0.0;
        let around = Square { centre: head.centre(), side: FIRST * longer, angle: 0.0 };
        let first = sound.then(|| self.look(picture, &around)).flatten()?;
        let span = distance(&first.eyes[0], &first.eyes[1]);
        if span < NEAREST * around.side {
            return None;
        }
        let second = self.look(picture, &upright(&first.eyes))?;
        let moved = first.eyes.iter().zip(&second.eyes).map(|(a, b)| distance(a, b)).sum::<f64>() / 2.0 / span;
        let apart = distance(&second.eyes[0], &second.eyes[1]) >= NARROWEST * longer;
        (first.trust.min(second.trust) >= TRUST && moved <= MOVED && apart).then_some(second.eyes)
    }

    /// One look at a square.
    pub(super) fn look(&self, picture: &RgbImage, square: &Square) -> Option<Look> {
        let mut crop = square.cut(picture)?;
        normalise(&mut crop);
        let (maps, trust) = self.run(&Map { channels: 3, height: SIDE, width: SIDE, values: crop });
        let eyes = [0, 1].map(|eye| {
            let (x, y) = centre(maps.plane(eye), maps.width);
            square.point(x / SIDE as f64 - 0.5, y / SIDE as f64 - 0.5)
        });
        Some(Look { eyes, trust: 1.0 / (1.0 + (-f64::from(trust)).exp()) })
    }

    /// From a normalised crop to a map for each eye and the logit of the trust.
    pub(super) fn run(&self, x: &Map) -> (Map, f32) {
        let [down1, down2, down3, down4] = &self.down;
        let [residual2, residual3, residual4] = &self.residuals;
        let x2 = residual(residual2, &down2.halve(&down1.halve(x)));
        let x3 = residual(residual3, &down3.halve(&x2));
        let x4 = residual(residual4, &down4.halve(&x3));
        let y3 = x3.add_twice(&self.up3.run(&x4)).relu();
        let y2 = x2.add_twice(&self.up2.run(&y3)).relu();
        let trust = x4.means().iter().zip(&self.trust).map(|(mean, weight)| mean * weight).sum::<f32>();
        (self.maps.run(&self.last.relu(&y2)), trust + self.trust_bias)
    }
}

/// The square around eyes in which they lie level.
fn upright([left, right]: &[PixelPoint; 2]) -> Square {
    Square {
        centre: PixelPoint { x: (left.x + right.x) / 2.0, y: (left.y + right.y) / 2.0 },
        side: SECOND * distance(left, right),
        angle: (right.y - left.y).atan2(right.x - left.x),
    }
}

fn distance(a: &PixelPoint, b: &PixelPoint) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// A crop's colours less their mean, over their deviation.
fn normalise(crop: &mut [f32]) {
    let count = crop.len() as f64;
    let mean = crop.iter().map(|v| f64::from(*v)).sum::<f64>() / count;
    let variance = crop.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / count;
    let factor = 1.0 / variance.sqrt().max(FLAT);
    crop.iter_mut().for_each(|v| *v = ((f64::from(*v) - mean) * factor) as f32);
}

/// The mean place of a map's softmax, in pixels of the crop.
fn centre(plane: &[f32], width: usize) -> (f64, f64) {
    let most = plane.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut sum, mut x, mut y) = (0.0, 0.0, 0.0);
    for (cell, logit) in plane.iter().enumerate() {
        let share = f64::from((logit - most).exp());
        sum += share;
        x += share * ((cell % width) as f64 + 0.5) * CELL as f64;
        y += share * ((cell / width) as f64 + 0.5) * CELL as f64;
    }
    (x / sum, y / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_centre_of_a_map_lies_between_its_peaks() {
        let mut plane = vec![-30.0; 24 * 24];
        plane[24 * 3 + 5] = 0.0;
        plane[24 * 3 + 7] = 0.0;
        let (x, y) = centre(&plane, 24);
        assert!((x - 26.0).abs() < 1e-6 && (y - 14.0).abs() < 1e-6, "{x}, {y}");
    }

    #[test]
    fn the_upright_square_turns_the_eyes_level() {
        // A head that is upside down: its left eye is on the right.
        let eyes = [PixelPoint { x: 60.0, y: 40.0 }, PixelPoint { x: 20.0, y: 10.0 }];
        let square = upright(&eyes);
        assert_eq!(square.side, 150.0);
        for (eye, x) in eyes.iter().zip([-1.0 / 6.0, 1.0 / 6.0]) {
            assert!(distance(eye, &square.point(x, 0.0)) < 1e-9);
        }
    }

    #[test]
    fn a_flat_crop_is_not_blown_up() {
        let mut flat = vec![99.0, 101.0, 99.0, 101.0];
        normalise(&mut flat);
        assert_eq!(flat, [-0.125, 0.125, -0.125, 0.125]);
        let mut wide = vec![0.0, 200.0];
        normalise(&mut wide);
        assert_eq!(wide, [-1.0, 1.0]);
    }
}
