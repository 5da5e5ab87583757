//! Whether one picture is new, judged by the training picture that is nearest to it.

use super::error::MetricError;
use super::products::Vectors;
use super::small::SMALL;
use super::training::{MOST_TRAINING, TrainingSet};
use crate::interrupt::JobControl;
use serde::Serialize;

/// Below this share a picture is nearly a copy. No photo of another cat came so near in the measurement.
const COPY: f32 = 0.35;
/// Below this share a picture is very like a training picture: of 400 photos of other cats at most 2 were, of copies
/// that were shifted, turned, stretched or lit otherwise three quarters (`tests/reference/originality.py`).
const NEAR: f32 = 0.6;

/// How a picture relates to its nearest training picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Originality {
    /// As far away as a photo of another cat.
    New,
    /// Nearer than all but a few photos of other cats are.
    Like,
    /// Nearly the same.
    Copy,
}

impl Originality {
    /// Judges a distance as a share of the usual one (see [`usual_distance`]).
    pub(crate) fn of(share: f32) -> Self {
        match share {
            share if share < COPY => Self::Copy,
            share if share < NEAR => Self::Like,
            _ => Self::New,
        }
    }

    /// The verdict in a sentence or two, with the share that it rests on.
    pub fn in_words(self, share: f32) -> String {
        let share = share * 100.0;
        let distance =
            format!("the nearest training picture is {share:.0} % as far from it as training pictures are apart");
        match self {
            Self::New => format!("New: {distance}."),
            Self::Like => format!(
                "Very like a training picture: {distance}. Fewer than 1 in 100 photos of another cat come so near. \
                 Compare the two yourself."
            ),
            Self::Copy => format!("Nearly a copy: {distance}. The generator has memorised it."),
        }
    }
}

/// How far a training picture usually lies from the nearest other one that is no shot of the same scene: the root mean
/// square difference of a channel, from 0 to 255, at 16 x 16 pixels (`small`, one picture each). None where there is
/// but one scene.
///
/// # Errors
/// Cancelled.
pub(crate) fn usual_distance(small: &[Vec<f32>], control: JobControl) -> Result<Option<f32>, MetricError> {
    let size = SMALL * SMALL * 3;
    // Spread evenly, where there are more than can be compared.
    let each = small.len().div_ceil(MOST_TRAINING).max(1);
    let values = small.iter().step_by(each).flatten().map(|v| v / 127.5 - 1.0).collect();
    let set = TrainingSet::of_small(Vectors { size, values });
    let apart = set.apart(set.scene(control)?, control)?;
    Ok(apart.map(|distance| distance / (size as f32).sqrt() * 127.5))
}

/// The verdict on a picture that is `distance` from its nearest training picture, with the share that it rests on.
pub(crate) fn judge(distance: f32, usual: Option<f32>) -> Option<(Originality, f32)> {
    let share = distance / usual.filter(|usual| *usual > 0.0)?;
    Some((Originality::of(share), share))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A picture of one grey with something of its own.
    fn small(i: usize) -> Vec<f32> {
        (0..SMALL * SMALL * 3).map(|n| ((i * 7919 + n * n * (i + 3)) % 251) as f32).collect()
    }

    #[test]
    fn distances_are_told_in_the_unit_of_neighbours() {
        let control = JobControl::unattended();
        let flat = |value: f32| vec![value; SMALL * SMALL * 3];
        // Each is 40 from the next.
        let row: Vec<Vec<f32>> = [0.0, 40.0, 80.0, 120.0].map(flat).to_vec();
        let usual = usual_distance(&row, control).unwrap().unwrap();
        assert!((usual - 40.0).abs() < 0.01, "{usual}");
        assert_eq!(usual_distance(&row[..1], control).unwrap(), None);
        assert_eq!(usual_distance(&[], control).unwrap(), None);
    }

    #[test]
    fn a_copy_is_told_from_a_new_picture() {
        let all: Vec<Vec<f32>> = (0..40).map(small).collect();
        let usual = usual_distance(&all, JobControl::unattended()).unwrap();
        let judged = |share: f32| judge(usual.unwrap() * share, usual).unwrap().0;
        assert_eq!([0.0, 0.3].map(judged), [Originality::Copy; 2]);
        assert_eq!([0.4, 0.59].map(judged), [Originality::Like; 2]);
        assert_eq!([0.61, 1.3].map(judged), [Originality::New; 2]);
        assert_eq!(judge(3.0, None), None);
        assert_eq!(judge(3.0, Some(0.0)), None, "all training pictures are one");
    }
}
