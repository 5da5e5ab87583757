//! What is evaluated, and the pictures that it takes.

use super::preparer::{OwnPictures, Preparer, SourceRun};
use crate::config::{DATA, DataConfig, SettingError};
use crate::engine::load::{checkpoint_of, load_generator};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::EvaluateRequest;
use crate::engine::split_pictures::Subset;
use crate::interrupt::JobControl;
use crate::metrics::FEWEST;
use crate::model::SavedGenerator;
use crate::train::Checkpoint;
use std::path::Path;

/// Pictures on each side by default.
const USUAL: usize = 2000;

/// What is evaluated.
pub(super) enum EvaluationSource {
    /// A generator, with its checkpoint if it comes from a run.
    Generator(Box<SavedGenerator>, Option<Box<Checkpoint>>),
    /// A folder of pictures.
    Pictures,
}

impl EvaluationSource {
    /// The generator at this path, or the folder if it is neither a run nor a checkpoint.
    ///
    /// # Errors
    /// As [`load_generator`]; `raw` for a folder of pictures.
    pub(super) fn open(path: &Path, raw: bool) -> Result<Self, EngineError> {
        let holds = |name: &str| path.join(name).symlink_metadata().is_ok();
        if path.is_dir() && !holds("run.toml") && !holds("manifest.json") {
            if raw {
                return Err(SettingError::new("raw", "a folder of pictures has no weights").into());
            }
            return Ok(Self::Pictures);
        }
        // The bundled generator is no file.
        let checkpoint = if path.exists() { checkpoint_of(path)? } else { None };
        let model = match &checkpoint {
            Some(checkpoint) => checkpoint.generator(raw)?,
            None => load_generator(path, raw)?,
        };
        Ok(Self::Generator(Box::new(model), checkpoint.map(Box::new)))
    }
}

/// The pictures of an evaluation, and how many on each side are compared.
pub(super) struct Material {
    pub reals: Subset,
    /// What the real pictures are, in words.
    pub folder: String,
    /// The pictures to evaluate, if they come from a folder.
    pub made: Option<Subset>,
    /// The pictures of the run.
    pub own: OwnPictures,
    /// How many pictures are compared on each side.
    pub n: usize,
}

impl Material {
    /// Finds and prepares them.
    ///
    /// # Errors
    /// A folder without enough pictures; more or fewer pictures asked for than possible; cancelled.
    pub(super) fn gather(
        request: &EvaluateRequest,
        source: &EvaluationSource,
        control: JobControl,
    ) -> Result<Self, EngineError> {
        let path = &request.source;
        let run = SourceRun::of(path)?;
        let (size, trained) = match source {
            EvaluationSource::Generator(model, checkpoint) => {
                (model.config.size, checkpoint.as_ref().map(|c| c.meta.dataset.as_str()))
            }
            EvaluationSource::Pictures => (request.size.unwrap_or(64), None),
        };
        let config = run.as_ref().map(|run| run.config.data.clone()).unwrap_or_default();
        let preparer = Preparer { config, size, control };
        let (reals, own, folder);
        if let Some(named) = &request.folder {
            // Opened first: a wrong name is reported before the training pictures are prepared.
            let others = Preparer { config: settings_of(request, preparer.config.clone())?, ..preparer };
            (reals, folder) = (others.open(named)?, named.display().to_string());
            own = preparer.own(run.as_ref(), request.training.as_deref(), trained)?;
        } else {
            own = preparer.own(run.as_ref(), request.training.as_deref(), trained)?;
            (reals, folder) = (own.held_out()?, format!("the held-out pictures of {}", path.display()));
        }
        let made = matches!(source, EvaluationSource::Pictures).then(|| preparer.open_measured(path)).transpose()?;
        // As many on each side, so the side with fewer decides.
        let (there, scarce) = match &made {
            Some(made) if made.len() < reals.len() => (made.len(), path.display().to_string()),
            _ => (reals.len(), folder.clone()),
        };
        let n = request.count.map_or(there.min(USUAL), |n| n as usize);
        if n > there {
            let text = format!("{n} pictures were requested, but only {there} of {scarce} can be used");
            return Err(SettingError::new("count", text).into());
        }
        if n < FEWEST {
            return Err(EngineError::Data(format!("{scarce}: {}", too_few(n))));
        }
        Ok(Self { reals, folder, made, own, n })
    }
}

/// How the folder of real pictures is prepared.
fn settings_of(request: &EvaluateRequest, mut config: DataConfig) -> Result<DataConfig, SettingError> {
    // The list of a run names pictures of the run's folder.
    config.exclude = request.exclude.clone();
    for (key, value) in &request.data {
        let known = DATA.iter().find(|param| param.key == *key);
        known.ok_or_else(|| SettingError::new(key, "does not exist"))?.set(&mut config, value)?;
    }
    Ok(config)
}

pub(super) fn too_few(n: usize) -> String {
    format!("{n} pictures are too few to measure; {FEWEST} are needed")
}
