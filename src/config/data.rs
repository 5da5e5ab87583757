//! Where the pictures come from and how they are prepared.

use super::param::{Choice, Kind, Param, Value};
use crate::printable;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The pictures to learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DataSource {
    /// Every picture in this folder and the folders below it.
    Folder(PathBuf),
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

/// How a picture of any shape becomes a square.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CropMode {
    /// Cut the largest square from the middle.
    Center,
    /// Keep everything, fill the rest with the background colour.
    Pad,
    /// Squeeze the picture into a square.
    Stretch,
}

/// How pictures are found and prepared. Two runs with equal settings and files see the same pixels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct DataConfig {
    pub source: DataSource,
    pub crop: CropMode,
    /// What transparent pixels and padding become, as RGB.
    pub background: [u8; 3],
    /// Show each picture mirrored half of the time.
    pub flip: bool,
    /// Use `.cat` landmark files beside the pictures to centre the faces.
    pub align: bool,
    /// How many demo cats to draw.
    pub demo_count: u32,
    /// Seed of the demo cats.
    pub demo_seed: u64,
}

impl Default for DataConfig {
    fn default() -> Self {
        Self {
            source: DataSource::Demo,
            crop: CropMode::Center,
            background: [128; 3],
            flip: true,
            align: true,
            demo_count: 2_000,
            demo_seed: 1,
        }
    }
}

/// The settings of the data intake, in the order in which they are shown.
pub static DATA: &[&Param<DataConfig>] = &[&CROP, &BACKGROUND, &FLIP, &ALIGN, &DEMO_COUNT, &DEMO_SEED];

static CROP: Param<DataConfig> = Param {
    key: "crop",
    label: "Crop",
    help: "center cuts the largest square from the middle; pad keeps everything on a background; stretch squeezes the \
           picture into a square.",
    unit: "",
    kind: Kind::Choice(&[
        Choice::new("center", "Centre", "Cut the largest square from the middle."),
        Choice::new("pad", "Pad", "Keep everything, on a background."),
        Choice::new("stretch", "Stretch", "Squeeze the whole picture into a square."),
    ]),
    get: |d| {
        Value::Choice(
            match d.crop {
                CropMode::Center => "center",
                CropMode::Pad => "pad",
                CropMode::Stretch => "stretch",
            }
            .into(),
        )
    },
    put: |d, v| {
        d.crop = match v.choice() {
            "pad" => CropMode::Pad,
            "stretch" => CropMode::Stretch,
            _ => CropMode::Center,
        }
    },
};
pub(crate) static BACKGROUND: Param<DataConfig> = Param {
    key: "background",
    label: "Background grey",
    help: "Grey level behind transparent pictures and padding: 0 is black, 255 is white.",
    unit: "",
    kind: Kind::Int { min: 0, max: 255 },
    get: |d| Value::Number(d.background[0].into()),
    put: |d, v| d.background = [v.number() as u8; 3],
};
static FLIP: Param<DataConfig> = Param {
    key: "flip",
    label: "Mirror",
    help: "Show each picture mirrored half of the time: twice the pictures for free. Turn it off where left and right \
           matter.",
    unit: "",
    kind: Kind::Flag,
    get: |d| Value::Flag(d.flip),
    put: |d, v| d.flip = v.flag(),
};
static ALIGN: Param<DataConfig> = Param {
    key: "align",
    label: "Align faces",
    help: "Where a picture has a .cat landmark file beside it, turn and crop the picture so that the eyes always stand \
           in the same place.",
    unit: "",
    kind: Kind::Flag,
    get: |d| Value::Flag(d.align),
    put: |d, v| d.align = v.flag(),
};
static DEMO_COUNT: Param<DataConfig> = Param {
    key: "demo-count",
    label: "Demo cats",
    help: "How many different demo cats to draw.",
    unit: "cats",
    kind: Kind::Int { min: 1, max: 100_000 },
    get: |d| Value::Number(d.demo_count.into()),
    put: |d, v| d.demo_count = v.number() as u32,
};
static DEMO_SEED: Param<DataConfig> = Param {
    key: "demo-seed",
    label: "Demo seed",
    help: "Another seed draws other cats.",
    unit: "",
    // Exact in a double, which is how settings travel.
    kind: Kind::Int { min: 0, max: 1 << 53 },
    get: |d| Value::Number(d.demo_seed as f64),
    put: |d, v| d.demo_seed = v.number() as u64,
};
