//! Measuring a generator, or a folder of pictures, against real pictures.

use super::app_dirs::AppDirs;
use super::error::EngineError;
use super::inception::{InceptionFile, InceptionReport};
use super::models::{checkpoint, load_generator};
use crate::compute::{ComputeDevice, read};
use crate::config::{DataConfig, DataSource, LossKind, SettingError};
use crate::data::{DataProgress, Dataset};
use crate::latent::{LatentSource, Stream, render};
use crate::metrics::{
    FEWEST, Floor, MetricError, MetricSettings, PictureSet, Quality, RELATIVE_ONLY, Reference, Watch, sign_mean,
};
use crate::model::{Discriminator, Mode, SavedGenerator, Weights};
use crate::train::{Checkpoint, RunDir, needs_real};
use burn::tensor::{Device, Tensor, TensorData};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Pictures on each side, unless asked for others.
const USUAL: usize = 2000;
/// Training pictures that generated ones are compared with at most: 240 MB at 64 px.
const MOST_TRAINING: usize = 20_000;
/// Pictures drawn or judged before `cancel` is looked at.
const CHUNK: usize = 50;

/// What to measure, and with what.
#[derive(Debug, Clone)]
pub struct EvaluateRequest {
    /// As for [`load_generator`]; or a folder of pictures.
    pub source: PathBuf,
    /// Real pictures, at best some that the generator was not trained on.
    pub folder: PathBuf,
    /// How many on each side; none takes what there is, up to 2,000.
    pub count: Option<u32>,
    pub seed: u64,
    /// The newest weights of a run instead of the averaged ones.
    pub raw: bool,
    /// The pictures of the training, to find copies; none takes those of the run, where they are still there.
    pub training: Option<PathBuf>,
    /// Side at which a folder of pictures is measured; a generator has its own.
    pub size: Option<u32>,
    /// Inception weights, to measure FID and KID as the literature does.
    pub inception: Option<PathBuf>,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct EvaluateReport {
    pub source: String,
    pub folder: String,
    /// Tells generators apart; none for a folder of pictures.
    pub model: Option<String>,
    /// Training steps behind the generator.
    pub step: Option<u64>,
    #[serde(flatten)]
    pub quality: Quality,
    /// What to know about the numbers from features.
    pub features: &'static str,
    /// FID and KID, if weights were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inception: Option<InceptionReport>,
    /// All of it, and what the measuring itself took.
    pub seconds: f64,
    pub measuring_seconds: f64,
}

/// What is being done, how much of it is done, and how much there is.
pub type EvaluateProgress<'a> = &'a (dyn Fn(&'static str, usize, usize) + Sync);

/// What pictures come from.
enum Source {
    Generator(Box<SavedGenerator>, Option<Box<Checkpoint>>),
    Pictures,
}

/// Draws pictures on the CPU and measures them against those of a folder.
///
/// # Errors
/// As [`load_generator`]; a file that is not Inception; a folder without enough pictures; more pictures asked for than there are; cancelled.
pub fn evaluate(
    request: &EvaluateRequest,
    cancel: &AtomicBool,
    progress: EvaluateProgress,
) -> Result<EvaluateReport, EngineError> {
    let started = Instant::now();
    let EvaluateRequest { source: path, folder, seed, .. } = request;
    let source = open(path, request.raw)?;
    if let (Source::Generator(..), Some(_)) = (&source, request.size) {
        return Err(
            SettingError::new("size", "a generator has a size of its own; this is for folders of pictures").into()
        );
    }
    let inception = request.inception.as_deref().map(InceptionFile::open).transpose()?;
    let config = RunDir::look(path).ok().map(|(_, config)| config.data);
    let size = match &source {
        Source::Generator(model, _) => model.config.size,
        Source::Pictures => request.size.unwrap_or(64),
    };
    let album = Album { config: config.clone().unwrap_or_default(), size, cancel, progress };
    let reals = album.open(DataSource::Folder(folder.clone()))?;
    let made = match &source {
        Source::Pictures => Some(album.open(DataSource::Folder(path.clone()))?),
        Source::Generator(..) => None,
    };
    let there = made.as_ref().map_or(reals.len(), |made| made.len().min(reals.len()));
    let n = request.count.map_or(there.min(USUAL), |n| n as usize);
    if n > there {
        let text = format!("{n} are asked for, but {} has {there} pictures that can be used", folder.display());
        return Err(SettingError::new("count", text).into());
    }
    if n < FEWEST {
        let text = format!("{}: {n} pictures are too few to be measured; {FEWEST} are needed", folder.display());
        return Err(EngineError::Data(text));
    }
    let mut notes = Vec::new();
    let training = match (request.training.clone(), config.map(|data| data.source)) {
        (Some(folder), _) => Some(album.open(DataSource::Folder(folder))?),
        (None, Some(DataSource::Folder(gone))) if !gone.is_dir() => {
            notes
                .push(format!("the training's pictures are not at {} any more; --training names them", gone.display()));
            None
        }
        (None, Some(own)) => {
            let own = album.open(own)?;
            if matches!(&source, Source::Generator(_, Some(checkpoint)) if checkpoint.meta.dataset != own.fingerprint())
            {
                notes.push("the training's folder holds other pictures now than when it was trained on".to_owned());
            }
            Some(own)
        }
        (None, None) => None,
    };
    let training_set = training.as_ref().map(|t| set_of(t, MOST_TRAINING, *seed)).transpose()?;

    let fakes = match (&source, &made) {
        (Source::Generator(model, _), _) => draw(model, n, *seed, cancel, progress)?,
        (Source::Pictures, made) => match made {
            Some(made) => set_of(made, n, *seed)?,
            None => PictureSet::new(size as usize),
        },
    };
    let measuring = Instant::now();
    let watch = Watch { cancel, progress };
    let settings = MetricSettings { seed: *seed, ..MetricSettings::default() };
    let reference = Reference::new(set_of(&reals, n, *seed)?, training_set.as_ref(), settings, watch)?;
    let mut quality = reference.evaluate(&fakes, watch)?;
    if let (Source::Generator(_, Some(checkpoint)), Some(training)) = (&source, &training_set) {
        let judge = Judge::new(checkpoint, &fakes, cancel)?;
        quality.r_train = Some(judge.sign(&training.sample(n, *seed), cancel)?);
        quality.r_held = (reference.known() == 0).then(|| judge.sign(reference.pictures(), cancel)).transpose()?;
    }
    let inception = inception.map(|inception| {
        let others = training_set.as_ref().filter(|_| quality.floor_from == Floor::Training);
        let others = others.map(|training| training.sample(n, *seed));
        inception.measure(&fakes, reference.pictures(), others.as_ref(), *seed, watch)
    });
    let inception = inception.transpose()?;
    if let Some(all) = training.map(|t| t.len()).filter(|all| *all > MOST_TRAINING) {
        notes.push(format!("of {all} training pictures {MOST_TRAINING} were looked at"));
    }
    quality.notes.extend(notes);
    let (model, step) = match &source {
        Source::Generator(model, _) => (Some(model.hash()), Some(model.step)),
        Source::Pictures => (None, None),
    };
    Ok(EvaluateReport {
        source: path.display().to_string(),
        folder: folder.display().to_string(),
        model,
        step,
        quality,
        features: RELATIVE_ONLY,
        inception,
        seconds: started.elapsed().as_secs_f64(),
        measuring_seconds: measuring.elapsed().as_secs_f64(),
    })
}

/// A generator, or a folder that is neither a run nor a checkpoint.
fn open(path: &Path, raw: bool) -> Result<Source, EngineError> {
    if path.is_dir() && !path.join("run.toml").is_file() && !path.join("manifest.json").is_file() {
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

/// Prepares folders in the same way as the training did.
struct Album<'a> {
    config: DataConfig,
    size: u32,
    cancel: &'a AtomicBool,
    progress: EvaluateProgress<'a>,
}

impl Album<'_> {
    fn open(&self, source: DataSource) -> Result<Dataset, EngineError> {
        let config = DataConfig { source, ..self.config.clone() };
        let progress = |p: DataProgress| (self.progress)("pictures prepared", p.done, p.total);
        Ok(Dataset::prepare(&config, self.size, &AppDirs::find().cache, self.cancel, &progress)?)
    }
}

/// At most `count` pictures, chosen at random.
fn set_of(dataset: &Dataset, count: usize, seed: u64) -> Result<PictureSet, EngineError> {
    let mut set = PictureSet::new(dataset.side() as usize);
    for i in PictureSet::draw(dataset.len(), count, seed) {
        set.push(dataset.picture(i))?;
    }
    Ok(set)
}

/// The first `n` pictures of a seed, as `generate` draws them.
pub(super) fn draw(
    model: &SavedGenerator,
    n: usize,
    seed: u64,
    cancel: &AtomicBool,
    progress: EvaluateProgress,
) -> Result<PictureSet, EngineError> {
    let device = ComputeDevice::cpu();
    let (generator, weights) = model.open(device.device());
    let source = LatentSource { kind: model.config.latent, size: generator.latent_size(), seed };
    let mut set = PictureSet::new(generator.side());
    for first in (0..n).step_by(CHUNK) {
        stop(cancel)?;
        let numbers = first..(first + CHUNK).min(n);
        let z: Vec<f32> = numbers.flat_map(|i| source.draw(Stream::Generate, i as u64, 1)).collect();
        for frame in render(&generator, &weights, &z, device.device())? {
            set.push(&frame.data)?;
        }
        progress("pictures drawn", set.len(), n);
    }
    Ok(set)
}

/// A discriminator that is asked what it thinks of real pictures.
struct Judge {
    device: Device,
    discriminator: Discriminator,
    weights: Weights,
    /// The logit between real and generated.
    middle: f32,
}

impl Judge {
    fn new(checkpoint: &Checkpoint, fakes: &PictureSet, cancel: &AtomicBool) -> Result<Self, EngineError> {
        let device = ComputeDevice::cpu().device().clone();
        let (discriminator, weights) = checkpoint.discriminator(&device)?;
        let mut judge = Self { device, discriminator, weights, middle: 0.0 };
        let loss = checkpoint.meta.model.loss;
        judge.middle = match loss {
            // Trained towards 0 and 1.
            LossKind::Lsgan => 0.5,
            // Only differences between real and generated pictures are trained.
            _ if needs_real(loss) => {
                let logits = judge.logits(fakes, cancel)?;
                logits.iter().sum::<f32>() / logits.len().max(1) as f32
            }
            _ => 0.0,
        };
        Ok(judge)
    }

    fn sign(&self, pictures: &PictureSet, cancel: &AtomicBool) -> Result<f64, EngineError> {
        let logits: Vec<f32> = self.logits(pictures, cancel)?.iter().map(|l| l - self.middle).collect();
        Ok(sign_mean(&logits))
    }

    fn logits(&self, pictures: &PictureSet, cancel: &AtomicBool) -> Result<Vec<f32>, EngineError> {
        let (n, side) = (pictures.len(), pictures.side());
        let mut logits = Vec::with_capacity(n);
        for first in (0..n).step_by(CHUNK) {
            stop(cancel)?;
            let numbers = first..(first + CHUNK).min(n);
            let count = numbers.len();
            let mut planes = Vec::with_capacity(count * 3 * side * side);
            for i in numbers {
                for channel in 0..3 {
                    let values = pictures.picture(i).iter().skip(channel).step_by(3);
                    planes.extend(values.map(|v| f32::from(*v) / 127.5 - 1.0));
                }
            }
            let x = Tensor::<4>::from_data(TensorData::new(planes, [count, 3, side, side]), &self.device);
            let mut stats = self.weights.stats.clone();
            let judged = self.discriminator.forward(x, &self.weights.params, &mut stats, Mode::Eval);
            logits.extend(read(vec![judged])?.swap_remove(0));
        }
        Ok(logits)
    }
}

fn stop(cancel: &AtomicBool) -> Result<(), EngineError> {
    if cancel.load(Ordering::Relaxed) { Err(EngineError::Cancelled) } else { Ok(()) }
}

impl From<MetricError> for EngineError {
    fn from(e: MetricError) -> Self {
        match e {
            MetricError::Cancelled => Self::Cancelled,
            MetricError::Device(e) => e.into(),
            MetricError::Network(_) => Self::Other(e.to_string()),
            MetricError::TooFew { .. } | MetricError::Sides { .. } | MetricError::Side { .. } => {
                Self::Data(e.to_string())
            }
        }
    }
}
