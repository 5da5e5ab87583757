//! The squares of the photos: where each was cut out, whether it is trained on, and why not.
//!
//! A photo gives one picture for each face in it, or one cut from its middle.

use super::cache::{Cache, Pixels, picture_bytes};
use super::left_out;
use super::square::{Placement, Square};
use crate::files::exact_path;
use crate::finder::{HeadBox, PixelPoint};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Why a picture is not trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LeftOut {
    /// A person excluded it.
    ByYou,
    /// It is named in the list of exclusions.
    Listed,
    /// No face was found in the photo.
    NoFace,
    /// Another picture of the same moment is better.
    Burst,
    /// The square has fewer pixels than the training size.
    Small,
    /// One colour all over.
    Blank,
    /// Made by this program.
    Ours,
}

impl LeftOut {
    /// The reason in words, for lists and on pictures.
    pub fn label(self) -> &'static str {
        match self {
            Self::ByYou => "left out by you",
            Self::Listed => "in the list of excluded pictures",
            Self::NoFace => "no cat's face found",
            Self::Burst => "a sharper picture of the same moment is used",
            Self::Small => "the face is too small for the picture size",
            Self::Blank => "blank: it is one colour all over",
            Self::Ours => left_out::MADE_BY_US,
        }
    }
}

/// A property of a picture that people filter by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// Blurred at the training size.
    Blurred,
    /// Too dark to see much.
    Dark,
    /// Without colour.
    Grey,
    /// Unlike all others.
    Odd,
    /// A screenshot by its name or its data.
    Screenshot,
    /// Fewer pixels than the training size: enlarged.
    Enlarged,
    /// Several cats are in the photo.
    SeveralCats,
}

/// The group of pictures of one moment that a picture belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burst {
    /// Number of the group, counted from 0.
    pub group: u32,
    /// How many pictures it has; at least 2.
    pub size: u32,
    /// Whether this is the sharpest.
    pub best: bool,
}

/// A photo, that is a file with a picture in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoFile {
    /// The file.
    #[serde(with = "exact_path")]
    pub path: PathBuf,
    /// Names its content wherever the file is: the first 16 bytes of its SHA-256 in hexadecimal.
    pub content: String,
    /// Width in pixels, upright.
    pub width: u32,
    /// Height in pixels, upright.
    pub height: u32,
    /// Its faces were corrected by a person.
    pub corrected: bool,
}

/// A prepared picture: a square of a photo at the training size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PreparedPicture {
    /// Position of its photo in [`PreparedPictures::photos`].
    pub photo: u32,
    /// Position of its pixels in the cache.
    pub(super) slot: u32,
    /// Where it was cut out.
    pub square: Square,
    /// The left and the right eye, where they are known.
    pub eyes: Option<[PixelPoint; 2]>,
    /// The head, where the finder found it.
    pub head: Option<HeadBox>,
    /// How sure the finder is of the face, from 0 to 1.
    pub score: Option<f32>,
    /// What the square was placed by.
    pub placement: Placement,
    /// Why it is not trained on; none where it is.
    pub left_out: Option<LeftOut>,
    /// A person wants it used, whatever the filters say.
    pub included: bool,
    /// What people filter by.
    pub traits: Vec<Trait>,
    /// Its group of pictures of one moment.
    pub burst: Option<Burst>,
}

impl PreparedPicture {
    /// A square of the photo at this position that is trained on, with nothing else known of it.
    pub fn new(photo: u32, square: Square, placement: Placement) -> Self {
        Self {
            photo,
            slot: 0,
            square,
            eyes: None,
            head: None,
            score: None,
            placement,
            left_out: None,
            included: false,
            traits: Vec::new(),
            burst: None,
        }
    }
}

/// All pictures of a folder, used or not, by path.
pub struct PreparedPictures {
    /// The photos that could be read, by path.
    pub photos: Vec<PhotoFile>,
    /// Their squares, in the order of the photos.
    pub pictures: Vec<PreparedPicture>,
    /// Width and height of every picture in pixels.
    pub side: u32,
    pub(super) cache: Arc<Cache>,
}

impl PreparedPictures {
    /// Pictures without a cache: `pixels` holds them one after another, each as [`Self::pixels`] gives it.
    ///
    /// # Panics
    /// When `pixels` has another length.
    pub fn in_memory(photos: Vec<PhotoFile>, mut pictures: Vec<PreparedPicture>, side: u32, pixels: Vec<u8>) -> Self {
        assert_eq!(pixels.len(), pictures.len() * picture_bytes(side), "pixels for each picture");
        for (picture, slot) in pictures.iter_mut().zip(0..) {
            picture.slot = slot;
        }
        let cache = Cache { pixels: Pixels::Memory(pixels), index: HashMap::new() };
        Self { photos, pictures, side, cache: Arc::new(cache) }
    }

    /// The pixels of one picture: RGB, interleaved, row by row, `side * side * 3` bytes.
    ///
    /// # Panics
    /// When `index` is not that of a picture.
    pub fn pixels(&self, index: usize) -> &[u8] {
        self.cache.pixels.get(self.pictures[index].slot, picture_bytes(self.side))
    }

    /// How many pictures are trained on.
    pub fn used(&self) -> usize {
        self.pictures.iter().filter(|picture| picture.left_out.is_none()).count()
    }

    /// The photo of one picture.
    ///
    /// # Panics
    /// When `index` is not that of a picture.
    pub fn photo_of(&self, index: usize) -> &PhotoFile {
        &self.photos[self.pictures[index].photo as usize]
    }
}

impl std::fmt::Debug for PreparedPictures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { photos, pictures, side, .. } = self;
        write!(f, "{} pictures of {side} px from {} photos", pictures.len(), photos.len())
    }
}
