//! A photo is put into a copy of a generator, which becomes a model file of its own.

use crate::compute::ComputeDevice;
use crate::engine::app_dirs::AppDirs;
use crate::engine::favourites::favourites_of;
use crate::engine::jobs::models::{ExportRequest, discriminator_of, export_generator, model_format};
use crate::engine::kept_directions::KeptDirections;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::latent::PutInReport;
use crate::files::ModelFormat;
use crate::formats::{self, FavouriteEdit, Keepsake};
use crate::interrupt::{JobControl, JobProgress};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crate::train::{PivotPicture, TuneSettings, Tuning, tune};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Time between two looks at the best picture so far.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What to put where.
pub(crate) struct PutIn<'a> {
    /// Where the generator comes from, as for [`crate::engine::load_generator`].
    pub model: &'a Path,
    /// The generator.
    pub saved: &'a SavedGenerator,
    /// Its latent whose picture is closest.
    pub latent: &'a [f32],
    /// The photo as it was cut.
    pub goal: &'a Frame,
    /// The model file to write; its extension is that of our own format.
    pub file: &'a Path,
    /// What the latent is called among the favourites of the new model.
    pub name: String,
    /// How to tune.
    pub settings: &'a TuneSettings,
}

/// Whether the file can be written; asked before the work and not after it.
///
/// # Errors
/// It exists, or has another extension than that of our own format.
pub(crate) fn check(file: &Path) -> Result<(), EngineError> {
    if model_format(file)? != ModelFormat::Safetensors {
        let text =
            format!("{}: a tuned generator is saved as .safetensors; export that to other formats", file.display());
        return Err(EngineError::Other(text));
    }
    formats::check_free(file)?;
    Ok(formats::check_free(&file.with_extension("py"))?)
}

/// Tunes a copy of the generator until the latent's picture is the photo, and saves it: with licence and credit, with
/// the discriminator if there is one, with the directions that are known for the original, and with the latent among
/// its favourites. Gives that latent's picture. Never overwrites a file.
///
/// # Errors
/// As [`check`]; a device that fails; cancelled.
pub(crate) fn put_in(
    wish: &PutIn,
    dirs: &AppDirs,
    device: &ComputeDevice,
    control: JobControl,
    each: &mut dyn FnMut(JobProgress, Option<PivotPicture>),
) -> Result<(Frame, PutInReport), EngineError> {
    let started = Instant::now();
    check(wish.file)?;
    let tuning = Tuning::new(wish.saved, wish.latent, wish.goal, *wish.settings, device.device())?;
    let tuned = tune(tuning, LOOK_EVERY, control, each)?;
    let before = wish.saved.hash();
    let request = ExportRequest {
        source: PathBuf::new(),
        raw: false,
        format: ModelFormat::Safetensors,
        out: wish.file.to_path_buf(),
        half: false,
        discriminator: false,
        notice: format!("Tuned to a photo of one cat; made from the model {before}."),
    };
    // A model without a discriminator can be played all the same.
    let discriminator = discriminator_of(wish.model).ok();
    let export = export_generator(tuned.generator, discriminator.as_ref(), None, &request)?;
    let size = wish.latent.len();
    let directions = KeptDirections::of(dirs, &before).load(size);
    if !directions.is_empty() {
        KeptDirections::of(dirs, &export.model).save(&directions)?;
    }
    let kept = Keepsake { name: wish.name.clone(), ..Keepsake::new(wish.latent.into(), 1.0, wish.saved.step) };
    let favourites = favourites_of(dirs, Some(&export.file), &export.model);
    favourites.apply(&FavouriteEdit::Keep(vec![Arc::new(kept)])).map_err(|e| EngineError::Other(e.to_string()))?;
    let report = PutInReport {
        file: export.file,
        model: export.model,
        error: tuned.error,
        moved: tuned.moved[0],
        moved_most: tuned.moved[1],
        seconds: started.elapsed().as_secs_f64(),
    };
    Ok((tuned.frame, report))
}
