//! What is measured of one picture.

use super::Health;
use super::samples::{Change, changed, scene};
use image::{Rgb, RgbImage};

#[test]
fn it_survives_being_kept() {
    let health = Health::of(&changed(&scene(1), Change::NONE, 64), 32);
    let text = serde_json::to_string(&health).unwrap();
    assert_eq!(serde_json::from_str::<Health>(&text).unwrap(), health);
    assert!(text.len() < 700, "{} bytes: {text}", text.len());
    for broken in [text.replace("look\":\"", "look\":\"AA"), text.replace("look\":\"", "look\":\"!")] {
        assert!(serde_json::from_str::<Health>(&broken).is_err());
    }
}

#[test]
fn the_dark_the_plain_and_the_grey_are_told_apart() {
    let plain = |colour: [u8; 3]| Health::of(&RgbImage::from_pixel(64, 64, Rgb(colour)), 64);
    for colour in [[0; 3], [255; 3], [128, 128, 128]] {
        let plain = plain(colour);
        assert!(plain.is_blank() && plain.is_grey() && !plain.is_blurred(), "there is nothing that could be blurred");
    }
    assert!(plain([10, 10, 20]).is_dark() && !plain([200; 3]).is_dark());
    for seed in 0..8 {
        let scene = scene(seed);
        let lit = Health::of(&changed(&scene, Change::NONE, 256), 64);
        assert!(!lit.is_dark() && !lit.is_blurred() && !lit.is_blank() && !lit.is_grey(), "{lit:?}");
        let dark = Health::of(&changed(&scene, Change { light: 0.12, ..Change::NONE }, 256), 64);
        assert!(dark.is_dark(), "{dark:?}");
    }
}

#[test]
fn blurred_means_at_the_training_size() {
    for seed in 0..8 {
        let blurred = changed(&scene(seed), Change { blur: 0.02, ..Change::NONE }, 256);
        assert!(Health::of(&blurred, 256).is_blurred(), "{:?}", Health::of(&blurred, 256));
        assert!(!Health::of(&blurred, 32).is_blurred(), "{:?}", Health::of(&blurred, 32));
    }
}

#[test]
fn any_picture_can_be_measured() {
    for (width, height, side) in [(1, 1, 1), (1, 300, 16), (3, 3, 512), (500, 2, 64)] {
        let health = Health::of(&RgbImage::from_pixel(width, height, Rgb([9, 90, 200])), side);
        assert!([health.sharpness, health.focus, health.brightness, health.contrast].iter().all(|v| v.is_finite()));
    }
    let none = Health::of(&RgbImage::new(0, 0), 16);
    assert!(none.is_blank() && !none.is_blurred());
}
