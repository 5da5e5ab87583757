//! What people decided about their photos: which pictures to leave out or use whatever the filters say, and where the
//! faces are. It belongs to the content of a file, so that it survives renaming and moving.

use super::squares::Square;
use crate::finder::PixelPoint;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a person decided about a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Train on it, whatever the filters say.
    Use,
    /// Do not train on it.
    LeaveOut,
}

/// Names a picture: its photo, and where its square is.
#[derive(Debug, Clone, PartialEq)]
pub struct PictureId {
    /// The photo's content, see [`super::PhotoFile::content`].
    pub photo: String,
    /// The middle of the square as fractions of the photo's width and height.
    pub at: PixelPoint,
}

/// A face that a person marked, in pixels of the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MarkedFace {
    /// What is cut out.
    pub square: Square,
    /// The left and the right eye; none where only the square was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub eyes: Option<[PixelPoint; 2]>,
}

/// One change; the same kind of change takes it back.
#[derive(Debug, Clone, PartialEq)]
pub enum PictureEdit {
    /// Decides about pictures; none follows the filters again.
    Verdicts(Vec<(PictureId, Option<Verdict>)>),
    /// Says where the faces of a photo are; none takes those of the `.cat` file or of the finder again.
    Faces {
        /// The photo's content, see [`super::PhotoFile::content`].
        photo: String,
        /// One picture is cut out for each.
        faces: Option<Vec<MarkedFace>>,
    },
}

/// The decisions about one photo.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct PhotoChoices {
    /// The faces that a person marked; none as found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub faces: Option<Vec<MarkedFace>>,
    /// Decisions about its pictures, each with the middle of the square as fractions of width and height.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<(PixelPoint, Verdict)>,
}

/// All decisions, by the content of the photos.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PictureChoices {
    photos: BTreeMap<String, PhotoChoices>,
}

impl PictureChoices {
    /// What was decided about a photo.
    pub(crate) fn of(&self, content: &str) -> Option<&PhotoChoices> {
        self.photos.get(content)
    }
}
