//! Growing: networks for pictures of twice the side that begin by doing what the smaller ones do.
//!
//! The grown generator has one stage more. Six of its channels carry what the old last layer made, red, green and blue
//! before the tanh, each with either sign, because relu(x) - relu(-x) = x; its last layer puts them together to an
//! enlargement of the old picture (nearest neighbour), and the other channels begin near zero. The grown
//! discriminator has one stage more in front, which begins as the average of 2 x 2 pixels. The rest is copied. (Karras
//! et al. 2018 fade new stages in while they train; here nothing changes at the start, so nothing needs fading.)

mod discriminator;
mod fit;
mod generator;
mod host;
mod networks;
#[cfg(test)]
mod tests;

use super::discriminator::Discriminator;
use super::generator::Generator;
use super::layout::Weights;
use crate::compute::DeviceError;
use crate::config::{DNorm, Family, ModelConfig, SettingError};
use burn::tensor::Tensor;

/// Networks for pictures of twice the side.
pub(crate) struct Grown {
    /// Their settings: [`grown`].
    pub config: ModelConfig,
    /// The generator's weights.
    pub generator: Weights,
    /// The discriminator's, if there was one.
    pub discriminator: Option<Weights>,
}

/// Why a model cannot grow.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GrowError {
    /// Its settings do not allow it.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The device failed.
    #[error(transparent)]
    Device(#[from] DeviceError),
}

/// The settings of the grown networks: twice the side, half the widths, since what was the last stage is now the last
/// but one. `discriminator`: whether there is one to grow.
///
/// # Errors
/// An architecture whose new stage cannot begin as an enlargement, with the setting that stands against it.
pub(crate) fn grown(config: &ModelConfig, discriminator: bool) -> Result<ModelConfig, SettingError> {
    let fail = |key: &str, reason: String| Err(SettingError::new(key, reason));
    if config.family == Family::Article {
        return fail("family", "a model of the article architecture cannot grow: start from a dcgan one".to_owned());
    }
    let larger = ModelConfig { size: 2 * config.size, g_width: config.g_width / 2, ..config.clone() };
    if larger.validate().is_err_and(|e| e.key == "size") {
        return fail("size", format!("a model of {} px is the largest there is: it cannot grow", config.size));
    }
    halves("g-width", config.g_width, generator::CHANNELS)?;
    let (old, new) = (Generator::new(config), Generator::new(&larger));
    if !generator::keeps_what_was(&old, &new) {
        let reason = format!(
            "at {} px a skip gates the last stage, which a larger generator does not have: a model with skip-layer \
             excitation grows from 64 px on, with the full-size stage",
            config.size
        );
        return fail("excitation", reason);
    }
    if !discriminator {
        return Ok(larger);
    }
    if config.discriminator_norm() == DNorm::Spectral {
        let reason = "a discriminator with spectral normalisation cannot grow: its new stage would change the scale";
        return fail("d-norm", reason.to_owned());
    }
    halves("d-width", config.d_width, discriminator::channels(config))?;
    Ok(ModelConfig { d_width: config.d_width / 2, ..larger })
}

/// Checks that half of a width is a whole number and leaves room for what the new stage has to carry.
fn halves(key: &str, width: u32, least: usize) -> Result<(), SettingError> {
    if width.is_multiple_of(2) && width as usize / 2 >= least {
        return Ok(());
    }
    let least = 2 * least;
    let reason =
        format!("is {width}, and growing halves it: it must be even and at least {least}; start from a wider model");
    Err(SettingError::new(key, reason))
}

/// Grows a generator, and the discriminator that was trained with it, to twice the side. All weights are on the device
/// of `z`.
///
/// `z` (B x latent size, drawn as in training) are the latents whose maps the new layers are fitted to and normalised
/// by; 32 of them are enough. `seed` draws what begins at random. How near the enlargement is: exact without a
/// full-size stage, otherwise as near as three channels of 3x3 kernels come.
///
/// # Errors
/// As [`grown`]; when the device fails.
pub(crate) fn grow(
    config: &ModelConfig,
    generator: &Weights,
    discriminator: Option<&Weights>,
    z: Tensor<2>,
    seed: u64,
) -> Result<Grown, GrowError> {
    let larger = grown(config, discriminator.is_some())?;
    let (old, new) = (Generator::new(config), Generator::new(&larger));
    let pictures = old.evaluate(z.clone(), generator);
    let grown_generator = generator::grow((&old, generator), &new, z, seed)?;
    let grown_discriminator = match discriminator {
        Some(weights) => {
            let (old, new) = (Discriminator::new(config), Discriminator::new(&larger));
            Some(discriminator::grow((&old, weights), &new, host::enlarged(pictures), seed)?)
        }
        None => None,
    };
    Ok(Grown { config: larger, generator: grown_generator, discriminator: grown_discriminator })
}
