//! A generator's own pictures are found again, and strange ones are put into it.

use super::*;
use crate::config::ModelConfig;
use crate::interrupt::JobControl;
use crate::model::Generator;
use std::sync::atomic::{AtomicBool, Ordering};

/// A generator of strong contrasts: random, but with signals that neither die out nor overflow.
fn generator(kind: LatentKind) -> SavedGenerator {
    let config = ModelConfig { size: 32, g_width: 8, d_width: 8, latent_size: 16, latent: kind, ..Default::default() };
    let layout = Generator::new(&config).layout().clone();
    let names: Vec<_> = layout.names().map(|(name, shape)| (name.to_owned(), shape)).collect();
    let noise = LatentSource { kind: LatentKind::Normal, size: 1, seed: 12 };
    let find = |name: &str| {
        let index = names.iter().position(|(n, _)| n == name)?;
        let shape = names[index].1.clone();
        let count = shape.iter().product();
        // Each output is a sum over the inputs and, but for the first layer, a quarter of the kernel's positions.
        let std = match (shape.len(), index) {
            (4, 0) => (1.0 / shape[0] as f32).sqrt(),
            (4, _) => (1.0 / (2.0 * shape[0] as f32)).sqrt(),
            _ => 0.0,
        };
        let base = if shape.len() == 1 && (name.ends_with("weight") || name.ends_with("var")) { 1.0 } else { 0.0 };
        let values = noise.draw(Stream::Train, index as u64, count);
        Some((shape, values.iter().map(|x| base + std * x).collect()))
    };
    SavedGenerator::collect(config, 1, find).unwrap()
}

fn pictures(saved: &SavedGenerator, count: usize) -> (Vec<f32>, Vec<Frame>) {
    let device = Device::flex();
    let (generator, weights) = saved.open(&device);
    let source = LatentSource { kind: saved.config.latent, size: 16, seed: 99 };
    let z = source.draw(Stream::Generate, 0, count);
    let frames = crate::latent::render(&generator, &weights, &z, &device).unwrap();
    (z, frames)
}

fn difference(a: &Frame, b: &Frame) -> f64 {
    let sum: f64 = a.data.iter().zip(&b.data).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
    sum / a.data.len() as f64
}

fn find(saved: &SavedGenerator, picture: &Frame, settings: ProjectSettings) -> FoundLatent {
    let search = Projection::new(saved, picture, settings, &Device::flex()).unwrap();
    project(search, Duration::MAX, JobControl::unattended(), &mut |_, _| {}).unwrap()
}

/// By pixels alone: a generator of noise is no photo, in which the network would know what to look for.
fn pixels() -> ProjectSettings {
    ProjectSettings { features: false, ..ProjectSettings::default() }
}

#[test]
fn its_own_pictures_are_found_again() {
    for kind in [LatentKind::Normal, LatentKind::Uniform] {
        let saved = generator(kind);
        let (latents, frames) = pictures(&saved, 12);
        let apart = difference(&frames[0], &frames[1]);
        assert!(apart > 30.0, "{kind:?}: the pictures differ by {apart} only, nothing is proven");
        let found: Vec<FoundLatent> = frames.iter().map(|f| find(&saved, f, pixels())).collect();
        let mut errors: Vec<f64> = found.iter().map(|f| f.likeness.error).collect();
        errors.sort_by(f64::total_cmp);
        println!("{kind:?}: median {:.3}, worst {:.3} of 255; {apart:.1} between two", errors[6], errors[11]);
        assert!(errors[6] < 4.0, "{kind:?}: {errors:?}");
        // Not only the picture but the point itself.
        let same = |(f, z): (&FoundLatent, &[f32])| f.z.iter().zip(z).all(|(a, b)| (a - b).abs() < 0.05);
        let again = found.iter().zip(latents.chunks(16)).map(same).filter(|s| *s).count();
        assert!(again >= 5, "{kind:?}: {again} of 12 latents came back");
        for f in &found {
            let within = if kind == LatentKind::Uniform { 1.0 } else { 6.0 };
            assert!(f.z.iter().all(|x| x.abs() <= within));
        }
    }
}

#[test]
fn the_same_seed_finds_the_same_and_the_share_falls() {
    let saved = generator(LatentKind::Normal);
    let (_, frames) = pictures(&saved, 1);
    let settings = ProjectSettings { restarts: 4, steps: 12, rounds: 6, seed: 5, features: true };
    let first = find(&saved, &frames[0], settings);
    assert_eq!(first, find(&saved, &frames[0], settings));
    assert!(first.likeness.share < 0.3, "{:?}", first.likeness);
    // Without any step it is the best of the random ones.
    let none = find(&saved, &frames[0], ProjectSettings { steps: 0, rounds: 0, ..settings });
    assert!(none.likeness.share > first.likeness.share && none.likeness.share < 1.0, "{:?}", none.likeness);
    assert_eq!(none.steps, 0);
}

#[test]
fn it_reports_can_be_cancelled_and_refuses_other_sizes() {
    let saved = generator(LatentKind::Normal);
    let (_, frames) = pictures(&saved, 1);
    let settings = ProjectSettings { restarts: 2, steps: 6, rounds: 2, seed: 5, features: false };
    let start = || Projection::new(&saved, &frames[0], settings, &Device::flex()).unwrap();
    let total = start().total();
    assert_eq!((start().done(), total), (0, 512 + 6 * 3 * 2 + 2 * 2 * (1 + 16 + 5)), "known before the first picture");
    let cancel = AtomicBool::new(false);
    let control = JobControl::silent(&cancel);
    let mut seen = Vec::new();
    let mut each =
        |p: JobProgress, best: Option<&FoundLatent>| seen.push((p.done, p.total, best.unwrap().likeness.error));
    let end = project(start(), Duration::ZERO, control, &mut each).unwrap();
    // Every step tells, forwards only, and the last one is the end; a search that is stuck earlier has less to do.
    assert!(seen.len() > 14 && seen.windows(2).all(|two| two[0].0 < two[1].0 && two[1].1 <= two[0].1), "{seen:?}");
    assert!(seen.last().is_some_and(|last| last.0 == last.1 && last.1 <= total), "{seen:?}");
    assert!(end.likeness.error <= seen[0].2);
    let stopped = project(start(), Duration::ZERO, control, &mut |_, _| cancel.store(true, Ordering::Relaxed));
    assert!(matches!(stopped, Err(ProjectError::Cancelled)));
    let wide = Frame::filled(64, 32, [0; 3]);
    let refused = Projection::new(&saved, &wide, settings, &Device::flex()).err().unwrap();
    assert_eq!(refused.to_string(), "the picture is 64 x 32 pixels, this generator needs 32 x 32");
}

#[test]
fn a_strange_picture_is_put_in_while_the_others_stay() {
    let saved = generator(LatentKind::Normal);
    // What it has never drawn: four flat corners.
    let mut strange = Frame::filled(32, 32, [210, 40, 60]);
    for (pixel, at) in strange.data.chunks_exact_mut(3).zip(0usize..) {
        if at % 32 < 16 {
            pixel.copy_from_slice(if at < 512 { &[30, 160, 220] } else { &[240, 230, 120] });
        }
    }
    let (latents, frames) = pictures(&saved, 1);
    let before = difference(&frames[0], &strange);
    let settings = TuneSettings { steps: 150, seed: 3 };
    let start = || Tuning::new(&saved, &latents, &strange, settings, &Device::flex()).unwrap();
    let mut progress = Vec::new();
    let tuned = tune(start(), Duration::MAX, JobControl::unattended(), &mut |p, _| progress.push(p.done)).unwrap();
    assert_eq!(progress, (1..=150).collect::<Vec<_>>());
    let [moved, most] = tuned.moved;
    println!("error {before:.1} -> {:.1}; others moved {moved:.1}, at most {most:.1}", tuned.error);
    assert!(tuned.error < 0.85 * before, "{before} -> {}", tuned.error);
    // Far more of it has come than the others have moved.
    assert!(moved < 0.7 * (before - tuned.error) && moved <= most, "{moved} {most}");
    // It is the picture of the tuned generator, and all but the weights is as it was.
    let (generator, weights) = tuned.generator.open(&Device::flex());
    let drawn = crate::latent::render(&generator, &weights, &latents, &Device::flex()).unwrap();
    assert_eq!(drawn[0], tuned.frame);
    assert_eq!((tuned.generator.config.clone(), tuned.generator.step), (saved.config.clone(), saved.step));
    assert_ne!(tuned.generator.hash(), saved.hash());
    let cancel = AtomicBool::new(true);
    let stopped = tune(start(), Duration::MAX, JobControl::silent(&cancel), &mut |_, _| panic!("not even one step"));
    assert!(matches!(stopped, Err(ProjectError::Cancelled)));
}
