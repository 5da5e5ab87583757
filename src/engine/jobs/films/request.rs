//! What can be filmed, and the report about a film.

use crate::config::{DeviceChoice, typed_path};
use serde::Serialize;
use std::path::PathBuf;

pub(crate) use crate::formats::FPS;
pub use crate::latent::Easing;

/// What every film has.
#[derive(Debug, Clone)]
pub struct FilmOptions {
    /// File to write; the extension selects the format, see [`FileUse::Film`](crate::files::FileUse).
    pub out: PathBuf,
    /// Frames per second.
    pub fps: u32,
    /// How many times larger than the generated pictures, 1 to 8.
    pub upscale: u32,
    /// Largest side in pixels to sharpen the pictures to instead, with the network of the run.
    pub sharpen: Option<u32>,
}

/// A point in latent space, as a person names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPoint {
    /// Picture `number` of a seed.
    Seed {
        /// The seed.
        seed: u64,
        /// Which of its pictures, counted from 0.
        number: u64,
    },
    /// A saved picture, whose recipe holds its latent.
    Picture(PathBuf),
}

impl std::str::FromStr for KeyPoint {
    type Err = std::convert::Infallible;

    /// `7` is the first picture of seed 7, `7:12` its picture 12, anything else a file (so is `./7`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (seed, number) = text.split_once(':').unwrap_or((text, "0"));
        Ok(match (seed.parse(), number.parse()) {
            (Ok(seed), Ok(number)) => Self::Seed { seed, number },
            _ => Self::Picture(typed_path(text)),
        })
    }
}

/// A film of the path between points in latent space.
#[derive(Debug, Clone)]
pub struct InterpolateRequest {
    /// As for [`load_generator`](crate::engine::load_generator).
    pub model: PathBuf,
    /// At least two.
    pub points: Vec<KeyPoint>,
    /// The path leads back to the first point.
    pub closed: bool,
    /// How fast the path is followed between two points.
    pub easing: Easing,
    /// Frames of the whole film.
    pub frames: u32,
    /// What every film has.
    pub film: FilmOptions,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
    /// The newest weights instead of the EMA weights.
    pub raw: bool,
}

/// A film of a random walk.
#[derive(Debug, Clone)]
pub(crate) struct WalkRequest {
    /// As for [`load_generator`](crate::engine::load_generator).
    pub model: PathBuf,
    /// Where it begins.
    pub start: KeyPoint,
    /// Seed of the walk.
    pub seed: u64,
    /// How far it moves in a second: 0 stays, 1 reaches an unrelated latent.
    pub stride: f64,
    /// Frames of the whole film.
    pub frames: u32,
    /// What every film has.
    pub film: FilmOptions,
    /// Where the pictures are generated.
    pub device: DeviceChoice,
    /// The newest weights instead of the EMA weights.
    pub raw: bool,
}

/// A film of a training.
#[derive(Debug, Clone)]
pub struct TimelapseRequest {
    /// Folder of the run.
    pub run: PathBuf,
    /// Shows the first picture of this seed at each checkpoint that is left, instead of the saved sample grids.
    pub latent_seed: Option<u64>,
    /// Longest film of the sample grids in seconds; of more grids, evenly spaced ones are taken. None takes all.
    pub seconds: Option<u32>,
    /// What every film has.
    pub film: FilmOptions,
    /// Where pictures of a seed are generated.
    pub device: DeviceChoice,
}

/// What was filmed.
#[derive(Debug, Clone, Serialize)]
pub struct FilmReport {
    /// The file.
    pub out: PathBuf,
    /// How its frames are coded: `H.264`, `AV1`, `GIF` or `PNG`.
    pub codec: &'static str,
    /// Sentences about why an MP4 file is not H.264, and the remedy.
    pub note: Option<String>,
    /// Frames of the film.
    pub frames: u32,
    /// Frames per second.
    pub fps: u32,
    /// Width of a frame in pixels.
    pub width: u32,
    /// Height of a frame in pixels.
    pub height: u32,
    /// Hash of the generator; none in a film of several.
    pub model: Option<String>,
    /// Seconds that filming took.
    pub seconds: f64,
}

/// How far a walk moves in a second by default: 0 stays, 1 reaches an unrelated latent.
pub(crate) const WALK_STRIDE: f64 = 0.6;

/// Longest film of a training by default, in seconds: nobody watches longer, and it is made in less than a minute.
pub(crate) const TIMELAPSE_SECONDS: u32 = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_seeds_or_files() {
        let parse = |text: &str| text.parse::<KeyPoint>().unwrap();
        assert_eq!(parse("7"), KeyPoint::Seed { seed: 7, number: 0 });
        assert_eq!(parse("7:12"), KeyPoint::Seed { seed: 7, number: 12 });
        for file in ["cat.png", "./7", "C:7", "7:", "-1", "1.5"] {
            assert_eq!(parse(file), KeyPoint::Picture(file.into()));
        }
    }
}
