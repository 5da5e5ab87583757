//! Two models become one file.

use super::models::{ExportReport, ExportRequest, export_generator, model_format};
use crate::compute::ComputeDevice;
use crate::config::BlendAmounts;
use crate::engine::load::load_networks;
use crate::engine::protocol::error::EngineError;
use crate::files::ModelFormat;
use crate::latent::{LatentSource, Stream};
use crate::model::{
    BlendError, SavedDiscriminator, SavedGenerator, blend_discriminators, blend_generators, correlation, related,
};
use burn::tensor::{Tensor, TensorData};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Batches of latents that a saved blend is normalised by, and latents in each.
const BATCHES: u64 = 64;
const LATENTS: usize = 32;

/// A model to blend.
pub(crate) struct BlendModel {
    pub generator: SavedGenerator,
    pub discriminator: Option<SavedDiscriminator>,
}

impl BlendModel {
    /// As [`crate::engine::load_generator`].
    ///
    /// # Errors
    /// Nothing there, or nothing usable.
    pub(crate) fn open(source: &Path) -> Result<Self, EngineError> {
        let (generator, networks) = load_networks(source)?;
        Ok(Self { generator, discriminator: networks.discriminator })
    }
}

/// What was written, and how alike the two were.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct BlendReport {
    #[serde(flatten)]
    pub export: ExportReport,
    /// As it is typed.
    pub amount: String,
    /// Cosine of the angle between the kernels of the two, from -1 to 1.
    pub correlation: f64,
}

/// Blends two averaged generators, and their discriminators where both have one and the format, which the extension of
/// `out` selects, holds it. Licences and credits of both are kept. With `half`, weights are stored as 16-bit floats,
/// where the format has them. Never overwrites a file.
///
/// # Errors
/// Models of different networks; a file that exists or cannot be written.
pub(crate) fn blend_to_file(
    [a, b]: [&BlendModel; 2],
    amounts: &BlendAmounts,
    out: &Path,
    half: bool,
) -> Result<BlendReport, EngineError> {
    let format = model_format(out)?;
    let correlation = correlation(&a.generator, &b.generator)?;
    let blend = blend(&a.generator, &b.generator, amounts, BATCHES)?;
    let pair = a.discriminator.as_ref().zip(b.discriminator.as_ref());
    let discriminator = pair
        .filter(|_| format == ModelFormat::Safetensors)
        .and_then(|(a, b)| blend_discriminators(&blend.config, [a, b], amounts));
    let (source, out, notice) = (PathBuf::new(), out.to_path_buf(), String::new());
    let request = ExportRequest { source, raw: false, format, out, half, discriminator: false, notice };
    let export = export_generator(blend, discriminator.as_ref(), None, &request)?;
    Ok(BlendReport { export, amount: amounts.to_string(), correlation })
}

/// The blend of two generators, with the licences and credits of both, normalised by `batches` batches of 32 latents.
///
/// # Errors
/// Models of different networks.
pub(crate) fn blend(
    a: &SavedGenerator,
    b: &SavedGenerator,
    amounts: &BlendAmounts,
    batches: u64,
) -> Result<SavedGenerator, EngineError> {
    let size = a.config.latent_size as usize;
    let source = LatentSource { kind: a.config.latent, size, seed: 0 };
    let device = ComputeDevice::cpu();
    let latents = (0..batches).map(|number| {
        let z = source.draw(Stream::Statistics, number, LATENTS);
        Tensor::<2>::from_data(TensorData::new(z, [LATENTS, size]), device.device())
    });
    let blend = blend_generators(a, b, amounts, latents).map_err(|e| match e {
        BlendError::Setting(e) => EngineError::from(e),
        BlendError::Device(e) => EngineError::from(e),
    })?;
    let mut notices = vec![a.notice.trim(), b.notice.trim()];
    notices.dedup();
    notices.retain(|notice| !notice.is_empty());
    Ok(SavedGenerator { notice: notices.join(" "), ..blend })
}

/// What to say of models that have no training in common; none of relatives.
pub(crate) fn strangers(models: [&Path; 2], correlation: f64) -> Option<String> {
    let [a, b] = models.map(|path| path.display().to_string());
    (!related(correlation)).then(|| {
        format!(
            "{a} and {b} do not seem to come from a common model (their weights correlate by {correlation:.2}): blends \
             of such models rarely show anything. Blend a model with one that was trained further from it"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{bundled, load_generator};

    /// The bundled model as if it had been trained a little further, under another licence.
    fn relative() -> BlendModel {
        let mut model = BlendModel::open(Path::new(bundled::LABEL)).unwrap();
        let wave = |i: usize| (i as f32 * 0.37).sin() * 0.01;
        for tensor in model.generator.tensors.iter_mut().filter(|t| t.shape.len() > 1) {
            tensor.values.iter_mut().enumerate().for_each(|(i, v)| *v += wave(i));
        }
        model.generator.notice = "Another licence.".to_owned();
        model
    }

    #[test]
    fn a_file_holds_the_blend_and_the_licences_of_both() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("blend.safetensors");
        let (a, b) = (BlendModel::open(Path::new(bundled::LABEL)).unwrap(), relative());
        let amounts: BlendAmounts = "4:0,64:1".parse().unwrap();
        let report = blend_to_file([&a, &b], &amounts, &out, false).unwrap();
        assert!(report.correlation > 0.5 && strangers([&out, &out], report.correlation).is_none());
        let read = load_generator(&out, false).unwrap();
        assert_eq!((read.hash(), report.amount.as_str()), (report.export.model, "4:0,64:1"));
        assert!(read.notice.starts_with(&a.generator.notice) && read.notice.ends_with("Another licence."));
        let value = |model: &SavedGenerator, name: &str| model.tensor(name).unwrap().values[1];
        assert_eq!(value(&read, "main.0.weight"), value(&a.generator, "main.0.weight"));
        assert_eq!(value(&read, "main.15.weight"), value(&b.generator, "main.15.weight"));
        assert!(blend_to_file([&a, &b], &amounts, &out, false).unwrap_err().to_string().contains("exists"));
        assert!(strangers([&out, &out], 0.02).unwrap().contains("0.02"));
    }
}
