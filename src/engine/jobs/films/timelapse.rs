//! Films of how a training went.

use super::request::{FilmOptions, FilmReport, TimelapseRequest};
use super::write::write;
use crate::config::{DeviceChoice, SettingError};
use crate::engine::loaded_generator::{LoadedGenerator, sharpened_times, stamp};
use crate::engine::protocol::error::EngineError;
use crate::formats::upscale;
use crate::interrupt::JobControl;
use crate::pixels::Frame;
use crate::sharpen::SavedSharpener;
use crate::train::{Checkpoint, RunDir};
use std::path::Path;
use std::time::Instant;

/// Films a training: its sample grids, or one latent at each checkpoint. `run` is only read.
///
/// # Errors
/// No run, nothing to film in it, or a file that cannot be written.
pub fn timelapse(request: &TimelapseRequest, control: JobControl) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (run, config) = RunDir::inspect(&request.run)?;
    let film = &request.film;
    let nothing = |what: &str| EngineError::Run(format!("{}: {what}", request.run.display()));
    if let Some(seed) = request.latent_seed {
        let checkpoints = run.checkpoint_steps();
        if checkpoints.is_empty() {
            return Err(nothing("there is no checkpoint to film"));
        }
        let first = |generator: &LoadedGenerator| generator.point(seed, 0, None).latent;
        let frames = checkpoints.iter().map(|(_, folder)| {
            checkpoint_picture(folder, first, request.device, &|generator| {
                generator.enlarging(&request.run, film.upscale, film.sharpen)
            })
        });
        let side = config.model.size;
        let times = film.sharpen.map_or(Ok(film.upscale), |most| sharpened_times(side, most))?;
        let side = side * times;
        return write(frames, checkpoints.len(), (side, side), film, None, started, control);
    }
    if film.sharpen.is_some() {
        let text = "sheets of small pictures are not sharpened; with --latent-seed one picture fills the film";
        return Err(SettingError::new("sharpen", text).into());
    }
    let steps = run.sample_steps();
    let last = steps.last().ok_or_else(|| nothing("there is no sample grid to film"))?;
    let last = run.load_sample(*last)?;
    let size = (last.width, last.height);
    // Before any is opened: there may be tens of thousands.
    let most = request.seconds.map_or(u32::MAX, |seconds| seconds.saturating_mul(film.fps)).max(1);
    let mut steps = evenly(&steps, most as usize);
    // The number of samples may have been changed during the run.
    let before = steps.len();
    steps.retain(|step| run.sample_size(*step) == Some(size));
    if steps.len() < before {
        log::warn!("{} sample grids of another size are left out", before - steps.len());
    }
    let frames = steps.iter().map(|step| Ok(upscale(&run.load_sample(*step)?, film.upscale)));
    let size = (size.0 * film.upscale, size.1 * film.upscale);
    write(frames, steps.len(), size, film, None, started, control)
}

/// At most `most` of the steps, evenly: the last always, and the first if there is room for two.
fn evenly(steps: &[u64], most: usize) -> Vec<u64> {
    let (Some(last), false) = (steps.last(), steps.len() <= most) else { return steps.to_vec() };
    let gaps = most - 1;
    (0..gaps).map(|i| steps[i * (steps.len() - 1) / gaps]).chain([*last]).collect()
}

/// Films one latent at each checkpoint of the run in `folder`, oldest first, on the CPU. `network` sharpens them.
///
/// # Errors
/// As [`timelapse`].
pub(crate) fn film_training(
    folder: &Path,
    latent: &[f32],
    network: Option<&SavedSharpener>,
    options: &FilmOptions,
    control: JobControl,
) -> Result<FilmReport, EngineError> {
    let started = Instant::now();
    let (run, config) = RunDir::inspect(folder)?;
    let checkpoints = run.checkpoint_steps();
    let enlarging = |generator: LoadedGenerator| match network {
        Some(network) => Ok((generator.sharpened(network), options.upscale)),
        None => Ok((generator, options.upscale)),
    };
    let picture = |folder: &Path| checkpoint_picture(folder, |_| latent.to_vec(), DeviceChoice::Cpu, &enlarging);
    let frames = checkpoints.iter().map(|(_, folder)| picture(folder));
    let side = config.model.size * options.upscale;
    write(frames, checkpoints.len(), (side, side), options, None, started, control)
}

/// The picture of a latent by the generator of a checkpoint, as large as `enlarging` says.
fn checkpoint_picture(
    folder: &Path,
    latent: impl FnOnce(&LoadedGenerator) -> Vec<f32>,
    device: DeviceChoice,
    enlarging: &dyn Fn(LoadedGenerator) -> Result<(LoadedGenerator, u32), EngineError>,
) -> Result<Frame, EngineError> {
    let model = Checkpoint::read(folder)?.generator(false)?;
    let (generator, times) = enlarging(LoadedGenerator::with(&model, stamp(&model, folder, false), device)?)?;
    let frames = generator.generate([latent(&generator).as_slice()])?;
    let none = || EngineError::Other("the generator returned no picture".to_owned());
    generator.enlarge(frames.first().ok_or_else(none)?, times)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_training_is_filmed_evenly_from_its_first_sheet_to_its_last() {
        let steps: Vec<u64> = (0..20_000).map(|i| i * 10).collect();
        let some = evenly(&steps, 750);
        assert_eq!((some.len(), some[0], some[749]), (750, 0, 199_990));
        assert!(some.windows(2).all(|pair| (260..=270).contains(&(pair[1] - pair[0]))), "{some:?}");
        assert_eq!(evenly(&steps, 20_000), steps);
        assert_eq!(evenly(&steps, 1), [199_990]);
        assert_eq!(evenly(&steps[..3], 2), [0, 20]);
        assert!(evenly(&[], 5).is_empty());
    }
}
