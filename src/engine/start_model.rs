//! The model that a run starts from.

use crate::compute::{ComputeDevice, upload};
use crate::config::{RunConfig, StartModel};
use crate::engine::load::load_networks;
use crate::engine::loaded_generator::label;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::start_info::StartInfo;
use crate::latent::{LatentSource, Stream};
use crate::model::SavedNetworks;
use crate::printable::thousands;
use std::path::Path;

/// Latents that a growing network is fitted to.
const GROWING: usize = 32;
/// Characters of a licence note that every checkpoint can carry along.
const LONGEST_NOTICE: usize = 10_000;

impl StartInfo {
    /// What a run with these settings says about it when it begins.
    pub(crate) fn told(&self, config: &RunConfig) -> String {
        let StartModel { name, step, notice, .. } = &self.start;
        let behind = if *step > 0 { format!(", step {}", thousands(*step)) } else { String::new() };
        let mut text = format!("Starts from the model {name}{behind}.");
        if config.model.size > self.model.size {
            let (from, to) = (self.model.size, config.model.size);
            text += &format!(" Its networks were grown from {from} to {to} px, and begin with enlarged pictures.");
        }
        if !self.discriminator {
            let steps = thousands(config.d_first.into());
            text += &format!(" It has no discriminator: a new one learns alone for {steps} steps.");
        }
        if !notice.is_empty() {
            text += &format!(" What is made from it stays under its licence: {notice}");
        }
        text
    }
}

/// A model with its networks.
pub(crate) struct OpenedStart {
    pub info: StartInfo,
    pub networks: SavedNetworks,
}

/// Looks at the model that `source` names: a run, a checkpoint, a model file, or the word `bundled`.
///
/// # Errors
/// Nothing there, or nothing usable.
pub fn start_info(source: &Path) -> Result<StartInfo, EngineError> {
    Ok(open_start(source)?.info)
}

/// The networks that a run with these settings starts from.
///
/// # Errors
/// As [`start_info`] and [`StartInfo::check`].
pub(crate) fn open_checked(source: &Path, config: &RunConfig) -> Result<OpenedStart, EngineError> {
    let mut opened = open_start(source)?;
    opened.info.check(config)?;
    let latents =
        LatentSource { kind: config.model.latent, size: config.model.latent_size as usize, seed: config.seed };
    while opened.networks.config.size < config.model.size {
        // On the CPU, where it is the same everywhere.
        let z = latents.draw(Stream::Statistics, 0, GROWING);
        let z = upload(z, [GROWING, latents.size], ComputeDevice::cpu().device());
        opened.networks = opened.networks.grown(z, config.seed).map_err(|e| EngineError::Run(e.to_string()))?;
    }
    Ok(opened)
}

fn open_start(source: &Path) -> Result<OpenedStart, EngineError> {
    let (generator, networks) = load_networks(source)?;
    let name = label(source);
    let length = generator.notice.chars().count();
    if length > LONGEST_NOTICE {
        let text = format!(
            "{name}: its licence note has {length} characters, and a run that starts from it can carry along \
             {LONGEST_NOTICE}; export the model with a shorter one"
        );
        return Err(EngineError::Run(text));
    }
    let start = StartModel {
        source: source.to_path_buf(),
        name,
        model: generator.hash(),
        step: generator.step,
        notice: generator.notice,
    };
    let info = StartInfo { start, model: networks.config.clone(), discriminator: networks.discriminator.is_some() };
    Ok(OpenedStart { info, networks })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ModelConfig;
    use crate::engine::bundled;
    use crate::latent::render;
    use crate::model::Generator;

    /// The bundled generator for twice the side: as near to its enlarged pictures as three channels come.
    #[test]
    fn a_trained_generator_grows_into_its_enlargement() {
        let source = Path::new(bundled::LABEL);
        let small = open_start(source).unwrap();
        let (g_width, d_width) = (small.info.model.g_width / 2, small.info.model.d_width / 2);
        let model = ModelConfig { size: 128, g_width, d_width, ..small.info.model.clone() };
        let large = open_checked(source, &RunConfig { model, ..RunConfig::default() }).unwrap().networks;
        let device = ComputeDevice::cpu();
        let latents = LatentSource { kind: large.config.latent, size: large.config.latent_size as usize, seed: 4 };
        let z = latents.draw(Stream::Generate, 0, 8);
        let pictures = |networks: &SavedNetworks| {
            let generator = Generator::new(&networks.config);
            let weights = networks.average_weights(generator.layout(), device.device());
            render(&generator, &weights, &z, device.device()).unwrap()
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for (small, large) in pictures(&small.networks).iter().zip(&pictures(&large)) {
            for (at, value) in large.data.iter().enumerate() {
                let (pixel, channel) = (at / 3, at % 3);
                let (row, column) = (pixel / 128 / 2, pixel % 128 / 2);
                sum += f64::from(value.abs_diff(small.data[(row * 64 + column) * 3 + channel]));
                count += 1.0;
            }
        }
        let mean: f64 = sum / count;
        eprintln!("{mean:.2} of 255 on average");
        assert!(mean < 4.0, "{mean} of 255 on average");
    }
}
