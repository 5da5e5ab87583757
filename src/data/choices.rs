//! What people decided about their photos: which pictures to leave out or use whatever the filters say, and where the
//! faces are. It belongs to the content of a file, so that it survives renaming and moving.

use super::square::Square;
use super::squares::{PhotoFile, PreparedPictures};
use crate::finder::PixelPoint;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    verdicts: Vec<(PixelPoint, Verdict)>,
}

/// All decisions, by the content of the photos.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PictureChoices {
    photos: BTreeMap<String, PhotoChoices>,
}

/// Faces that one photo can have.
const MOST_FACES: usize = 64;
/// Fractions of a photo that differ by less are the same position: a file keeps them to 16 digits.
const SAME: f64 = 1e-6;

impl PictureId {
    /// Names the picture that was cut out of this photo at this square.
    pub fn of(photo: &PhotoFile, square: &Square) -> Self {
        let PixelPoint { x, y } = square.middle;
        let at = PixelPoint { x: x / f64::from(photo.width.max(1)), y: y / f64::from(photo.height.max(1)) };
        Self { photo: photo.content.clone(), at }
    }
}

impl MarkedFace {
    /// Whether a photo can have it. Of a photo's size nothing is known here.
    fn is_possible(&self) -> bool {
        let Square { middle, side, angle } = self.square;
        let points = self.eyes.into_iter().flatten().chain([middle]);
        let near = |value: f64| value.abs() <= 1e6;
        points.into_iter().all(|point| near(point.x) && near(point.y))
            && (1.0..=1e6).contains(&side)
            && angle.abs() <= 2.0 * std::f64::consts::TAU
    }
}

fn keep_possible(faces: &mut Vec<MarkedFace>) {
    faces.retain(MarkedFace::is_possible);
    faces.truncate(MOST_FACES);
}

impl PhotoChoices {
    /// What was decided about each of these squares of a photo that is `size` pixels wide and high. A verdict belongs
    /// to the square whose middle is nearest, within half of its side; of several the nearest counts.
    pub(crate) fn verdicts_on(&self, squares: &[Square], size: (u32, u32)) -> Vec<Option<Verdict>> {
        let mut nearest = vec![(f64::INFINITY, None); squares.len()];
        for (i, distance, (_, verdict)) in self.owned(squares, size) {
            if distance <= nearest[i].0 {
                nearest[i] = (distance, Some(*verdict));
            }
        }
        nearest.into_iter().map(|(_, verdict)| verdict).collect()
    }

    /// The verdicts that belong to one of these squares: the square's position, the distance in pixels, the verdict.
    fn owned(
        &self,
        squares: &[Square],
        (width, height): (u32, u32),
    ) -> impl Iterator<Item = (usize, f64, &(PixelPoint, Verdict))> {
        self.verdicts.iter().filter_map(move |verdict| {
            let at = verdict.0;
            let (x, y) = (at.x * f64::from(width), at.y * f64::from(height));
            let distances = squares.iter().map(|square| (square.middle.x - x).hypot(square.middle.y - y)).enumerate();
            let (i, distance) = distances.min_by(|a, b| a.1.total_cmp(&b.1))?;
            (distance <= squares[i].side / 2.0).then_some((i, distance, verdict))
        })
    }

    /// Writes the verdict at exactly this position, and returns the one that was there.
    fn decide(&mut self, at: PixelPoint, verdict: Option<Verdict>) -> Option<Verdict> {
        let same = |p: PixelPoint| (p.x - at.x).abs() < SAME && (p.y - at.y).abs() < SAME;
        let before = self.verdicts.iter().position(|(p, _)| same(*p)).map(|i| self.verdicts.remove(i).1);
        // A photo has a few pictures; anything else would be a mistake of the caller.
        if let Some(verdict) = verdict.filter(|_| at.x.abs() <= 10.0 && at.y.abs() <= 10.0) {
            self.verdicts.push((at, verdict));
        }
        before
    }

    fn is_empty(&self) -> bool {
        self.faces.is_none() && self.verdicts.is_empty()
    }
}

impl PictureChoices {
    /// What was decided about a photo.
    pub(crate) fn of(&self, content: &str) -> Option<&PhotoChoices> {
        self.photos.get(content)
    }

    /// Whether nothing was decided about any photo.
    pub fn is_empty(&self) -> bool {
        self.photos.is_empty()
    }

    /// Without faces that no photo can have: the file may be damaged in a way that its format does not show.
    pub(super) fn sound(mut self) -> Self {
        self.photos.values_mut().filter_map(|photo| photo.faces.as_mut()).for_each(keep_possible);
        self
    }

    /// Makes a change, and returns the one that takes it back exactly. Faces that no photo can have are left out.
    pub fn apply(&mut self, edit: PictureEdit) -> PictureEdit {
        match edit {
            PictureEdit::Verdicts(verdicts) => {
                let decide = |(id, verdict): (PictureId, Option<Verdict>)| {
                    let before = self.change(&id.photo, |photo| photo.decide(id.at, verdict));
                    (id, before)
                };
                let mut before: Vec<_> = verdicts.into_iter().map(decide).collect();
                // What was changed last is taken back first.
                before.reverse();
                PictureEdit::Verdicts(before)
            }
            PictureEdit::Faces { photo, faces } => {
                let mut possible = faces;
                possible.iter_mut().for_each(keep_possible);
                let faces = self.change(&photo, |choices| std::mem::replace(&mut choices.faces, possible));
                PictureEdit::Faces { photo, faces }
            }
        }
    }

    fn change<T>(&mut self, photo: &str, change: impl FnOnce(&mut PhotoChoices) -> T) -> T {
        let choices = self.photos.entry(photo.to_owned()).or_default();
        let result = change(choices);
        if choices.is_empty() {
            self.photos.remove(photo);
        }
        result
    }

    /// The same change such that it replaces whatever was decided about the pictures that it names. An earlier verdict
    /// may stand where the square was before: the finder or a person has moved it since.
    pub(crate) fn replacing(&self, edit: PictureEdit, shown: &PreparedPictures) -> PictureEdit {
        let PictureEdit::Verdicts(verdicts) = edit else { return edit };
        let mut pictures: HashMap<&str, (&PhotoFile, Vec<Square>)> = HashMap::new();
        let named: HashSet<&str> = verdicts.iter().map(|(id, _)| id.photo.as_str()).collect();
        for picture in &shown.pictures {
            let photo = &shown.photos[picture.photo as usize];
            if named.contains(photo.content.as_str()) {
                let (first, squares) = pictures.entry(&photo.content).or_insert((photo, Vec::new()));
                // Copies of one photo have the same squares.
                if std::ptr::eq(*first, photo) {
                    squares.push(picture.square);
                }
            }
        }
        let replaced = |id: &PictureId| -> Vec<PixelPoint> {
            let known = self.of(&id.photo).zip(pictures.get(id.photo.as_str()));
            let Some((choices, (photo, squares))) = known else { return Vec::new() };
            let wanted = squares.iter().position(|square| {
                let at = PictureId::of(photo, square).at;
                (at.x - id.at.x).abs() < SAME && (at.y - id.at.y).abs() < SAME
            });
            let owned = choices.owned(squares, (photo.width, photo.height));
            owned.filter(|(i, ..)| Some(*i) == wanted).map(|(_, _, (at, _))| *at).collect()
        };
        let one = |(id, verdict): (PictureId, Option<Verdict>)| {
            let earlier = replaced(&id).into_iter().map(|at| (PictureId { photo: id.photo.clone(), at }, None));
            earlier.collect::<Vec<_>>().into_iter().chain([(id, verdict)])
        };
        PictureEdit::Verdicts(verdicts.into_iter().flat_map(one).collect())
    }
}
