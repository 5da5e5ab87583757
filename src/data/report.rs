//! What preparing the pictures found.

use super::advice::Advice;
use super::face_use::FaceReport;
use super::squares::{LeftOut, PreparedPictures, Trait};
use crate::files::exact_path;
use crate::pixels::Frame;
use serde::{Deserialize, Serialize, Serializer};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is not used, and why. It stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkippedFile {
    /// The file, or a folder that was left out as a whole.
    #[serde(serialize_with = "readable", deserialize_with = "exact_path::deserialize")]
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// The state of a folder of pictures, for people.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DatasetReport {
    /// The folder's or the demo's name.
    pub name: String,
    /// The absolute path of the folder; none for the demo.
    #[serde(serialize_with = "readable_folder", deserialize_with = "exact_path::maybe::deserialize")]
    pub folder: Option<PathBuf>,
    /// Side in pixels to which the pictures were prepared.
    pub size: u32,
    /// Pictures that are used.
    pub usable: usize,
    /// Files found; a folder that was left out as a whole counts as one.
    pub files: usize,
    /// Files that are not used, by path.
    pub skipped: Vec<SkippedFile>,
    /// How many pictures are noteworthy, as `(label, count)`: grey, with transparency, turned by EXIF, 16-bit,
    /// smaller than the training size, aligned by landmarks, wrong extension.
    pub notes: Vec<(String, usize)>,
    /// Things to tell once, in whole sentences: the cache could not be written, for example.
    pub notices: Vec<String>,
    /// What these pictures will lead to, and what would help; the gravest first.
    pub advice: Vec<Advice>,
    /// Original size of the picture with the fewest pixels, as (width, height).
    pub smallest: Option<(u32, u32)>,
    /// Original size of the picture with the most pixels, as (width, height).
    pub largest: Option<(u32, u32)>,
    /// Seconds that preparing took.
    pub seconds: f64,
    /// Everything came from the cache of an earlier start.
    pub from_cache: bool,
    /// Whether photos were cut to the faces in them, and what that gave; none where faces play no role.
    pub faces: Option<FaceReport>,
    /// How many pictures are left out, by reason. Reasons without a picture are missing.
    pub left_out: Vec<(LeftOut, usize)>,
    /// How many pictures have a property, whether they are used or not. Properties without a picture are missing.
    pub traits: Vec<(Trait, usize)>,
    /// How many groups of pictures of one moment there are.
    pub bursts: usize,
    /// Prepared pictures spread over the set, as the networks see them.
    #[serde(skip)]
    pub thumbnails: Vec<Arc<Frame>>,
    /// All squares of all photos, used or not; none before anything was prepared.
    #[serde(skip)]
    pub pictures: Option<Arc<PreparedPictures>>,
}

impl DatasetReport {
    /// Half of the pictures that are used have squares of so many pixels a side or more, in the photos themselves; 0
    /// where that is not known.
    pub(crate) fn typical_side(&self) -> f64 {
        let used = self.pictures.iter().flat_map(|all| &all.pictures).filter(|picture| picture.left_out.is_none());
        let mut sides: Vec<f64> = used.map(|picture| picture.square.side).collect();
        sides.sort_by(f64::total_cmp);
        sides.get(sides.len() / 2).copied().unwrap_or(0.0)
    }
}

/// A path as text. Names that are not Unicode get replacement characters where people read: one odd name must not cost
/// the rest of the report. Programs get them as they are.
fn readable<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return serializer.serialize_str(&path.to_string_lossy());
    }
    exact_path::serialize(path, serializer)
}

fn readable_folder<S: Serializer>(folder: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    if serializer.is_human_readable() {
        return folder.as_deref().map(Path::to_string_lossy).serialize(serializer);
    }
    exact_path::maybe::serialize(folder, serializer)
}
