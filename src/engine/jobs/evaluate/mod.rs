//! Measuring a generator, or a folder of pictures, against real pictures.

mod discriminator;
mod material;
mod table;

pub(crate) use table::Mark as RowMark;
pub use table::Row;

use crate::compute::ComputeDevice;
use crate::config::SettingError;
use crate::engine::jobs::inception::InceptionFile;
use crate::engine::jobs::models::{checkpoint, load_generator};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::{EvaluateReport, EvaluateRequest};
use crate::engine::split_pictures::Subset;
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::metrics::{FEWEST, Floor, MOST_TRAINING, MetricSettings, PictureSet, QualityReference, RELATIVE_ONLY};
use crate::model::SavedGenerator;
use crate::train::Checkpoint;
use discriminator::Judge;
use material::{OwnPictures, Preparer, SourceRun};
use std::path::Path;
use std::time::Instant;

/// Pictures on each side, unless asked for others.
const USUAL: usize = 2000;
/// Pictures generated or judged between two checks for cancellation.
const CHUNK: usize = 50;

/// What pictures come from.
enum Source {
    Generator(Box<SavedGenerator>, Option<Box<Checkpoint>>),
    Pictures,
}

/// Draws pictures on the CPU and measures them against those of a folder.
///
/// # Errors
/// As [`load_generator`]; a file that is not Inception; a folder without enough pictures; more pictures
/// asked for than there are, or too few; cancelled.
pub fn evaluate(request: &EvaluateRequest, control: JobControl) -> Result<EvaluateReport, EngineError> {
    let started = Instant::now();
    let EvaluateRequest { source: path, seed, .. } = request;
    let source = open(path, request.raw)?;
    if let (Source::Generator(..), Some(_)) = (&source, request.size) {
        return Err(
            SettingError::new("size", "a generator has a size of its own; this is for folders of pictures").into()
        );
    }
    if let Some(few) = request.count.filter(|n| (*n as usize) < FEWEST) {
        return Err(SettingError::new("count", too_few(few as usize)).into());
    }
    let inception = request.inception.as_deref().map(InceptionFile::open).transpose()?;
    let material = Material::gather(request, &source, control)?;
    let Material { n, .. } = material;
    let fakes = match (&source, &material.made) {
        (Source::Generator(model, _), _) => draw(model, n, *seed, control)?,
        (Source::Pictures, Some(made)) => made.sample(n, *seed)?,
        (Source::Pictures, None) => PictureSet::new(material.reals.side()),
    };
    let measuring = Instant::now();
    let training = material.own.pictures.as_ref().map(|pictures| &pictures.training);
    let training_set = training.map(|t| t.training_set(n, *seed, control)).transpose()?;
    let settings = MetricSettings { seed: *seed, ..MetricSettings::default() };
    let reference = QualityReference::new(material.reals.sample(n, *seed)?, training_set, settings, control)?;
    // Fewer, if some of the real pictures were trained on.
    let n = reference.len();
    let fakes = fakes.first(n);
    let mut quality = reference.evaluate(&fakes, control)?;
    if let (Source::Generator(_, Some(checkpoint)), Some(training)) = (&source, reference.training()) {
        let judge = Judge::new(checkpoint, &fakes, control)?;
        quality.r_train = Some(judge.sign(&training.first(n), control)?);
        quality.r_held = (reference.known() == 0).then(|| judge.sign(reference.pictures(), control)).transpose()?;
    }
    let inception = inception.map(|inception| {
        let others = reference.training().filter(|_| quality.floor_from == Floor::Training);
        inception.measure(&fakes, reference.pictures(), others.map(|t| t.first(n)).as_deref(), *seed, control)
    });
    let inception = inception.transpose()?;
    if let Some(all) = training.map(Subset::len).filter(|all| *all > MOST_TRAINING) {
        quality.notes.push(format!("of {all} training pictures {MOST_TRAINING} were looked at"));
    }
    quality.notes.extend(material.own.notes);
    let (model, step) = match &source {
        Source::Generator(model, _) => (Some(model.hash()), Some(model.step)),
        Source::Pictures => (None, None),
    };
    Ok(EvaluateReport {
        source: path.display().to_string(),
        folder: material.folder,
        model,
        step,
        quality,
        features: RELATIVE_ONLY,
        inception,
        seconds: started.elapsed().as_secs_f64(),
        measuring_seconds: measuring.elapsed().as_secs_f64(),
    })
}

/// The pictures that were found, and how many of each kind are compared.
struct Material {
    reals: Subset,
    /// What the real pictures are, in words.
    folder: String,
    /// The pictures to measure, if they are not drawn.
    made: Option<Subset>,
    own: OwnPictures,
    n: usize,
}

impl Material {
    fn gather(request: &EvaluateRequest, source: &Source, control: JobControl) -> Result<Self, EngineError> {
        let path = &request.source;
        let run = SourceRun::of(path)?;
        let (size, trained) = match source {
            Source::Generator(model, checkpoint) => {
                (model.config.size, checkpoint.as_ref().map(|c| c.meta.dataset.as_str()))
            }
            Source::Pictures => (request.size.unwrap_or(64), None),
        };
        let config = run.as_ref().map(|run| run.config.data.clone()).unwrap_or_default();
        let preparer = Preparer { config, size, control };
        let (reals, own, folder);
        if let Some(named) = &request.folder {
            // Opened first: a wrong name is told before the training's pictures are prepared.
            (reals, folder) = (preparer.open(named)?, named.display().to_string());
            own = preparer.own(run.as_ref(), request.training.as_deref(), trained)?;
        } else {
            own = preparer.own(run.as_ref(), request.training.as_deref(), trained)?;
            (reals, folder) = (own.held_out()?, format!("those that {} held back", path.display()));
        }
        let made = matches!(source, Source::Pictures).then(|| preparer.open_measured(path)).transpose()?;
        // As many on each side, so the side with fewer decides.
        let (there, scarce) = match &made {
            Some(made) if made.len() < reals.len() => (made.len(), path.display().to_string()),
            _ => (reals.len(), folder.clone()),
        };
        let n = request.count.map_or(there.min(USUAL), |n| n as usize);
        if n > there {
            let text = format!("{n} are asked for, but of {scarce} {there} can be used");
            return Err(SettingError::new("count", text).into());
        }
        if n < FEWEST {
            return Err(EngineError::Data(format!("{scarce}: {}", too_few(n))));
        }
        Ok(Self { reals, folder, made, own, n })
    }
}

fn too_few(n: usize) -> String {
    format!("{n} pictures are too few to be measured; {FEWEST} are needed")
}

/// A generator, or a folder that is neither a run nor a checkpoint.
fn open(path: &Path, raw: bool) -> Result<Source, EngineError> {
    let holds = |name: &str| path.join(name).symlink_metadata().is_ok();
    if path.is_dir() && !holds("run.toml") && !holds("manifest.json") {
        if raw {
            return Err(SettingError::new("raw", "a folder of pictures has no weights").into());
        }
        return Ok(Source::Pictures);
    }
    // The bundled generator is no file.
    let checkpoint = if path.exists() { checkpoint(path)? } else { None };
    let model = match &checkpoint {
        Some(checkpoint) => checkpoint.generator(raw)?,
        None => load_generator(path, raw)?,
    };
    Ok(Source::Generator(Box::new(model), checkpoint.map(Box::new)))
}

/// The first `n` pictures of a seed, as `generate` draws them.
pub(in crate::engine) fn draw(
    model: &SavedGenerator,
    n: usize,
    seed: u64,
    control: JobControl,
) -> Result<PictureSet, EngineError> {
    let device = ComputeDevice::cpu();
    let (generator, weights) = model.open(device.device());
    let source = LatentSource { kind: model.config.latent, size: generator.latent_size(), seed };
    let mut set = PictureSet::new(generator.side());
    for first in (0..n).step_by(CHUNK) {
        control.check()?;
        let numbers = first..(first + CHUNK).min(n);
        let z: Vec<f32> = numbers.flat_map(|i| source.draw(Stream::Generate, i as u64, 1)).collect();
        for frame in render(&generator, &weights, &z, device.device())? {
            set.push(&frame.data)?;
        }
        control.report("pictures generated", set.len(), n);
    }
    Ok(set)
}
