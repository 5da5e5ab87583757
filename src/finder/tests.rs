//! The finder as a whole, against PyTorch and with odd pictures.

use super::crop::{SIDE, Square};
use super::heads::letterbox;
use super::layers::Map;
use super::*;
use crate::compute::furthest;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// PyTorch's numbers, written by tests/reference/finder_fixture.py.
const REFERENCE: &str = include_str!("../../tests/reference/finder_fixture.json");

#[derive(Deserialize)]
struct Reference {
    /// SHA-256 of both files of weights.
    weights: [String; 2],
    /// The maps of the head network for [`noise`], every seventh and every second number.
    fine: Vec<f32>,
    coarse: Vec<f32>,
    /// The input of the head network for [`pattern`] at 256 pixels, every 997th number.
    input: Vec<f32>,
    /// The maps of the eye network for [`noise`], every ninth number, and its trust before the sigmoid.
    eye_maps: Vec<f32>,
    eye_trust: f32,
    looks: Vec<Look>,
    /// Score and box of each head in [`pattern`], best first; twenty at most.
    found: Vec<[f64; 5]>,
}

/// What the eye network sees in a square of [`pattern`].
#[derive(Deserialize)]
struct Look {
    /// Centre, side and angle.
    square: [f64; 4],
    /// Every 211th number.
    crop: Vec<f32>,
    eyes: [PixelPoint; 2],
    trust: f64,
}

fn reference() -> Reference {
    serde_json::from_str(REFERENCE).unwrap()
}

/// Smooth waves with some edges.
fn pattern(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        let planes = [x * x / 40 + 3 * y, 2 * x + y * y / 30, x * y / 50 + 90 * (x / 32 % 2)];
        image::Rgb(planes.map(|value| (value % 256) as u8))
    })
}

/// Numbers from -2 to 2.
fn noise(height: usize, width: usize) -> Map {
    let values = (0..3 * height * width).map(|i| (i * 7919 % 2003) as f32 / 500.5 - 2.0).collect();
    Map { channels: 3, height, width, values }
}

/// Compares every `step`th number.
#[track_caller]
fn near(ours: &[f32], step: usize, expected: &[f32], within: f32) {
    let ours: Vec<f32> = ours.iter().copied().step_by(step).collect();
    let worst = furthest(expected, &ours);
    assert!(worst <= within, "{worst} away from the reference");
}

#[test]
fn both_networks_compute_what_pytorch_computes() {
    let (finder, reference) = (CatFinder::bundled(), reference());
    let [fine, coarse] = finder.heads.maps(&noise(96, 128));
    near(&fine.values, 7, &reference.fine, 1e-3);
    near(&coarse.values, 2, &reference.coarse, 1e-3);
    let (maps, trust) = finder.eyes.run(&noise(SIDE, SIDE));
    near(&maps.values, 9, &reference.eye_maps, 1e-3);
    near(&[trust], 1, &[reference.eye_trust], 1e-3);
}

#[test]
fn both_networks_see_what_pytorch_sees() {
    let (finder, reference, picture) = (CatFinder::bundled(), reference(), pattern(310, 200));
    let (input, size) = letterbox(&picture, 256).unwrap();
    assert_eq!((size, input.height, input.width), ((256, 165), 192, 256));
    // A level of 256: ours is made smaller in whole levels, first one way and then the other.
    near(&input.values, 997, &reference.input, 1.1 / 63.75);
    for look in reference.looks {
        let [x, y, side, angle] = look.square;
        let square = Square { centre: PixelPoint { x, y }, side, angle };
        near(&square.cut(&picture).unwrap(), 211, &look.crop, 0.05);
        let ours = finder.eyes.look(&picture, &square).unwrap();
        assert!((ours.trust - look.trust).abs() < 1e-3);
        for (ours, expected) in ours.eyes.iter().zip(&look.eyes) {
            assert!((ours.x - expected.x).hypot(ours.y - expected.y) < 0.02, "{ours:?} instead of {expected:?}");
        }
    }
}

#[test]
fn the_same_boxes_are_found() {
    let found = CatFinder::bundled().heads(&pattern(310, 200));
    let expected = reference().found;
    assert_eq!(found.len().min(20), expected.len());
    // Nothing is in the picture, so the scores are low and close to each other, and their order may differ.
    for [expected_score, x0, y0, x1, y1] in expected.into_iter().take(8) {
        let expected = HeadBox { x0, y0, x1, y1 };
        let is_same = |(head, score): &(HeadBox, f32)| {
            head.overlap(&expected) > 0.8 && (f64::from(*score) - expected_score).abs() < 0.02
        };
        assert!(found.iter().any(is_same), "{expected_score}: {expected:?}");
    }
}

/// Caches keep what was found under this number.
#[test]
fn new_weights_have_a_new_version() {
    let known = [HEADS, EYES].map(|bytes| crate::printable::hex(&Sha256::digest(bytes)));
    assert_eq!(known, reference().weights, "run tests/reference/finder_fixture.py");
    let short = known.map(|hash| hash[..8].to_owned());
    let versions = [(1, ["52cd2f02", "cccdd1e0"])];
    assert_eq!(
        versions.last(),
        Some(&(CatFinder::VERSION, [&*short[0], &*short[1]])),
        "raise VERSION, and note it here"
    );
}

#[test]
fn no_shape_is_too_odd() {
    let finder = CatFinder::bundled();
    for (width, height) in [(0, 0), (1, 1), (1, 4000), (4000, 1), (2, 3), (31, 33), (7, 700)] {
        let picture = pattern(width, height);
        for face in finder.find(&picture) {
            let HeadBox { x0, y0, x1, y1 } = face.head;
            assert!(0.0 <= x0 && x0 <= x1 && x1 <= f64::from(width), "{width} x {height}: {face:?}");
            assert!(0.0 <= y0 && y0 <= y1 && y1 <= f64::from(height), "{width} x {height}: {face:?}");
        }
        for head in [
            HeadBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 },
            HeadBox { x0: -1e9, y0: 0.0, x1: 1e9, y1: 1e300 },
            HeadBox { x0: 50.0, y0: 50.0, x1: 20.0, y1: 20.0 },
            HeadBox { x0: f64::NAN, y0: 0.0, x1: 1.0, y1: 1.0 },
            HeadBox { x0: 0.0, y0: 0.0, x1: f64::INFINITY, y1: 1.0 },
        ] {
            let eyes = finder.eyes_in(&picture, &head);
            assert!(eyes.is_none_or(|eyes| eyes.iter().all(|eye| eye.x.is_finite() && eye.y.is_finite())), "{head:?}");
        }
    }
}

#[test]
fn threads_share_one_finder() {
    let finder = CatFinder::bundled();
    let alone: Vec<_> = (1..5).map(|i| finder.heads(&pattern(80 * i, 130))).collect();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (1..5).map(|i| scope.spawn(move || finder.heads(&pattern(80 * i, 130)))).collect();
        let together: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert_eq!(together, alone);
    });
}
