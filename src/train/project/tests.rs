//! A generator's own pictures are found again.

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

fn find(saved: &SavedGenerator, critic: bool, picture: &Frame, settings: ProjectSettings) -> FoundLatent {
    let device = Device::flex();
    let critic = critic.then(|| {
        let d = Discriminator::new(&saved.config);
        let weights = d.layout().init(3, 1, &device);
        (d, weights)
    });
    let search = Projection::new(saved, critic, picture, settings, &device).unwrap();
    project(search, 0, JobControl::unattended(), &mut |_, _| {}).unwrap()
}

#[test]
fn its_own_pictures_are_found_again() {
    for kind in [LatentKind::Normal, LatentKind::Uniform] {
        let saved = generator(kind);
        let (latents, frames) = pictures(&saved, 20);
        let apart = difference(&frames[0], &frames[1]);
        assert!(apart > 30.0, "{kind:?}: the pictures differ by {apart} only, nothing is proven");
        let found: Vec<FoundLatent> =
            frames.iter().map(|f| find(&saved, false, f, ProjectSettings::default())).collect();
        let mut errors: Vec<f64> = found.iter().map(|f| f.error).collect();
        errors.sort_by(f64::total_cmp);
        println!("{kind:?}: median {:.3}, worst {:.3} of 255; {apart:.1} between two", errors[10], errors[19]);
        assert!(errors[10] < 4.0, "{kind:?}: {errors:?}");
        // Not only the picture but the point itself.
        let same = |(f, z): (&FoundLatent, &[f32])| f.z.iter().zip(z).all(|(a, b)| (a - b).abs() < 0.05);
        let again = found.iter().zip(latents.chunks(16)).map(same).filter(|s| *s).count();
        assert!(again >= 10, "{kind:?}: {again} of 20 latents came back");
        for f in &found {
            let within = if kind == LatentKind::Uniform { 1.0 } else { 6.0 };
            assert!(f.z.iter().all(|x| x.abs() <= within));
        }
    }
}

#[test]
fn the_same_seed_finds_the_same_and_a_critic_does_not_hinder() {
    let saved = generator(LatentKind::Normal);
    let (_, frames) = pictures(&saved, 1);
    let settings = ProjectSettings { restarts: 4, steps: 20, rounds: 8, seed: 5 };
    let first = find(&saved, true, &frames[0], settings);
    assert_eq!(first, find(&saved, true, &frames[0], settings));
    assert!(first.error < 4.0, "{}", first.error);
    // Without any step it is the best of the random ones.
    let none = find(&saved, true, &frames[0], ProjectSettings { steps: 0, rounds: 0, ..settings });
    assert!(none.error > first.error && none.error < 60.0, "{}", none.error);
}

#[test]
fn it_reports_can_be_cancelled_and_refuses_other_sizes() {
    let saved = generator(LatentKind::Normal);
    let (_, frames) = pictures(&saved, 1);
    let settings = ProjectSettings { restarts: 2, steps: 6, rounds: 2, seed: 5 };
    let start = || Projection::new(&saved, None, &frames[0], settings, &Device::flex()).unwrap();
    let cancel = AtomicBool::new(false);
    let control = JobControl::silent(&cancel);
    let mut seen = Vec::new();
    let end = project(start(), 2, control, &mut |p, best| seen.push((p.done, p.total, best.error))).unwrap();
    assert_eq!(seen.iter().map(|s| (s.0, s.1)).collect::<Vec<_>>(), [(2, 8), (4, 8), (6, 8)]);
    assert!(end.error <= seen[0].2);
    let stopped = project(start(), 1, control, &mut |_, _| cancel.store(true, Ordering::Relaxed));
    assert!(matches!(stopped, Err(ProjectError::Cancelled)));
    let wide = Frame::filled(64, 32, [0; 3]);
    let refused = Projection::new(&saved, None, &wide, settings, &Device::flex()).err().unwrap();
    assert_eq!(refused.to_string(), "the picture is 64 x 32 pixels, this generator needs 32 x 32");
}
