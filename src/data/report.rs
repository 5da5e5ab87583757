//! What preparing the pictures found.

use super::auto_faces::FaceUse;
use super::squares::{LeftOut, PhotoFile, Placement, PreparedPicture, PreparedPictures, Trait};
use crate::config::NoFace;
use crate::pixels::Frame;
use serde::Serialize;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file that is not used, and why. It stays where it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SkippedFile {
    /// The file, or a folder that was left out as a whole.
    #[serde(serialize_with = "readable")]
    pub path: PathBuf,
    /// Why, for people.
    pub reason: String,
}

/// The state of a folder of pictures, for people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct DatasetReport {
    /// The folder's or the demo's name.
    pub name: String,
    /// The absolute path of the folder; none for the demo.
    #[serde(serialize_with = "readable_folder")]
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

/// What looking for faces gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaceReport {
    /// Whether photos are cut to the faces in them.
    pub on: bool,
    /// Faces in all photos: found, marked by hand or with a `.cat` file.
    pub faces: usize,
    /// Photos without a face.
    pub without: usize,
    /// The decision and its reason, in a sentence.
    pub text: String,
}

impl FaceReport {
    /// None for demo cats and where nobody asked.
    pub(super) fn of(
        decided: FaceUse,
        no_face: NoFace,
        pictures: &[PreparedPicture],
        photos: &[PhotoFile],
    ) -> Option<Self> {
        let is_face = |picture: &&PreparedPicture| picture.placement != Placement::Crop;
        let faces = pictures.iter().filter(is_face).count();
        let with: HashSet<u32> = pictures.iter().filter(is_face).map(|picture| picture.photo).collect();
        let without = photos.len() - with.len();
        let text = match decided {
            FaceUse::Off => return None,
            FaceUse::FacesAlready => "The pictures are faces already, so they are not searched for faces.".to_owned(),
            FaceUse::HardlyAny => {
                "In hardly any picture a cat's face was found, so none is cut to its face. To cut them anyway, set \
                 Find faces to on (--faces on)."
                    .to_owned()
            }
            FaceUse::On | FaceUse::WholeCats => {
                let cut = match with.len() {
                    1 => "1 photo was cut to the faces in it".to_owned(),
                    count if decided == FaceUse::On => format!("{count} photos were cut to the faces in them"),
                    count => format!("{count} photos show whole cats and were cut to their faces"),
                };
                let rest = match (without, no_face) {
                    (0, _) => String::new(),
                    (count, NoFace::Skip) => format!("; {count} without a face {} left out", are(count)),
                    (count, NoFace::Crop) => format!("; {count} without a face {} cropped instead", are(count)),
                };
                format!("{cut}{rest}.")
            }
        };
        Some(Self { on: decided.is_on(), faces, without, text })
    }
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}

/// A path as text. Names that are not Unicode get replacement characters: the report is for reading, and one odd name
/// must not cost the rest of it.
fn readable<S: serde::Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&path.to_string_lossy())
}

fn readable_folder<S: serde::Serializer>(folder: &Option<PathBuf>, serializer: S) -> Result<S::Ok, S::Error> {
    folder.as_deref().map(Path::to_string_lossy).serialize(serializer)
}
