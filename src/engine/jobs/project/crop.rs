//! Which square of a photo is searched for: the face, framed as the generator frames faces.

use crate::compute::ComputeDevice;
use crate::data::{Placement, Square, cut_square, faces_in_frame};
use crate::engine::protocol::error::EngineError;
use crate::engine::protocol::latent::{CroppedPhoto, OpenedPhoto};
use crate::finder::PixelPoint;
use crate::formats::upscale;
use crate::interrupt::JobControl;
use crate::latent::{LatentSource, Stream, render};
use crate::model::SavedGenerator;
use crate::pixels::Frame;
use std::sync::Arc;

/// Longest side in pixels of the copy of a photo that is worked on: a face of a tenth of it is larger than the pictures
/// of most generators.
pub(crate) const LONGEST: u32 = 1600;
/// Pictures of the generator that tell how it frames faces, and their seed.
const PICTURES: usize = 24;
const SEED: u64 = 1;
/// Fewer faces among them tell nothing.
const FEWEST: usize = 6;
/// How far the eyes of the same face are apart in two pictures, in widths of the head.
const SAME_PLACE: f64 = 0.15;
/// The finder sees small pictures enlarged to this side at least, in pixels.
const SEEN: u32 = 256;

/// How a generator frames faces: where its whole picture lies around the square that the cat finder would cut out of
/// it. A generator that learned from photos cut by hand frames them otherwise than the finder does, and finds a face
/// best where its own faces are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Framing {
    /// Side of the picture, in sides of the finder's square.
    side: f64,
    /// The middle of the picture, in fractions of the finder's square from its top left.
    across: f64,
    down: f64,
}

impl Framing {
    /// As the finder frames them.
    const PLAIN: Self = Self { side: 1.0, across: 0.5, down: 0.5 };

    /// Looks at some pictures of the generator. Without enough faces among them it is the finder's own framing.
    ///
    /// # Errors
    /// A device that fails, or cancelled.
    pub(crate) fn of(saved: &SavedGenerator, control: JobControl) -> Result<Self, EngineError> {
        let device = ComputeDevice::cpu();
        let (generator, weights) = saved.open(device.device());
        let latents = LatentSource { kind: saved.config.latent, size: generator.latent_size(), seed: SEED };
        let z = latents.draw(Stream::Generate, 0, PICTURES);
        let mut found = Vec::new();
        for frame in render(&generator, &weights, &z, device.device())? {
            control.check()?;
            let large = upscale(&frame, SEEN.div_ceil(frame.width));
            let face = faces_in_frame(&large)?.into_iter().next();
            // Without eyes its middle is only guessed.
            if let Some(face) = face.filter(|face| face.eyes.is_some()) {
                let square = Square::of_face(&face.head, face.eyes);
                found.push(Self::between(&square, f64::from(large.width)));
            }
        }
        Ok(Self::middle(&found).unwrap_or(Self::PLAIN))
    }

    /// Of a picture of this side in which the finder would cut this square.
    fn between(square: &Square, side: f64) -> Self {
        let (sin, cos) = square.angle.sin_cos();
        let (x, y) = (side / 2.0 - square.middle.x, side / 2.0 - square.middle.y);
        let (across, down) = ((x * cos + y * sin) / square.side, (y * cos - x * sin) / square.side);
        Self { side: side / square.side, across: 0.5 + across, down: 0.5 + down }
    }

    /// The median of each number; none of too few.
    fn middle(all: &[Self]) -> Option<Self> {
        let median = |of: fn(&Self) -> f64| {
            let mut values: Vec<f64> = all.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        let enough = all.len() >= FEWEST;
        enough.then(|| Self { side: median(|f| f.side), across: median(|f| f.across), down: median(|f| f.down) })
    }

    /// The square around a face that the finder would cut out like this.
    fn around(self, face: &Square) -> Square {
        Square { middle: face.point(self.across, self.down), side: face.side * self.side, angle: face.angle }
    }
}

/// A photo with the square that is proposed: the surest face, framed as the generator frames faces, or the largest
/// square in the middle where no face is found.
///
/// # Errors
/// A photo whose buffer does not match its size; a device that fails; cancelled.
pub(crate) fn propose(
    frame: Arc<Frame>,
    saved: &SavedGenerator,
    control: JobControl,
) -> Result<OpenedPhoto, EngineError> {
    let face = faces_in_frame(&frame)?.into_iter().next();
    let (square, placement) = match face {
        Some(face) => (Framing::of(saved, control)?.around(&Square::of_face(&face.head, face.eyes)), Placement::Finder),
        None => (Square::middle_of((frame.width, frame.height)), Placement::Crop),
    };
    Ok(OpenedPhoto { photo: CroppedPhoto { frame, square }, placement })
}

/// What is inside the square, as large as the generator's pictures.
///
/// # Errors
/// A square out of reach of the photo.
pub(crate) fn target(photo: &CroppedPhoto, saved: &SavedGenerator) -> Result<Frame, EngineError> {
    Ok(cut_square(&photo.frame, &photo.square, saved.config.size)?)
}

/// Whether the cat finder sees the face of `goal` in `found`, both of one size: its eyes at nearly the same places, or
/// its head where the eyes of `goal` are not clear. True where `goal` shows no face.
///
/// # Errors
/// As [`faces_in_frame`].
pub(crate) fn shares_face(goal: &Frame, found: &Frame) -> Result<bool, EngineError> {
    let faces = |frame: &Frame| faces_in_frame(&upscale(frame, SEEN.div_ceil(frame.width)));
    let Some(wanted) = faces(goal)?.into_iter().next() else { return Ok(true) };
    let near = SAME_PLACE * wanted.head.width();
    Ok(faces(found)?.into_iter().any(|face| match (wanted.eyes, face.eyes) {
        (Some(wanted), Some(eyes)) => wanted.iter().zip(eyes).all(|(a, b)| (a.x - b.x).hypot(a.y - b.y) < near),
        (Some(_), None) => false,
        (None, _) => face.head.overlap(&wanted.head) > 0.5,
    }))
}

/// A square that was measured in a photo `factor` times as large.
pub(super) fn scaled(square: &Square, factor: f64) -> Square {
    let middle = PixelPoint { x: square.middle.x * factor, y: square.middle.y * factor };
    Square { middle, side: square.side * factor, ..*square }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::bundled;

    /// The framing of a picture puts the whole picture around the face that it was taken from.
    #[test]
    fn a_framing_leads_back_to_the_whole_picture() {
        let face = Square { middle: PixelPoint { x: 60.0, y: 40.0 }, side: 50.0, angle: 0.3 };
        let whole = Framing::between(&face, 100.0).around(&face);
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        assert!(near(whole.middle.x, 50.0) && near(whole.middle.y, 50.0) && near(whole.side, 100.0), "{whole:?}");
        assert_eq!(Framing::PLAIN.around(&face), face);
        assert_eq!(Framing::middle(&[Framing::PLAIN; 5]), None);
        let half = scaled(&face, 0.5);
        assert_eq!((half.middle.x, half.side, half.angle), (30.0, 25.0, 0.3));
    }

    /// The bundled generator learned from squares that the finder cut: it frames faces nearly as the finder does.
    #[test]
    fn the_bundled_generator_frames_faces_as_the_finder_does() {
        let framing = Framing::of(&bundled::generator().unwrap(), JobControl::unattended()).unwrap();
        assert!((0.85..1.05).contains(&framing.side) && (0.45..0.55).contains(&framing.down), "{framing:?}");
        assert!((framing.across - 0.5).abs() < 0.03, "{framing:?}");
        let draw = |seed| {
            let (generator, weights) = bundled::generator().unwrap().open(ComputeDevice::cpu().device());
            let z = LatentSource { kind: crate::config::LatentKind::Normal, size: generator.latent_size(), seed };
            let z = z.draw(Stream::Generate, 0, 1);
            render(&generator, &weights, &z, ComputeDevice::cpu().device()).unwrap().swap_remove(0)
        };
        let cat = draw(5);
        assert!(shares_face(&cat, &cat).unwrap());
        assert!(!shares_face(&cat, &Frame::filled(64, 64, [120; 3])).unwrap(), "a blob shows no face");
        let blank = Arc::new(Frame::filled(50, 30, [90; 3]));
        let opened = propose(blank, &bundled::generator().unwrap(), JobControl::unattended()).unwrap();
        assert_eq!((opened.placement, opened.photo.square.side), (Placement::Crop, 30.0));
    }
}
