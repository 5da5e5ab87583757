//! Prepares pictures on a thread of its own, so that the worker can answer meanwhile.

use crate::config::DataConfig;
use crate::data::{DataError, DataHome, Dataset, LOOKING_FOR_FACES};
use crate::engine::protocol::event::{DataPhase, DataProgress};
use crate::interrupt::{JobControl, JobProgress};
use crossbeam_channel::{Receiver, TryRecvError, bounded};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

/// Pictures that are being prepared.
pub(crate) struct Intake {
    pub data: DataConfig,
    pub size: u32,
    cancel: Arc<AtomicBool>,
    /// Done and all: of the photos that are looked at first, and of the pictures.
    progress: Arc<[[AtomicUsize; 2]; 2]>,
    reported: Option<DataProgress>,
    result: Receiver<Result<Dataset, DataError>>,
}

impl Intake {
    /// Starts preparing.
    ///
    /// # Errors
    /// When the system refuses a thread.
    pub(super) fn start(data: DataConfig, size: u32, home: DataHome) -> std::io::Result<Self> {
        let cancel = Arc::new(AtomicBool::new(false));
        let progress = Arc::<[[AtomicUsize; 2]; 2]>::default();
        let (sender, result) = bounded(1);
        let (config, stop, counts) = (data.clone(), cancel.clone(), progress.clone());
        thread::Builder::new().name("purrtrait-data".into()).spawn(move || {
            let report = |p: JobProgress| {
                let counts = &counts[usize::from(p.phase != LOOKING_FOR_FACES)];
                // Several decoding threads report; the largest count is the newest.
                counts[0].fetch_max(p.done, Ordering::Relaxed);
                counts[1].store(p.total, Ordering::Relaxed);
            };
            // Nobody waits for the pictures of a session that is gone.
            let _ = sender.send(Dataset::prepare(&config, size, &home, JobControl::new(&stop, &report)));
        })?;
        Ok(Self { data, size, cancel, progress, reported: None, result })
    }

    pub(super) fn cancel(&self) {
        self.cancel.store(true, Ordering::Relaxed);
    }

    /// The progress, if it has changed.
    pub(super) fn progress(&mut self) -> Option<DataProgress> {
        let of = |(phase, counts): (DataPhase, &[AtomicUsize; 2])| {
            let [done, total] = counts.each_ref().map(|count| count.load(Ordering::Relaxed));
            DataProgress { phase, done, total }
        };
        let phases = [DataPhase::Looking, DataPhase::Preparing].into_iter().zip(&*self.progress);
        let now = phases.map(of).rfind(|progress| progress.total > 0)?;
        (self.reported.replace(now) != Some(now)).then_some(now)
    }

    /// The pictures, once they are prepared. A thread that died counts as a failure.
    pub(super) fn finished(&self) -> Option<Result<Dataset, DataError>> {
        match self.result.try_recv() {
            Ok(result) => Some(result),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => Some(Err(DataError::Storage {
                source: std::io::Error::other("the thread that prepared the pictures ended unexpectedly"),
            })),
        }
    }
}

impl Drop for Intake {
    /// A replaced request must stop decoding.
    fn drop(&mut self) {
        self.cancel();
    }
}
