//! The prepared pictures: found, decoded in parallel, cached.

use super::cache::{self, Cache, CacheEntry, picture_bytes};
use super::error::DataError;
use super::fill::{Filled, PHASE, Preparation};
use super::flags::PictureFlags;
use super::prepare::Settings;
use super::report::{DatasetReport, SkippedFile};
use super::summary::{self, Kept};
use super::wanted::WantedPictures;
use crate::config::DataConfig;
use crate::interrupt::JobControl;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// All caches together; the oldest go first.
const CACHE_BYTES: u64 = 8 << 30;

/// Square RGB pictures of one size, ready for training. Most of it stays on disk, see [`super::cache`].
pub struct Dataset {
    cache: Cache,
    /// Where each picture lies in the cache, in the order of the files' paths.
    slots: Vec<u32>,
    digests: Vec<String>,
    side: u32,
    fingerprint: String,
    preparation: String,
    report: Arc<DatasetReport>,
}

impl Dataset {
    /// Finds the pictures of `config`, makes squares of `size` pixels of them and keeps these below `cache_root`.
    /// Pictures that this program made and blank ones are left out: there is nothing to learn from them.
    ///
    /// Progress is reported about 30 times a second; cancellation is checked before each file.
    ///
    /// # Errors
    /// When the folder cannot be opened, when nothing in it can be used, or when cancelled. Single bad files are no
    /// error: the report lists them.
    pub fn prepare(config: &DataConfig, size: u32, cache_root: &Path, control: JobControl) -> Result<Self, DataError> {
        Self::prepare_without(&PictureFlags::UNFIT, config, size, cache_root, control)
    }

    /// The same with all pictures that can be read: a measurement must not choose.
    ///
    /// # Errors
    /// The same as [`Self::prepare`].
    pub(crate) fn prepare_all(
        config: &DataConfig,
        size: u32,
        cache_root: &Path,
        control: JobControl,
    ) -> Result<Self, DataError> {
        Self::prepare_without(&[], config, size, cache_root, control)
    }

    fn prepare_without(
        unfit: &[(u16, &'static str)],
        config: &DataConfig,
        size: u32,
        cache_root: &Path,
        control: JobControl,
    ) -> Result<Self, DataError> {
        if !(1..=4096).contains(&size) {
            return Err(DataError::Size { size });
        }
        let started = Instant::now();
        control.report(PHASE, 0, 0);
        let settings = Settings { side: size, crop: config.crop, background: config.background, align: config.align };
        let wanted = WantedPictures::find(config, cache_root, control)?;
        let folder = cache_root.join("pictures");
        let path = folder.join(wanted.key(config, &settings)).with_extension(cache::EXTENSION);

        let preparation = Preparation { settings, control };
        let filled = preparation.fill(&wanted, &path)?;
        cache::tidy(&folder, &path, CACHE_BYTES);
        Self::assemble(filled, wanted, unfit, config, settings, started)
    }

    /// What was found, for people.
    pub fn report(&self) -> &Arc<DatasetReport> {
        &self.report
    }

    /// How many pictures there are; at least one.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Never: without a picture there is no dataset.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Width and height of every picture in pixels.
    pub fn side(&self) -> u32 {
        self.side
    }

    /// One picture: RGB, interleaved, row by row, `side * side * 3` bytes.
    ///
    /// # Panics
    /// When `index >= len`.
    pub fn picture(&self, index: usize) -> &[u8] {
        self.cache.pixels.get(self.slots[index], picture_bytes(self.side))
    }

    /// A hash of all pixels in their order, in hexadecimal. Equal exactly when training sees the same pictures,
    /// wherever the folder lies and whatever the files' dates are.
    pub(crate) fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// A hash of each picture's pixels, in their order.
    pub fn digests(&self) -> &[String] {
        &self.digests
    }

    /// A hash of how the pictures were prepared, in hexadecimal: [`Self::digests`] say whether two pictures are
    /// the same only where it is the same.
    pub(crate) fn preparation(&self) -> &str {
        &self.preparation
    }

    fn assemble(
        filled: Filled,
        wanted: WantedPictures,
        unfit: &[(u16, &'static str)],
        config: &DataConfig,
        settings: Settings,
        started: Instant,
    ) -> Result<Self, DataError> {
        let size = settings.side;
        let Filled { cache, passing, notice, from_cache } = filled;
        let files = wanted.items.len() + wanted.skipped.len();
        let mut skipped = wanted.skipped;
        let mut kept = Vec::new();
        for (item, id) in wanted.items.iter().zip(&wanted.ids) {
            let reason = match cache.index.get(id) {
                Some(CacheEntry::Picture { slot, digest, original, flags, .. }) => {
                    let Some((_, reason)) = unfit.iter().find(|(bit, _)| flags.has(*bit)) else {
                        kept.push(Kept { slot: *slot, digest, original: *original, flags: *flags });
                        continue;
                    };
                    (*reason).to_owned()
                }
                Some(CacheEntry::Skipped { reason }) => reason.clone(),
                None => passing.get(id).cloned().unwrap_or_else(|| "it was not read".into()),
            };
            skipped.extend(item.path().map(|path| SkippedFile { path: path.to_owned(), reason }));
        }
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        let mut notices: Vec<String> = notice.into_iter().collect();
        notices.extend(summary::notices(&config.source, kept.len()));

        let report = DatasetReport {
            name: config.source.name(),
            folder: wanted.folder,
            size,
            usable: kept.len(),
            files,
            skipped: summary::fold(skipped),
            notes: summary::notes(&kept),
            notices,
            smallest: kept.iter().map(|k| k.original).min_by_key(|&(w, h)| u64::from(w) * u64::from(h)),
            largest: kept.iter().map(|k| k.original).max_by_key(|&(w, h)| u64::from(w) * u64::from(h)),
            seconds: started.elapsed().as_secs_f64(),
            from_cache,
            thumbnails: summary::thumbnails(&kept, &cache.pixels, size),
        };
        let report = Arc::new(report);
        if kept.is_empty() {
            return Err(DataError::NoPictures { report });
        }
        let fingerprint = summary::fingerprint(&kept, size);
        let slots = kept.iter().map(|k| k.slot).collect();
        let digests = kept.iter().map(|k| k.digest.to_owned()).collect();
        Ok(Self { cache, slots, digests, side: size, fingerprint, preparation: settings.id(), report })
    }
}
