//! Where the pictures come from and how they are prepared.

use super::define::{EXACT, choices, settings};
use super::param::Kind;
use crate::printable;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The pictures to train on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSource {
    /// Every picture in this folder and the folders below it.
    Folder(#[serde(with = "crate::files::exact_path")] PathBuf),
    /// Cats drawn by code; no files needed.
    Demo,
}

impl DataSource {
    /// A short name for titles and lists.
    pub fn name(&self) -> String {
        match self {
            DataSource::Folder(path) => {
                let name = path.file_name().unwrap_or(path.as_os_str());
                printable::line(&name.to_string_lossy()).into_owned()
            }
            DataSource::Demo => "demo cats".to_owned(),
        }
    }
}

choices! {
    /// How a picture of any shape becomes a square.
    pub enum CropMode {
        Center("center", "Centre", "Cut the largest square from the middle."),
        Pad("pad", "Pad", "Keep the whole picture and fill the rest with the background grey."),
        Stretch("stretch", "Stretch", "Squeeze the whole picture into a square."),
    }
}

choices! {
    /// Whether pictures are cut to the faces in them.
    pub enum FaceMode {
        Auto("auto", "Auto", "Look at some of the photos first: whole cats are cut to their faces, pictures that are \
            faces already stay as they are."),
        On("on", "On", "Find the cats' faces and cut out one picture for each."),
        Off("off", "Off", "Do not look for faces."),
    }
}

choices! {
    /// What becomes of a photo in which no face is found.
    pub enum NoFace {
        Skip("skip", "Leave out", "Do not train on it."),
        Crop("crop", "Crop", "Crop it as the crop setting says."),
    }
}

choices! {
    /// What becomes of several pictures of the same moment.
    pub enum Duplicates {
        Keep("keep", "Keep all", "Train on all of them."),
        Best("best", "Keep the best", "Train on the sharpest alone."),
    }
}

settings! {
    /// How pictures are found and prepared. Two runs with equal settings and files see the same pixels.
    pub struct DataConfig;
    /// The settings of the data intake, in the order in which they are shown.
    pub static DATA;

    /// Where the pictures come from.
    source: DataSource = DataSource::Demo;
    crop: CropMode = CropMode::Center => {
        key: "crop",
        label: "Crop",
        help: "How a picture of any shape becomes a square: Centre cuts the largest square from the middle; \
               Pad keeps the whole picture and fills the rest with the background; Stretch distorts it.",
        takes: CropMode::CHOICES,
    };
    background: [u8; 3] = [128; 3] => {
        key: "background",
        label: "Background grey",
        help: "Grey level behind transparent pictures and padding: 0 is black, 255 is white.",
        takes: Kind::Int { min: 0, max: 255 },
    };
    flip: bool = true => {
        key: "flip",
        label: "Horizontal flip",
        help: "Mirrors each picture half of the time: twice the pictures for free. Turn it off where left and right \
               matter.",
        takes: Kind::Flag,
    };
    align: bool = true => {
        key: "align",
        label: "Align faces",
        help: "Where a picture has a .cat landmark file beside it, rotates and crops the picture so that the eyes are \
               always in the same position.",
        takes: Kind::Flag,
    };
    /// Runs older than this setting did not look for faces.
    faces: FaceMode = FaceMode::Auto => {
        key: "faces",
        label: "Find faces",
        help: "Cuts one upright picture for each cat's face out of every photo. auto decides from the folder: on for \
               photos of whole cats, off for pictures that are faces already, drawings and other animals.",
        takes: FaceMode::CHOICES,
        before: "no_faces",
    };
    no_face: NoFace = NoFace::Skip => {
        key: "no-face",
        label: "No face found",
        help: "What happens to photos without a cat's face while faces are looked for: skip leaves them out, crop \
               crops them like any other picture.",
        takes: NoFace::CHOICES,
    };
    duplicates: Duplicates = Duplicates::Best => {
        key: "duplicates",
        label: "Duplicates",
        help: "What happens to bursts and copies, that is, to pictures of the same moment: best trains on the \
               sharpest of them, keep on all. Too many alike make the networks repeat them.",
        takes: Duplicates::CHOICES,
        before: "all_duplicates",
    };
    /// A text file that lists pictures not to train on: one file name, or path below the
    /// folder, a line; `#` begins a comment.
    #[serde(with = "crate::files::exact_path::maybe")]
    exclude: Option<PathBuf> = None;
    demo_count: u32 = 2_000 => {
        key: "demo-count",
        label: "Demo cats",
        help: "Number of different demo cats.",
        takes: Kind::Int { min: 1, max: 100_000 },
    };
    demo_seed: u64 = 1 => {
        key: "demo-seed",
        label: "Demo seed",
        help: "Another seed gives other demo cats.",
        takes: Kind::Int { min: 0, max: EXACT },
    };
}

fn no_faces() -> FaceMode {
    FaceMode::Off
}

fn all_duplicates() -> Duplicates {
    Duplicates::Keep
}
