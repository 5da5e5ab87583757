//! The pictures that an evaluation needs: real ones, training pictures and held-out ones.

use crate::config::{DataConfig, DataSource, FaceMode, RunConfig, SettingError};
use crate::data::{Dataset, Split};
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::error::EngineError;
use crate::engine::run_pictures;
use crate::engine::split_pictures::{SplitPictures, Subset};
use crate::interrupt::JobControl;
use crate::train::RunDir;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The run that a generator comes from.
pub(super) struct SourceRun {
    /// Its settings.
    pub config: RunConfig,
    /// Digests of the held-out pictures, if the run folder lists them.
    held: Option<Vec<String>>,
}

impl SourceRun {
    /// The run in this folder, or the one that this checkpoint, or a file of it, lies in.
    ///
    /// # Errors
    /// Its settings cannot be read.
    pub(super) fn of(path: &Path) -> Result<Option<Self>, EngineError> {
        let whole = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        // RUN/checkpoints/step-000000123/weights.safetensors
        let above = whole.ancestors().take(3).filter_map(Path::parent);
        let run = above.filter(|p| p.ends_with("checkpoints")).find_map(Path::parent);
        let folders = std::iter::once(whole.as_path()).chain(run);
        let Some(root) = folders.into_iter().find(|folder| folder.join("run.toml").is_file()) else { return Ok(None) };
        let (dir, mut config) = RunDir::inspect(root)?;
        config.data.source = run_pictures::source_of(root, &config.data.source);
        Ok(Some(Self { held: dir.read_held_out()?, config }))
    }
}

/// The pictures of a run, as far as they are still there.
#[derive(Default)]
pub(super) struct OwnPictures {
    /// None where they are gone or unknown.
    pub pictures: Option<SplitPictures>,
    /// Where they were, if they are gone.
    gone: Option<PathBuf>,
    /// What to know about them.
    pub notes: Vec<String>,
}

impl OwnPictures {
    /// The held-out pictures.
    ///
    /// # Errors
    /// There are none, or they are gone: says what to name instead.
    pub(super) fn held_out(&self) -> Result<Subset, EngineError> {
        if let Some(gone) = &self.gone {
            let text = "the held-out pictures are gone; name the folder of the training pictures, or \
                        another folder of real pictures";
            return Err(EngineError::Data(format!("{}: {text}", gone.display())));
        }
        let held_out = self.pictures.as_ref().map(|pictures| &pictures.held_out);
        held_out.filter(|held_out| held_out.len() > 0).cloned().ok_or_else(|| {
            let text = "there are no held-out pictures; name a folder of real pictures";
            SettingError::new("folder", text).into()
        })
    }
}

/// Prepares folders in the same way as the training did.
pub(super) struct Preparer<'a> {
    /// How they are cropped and aligned.
    pub config: DataConfig,
    /// Side in pixels.
    pub size: u32,
    pub control: JobControl<'a>,
}

impl Preparer<'_> {
    /// With `measured` all pictures that can be read, otherwise those that a training would take.
    fn prepare(&self, source: DataSource, measured: bool) -> Result<Arc<Dataset>, EngineError> {
        let mut config = DataConfig { source, ..self.config.clone() };
        if measured {
            // Generated pictures are what is to be measured, whole.
            (config.faces, config.exclude) = (FaceMode::Off, None);
        }
        let prepare = if measured { Dataset::prepare_all } else { Dataset::prepare };
        Ok(Arc::new(prepare(&config, self.size, &AppDirs::find().pictures()?, self.control)?))
    }

    /// All real pictures of a folder.
    ///
    /// # Errors
    /// A folder without a usable picture; cancelled.
    pub(super) fn open(&self, folder: &Path) -> Result<Subset, EngineError> {
        Ok(Subset::all(self.prepare(DataSource::Folder(folder.to_path_buf()), false)?))
    }

    /// All pictures of a folder that is evaluated, also generated and blank ones.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub(super) fn open_measured(&self, folder: &Path) -> Result<Subset, EngineError> {
        Ok(Subset::all(self.prepare(DataSource::Folder(folder.to_path_buf()), true)?))
    }

    /// The training pictures and the held-out pictures of `run`, from the folder `named` if given. `trained` is the
    /// fingerprint of the dataset that it was trained on.
    ///
    /// # Errors
    /// A folder without a usable picture; cancelled.
    pub(super) fn own(
        &self,
        run: Option<&SourceRun>,
        named: Option<&Path>,
        trained: Option<&str>,
    ) -> Result<OwnPictures, EngineError> {
        let Some(run) = run else {
            let Some(folder) = named else { return Ok(OwnPictures::default()) };
            let dataset = self.prepare(DataSource::Folder(folder.to_path_buf()), false)?;
            let nothing_held_out = Split::before(dataset.len(), 0.0);
            let pictures = Some(SplitPictures::new(dataset, nothing_held_out));
            return Ok(OwnPictures { pictures, ..OwnPictures::default() });
        };
        let source = match (named, &run.config.data.source) {
            (Some(folder), _) => DataSource::Folder(folder.to_path_buf()),
            (None, DataSource::Folder(gone)) if !gone.is_dir() => {
                let at = gone.display();
                let notes =
                    vec![format!("the training pictures are no longer in {at}; name the folder they are in now")];
                return Ok(OwnPictures { gone: Some(gone.clone()), notes, ..OwnPictures::default() });
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
            notes.push("the folder of the training pictures has changed since training".to_owned());
        }
        Ok(OwnPictures { pictures: Some(SplitPictures::new(dataset, split)), gone: None, notes })
    }
}
