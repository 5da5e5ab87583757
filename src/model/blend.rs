//! Two models of the same networks become one: their weights are mixed, layer by layer.
//!
//! Weights of one training at different times, or of trainings that began with the same model, can be averaged and
//! still work (Izmailov et al. 2018); a share that changes with the resolution takes the shape from one model and the
//! details from the other (Pinkney and Adler 2020).

use super::describe::{ConvTransposeInfo, GateInfo, LayerInfo};
use super::discriminator::Discriminator;
use super::generator::Generator;
use super::layout::Weights;
use super::networks::SavedDiscriminator;
use super::saved::{NamedTensor, SavedGenerator};
use crate::compute::{DeviceError, read};
use crate::config::{BlendAmounts, ModelConfig, SettingError};
use burn::tensor::{Device, Tensor};
use std::collections::HashMap;

/// Below this correlation two models have no training in common: independent ones are below 0.1, and a model that was
/// trained further stays far above.
const RELATED: f64 = 0.3;

/// Why two models cannot be blended.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BlendError {
    /// Their networks differ.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// Mixes two generators; the numbers of the second count as `amounts` says. What normalises them is measured anew:
/// `latents` are batches (B x latent size), the more the more exact.
///
/// # Errors
/// Generators of different networks; when the device fails.
pub(crate) fn blend_generators(
    a: &SavedGenerator,
    b: &SavedGenerator,
    amounts: &BlendAmounts,
    latents: impl Iterator<Item = Tensor<2>>,
) -> Result<SavedGenerator, BlendError> {
    comparable(a, b)?;
    let sides = generator_sides(&Generator::new(&a.config));
    let share = |name: &str| sides.get(name).map_or(0.0, |side| amounts.at(*side));
    let mut blended = SavedGenerator { tensors: mixed(&a.tensors, &b.tensors, share), ..a.clone() };
    blended.step = a.step.max(b.step);
    for (whole, model) in [(0.0, a), (1.0, b)] {
        if a.tensors.iter().all(|t| share(&t.name) == whole) {
            blended.tensors.clone_from(&model.tensors);
            return Ok(blended);
        }
    }
    // Averages of two models' statistics are not those of the blend: its weights give other maps.
    let (generator, weights) = blended.open(&Device::flex());
    let settled: Weights = generator.settled(&weights, latents);
    let count = settled.params.len();
    for (tensor, values) in blended.tensors[count..].iter_mut().zip(read(settled.stats)?) {
        tensor.values = values;
    }
    Ok(blended)
}

/// Mixes two discriminators of the networks that `config` describes; none where their shapes differ. Running statistics
/// are mixed too: what they are of, real pictures, is not here.
pub(crate) fn blend_discriminators(
    config: &ModelConfig,
    [a, b]: [&SavedDiscriminator; 2],
    amounts: &BlendAmounts,
) -> Option<SavedDiscriminator> {
    let same = |(a, b): (&NamedTensor, &NamedTensor)| a.name == b.name && a.shape == b.shape;
    if a.tensors.len() != b.tensors.len() || !a.tensors.iter().zip(&b.tensors).all(same) {
        return None;
    }
    let discriminator = Discriminator::new(config);
    let share = |name: &str| discriminator.side_of(name).map_or(0.0, |side| amounts.at(side));
    Some(SavedDiscriminator { tensors: mixed(&a.tensors, &b.tensors, share) })
}

/// How alike the weights of two generators are, from -1 to 1: the cosine of the angle between all their kernels.
///
/// # Errors
/// As [`blend_generators`].
pub(crate) fn correlation(a: &SavedGenerator, b: &SavedGenerator) -> Result<f64, SettingError> {
    comparable(a, b)?;
    let kernels = a.tensors.iter().zip(&b.tensors).filter(|(a, _)| a.shape.len() > 1);
    let [mut ab, mut aa, mut bb] = [0.0; 3];
    for (a, b) in kernels.flat_map(|(a, b)| a.values.iter().zip(&b.values)) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        (ab, aa, bb) = (ab + a * b, aa + a * a, bb + b * b);
    }
    Ok(ab / (aa * bb).sqrt().max(f64::MIN_POSITIVE))
}

/// Whether models whose weights correlate like this have a training in common.
pub(crate) fn related(correlation: f64) -> bool {
    correlation >= RELATED
}

fn comparable(a: &SavedGenerator, b: &SavedGenerator) -> Result<(), SettingError> {
    let Some((param, other)) = b.config.contradicts(&a.config, false) else { return Ok(()) };
    let reason = format!(
        "is {other} in one model and {} in the other: only models of the same networks can be blended, such as two \
         trainings that started from one model",
        param.get(&b.config)
    );
    Err(SettingError::new(param.key, reason))
}

fn mixed(a: &[NamedTensor], b: &[NamedTensor], share: impl Fn(&str) -> f64) -> Vec<NamedTensor> {
    let mix = |a: &NamedTensor, b: &NamedTensor| {
        let share = share(&a.name);
        let mix = |(a, b): (&f32, &f32)| ((1.0 - share) * f64::from(*a) + share * f64::from(*b)) as f32;
        NamedTensor { values: a.values.iter().zip(&b.values).map(mix).collect(), ..a.clone() }
    };
    a.iter().zip(b).map(|(a, b)| mix(a, b)).collect()
}

/// The side of the map that each tensor works on, after its layer.
fn generator_sides(generator: &Generator) -> HashMap<String, usize> {
    let (mut side, mut sides) = (1, HashMap::new());
    for layer in generator.layers() {
        let names = match layer {
            // Its map is made of the vector in the next layer, at the side that every generator begins with.
            LayerInfo::Linear { weight, bias, .. } => {
                side = generator.base;
                vec![Some(weight), bias]
            }
            LayerInfo::ConvTranspose(conv) => {
                side = conv.side_after(side);
                let ConvTransposeInfo { weight, bias, .. } = conv;
                vec![Some(weight), bias]
            }
            LayerInfo::BatchNorm { gamma, beta, mean, var, .. } => {
                [gamma, beta, mean, var].into_iter().map(Some).collect()
            }
            LayerInfo::Gate(GateInfo { first, second, .. }) => vec![Some(first), Some(second)],
            LayerInfo::Reshape { .. }
            | LayerInfo::Relu
            | LayerInfo::LeakyRelu { .. }
            | LayerInfo::Tanh
            | LayerInfo::Keep { .. } => continue,
        };
        sides.extend(names.into_iter().flatten().map(|name| (name, side)));
    }
    sides
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;
    use crate::model::layout::Layout;

    fn config() -> ModelConfig {
        let preset = Preset::find("modern-64").unwrap().config().model;
        ModelConfig { g_width: 4, d_width: 4, latent_size: 12, ..preset }
    }

    fn batches(count: usize) -> impl Iterator<Item = Tensor<2>> {
        (0..count).map(|batch| {
            let values: Vec<f32> = (0..32 * 12).map(|i| ((i + 5000 * batch) as f32 * 1.7).sin() * 1.4).collect();
            Tensor::<1>::from_floats(values.as_slice(), &Device::flex()).reshape([32, 12])
        })
    }

    fn tensors(layout: &Layout, seed: u64, scale: f32) -> HashMap<String, (Vec<usize>, Vec<f32>)> {
        let drawn = read(layout.init(seed, 0, &Device::flex()).tensors().cloned().collect()).unwrap();
        let named = layout.names().zip(drawn);
        named
            .map(|((name, shape), mut values)| {
                if shape.len() > 1 {
                    values.iter_mut().for_each(|v| *v *= scale);
                }
                (name.to_owned(), (shape, values))
            })
            .collect()
    }

    /// A generator with statistics of its own.
    fn generator(seed: u64, scale: f32) -> SavedGenerator {
        let found = tensors(Generator::new(&config()).layout(), seed, scale);
        let mut saved = SavedGenerator::collect(config(), seed, |name| found.get(name).cloned()).unwrap();
        let (generator, weights) = saved.open(&Device::flex());
        let settled = generator.settled(&weights, batches(4));
        let count = settled.params.len();
        for (tensor, values) in saved.tensors[count..].iter_mut().zip(read(settled.stats).unwrap()) {
            tensor.values = values;
        }
        saved
    }

    /// What a further training does to it.
    fn moved(model: &SavedGenerator, by: f32) -> SavedGenerator {
        let other = generator(99, 3.0);
        let mut moved = model.clone();
        for (tensor, other) in moved.tensors.iter_mut().zip(&other.tensors).filter(|(t, _)| t.shape.len() > 1) {
            tensor.values.iter_mut().zip(&other.values).for_each(|(v, o)| *v += by * o);
        }
        moved
    }

    #[test]
    fn ends_are_the_models_and_layers_follow_their_resolution() {
        let (a, b) = (generator(1, 3.0), generator(2, 3.0));
        let blend = |text: &str| blend_generators(&a, &b, &text.parse().unwrap(), batches(1)).unwrap();
        assert_eq!((blend("0").tensors, blend("1").tensors), (a.tensors.clone(), b.tensors.clone()));
        let swapped = blend("8:0,32:1");
        for (name, share) in [
            ("main.0.weight", 0.0),
            ("main.1.bias", 0.0),
            ("main.3.weight", 0.0),
            ("main.6.weight", 0.5),
            ("main.9.weight", 1.0),
            ("main.12.weight", 1.0),
            ("gate.0.0.weight", 1.0),
            ("main.15.weight", 1.0),
        ] {
            let value = |model: &SavedGenerator| f64::from(model.tensor(name).unwrap().values[0]);
            let expected = (1.0 - share) * value(&a) + share * value(&b);
            assert!((value(&swapped) - expected).abs() < 1e-7, "{name}");
        }
        assert_eq!(swapped.step, 2);
    }

    /// The blend by its own statistics looks as it does by those of a batch; by averaged statistics it does not.
    #[test]
    fn statistics_are_measured_not_averaged() {
        let a = generator(1, 3.0);
        let b = generator(2, 3.0);
        let blend = blend_generators(&a, &b, &BlendAmounts::even(0.5), batches(4)).unwrap();
        let averaged = SavedGenerator { tensors: mixed(&a.tensors, &b.tensors, |_| 0.5), ..a.clone() };
        let z = batches(9).last().unwrap();
        let (generator, weights) = blend.open(&Device::flex());
        let expected = generator.frozen(z.clone(), &weights);
        let apart = |model: &SavedGenerator| {
            let (generator, weights) = model.open(&Device::flex());
            (generator.evaluate(z.clone(), &weights) - expected.clone()).abs().mean().into_scalar::<f32>()
        };
        let (own, other) = (apart(&blend), apart(&averaged));
        assert!(own < 0.5 * other, "{own} and {other}");
    }

    #[test]
    fn relatives_are_told_from_strangers() {
        let (a, b) = (generator(1, 3.0), generator(2, 3.0));
        let alike = correlation(&a, &moved(&a, 0.5)).unwrap();
        let unlike = correlation(&a, &b).unwrap();
        assert!(related(alike) && !related(unlike) && unlike.abs() < 0.1, "{alike} {unlike}");
        let wider = ModelConfig { g_width: 8, ..config() };
        let found = tensors(Generator::new(&wider).layout(), 1, 1.0);
        let wider = SavedGenerator::collect(wider, 0, |name| found.get(name).cloned()).unwrap();
        let error = correlation(&a, &wider).unwrap_err().to_string();
        assert!(error.contains("g-width") && error.contains("same networks"), "{error}");
    }

    #[test]
    fn discriminators_are_mixed_by_the_side_that_they_see() {
        let discriminator = |seed: u64| {
            let found = tensors(Discriminator::new(&config()).layout(), seed, 1.0);
            SavedDiscriminator::collect(&config(), |name| found.get(name).cloned()).unwrap()
        };
        let (a, b) = (discriminator(1), discriminator(2));
        let amounts = "8:0,32:1".parse().unwrap();
        let blend = blend_discriminators(&config(), [&a, &b], &amounts).unwrap();
        // Stages see 64, 32, 16 and 8 px, the last layer 4.
        for (index, share) in [(0, 1.0), (4, 1.0), (8, 0.5), (12, 0.0), (16, 0.0)] {
            let value = |model: &SavedDiscriminator| f64::from(model.tensors[index].values[0]);
            let expected = (1.0 - share) * value(&a) + share * value(&b);
            assert!((value(&blend) - expected).abs() < 1e-7, "{}", a.tensors[index].name);
        }
        let fewer = SavedDiscriminator { tensors: a.tensors[1..].to_vec() };
        assert!(blend_discriminators(&config(), [&a, &fewer], &amounts).is_none());
    }
}
