//! Finds the few pictures that look like no other.
//!
//! Put among photos of cats, pages of text, chats, a drawing and plain skies are found; of 5,353 photos of cats 12 are
//! marked, most with a background of one glaring colour.

use super::picture::Health;

/// With fewer pictures nothing can be called usual.
const FEWEST: usize = 50;
/// So many pictures stand for all.
const SAMPLE: usize = 500;
/// One that has so many others near it is not alone. One more than counted: the nearest may be the picture itself.
const NEIGHBOURS: usize = 5;
/// How far away they must be, in deviations of that distance.
const FAR: f32 = 10.0;
const MEASURES: usize = 8;

/// Which pictures are far from all others. Few are, by design: it points at a document or a drawing among photos, and
/// says nothing about a picture that is only unusual.
pub(crate) fn odd(healths: &[Health]) -> Vec<bool> {
    if healths.len() < FEWEST {
        return vec![false; healths.len()];
    }
    let mut points: Vec<[f32; MEASURES]> = healths.iter().map(Health::measures).collect();
    for measure in 0..MEASURES {
        let (middle, deviation) = robust(points.iter().map(|point| point[measure]));
        points.iter_mut().for_each(|point| point[measure] = (point[measure] - middle) / deviation);
    }
    let sample: Vec<_> = points.iter().step_by(points.len().div_ceil(SAMPLE)).collect();
    let alone = |point: &[f32; MEASURES]| {
        let squares = |other: &&[f32; MEASURES]| point.iter().zip(*other).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
        let mut all: Vec<f32> = sample.iter().map(|other| squares(other).sqrt()).collect();
        *all.select_nth_unstable_by(NEIGHBOURS, f32::total_cmp).1
    };
    let distances: Vec<f32> = points.iter().map(alone).collect();
    let (middle, deviation) = robust(distances.iter().copied());
    distances.iter().map(|distance| (distance - middle) / deviation > FAR).collect()
}

impl Health {
    /// What pictures are compared by, each with about the same spread whatever its value.
    fn measures(&self) -> [f32; MEASURES] {
        let [red, green, blue] = self.look.mean_colour();
        let middle = (red + green) / 2.0;
        [
            self.brightness,
            self.contrast,
            self.highlights,
            (self.colour + 4.0).ln(),
            self.focus,
            (self.sharpness + 0.003).ln(),
            red - green,
            blue - middle,
        ]
    }
}

/// The median, and the standard deviation by the median distance from it, which a few outliers do not change.
fn robust(values: impl Iterator<Item = f32>) -> (f32, f32) {
    let mut values: Vec<f32> = values.collect();
    let half = values.len() / 2;
    let median = |values: &mut [f32]| *values.select_nth_unstable_by(half, f32::total_cmp).1;
    let middle = median(&mut values);
    values.iter_mut().for_each(|value| *value = (*value - middle).abs());
    (middle, (1.4826 * median(&mut values)).max(1e-3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::health::samples::{Change, changed, scene};
    use image::{Rgb, RgbImage};

    #[test]
    fn a_page_and_a_plain_sky_are_found_among_scenes() {
        let mut healths: Vec<Health> =
            (0..100).map(|seed| Health::of(&changed(&scene(seed), Change::NONE, 48), 32)).collect();
        assert_eq!(odd(&healths), vec![false; 100]);
        // Lines of something like letters.
        let is_ink = |x: u32, y: u32| y % 9 < 4 && (x * 7 + y / 9 * 5) % 11 < 5;
        let page = RgbImage::from_fn(96, 96, |x, y| Rgb([if is_ink(x, y) { 10 } else { 250 }; 3]));
        let sky = RgbImage::from_fn(96, 96, |_, y| Rgb([0, 60 + y as u8, 80 + y as u8]));
        for picture in [page, sky] {
            healths.insert(70, Health::of(&picture, 32));
            let found: Vec<usize> = odd(&healths).iter().enumerate().filter(|(_, odd)| **odd).map(|(i, _)| i).collect();
            assert_eq!(found, [70]);
            healths.remove(70);
        }
        assert_eq!(odd(&healths[..49]), vec![false; 49], "of few pictures none is usual");
        // All the same: none is far from the others.
        assert_eq!(odd(&vec![healths[0]; 60]), vec![false; 60]);
    }
}
