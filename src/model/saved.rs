//! A trained generator by itself, on the host: what is explored, exported, imported and sent between threads.

use super::generator::Generator;
use super::layout::{Layout, Weights, flat};
use super::plausible::{ImplausibleError, check_values};
use super::sub_pixel;
use crate::config::{ModelConfig, Upsample};
use crate::printable::hex;
use burn::tensor::Device;
use sha2::{Digest, Sha256};

/// One named tensor on the host, such as `main.0.weight`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedTensor {
    /// PyTorch's name.
    pub name: String,
    /// PyTorch's shape.
    pub shape: Vec<usize>,
    /// As many values as the shape's product, in row-major order.
    pub values: Vec<f32>,
}

/// The settings and the numbers of a generator.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedGenerator {
    /// Settings of the network.
    pub config: ModelConfig,
    /// In the order of [`Layout::names`](super::Layout::names): parameters first, then running statistics.
    pub tensors: Vec<NamedTensor>,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// Licence and credit, which whatever is made from it keeps; empty where it has none.
    pub notice: String,
}

/// Why tensors are not those of a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SavedGeneratorError {
    /// A setting of the network is out of its range.
    #[error("{0}")]
    Setting(#[from] crate::config::SettingError),
    /// No tensor has this name.
    #[error("{name} is missing")]
    Missing {
        /// PyTorch's name of the tensor.
        name: String,
    },
    /// A tensor has another shape than the settings ask for.
    #[error("{name} has the shape {found:?}, the settings ask for {expected:?}")]
    Shape {
        /// PyTorch's name of the tensor.
        name: String,
        /// Its shape.
        found: Vec<usize>,
        /// The shape that the settings ask for.
        expected: Vec<usize>,
    },
    /// A tensor holds numbers that no training leads to.
    #[error(transparent)]
    Implausible(#[from] ImplausibleError),
}

impl SavedGenerator {
    /// Takes from `find` (name to shape and values) every tensor that the settings ask for.
    ///
    /// Weights of sub-pixel doublings become those of the transposed convolutions that compute them, so `config` of the
    /// result always has `Upsample::Transposed`: exploring and exporting know one kind of layer.
    ///
    /// # Errors
    /// Settings out of range; a tensor that is missing, has another shape, or holds what [`check_values`] refuses.
    pub(crate) fn collect(
        config: ModelConfig,
        step: u64,
        find: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>,
    ) -> Result<Self, SavedGeneratorError> {
        config.validate()?;
        let stored = collect(Generator::new(&config).layout(), find)?;
        let plain = ModelConfig { upsample: Upsample::Transposed, ..config };
        let shapes: Vec<Vec<usize>> = Generator::new(&plain).layout().names().map(|(_, shape)| shape).collect();
        let tensors = stored.into_iter().zip(shapes).map(|(NamedTensor { name, shape, values }, used)| {
            let values = if used == shape { values } else { sub_pixel::expand_values(&values) };
            NamedTensor { name, shape: used, values }
        });
        Ok(Self { config: plain, tensors: tensors.collect(), step, notice: String::new() })
    }

    /// The description and the weights on `device`, ready for generating pictures.
    pub(crate) fn open(&self, device: &Device) -> (Generator, Weights) {
        let generator = Generator::new(&self.config);
        let weights = open(&self.tensors, generator.layout(), device);
        (generator, weights)
    }

    /// A tensor by its PyTorch name.
    pub(crate) fn tensor(&self, name: &str) -> Option<&NamedTensor> {
        self.tensors.iter().find(|t| t.name == name)
    }

    /// Sixteen hexadecimal digits that tell generators apart: SHA-256 over names, shapes and values.
    pub fn hash(&self) -> String {
        hash(&self.tensors)
    }
}

/// Takes from `find` (name to shape and values) every tensor of `layout`, in its order.
///
/// # Errors
/// A tensor that is missing, has another shape, or holds what [`check_values`] refuses.
pub(super) fn collect(
    layout: &Layout,
    find: impl Fn(&str) -> Option<(Vec<usize>, Vec<f32>)>,
) -> Result<Vec<NamedTensor>, SavedGeneratorError> {
    let take = |(name, expected): (&str, Vec<usize>)| {
        let name = name.to_owned();
        let Some((shape, values)) = find(&name) else { return Err(SavedGeneratorError::Missing { name }) };
        if shape != expected || values.len() != expected.iter().product::<usize>() {
            return Err(SavedGeneratorError::Shape { name, found: shape, expected });
        }
        check_values(&name, &values)?;
        Ok(NamedTensor { name, shape, values })
    };
    layout.names().map(take).collect()
}

/// The tensors of `layout`, in its order, on `device`.
pub(super) fn open(tensors: &[NamedTensor], layout: &Layout, device: &Device) -> Weights {
    let mut params: Vec<_> = tensors.iter().map(|t| flat(t.values.clone(), device)).collect();
    let stats = params.split_off(layout.params.len());
    Weights { params, stats }
}

/// See [`SavedGenerator::hash`].
pub(super) fn hash(tensors: &[NamedTensor]) -> String {
    let mut hasher = Sha256::new();
    for tensor in tensors {
        hasher.update(tensor.name.as_bytes());
        for side in &tensor.shape {
            hasher.update((*side as u64).to_le_bytes());
        }
        for value in &tensor.values {
            hasher.update(value.to_le_bytes());
        }
    }
    hex(&hasher.finalize()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved() -> SavedGenerator {
        let config = ModelConfig { size: 32, g_width: 4, latent_size: 3, ..ModelConfig::default() };
        let weights = Generator::new(&config).layout().init(5, 0, &Device::flex());
        let values: Vec<Vec<f32>> =
            weights.tensors().map(|t| t.clone().into_data().try_into_vec::<f32>().unwrap()).collect();
        let layout = Generator::new(&config).layout().clone();
        let found: std::collections::BTreeMap<String, (Vec<usize>, Vec<f32>)> =
            layout.names().zip(values).map(|((n, s), v)| (n.to_owned(), (s, v))).collect();
        SavedGenerator::collect(config, 7, |name| found.get(name).cloned()).unwrap()
    }

    #[test]
    fn collects_what_the_settings_ask_for_and_says_what_is_wrong() {
        let saved = saved();
        let (_, weights) = saved.open(&Device::flex());
        assert_eq!(weights.tensors().count(), saved.tensors.len());
        let find = |name: &str| saved.tensor(name).map(|t| (t.shape.clone(), t.values.clone()));
        let again = SavedGenerator::collect(saved.config.clone(), 7, find).unwrap();
        assert_eq!(again, saved);
        let missing = SavedGenerator::collect(saved.config.clone(), 7, |_| None).unwrap_err();
        assert_eq!(missing.to_string(), "main.0.weight is missing");
        let broken = |name: &str| find(name).map(|(s, v)| (s, vec![f32::NAN; v.len()]));
        let broken = SavedGenerator::collect(saved.config.clone(), 7, broken).unwrap_err();
        assert!(matches!(broken, SavedGeneratorError::Implausible(_)));
        let short = |name: &str| find(name).map(|(s, v)| (s, v[1..].to_vec()));
        assert!(SavedGenerator::collect(saved.config.clone(), 7, short).is_err());
    }

    #[test]
    fn the_hash_follows_every_value() {
        let mut saved = saved();
        let before = saved.hash();
        assert_eq!(before.len(), 16);
        assert_eq!(before, saved.clone().hash());
        saved.tensors[2].values[0] += 1e-3;
        assert_ne!(before, saved.hash());
    }
}
