//! The prepared pictures: found, decoded in parallel, cached.

use super::advice::Found;
use super::auto_faces::decide;
use super::cache::{self, Cache, CacheEntry, picture_bytes};
use super::error::DataError;
use super::exclusions::Exclusions;
use super::face_use::{FaceReport, FaceUse};
use super::faces::{self, FindFaces};
use super::fill::{Filled, PHASE, Preparation};
use super::flags::PictureFlags;
use super::home::DataHome;
use super::prepare::Settings;
use super::report::{DatasetReport, SkippedFile};
use super::selection::{Candidate, Rules};
use super::squares::{PhotoFile, PreparedPicture, PreparedPictures};
use super::summary::{self, Kept};
use super::wanted::WantedPictures;
use crate::config::DataConfig;
use crate::interrupt::JobControl;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// All caches together; the oldest go first.
const CACHE_BYTES: u64 = 8 << 30;

/// Square RGB pictures of one size, ready for training. Most of it stays on disk, see [`super::cache`].
pub struct Dataset {
    pub(super) cache: Arc<Cache>,
    /// Where each picture lies in the cache, in the order of the files' paths.
    pub(super) slots: Vec<u32>,
    pub(super) digests: Vec<String>,
    pub(super) side: u32,
    pub(super) fingerprint: String,
    pub(super) preparation: String,
    pub(super) report: Arc<DatasetReport>,
}

impl Dataset {
    /// Finds the pictures of `config`, makes squares of `size` pixels of them and keeps these below the home's cache.
    /// Those that people, the list of exclusions or the filters leave out are not in the dataset, but in its report.
    ///
    /// Progress is reported about 30 times a second; cancellation is checked before each file.
    ///
    /// # Errors
    /// When the folder or the list of exclusions cannot be opened, when nothing can be used, or when cancelled. Single
    /// bad files are no error: the report lists them.
    pub fn prepare(config: &DataConfig, size: u32, home: &DataHome, control: JobControl) -> Result<Self, DataError> {
        Self::prepare_with(&faces::bundled, Take::Chosen, config, size, home, control)
    }

    /// The same with all pictures that can be read: a measurement must not choose.
    ///
    /// # Errors
    /// The same as [`Self::prepare`].
    pub(crate) fn prepare_all(
        config: &DataConfig,
        size: u32,
        home: &DataHome,
        control: JobControl,
    ) -> Result<Self, DataError> {
        Self::prepare_with(&faces::bundled, Take::All, config, size, home, control)
    }

    /// The same with another finder of faces.
    pub(super) fn prepare_with(
        find: FindFaces,
        take: Take,
        config: &DataConfig,
        size: u32,
        home: &DataHome,
        control: JobControl,
    ) -> Result<Self, DataError> {
        if !(1..=4096).contains(&size) {
            return Err(DataError::Size { size });
        }
        let started = Instant::now();
        control.report(PHASE, 0, 0);
        let listed = config.exclude.as_deref().map(Exclusions::read).transpose()?.unwrap_or_default();
        let wanted = WantedPictures::find(config, &home.cache, control)?;
        let folder = home.cache.join("pictures");
        let faces = decide(config, &wanted, find, &folder, control)?;
        let DataConfig { crop, background, align, .. } = *config;
        let settings = Settings { side: size, crop, background, align, faces: faces.is_on() };
        let path = folder.join(wanted.key(config, &settings)).with_extension(cache::EXTENSION);

        let choices = &*home.choices;
        let filled = Preparation { settings, choices, find, control }.fill(&wanted, &path)?;
        cache::tidy(&folder, &path, CACHE_BYTES);
        let root = wanted.folder.as_deref();
        let rules = Rules { config, choices, listed, root, faces: settings.faces, side: size };
        let chosen = choose(&filled, &wanted, &rules, take);
        Self::assemble(filled, chosen, faces, config, settings, started)
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

    /// The photo that a picture was cut from; none for a drawn cat.
    pub(crate) fn photo(&self, index: usize) -> Option<&Path> {
        let prepared = self.report.pictures.as_ref()?;
        let mut used = prepared.pictures.iter().filter(|picture| picture.left_out.is_none());
        let photo = used.nth(index)?.photo;
        prepared.photos.get(photo as usize).map(|photo| photo.path.as_path())
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
        chosen: Chosen,
        faces: FaceUse,
        config: &DataConfig,
        settings: Settings,
        started: Instant,
    ) -> Result<Self, DataError> {
        let size = settings.side;
        let Filled { cache, notice, from_cache, .. } = filled;
        let cache = Arc::new(cache);
        let Chosen { folder, files, photos, pictures, facts, mut skipped } = chosen;
        let used = pictures.iter().zip(&facts).filter(|(picture, _)| picture.left_out.is_none());
        let kept: Vec<Kept> = used
            .map(|(picture, (digest, flags))| {
                let PhotoFile { width, height, .. } = photos[picture.photo as usize];
                Kept { slot: picture.slot, digest, original: (width, height), flags: *flags }
            })
            .collect();
        skipped.extend(summary::unused(&photos, &pictures));
        skipped.sort_by(|a, b| a.path.cmp(&b.path));
        let face_report = FaceReport::of(faces, config.no_face, &pictures, &photos);
        let digests: Vec<&str> = kept.iter().map(|k| k.digest).collect();
        let found = Found {
            config,
            decided: faces,
            faces: face_report.as_ref(),
            pictures: &pictures,
            photos: photos.len(),
            digests: &digests,
        };
        let advice = found.advice();

        let report = DatasetReport {
            name: config.source.name(),
            folder,
            size,
            usable: kept.len(),
            files,
            skipped: summary::fold(skipped),
            notes: summary::notes(&kept),
            notices: notice.into_iter().collect(),
            advice,
            smallest: kept.iter().map(|k| k.original).min_by_key(|&(w, h)| u64::from(w) * u64::from(h)),
            largest: kept.iter().map(|k| k.original).max_by_key(|&(w, h)| u64::from(w) * u64::from(h)),
            seconds: started.elapsed().as_secs_f64(),
            from_cache,
            faces: face_report,
            left_out: summary::left_out(&pictures),
            traits: summary::traits(&pictures),
            bursts: summary::bursts(&pictures),
            thumbnails: summary::thumbnails(&kept, &cache.pixels, size),
            pictures: None,
        };
        let fingerprint = summary::fingerprint(&kept, size);
        let slots: Vec<u32> = kept.iter().map(|k| k.slot).collect();
        let digests = kept.iter().map(|k| k.digest.to_owned()).collect();
        let pictures = Arc::new(PreparedPictures { photos, pictures, side: size, cache: cache.clone() });
        let report = Arc::new(DatasetReport { pictures: Some(pictures), ..report });
        if slots.is_empty() {
            return Err(DataError::NoPictures { report });
        }
        Ok(Self { cache, slots, digests, side: size, fingerprint, preparation: settings.id(), report })
    }
}

/// What is taken of the prepared pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    /// Those that people and filters leave.
    Chosen,
    /// All that can be read.
    All,
}

/// Everything that was found, and what of it is used.
struct Chosen {
    folder: Option<PathBuf>,
    files: usize,
    photos: Vec<PhotoFile>,
    pictures: Vec<PreparedPicture>,
    /// Digest and flags of each picture.
    facts: Vec<(String, PictureFlags)>,
    skipped: Vec<SkippedFile>,
}

fn choose(filled: &Filled, wanted: &WantedPictures, rules: &Rules, take: Take) -> Chosen {
    let (mut candidates, mut skipped) = (Vec::new(), wanted.skipped.clone());
    for (item, id) in wanted.items.iter().zip(&wanted.ids) {
        let path = item.path();
        let reason = match filled.cache.index.get(id) {
            Some(CacheEntry::Photo { about, squares }) => {
                candidates.push(Candidate { path: path.unwrap_or(Path::new("")), about, squares });
                continue;
            }
            Some(CacheEntry::Skipped { reason }) => reason.clone(),
            None => filled.passing.get(id).cloned().unwrap_or_else(|| "it was not read".into()),
        };
        skipped.extend(path.map(|path| SkippedFile { path: path.to_owned(), reason }));
    }
    let (photos, pictures) = match take {
        Take::Chosen => rules.select(&candidates),
        Take::All => rules.all(&candidates),
    };
    let squares = candidates.iter().flat_map(|candidate| candidate.squares);
    let facts = squares.map(|square| (square.digest.clone(), square.about.flags)).collect();
    let files = wanted.items.len() + wanted.skipped.len();
    Chosen { folder: wanted.folder.clone(), files, photos, pictures, facts, skipped }
}
