use super::*;
use crate::config::{Norm, Preset, Upsample};
use crate::model::layout::Layout;
use burn::tensor::Device;

/// A small modern network.
fn modern(size: u32, width: u32) -> ModelConfig {
    let preset = Preset::find("modern-64").unwrap().config().model;
    ModelConfig { size, g_width: width, d_width: width, latent_size: 16, ..preset }
}

fn classic(size: u32) -> ModelConfig {
    ModelConfig { size, g_width: 12, d_width: 12, latent_size: 16, ..ModelConfig::default() }
}

fn latents(count: usize, salt: usize) -> Tensor<2> {
    let values: Vec<f32> = (0..count * 16).map(|i| ((i * 7919 + salt) as f32 * 12.9898).sin() * 1.7).collect();
    Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([count, 16])
}

/// Weights that give pictures with contrast, and statistics that fit them.
fn trained(layout: &Layout, seed: u64, scale: f64) -> Weights {
    let mut weights = layout.init(seed, 0, &Device::flex());
    weights.params.iter_mut().zip(&layout.params).for_each(|(p, shape)| {
        if shape.shape.len() > 1 {
            *p = p.clone() * scale;
        } else {
            *p = p.clone() + layout.init(seed + 1, 0, &Device::flex()).params[0].clone().slice([0..shape.shape[0]]);
        }
    });
    weights
}

struct Pair {
    config: ModelConfig,
    g: Weights,
    d: Weights,
}

impl Pair {
    fn new(config: ModelConfig) -> Self {
        config.validate().unwrap();
        let (generator, discriminator) = (Generator::new(&config), Discriminator::new(&config));
        let mut g = trained(generator.layout(), 5, 4.0);
        g.stats = generator.calibrate(latents(32, 3), &g);
        let d = trained(discriminator.layout(), 6, 1.5);
        Self { config, g, d }
    }

    fn grow(&self) -> Self {
        let grown = grow(&self.config, &self.g, Some(&self.d), latents(16, 1), 9).unwrap();
        Self { config: grown.config, g: grown.generator, d: grown.discriminator.unwrap() }
    }

    /// By running statistics, and by the batch's.
    fn pictures(&self, z: &Tensor<2>) -> [Tensor<4>; 2] {
        let generator = Generator::new(&self.config);
        [generator.evaluate(z.clone(), &self.g), generator.frozen(z.clone(), &self.g)]
    }

    fn logits(&self, x: &Tensor<4>) -> [Tensor<1>; 2] {
        let discriminator = Discriminator::new(&self.config);
        [discriminator.evaluate(x.clone(), &self.d), discriminator.frozen(x.clone(), &self.d)]
    }
}

/// Root of the mean square of the difference, beside that of the first one around its mean.
fn apart<const D: usize>(a: &Tensor<D>, b: &Tensor<D>) -> f32 {
    let size = |x: Tensor<D>| x.square().mean().into_scalar::<f32>().sqrt();
    let mean = a.clone().mean().into_scalar::<f32>();
    size(a.clone() - b.clone()) / size(a.clone() - mean)
}

#[test]
fn a_grown_generator_begins_as_an_enlargement() {
    let other = |kernel, norm, upsample| ModelConfig { kernel, norm, upsample, ..classic(32) };
    // By running statistics it is exact, but for a full-size stage, where random kernels on random maps are hardest.
    // By those of the batch, brightness and contrast follow the batch's.
    const EXACT: f32 = 1e-3;
    const FITTED: f32 = 0.45;
    const BATCH: f32 = 0.05;
    for (config, tolerance) in [
        (classic(32), EXACT),
        (classic(64), EXACT),
        (other(3, Norm::Batch, Upsample::Transposed), EXACT),
        (other(5, Norm::Batch, Upsample::Transposed), EXACT),
        (other(4, Norm::None, Upsample::Transposed), EXACT),
        (other(4, Norm::None, Upsample::SubPixel), EXACT),
        (modern(64, 12), FITTED),
        (ModelConfig { upsample: Upsample::Transposed, ..modern(64, 12) }, FITTED),
        (ModelConfig { excitation: false, norm: Norm::None, ..modern(32, 12) }, FITTED),
    ] {
        let small = Pair::new(config);
        let large = small.grow();
        let z = latents(16, 5);
        let pairs = small.pictures(&z).into_iter().zip(large.pictures(&z));
        for ((old, new), tolerance) in pairs.zip([tolerance, tolerance + BATCH]) {
            assert_eq!(new.dims()[2], 2 * small.config.size as usize);
            let found = apart(&host::enlarged(old), &new);
            assert!(found < tolerance, "{:?}: {found}", small.config);
        }
    }
}

#[test]
fn a_grown_discriminator_begins_as_a_reduction() {
    for config in [
        modern(64, 12),
        ModelConfig { d_residual: false, ..modern(64, 12) },
        classic(32),
        ModelConfig { kernel: 3, d_input_norm: true, ..classic(32) },
        ModelConfig { kernel: 5, d_residual: true, ..classic(64) },
    ] {
        let small = Pair::new(config);
        let large = small.grow();
        // The latents that it was grown with: normalisation by the batch follows them.
        let [pictures, _] = small.pictures(&latents(16, 1));
        let pairs = small.logits(&pictures).into_iter().zip(large.logits(&host::enlarged(pictures)));
        for (mode, (old, new)) in pairs.enumerate() {
            let found = apart(&old, &new);
            assert!(found < 1e-3, "{:?} mode {mode}: {found}", small.config);
        }
    }
}

/// A step downhill for both networks; gives the share of each tensor that no gradient reached: the generator's, then
/// the discriminator's.
fn step(pair: &mut Pair) -> Vec<(String, f64)> {
    let (generator, discriminator) = (Generator::new(&pair.config), Discriminator::new(&pair.config));
    let (g, d) = (pair.g.tracked(), pair.d.tracked());
    let pictures = generator.train(latents(8, 11).autodiff(), &g, &mut pair.g.stats);
    let logits = discriminator.train(pictures, &d, &mut pair.d.stats);
    let gradients = (logits.clone().square() + logits).sum().backward();
    let mut dead = Vec::new();
    for (weights, tracked, layout) in [(&mut pair.g, &g, generator.layout()), (&mut pair.d, &d, discriminator.layout())]
    {
        for ((param, tracked), shape) in weights.params.iter_mut().zip(tracked).zip(&layout.params) {
            let gradient = tracked.grad(&gradients).unwrap();
            let largest = gradient.clone().abs().max().into_scalar::<f32>();
            *param = param.clone() - gradient.clone() * (1e-3 / largest.max(f32::MIN_POSITIVE));
            let values = gradient.into_data().try_into_vec::<f32>().unwrap();
            let zeros = values.iter().filter(|x| **x == 0.0).count();
            dead.push((shape.name.clone(), zeros as f64 / values.len() as f64));
        }
    }
    dead
}

/// Nothing that the new stages hold is out of the reach of gradients: in the generator at once, in the discriminator
/// after a step, since nobody reads the channels of the new stage that carry nothing.
#[test]
fn every_weight_of_a_grown_model_can_learn() {
    for config in [modern(64, 12), classic(32)] {
        let mut grown = Pair::new(config).grow();
        let generators = Generator::new(&grown.config).layout().params.len();
        let (first, second) = (step(&mut grown), step(&mut grown));
        for (name, share) in first[..generators].iter().chain(&second) {
            assert!(*share < 0.05, "{share} of {name} is dead");
        }
    }
}

/// 64 to 128 to 256 px: each begins as an enlargement of the first.
#[test]
fn grows_twice() {
    let small = Pair::new(modern(64, 24));
    let large = small.grow().grow();
    assert_eq!((large.config.size, large.config.g_width, large.config.d_width), (256, 6, 6));
    let z = latents(6, 5);
    let ([old, _], [new, _]) = (small.pictures(&z), large.pictures(&z));
    let found = apart(&host::enlarged(host::enlarged(old.clone())), &new);
    assert!(found < 0.5, "{found}");
    let ([old, _], [new, _]) = (small.logits(&old), large.logits(&host::enlarged(host::enlarged(old))));
    assert!(apart(&old, &new) < 1e-3);
    let error = grown(&large.config, true).unwrap_err();
    assert!(error.key == "size" && error.reason.contains("256 px"), "{error}");
}

#[test]
fn what_cannot_grow_is_refused_with_the_reason() {
    let article = ModelConfig { family: Family::Article, kernel: 5, ..classic(64) };
    let spectral = ModelConfig { d_norm: DNorm::Spectral, ..modern(64, 12) };
    let narrow = ModelConfig { g_width: 10, ..modern(64, 12) };
    let odd = ModelConfig { d_width: 13, ..modern(64, 12) };
    for (config, key) in [
        (article, "family"),
        (spectral, "d-norm"),
        (narrow, "g-width"),
        (odd, "d-width"),
        (modern(32, 12), "excitation"),
    ] {
        config.validate().unwrap();
        assert_eq!(grown(&config, true).unwrap_err().key, key);
    }
    // Without a discriminator, its settings do not matter.
    assert!(grown(&ModelConfig { d_norm: DNorm::Spectral, d_width: 13, ..modern(64, 12) }, false).is_ok());
}
