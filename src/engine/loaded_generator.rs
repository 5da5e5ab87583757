//! A trained generator, ready to generate pictures on a device, and what its pictures say about their origin.

use crate::compute::ComputeDevice;
use crate::config::{DeviceChoice, SettingError};
use crate::engine::load::load_generator;
use crate::engine::protocol::error::EngineError;
use crate::engine::sharpening::network_of;
use crate::files::plain_name;
use crate::formats::{ModelStamp, Point, Recipe, upscale};
use crate::latent::{LatentSource, Stream, render, truncate};
use crate::model::{Generator, SavedGenerator, Weights};
use crate::pixels::Frame;
use crate::sharpen::{SavedSharpener, Sharpener};
use std::path::{Path, PathBuf};

/// A generator on a device.
pub(crate) struct LoadedGenerator {
    /// What its pictures say about it.
    pub stamp: ModelStamp,
    /// Where it runs.
    pub device: ComputeDevice,
    generator: Generator,
    weights: Weights,
    /// Enlarges its pictures, if that is wanted.
    sharpener: Option<Sharpener>,
}

impl LoadedGenerator {
    /// Opens what `source` names: a run folder, a checkpoint or a model file.
    ///
    /// # Errors
    /// No usable generator there, or a device that cannot be opened.
    pub(super) fn open(source: &Path, raw: bool, device: DeviceChoice) -> Result<Self, EngineError> {
        let model = load_generator(source, raw)?;
        Self::with(&model, stamp(&model, source, raw), device)
    }

    /// A generator at hand, on a device.
    ///
    /// # Errors
    /// A device that cannot be opened.
    pub(super) fn with(model: &SavedGenerator, stamp: ModelStamp, device: DeviceChoice) -> Result<Self, EngineError> {
        let device = crate::engine::device::open(device)?;
        let (generator, weights) = model.open(device.device());
        Ok(Self { stamp, device, generator, weights, sharpener: None })
    }

    /// Enlarges its pictures with this network from now on.
    pub(super) fn sharpened(mut self, network: &SavedSharpener) -> Self {
        self.sharpener = Some(network.open(self.device.device()));
        self
    }

    /// How many times larger its pictures are to be: `upscale`, or what gives a side of at most `sharpen` pixels, and
    /// then with the sharpening network of the run that `source` names.
    ///
    /// # Errors
    /// There is no such network, or it would not enlarge them.
    pub(super) fn enlarging(
        self,
        source: &Path,
        upscale: u32,
        sharpen: Option<u32>,
    ) -> Result<(Self, u32), EngineError> {
        let Some(most) = sharpen else { return Ok((self, upscale)) };
        let times = sharpened_times(self.side(), most)?;
        let network = network_of(source)?;
        if !network.is_better() {
            log::warn!(
                "{}: its sharpening network was not measured to be better than enlarging without it",
                source.display()
            );
        }
        Ok((self.sharpened(&network), times))
    }

    /// A picture of its own, so many times larger.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn enlarge(&self, frame: &Frame, times: u32) -> Result<Frame, EngineError> {
        match &self.sharpener {
            Some(sharpener) if Sharpener::can(times) => Ok(sharpener.enlarge(frame, times)?),
            _ => Ok(upscale(frame, times)),
        }
    }

    /// Side of its pictures in pixels.
    pub(super) fn side(&self) -> u32 {
        self.generator.side() as u32
    }

    /// The latent of picture `number` of a seed, truncated by `psi` if given.
    pub(super) fn point(&self, seed: u64, number: u64, psi: Option<f32>) -> Point {
        let config = &self.stamp.config;
        let source = LatentSource { kind: config.latent, size: config.latent_size as usize, seed };
        let latent = source.draw(Stream::Generate, number, 1);
        match psi {
            Some(psi) => {
                Point { psi: Some(psi), ..Point::drawn(truncate(config.latent, &latent, psi.into()), seed, number) }
            }
            None => Point::drawn(latent, seed, number),
        }
    }

    /// The pictures of these latents.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn generate<'a>(&self, latents: impl IntoIterator<Item = &'a [f32]>) -> Result<Vec<Frame>, EngineError> {
        let latents: Vec<&[f32]> = latents.into_iter().collect();
        Ok(render(&self.generator, &self.weights, &latents.concat(), self.device.device())?)
    }

    /// The recipe of a picture or a sheet of these points.
    pub(super) fn recipe(&self, points: Vec<Point>, upscale: u32) -> Recipe {
        let recipe = Recipe::new(self.stamp.clone(), points, upscale);
        match &self.sharpener {
            Some(sharpener) if Sharpener::can(upscale) => recipe.sharpened_by(sharpener.hash()),
            _ => recipe,
        }
    }
}

/// How many times larger a network makes pictures of this side, for at most so many pixels a side.
///
/// # Errors
/// Not even twice as large.
pub(super) fn sharpened_times(side: u32, most: u32) -> Result<u32, SettingError> {
    let text = || format!("pictures of {side} px become at least {} px; give that or more", 2 * side);
    Sharpener::times(side, most).ok_or_else(|| SettingError::new("sharpen", text()))
}

/// What pictures of this generator say about it.
pub(crate) fn stamp(model: &SavedGenerator, source: &Path, raw: bool) -> ModelStamp {
    ModelStamp::new(model, &label(source), public_path(source), raw)
}

/// A name for people: that of the run folder or of the model file.
pub(super) fn label(source: &Path) -> String {
    let whole = source.canonicalize().unwrap_or_else(|_| source.to_path_buf());
    // RUN/checkpoints/step-000000123/weights.safetensors
    let run = whole.ancestors().find(|path| path.join("run.toml").is_file());
    let stem = if whole.is_dir() { whole.file_name() } else { whole.file_stem() };
    let name = run.and_then(|run| run.file_name()).or(stem);
    name.map_or_else(|| "model".to_owned(), |name| plain_name(&name.to_string_lossy()))
}

/// The path as given, so that it can be found again, but without the user's name: pictures are shared.
fn public_path(source: &Path) -> Option<String> {
    let home = directories::BaseDirs::new().map(|dirs| dirs.home_dir().to_path_buf());
    let path = match home.as_deref().and_then(|home| source.strip_prefix(home).ok()) {
        Some(below) => Path::new("~").join(below),
        None => source.to_path_buf(),
    };
    Some(path.to_str()?.to_owned())
}

/// The inverse of [`public_path`], for paths of this user.
pub(crate) fn private_path(text: &str) -> PathBuf {
    let path = PathBuf::from(text);
    match (path.strip_prefix("~"), directories::BaseDirs::new()) {
        (Ok(below), Some(dirs)) => dirs.home_dir().join(below),
        _ => path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_below_the_home_folder_do_not_name_their_owner() {
        let home = directories::BaseDirs::new().unwrap().home_dir().to_path_buf();
        let path = home.join("runs").join("cats");
        let public = public_path(&path).unwrap();
        assert!(public.starts_with('~') && !public.contains(home.to_str().unwrap()), "{public}");
        assert_eq!(private_path(&public), path);
        assert_eq!(public_path(Path::new("runs/cats")).unwrap(), "runs/cats");
        assert_eq!(private_path("/elsewhere/cats"), Path::new("/elsewhere/cats"));
    }

    #[test]
    fn a_checkpoint_has_the_name_of_its_run() {
        let dir = tempfile::tempdir().unwrap();
        let checkpoint = dir.path().join("tabby").join("checkpoints").join("step-000000003");
        std::fs::create_dir_all(&checkpoint).unwrap();
        assert_eq!(label(&checkpoint), "step-000000003");
        std::fs::write(dir.path().join("tabby").join("run.toml"), "").unwrap();
        assert_eq!(label(&checkpoint), "tabby");
        std::fs::write(checkpoint.join("weights.safetensors"), "").unwrap();
        assert_eq!(label(&checkpoint.join("weights.safetensors")), "tabby");
        std::fs::write(dir.path().join("netG.pth"), "").unwrap();
        assert_eq!(label(&dir.path().join("netG.pth")), "netG");
    }
}
