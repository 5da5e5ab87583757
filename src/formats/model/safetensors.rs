//! The generator as a `.safetensors` file, with its discriminator if wanted: names and layout as in PyTorch, and a
//! card that says what it is.

use super::file::{ModelFileError, Number, Shapes};
use crate::config::ModelConfig;
use crate::model::{NamedTensor, SavedDiscriminator, SavedGenerator};
use half::f16;
use safetensors::SafeTensorError;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The format that this program writes and the newest that it reads.
const FORMAT: u32 = 1;
/// The one entry of the file's metadata. The library writes several in random order, and equal models should give equal
/// files.
const CARD: &str = "purrtrait";
/// What stands before the names of the discriminator's tensors; the generator's have nothing before them.
pub(super) const DISCRIMINATOR: &str = "discriminator.";
/// Both networks have fewer than two hundred tensors; longer headers cost time and memory before anything is checked.
const MAX_HEADER: u64 = 1 << 20;

/// What a model file says about itself, stored as JSON under the metadata key `purrtrait`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard {
    /// Version of this format, 1.
    pub format: u32,
    /// Architecture, sizes and the distribution of latents.
    pub model: ModelConfig,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// Version of the program that wrote the file.
    pub program: String,
    /// [`SavedGenerator::hash`] of what reading gives back.
    pub hash: String,
    /// The same of the discriminator, where the file has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discriminator: Option<String>,
    /// Licence and credit; may be empty.
    #[serde(default)]
    pub notice: String,
}

/// The file's bytes; equal models give equal bytes. With `half`, weights are stored as 16-bit floats (biases and
/// normalisation stay 32-bit: they are few, and variances leave the range of 16 bits).
///
/// # Errors
/// When the numbers do not fit the file format.
pub fn write_safetensors(
    generator: &SavedGenerator,
    discriminator: Option<&SavedDiscriminator>,
    half: bool,
) -> Result<Vec<u8>, ModelFileError> {
    let fail = |e: SafeTensorError| ModelFileError::unfit(e);
    let (mut stored, mut critic) = (generator.clone(), discriminator.cloned());
    let mut parts = store(&mut stored.tensors, "", half);
    if let Some(critic) = &mut critic {
        parts.extend(store(&mut critic.tensors, DISCRIMINATOR, half));
    }
    let card = ModelCard {
        format: FORMAT,
        model: stored.config.clone(),
        step: stored.step,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        hash: stored.hash(),
        discriminator: critic.map(|critic| critic.hash()),
        notice: stored.notice,
    };
    let card = serde_json::to_string(&card).map_err(ModelFileError::unfit)?;
    let views = parts.iter().map(|(name, dtype, shape, bytes)| {
        TensorView::new(*dtype, shape.clone(), bytes).map(|view| (name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(fail)?;
    serialize(views, Some(HashMap::from([(CARD.to_owned(), card)]))).map_err(fail)
}

/// A tensor as the file has it.
type Part = (String, Dtype, Vec<usize>, Vec<u8>);

/// The tensors of a network under `prefix`; their values become those that reading gives back.
fn store(tensors: &mut [NamedTensor], prefix: &str, half: bool) -> Vec<Part> {
    let part = |tensor: &mut NamedTensor| {
        let small = tensor.values.iter().all(|v| v.abs() <= f16::MAX.to_f32());
        let (dtype, bytes): (_, Vec<u8>) = if half && small && tensor.shape.len() > 1 {
            let bytes = tensor.values.iter_mut().flat_map(|v| {
                let short = f16::from_f32(*v);
                *v = short.to_f32();
                short.to_le_bytes()
            });
            (Dtype::F16, bytes.collect())
        } else {
            (Dtype::F32, tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect())
        };
        (format!("{prefix}{}", tensor.name), dtype, tensor.shape.clone(), bytes)
    };
    tensors.iter_mut().map(part).collect()
}

/// A file of tensors with one entry of metadata. Equal arguments give equal bytes.
///
/// # Errors
/// When the numbers do not fit the file format.
pub(crate) fn write_entry(tensors: &[NamedTensor], key: &str, text: String) -> Result<Vec<u8>, ModelFileError> {
    let fail = |e: SafeTensorError| ModelFileError::unfit(e);
    let bytes = |tensor: &NamedTensor| tensor.values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let bytes: Vec<Vec<u8>> = tensors.iter().map(bytes).collect();
    let views = tensors.iter().zip(&bytes).map(|(tensor, bytes)| {
        TensorView::new(Dtype::F32, tensor.shape.clone(), bytes).map(|view| (tensor.name.as_str(), view))
    });
    let views = views.collect::<Result<Vec<_>, _>>().map_err(fail)?;
    serialize(views, Some(HashMap::from([(key.to_owned(), text)]))).map_err(fail)
}

/// The entry of metadata with this key, and all tensors of floating-point numbers.
///
/// # Errors
/// In words: damaged, or without such an entry.
pub(crate) fn read_entry(bytes: &[u8], key: &str) -> Result<(String, Vec<NamedTensor>), String> {
    let file = SafetensorsFile::open(bytes)?;
    let text = file.metadata.get(key).cloned().ok_or_else(|| format!("it is no {key} file"))?;
    let real = file.shapes().into_iter().filter(|(name, _)| file.is_real(name));
    let tensors = real.map(|(name, shape)| Ok(NamedTensor { values: file.load(&name)?, name, shape }));
    Ok((text, tensors.collect::<Result<_, String>>()?))
}

/// An opened file. Tensors are converted when they are asked for.
pub(super) struct SafetensorsFile<'a> {
    file: SafeTensors<'a>,
    metadata: HashMap<String, String>,
    pub card: Option<ModelCard>,
}

impl<'a> SafetensorsFile<'a> {
    /// Whether bytes begin like such a file: the length of the header, then JSON.
    pub(super) fn looks_like(bytes: &[u8]) -> bool {
        bytes.get(8) == Some(&b'{')
    }

    /// # Errors
    /// In words: a header that is too long, damaged, or of a newer version.
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, String> {
        let length = bytes.first_chunk().map_or(0, |b| u64::from_le_bytes(*b));
        if length > MAX_HEADER {
            return Err(format!("the header claims {length} bytes; no generator needs more than {MAX_HEADER}"));
        }
        let damaged = |e: SafeTensorError| format!("the .safetensors file is incomplete or damaged ({e})");
        let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(damaged)?;
        let metadata = metadata.metadata().clone().unwrap_or_default();
        let card = metadata.get(CARD).map(|text| read_card(text)).transpose()?;
        let file = SafeTensors::deserialize(bytes).map_err(damaged)?;
        Ok(Self { file, metadata, card })
    }

    pub(super) fn shapes(&self) -> Shapes {
        self.file.iter().map(|(name, view)| (name.to_owned(), view.shape().to_vec())).collect()
    }

    /// Whether a tensor is made of floating-point numbers.
    pub(super) fn is_real(&self, name: &str) -> bool {
        self.file.tensor(name).is_ok_and(|view| !matches!(number(view.dtype()), Number::Other { .. }))
    }

    /// # Errors
    /// In words: not there, or not made of floating-point numbers.
    pub(super) fn load(&self, name: &str) -> Result<Vec<f32>, String> {
        let view = self.file.tensor(name).map_err(|e| e.to_string())?;
        number(view.dtype()).decode(view.data()).map_err(|reason| format!("{name} {reason}"))
    }
}

fn number(dtype: Dtype) -> Number {
    match dtype {
        Dtype::F64 => Number::F64,
        Dtype::F32 => Number::F32,
        Dtype::F16 => Number::F16,
        Dtype::BF16 => Number::Bf16,
        other => Number::Other { bytes: other.bitsize() / 8 },
    }
}

fn read_card(text: &str) -> Result<ModelCard, String> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let damaged = |e: serde_json::Error| format!("the description of the model is damaged ({e})");
    // The version first: a newer description may look different.
    let version: Version = serde_json::from_str(text).map_err(damaged)?;
    if version.format > FORMAT {
        return Err(format!(
            "the file was written by a newer version of Purrtrait (format {}); update Purrtrait",
            version.format
        ));
    }
    serde_json::from_str(text).map_err(damaged)
}
