//! A model becomes one for pictures of twice the side.

use super::models::{ExportReport, ExportRequest, export_generator, model_format};
use crate::compute::{ComputeDevice, read};
use crate::engine::load::load_networks;
use crate::engine::protocol::error::EngineError;
use crate::files::ModelFormat;
use crate::latent::{LatentSource, Stream};
use crate::model::{
    Discriminator, Generator, GrowError, Layout, SavedDiscriminator, SavedGenerator, SavedNetworks, Weights, grow,
};
use burn::tensor::{Tensor, TensorData};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Latents that the new stage is fitted to.
const LATENTS: usize = 32;

/// Which model to grow.
#[derive(Debug, Clone)]
pub(crate) struct GrowRequest {
    /// As for [`crate::engine::load_generator`].
    pub source: PathBuf,
    /// The `.safetensors` file to write.
    pub out: PathBuf,
    /// Store weights as 16-bit floats.
    pub half: bool,
}

/// Writes the averaged generator, and the discriminator if there is one, grown to twice the side, as a file that a
/// training can start from. Never overwrites a file.
///
/// # Errors
/// A model that cannot be opened or cannot grow, a file that exists or cannot be written.
pub(crate) fn grow_model(request: &GrowRequest) -> Result<ExportReport, EngineError> {
    let GrowRequest { source, out, half } = request;
    if model_format(out)? != ModelFormat::Safetensors {
        let text = format!("{}: a grown model is to be trained, and only .safetensors holds all of it", out.display());
        return Err(EngineError::Other(text));
    }
    let (small, networks) = load_networks(source)?;
    let (generator, discriminator) = grown(&networks, &small)?;
    let (source, out, half) = (source.clone(), out.clone(), *half);
    let (format, raw, notice) = (ModelFormat::Safetensors, false, String::new());
    let request = ExportRequest { source, raw, format, out, half, discriminator: discriminator.is_some(), notice };
    export_generator(generator, discriminator.as_ref(), &request)
}

fn grown(
    networks: &SavedNetworks,
    small: &SavedGenerator,
) -> Result<(SavedGenerator, Option<SavedDiscriminator>), EngineError> {
    let (config, cpu) = (&networks.config, ComputeDevice::cpu());
    let device = cpu.device();
    let weights = networks.average_weights(Generator::new(config).layout(), device);
    let own = networks.discriminator.as_ref().map(|d| d.weights(Discriminator::new(config).layout(), device));
    let size = config.latent_size as usize;
    let z = LatentSource { kind: config.latent, size, seed: 0 }.draw(Stream::Statistics, 0, LATENTS);
    let z = Tensor::<2>::from_data(TensorData::new(z, [LATENTS, size]), device);
    let grown = grow(config, &weights, own.as_ref(), z, 0).map_err(|e| match e {
        GrowError::Setting(e) => EngineError::from(e),
        GrowError::Device(e) => EngineError::from(e),
    })?;
    let found = named(Generator::new(&grown.config).layout(), &grown.generator)?;
    // The steps behind it are not those of the larger networks.
    let generator = SavedGenerator::collect(grown.config.clone(), 0, |name| found.get(name).cloned())
        .map_err(|e| EngineError::Run(e.to_string()))?;
    let generator = SavedGenerator { notice: small.notice.clone(), ..generator };
    let Some(weights) = grown.discriminator else { return Ok((generator, None)) };
    let found = named(Discriminator::new(&grown.config).layout(), &weights)?;
    let discriminator = SavedDiscriminator::collect(&grown.config, |name| found.get(name).cloned())
        .map_err(|e| EngineError::Run(e.to_string()))?;
    Ok((generator, Some(discriminator)))
}

type Named = BTreeMap<String, (Vec<usize>, Vec<f32>)>;

fn named(layout: &Layout, weights: &Weights) -> Result<Named, EngineError> {
    let values = read(weights.tensors().cloned().collect())?;
    Ok(layout.names().zip(values).map(|((name, shape), values)| (name.to_owned(), (shape, values))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bundled;
    use crate::latent::render;
    use crate::pixels::Frame;
    use std::path::Path;

    /// The bundled generator at twice the side: as near to its enlarged pictures as three channels come.
    #[test]
    fn a_trained_generator_grows_into_its_enlargement() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("larger.safetensors");
        let source = PathBuf::from(bundled::LABEL);
        let report = grow_model(&GrowRequest { source, out: out.clone(), half: false }).unwrap();
        let small = bundled::generator().unwrap();
        assert_eq!((report.step, report.discriminator, &report.notice), (0, false, &small.notice));
        let large = crate::engine::load_generator(&out, false).unwrap();
        assert_eq!((large.config.size, large.config.g_width), (128, 8));
        let device = ComputeDevice::cpu();
        let z = LatentSource { kind: small.config.latent, size: 128, seed: 4 }.draw(Stream::Generate, 0, 8);
        let pictures = |model: &SavedGenerator| -> Vec<Frame> {
            let (generator, weights) = model.open(device.device());
            render(&generator, &weights, &z, device.device()).unwrap()
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for (small, large) in pictures(&small).iter().zip(&pictures(&large)) {
            for (at, value) in large.data.iter().enumerate() {
                let (pixel, channel) = (at / 3, at % 3);
                let (row, column) = (pixel / 128 / 2, pixel % 128 / 2);
                sum += f64::from(value.abs_diff(small.data[(row * 64 + column) * 3 + channel]));
                count += 1.0;
            }
        }
        let mean: f64 = sum / count;
        assert!(mean < 4.0, "{mean} of 255 on average");
        // A training can start from it as from every model.
        let info = crate::engine::start_info(&out).unwrap();
        assert_eq!((info.model.size, info.discriminator), (128, false));
        let again = GrowRequest { source: Path::new(bundled::LABEL).into(), out, half: false };
        assert!(grow_model(&again).unwrap_err().to_string().contains("exists"));
    }
}
