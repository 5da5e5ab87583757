//! Keeps the system awake while it is wanted, on a thread of its own: on some systems the wish belongs to a thread, and
//! on others a service is asked that may not answer.

use super::source::Power;
use crossbeam_channel::{Sender, bounded};
use std::sync::Arc;
use std::thread;

/// Whether the system is to stay awake.
pub(in super::super) struct Awake {
    power: Arc<dyn Power>,
    /// Dropping it lets the system sleep.
    wish: Option<Sender<()>>,
}

impl Awake {
    pub(in super::super) fn new(power: Arc<dyn Power>) -> Self {
        Self { power, wish: None }
    }

    /// Has the system stay awake from now on, or not any more. A system that cannot be asked costs a line of the log.
    pub(in super::super) fn keep(&mut self, wanted: bool) {
        if !wanted {
            self.wish = None;
        } else if self.wish.is_none() {
            let (wish, over) = bounded::<()>(0);
            let power = self.power.clone();
            let hold = move || match power.keep_awake() {
                // Nothing is ever sent: the channel closes with the wish.
                Ok(_awake) => _ = over.recv(),
                Err(why) => log::debug!("the system may go to sleep while a training runs: {why}"),
            };
            if let Err(e) = thread::Builder::new().name("purrtrait-awake".into()).spawn(hold) {
                log::warn!("no thread could be started to keep the system awake: {e}");
            }
            // Also where it failed: it is not tried again for every step.
            self.wish = Some(wish);
        }
    }
}
