//! Both networks on the host, as a training takes them over from a run or a file.

use super::discriminator::Discriminator;
use super::generator::Generator;
use super::layout::{Layout, Weights};
use super::saved::{NamedTensor, SavedGenerator, SavedGeneratorError, collect, hash, open};
use super::sub_pixel;
use crate::config::{ModelConfig, Upsample};
use burn::tensor::Device;

/// A discriminator by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedDiscriminator {
    /// In the order of [`Layout::names`]: parameters first, then what follows the training.
    pub tensors: Vec<NamedTensor>,
}

impl SavedDiscriminator {
    /// Takes from `find` (name to shape and values) every tensor that the settings ask for.
    ///
    /// # Errors
    /// Settings out of range; a tensor that is missing, has another shape, or holds what no training leaves behind.
    pub(crate) fn collect(
        config: &ModelConfig,
        find: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, SavedGeneratorError> {
        config.validate()?;
        Ok(Self { tensors: collect(Discriminator::new(config).layout(), find)? })
    }

    /// Sixteen hexadecimal digits that tell discriminators apart, as [`SavedGenerator::hash`].
    pub(crate) fn hash(&self) -> String {
        hash(&self.tensors)
    }

    /// The weights on `device`; `layout` is that of the network.
    pub(crate) fn weights(&self, layout: &Layout, device: &Device) -> Weights {
        open(&self.tensors, layout, device)
    }
}

/// What a training can start from. Each list is in the order of the network's layout.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedNetworks {
    /// Settings of both networks; those of the discriminator mean nothing where there is none.
    pub config: ModelConfig,
    /// The newest generator.
    pub generator: Vec<NamedTensor>,
    /// The averaged (EMA) one.
    pub average: Vec<NamedTensor>,
    /// Model files may hold the generator alone.
    pub discriminator: Option<SavedDiscriminator>,
}

impl SavedNetworks {
    /// The networks of a training, whose tensors `find` knows as `g/...`, `ema/...` and `d/...`.
    ///
    /// # Errors
    /// As [`SavedDiscriminator::collect`].
    pub(crate) fn collect(
        config: ModelConfig,
        find: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, SavedGeneratorError> {
        config.validate()?;
        let of = |prefix: &'static str| {
            let find = &find;
            move |name: &str| find(&format!("{prefix}/{name}"))
        };
        let generator = Generator::new(&config);
        let (newest, average) = (collect(generator.layout(), of("g"))?, collect(generator.layout(), of("ema"))?);
        let discriminator = Some(SavedDiscriminator::collect(&config, of("d"))?);
        Ok(Self { config, generator: newest, average, discriminator })
    }

    /// The networks of a model file, which holds one set of weights of the generator. Transposed convolutions that
    /// compute sub-pixel doublings, as all do that this program saved from such, become those doublings again.
    pub(crate) fn of_file(generator: &SavedGenerator, discriminator: Option<SavedDiscriminator>) -> Self {
        let (mut config, mut tensors) = (generator.config.clone(), generator.tensors.clone());
        let doubling = ModelConfig { upsample: Upsample::SubPixel, ..config.clone() };
        if doubling.validate().is_ok() {
            let layout = Generator::new(&doubling).layout().clone();
            let shapes = layout.names().zip(&tensors);
            let stored = shapes.map(|((_, shape), tensor)| {
                if shape == tensor.shape {
                    Some(tensor.values.clone())
                } else {
                    sub_pixel::stored_values(&tensor.values)
                }
            });
            if let Some(stored) = stored.collect::<Option<Vec<_>>>() {
                let named = layout.names().zip(stored);
                tensors = named.map(|((n, shape), values)| NamedTensor { name: n.to_owned(), shape, values }).collect();
                config = doubling;
            }
        }
        Self { config, average: tensors.clone(), generator: tensors, discriminator }
    }

    /// The newest generator, on `device`.
    pub(crate) fn generator_weights(&self, layout: &Layout, device: &Device) -> Weights {
        open(&self.generator, layout, device)
    }

    /// The averaged generator, on `device`.
    pub(crate) fn average_weights(&self, layout: &Layout, device: &Device) -> Weights {
        open(&self.average, layout, device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{read, upload};

    fn random(config: &ModelConfig) -> SavedNetworks {
        let device = Device::flex();
        let (g, d) = (Generator::new(config), Discriminator::new(config));
        let drawn = |prefix: &str, layout: &Layout, seed: u64| {
            let values = read(layout.init(seed, 0, &device).tensors().cloned().collect()).unwrap();
            let named = layout.names().map(|(name, shape)| (format!("{prefix}/{name}"), shape));
            named.zip(values).map(|((name, shape), values)| (name, (shape, values))).collect::<Vec<_>>()
        };
        let lists = [drawn("g", g.layout(), 1), drawn("ema", g.layout(), 2), drawn("d", d.layout(), 3)];
        let all: std::collections::BTreeMap<_, _> = lists.into_iter().flatten().collect();
        SavedNetworks::collect(config.clone(), |name| all.get(name).cloned()).unwrap()
    }

    /// Saved as transposed convolutions and taken up again as what they were: the pictures stay the same.
    #[test]
    fn doublings_are_found_again_in_a_file() {
        let device = Device::flex();
        let doubling = ModelConfig {
            size: 32,
            g_width: 4,
            d_width: 4,
            latent_size: 8,
            full_stage: true,
            excitation: true,
            upsample: Upsample::SubPixel,
            ..ModelConfig::default()
        };
        for upsample in [Upsample::SubPixel, Upsample::Transposed] {
            let config = ModelConfig { upsample, ..doubling.clone() };
            let networks = random(&config);
            let find = |name: &str| {
                let tensor = networks.average.iter().find(|t| t.name == name);
                tensor.map(|t| (t.shape.clone(), t.values.clone()))
            };
            let file = SavedGenerator::collect(config.clone(), 5, find).unwrap();
            assert_eq!(file.config.upsample, Upsample::Transposed);
            let again = SavedNetworks::of_file(&file, networks.discriminator.clone());
            assert_eq!((&again.config, again.generator == again.average), (&config, true));
            assert_eq!(again.discriminator, networks.discriminator);
            let generator = Generator::new(&config);
            let z = upload((0..16).map(|i| (i as f32 * 0.7).sin()).collect(), [2, 8], &device);
            let pictures = |networks: &SavedNetworks| {
                generator.evaluate(z.clone(), &networks.average_weights(generator.layout(), &device))
            };
            let apart = (pictures(&again) - pictures(&networks)).abs().max().into_scalar::<f32>();
            assert!(apart < 1e-6, "{upsample:?}: {apart}");
        }
    }

    #[test]
    fn what_is_missing_or_impossible_is_refused() {
        let config = ModelConfig { size: 32, g_width: 4, d_width: 4, latent_size: 8, ..ModelConfig::default() };
        let critic = random(&config).discriminator.unwrap();
        let find = |name: &str| {
            let tensor = critic.tensors.iter().find(|t| t.name == name);
            tensor.map(|t| (t.shape.clone(), t.values.clone()))
        };
        assert_eq!(SavedDiscriminator::collect(&config, find).unwrap().hash(), critic.hash());
        let missing = SavedDiscriminator::collect(&config, |_| None).unwrap_err();
        assert_eq!(missing.to_string(), "main.0.weight is missing");
        let broken = |name: &str| find(name).map(|(shape, values)| (shape, vec![f32::INFINITY; values.len()]));
        assert!(matches!(SavedDiscriminator::collect(&config, broken), Err(SavedGeneratorError::Implausible(_))));
        let wider = ModelConfig { d_width: 8, ..config };
        assert!(matches!(SavedDiscriminator::collect(&wider, find), Err(SavedGeneratorError::Shape { .. })));
    }
}
