//! The pictures to measure with: real ones, those of the training, and those that a run held back.

use crate::config::{DataConfig, DataSource, RunConfig, SettingError};
use crate::data::{Dataset, Split};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;

use crate::engine::run_pictures;
use crate::interrupt::JobControl;
use crate::metrics::{PictureSet, TrainingSet};
use crate::train::RunDir;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The run that a generator comes from.
pub(super) struct Run {
    pub config: RunConfig,
    /// Digests of the pictures that it held back, where that was written down.
    held: Option<Vec<String>>,
}

impl Run {
    /// The run in this folder, or the one that this checkpoint, or a file of it, lies in.
    ///
    /// # Errors
    /// Its settings cannot be read.
    pub fn of(path: &Path) -> Result<Option<Self>, EngineError> {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        // RUN/checkpoints/step-000000123/weights.safetensors
        let above = whole.ancestors().take(3).filter_map(Path::parent);
        let run = above.filter(|p| p.ends_with("checkpoints")).find_map(Path::parent);
        let folders = std::iter::once(whole.as_path()).chain(run);
        let Some(root) = folders.into_iter().find(|folder| folder.join("run.toml").is_file()) else { return Ok(None) };
        let (dir, mut config) = RunDir::look(root)?;
        config.data.source = run_pictures::source_of(root, &config.data.source);
        Ok(Some(Self { held: dir.read_held_out()?, config }))
    }
}

/// Some pictures of a folder.
pub(super) struct Shelf {
    pub dataset: Arc<Dataset>,
    places: Vec<u32>,
}

impl Shelf {
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// At most `count` pictures, chosen at random.
    pub fn set(&self, count: usize, seed: u64) -> Result<PictureSet, EngineError> {
        let mut set = PictureSet::new(self.dataset.side() as usize);
        for i in PictureSet::draw(self.len(), count, seed) {
            set.push(self.dataset.picture(self.places[i] as usize))?;
        }
        Ok(set)
    }

    /// All pictures small, and at most `count` as they are.
    pub fn training_set(&self, count: usize, seed: u64, control: JobControl) -> Result<TrainingSet, EngineError> {
        let picture = |i: usize| self.dataset.picture(self.places[i] as usize);
        Ok(TrainingSet::gather(self.dataset.side() as usize, self.len(), count, seed, picture, control)?)
    }
}

/// What is left of the pictures of a run.
#[derive(Default)]
pub(super) struct Own {
    pub training: Option<Shelf>,
    held: Option<Shelf>,
    /// Where they were, if they are gone.
    gone: Option<PathBuf>,
    pub notes: Vec<String>,
}

impl Own {
    /// The pictures that were held back.
    ///
    /// # Errors
    /// There are none, or they are gone: says what to name instead.
    pub fn held(&mut self) -> Result<Shelf, EngineError> {
        if let Some(gone) = &self.gone {
            let text = "the pictures that the run held back are not there any more; name their folder as the one of the \
                        training (--training), or name another folder of real pictures";
            return Err(EngineError::Data(format!("{}: {text}", gone.display())));
        }
        self.held.take().filter(|shelf| shelf.len() > 0).ok_or_else(|| {
            let text = "nothing was held back for measuring here; name a folder of real pictures";
            SettingError::new("folder", text).into()
        })
    }
}

/// Prepares folders in the same way as the training did.
pub(super) struct Album<'a> {
    pub config: DataConfig,
    pub size: u32,
    pub control: JobControl<'a>,
}

impl Album<'_> {
    /// `measured` ones are all that can be read, real ones those that a training would take.
    fn prepare(&self, source: DataSource, measured: bool) -> Result<Arc<Dataset>, EngineError> {
        let config = DataConfig { source, ..self.config.clone() };
        let prepare = if measured { Dataset::prepare_all } else { Dataset::prepare };
        Ok(Arc::new(prepare(&config, self.size, &AppDirs::find().cache, self.control)?))
    }

    /// All real pictures of a folder.
    pub fn open(&self, folder: &Path) -> Result<Shelf, EngineError> {
        self.shelf(folder, false)
    }

    /// All pictures of a folder whose quality is to be measured: generated ones, and those that came out blank.
    pub fn open_measured(&self, folder: &Path) -> Result<Shelf, EngineError> {
        self.shelf(folder, true)
    }

    fn shelf(&self, folder: &Path, measured: bool) -> Result<Shelf, EngineError> {
        let dataset = self.prepare(DataSource::Folder(folder.to_path_buf()), measured)?;
        Ok(Shelf { places: (0..dataset.len() as u32).collect(), dataset })
    }

    /// The pictures that `run` was trained on and those that it held back, in `named` if that is given. `trained` is the
    /// fingerprint of what it was trained on.
    pub fn own(&self, run: Option<&Run>, named: Option<&Path>, trained: Option<&str>) -> Result<Own, EngineError> {
        let Some(run) = run else {
            let training = named.map(|folder| self.open(folder)).transpose()?;
            return Ok(Own { training, ..Own::default() });
        };
        let source = match (named, &run.config.data.source) {
            (Some(folder), _) => DataSource::Folder(folder.to_path_buf()),
            (None, DataSource::Folder(gone)) if !gone.is_dir() => {
                let at = gone.display();
                let notes = vec![format!(
                    "the training's pictures are not at {at} any more; name their folder (Training pictures, --training)"
                )];
                return Ok(Own { gone: Some(gone.clone()), notes, ..Own::default() });
            }
            (None, source) => source.clone(),
        };
        let dataset = self.prepare(source, false)?;
        let same = trained.is_none_or(|before| before == dataset.fingerprint());
        let held_out = run.config.held_out;
        let split = match (named, &run.held) {
            (None, held) => run_pictures::split(held.as_deref(), &dataset, held_out),
            // Perhaps another folder, with some of the pictures.
            (Some(_), Some(held)) => Split::by_digest(dataset.digests(), held),
            (Some(_), None) if !same => Split::before(dataset.len(), 0.0),
            (Some(_), None) => Split::before(dataset.len(), held_out),
        };
        let mut notes = Vec::new();
        if !same {
            notes.push("the training's folder holds other pictures now than when it was trained on".to_owned());
        }
        let shelf = |places| Some(Shelf { dataset: dataset.clone(), places });
        Ok(Own { training: shelf(split.training), held: shelf(split.held), gone: None, notes })
    }
}
