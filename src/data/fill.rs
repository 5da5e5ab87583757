//! Makes the wanted pictures in parallel, taking from the cache what is there.

use super::budget::Budget;
use super::cache::{Cache, CacheEntry, CachedSquare, Index};
use super::cache_writer::{Writer, carry_over};
use super::choices::PictureChoices;
use super::error::DataError;
use super::faces::FindFaces;
use super::item::Outcome;
use super::photo::{Photo, PhotoSquare, Studio, marks_id};
use super::prepare::Settings;
use super::wanted::WantedPictures;
use crate::interrupt::JobControl;
use crate::printable::hex;
use fast_image_resize::Resizer;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Instant;

/// Memory that decoding may use at any time, over all threads. A picture that takes more is decoded
/// alone.
pub(super) const DECODE_BYTES: u64 = 1 << 30;

/// What is reported while pictures are prepared.
pub(crate) const PHASE: &str = "pictures prepared";

/// What filling the cache gave.
pub(super) struct Filled {
    pub cache: Cache,
    /// By picture: reasons that hold only for now and are not cached.
    pub passing: HashMap<String, String>,
    pub notice: Option<String>,
    /// Nothing had to be decoded.
    pub from_cache: bool,
}

/// One preparation under way.
pub(super) struct Preparation<'a> {
    pub settings: Settings,
    pub choices: &'a PictureChoices,
    pub find: FindFaces<'a>,
    pub control: JobControl<'a>,
}

impl Preparation<'_> {
    /// Takes from the cache what is there and makes the rest.
    pub(super) fn fill(&self, wanted: &WantedPictures, path: &Path) -> Result<Filled, DataError> {
        let old = Cache::open(path, self.settings.side, self.control);
        let entry = |id: &String| old.as_ref()?.index.get(id);
        let known = |id: &String| entry(id).is_some_and(|entry| is_current(entry, self.choices));
        let missing: Vec<usize> = (0..wanted.items.len()).filter(|&i| !known(&wanted.ids[i])).collect();
        let total = wanted.items.len();
        let reused = total - missing.len();
        self.control.report(PHASE, reused, total);
        match old {
            Some(cache) if missing.is_empty() => {
                return Ok(Filled { cache, passing: Default::default(), notice: None, from_cache: true });
            }
            _ => {}
        }

        let writer = Writer::new(path, self.settings.side);
        let made = self.make(wanted, &missing, reused, &writer);
        self.control.check()?;
        let (mut index, mut passing) = (Index::new(), HashMap::new());
        for (i, entry) in made {
            let id = wanted.ids[i].clone();
            match entry {
                Ok(entry) => drop(index.insert(id, entry)),
                Err(reason) => drop(passing.insert(id, reason)),
            }
        }
        if let Some(old) = old {
            if index.is_empty() {
                // Only passing troubles: nothing worth a new file.
                return Ok(Filled { cache: old, passing, notice: None, from_cache: false });
            }
            for id in &wanted.ids {
                if let Some(entry) = old.index.get(id).filter(|_| !index.contains_key(id)) {
                    index.insert(id.clone(), carry_over(&old, entry, self.settings.side, &writer));
                }
            }
            // `old` ends here: Windows cannot replace a file that is still mapped.
        }
        let (cache, failure) = writer.finish(index).map_err(|source| DataError::Storage { source })?;
        let notice = failure.map(|error| {
            let folder = path.parent().unwrap_or(path).display();
            format!(
                "The prepared pictures cannot be cached in {folder} ({error}). They are kept in memory instead: this \
                 works, but the next start has to decode them again."
            )
        });
        Ok(Filled { cache, passing, notice, from_cache: false })
    }

    /// Makes the missing pictures on all cores. Errors are reasons that hold only for now.
    fn make(
        &self,
        wanted: &WantedPictures,
        missing: &[usize],
        reused: usize,
        writer: &Writer,
    ) -> Vec<(usize, Result<CacheEntry, String>)> {
        let budget = Budget::new(DECODE_BYTES);
        let Self { settings, choices, find, .. } = self;
        let studio = Studio { settings, budget: &budget, choices, find: settings.faces.then_some(*find) };
        let ticker = Ticker { done: AtomicUsize::new(reused), last: AtomicU64::new(0), started: Instant::now() };
        let total = wanted.items.len();
        let work = || {
            let work = missing.par_iter().map_init(Resizer::new, |resizer, &i| {
                if self.control.is_cancelled() {
                    return (i, Err("stopped".to_owned()));
                }
                let entry = store(wanted.items[i].produce(&studio, resizer), writer);
                if let Some(done) = ticker.tick() {
                    self.control.report(PHASE, done, total);
                }
                (i, entry)
            });
            work.collect()
        };
        let made = in_pool(work);
        self.control.report(PHASE, ticker.done.load(Ordering::Relaxed), total);
        made
    }
}

/// Does parallel work in a pool of its own: a picture may wait for memory, which must not hold up the tensor work of
/// others.
pub(super) fn in_pool<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    match rayon::ThreadPoolBuilder::new().thread_name(|i| format!("pictures-{i}")).build() {
        Ok(pool) => pool.install(work),
        Err(_) => work(),
    }
}

/// Whether it is what would be made with these choices. A file that could not be used cannot be now.
fn is_current(entry: &CacheEntry, choices: &PictureChoices) -> bool {
    match entry {
        CacheEntry::Photo { about, .. } => about.marks == marks_id(choices, &about.content),
        CacheEntry::Skipped { .. } => true,
    }
}

fn store(outcome: Outcome, writer: &Writer) -> Result<CacheEntry, String> {
    match outcome {
        Outcome::Photo(Photo { about, squares }) => {
            let stored = |PhotoSquare { pixels, about }| {
                let digest = hex(&Sha256::digest(&pixels)[..16]);
                CachedSquare { slot: writer.put(&pixels), digest, crc: crc32fast::hash(&pixels), about }
            };
            Ok(CacheEntry::Photo { about, squares: squares.into_iter().map(stored).collect() })
        }
        Outcome::Skipped { reason, lasting: true } => Ok(CacheEntry::Skipped { reason }),
        Outcome::Skipped { reason, lasting: false } => Err(reason),
    }
}

/// Counts, and says when to report: about 30 times a second, however many threads there are.
struct Ticker {
    done: AtomicUsize,
    last: AtomicU64,
    started: Instant,
}

impl Ticker {
    fn tick(&self) -> Option<usize> {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let now = self.started.elapsed().as_millis() as u64;
        let last = self.last.load(Ordering::Relaxed);
        let due =
            now >= last + 33 && self.last.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        due.then_some(done)
    }
}
