//! What the explorer does on each request.

use super::cat;
use super::job_thread::Job;
use super::jobs::{self, Comparison, Film, PictureExport};
use super::open_model::OpenModel;
use super::state::{ExplorerThread, PendingThumbnails};
use crate::engine::jobs::films::FilmOptions;
use crate::engine::jobs::generate;
use crate::engine::jobs::models::{ExportRequest, discriminator_of, export_generator, model_format};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::evaluate::EvaluateRequest;
use crate::engine::protocol::explore_command::ExploreCommand;
use crate::engine::protocol::explore_event::{Evaluation, ExploreEvent};
use crate::engine::protocol::latent::{FilmPath, LatentSpec};
use crate::engine::protocol::sharpen::SharpenInfo;
use crate::files::ModelFormat;
use crate::formats::free_path;
use crate::model::SavedGenerator;
use crate::sharpen::Sharpener;
use std::path::{Path, PathBuf};

impl ExplorerThread {
    /// Carries out a request, or starts it if it takes long. [`ExploreCommand::Shutdown`] is left to the loop.
    pub(super) fn apply(&mut self, request: ExploreCommand) -> Result<(), EngineError> {
        match request {
            ExploreCommand::Open(source) => self.open(&source)?,
            ExploreCommand::Show { stamp, spec, psi } => {
                self.pending.show = Some((stamp, spec, psi));
                self.pending.sharpen = None;
            }
            ExploreCommand::Thumbnails { purpose, stamp, specs, psi } => {
                self.pending.thumbnails.retain(|t| t.purpose != purpose);
                self.pending.thumbnails.push_back(PendingThumbnails { purpose, stamp, next: 0, specs, psi });
            }
            ExploreCommand::AtStep(step) => self.at_step(step)?,
            ExploreCommand::FindDirections(method) => self.find_directions(method)?,
            ExploreCommand::LearnDirection { name, with, without } => self.learn(&name, &with, &without)?,
            ExploreCommand::RenameDirection { index, name } => self.rename_direction(index, name)?,
            ExploreCommand::Restore(path) => self.restore(path)?,
            ExploreCommand::Save { spec, psi, upscale, sharpen, folder, template } => {
                self.save(&spec, psi, (upscale, sharpen), &folder, &template)?;
            }
            ExploreCommand::Export { out, discriminator } => self.export(&out, discriminator)?,
            ExploreCommand::Blend { with, amounts } => self.preview_blend(&with, &amounts)?,
            ExploreCommand::SaveBlend { with, amounts, out } => self.save_blend(&with, &amounts, &out)?,
            ExploreCommand::OpenPhoto(photo) => {
                let saved = self.model()?.saved.clone();
                self.begin(cat::open_photo(saved, photo, self.emit.clone()))?;
            }
            ExploreCommand::Project(photo) => {
                let saved = self.model()?.saved.clone();
                self.begin(cat::search(saved, photo, self.emit.clone()))?;
            }
            ExploreCommand::PutIn { photo, latent, name, out } => {
                let model = self.model()?;
                model.own(&latent)?;
                let (saved, model) = (model.saved.clone(), model.networks_path()?);
                let cat = cat::OwnCat { model, photo, latent, name, out };
                self.begin(cat::put_in_photo(saved, self.dirs.clone(), cat, self.emit.clone()))?;
            }
            ExploreCommand::Film { path, closed, easing, frames, fps, upscale, sharpen, out } => {
                let options = FilmOptions { out: free_path(&out), fps, upscale, sharpen: None };
                self.film(Film { run: None, path, closed, easing, frames, network: None, options }, sharpen)?;
            }
            ExploreCommand::EditFavourites { file, edit } => self.edit_favourites(file, edit),
            ExploreCommand::KeepTile { run, tile, count, step } => self.keep_tile(run, tile, count, step)?,
            ExploreCommand::ExportPictures { kept, upscale, sharpen, folder } => {
                let model = self.model()?;
                let network = model.network().filter(|_| sharpen && Sharpener::can(upscale));
                let (saved, stamp) = (model.saved.clone(), model.stamp().clone());
                self.begin(jobs::export(
                    saved,
                    stamp,
                    network,
                    PictureExport { kept, upscale, folder },
                    self.emit.clone(),
                ))?;
            }
            ExploreCommand::Sharpen(on) => self.sharpen(on)?,
            ExploreCommand::TrainSharpener { minutes } => {
                if self.model()?.watched {
                    let text = "This run is only being watched, and the network would be written into its folder.";
                    return Err(EngineError::Other(text.to_owned()));
                }
                let (run, home) = (self.model()?.run()?, self.dirs.pictures()?);
                self.begin(jobs::sharpen(run, home, minutes, self.emit.clone()))?;
            }
            ExploreCommand::Curate { seed, count, keep } => {
                let path = self.model()?.networks_path()?;
                self.begin(jobs::curate(path, seed, count, keep, self.emit.clone()))?;
            }
            ExploreCommand::FindNeighbours { spec, psi, count } => self.find_neighbours(&spec, psi, count)?,
            ExploreCommand::Cancel => self.job = None,
            ExploreCommand::Evaluate(request) => self.evaluate(*request),
            ExploreCommand::CancelEvaluation => self.evaluation = None,
            ExploreCommand::Shutdown => {}
        }
        Ok(())
    }

    /// A job that was started takes the place of the one before, which is cancelled.
    fn begin(&mut self, job: std::io::Result<Job>) -> Result<(), EngineError> {
        self.job = Some(job.map_err(no_thread)?);
        Ok(())
    }

    fn save(
        &self,
        spec: &LatentSpec,
        psi: f64,
        (upscale, sharpen): (u32, bool),
        folder: &Path,
        template: &str,
    ) -> Result<(), EngineError> {
        let model = self.model()?;
        let latent = model.latent(spec)?;
        let frame = model.generate(&latent, psi)?;
        let recipe = model.recipe(spec, &latent, psi, (upscale, sharpen));
        let large = model.enlarge(&frame, upscale, sharpen)?;
        let saved = generate::save_picture(folder, template, &large, &recipe)?;
        (self.emit)(ExploreEvent::Saved(saved));
        Ok(())
    }

    fn export(&self, out: &Path, discriminator: bool) -> Result<(), EngineError> {
        let (model, format) = (self.model()?, model_format(out)?);
        let critic = match discriminator && format == ModelFormat::Safetensors {
            true => Some(discriminator_of(&model.networks_path()?)?),
            false => None,
        };
        let (source, out, notice) = (PathBuf::new(), free_path(out), String::new());
        let request = ExportRequest { source, raw: false, format, out, half: false, discriminator, notice };
        let (saved, network) = (SavedGenerator::clone(&model.saved), model.network());
        let report = export_generator(saved, critic.as_ref(), network.as_deref(), &request)?;
        (self.emit)(ExploreEvent::Exported(report.file));
        Ok(())
    }

    fn film(&mut self, film: Film, sharpen: bool) -> Result<(), EngineError> {
        let model = self.model()?;
        let (points, run) = match &film.path {
            FilmPath::Points(points) => (&points[..], None),
            FilmPath::Walk { start, .. } => (std::slice::from_ref(start), None),
            FilmPath::Training { point } => (std::slice::from_ref(point), Some(model.run_folder()?)),
        };
        for point in points {
            model.own(point)?;
        }
        let (saved, stamp) = (model.saved.clone(), model.stamp().clone());
        let can = sharpen && Sharpener::can(film.options.upscale);
        let network = model.network().filter(|_| can);
        self.begin(jobs::film(saved, stamp, Film { run, network, ..film }, self.emit.clone()))
    }

    /// Turns sharpening on or off. A network that was trained meanwhile is found.
    fn sharpen(&mut self, on: bool) -> Result<(), EngineError> {
        self.pending.sharpen = None;
        self.sharpening = on;
        let found = self.model.as_mut().map_or(Ok(()), OpenModel::find_network);
        self.tell_network();
        found
    }

    /// Tells which sharpening network there is.
    pub(super) fn tell_network(&self) {
        let network = self.model.as_ref().and_then(OpenModel::network);
        let info = network.map(|network| SharpenInfo {
            to: network.card.side * network.card.factor,
            measures: network.card.measures,
            better: network.is_better(),
            on: self.sharpening,
        });
        (self.emit)(ExploreEvent::Sharpener(info));
    }

    fn find_neighbours(&mut self, spec: &LatentSpec, psi: f64, count: usize) -> Result<(), EngineError> {
        let model = self.model()?;
        let latent = model.latent(spec)?;
        let frame = model.generate(&latent, psi)?;
        let (run, home, index) = (model.run()?, self.dirs.pictures()?, self.neighbours.clone());
        self.begin(jobs::compare(Comparison { latent, frame, run, home, index, count }, self.emit.clone()))
    }

    fn evaluate(&mut self, request: EvaluateRequest) {
        match jobs::evaluate(request, self.emit.clone()) {
            Ok(job) => self.evaluation = Some(job),
            Err(e) => {
                let text = no_thread(e).to_string();
                (self.emit)(ExploreEvent::Evaluation(Evaluation::Failed(text)));
            }
        }
    }
}

pub(super) fn no_thread(e: std::io::Error) -> EngineError {
    EngineError::Other(format!("no thread could be started: {e}"))
}
