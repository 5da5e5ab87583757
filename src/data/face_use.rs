//! Whether photos are cut to the faces in them, and what to say of that.

use super::square::Placement;
use super::squares::{PhotoFile, PreparedPicture};
use crate::config::NoFace;
use crate::printable::thousands;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Whether faces are looked for, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum FaceUse {
    /// The setting says no, or there are no photos.
    Off,
    /// The setting says yes.
    On,
    /// Photos of whole cats.
    WholeCats,
    /// The pictures are faces already.
    FacesAlready,
    /// In hardly any photo there is a cat's face.
    HardlyAny {
        /// Photos with a face...
        with_face: usize,
        /// ... of so many that were looked at.
        looked_at: usize,
    },
}

impl FaceUse {
    pub(super) fn is_on(self) -> bool {
        matches!(self, Self::On | Self::WholeCats)
    }
}

/// What looking for faces gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
            FaceUse::HardlyAny { .. } => {
                "In hardly any picture a cat's face was found, so none is cut to its face. To cut them anyway, set \
                 Find faces to on (--faces on)."
                    .to_owned()
            }
            FaceUse::On | FaceUse::WholeCats => {
                let cut = match with.len() {
                    1 => "1 photo was cut to the faces in it".to_owned(),
                    count if decided == FaceUse::On => format!("{} photos were cut to the faces in them", n(count)),
                    count => format!("{} photos show whole cats and were cut to their faces", n(count)),
                };
                let rest = match (without, no_face) {
                    (0, _) => String::new(),
                    (count, NoFace::Skip) => format!("; {} without a face {} left out", n(count), are(count)),
                    (count, NoFace::Crop) => format!("; {} without a face {} cropped instead", n(count), are(count)),
                };
                format!("{cut}{rest}.")
            }
        };
        Some(Self { on: decided.is_on(), faces, without, text })
    }
}

fn n(count: usize) -> String {
    thousands(count as u64)
}

fn are(count: usize) -> &'static str {
    if count == 1 { "is" } else { "are" }
}
