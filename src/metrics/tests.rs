//! Tests of all measures together.

use super::colour::{Histogram, colour_distance};
use super::diversity::{median, median_distance};
use super::features::{FEATURES, FeatureNetwork};
use super::fixtures::{formula_pictures, silent};
use super::neighbours::{Manifold, neighbours, radii};
use super::quality::nearest_of;
use super::small::small;
use super::*;
use crate::data::draw_demo_cat;
use crate::interrupt::JobControl;
use std::sync::atomic::AtomicBool;

/// `count` demo cats from number `first` on.
fn demo_cats(first: u64, count: u64) -> PictureSet {
    let mut set = PictureSet::new(64);
    (first..first + count).for_each(|i| set.push(&draw_demo_cat(3, i, 64).data).unwrap());
    set
}

/// Each picture changed by a formula.
fn changed(set: &PictureSet, change: impl Fn(usize, &[u8]) -> Vec<u8>) -> PictureSet {
    let mut out = PictureSet::new(set.side());
    (0..set.len()).for_each(|i| out.push(&change(i, set.picture(i))).unwrap());
    out
}

fn close(found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{found} instead of {expected}");
}

/// Expected: tests/reference/metrics.py, which knows nothing of this code.
#[test]
fn the_measures_are_those_of_the_numpy_script() {
    let (a, b) = (formula_pictures(60, 64, 0), formula_pictures(60, 64, 1));
    let sum = |set: &PictureSet| (0..60).flat_map(|i| set.picture(i)).map(|v| u64::from(*v)).sum::<u64>();
    assert_eq!((sum(&a), sum(&b)), (64_507_417, 79_260_409), "the pictures themselves");
    close(colour_distance(&Histogram::of(&a), &Histogram::of(&b)), 20.010026, 1e-5);
    let spread = |set: &PictureSet| median_distance(&small(set), silent()).unwrap();
    close(spread(&a) / spread(&b), 1.017908, 1e-3);

    let network = FeatureNetwork::open().unwrap();
    let [x, y] = [&a, &b].map(|set| network.features(set, silent()).unwrap());
    let first = [1.9165, 0.0, 0.0, 0.27638, 0.04388, 0.0];
    let last = [0.0, 0.0, 0.45596, 0.0, 0.0, 0.42075];
    for (found, expected) in x.values[..6].iter().chain(&y.values[60 * FEATURES - 6..]).zip(first.iter().chain(&last)) {
        close(f64::from(*found), *expected, 2e-3);
    }
    close(kid(&x, &y, silent()).unwrap().value * 1e3, 445.2472, 0.5);
    let [rx, ry] = [&x, &y].map(|set| radii(set, 5, silent()).unwrap());
    let Manifold { precision, recall, density, coverage } = neighbours((&x, &rx), (&y, &ry), 5, silent()).unwrap();
    // A picture that lies on an edge may fall on the other side.
    close(precision, 0.183333, 0.018);
    close(recall, 0.75, 0.018);
    close(density, 0.066667, 0.004);
    close(coverage, 0.183333, 0.018);

    // The script takes all patches and other directions: two draws of 1,000 differ by 2 or 3 %.
    let found = swd(&a, &b, 400, 1024, 1, silent()).unwrap();
    for ((side, found), (expected_side, expected)) in found.levels.iter().zip([(64, 46.75), (32, 46.87), (16, 71.10)]) {
        assert_eq!(*side, expected_side);
        close(*found, expected, 0.05 * expected);
    }
}

/// Expected: tests/reference/metrics.py.
#[test]
fn the_memorisation_ratio_is_that_of_the_numpy_script() {
    let [held, fakes] = [0, 1].map(|kind| formula_pictures(60, 64, kind));
    let training = formula_pictures(80, 64, 2);
    let found = evaluate(&fakes, &held, Some(&training), quick(), silent()).unwrap();
    close(found.memorisation.unwrap(), 0.449591, 1e-4);
    // The training pictures as the real ones: no others are known, and they tell by themselves.
    let found = evaluate(&fakes, &training, Some(&training), quick(), silent()).unwrap();
    close(found.memorisation.unwrap(), 0.630556, 1e-4);
}

/// The ratio of these pictures to some training pictures, none of which are known to the measure but those.
fn against_themselves(made: &PictureSet, training: &PictureSet) -> f64 {
    let set = TrainingSet::of(training, 0, 1, silent()).unwrap();
    let apart = set.apart(set.scene(silent()).unwrap(), silent()).unwrap().unwrap();
    let mut found = nearest_of(&small(made), &set.small, silent()).unwrap();
    f64::from(median(&mut found) / apart)
}

/// A little motion, noise and other light, and perhaps the mirror.
fn shots(of: &PictureSet, seed: usize) -> PictureSet {
    changed(of, |i, pixels| {
        let (i, side) = (i + 31 * seed, of.side());
        let (dx, dy, light) = (i % 2, i / 2 % 2, 97 + i % 7);
        let pixel = |x: usize, y: usize, c| pixels[(y.min(side - 1) * side + x.min(side - 1)) * 3 + c];
        let mut moved = Vec::with_capacity(pixels.len());
        for y in 0..side {
            for x in 0..side {
                for c in 0..3 {
                    let noise = (x * 7 + y * 13 + c * 5 + i * 11) % 9;
                    moved.push((usize::from(pixel(x + dx, y + dy, c)) * light / 100 + noise).min(255) as u8);
                }
            }
        }
        if i % 2 == 0 { moved } else { mirrored(&moved, side, 3) }
    })
}

/// New pictures of the same kind give about 1 and copies far less, whatever the number, without one held-out picture.
#[test]
fn training_pictures_tell_by_themselves_what_a_copy_is() {
    for (draw, n) in [(0, 50), (1, 50), (2, 50), (3, 100), (4, 200), (5, 400)] {
        let first = 10_000 * draw;
        let (training, new) = (demo_cats(first, n), demo_cats(first + n, n.min(200)));
        let healthy = against_themselves(&new, &training);
        assert!((0.85..1.18).contains(&healthy), "{healthy} with {n}");
        let copies = against_themselves(&shots(&training.first(200), 1), &training);
        assert!(copies < 0.5, "{copies} with {n}");
        // Half of the folder are second shots: they hide no copies, and accuse nobody.
        let mut rows = training.pick(0..n as usize / 2);
        let again = shots(&rows, 2);
        (0..again.len()).for_each(|i| rows.push(again.picture(i)).unwrap());
        let (healthy, copies) = (against_themselves(&new, &rows), against_themselves(&shots(&rows, 3), &rows));
        assert!(healthy > 0.85 && copies < 0.5, "{healthy} and {copies} with shots of {n}");
    }
    // All the same: there is nothing to compare with.
    let same = demo_cats(0, 50).pick([7; 50]);
    let set = TrainingSet::of(&same, 0, 1, silent()).unwrap();
    assert_eq!(set.apart(set.scene(silent()).unwrap(), silent()).unwrap().filter(|d| *d > 0.0), None);
}

/// A picture that is in both sets is left out; the others are measured as if it had never been there.
#[test]
fn one_picture_that_was_trained_on_changes_little() {
    let (training, held, others) = (demo_cats(0, 120), demo_cats(200, 70), demo_cats(300, 80));
    let mut mixed = training.pick([11]);
    (0..70).for_each(|i| mixed.push(held.picture(i)).unwrap());
    let reference = |reals: &PictureSet| {
        let training = TrainingSet::of(&training, 70, 1, silent()).unwrap();
        QualityReference::new(reals.clone(), Some(training), quick(), silent()).unwrap()
    };
    let (mixed, clean) = (reference(&mixed), reference(&held));
    assert_eq!((mixed.len(), mixed.known(), mixed.pictures()), (70, 0, &held));
    let [mut found, expected] = [&mixed, &clean].map(|r| r.evaluate(&others, silent()).unwrap());
    assert!(found.notes.remove(0).contains("1 of the 71 real pictures were also trained on; they are excluded"));
    assert_eq!(found, expected);
    assert_eq!(found.floor_from, Floor::Training);
}

#[test]
fn all_training_pictures_are_searched() {
    let training = formula_pictures(230, 16, 0);
    let set = TrainingSet::of(&training, 40, 3, silent()).unwrap();
    assert_eq!((set.len(), set.sample().len()), (230, 40));
    assert_eq!(set.sample(), &training.sample(230, 3).sample(40, 3));
    // At 16 px the small form is the picture itself.
    let last = small(&training.pick([229]));
    assert_eq!(set.small.row(229), &last.values[..]);
    let cancelled = AtomicBool::new(true);
    let stop = JobControl::silent(&cancelled);
    assert!(matches!(TrainingSet::of(&training, 40, 3, stop), Err(MetricError::Cancelled)));
}

/// The pictures blurred, noisy and miscoloured, each more and more.
fn damaged(others: &PictureSet) -> [(&'static str, Vec<PictureSet>); 3] {
    let blur = |passes: usize| {
        changed(others, |_, pixels| {
            let mut pixels = pixels.to_vec();
            for _ in 0..passes {
                let before = pixels.clone();
                for i in 0..pixels.len() - 64 * 3 - 3 {
                    let near = [i, i + 3, i + 192, i + 195].map(|j| u16::from(before[j]));
                    pixels[i] = (near.iter().sum::<u16>() / 4) as u8;
                }
            }
            pixels
        })
    };
    let noise = |strength: i32| {
        changed(others, |i, pixels| {
            let shift = |j: usize| ((i * 977 + j * 7919) % 101 * 31 % 101) as i32 - 50;
            pixels
                .iter()
                .enumerate()
                .map(|(j, v)| (i32::from(*v) + shift(j) * strength / 50).clamp(0, 255) as u8)
                .collect()
        })
    };
    let colour = |strength: u8| {
        changed(others, |_, pixels| {
            pixels
                .chunks_exact(3)
                .flat_map(|p| [p[0].saturating_add(strength), p[1], p[2].saturating_sub(strength)])
                .collect()
        })
    };
    [
        ("blur", [1, 2, 4].map(blur).into()),
        ("noise", [10, 25, 50].map(noise).into()),
        ("colour", [15, 30, 60].map(colour).into()),
    ]
}

/// The features are of use: more damage is a larger distance, and the same picture again and again covers less.
#[test]
fn damage_and_repetition_show_in_the_features() {
    let (reals, others) = (demo_cats(0, 150), demo_cats(150, 150));
    let network = FeatureNetwork::open().unwrap();
    let features = |set: &PictureSet| network.features(set, silent()).unwrap();
    let real = features(&reals);
    let measure = |set: &PictureSet| {
        let x = features(set);
        let [rx, ry] = [&x, &real].map(|set| radii(set, 5, silent()).unwrap());
        (kid(&x, &real, silent()).unwrap(), neighbours((&x, &rx), (&real, &ry), 5, silent()).unwrap())
    };
    let (same, near) = measure(&others);
    assert!(same.value.abs() < 3.0 * same.error + 0.005, "{same:?}");
    assert!(near.coverage > 0.85, "{near:?}");

    for (name, sets) in damaged(&others) {
        let mut last = same.value;
        for set in &sets {
            let (found, _) = measure(set);
            assert!(found.value > last, "{name}: {} after {last}", found.value);
            last = found.value;
        }
        assert!(last > 0.05 + 5.0 * same.error, "{name}: {last}");
    }
    let mut last = near.coverage;
    for different in [60, 20, 5] {
        let (_, near) = measure(&others.pick((0..150).map(|i| i % different)));
        assert!(near.coverage < last - 0.05, "{different}: {} after {last}", near.coverage);
        last = near.coverage;
    }
}

fn quick() -> MetricSettings {
    MetricSettings { patches: 16, directions: 64, ..MetricSettings::default() }
}

#[test]
fn a_whole_evaluation_with_its_floor_and_copies() {
    let (training, held, others) = (demo_cats(0, 120), demo_cats(200, 60), demo_cats(300, 80));
    let new = evaluate(&others, &held, Some(&training), quick(), silent()).unwrap();
    assert_eq!((new.pictures, new.side, new.floor_from, new.floor_pictures), (60, 64, Floor::Training, 60));
    assert!((0.8..1.25).contains(&new.memorisation.unwrap()), "{new:?}");
    assert!((0.8..1.25).contains(&new.measures.diversity), "{new:?}");
    // Demo cats against demo cats are real against real.
    assert!(new.measures.swd < 2.0 * new.floor.swd && new.measures.colour < 3.0 * new.floor.colour, "{new:?}");
    assert_eq!(new, evaluate(&others, &held, Some(&training), quick(), silent()).unwrap(), "the same again");
    let text = serde_json::to_string(&new).unwrap();
    let read: Quality = serde_json::from_str(&text).unwrap();
    // The last digit of a number may get lost on the way through text.
    close(read.measures.kid, new.measures.kid, 1e-9);
    assert_eq!((read.pictures, read.floor_from, &read.notes), (60, Floor::Training, &new.notes));
    assert!(text.contains("\"swd\":") && !text.contains("r_train"), "{text}");
    // Older files do not name their network.
    let mut older: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(older.as_object_mut().unwrap().remove("network"), Some(NETWORK.into()));
    assert_eq!(serde_json::from_value::<Quality>(older).unwrap().network, 1);

    // Mirrored training pictures are copies, too.
    let copies =
        changed(&training.pick(0..60), |i, pixels| if i % 2 == 0 { pixels.to_vec() } else { mirrored(pixels, 64, 3) });
    let copied = evaluate(&copies, &held, Some(&training), quick(), silent()).unwrap();
    assert!(copied.memorisation.unwrap() < 0.01, "{copied:?}");
    // One picture only is a collapse.
    let one = evaluate(&others.pick([5; 60]), &held, None, quick(), silent()).unwrap();
    assert!(one.measures.diversity < 0.05 && one.measures.coverage < 0.3 && one.memorisation.is_none(), "{one:?}");
    assert_eq!((one.floor_from, one.floor_pictures), (Floor::Halves, 30));
    // Compared with what it was trained on, the training pictures have to tell what a copy is.
    let own = evaluate(&others, &training, Some(&training), quick(), silent()).unwrap();
    assert!((0.8..1.25).contains(&own.memorisation.unwrap()) && own.floor_from == Floor::Halves, "{own:?}");
    assert!(own.notes[0].contains("80 of the 80 real pictures were also trained on"), "{own:?}");
    assert!(own.notes[1].contains("too few other real pictures (0)"), "{own:?}");
    let own = evaluate(&copies, &training.pick(0..60), Some(&training), quick(), silent()).unwrap();
    assert!(own.memorisation.unwrap() < 0.01, "{own:?}");
}

#[test]
fn too_few_other_sizes_and_stopping_are_errors() {
    let (few, some, large) = (demo_cats(0, 49), demo_cats(0, 50), formula_pictures(50, 128, 0));
    let fails = |fakes: &PictureSet, reals: &PictureSet, training: Option<&PictureSet>| {
        evaluate(fakes, reals, training, quick(), silent()).unwrap_err().to_string()
    };
    assert!(fails(&few, &some, None).contains("49 generated pictures"));
    assert!(fails(&some, &few, None).contains("49 real pictures"));
    assert!(fails(&large, &some, None).contains("128 px"));
    assert!(fails(&some, &some, Some(&large)).contains("128 px"));
    assert!(fails(&formula_pictures(50, 48, 0), &formula_pictures(50, 48, 1), None).contains("48 px"));
    let reference = QualityReference::new(some.clone(), None, quick(), silent()).unwrap();
    assert!(reference.evaluate(&few, silent()).unwrap_err().to_string().contains("50 are needed"));
    let cancelled = AtomicBool::new(true);
    let stop = JobControl::silent(&cancelled);
    assert!(matches!(reference.evaluate(&some, stop), Err(MetricError::Cancelled)));
}
