//! The explorer's loop: the newest requested picture first, then one thumbnail, then the next requests.

use super::job_thread::Emit;
use super::opening::LiveWeights;
use super::state::{ExplorerThread, NamedDirections, PendingThumbnails, Unsharpened};
use crate::compute::work_alone;
use crate::engine::app_dirs::AppDirs;
use crate::engine::protocol::command::Command;
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::explore_command::{ExploreCommand, RequestKind};
use crate::engine::protocol::explore_event::{ExploreEvent, GeneratedPicture};
use crate::engine::protocol::handle::ExplorerChannels;
use crate::engine::protocol::outbox::Wake;
use crate::sharpen::{LARGEST, Sharpener};
use crossbeam_channel::{Receiver, Sender, after, bounded, never, select};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

/// So long a picture stays on show before it is sharpened: while a person drags, the next one comes sooner.
const REST: Duration = Duration::from_millis(120);
/// Requests, and answers, that may wait.
const QUEUE: usize = 256;

/// Starts the explorer's thread. `weights` brings those of the run that is training, once `training` was asked for
/// them.
pub(crate) fn spawn(
    dirs: AppDirs,
    training: Sender<Command>,
    weights: Receiver<LiveWeights>,
    wake: Wake,
) -> ExplorerChannels {
    let (command_sender, commands) = bounded(QUEUE);
    let (event_sender, events) = bounded(QUEUE);
    let emit: Emit = Arc::new(move |event| {
        // Waits while the queue is full; fails only when the front end is gone.
        let _ = event_sender.send(event);
        wake();
    });
    let spawned = thread::Builder::new().name("purrtrait-explorer".into()).spawn(move || {
        // One core is enough for one picture at a time.
        work_alone();
        let (named, names) = bounded(1);
        ExplorerThread::new(dirs, training, named, emit).run(&commands, &weights, &names);
    });
    if let Err(e) = &spawned {
        log::error!("the explorer's thread cannot be started: {e}");
    }
    ExplorerChannels { commands: command_sender, events }
}

impl ExplorerThread {
    fn run(
        mut self,
        commands: &Receiver<ExploreCommand>,
        weights: &Receiver<LiveWeights>,
        names: &Receiver<NamedDirections>,
    ) {
        let mut weights = weights.clone();
        loop {
            let mut requests = Vec::new();
            if self.is_idle() {
                let rested = match &self.pending.sharpen {
                    Some(picture) => after(picture.due.saturating_duration_since(Instant::now())),
                    None => never(),
                };
                select! {
                    recv(rested) -> _ => {}
                    recv(commands) -> request => match request {
                        Ok(request) => requests.push(request),
                        // The front end is gone.
                        Err(_) => return,
                    },
                    recv(names) -> named => if let Ok(named) = named
                        && let Err(e) = self.take_names(named)
                    {
                        self.failed(RequestKind::Other, &e);
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
            if let Err(e) = self.generate() {
                self.failed(RequestKind::Drawing, &e);
            }
        }
    }

    /// Generates the newest requested picture; without one, sharpens it once it rests; without one, the next thumbnail.
    fn generate(&mut self) -> Result<(), EngineError> {
        let Some(model) = &self.model else { return Ok(()) };
        if let Some((stamp, spec, psi)) = self.pending.show.take() {
            let began = Instant::now();
            let latent = model.latent(&spec)?;
            let frame = Arc::new(model.generate(&latent, psi)?);
            let seconds = began.elapsed().as_secs_f64();
            if self.sharpening && model.network().is_some() {
                self.pending.sharpen = Some(Unsharpened { stamp, frame: frame.clone(), due: Instant::now() + REST });
            }
            (self.emit)(ExploreEvent::Picture(GeneratedPicture { stamp, latent, frame, seconds }));
            return Ok(());
        }
        if let Some(Unsharpened { stamp, frame, .. }) = self.pending.sharpen.take_if(|p| p.due <= Instant::now()) {
            if let Some(times) = Sharpener::times(frame.width, LARGEST) {
                let frame = Arc::new(model.enlarge(&frame, times, true)?);
                (self.emit)(ExploreEvent::Sharpened { stamp, frame });
            }
            return Ok(());
        }
        let Some(mut request) = self.pending.thumbnails.pop_front() else { return Ok(()) };
        let Some(spec) = request.specs.get(request.next) else { return Ok(()) };
        let latent = model.latent(spec)?;
        let frame = Arc::new(model.generate(&latent, request.psi)?);
        let PendingThumbnails { purpose, stamp, next: first, .. } = request;
        (self.emit)(ExploreEvent::Thumbnails { purpose, stamp, first, pictures: vec![(latent, frame)] });
        request.next += 1;
        if request.next < request.specs.len() {
            self.pending.thumbnails.push_front(request);
        }
        Ok(())
    }
}
