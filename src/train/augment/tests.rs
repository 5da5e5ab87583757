//! Each change against its formula, and how many pictures are changed.

use super::changes::{Batch, Changes, Move};
use super::*;
use crate::compute::{any_gpu, furthest};
use burn::tensor::{Device, TensorData};

fn picture(side: usize) -> Tensor<4> {
    let values: Vec<f32> = (0..3 * side * side).map(|i| ((i * 37 % 101) as f32 / 50.0) - 1.0).collect();
    Tensor::from_data(TensorData::new(values, [1, 3, side, side]), &Device::flex())
}

fn shifted(shift: [i32; 2]) -> Vec<Move> {
    vec![Move { shift, zoom: 1.0 }]
}

fn values(x: Tensor<4>) -> Vec<f32> {
    x.into_data().try_into_vec().unwrap()
}

/// On the CPU, for batches of so many pictures; without a strength it changes all of them.
fn augmenter(policy: Augment, strength: Option<f32>, count: usize) -> Augmenter {
    let device = &Device::flex();
    let (adapts, strength) = (strength.is_some(), Tensor::from_floats([strength.unwrap_or(0.0)], device));
    Augmenter {
        policy,
        seed: 3,
        part: Share::all(count),
        amount: Amount { strength, colours: 1.0 },
        adapts,
        sent: None,
    }
}

/// Of batches of 64 px.
fn drawn(policy: Augment, batch: u64, which: Use, count: usize) -> Vec<Changes> {
    Changes::draw(Batch { number: batch, count, side: 64, policy, seed: 5, colours: 1.0 }, which)
}

/// At strength 0 nothing changes, at 1 everything, and between a share of the pictures that the dice decide.
#[test]
fn the_strength_decides_how_many_pictures_change() {
    let x = picture(8).repeat(&[64, 1, 1, 1]);
    let changed = |strength: f32| {
        let augmenter = augmenter(Augment::Colour, Some(strength), 64);
        let (y, before) = (values(augmenter.apply(x.clone(), 5, Use::RealForD)), values(x.clone()));
        y.chunks(192)
            .zip(before.chunks(192))
            .filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| (a - b).abs() > 1e-4))
            .count()
    };
    assert_eq!((changed(0.0), changed(1.0)), (0, 64));
    // 64 dice at 0.25: 16 on average, with a deviation of 3.5.
    assert!((8..=26).contains(&changed(0.25)), "{}", changed(0.25));
}

#[test]
fn the_strength_follows_the_discriminator_and_stays_in_its_range() {
    let one = |v: f32| Tensor::<1>::from_floats([v], &Device::flex());
    let next = |p, sure| adapt(one(p), one(sure), 0.6, 100).into_scalar::<f32>();
    assert!((next(0.1, 0.9) - 0.101).abs() < 1e-6 && (next(0.1, 0.2) - 0.099).abs() < 1e-6);
    assert_eq!((next(0.0, 0.0), next(0.8, 1.0)), (0.0, 0.8));
}

#[test]
fn a_shift_moves_down_and_right_and_leaves_zeros() {
    let changes = Changes { moves: shifted([1, -2]), ..Changes::default() };
    let (before, after) = (values(picture(6)), values(changes.apply(picture(6))));
    for c in 0..3 {
        for y in 0..6i32 {
            for x in 0..6i32 {
                let (fy, fx) = (y - 1, x + 2);
                let inside = (0..6).contains(&fy) && (0..6).contains(&fx);
                let expected = if inside { before[c * 36 + (fy * 6 + fx) as usize] } else { 0.0 };
                assert_eq!(after[c * 36 + (y * 6 + x) as usize], expected);
            }
        }
    }
}

/// What a shift uncovers is the picture seen in a mirror at its outermost row, and a zoom goes about the centre.
#[test]
fn mirrored_borders_and_zooms_take_each_pixel_from_where_they_should() {
    let (before, last) = (values(picture(6)), 5.0f32);
    for (shift, zoom) in [([2, -1], 1.0f32), ([0, 0], 1.25), ([-1, 1], 0.8)] {
        let changes = Changes { moves: vec![Move { shift, zoom }], mirrored: true, ..Changes::default() };
        let after = values(changes.apply(picture(6)));
        let from = |i: usize, axis: usize| {
            let p = (i as f32 - 2.5 - shift[axis] as f32) * zoom + 2.5;
            let p = if p < 0.0 { -p } else { p };
            if p > last { 2.0 * last - p } else { p }
        };
        let at = |c: usize, y: usize, x: usize| before[c * 36 + y.min(5) * 6 + x.min(5)];
        for (c, y, x) in (0..108).map(|i| (i / 36, i / 6 % 6, i % 6)) {
            let (fy, fx) = (from(y, 0), from(x, 1));
            let (top, left, down, right) = (fy as usize, fx as usize, fy.fract(), fx.fract());
            let row = |y: usize| at(c, y, left) * (1.0 - right) + at(c, y, left + 1) * right;
            let expected = row(top) * (1.0 - down) + row(top + 1) * down;
            let found = after[c * 36 + y * 6 + x];
            assert!((found - expected).abs() < 1e-5, "{shift:?} {zoom}: {found} for {expected} at {c} {y} {x}");
        }
    }
}

/// Fill that no real picture has is what leaks: here nothing comes in that was not in the picture.
#[test]
fn mirrored_changes_bring_nothing_new_into_a_picture() {
    let changes = drawn(Augment::ColourGeometry, 1, Use::RealForD, 200);
    let [_, moves] = changes.as_slice() else { panic!("colours and moves are drawn apart") };
    for fill in [-1.0, 0.25] {
        let flat = Tensor::<4>::full([200, 3, 64, 64], fill, &Device::flex());
        assert!(values(moves.apply(flat)).iter().all(|v| (v - fill).abs() < 1e-5));
    }
}

/// Brightness, saturation and contrast in this order, in double precision.
#[test]
fn colours_follow_the_formulas() {
    let (b, s, c) = (0.25f32, 1.5f32, 0.75f32);
    let changes = Changes { colour: vec![[b, s, c]], ..Changes::default() };
    let after = values(changes.apply(picture(4)));
    let mut x: Vec<f64> = values(picture(4)).iter().map(|v| f64::from(*v) + f64::from(b)).collect();
    for i in 0..16 {
        let grey = (x[i] + x[16 + i] + x[32 + i]) / 3.0;
        for plane in 0..3 {
            x[plane * 16 + i] = (x[plane * 16 + i] - grey) * f64::from(s) + grey;
        }
    }
    let mean = x.iter().sum::<f64>() / 48.0;
    for (ours, x) in after.iter().zip(x) {
        assert!((f64::from(*ours) - ((x - mean) * f64::from(c) + mean)).abs() < 1e-5);
    }
}

#[test]
fn a_cutout_is_half_the_side_and_stays_inside() {
    let changes = Changes { cutout: vec![[-2, 3]], ..Changes::default() };
    let ones = Tensor::<4>::ones([1, 3, 8, 8], &Device::flex());
    let after = values(changes.apply(ones));
    let zeros: Vec<usize> = (0..64).filter(|i| after[*i] == 0.0).collect();
    assert_eq!(zeros, [3, 4, 5, 6, 11, 12, 13, 14]);
}

/// Everything is linear in the picture but for the brightness, so differences are exact.
#[test]
fn gradients_flow_through_all_changes() {
    for policy in [Augment::All, Augment::ColourGeometry] {
        gradient_is_the_difference(&augmenter(policy, None, 1));
    }
}

fn gradient_is_the_difference(augmenter: &Augmenter) {
    let x = picture(8).autodiff().require_grad();
    let weights: Vec<f32> = (0..192).map(|i| (i * 13 % 29) as f32 / 29.0).collect();
    let weights = Tensor::<4>::from_data(TensorData::new(weights, [1, 3, 8, 8]), &Device::flex());
    let sum = |x: Tensor<4>| (augmenter.apply(x, 7, Use::FakeForG) * weights.clone()).sum();
    let tracked = (augmenter.apply(x.clone(), 7, Use::FakeForG) * weights.clone().autodiff()).sum();
    let gradient = values(x.grad(&tracked.backward()).unwrap());
    for i in (0..192).step_by(17) {
        let moved = |by: f32| {
            let mut v = values(picture(8));
            v[i] += by;
            let x = Tensor::<4>::from_data(TensorData::new(v, [1, 3, 8, 8]), &Device::flex());
            f64::from(sum(x).into_scalar::<f32>())
        };
        let difference = (moved(0.5) - moved(-0.5)) / 1.0;
        assert!((difference - f64::from(gradient[i])).abs() < 1e-3, "{i}: {difference} and {}", gradient[i]);
    }
}

/// Against plain indexing and autograd in PyTorch: `tests/reference/recipe.py`.
#[test]
fn values_and_gradients_agree_with_another_program() {
    let sine = |count: usize, phase: f64, amplitude: f64| -> Vec<f32> {
        (0..count).map(|i| (amplitude * (0.7 * i as f64 + phase).sin()) as f32).collect()
    };
    let changes =
        Changes { colour: vec![[0.3, 1.5, 0.6]], moves: shifted([1, -2]), cutout: vec![[2, -1]], ..Changes::default() };
    let probe: Vec<f32> = (0..192).map(|i| (f64::from(i) * 0.37).cos() as f32).collect();
    let probe = Tensor::<4>::from_data(TensorData::new(probe, [1, 3, 8, 8]), &Device::flex()).autodiff();
    let x = TensorData::new(sine(192, 0.2, 0.8), [1, 3, 8, 8]);
    let x = Tensor::<4>::from_data(x, &Device::flex()).autodiff().require_grad();
    let along = (changes.apply(x.clone()) * probe).sum();
    let gradient = values(x.grad(&along.backward()).unwrap());
    let along = along.without_autodiff().into_scalar::<f32>();
    assert!((along + 3.109_295_9).abs() < 1e-4, "{along}");
    let norm = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
    assert!((norm - 5.777_324).abs() < 1e-4, "{norm}");
    let by_wave = gradient.iter().zip(sine(192, 0.9, 1.0)).map(|(g, w)| g * w).sum::<f32>();
    assert!((by_wave + 2.516_075).abs() < 1e-4, "{by_wave}");
}

#[test]
fn draws_repeat_and_stay_within_their_ranges() {
    for policy in [Augment::All, Augment::ColourGeometry] {
        let draw = |batch, which| drawn(policy, batch, which, 200);
        assert_eq!(draw(3, Use::RealForD), draw(3, Use::RealForD));
        assert_ne!(draw(3, Use::RealForD), draw(3, Use::FakeForD));
        assert_ne!(draw(3, Use::RealForD), draw(4, Use::RealForD));
        let changes = draw(1, Use::RealForD);
        let shifts = || changes.iter().flat_map(|c| &c.moves).map(|m| m.shift);
        assert!(shifts().flatten().all(|s| s.abs() <= 8));
        assert!(shifts().any(|s| s[0] == 8) && shifts().any(|s| s[0] == -8));
        let mut colours = changes.iter().flat_map(|c| &c.colour);
        assert!(colours.all(|[b, s, c]| b.abs() <= 0.5 && (0.0..=2.0).contains(s) && (0.5..=1.5).contains(c)));
    }
    let off = &drawn(Augment::Off, 1, Use::RealForD, 4)[0];
    assert!(off.colour.is_empty() && off.moves.is_empty() && off.cutout.is_empty());
}

/// Towards the end of a run, colours change in the same ways, only less far; what moves, moves as before.
#[test]
fn colours_that_settle_change_less_far() {
    for policy in [Augment::Colour, Augment::ColourGeometry] {
        let batch = Batch { number: 1, count: 50, side: 64, policy, seed: 5, colours: 1.0 };
        let far = Changes::draw(batch, Use::RealForD);
        let near = Changes::draw(Batch { colours: 0.25, ..batch }, Use::RealForD);
        for (far, near) in far.iter().zip(&near) {
            assert_eq!((&far.moves, &far.dice, far.colour.len()), (&near.moves, &near.dice, near.colour.len()));
            for ([b, s, c], near) in far.colour.iter().zip(&near.colour) {
                let expected = [b / 4.0, 1.0 + (s - 1.0) / 4.0, 1.0 + (c - 1.0) / 4.0];
                assert!(furthest(near, &expected) < 1e-5, "{near:?} for {expected:?}");
            }
        }
        assert!(far[0].colour.iter().any(|[b, ..]| b.abs() > 0.1), "{policy:?} changes colours");
    }
}

/// Half of the pictures that move stay as sharp as they are, and whether a picture's colours change says nothing about
/// whether it moves.
#[test]
fn colours_and_moves_are_chosen_apart() {
    let changes = drawn(Augment::ColourGeometry, 1, Use::RealForD, 400);
    let (colour, moves) = (&changes[0], &changes[1]);
    assert!(colour.moves.is_empty() && colour.colour.len() == 400 && moves.colour.is_empty());
    let zoomed = moves.moves.iter().filter(|m| m.zoom != 1.0).count();
    assert!((160..=240).contains(&zoomed), "{zoomed}");
    assert!(moves.moves.iter().all(|m| (0.84..=1.19).contains(&m.zoom)));
    // 400 pairs of dice below a half: 100 on average, with a deviation of 8.7.
    let both = colour.dice.iter().zip(&moves.dice).filter(|(a, b)| **a < 0.5 && **b < 0.5).count();
    assert!((70..=130).contains(&both), "{both}");
}

/// The kernels against the matrices and means of the CPU: all policies and uses, all pictures and some of them, and
/// gradients that come from everywhere.
#[test]
fn a_gpu_makes_the_same_changes() {
    let Some(gpu) = any_gpu() else { return };
    let (count, side) = (7, 10);
    let wave = |phase: f32| -> Tensor<4> {
        let values: Vec<f32> = (0..count * 3 * side * side).map(|i| (i as f32 * 0.7391 + phase).sin()).collect();
        Tensor::from_data(TensorData::new(values, [count, 3, side, side]), &Device::flex())
    };
    let both = |augmenter: &Augmenter, device: &Device, which: Use| {
        let (x, probe) = (wave(0.0).to_device(device).autodiff().require_grad(), wave(1.0).to_device(device));
        let y = augmenter.apply(x.clone(), 5, which);
        let gradients = (y.clone() * probe.autodiff()).sum().backward();
        [y.without_autodiff(), x.grad(&gradients).unwrap()].map(values)
    };
    let policies =
        [Augment::Colour, Augment::Translation, Augment::ColourTranslation, Augment::ColourGeometry, Augment::All];
    for (policy, strength) in policies.into_iter().flat_map(|policy| [(policy, None), (policy, Some(0.5))]) {
        let host = augmenter(policy, strength, count);
        let numbers = [vec![9.0; 3], host.numbers(5, side)].concat();
        let sent = Sent { numbers: Tensor::from_floats(numbers.as_slice(), gpu.device()), first: 3 };
        let amount = Amount { strength: host.amount.strength.clone().to_device(gpu.device()), colours: 1.0 };
        let device = Augmenter { amount, sent: Some(sent), ..host.clone() };
        for which in [Use::RealForD, Use::FakeForG] {
            let (expected, found) = (both(&host, &Device::flex(), which), both(&device, gpu.device(), which));
            assert!(expected[0] != values(wave(0.0)), "{policy:?} changes nothing");
            for (part, (expected, found)) in expected.iter().zip(&found).enumerate() {
                let apart = furthest(expected, found);
                assert!(apart < 1e-5, "part {part} of {policy:?}: {apart}");
            }
        }
    }
}

/// A slice of a batch is changed as the whole batch is there, whatever the policy draws.
#[test]
fn a_slice_is_changed_as_in_the_whole_batch() {
    let x = picture(8).repeat(&[7, 1, 1, 1]);
    for policy in [Augment::Colour, Augment::Translation, Augment::ColourGeometry, Augment::All] {
        let whole = augmenter(policy, Some(0.5), 7);
        let all = values(whole.apply(x.clone(), 5, Use::FakeForD));
        let mut parts = Vec::new();
        for part in Share::split(7, 3) {
            let slice = x.clone().narrow(0, part.first, part.count);
            parts.extend(values(Augmenter { part, ..whole.clone() }.apply(slice, 5, Use::FakeForD)));
        }
        assert_eq!(parts, all, "{policy:?}");
    }
}
