//! Flags that several commands share, and the checks of their values.

use crate::config::{DeviceChoice, MODEL, ModelConfig, PRESETS, SettingError};
use crate::engine::{FileUse, MAX_UPSCALE};
use clap::Args;
use clap::builder::{PossibleValuesParser, RangedI64ValueParser};
use std::path::PathBuf;

/// What names a generator, with the extensions of model files.
pub(super) fn model_help() -> String {
    let files = FileUse::ModelInput.listed();
    format!(
        "Run folder (its newest good checkpoint is used), RUN@best (its best one), checkpoint, model file ({files}), \
         `bundled` or `bundled-128`"
    )
}

/// Which generator to use.
#[derive(Debug, Args)]
pub(super) struct ModelArg {
    #[arg(value_name = "MODEL", help = model_help())]
    pub(super) model: PathBuf,
}

/// Which of its weights to use.
#[derive(Debug, Args)]
pub(super) struct RawFlag {
    /// Use the newest weights of a run instead of the averaged (EMA) weights
    #[arg(long)]
    pub(super) raw: bool,
}

/// Where to compute.
#[derive(Debug, Args)]
pub(super) struct DeviceFlag {
    /// Device to use: auto, gpu, cpu or gpu:N (N from `purrtrait devices`)
    #[arg(long, default_value_t)]
    pub(super) device: DeviceChoice,
}

/// What the random numbers start from.
#[derive(Debug, Args)]
pub(super) struct SeedFlag {
    /// Random seed: another seed gives other cats
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(super) seed: u64,
}

/// How much to enlarge.
#[derive(Debug, Args)]
pub(super) struct UpscaleFlag {
    /// Enlarge the generator's pictures this many times
    #[arg(long, value_name = "K", default_value_t = 1, value_parser = upscale_range())]
    pub(super) upscale: u32,
    /// Enlarge them 2, 4 or 8 times, to at most so many pixels a side [default: 512], with the sharpening network of
    /// the run, which `purrtrait sharpen` trains
    #[arg(long, value_name = "SIDE", num_args = 0..=1, default_missing_value = "512", conflicts_with = "upscale")]
    pub(super) sharpen: Option<u32>,
}

fn upscale_range() -> RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=i64::from(MAX_UPSCALE))
}

/// The names of the presets.
pub(super) fn preset_parser() -> PossibleValuesParser {
    PossibleValuesParser::new(PRESETS.iter().map(|p| p.name))
}

/// A picture size, by the definition of the setting of that name.
pub(super) fn parse_size(text: &str) -> Result<u32, SettingError> {
    let param = MODEL.iter().find(|p| p.key == "size");
    let param = param.ok_or_else(|| SettingError::new("size", "there is no such setting"))?;
    let mut model = ModelConfig::default();
    param.set(&mut model, &param.parse(text)?)?;
    Ok(model.size)
}
