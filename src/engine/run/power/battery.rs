//! Looks after the battery while somebody wants to know, on a thread of its own: some computers take a while to answer.

use super::source::Power;
use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Whether the computer runs on battery.
pub(in super::super) struct Battery {
    power: Arc<dyn Power>,
    watch: Option<Watch>,
}

struct Watch {
    /// Whether it was on battery at the last look.
    drained: Arc<AtomicBool>,
    /// Dropping it ends the thread.
    _wish: Sender<()>,
}

impl Battery {
    pub(in super::super) fn new(power: Arc<dyn Power>) -> Self {
        Self { power, watch: None }
    }

    /// Has it looked after from now on, or not any more.
    pub(in super::super) fn watch(&mut self, wanted: bool) {
        if wanted != self.watch.is_some() {
            self.watch = if wanted { Watch::start(self.power.clone()) } else { None };
        }
    }

    /// Whether somebody looks.
    pub(in super::super) fn is_watched(&self) -> bool {
        self.watch.is_some()
    }

    /// Whether the computer was on battery when it was looked at last. Not where nobody looks, or nothing is known.
    pub(in super::super) fn is_drained(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.drained.load(Ordering::Relaxed))
    }
}

impl Watch {
    fn start(power: Arc<dyn Power>) -> Option<Self> {
        let (wish, over) = bounded::<()>(0);
        let drained = Arc::new(AtomicBool::new(false));
        let newest = drained.clone();
        let look = move || {
            loop {
                newest.store(power.on_battery().unwrap_or(false), Ordering::Relaxed);
                if over.recv_timeout(power.look_every()) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        match thread::Builder::new().name("purrtrait-battery".into()).spawn(look) {
            Ok(_) => Some(Self { drained, _wish: wish }),
            Err(e) => {
                log::warn!("no thread could be started to look after the battery: {e}");
                None
            }
        }
    }
}
