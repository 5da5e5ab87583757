//! What a photo gives: its squares, each with what it was placed by and how good it is.

use super::budget::Budget;
use super::choices::{MarkedFace, PictureChoices};
use super::cut::cut;
use super::decode::{Decoded, decode};
use super::demo;
use super::faces::{FindFaces, faces_in};
use super::facts::{PhotoFacts, SquareFacts};
use super::flags::PictureFlags;
use super::health::{Capture, Health};
use super::landmarks::FaceBox;
use super::prepare::{self, Settings};
use super::square::{Placement, Square};
use super::upright::Upright;
use crate::finder::{Face, HeadBox, PixelPoint};
use crate::pixels::{Frame, is_ours};
use crate::printable::hex;
use fast_image_resize::Resizer;
use image::RgbImage;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Most faces of one photo that a person marks.
const MOST_MARKED: usize = 64;

/// Faces beside the best one of a photo count from this score on: of those below, three in four are flowers, walls and
/// paws (docs/measurements.md).
const SURE: f32 = 0.7;

/// A prepared photo.
pub(super) struct Photo {
    pub about: PhotoFacts,
    /// At least one.
    pub squares: Vec<PhotoSquare>,
}

/// A square of the training size.
pub(super) struct PhotoSquare {
    /// RGB, `side * side * 3` bytes.
    pub pixels: Vec<u8>,
    pub about: SquareFacts,
}

/// Names what a person marked in a photo: another name means that it is to be prepared anew. A hundredth of a pixel
/// is no difference, so that a number survives being written and read.
pub(super) fn marks_id(choices: &PictureChoices, content: &str) -> Option<String> {
    let faces = choices.of(content)?.faces.as_ref()?;
    let mut hash = Sha256::new();
    for MarkedFace { square, eyes } in faces {
        hash.update(format!("{:.2} {:.2} {:.2} {:.4};", square.middle.x, square.middle.y, square.side, square.angle));
        for eye in eyes.iter().flatten() {
            hash.update(format!("{:.2} {:.2};", eye.x, eye.y));
        }
    }
    Some(hex(&hash.finalize()[..8]))
}

/// Names the content of a file wherever it is.
pub(super) fn content_id(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes)[..16])
}

/// A demo cat.
pub(super) fn drawn(seed: u64, index: u64, side: u32) -> Photo {
    let Frame { width, height, data: pixels } = demo::draw(seed, index, side);
    let image = RgbImage::from_raw(width, height, pixels.clone()).unwrap_or_else(|| RgbImage::new(width, height));
    let square = Square::middle_of((side, side));
    let about = SquareFacts {
        square,
        eyes: None,
        head: None,
        score: None,
        placement: Placement::Crop,
        flags: PictureFlags::default(),
        health: Health::of(&image, side),
    };
    let content = format!("demo-{seed}-{index}");
    let facts = PhotoFacts { content, size: (width, height), orientation: 1, capture: None, marks: None };
    Photo { about: facts, squares: vec![PhotoSquare { pixels, about }] }
}

/// What a photo is prepared with.
pub(super) struct Studio<'a> {
    pub settings: &'a Settings,
    pub budget: &'a Budget,
    pub choices: &'a PictureChoices,
    /// None where faces are not looked for.
    pub find: Option<FindFaces<'a>>,
}

impl Studio<'_> {
    /// Makes the squares of a file with these bytes. `face` gives the square of its landmarks for a picture of this
    /// size as stored, none where there are no landmarks, an error where they are no use.
    ///
    /// # Errors
    /// Why the file cannot be used, in words.
    pub(super) fn photo(
        &self,
        path: &Path,
        bytes: &[u8],
        landmarks: impl FnOnce((u32, u32)) -> Option<Result<Vec<FaceBox>, &'static str>>,
        resizer: &mut Resizer,
    ) -> Result<Photo, String> {
        let decoded = decode(bytes, path, self.settings.background, self.budget)?;
        let mut flags = decoded.flags;
        flags.set(PictureFlags::OURS, is_ours(bytes));
        let upright = decoded.upright();
        let content = content_id(bytes);
        let about = PhotoFacts {
            marks: marks_id(self.choices, &content),
            content,
            size: upright.size(),
            orientation: upright.orientation.to_exif(),
            capture: Capture::of_file(bytes, upright.size()),
        };
        let marked = self.choices.of(&about.content).and_then(|choices| choices.faces.as_deref());
        let landmarks = landmarks(upright.stored);
        flags.set(PictureFlags::BAD_LANDMARKS, landmarks.as_ref().is_some_and(Result::is_err));
        let mut cutter = Cutter { studio: self, decoded: &decoded, upright, flags, resizer };
        let mut squares = match (marked, landmarks) {
            (Some(marked), _) => cutter.marked(marked)?,
            (None, Some(Ok(faces))) => faces.iter().map(|face| cutter.landmarks(face)).collect::<Result<_, _>>()?,
            _ => cutter.found()?,
        };
        if squares.is_empty() {
            squares.push(cutter.whole()?);
        }
        Ok(Photo { about, squares })
    }
}

/// One photo on the table.
struct Cutter<'a> {
    studio: &'a Studio<'a>,
    decoded: &'a Decoded<'a>,
    upright: Upright,
    flags: PictureFlags,
    resizer: &'a mut Resizer,
}

impl Cutter<'_> {
    /// The faces that a person marked.
    fn marked(&mut self, faces: &[MarkedFace]) -> Result<Vec<PhotoSquare>, String> {
        let size = self.upright.size();
        let faces = faces.iter().take(MOST_MARKED).filter(|face| face.square.is_plausible(size));
        faces.map(|face| self.cut(face.square, face.eyes, None, Placement::Hand)).collect()
    }

    /// The faces that the finder finds. Pictures of this program are squares already.
    fn found(&mut self) -> Result<Vec<PhotoSquare>, String> {
        let Some(find) = self.studio.find.filter(|_| !self.flags.has(PictureFlags::OURS)) else {
            return Ok(Vec::new());
        };
        let mut faces = faces_in(&self.decoded.image, &self.upright, find)?;
        let best = faces.iter().map(|face| face.score).fold(0.0, f32::max);
        faces.retain(|face| face.score >= best.min(SURE));
        let size = self.upright.size();
        let placed = faces.iter().map(|face| (face, Square::of_face(&face.head, face.eyes).kept_inside(size)));
        let placed: Vec<(&Face, Square)> = placed.filter(|(_, square)| square.is_plausible(size)).collect();
        placed.into_iter().map(|(face, square)| self.cut(square, face.eyes, Some(face), Placement::Finder)).collect()
    }

    fn cut(
        &mut self,
        square: Square,
        eyes: Option<[PixelPoint; 2]>,
        face: Option<&Face>,
        placement: Placement,
    ) -> Result<PhotoSquare, String> {
        // Twice the size, so that the last step is a good filter's; and enough to judge the sharpness.
        let largest = (2 * self.studio.settings.side).max(Health::SIDE * 3 / 2);
        let cut = cut(&self.decoded.image, &self.upright, &square, largest, self.resizer)?;
        let (head, score) = (face.map(|face| face.head), face.map(|face| face.score));
        let facts = Facts { square, eyes, head, score, placement };
        self.finish(&cut, facts)
    }

    /// The square of the `.cat` file.
    fn landmarks(&mut self, face: &FaceBox) -> Result<PhotoSquare, String> {
        let cut = face.cut(&self.decoded.image, self.studio.settings.background);
        self.flags.set(PictureFlags::ALIGNED, true);
        let (square, eyes) = (self.upright.square(&face.square()), self.upright.eyes(face.eyes()));
        let facts = Facts { square, eyes: Some(eyes), head: None, score: None, placement: Placement::Landmarks };
        self.finish(&cut, facts)
    }

    /// A cut square at the training size.
    fn finish(&mut self, cut: &RgbImage, facts: Facts) -> Result<PhotoSquare, String> {
        let side = self.studio.settings.side;
        let pixels = prepare::resized(cut, side, self.resizer)?.into_raw();
        let small = facts.square.side.round() < f64::from(side);
        Ok(self.with_facts(pixels, facts, small, Health::of(cut, side)))
    }

    /// The whole photo by the crop setting.
    fn whole(&mut self) -> Result<PhotoSquare, String> {
        let (settings, image) = (self.studio.settings, &self.decoded.image);
        let (width, height) = self.upright.size();
        let orientation = self.upright.orientation;
        let pixels = prepare::square(image, orientation, settings, self.resizer)?;
        let to_judge = Health::SIDE.min(width.min(height)).max(settings.side);
        let judged = match to_judge == settings.side {
            true => pixels.clone(),
            false => prepare::square(image, orientation, &Settings { side: to_judge, ..*settings }, self.resizer)?,
        };
        let judged = RgbImage::from_raw(to_judge, to_judge, judged).ok_or("it could not be measured")?;
        let square = Square::middle_of((width, height));
        let facts = Facts { square, eyes: None, head: None, score: None, placement: Placement::Crop };
        let small = width.min(height) < settings.side;
        Ok(self.with_facts(pixels, facts, small, Health::of(&judged, settings.side)))
    }

    fn with_facts(&self, pixels: Vec<u8>, facts: Facts, small: bool, health: Health) -> PhotoSquare {
        let Facts { square, eyes, head, score, placement } = facts;
        let mut flags = self.flags;
        flags.set(PictureFlags::GREY, health.is_grey());
        flags.set(PictureFlags::BLANK, prepare::is_blank(&pixels));
        flags.set(PictureFlags::SMALL, small);
        PhotoSquare { pixels, about: SquareFacts { square, eyes, head, score, placement, flags, health } }
    }
}

/// Where a square is, and why there.
struct Facts {
    square: Square,
    eyes: Option<[PixelPoint; 2]>,
    head: Option<HeadBox>,
    score: Option<f32>,
    placement: Placement,
}
