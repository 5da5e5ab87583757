//! Finds pictures of the same moment, and copies of one picture.
//!
//! Every pair is looked at, but nearly all are told apart by 64 bits, and most others by 64 numbers; only the rest is
//! laid over each other, and of those only pairs that are not in one group already: of ten thousand frames of one
//! scene all would be. The bounds were set on 238 photos of cats, changed as bursts and copies are: moved by 3 %,
//! turned by 2 degrees, cropped by 5 %, exposed 15 % more or less, JPEG at quality 40, blurred by motion. All are found
//! but two in a hundred of those moved, and no two scenes are taken for one. Of 5,353 photos of cats that are said to
//! be distinct 15 are grouped, and they are shots of one moment.

use super::align::agreement;
use super::capture::Capture;
use super::look::{GREY_SIDE, Look};
use super::picture::Health;
use rayon::prelude::*;

/// How alike two pictures must be.
struct Bounds {
    /// Of 64 places, how many may differ in being bright or dark.
    places: u32,
    /// Least correlation of 8 x 8 pixels as they lie.
    coarse: f32,
    /// The same after the first step of laying one over the other.
    hopeful: f32,
    /// The same after the last.
    agreement: f32,
    /// Largest difference of colours.
    colour: f32,
}

const ANY_TIME: Bounds = Bounds { places: 16, coarse: 0.8, hopeful: 0.85, agreement: 0.96, colour: 26.0 };
/// For two that were taken within [`MOMENT_MS`]: what moves in between is the cat.
const SAME_MOMENT: Bounds = Bounds { places: 22, coarse: 0.5, hopeful: 0.6, agreement: 0.8, colour: 26.0 };
const MOMENT_MS: i64 = 3_000;

/// Groups of at least two pictures that show the same, each group in ascending order. No picture is in two groups.
/// Pictures of one photo must not be compared: they are taken at the same moment and show different cats.
pub(crate) fn bursts(pictures: &[(Health, Option<Capture>)]) -> Vec<Vec<usize>> {
    /// So many pictures are compared with all others at once.
    const ROWS: usize = 64;
    let patterns: Vec<Pattern> = pictures.iter().map(|(health, _)| Pattern::of(&health.look)).collect();
    let near = |a: usize| {
        let others = patterns.iter().enumerate().skip(a + 1);
        others.filter(|(_, other)| patterns[a].may_be(other)).map(|(b, _)| b).collect::<Vec<_>>()
    };
    let mut leader: Vec<usize> = (0..pictures.len()).collect();
    for start in (0..pictures.len()).step_by(ROWS) {
        let rows: Vec<usize> = (start..pictures.len().min(start + ROWS)).collect();
        let near: Vec<Vec<usize>> = rows.par_iter().map(|&a| near(a)).collect();
        for (a, mut others) in rows.into_iter().zip(near) {
            let group = root(&mut leader, a);
            others.retain(|&b| root(&mut leader, b) != group);
            let same: Vec<usize> = others.into_par_iter().filter(|&b| alike(pictures, &patterns, a, b)).collect();
            for b in same {
                let (a, b) = (root(&mut leader, a), root(&mut leader, b));
                leader[a.max(b)] = a.min(b);
            }
        }
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new(); pictures.len()];
    (0..pictures.len()).for_each(|i| groups[root(&mut leader, i)].push(i));
    groups.retain(|group| group.len() > 1);
    groups
}

fn root(leader: &mut [usize], mut of: usize) -> usize {
    while leader[of] != of {
        leader[of] = leader[leader[of]];
        of = leader[of];
    }
    of
}

fn alike(pictures: &[(Health, Option<Capture>)], patterns: &[Pattern], a: usize, b: usize) -> bool {
    let apart = pictures[a].1.and_then(|one| one.milliseconds_to(pictures[b].1.as_ref()?));
    let bounds = if apart.is_some_and(|apart| apart <= MOMENT_MS) { SAME_MOMENT } else { ANY_TIME };
    let (first, second) = (&patterns[a], &patterns[b]);
    if first.places_apart(second) > bounds.places || first.correlation(second) < bounds.coarse {
        return false;
    }
    let (first, second) = (&pictures[a].0.look, &pictures[b].0.look);
    first.colours_apart(second) <= bounds.colour && agreement(first, second, bounds.hopeful) >= bounds.agreement
}

/// The member of a group with the most fine detail; the first of several alike.
///
/// # Panics
/// When the group is empty or names a picture that is not there.
pub(crate) fn sharpest(group: &[usize], healths: &[Health]) -> usize {
    let better = |best: usize, other: usize| {
        if healths[other].sharpness > healths[best].sharpness { other } else { best }
    };
    group.iter().copied().reduce(better).expect("a group has members")
}

/// A picture at 8 x 8 pixels, for quick comparison.
struct Pattern {
    /// Whether each is brighter than the middle of all: one bit each.
    bright: u64,
    /// The brightness of each, with a mean of 0 and a sum of squares of 1.
    values: [f32; 64],
}

impl Pattern {
    fn of(look: &Look) -> Self {
        let block = |i: usize| {
            let (x, y) = (i % 8 * 2, i / 8 * 2);
            let at = |x: usize, y: usize| f32::from(look.grey[y * GREY_SIDE + x]);
            at(x, y) + at(x + 1, y) + at(x, y + 1) + at(x + 1, y + 1)
        };
        let mut values: [f32; 64] = std::array::from_fn(block);
        let mut sorted = values;
        let middle = *sorted.select_nth_unstable_by(32, f32::total_cmp).1;
        let bright = values.iter().enumerate().fold(0, |bits, (i, value)| bits | (u64::from(*value > middle) << i));
        let mean = values.iter().sum::<f32>() / 64.0;
        values.iter_mut().for_each(|value| *value -= mean);
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(f32::EPSILON);
        values.iter_mut().for_each(|value| *value /= length);
        Self { bright, values }
    }

    /// Whether it is worth a closer look, whatever time lies between.
    fn may_be(&self, other: &Self) -> bool {
        self.places_apart(other) <= SAME_MOMENT.places && self.correlation(other) >= SAME_MOMENT.coarse
    }

    fn places_apart(&self, other: &Self) -> u32 {
        (self.bright ^ other.bright).count_ones()
    }

    fn correlation(&self, other: &Self) -> f32 {
        self.values.iter().zip(&other.values).map(|(a, b)| a * b).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::health::samples::{Change, changed, scene};
    use image::RgbImage;

    fn health(image: &RgbImage) -> (Health, Option<Capture>) {
        (Health::of(image, 64), None)
    }

    fn at(health: Health, milliseconds: i64) -> (Health, Option<Capture>) {
        (health, Some(Capture { moment: Some(milliseconds), screenshot: false }))
    }

    const CHANGES: [Change; 8] = [
        Change { across: 0.03, ..Change::NONE },
        Change { down: -0.03, ..Change::NONE },
        Change { turned: 0.035, ..Change::NONE },
        Change { closer: 0.05, ..Change::NONE },
        Change { closer: -0.05, ..Change::NONE },
        Change { light: 1.15, ..Change::NONE },
        Change { light: 0.85, ..Change::NONE },
        Change { across: 0.02, turned: -0.02, closer: 0.03, light: 1.1, ..Change::NONE },
    ];

    #[test]
    fn shots_of_one_moment_are_grouped_and_other_scenes_are_not() {
        let mut pictures = Vec::new();
        for seed in 0..5 {
            let scene = scene(seed);
            pictures.push(health(&changed(&scene, Change::NONE, 72)));
            pictures.extend(CHANGES.map(|change| health(&changed(&scene, change, 72))));
        }
        let groups = bursts(&pictures);
        let size = CHANGES.len() + 1;
        let expected: Vec<Vec<usize>> = (0..5).map(|seed| (seed * size..(seed + 1) * size).collect()).collect();
        assert_eq!(groups, expected);
    }

    #[test]
    fn copies_of_other_sizes_and_qualities_are_grouped() {
        let scene = scene(1);
        let mut jpeg = Vec::new();
        image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 40)
            .encode_image(&changed(&scene, Change::NONE, 96))
            .unwrap();
        let copies = [
            changed(&scene, Change::NONE, 96),
            changed(&scene, Change::NONE, 48),
            changed(&scene, Change::NONE, 32),
            image::load_from_memory(&jpeg).unwrap().into_rgb8(),
        ];
        assert_eq!(bursts(&copies.each_ref().map(health)), [vec![0, 1, 2, 3]]);
        assert!(bursts(&[]).is_empty() && bursts(&[health(&copies[0])]).is_empty());
    }

    #[test]
    fn within_a_moment_more_may_move() {
        let scene = scene(2);
        let one = health(&changed(&scene, Change::NONE, 72)).0;
        // The cat alone has moved.
        let other = health(&changed(&scene, Change { cat: 0.13, ..Change::NONE }, 72)).0;
        assert!(bursts(&[(one, None), (other, None)]).is_empty());
        assert_eq!(bursts(&[at(one, 0), at(other, 2_000)]), [vec![0, 1]]);
        assert!(bursts(&[at(one, 0), at(other, 60_000)]).is_empty());
    }

    #[test]
    fn a_chain_of_shots_is_one_group_however_long_it_is() {
        // Each is like its neighbours; the first and the last are not alike.
        let (room, other) = (scene(4), changed(&scene(5), Change::NONE, 72));
        let shot = |i: usize| Change { across: 0.02 * i as f32, ..Change::NONE };
        let shots: Vec<_> = (0..12).map(|i| health(&changed(&room, shot(i), 72))).collect();
        assert!(bursts(&[shots[0], shots[11]]).is_empty());
        // Beyond one block of rows, with another scene in between.
        let mut pictures = shots.clone();
        pictures.extend((0..80).map(|_| health(&other)));
        pictures.push(health(&changed(&room, shot(12), 72)));
        let expected = [[(0..12).collect::<Vec<_>>(), vec![92]].concat(), (12..92).collect()];
        assert_eq!(bursts(&pictures), expected);
    }

    #[test]
    fn pictures_without_anything_in_them_are_grouped_by_colour() {
        let plain = |colour| health(&RgbImage::from_pixel(64, 64, image::Rgb(colour)));
        let groups = bursts(&[plain([9, 9, 9]), plain([200, 40, 40]), plain([9, 9, 9])]);
        assert!(groups.is_empty() || groups == [vec![0, 2]], "{groups:?}");
    }

    #[test]
    fn the_sharpest_of_a_moment_is_found() {
        let scene = scene(3);
        let pictures = [0.02, 0.0, 0.01].map(|blur| changed(&scene, Change { blur, ..Change::NONE }, 256));
        let healths = pictures.each_ref().map(|picture| Health::of(picture, 64));
        assert_eq!(sharpest(&[0, 1, 2], &healths), 1);
        assert_eq!(sharpest(&[0, 2], &healths), 2);
        // Brighter is not sharper, and of two sizes the larger one is.
        let brighter = Health::of(&changed(&scene, Change { blur: 0.01, light: 1.3, ..Change::NONE }, 256), 64);
        let smaller = Health::of(&changed(&scene, Change::NONE, 80), 64);
        assert_eq!(sharpest(&[0, 1], &[brighter, healths[1]]), 1);
        assert_eq!(sharpest(&[0, 1], &[smaller, healths[1]]), 1);
    }
}
