//! Events on their way out. The worker never waits for a front end: what does not fit stays here.

use crate::engine::protocol::event::Event;
use crate::engine::protocol::session_record::{Recorder, SessionRecord};
use crossbeam_channel::{Sender, TrySendError};
use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// At most about 20 deliveries a second: more would repaint the window for nothing.
const INTERVAL: Duration = Duration::from_millis(50);
/// A front end that does not listen must not fill the memory.
const LIMIT: usize = 10_000;

/// Called when events are waiting for the front end.
pub(crate) type Wake = Arc<dyn Fn() + Send + Sync>;

/// Keeps events until the front end takes them.
pub(crate) struct Outbox {
    waiting: VecDeque<Event>,
    channel: Sender<Event>,
    wake: Wake,
    delivered: Instant,
    /// Listens while a run of this session trains.
    recorder: Option<Recorder>,
}

impl Outbox {
    pub(crate) fn new(channel: Sender<Event>, wake: Wake) -> Self {
        Self { waiting: VecDeque::new(), channel, wake, delivered: Instant::now(), recorder: None }
    }

    /// What is told from now on belongs to a run of this session, and is recorded for those who watch it; or not any
    /// more.
    pub(crate) fn record(&mut self, on: bool) {
        self.recorder = on.then(Recorder::default);
    }

    /// Records for another run of this session from now on; gives what was recorded for the one before.
    pub(crate) fn swap_recorder(&mut self, recorder: Option<Recorder>) -> Option<Recorder> {
        std::mem::replace(&mut self.recorder, recorder)
    }

    /// What is to be written into which folder, if that has changed.
    pub(crate) fn recorded(&mut self) -> Option<(&Path, &SessionRecord)> {
        self.recorder.as_mut()?.changed()
    }

    pub(crate) fn push(&mut self, event: Event) {
        if let Some(recorder) = &mut self.recorder {
            recorder.note(&event);
        }
        // Only the newest progress is of interest.
        if matches!(event, Event::Progress(_)) {
            self.waiting.retain(|e| !matches!(e, Event::Progress(_)));
        }
        self.waiting.push_back(event);
        if self.waiting.len() > LIMIT {
            self.waiting.pop_front();
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Delivers what fits, if it is time or `now` asks for it.
    pub(crate) fn flush(&mut self, now: bool) {
        if self.waiting.is_empty() || (!now && self.delivered.elapsed() < INTERVAL) {
            return;
        }
        self.delivered = Instant::now();
        while let Some(event) = self.waiting.pop_front() {
            match self.channel.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.waiting.push_front(event);
                    break;
                }
                // Nobody is left to tell.
                Err(TrySendError::Disconnected(_)) => self.waiting.clear(),
            }
        }
        (self.wake)();
    }

    /// Delivers everything, waiting for room: only before the thread ends.
    pub(crate) fn finish(&mut self) {
        for event in self.waiting.drain(..) {
            if self.channel.send_timeout(event, Duration::from_secs(2)).is_err() {
                break;
            }
        }
        (self.wake)();
    }
}
