//! The worker thread's loop.

use crate::compute::work_along;
use crate::data::Dataset;
use crate::engine::app_dirs::AppDirs;
use crate::engine::explore::LiveWeights;
use crate::engine::protocol::command::{Command, ResumeOptions};
use crate::engine::protocol::error::{EngineError, panic_text};
use crate::engine::protocol::handle::{COMMANDS, EVENTS, EngineHandle};
use crate::engine::protocol::outbox::{Outbox, Wake};
use crate::engine::run::power::source::Power;
use crate::engine::run::power::system::SystemPower;
use crate::engine::run::session::Session;
use crate::train::RunDir;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

/// What whoever trains owns of the channels to a front end.
pub(crate) struct WorkerEnds {
    pub commands: Receiver<Command>,
    pub out: Outbox,
    /// Takes the weights of a run to the explorer.
    pub weights: Sender<LiveWeights>,
}

/// Starts the worker thread and the explorer's. `wake` is called whenever events are waiting; the window requests a
/// repaint then.
///
/// Never fails: where the system refuses a thread, the handle reports a dead worker.
pub fn start(wake: Wake) -> EngineHandle {
    start_with("purrtrait-worker", wake, work)
}

/// The same on a computer with this power: for tests that stand in for a battery.
pub fn start_on(power: Arc<dyn Power>, wake: Wake) -> EngineHandle {
    start_with("purrtrait-worker", wake, move |ends| {
        run(Session::new(AppDirs::find(), ends.out, ends.weights, power), &ends.commands);
    })
}

/// The same with something else than [`work`] on the thread of this name.
pub(crate) fn start_with(name: &str, wake: Wake, work: impl FnOnce(WorkerEnds) + Send + 'static) -> EngineHandle {
    let (command_sender, commands) = bounded(COMMANDS);
    let (event_sender, events) = bounded(EVENTS);
    // One set of weights may wait for the explorer; it wants the newest, not all.
    let (weight_sender, weights) = bounded(1);
    let explorer = crate::engine::explore::spawn(AppDirs::find(), command_sender.clone(), weights, wake.clone());
    let (alive, ended) = bounded(0);
    let worker = thread::Builder::new().name(name.into()).spawn(move || {
        // Nothing is ever sent: when this thread ends, so does the channel.
        let _alive: Sender<()> = alive;
        work(WorkerEnds { commands, out: Outbox::new(event_sender, wake), weights: weight_sender });
    });
    if let Err(e) = &worker {
        log::error!("the training thread cannot be started: {e}");
    }
    EngineHandle::new(command_sender, events, worker.ok()).with_explorer(explorer).with_end(ended)
}

/// Trains, until `Shutdown` or until nobody listens.
pub(crate) fn work(ends: WorkerEnds) {
    run(Session::new(AppDirs::find(), ends.out, ends.weights, Arc::new(SystemPower)), &ends.commands);
}

/// The same for a run that lies in `run` and trains on these pictures.
///
/// # Errors
/// The settings of the run cannot be read.
pub(crate) fn worker_on(
    ends: WorkerEnds,
    run: PathBuf,
    dataset: Dataset,
) -> Result<impl FnOnce() + Send + 'static, EngineError> {
    let (_, config) = RunDir::inspect(&run)?;
    Ok(move || {
        let mut session = Session::new(AppDirs::find(), ends.out, ends.weights, Arc::new(SystemPower));
        session.take_pictures(&config, dataset);
        session.apply(Command::Resume { run, options: ResumeOptions::default() });
        self::run(session, &ends.commands);
    })
}

/// Requests first, then one piece of work, then the events; until `Shutdown` or until nobody listens.
pub(super) fn run(mut session: Session, commands: &Receiver<Command>) {
    work_along();
    loop {
        // A request ends a rest between two steps, too.
        let mut requests = match commands.recv_timeout(session.patience()) {
            Ok(first) => vec![first],
            Err(RecvTimeoutError::Timeout) => Vec::new(),
            // The front end is gone without a request: save and end.
            Err(RecvTimeoutError::Disconnected) => vec![Command::Shutdown],
        };
        requests.extend(commands.try_iter());
        let ending = requests.iter().any(|r| matches!(r, Command::Shutdown));
        // A step that panics takes its run with it, not the thread and not the window.
        let work = catch_unwind(AssertUnwindSafe(|| {
            newest_only(requests).into_iter().for_each(|request| session.apply(request));
            if !ending {
                session.advance();
            }
        }));
        if let Err(panic) = work {
            session.abandon(&panic_text(panic));
        }
        if ending {
            session.out.finish();
            return;
        }
        let pausing = !session.is_running() || session.is_resting();
        session.out.flush(pausing);
    }
}

/// Keeps the newest of requests that replace each other: a dragged slider sends many.
fn newest_only(requests: Vec<Command>) -> Vec<Command> {
    let last = |same: fn(&Command) -> bool| requests.iter().rposition(same);
    let tunables = last(|c| matches!(c, Command::SetTunables(_)));
    let manners = last(|c| matches!(c, Command::SetManners(_)));
    let scan = last(|c| matches!(c, Command::ScanData { .. }));
    let keep = |i: usize, c: &Command| match c {
        Command::SetTunables(_) => Some(i) == tunables,
        Command::SetManners(_) => Some(i) == manners,
        Command::ScanData { .. } => Some(i) == scan,
        _ => true,
    };
    requests.iter().enumerate().filter(|(i, c)| keep(*i, c)).map(|(_, c)| c.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Tunables;

    #[test]
    fn the_newest_slider_position_wins() {
        let rate = |lr_g| Command::SetTunables(Tunables { lr_g, ..Tunables::default() });
        let kept = newest_only(vec![rate(1e-4), Command::SampleNow, rate(2e-4), rate(3e-4), Command::Pause]);
        assert_eq!(kept.len(), 3);
        assert!(matches!(&kept[1], Command::SetTunables(t) if t.lr_g == 3e-4));
    }
}
