//! The explorer's loop: the newest place first, then one small picture, then again.

mod directions;
#[cfg(test)]
mod tests;

use super::jobs::{Comparison, Film, Job, Tell};
use super::model::Model;
use crate::engine::app_dirs::AppDirs;
use crate::engine::bundled;
use crate::engine::jobs::films::FilmOptions;
use crate::engine::jobs::generate;
use crate::engine::jobs::models::{ExportRequest, export_generator, model_format};
use crate::engine::jobs::neighbours::NeighbourIndex;
use crate::engine::jobs::restore;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::{ExploreCommand, ExploreSource, RequestKind};
use crate::engine::protocol::explore_event::{Evaluation, ExploreEvent, GeneratedPicture};
use crate::engine::protocol::handle::ExplorerChannels;
use crate::engine::protocol::latent::{FilmPath, Latent, LatentSpec};
use crate::engine::protocol::outbox::Wake;
use crate::formats::free_path;
use crate::model::SavedGenerator;
use crossbeam_channel::{Receiver, Sender, bounded, never, select};
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Instant;

/// Requests and answers that may wait.
const QUEUE: usize = 256;

/// The averaged weights of the run that is training, and whose they are.
pub(crate) struct LiveWeights {
    pub saved: SavedGenerator,
    pub folder: PathBuf,
    pub seed: u64,
}

/// Starts the explorer's thread. `weights` brings those of a run that is training, once `training` was asked for them.
pub fn spawn(dirs: AppDirs, training: Sender<Command>, weights: Receiver<LiveWeights>, wake: Wake) -> ExplorerChannels {
    let (command_sender, commands) = bounded(QUEUE);
    let (event_sender, events) = bounded(QUEUE);
    let tell: Tell = Arc::new(move |event| {
        // A full queue means that the window does not listen; when it is gone, nobody does.
        let _ = event_sender.send(event);
        wake();
    });
    let spawned = thread::Builder::new().name("purrtrait-explorer".into()).spawn(move || {
        // One core is enough for a picture at a time. With a pool of its own it never waits behind the training's work.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        if let Err(e) = &pool {
            log::warn!("the explorer shares the training's threads: {e}");
        }
        Player::new(dirs, training, tell).run(&commands, &weights);
    });
    if let Err(e) = &spawned {
        log::error!("the explorer's thread cannot be started: {e}");
    }
    ExplorerChannels { commands: command_sender, events }
}

/// Drawing that waits.
#[derive(Default)]
struct Pending {
    show: Option<(u64, LatentSpec, f64)>,
    thumbnails: VecDeque<Thumbnails>,
}

struct Thumbnails {
    purpose: &'static str,
    stamp: u64,
    next: usize,
    specs: Vec<LatentSpec>,
    psi: f64,
}

struct Player {
    dirs: AppDirs,
    /// The thread that trains.
    training: Sender<Command>,
    tell: Tell,
    model: Option<Model>,
    pending: Pending,
    job: Option<Job>,
    /// A measurement, which opening another generator does not end.
    evaluation: Option<Job>,
    /// The training pictures of the run that the model comes from, once they were asked for.
    album: Arc<OnceLock<NeighbourIndex>>,
    /// Newer weights of the training are wanted, and were asked for.
    live: bool,
    /// The folder of the run whose weights are played while it trains.
    run: Option<PathBuf>,
    /// A checkpoint was chosen; until the newest is wanted again, newer weights wait here.
    chosen: bool,
    newest: Option<SavedGenerator>,
}

impl Player {
    fn new(dirs: AppDirs, training: Sender<Command>, tell: Tell) -> Self {
        Self {
            dirs,
            training,
            tell,
            model: None,
            pending: Pending::default(),
            job: None,
            evaluation: None,
            album: Arc::default(),
            live: false,
            run: None,
            chosen: false,
            newest: None,
        }
    }

    fn run(mut self, commands: &Receiver<ExploreCommand>, weights: &Receiver<LiveWeights>) {
        let mut weights = weights.clone();
        loop {
            let mut requests = Vec::new();
            if self.idle() {
                select! {
                    recv(commands) -> request => match request {
                        Ok(request) => requests.push(request),
                        // The front end is gone.
                        Err(_) => return,
                    },
                    recv(weights) -> newest => match newest {
                        Ok(newest) => self.take_weights(newest),
                        // The training thread is gone; the pictures stay.
                        Err(_) => weights = never(),
                    },
                }
            }
            requests.extend(commands.try_iter());
            while let Ok(newest) = weights.try_recv() {
                self.take_weights(newest);
            }
            for request in requests {
                if matches!(request, ExploreCommand::Shutdown) {
                    return;
                }
                let about = request.kind();
                if let Err(e) = self.apply(request) {
                    self.failed(about, &e);
                }
            }
            if let Err(e) = self.draw() {
                self.failed(RequestKind::Drawing, &e);
            }
        }
    }

    fn failed(&self, about: RequestKind, error: &EngineError) {
        (self.tell)(ExploreEvent::Failed { about, text: error.to_string() });
    }

    fn idle(&self) -> bool {
        self.model.is_none() || (self.pending.show.is_none() && self.pending.thumbnails.is_empty())
    }

    fn model(&self) -> Result<&Model, EngineError> {
        self.model.as_ref().ok_or_else(|| EngineError::Other("open a generator first".to_owned()))
    }

    fn apply(&mut self, request: ExploreCommand) -> Result<(), EngineError> {
        match request {
            ExploreCommand::Open(ExploreSource::Live) => {
                let gone = |_| EngineError::Other("the training thread is gone; restart Purrtrait".to_owned());
                self.training.send(Command::ShareWeights(true)).map_err(gone)?;
                self.live = true;
            }
            ExploreCommand::Open(source) => self.open(&source)?,
            ExploreCommand::Show { stamp, spec, psi } => self.pending.show = Some((stamp, spec, psi)),
            ExploreCommand::Thumbnails { purpose, stamp, specs, psi } => {
                self.pending.thumbnails.retain(|t| t.purpose != purpose);
                self.pending.thumbnails.push_back(Thumbnails { purpose, stamp, next: 0, specs, psi });
            }
            ExploreCommand::AtStep(step) => self.at_step(step)?,
            ExploreCommand::FindDirections(method) => self.find_directions(method)?,
            ExploreCommand::LearnDirection { name, with, without } => self.learn(&name, &with, &without)?,
            ExploreCommand::RenameDirection { index, name } => {
                if let Some(direction) = self.model.as_mut().and_then(|m| m.directions.get_mut(index)) {
                    direction.name = name;
                    self.keep_directions()?;
                }
            }
            ExploreCommand::Project(photo) => {
                let saved = self.model()?.saved.clone();
                self.job = Some(Job::search(saved, photo, self.tell.clone()).map_err(no_thread)?);
            }
            ExploreCommand::Restore(path) => self.restore(path)?,
            ExploreCommand::Save { spec, psi, upscale, folder, template } => {
                let model = self.model()?;
                let latent = model.latent(&spec)?;
                let frame = model.draw(&latent, psi)?;
                let recipe = model.recipe(&spec, &latent, psi, upscale);
                let saved = generate::save_picture(&folder, &template, &frame, &recipe)?;
                (self.tell)(ExploreEvent::Saved(saved));
            }
            ExploreCommand::Export { out } => {
                let (format, source, out) = (model_format(&out)?, PathBuf::new(), free_path(&out));
                let request = ExportRequest { source, raw: false, format, out, half: false };
                let report = export_generator(&self.model()?.saved, &request)?;
                (self.tell)(ExploreEvent::Exported(report.file));
            }
            ExploreCommand::Film { path, closed, easing, frames, fps, upscale, out } => {
                let model = self.model()?;
                let points = match &path {
                    FilmPath::Points(points) => &points[..],
                    FilmPath::Walk { start: point, .. } | FilmPath::Training { point } => std::slice::from_ref(point),
                };
                for point in points {
                    model.own(point)?;
                }
                let run = match path {
                    FilmPath::Training { .. } => Some(model.run_folder()?),
                    FilmPath::Points(_) | FilmPath::Walk { .. } => None,
                };
                let (saved, stamp) = (model.saved.clone(), model.stamp().clone());
                let options = FilmOptions { out: free_path(&out), fps, upscale };
                let film = Film { run, path, closed, easing, frames, options };
                self.job = Some(Job::film(saved, stamp, film, self.tell.clone()).map_err(no_thread)?);
            }
            ExploreCommand::Curate { seed, count, keep } => {
                let path = self.model()?.path()?;
                self.job = Some(Job::curate(path, seed, count, keep, self.tell.clone()).map_err(no_thread)?);
            }
            ExploreCommand::FindNeighbours { spec, psi, count } => self.find_neighbours(&spec, psi, count)?,
            ExploreCommand::Cancel => self.job = None,
            ExploreCommand::Evaluate(request) => match Job::evaluate(*request, self.tell.clone()) {
                Ok(job) => self.evaluation = Some(job),
                Err(e) => {
                    let text = no_thread(e).to_string();
                    (self.tell)(ExploreEvent::Evaluation(Evaluation::Failed(text)));
                }
            },
            ExploreCommand::CancelEvaluation => self.evaluation = None,
            ExploreCommand::Shutdown => {}
        }
        Ok(())
    }

    /// A generator that stays as it is takes the place of the one on show, also of that of the training.
    fn open(&mut self, source: &ExploreSource) -> Result<(), EngineError> {
        // Where there is none, the one on show goes on getting newer weights.
        let model = Model::open(source)?;
        if std::mem::take(&mut self.live) {
            // A training thread that is gone gives none anyway.
            let _ = self.training.send(Command::ShareWeights(false));
        }
        self.opened(model);
        Ok(())
    }

    fn opened(&mut self, mut model: Model) {
        self.job = None;
        self.album = Arc::default();
        (self.run, self.chosen, self.newest) = (None, false, None);
        self.pending = Pending::default();
        model.directions = self.kept_directions(&model);
        (self.tell)(ExploreEvent::Opened(model.info.clone()));
        (self.tell)(ExploreEvent::Directions(model.direction_infos()));
        self.model = Some(model);
    }

    fn take_weights(&mut self, LiveWeights { saved, folder, seed }: LiveWeights) {
        if !self.live {
            return;
        }
        let same = self.run.as_ref() == Some(&folder)
            && self.model.as_ref().is_some_and(|model| model.saved.config == saved.config);
        if let Some(steps) = self.model.as_mut().filter(|_| same).and_then(|model| model.look_for_steps(&folder)) {
            (self.tell)(ExploreEvent::Steps(steps));
        }
        let done = match (same, self.chosen) {
            (true, true) => {
                self.newest = Some(saved);
                Ok(())
            }
            (true, false) => self.replace(saved),
            (false, _) => Model::live(saved, &folder, seed).map(|model| {
                self.opened(model);
                self.run = Some(folder);
            }),
        };
        if let Err(e) = done {
            self.failed(RequestKind::Opening, &e);
        }
    }

    fn at_step(&mut self, step: Option<u64>) -> Result<(), EngineError> {
        let saved = match (step, self.newest.take()) {
            (None, Some(newest)) => newest,
            (step, newest) => {
                self.newest = newest;
                self.model()?.at_step(step)?
            }
        };
        self.chosen = step.is_some();
        self.replace(saved)
    }

    fn replace(&mut self, saved: SavedGenerator) -> Result<(), EngineError> {
        if let Some(model) = &mut self.model {
            let step = saved.step;
            model.replace_weights(saved)?;
            (self.tell)(ExploreEvent::Refreshed { step });
        }
        Ok(())
    }

    /// The newest place, or else one small picture.
    fn draw(&mut self) -> Result<(), EngineError> {
        let Some(model) = &self.model else { return Ok(()) };
        if let Some((stamp, spec, psi)) = self.pending.show.take() {
            let began = Instant::now();
            let latent = model.latent(&spec)?;
            let frame = Arc::new(model.draw(&latent, psi)?);
            let seconds = began.elapsed().as_secs_f64();
            (self.tell)(ExploreEvent::Picture(GeneratedPicture { stamp, latent, frame, seconds }));
            return Ok(());
        }
        let Some(mut request) = self.pending.thumbnails.pop_front() else { return Ok(()) };
        let Some(spec) = request.specs.get(request.next) else { return Ok(()) };
        let latent = model.latent(spec)?;
        let frame = Arc::new(model.draw(&latent, request.psi)?);
        let Thumbnails { purpose, stamp, next: first, .. } = request;
        (self.tell)(ExploreEvent::Thumbnails { purpose, stamp, first, pictures: vec![(latent, frame)] });
        request.next += 1;
        if request.next < request.specs.len() {
            self.pending.thumbnails.push_front(request);
        }
        Ok(())
    }

    fn find_neighbours(&mut self, spec: &LatentSpec, psi: f64, count: usize) -> Result<(), EngineError> {
        let model = self.model()?;
        let latent = model.latent(spec)?;
        let frame = model.draw(&latent, psi)?;
        let (run, cache, album) = (model.run()?, self.dirs.cache.clone(), self.album.clone());
        let comparison = Comparison { latent, frame, run, cache, album, count };
        self.job = Some(Job::compare(comparison, self.tell.clone()).map_err(no_thread)?);
        Ok(())
    }

    fn restore(&mut self, path: PathBuf) -> Result<(), EngineError> {
        let mut recipe = restore::recipe_of(&path)?;
        let known = self.model.as_ref().is_some_and(|m| m.stamp().hash == recipe.model.hash);
        if !known {
            let (_, place) = restore::find_model(&recipe, &restore::RestoreRequest::of(path.clone()))?;
            let bundled = place == Path::new(bundled::LABEL);
            let source = if bundled { ExploreSource::Bundled } else { ExploreSource::File(place) };
            self.open(&source)?;
        }
        if recipe.points.len() != 1 {
            let count = recipe.points.len();
            let text = format!("{}: is a sheet of {count} pictures; its first one is taken", path.display());
            log::info!("{text}");
        }
        let latent: Latent = recipe.points.swap_remove(0).latent.into();
        (self.tell)(ExploreEvent::Restored { latent, path });
        Ok(())
    }
}

fn no_thread(e: std::io::Error) -> EngineError {
    EngineError::Other(format!("no thread could be started: {e}"))
}
