use super::looks::{BackdropKind, CatLooks, Neckwear, Pattern};
use super::{Canvas, Transform, draw, face, figure};
use crate::pixels::Frame;
use crate::printable::hex;
use sha2::{Digest, Sha256};
use std::collections::HashSet;

/// Of cat 0 of seed 1: its tilt, and its picture of 64 px.
const TILT: u32 = 3_173_926_608;
const HASH: &str = "4a9beac865ea7740684baf981efb1cffa2e963aa4013c3fc0f7126d2395c66cc";

fn hash(frame: &Frame) -> String {
    hex(&Sha256::digest(&frame.data))
}

/// Mean difference of two pictures in steps of 1/255.
fn difference(a: &Frame, b: &Frame) -> f64 {
    assert_eq!(a.data.len(), b.data.len());
    let sum: u64 = a.data.iter().zip(&b.data).map(|(x, y)| u64::from(x.abs_diff(*y))).sum();
    sum as f64 / a.data.len() as f64
}

/// Every `factor` x `factor` pixels become one.
fn shrunk(frame: &Frame, factor: u32) -> Frame {
    let side = frame.width / factor;
    let mut small = Frame::filled(side, side, [0; 3]);
    for y in 0..side {
        for x in 0..side {
            for channel in 0..3 {
                let mut sum = 0;
                for (dy, dx) in (0..factor).flat_map(|dy| (0..factor).map(move |dx| (dy, dx))) {
                    let at = (y * factor + dy) * frame.width + x * factor + dx;
                    sum += u32::from(frame.data[(at * 3 + channel) as usize]);
                }
                small.data[((y * side + x) * 3 + channel) as usize] = (sum / (factor * factor)) as u8;
            }
        }
    }
    small
}

#[test]
fn a_cat_is_the_same_every_time() {
    assert_eq!(draw(1, 0, 64), draw(1, 0, 64));
    // Of the looks every bit is fixed, on every machine.
    let looks = CatLooks::new(1, 0);
    assert_eq!(looks.pose.tilt.to_bits(), TILT);
    // The rasteriser uses other instructions on other processors, which round differently.
    if cfg!(target_arch = "x86_64") {
        assert_eq!(hash(&draw(1, 0, 64)), HASH, "stored runs and caches count on the same demo cats for ever");
    }
}

#[test]
fn two_thousand_cats_are_all_distinct() {
    let pictures: HashSet<Vec<u8>> = (0..2_000).map(|index| draw(1, index, 16).data).collect();
    assert_eq!(pictures.len(), 2_000);
    assert_ne!(draw(1, 5, 64), draw(2, 5, 64), "another seed, another family");
}

#[test]
fn every_size_works() {
    for side in (16..=256).chain([1, 2, 512, 1024]) {
        let frame = draw(3, u64::from(side), side);
        assert_eq!((frame.width, frame.height), (side, side));
        assert_eq!(frame.data.len(), side as usize * side as usize * 3);
    }
}

#[test]
fn a_cat_looks_the_same_at_every_size() {
    for index in 0..40 {
        let small = draw(1, index, 32);
        let same = difference(&small, &shrunk(&draw(1, index, 256), 8));
        let other = difference(&small, &shrunk(&draw(1, index + 1, 256), 8));
        assert!(same < 3.0 && other > 4.0 * same, "cat {index}: {same:.2} from itself, {other:.2} from the next");
    }
}

#[test]
fn a_cat_fills_about_half_of_its_picture() {
    for index in 0..200 {
        // Without a background the rest stays transparent.
        let mut canvas = Canvas::new(50);
        super::subject(&mut canvas, &CatLooks::new(1, index));
        let covered = canvas.into_pixmap().pixels().iter().filter(|p| p.alpha() > 127).count();
        assert!((1_000..2_000).contains(&covered), "cat {index} covers {covered} of 2500 pixels");
    }
}

#[test]
fn all_kinds_come_and_none_takes_over() {
    const CATS: usize = 1_000;
    let all: Vec<_> = (0..CATS as u64).map(|index| CatLooks::new(1, index)).collect();
    let share = |test: &dyn Fn(&CatLooks) -> bool| all.iter().filter(|l| test(l)).count() as f64 / CATS as f64;
    let (mut calico, mut others) = (0, std::collections::HashMap::new());
    for looks in &all {
        match looks.coat.pattern {
            Pattern::Calico { .. } => calico += 1,
            other => *others.entry(format!("{other:?}")).or_insert(0) += 1,
        }
    }
    assert_eq!(others.len(), 5, "{others:?}");
    assert!(others.values().chain([&calico]).all(|n| (30..450).contains(n)), "{calico} calico, {others:?}");
    use BackdropKind::*;
    for kind in [Gradient, Disc, Stripes, Dots, Window, Night, Sofa, Meadow] {
        let share = share(&|l| l.scene.kind == kind);
        assert!((0.03..0.35).contains(&share), "{kind:?}: {share}");
    }
    let half = [
        share(&|l| l.pose.tilt > 0.0),
        share(&|l| l.pose.yaw > 0.0),
        share(&|l| l.neckwear != Neckwear::Nothing),
        share(&|l| l.pose.tail.is_some()),
    ];
    assert!(half.iter().all(|s| (0.35..0.65).contains(s)), "{half:?}");
    let rare = [
        share(&|l| l.eyes.lids.contains(&1.0)),
        share(&|l| l.ears.folded),
        share(&|l| l.pose.table.is_some()),
        share(&|l| l.eyes.iris[0] != l.eyes.iris[1]),
    ];
    assert!(rare.iter().all(|s| (0.01..0.2).contains(s)), "{rare:?}");
}

#[test]
fn the_fur_stands_out_from_the_wall() {
    for looks in (0..1_000).map(|index| CatLooks::new(1, index)) {
        if matches!(looks.scene.kind, BackdropKind::Gradient | BackdropKind::Stripes | BackdropKind::Dots) {
            let distance = looks.scene.main.distance(looks.coat.fur.base);
            assert!(distance > 0.12, "{distance}: {looks:?}");
        }
    }
}

#[test]
fn closed_eyes_can_be_seen_on_every_fur() {
    for index in 0..500 {
        let mut looks = CatLooks::new(1, index);
        looks.eyes.lids = [1.0; 2];
        (looks.pose.yaw, looks.pose.pitch) = (0.0, 0.0);
        let mut canvas = Canvas::new(100);
        canvas.within(Transform::from_translate(50.0, 50.0), |c| {
            figure::head(c, &looks);
            face::face(c, &looks);
        });
        let map = canvas.into_pixmap();
        for side in [-1.0, 1.0] {
            // Down through the middle of the eye: fur, the line of the lids, fur.
            let (x, middle) = ((50.0 + side * looks.eyes.apart) as u32, (50.0 + 0.06 * looks.head.size[1]) as u32);
            let green = (middle - 6..middle + 3).filter_map(|y| map.pixel(x, y)).map(|p| p.green());
            let (dark, light) = green.fold((255, 0), |(dark, light), g| (g.min(dark), g.max(light)));
            assert!(light - dark > 50, "cat {index}: from {dark} to {light}");
        }
    }
}
