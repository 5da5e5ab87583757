//! Drives a training to its end, or watches one.

use super::exit::{Exit, Failure};
use super::follower::{Follower, RETRY_AFTER};
use super::output::Output;
use crate::config::Manners;
use crate::engine::{self, Command, EngineHandle, QueueRequest, Race, Waited};
use crate::interrupt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// How often to check for Ctrl+C while nothing happens.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Has the engine do this, a training, and follows it to its end; `manners` are how it treats the computer.
pub(super) fn follow(command: Command, manners: Manners, out: &Output) -> Result<Exit, Failure> {
    // Nothing to wake: this thread waits for the events.
    let mut engine = engine::start(Arc::new(|| {}));
    let mut follower = Follower::new(out);
    follower.watching = matches!(command, Command::Watch(_));
    // The saved settings say where new runs go.
    let before = [Command::LoadSettings, Command::SetManners(manners)];
    let sent = before.into_iter().chain([command]).all(|command| engine.send(command));
    let result = if sent { drive(&mut engine, &mut follower) } else { Err(died()) };
    drop(follower);
    engine.shutdown();
    result
}

/// Trains what waits in the queue, one after another.
pub(super) fn follow_queue(manners: Manners, out: &Output) -> Result<Exit, Failure> {
    let mut engine = engine::start(Arc::new(|| {}));
    let mut follower = Follower::new(out);
    follower.queue = true;
    let requests = [Command::LoadSettings, Command::SetManners(manners), Command::Queue(QueueRequest::Start)];
    let sent = requests.into_iter().all(|command| engine.send(command));
    let result = if sent { drive(&mut engine, &mut follower) } else { Err(died()) };
    drop(follower);
    engine.shutdown();
    result
}

/// Has two runs race, and gives their folders, too.
pub(super) fn follow_race(race: Race, manners: Manners, out: &Output) -> (Result<Exit, Failure>, Vec<PathBuf>) {
    let mut engine = engine::start(Arc::new(|| {}));
    let mut follower = Follower::new(out);
    let requests = [Command::LoadSettings, Command::SetManners(manners), Command::Race(race)];
    let sent = requests.into_iter().all(|command| engine.send(command));
    let result = if sent { drive(&mut engine, &mut follower) } else { Err(died()) };
    let runs = follower.racers();
    drop(follower);
    engine.shutdown();
    (result, runs)
}

fn drive(engine: &mut EngineHandle, follower: &mut Follower) -> Result<Exit, Failure> {
    loop {
        // A reader that has gone away (`| head`) ends a training as Ctrl+C does: saved.
        if follower.watching && (interrupt::asked() || follower.out.closed()) {
            return Ok(Exit::Interrupted);
        }
        if !follower.stopping && (interrupt::asked() || follower.out.closed()) {
            // What waits stays in the queue, and what is under way is resumed when that goes on.
            let left = !follower.queue || engine.send(Command::Queue(QueueRequest::Leave));
            follower.stopping = left && engine.send(Command::Stop);
        }
        if let Some(since) = follower.paused {
            // Only trouble with the run folder pauses a run here; a notice has said what it was.
            if let Some(run) = follower.info.as_ref().map(|info| &info.path).filter(|run| is_gone(run)) {
                return Err(Failure::new(Exit::Run, gone(run)));
            }
            if follower.saving_last {
                let text = "the newest steps could not be saved; `purrtrait resume RUN` resumes from the last \
                            checkpoint";
                return Err(Failure::new(Exit::Run, text));
            }
            if since.elapsed() >= RETRY_AFTER && engine.send(Command::Continue) {
                follower.paused = None;
            }
        }
        match engine.wait(LOOK_EVERY) {
            Waited::Timeout => {}
            Waited::Ended => return Err(died()),
            Waited::Event(event) => {
                if let Some(result) = follower.event(*event) {
                    return result;
                }
            }
        }
    }
}

/// The folder was deleted or moved. Where the one around it is gone too, a drive was disconnected and may come back.
fn is_gone(run: &Path) -> bool {
    let around = std::path::absolute(run).ok().and_then(|run| run.parent().map(Path::to_path_buf));
    !run.join("run.toml").is_file() && around.is_some_and(|around| around.is_dir())
}

fn gone(run: &Path) -> String {
    format!(
        "{}: the run folder was deleted or moved during training, so nothing more can be saved: everything since the \
         last checkpoint is lost. If the folder was moved, `purrtrait resume` resumes from its last checkpoint; if \
         it was deleted, the run is lost",
        run.display()
    )
}

fn died() -> Failure {
    Failure::new(
        Exit::Other,
        "the training thread ended unexpectedly; `purrtrait resume RUN` resumes from the last checkpoint",
    )
}
