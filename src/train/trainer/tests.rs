//! Which penalty is due when, how sure a discriminator is, what 16 bits cannot hold, and the sizes that the README
//! states.

use super::*;
use crate::compute::upload;
use crate::config::{DNorm, DataConfig, LossKind, ModelConfig, PRESETS, PictureUse, Preset, Usage};
use crate::data::DataHome;
use crate::interrupt::JobControl;
use crate::latent::Stream;
use crate::metrics::SignMean;
use crate::train::augment::Augmenter;
use crate::train::penalty::penalty;

/// Sixteen cats, networks of width 4; the optimiser's first moment is the gradient of the newest update.
fn trainer(change: impl FnOnce(&mut RunConfig)) -> Trainer {
    let model =
        ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 8, d_norm: DNorm::None, ..ModelConfig::default() };
    let data = DataConfig { demo_count: 16, ..DataConfig::default() };
    let mut config = RunConfig { model, data, batch: 4, beta1: 0.0, penalty_every: 3, ..RunConfig::default() };
    change(&mut config);
    let folder = tempfile::tempdir().unwrap();
    let dataset = Dataset::prepare(&config.data, 32, &DataHome::at(folder.path()), JobControl::unattended()).unwrap();
    let mut trainer = Trainer::new(config, ComputeDevice::cpu(), Arc::new(dataset)).unwrap();
    // The published first weights are so small that slopes and logits would be nearly zero.
    let larger = |params: &[Tensor<1>]| params.iter().map(|p| p.clone() * 3.0).collect();
    trainer.state.d.weights.params = larger(&trainer.state.d.weights.params);
    trainer.state.g.weights.params = larger(&trainer.state.g.weights.params);
    trainer
}

fn values(tensors: &[Tensor<1>]) -> Vec<f32> {
    tensors.iter().flat_map(|t| t.clone().into_data().try_into_vec::<f32>().unwrap()).collect()
}

/// Updates 0, 3, 6 ... have penalties, with three times their weight; counted are updates, of which a step may have
/// several.
#[test]
fn penalties_are_due_at_every_third_update() {
    for d_steps in [1, 2] {
        let set = |penalty: f64| {
            move |c: &mut RunConfig| {
                (c.tunables.r1, c.tunables.r2, c.tunables.d_steps) = (penalty, 2.0 * penalty, d_steps);
            }
        };
        let (mut with, mut without) = (trainer(set(0.5)), trainer(set(0.0)));
        for step in 0..6u64 {
            without.state = with.state.clone();
            let updates = step * u64::from(d_steps)..(step + 1) * u64::from(d_steps);
            assert_eq!(with.state.batches, updates.start);
            let first = if updates.start % 3 == 0 { [1.5, 3.0] } else { [0.0, 0.0] };
            assert_eq!((with.rules().penalties, without.rules().penalties), (first, [0.0, 0.0]));
            with.step().unwrap();
            without.step().unwrap();
            let same = values(&with.state.d.weights.params) == values(&without.state.d.weights.params);
            let due = updates.clone().any(|update| update % 3 == 0);
            assert_eq!(same, !due, "updates {updates:?}");
        }
    }
}

/// Pictures, latents and changes of the next update.
fn next_material(trainer: &mut Trainer) -> (Tensor<4>, Tensor<2>, Augmenter) {
    let (share, amount) = (trainer.material.share, trainer.amount());
    trainer.material.draw(share, trainer.state.batches, amount)
}

/// What a penalty adds to the gradient is its own gradient of three times the weight, R1's at the real pictures of the
/// update, R2's at the generated ones.
#[test]
fn r1_is_taken_at_real_and_r2_at_generated_pictures() {
    for (r1, r2) in [(0.5, 0.0), (0.0, 0.5)] {
        let mut plain = trainer(|_| {});
        let mut penalised = trainer(|c| (c.tunables.r1, c.tunables.r2) = (r1, r2));
        let weights = plain.state.d.weights.clone();
        let (_, z, _) = next_material(&mut plain);
        let gradient = |x: Tensor<4>| {
            let params = weights.tracked();
            let gradients = penalty(&plain.discriminator, &weights, &params, x, 0.5 * 3.0).backward();
            let zeros = |p: &Tensor<1>| p.clone().without_autodiff().zeros_like();
            let all: Vec<_> = params.iter().map(|p| p.grad(&gradients).unwrap_or_else(|| zeros(p))).collect();
            values(&all)
        };
        let fake = plain.generator.frozen(z, &plain.state.g.weights);
        let at_fake = gradient(fake);
        let (real, ..) = next_material(&mut penalised);
        let at_real = gradient(real);
        plain.step().unwrap();
        penalised.step().unwrap();
        let (without, with) = (values(&plain.state.d.adam.first), values(&penalised.state.d.adam.first));
        let added: Vec<f32> = with.iter().zip(without).map(|(a, b)| a - b).collect();
        let apart = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
        let (expected, other) = if r1 > 0.0 { (at_real, at_fake) } else { (at_fake, at_real) };
        let length = apart(&expected, &vec![0.0; expected.len()]);
        assert!(apart(&added, &expected) < 1e-3 * length, "{} of {length}", apart(&added, &expected));
        assert!(apart(&added, &other) > 0.1 * length, "both pictures have the same penalty: nothing is proven");
    }
}

/// A discriminator that says the same of every picture: where the middle lies decides.
#[test]
fn how_sure_it_is_counts_from_the_middle_of_each_loss() {
    let sure = |loss: LossKind, says: f32| {
        let mut trainer = trainer(|c| c.model.loss = loss);
        let params = &mut trainer.state.d.weights.params;
        *params = params.iter().map(Tensor::zeros_like).collect();
        let bias = trainer.discriminator.layout().params.len() - 1;
        params[bias] = Tensor::from_floats([says], trainer.device.device());
        let [sign, held] = trainer.sign_means(&trainer.some_pictures(), &trainer.some_pictures()[..3]).unwrap();
        assert_eq!(sign.map(|s| s.mean), held.map(|s| s.mean));
        sign.unwrap().mean
    };
    assert_eq!([-0.3, 0.3, 0.7].map(|says| sure(LossKind::Bce, says)), [-1.0, 1.0, 1.0]);
    assert_eq!([-0.3, 0.3, 0.7].map(|says| sure(LossKind::Lsgan, says)), [-1.0, -1.0, 1.0]);
    // It judges generated pictures the same, so it is sure of nothing.
    assert_eq!([-0.3, 0.3, 0.7].map(|says| sure(LossKind::Rpgan, says)), [0.0, 0.0, 0.0]);
}

/// With a loss that only compares, each real picture counts by whether its logit is above the generated pictures' mean,
/// whatever is added to all of them.
#[test]
fn a_relativistic_discriminator_is_sure_of_what_is_above_the_generated_mean() {
    let mut trainer = trainer(|c| c.model.loss = LossKind::Rpgan);
    let pictures = trainer.some_pictures();
    let judge = |trainer: &Trainer, x: Tensor<4>| values(&[trainer.discriminator.frozen(x, &trainer.state.d.weights)]);
    let count = pictures.len();
    let bytes = pictures.iter().flat_map(|p| (0..3).flat_map(|c| p.data.iter().skip(c).step_by(3)));
    let planes: Vec<f32> = bytes.map(|b| f32::from(*b) / 127.5 - 1.0).collect();
    let real = judge(&trainer, upload(planes, [count, 3, 32, 32], trainer.device.device()));
    let z = trainer.latents.draw(Stream::Samples, 0, count);
    let z = upload(z, [count, trainer.latents.size], trainer.device.device());
    let fake = judge(&trainer, trainer.generator.frozen(z, &trainer.state.g.weights));
    let middle = fake.iter().sum::<f32>() / count as f32;
    let expected: f32 = real.iter().map(|r| (r - middle).signum()).sum::<f32>() / count as f32;
    let last = trainer.discriminator.layout().params.len() - 1;
    for shift in [0.0, 5.0, -10.0] {
        let bias = &mut trainer.state.d.weights.params[last];
        *bias = bias.clone() + shift;
        let [sign, held] = trainer.sign_means(&pictures, &[]).unwrap();
        let expected = SignMean { mean: f64::from(expected), pictures: count };
        assert_eq!((sign, held), (Some(expected), None), "shifted by {shift}");
    }
}

#[test]
fn the_readme_states_each_presets_size() {
    let readme = include_str!("../../../README.md");
    for preset in PRESETS {
        let config = Preset::find(preset.name).unwrap().config();
        let count = Generator::new(&config.model).layout().parameter_count();
        let row = readme.lines().find(|line| line.starts_with(&format!("| `{}` |", preset.name)));
        let row = row.unwrap_or_else(|| panic!("README.md has no row of {}", preset.name));
        let cells: Vec<&str> = row.split('|').map(str::trim).collect();
        assert_eq!(cells[2], format!("{} px", config.model.size), "{}", preset.name);
        let stated = cells[3].trim_end_matches(" parameters").replace(',', "");
        assert_eq!(stated, count.to_string(), "{}", preset.name);
    }
}

/// A gradient beyond the range of its numbers, as 16 bits have it early: the training goes on from its last finite
/// state with a smaller loss scale. Without a scale there is nothing to lower, and the run has diverged.
#[test]
fn numbers_that_are_too_large_lower_the_loss_scale() {
    let mut trainer = trainer(|_| {});
    trainer.step().unwrap();
    assert_eq!(trainer.read_losses().unwrap().len(), 1);
    let kept = values(&trainer.state.d.weights.params);
    for network in [&mut trainer.state.g, &mut trainer.state.d] {
        network.adam.loss_scale = 1e39;
    }
    trainer.step().unwrap();
    assert!(trainer.read_losses().unwrap().is_empty());
    assert_eq!((trainer.step_count(), values(&trainer.state.d.weights.params)), (1, kept));
    let again = std::iter::repeat_with(|| {
        trainer.step().unwrap();
        trainer.read_losses().unwrap().len()
    });
    assert!(again.take(20).any(|read| read == 1), "no scale was small enough");
    assert_eq!(trainer.step_count(), 2);
    assert!((1.0..1e39).contains(&trainer.state.g.adam.loss_scale));
    assert!(values(&trainer.state.g.weights.params).iter().all(|w| w.is_finite()));

    // With 16 bits, what was lowered rises again once enough steps were fine.
    trainer.config.precision = Precision::Mixed;
    trainer.set_loss_scale(64.0);
    for (step, scale) in [(1000, 64.0), (2001, 128.0), (2500, 128.0), (4001, 256.0)] {
        trainer.state.step = step;
        trainer.step().unwrap();
        trainer.read_losses().unwrap();
        assert_eq!((trainer.state.g.adam.loss_scale, trainer.state.d.adam.loss_scale), (scale, scale), "step {step}");
    }

    trainer.set_loss_scale(1.0);
    let kept = trainer.step_count();
    trainer.state.d.weights.params[0] = trainer.state.d.weights.params[0].clone() * f64::INFINITY;
    trainer.step().unwrap();
    assert!(matches!(trainer.read_losses(), Err(TrainError::Diverged { kept: k, .. }) if k == kept));
}

/// From the next step on, and the same after a resume; the order of the others follows from seed and step as before.
#[test]
fn pictures_are_left_out_and_favoured_also_after_a_resume() {
    let mut trainer = trainer(|_| {});
    let [gone, liked] = [trainer.split.training[0], trainer.split.training[1]];
    let seen = |trainer: &mut Trainer| -> Vec<u32> {
        let steps = trainer.split.training.len() as u64 + 1;
        (0..steps).flat_map(|step| trainer.material.batcher.picks(step)).map(|pick| pick.index as u32).collect()
    };
    let count = |seen: &[u32], picture: u32| seen.iter().filter(|p| **p == picture).count();
    let before = seen(&mut trainer);
    assert!(count(&before, gone) >= 4);
    trainer.step().unwrap();
    let mut tunables = trainer.tunables().clone();
    tunables.pictures.set(&trainer.dataset.digests()[gone as usize], Usage::LeftOut);
    tunables.pictures.set(&trainer.dataset.digests()[liked as usize], Usage::Favoured);
    trainer.set_tunables(tunables.clone()).unwrap();
    // One picture fewer and two more of another: as many batches of four as there are picks are four epochs.
    let after = seen(&mut trainer);
    assert_eq!((count(&after, gone), count(&after, liked)), (0, 12));
    assert!(trainer.split.training[2..].iter().all(|other| count(&after, *other) == 4));
    let checkpoint = trainer.checkpoint(1, 0.0).unwrap();
    let (config, device, dataset) = (trainer.config.clone(), trainer.device.clone(), trainer.dataset.clone());
    let mut resumed = Trainer::resume(config, device, dataset, &checkpoint).unwrap();
    assert_eq!(seen(&mut resumed), after);
    for trainer in [&mut trainer, &mut resumed] {
        trainer.step().unwrap();
    }
    assert_eq!(values(&resumed.state.d.weights.params), values(&trainer.state.d.weights.params));
    for picture in trainer.split.training.clone() {
        assert!(!trainer.all_left_out());
        tunables.pictures.set(&trainer.dataset.digests()[picture as usize], Usage::LeftOut);
        trainer.set_tunables(tunables.clone()).unwrap();
    }
    assert!(trainer.all_left_out());
    assert_eq!(seen(&mut trainer), before, "a training always has pictures");
    tunables.pictures = PictureUse::default();
    trainer.set_tunables(tunables).unwrap();
    assert_eq!(seen(&mut trainer), before);
}
