//! How fast a picture follows the pointer: from requesting a point of the explorer to receiving its picture.

use crate::config::{DataSource, DeviceChoice, Preset};
use crate::engine::process::supervisor::start_process;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::event::{Event, RunEnd};
use crate::engine::protocol::explore_command::{ExploreCommand, ExploreSource};
use crate::engine::protocol::explore_event::ExploreEvent;
use crate::engine::protocol::handle::EngineHandle;
use crate::engine::protocol::latent::LatentSpec;
use crate::engine::scratch::scratch_folder;
use crate::engine::spawn::this_program;
use crate::interrupt::JobControl;
use crate::printable;
use serde::Serialize;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Points requested one after the other, as by a dragging pointer.
const MOVES: usize = 300;
/// A pointer moves with every frame of the screen.
const FRAME: Duration = Duration::from_millis(16);
/// Nothing takes this long unless it hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Milliseconds from the request to the picture.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(crate) struct Latency {
    pub p50_ms: f64,
    pub p99_ms: f64,
    pub worst_ms: f64,
}

/// The explorer's latencies.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ExploreBench {
    /// Name of the generator, and the side of its pictures in pixels.
    pub model: String,
    pub size: u32,
    pub moves: usize,
    /// Nothing else to do.
    pub alone: Latency,
    /// While `classic-64` at width 32 trains on all cores of the CPU, in the engine's process as under a window.
    pub while_training: Latency,
    /// Pictures that followed the pointer in a second meanwhile, at most 62.5: one for each move.
    pub pictures_per_second: f64,
    /// Training steps in a second with nobody exploring, and meanwhile.
    pub steps_per_second: f64,
    pub steps_per_second_exploring: f64,
}

/// Measures on the bundled generator, or on the one that `model` names.
///
/// # Errors
/// No usable generator, or a training that fails; cancelled.
pub(crate) fn bench_explore(model: Option<PathBuf>, control: JobControl) -> Result<ExploreBench, EngineError> {
    // The run is of no use to anybody afterwards.
    let scratch = scratch_folder()?;
    let mut session = ExploreSession { handle: start_process(this_program(), Arc::new(|| {})), steps: 0, control };
    let done = session.measure(model, scratch.path().to_path_buf());
    session.handle.shutdown();
    done
}

struct ExploreSession<'a> {
    handle: EngineHandle,
    control: JobControl<'a>,
    /// Steps of the training seen so far.
    steps: u64,
}

impl ExploreSession<'_> {
    fn measure(&mut self, model: Option<PathBuf>, folder: PathBuf) -> Result<ExploreBench, EngineError> {
        let source = model.map_or(ExploreSource::Bundled, ExploreSource::File);
        if !self.handle.explore(ExploreCommand::Open(source)) {
            return Err(EngineError::Other("the explorer did not start".to_owned()));
        }
        let info = self.wait(|event| match event {
            ExploreEvent::Opened(info) => Some(info.clone()),
            _ => None,
        })?;
        self.drag(20)?;
        let alone = self.drag(MOVES)?;
        let mut config = Preset::find("classic-64").map(Preset::config).unwrap_or_default();
        (config.model.g_width, config.model.d_width, config.batch) = (32, 32, 32);
        config.data.source = DataSource::Demo;
        config.data.demo_count = 256;
        config.device = DeviceChoice::Cpu;
        config.tunables.metrics_every = 1;
        let start = Command::Start { config: Box::new(config), out: Some(folder) };
        if !self.handle.send(start) {
            return Err(EngineError::Other("the training did not start".to_owned()));
        }
        let began = Instant::now();
        while self.steps < 3 {
            self.pump(began)?;
        }
        let steps_per_second = self.speed(Duration::from_secs(8))?;
        let (first, started) = (self.steps, Instant::now());
        let while_training = self.drag(MOVES)?;
        let seconds = started.elapsed().as_secs_f64();
        let steps_per_second_exploring = (self.steps - first) as f64 / seconds;
        let pictures_per_second = MOVES as f64 / seconds;
        Ok(ExploreBench {
            model: info.label.clone(),
            size: info.config.size,
            moves: MOVES,
            alone,
            while_training,
            pictures_per_second,
            steps_per_second,
            steps_per_second_exploring,
        })
    }

    /// Takes in one message, if there is one; gives the explorer's.
    fn pump(&mut self, since: Instant) -> Result<Option<ExploreEvent>, EngineError> {
        self.control.check()?;
        if since.elapsed() > PATIENCE {
            return Err(EngineError::Other("the measurement took too long".to_owned()));
        }
        match self.handle.poll() {
            Some(Event::Explore(ExploreEvent::Failed { text, .. })) => return Err(EngineError::Other(text)),
            Some(Event::Explore(event)) => return Ok(Some(event)),
            Some(Event::Progress(progress)) => self.steps = progress.step,
            Some(Event::RunEnded(RunEnd::Failed { text, .. }) | Event::WorkerDied(text)) => {
                return Err(EngineError::Other(text));
            }
            Some(_) => {}
            None => std::thread::sleep(Duration::from_micros(200)),
        }
        Ok(None)
    }

    fn wait<T>(&mut self, found: impl Fn(&ExploreEvent) -> Option<T>) -> Result<T, EngineError> {
        let since = Instant::now();
        loop {
            if let Some(found) = self.pump(since)?.as_ref().and_then(&found) {
                return Ok(found);
            }
        }
    }

    /// Drags across the plane.
    fn drag(&mut self, moves: usize) -> Result<Latency, EngineError> {
        let mut times = Vec::with_capacity(moves);
        for i in 0..moves {
            let began = Instant::now();
            let (stamp, t) = (i as u64, i as f64 * 0.01);
            let spec = LatentSpec::Plane { seed: 1, x: t, y: 0.5 * t };
            while !self.handle.explore(ExploreCommand::Show { stamp, spec: spec.clone(), psi: 1.0 }) {
                self.pump(began)?;
            }
            self.wait(|event| matches!(event, ExploreEvent::Picture(drawn) if drawn.stamp == stamp).then_some(()))?;
            times.push(began.elapsed().as_secs_f64() * 1e3);
            while began.elapsed() < FRAME {
                self.pump(began)?;
            }
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        Ok(Latency { p50_ms: at(0.5), p99_ms: at(0.99), worst_ms: at(1.0) })
    }

    /// Steps of the training in a second, nobody exploring.
    fn speed(&mut self, time: Duration) -> Result<f64, EngineError> {
        let (first, since) = (self.steps, Instant::now());
        while since.elapsed() < time {
            self.pump(since)?;
        }
        Ok((self.steps - first) as f64 / since.elapsed().as_secs_f64())
    }
}

impl fmt::Display for ExploreBench {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let row = |f: &mut fmt::Formatter, name: &str, l: &Latency| {
            writeln!(f, "  {name:14}  p50 {:6.1} ms  p99 {:6.1} ms  worst {:6.1} ms", l.p50_ms, l.p99_ms, l.worst_ms)
        };
        let model = printable::line(&self.model);
        writeln!(f, "From a latent to its picture: {model}, {} px, {} moves", self.size, self.moves)?;
        row(f, "alone", &self.alone)?;
        row(f, "while training", &self.while_training)?;
        writeln!(f, "  Meanwhile {:.0} pictures a second followed the pointer.", self.pictures_per_second)?;
        let (before, meanwhile) = (self.steps_per_second, self.steps_per_second_exploring);
        write!(f, "  Training ran at {before:.2} steps/s without exploring and {meanwhile:.2} steps/s with it.")
    }
}
