//! Which pictures are to be prepared.

use super::error::DataError;
use super::item::Item;
use super::prepare::Settings;
use super::report::SkippedFile;
use super::{demo, scan};
use crate::config::{CropMode, DataConfig, DataSource};
use crate::finder::CatFinder;
use crate::interrupt::JobControl;
use crate::printable::hex;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf, absolute};

/// Raise when preparing gives other pixels or says other things of a picture than before, so that old caches are not
/// used.
const PREPARATION: u32 = 6;

/// Everything that is wanted, and what was ruled out without opening it.
pub(super) struct WantedPictures {
    pub folder: Option<PathBuf>,
    pub items: Vec<Item>,
    /// Of each item, see [`Item::id`].
    pub ids: Vec<String>,
    pub skipped: Vec<SkippedFile>,
}

impl WantedPictures {
    /// Searches the folder, or counts the demo cats.
    pub(super) fn find(config: &DataConfig, cache_root: &Path, control: JobControl) -> Result<Self, DataError> {
        match &config.source {
            DataSource::Demo => {
                let seed = config.demo_seed;
                let items: Vec<Item> =
                    (0..u64::from(config.demo_count)).map(|index| Item::Demo { seed, index }).collect();
                let ids = items.iter().map(|item| item.id(Path::new(""), config.align)).collect();
                Ok(Self { folder: None, items, ids, skipped: Vec::new() })
            }
            DataSource::Folder(path) => {
                let failed = |source| DataError::Folder { path: path.clone(), source };
                let root = absolute(path).map_err(failed)?;
                let found = scan::scan(&root, cache_root, control).map_err(failed)?.ok_or(DataError::Cancelled)?;
                let items: Vec<Item> = found.candidates.into_iter().map(Item::File).collect();
                let ids = items.iter().map(|item| item.id(&root, config.align)).collect();
                Ok(Self { folder: Some(root), items, ids, skipped: found.skipped })
            }
        }
    }

    /// Name of the cache file: everything that the pixels depend on besides the files themselves.
    pub(super) fn key(&self, config: &DataConfig, settings: &Settings) -> String {
        // Drawn cats are never cropped or laid on a background.
        let mut hash = program(settings);
        match &self.folder {
            Some(folder) => {
                hash.update(settings.id());
                let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
                hash.update(real.as_os_str().as_encoded_bytes());
            }
            None => {
                hash.update(b"demo");
                // Drawing changes are noticed by drawing a few.
                (0..4).for_each(|index| hash.update(demo::draw(config.demo_seed, index, settings.side).data));
            }
        }
        hex(&hash.finalize()[..16])
    }
}

impl Settings {
    /// A hash of everything that the pixels depend on besides the picture itself, in hexadecimal.
    pub(super) fn id(&self) -> String {
        let mut hash = program(self);
        hash.update(self.background);
        hash.update([self.align.into(), self.faces.into()]);
        if self.faces {
            hash.update(CatFinder::VERSION.to_le_bytes());
        }
        hash.update(match self.crop {
            CropMode::Center => b"c",
            CropMode::Pad => b"p",
            CropMode::Stretch => b"s",
        });
        hex(&hash.finalize()[..16])
    }
}

/// Decoders are part of the program: another version may round differently.
fn program(settings: &Settings) -> Sha256 {
    let mut hash = Sha256::new();
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(PREPARATION.to_le_bytes());
    hash.update(settings.side.to_le_bytes());
    hash
}
