//! The generator that is being explored.

use crate::compute::ComputeDevice;
use crate::config::{DeviceChoice, LatentKind, RunConfig};
use crate::engine::bundled;
use crate::engine::jobs::models::discriminator_of;
use crate::engine::load::{load_generator, run_at_best, run_folder};
use crate::engine::loaded_generator::{LoadedGenerator, private_path, stamp};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::ExploreSource;
use crate::engine::protocol::explore_event::{DirectionInfo, ExploreModel, RunSteps};
use crate::engine::protocol::latent::LatentSpec;
use crate::engine::sharpening::network_in;
use crate::formats::{ModelStamp, Point, Recipe, upscale};
use crate::latent::{Direction, truncate};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use crate::sharpen::{SavedSharpener, Sharpener};
use crate::train::{Checkpoint, RunDir};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// An opened generator on the CPU.
pub(super) struct OpenModel {
    /// What the front end knows about it.
    pub info: Arc<ExploreModel>,
    /// Its weights on the host.
    pub saved: Arc<SavedGenerator>,
    /// Directions found or learned for it.
    pub directions: Vec<Direction>,
    /// The folder of its run is only looked at.
    pub watched: bool,
    generator: LoadedGenerator,
    network: Option<OpenNetwork>,
}

/// The sharpening network of its run.
struct OpenNetwork {
    saved: Arc<SavedSharpener>,
    sharpener: Sharpener,
}

impl OpenModel {
    /// Opens the bundled generator, or the one that a path names.
    ///
    /// # Errors
    /// No usable generator there.
    pub(super) fn open(source: &ExploreSource) -> Result<Self, EngineError> {
        match source {
            ExploreSource::File(path) => {
                let saved = load_generator(path, false)?;
                // The best checkpoint is a step of its run, from which one can go to the others.
                let path = &run_at_best(path).unwrap_or_else(|| path.clone());
                let run = run_of(path);
                let steps = run.as_ref().map(|(dir, _)| steps_of(dir)).unwrap_or_default();
                let source = ExploreSource::File(path.clone());
                let discriminator = run.is_some() || discriminator_of(path).is_ok();
                let mut model = Self::new(saved, stamp_of(path), &source, run.map(|(_, seed)| seed), steps)?;
                Arc::make_mut(&mut model.info).discriminator = discriminator;
                Ok(model)
            }
            ExploreSource::Bundled | ExploreSource::Live => {
                let stamp = |saved: &SavedGenerator| {
                    ModelStamp::new(saved, bundled::LABEL, Some(bundled::LABEL.to_owned()), false)
                };
                Self::new(bundled::generator()?, stamp, &ExploreSource::Bundled, None, RunSteps::default())
            }
        }
    }

    /// The newest weights of the run in `folder`, which is training with this seed.
    ///
    /// # Errors
    /// Weights that do not fit their configuration.
    pub(super) fn live(saved: SavedGenerator, folder: &Path, seed: u64) -> Result<Self, EngineError> {
        let steps = RunDir::inspect(folder).map(|(dir, _)| steps_of(&dir)).unwrap_or_default();
        Self::new(saved, stamp_of(folder), &ExploreSource::Live, Some(seed), steps)
    }

    fn new(
        saved: SavedGenerator,
        stamp: impl FnOnce(&SavedGenerator) -> ModelStamp,
        source: &ExploreSource,
        run_seed: Option<u64>,
        steps: RunSteps,
    ) -> Result<Self, EngineError> {
        let stamp = stamp(&saved);
        let info = ExploreModel {
            label: stamp.label.clone(),
            source: source.clone(),
            config: saved.config.clone(),
            hash: stamp.hash.clone(),
            step: saved.step,
            run_seed,
            // All others are known to have one.
            discriminator: true,
            steps,
        };
        let generator = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
        Ok(Self {
            info: Arc::new(info),
            saved: Arc::new(saved),
            directions: Vec::new(),
            generator,
            network: None,
            watched: false,
        })
    }

    /// Changes to another step of the same run. Directions stay: they differ little from step to step.
    ///
    /// # Errors
    /// Weights that do not fit their configuration.
    pub(super) fn replace_weights(&mut self, saved: SavedGenerator) -> Result<(), EngineError> {
        let stamp = ModelStamp { hash: saved.hash(), step: saved.step, ..self.generator.stamp.clone() };
        self.generator = LoadedGenerator::with(&saved, stamp, DeviceChoice::Cpu)?;
        self.saved = Arc::new(saved);
        Ok(())
    }

    /// Looks for the sharpening network of its run.
    ///
    /// # Errors
    /// A file that cannot be read, or is no such network.
    pub(super) fn find_network(&mut self) -> Result<(), EngineError> {
        self.network = None;
        let Ok((dir, _)) = self.run() else { return Ok(()) };
        self.network = network_in(&dir)?
            .map(|saved| OpenNetwork { sharpener: saved.open(self.device().device()), saved: Arc::new(saved) });
        Ok(())
    }

    /// The sharpening network, if there is one.
    pub(super) fn network(&self) -> Option<Arc<SavedSharpener>> {
        self.network.as_ref().map(|network| network.saved.clone())
    }

    /// A picture of its own so many times larger, sharpened if that is wanted and possible.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn enlarge(&self, frame: &Frame, times: u32, sharpen: bool) -> Result<Frame, EngineError> {
        match self.network.as_ref().filter(|_| sharpen && Sharpener::can(times)) {
            Some(network) => Ok(network.sharpener.enlarge(frame, times)?),
            None => Ok(upscale(frame, times)),
        }
    }

    /// Lists the checkpoints of the run in `folder` again, and returns them if they have changed.
    pub(super) fn refresh_steps(&mut self, folder: &Path) -> Option<RunSteps> {
        let steps = RunDir::inspect(folder).map(|(dir, _)| steps_of(&dir)).ok()?;
        let changed = self.info.steps != steps;
        changed.then(|| Arc::make_mut(&mut self.info).steps.clone_from(&steps));
        changed.then_some(steps)
    }

    /// Where the generator is on disk.
    ///
    /// # Errors
    /// For the bundled generator.
    pub(super) fn path(&self) -> Result<PathBuf, EngineError> {
        let path = match &self.info.source {
            ExploreSource::File(path) => Some(path.clone()),
            ExploreSource::Live => self.generator.stamp.path.as_deref().map(private_path),
            ExploreSource::Bundled => None,
        };
        path.ok_or_else(|| EngineError::Run("this needs a run; the bundled generator comes without one".to_owned()))
    }

    /// What names both networks: the checkpoint of the step on show, as far as there is one.
    ///
    /// # Errors
    /// When the generator is nowhere on disk.
    pub(super) fn networks_path(&self) -> Result<PathBuf, EngineError> {
        if self.info.source == ExploreSource::Bundled {
            return Ok(bundled::LABEL.into());
        }
        let path = self.path()?;
        let steps = run_folder(&path).map(|(dir, _)| dir.checkpoint_steps()).unwrap_or_default();
        Ok(steps.into_iter().find(|(step, _)| *step == self.saved.step).map_or(path, |(_, folder)| folder))
    }

    /// The folder of its run.
    ///
    /// # Errors
    /// When it does not come from a run.
    pub(super) fn run_folder(&self) -> Result<PathBuf, EngineError> {
        let path = self.path()?;
        let none =
            || EngineError::Run(format!("{} is not part of a run: there is no training to film", path.display()));
        run_folder(&path).map(|(dir, _)| dir.root().to_path_buf()).ok_or_else(none)
    }

    /// Its run.
    ///
    /// # Errors
    /// When it does not come from a run.
    pub(super) fn run(&self) -> Result<(RunDir, RunConfig), EngineError> {
        let path = self.path()?;
        let none =
            || EngineError::Run(format!("{} is not part of a run: its training pictures are unknown", path.display()));
        run_folder(&path).ok_or_else(none)
    }

    /// The generator as it was at a checkpoint of its run; none is the newest.
    ///
    /// # Errors
    /// No run, no checkpoint of this step, or one that cannot be read.
    pub(super) fn at_step(&self, step: Option<u64>) -> Result<SavedGenerator, EngineError> {
        let path = self.path()?;
        let Some(step) = step else {
            // A checkpoint stands for its run here.
            let run = run_folder(&path).filter(|_| path.is_dir()).map(|(dir, _)| dir.root().to_path_buf());
            return load_generator(&run.unwrap_or(path), false);
        };
        let (dir, _) = run_folder(&path).ok_or_else(|| {
            EngineError::Run(format!("{} is not part of a run: only runs have earlier steps", path.display()))
        })?;
        let gone = || EngineError::Run(format!("{}: the checkpoint at step {step} is gone", path.display()));
        let (_, folder) = dir.checkpoint_steps().into_iter().find(|(s, _)| *s == step).ok_or_else(gone)?;
        Ok(Checkpoint::read(&folder)?.generator(false)?)
    }

    /// How its latents are drawn.
    pub(super) fn kind(&self) -> LatentKind {
        self.saved.config.latent
    }

    /// Length of its latents.
    pub(super) fn size(&self) -> usize {
        self.saved.config.latent_size as usize
    }

    /// The picture of a latent, truncated by `psi` (1: not at all).
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn generate(&self, latent: &[f32], psi: f64) -> Result<Frame, EngineError> {
        let z = self.truncated(latent, psi);
        Ok(self.generator.generate([z.as_slice()])?.swap_remove(0))
    }

    fn truncated(&self, latent: &[f32], psi: f64) -> Vec<f32> {
        if psi == 1.0 { latent.to_vec() } else { truncate(self.kind(), latent, psi) }
    }

    /// The recipe that is saved inside a picture of this latent, enlarged as by [`Self::enlarge`].
    pub(super) fn recipe(
        &self,
        spec: &LatentSpec,
        latent: &[f32],
        psi: f64,
        (upscale, sharpen): (u32, bool),
    ) -> Recipe {
        let z = self.truncated(latent, psi);
        let mut point = match spec {
            LatentSpec::Seed { seed, number } => Point::drawn(z, *seed, *number),
            _ => Point::new(z),
        };
        point.psi = (psi != 1.0).then_some(psi as f32);
        let recipe = self.generator.recipe(vec![point], upscale);
        match self.network.as_ref().filter(|_| sharpen && Sharpener::can(upscale)) {
            Some(network) => recipe.sharpened_by(network.sharpener.hash()),
            None => recipe,
        }
    }

    /// What its pictures say about it.
    pub(super) fn stamp(&self) -> &ModelStamp {
        &self.generator.stamp
    }

    /// Where it runs.
    pub(super) fn device(&self) -> &ComputeDevice {
        &self.generator.device
    }

    /// The directions as the window shows them.
    pub(super) fn direction_infos(&self) -> Vec<DirectionInfo> {
        self.directions.iter().map(|d| DirectionInfo { name: d.name.clone(), strength: d.strength }).collect()
    }
}

fn steps_of(dir: &RunDir) -> RunSteps {
    let all = dir.checkpoint_steps().into_iter().map(|(step, _)| step).collect();
    RunSteps { all, best: dir.best().map(|(best, _)| best.step) }
}

fn stamp_of(path: &Path) -> impl FnOnce(&SavedGenerator) -> ModelStamp + '_ {
    move |saved| stamp(saved, path, false)
}

/// The run that a path lies in, and its seed.
fn run_of(path: &Path) -> Option<(RunDir, u64)> {
    run_folder(path).map(|(dir, config)| (dir, config.seed))
}
