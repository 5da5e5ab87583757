//! Requests to end the program, however they come: Ctrl+C, SIGTERM, SIGHUP, a console that is closed. The first one
//! asks for an orderly end, a second one ends the program at once. And [`JobControl`], by which long jobs are
//! cancelled.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
mod job;
mod unfinished;
mod end_request;

pub use job::{Cancelled, JobControl, JobProgress};
pub(crate) use unfinished::Unfinished;

use end_request::EndRequest;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// 128 + SIGINT, as shells have it; the same for all requests.
pub(crate) const EXIT_CODE: u8 = 130;
/// After a second request: nothing was saved.
const AT_ONCE: u8 = 1;

/// The first request came. Long jobs check this.
static ASKED: AtomicBool = AtomicBool::new(false);

/// Whether long jobs are to end: true from the first request on.
pub(crate) fn flag() -> &'static AtomicBool {
    &ASKED
}

/// Whether the program was asked to end.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// What the program does when it is asked to end.
pub struct Plan {
    /// On the first request: tells the person that it was received, or wakes the thread that acts on it.
    pub first: Box<dyn Fn() + Send + Sync>,
    /// On the second request: what can still be said before the program ends at once.
    pub second: Box<dyn Fn() + Send + Sync>,
    /// Work that has not ended by itself after this long is given up: what is half-written is removed, and the program
    /// ends. None waits until it ends by itself, as a training does, which saves.
    pub patience: Option<Duration>,
    /// What is said then.
    pub given_up: Box<dyn Fn() + Send + Sync>,
}

static PLAN: OnceLock<Plan> = OnceLock::new();

/// Watches for requests from now on; once in a program. On Unix a file that reaches the limit of `ulimit -f` is from
/// now on an error of writing, not the end of the program.
pub fn watch(plan: Plan) {
    if PLAN.set(plan).is_err() {
        return;
    }
    if let Err(error) = system::watch(receive) {
        log::warn!("Ctrl+C and the end of the session will end the program without saving: {error}");
    }
}

/// When the first request came, and what it was.
static FIRST: Mutex<Option<(Instant, EndRequest)>> = Mutex::new(None);

fn receive(request: EndRequest) {
    let Some(plan) = PLAN.get() else { return };
    let mut first = FIRST.lock().unwrap_or_else(PoisonError::into_inner);
    match *first {
        None => {
            *first = Some((Instant::now(), request));
            drop(first);
            ASKED.store(true, Ordering::SeqCst);
            (plan.first)();
            if let Some(patience) = plan.patience {
                // Without a thread for it there is only the second request.
                let _ = std::thread::Builder::new().name("purrtrait-patience".into()).spawn(move || {
                    std::thread::sleep(patience);
                    (plan.given_up)();
                    end(EXIT_CODE);
                });
            }
        }
        Some((since, before)) if request.counts_after(before, since.elapsed()) => {
            (plan.second)();
            end(AT_ONCE);
        }
        Some(_) => {}
    }
}

type Save = Box<dyn FnOnce() + Send>;

/// What is to be done before the program ends, if anything.
static BEFORE_EXIT: Mutex<Option<Save>> = Mutex::new(None);

/// Has `save` called before the program ends, also where a library ends it: Xlib does so once its display is gone, as
/// it is at the end of a session.
pub(crate) fn before_exit(save: impl FnOnce() + Send + 'static) {
    *BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(save));
    system::at_exit(last_chance);
}

/// Nothing is to be done any more.
pub(crate) fn nothing_before_exit() {
    *BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner) = None;
}

extern "C" fn last_chance() {
    // Taken out first: the lock is not held while it saves.
    let save = BEFORE_EXIT.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(save) = save {
        save();
    }
}

/// Ends without waiting for anybody.
pub(crate) fn end(code: u8) -> ! {
    unfinished::remove_all();
    system::exit(code.into())
}

/// Removes what is half-written: once, as the last thing before the program ends while threads may still be writing.
pub(crate) fn clear_up() {
    unfinished::remove_all();
}
