//! Looks after the battery while somebody wants to know, on a thread of its own: some computers take a while to answer.

use super::source::Power;
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use std::sync::Arc;
use std::thread;

/// Whether the computer runs on battery.
pub(in super::super) struct Battery {
    power: Arc<dyn Power>,
    watch: Option<Watch>,
}

struct Watch {
    told: Receiver<bool>,
    newest: bool,
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
    pub(in super::super) fn is_drained(&mut self) -> bool {
        self.watch.as_mut().is_some_and(|watch| {
            watch.newest = watch.told.try_iter().last().unwrap_or(watch.newest);
            watch.newest
        })
    }
}

impl Watch {
    fn start(power: Arc<dyn Power>) -> Option<Self> {
        let (wish, over) = bounded::<()>(0);
        // What waits for a long step is taken out before the next look.
        let (tell, told) = bounded(1);
        let look = move || {
            loop {
                let drained = power.on_battery().unwrap_or(false);
                // One that was not taken yet is followed by a newer one soon.
                let _ = tell.try_send(drained);
                if over.recv_timeout(power.look_every()) == Err(RecvTimeoutError::Disconnected) {
                    return;
                }
            }
        };
        match thread::Builder::new().name("purrtrait-battery".into()).spawn(look) {
            Ok(_) => Some(Self { told, newest: false, _wish: wish }),
            Err(e) => {
                log::warn!("no thread could be started to look after the battery: {e}");
                None
            }
        }
    }
}
