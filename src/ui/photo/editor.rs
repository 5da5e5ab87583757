//! What the person does with the faces of one photo.

use super::geometry::{apart, face_of, usual_eyes, wrapped};
use super::held::Held;
use crate::engine::{LeftOut, MarkedFace, PictureEdit, PixelPoint, Placement, PreparedPictures, Square};
use std::path::PathBuf;

/// Changes of one kind within this many seconds are one change.
const ONE_GESTURE: f64 = 0.8;
/// Changes that can be undone.
const KEPT: usize = 100;
/// Smallest side of a square, in pixels of the photo.
const SMALLEST: f64 = 8.0;

/// What the arrow keys move.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Grip {
    /// The whole square; the eyes stay where they are.
    #[default]
    Square,
    /// An eye: 0 is the left one as seen in the photo.
    Eye(usize),
}

/// Through the changes of the editor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    Back,
    Forth,
}

/// The faces of a photo.
#[derive(Debug, Clone, PartialEq)]
struct Marked {
    faces: Vec<MarkedFace>,
    /// They are what the `.cat` file or the finder say, not the person.
    as_found: bool,
}

/// A photo whose faces are being marked.
#[derive(Debug)]
pub(crate) struct PhotoEditor {
    pub path: PathBuf,
    /// Width and height in pixels, upright.
    pub size: (u32, u32),
    /// Side of the pictures in training.
    pub side: u32,
    /// Which face is being worked on.
    pub chosen: usize,
    pub grip: Grip,
    /// Eyes that were set so far, while they are being set by clicks.
    pub setting: Option<Option<PixelPoint>>,
    /// What is being dragged.
    pub held: Option<Held>,
    /// How many times larger than to fit.
    pub zoom: f64,
    /// What stands in the middle, in pixels of the photo.
    pub centre: PixelPoint,
    content: String,
    before: Marked,
    now: Marked,
    past: Vec<Marked>,
    future: Vec<Marked>,
    gesture: Option<(&'static str, f64)>,
}

impl PhotoEditor {
    /// The photo of a picture, with that picture's face chosen.
    pub(crate) fn new(pictures: &PreparedPictures, index: u32) -> Self {
        let photo = pictures.photo_of(index as usize);
        let number = pictures.pictures[index as usize].photo;
        let (mut faces, mut chosen) = (Vec::new(), 0);
        for (picture, i) in pictures.pictures.iter().zip(0..) {
            // Where no face was found, what is cut from the middle is no face.
            let none = picture.placement == Placement::Crop && picture.left_out == Some(LeftOut::NoFace);
            if picture.photo != number || none {
                continue;
            }
            if i == index {
                chosen = faces.len();
            }
            faces.push(MarkedFace { square: picture.square, eyes: picture.eyes });
        }
        let before = Marked { faces, as_found: !photo.corrected };
        let setting = before.faces.is_empty().then_some(None);
        let editor = Self::with((photo.width, photo.height), pictures.side, before);
        Self { path: photo.path.clone(), content: photo.content.clone(), chosen, setting, ..editor }
    }

    /// A photo of which one square is wanted, for pictures of `side` pixels.
    pub(crate) fn of_square(size: (u32, u32), side: u32, square: Square) -> Self {
        Self::with(size, side, Marked { faces: vec![MarkedFace { square, eyes: None }], as_found: true })
    }

    fn with((width, height): (u32, u32), side: u32, before: Marked) -> Self {
        Self {
            path: PathBuf::new(),
            size: (width, height),
            side,
            chosen: 0,
            grip: Grip::default(),
            setting: None,
            held: None,
            zoom: 1.0,
            centre: PixelPoint { x: f64::from(width) / 2.0, y: f64::from(height) / 2.0 },
            content: String::new(),
            now: before.clone(),
            before,
            past: Vec::new(),
            future: Vec::new(),
            gesture: None,
        }
    }

    /// Puts the square of the chosen face here, as a change of its own.
    pub(crate) fn place(&mut self, square: Square) {
        self.end_gesture();
        self.note("place", 0.0);
        self.end_gesture();
        self.reshape(|now| *now = square);
    }

    pub(crate) fn faces(&self) -> &[MarkedFace] {
        &self.now.faces
    }

    /// The face that is being worked on.
    pub(crate) fn face(&self) -> Option<&MarkedFace> {
        self.now.faces.get(self.chosen)
    }

    /// The faces that were found come back once this is saved.
    pub(crate) fn is_reset(&self) -> bool {
        self.now.as_found && !self.before.as_found
    }

    pub(crate) fn changed(&self) -> bool {
        self.now != self.before
    }

    /// What saving changes, and what takes that back; none where nothing was changed.
    pub(crate) fn edit(&self) -> Option<(PictureEdit, PictureEdit)> {
        let edit = |marked: &Marked| PictureEdit::Faces {
            photo: self.content.clone(),
            faces: (!marked.as_found).then(|| marked.faces.clone()),
        };
        self.changed().then(|| (edit(&self.now), edit(&self.before)))
    }

    /// Notes what is on show before it changes. Changes of one gesture are undone together.
    pub(crate) fn note(&mut self, gesture: &'static str, now: f64) {
        let same = self.gesture.is_some_and(|(name, at)| name == gesture && now - at < ONE_GESTURE);
        self.gesture = Some((gesture, now));
        if !same {
            self.past.push(self.now.clone());
            if self.past.len() > KEPT {
                self.past.remove(0);
            }
        }
        self.future.clear();
        self.now.as_found = false;
    }

    /// The gesture is over: the next change is one of its own.
    pub(crate) fn end_gesture(&mut self) {
        self.gesture = None;
    }

    pub(crate) fn can(&self, turn: Turn) -> bool {
        !if turn == Turn::Back { &self.past } else { &self.future }.is_empty()
    }

    /// Undoes or redoes a change.
    pub(crate) fn turn(&mut self, turn: Turn) {
        let (from, to) = match turn {
            Turn::Back => (&mut self.past, &mut self.future),
            Turn::Forth => (&mut self.future, &mut self.past),
        };
        if let Some(marked) = from.pop() {
            to.push(std::mem::replace(&mut self.now, marked));
            self.gesture = None;
            self.setting = None;
            self.chosen = self.chosen.min(self.now.faces.len().saturating_sub(1));
        }
    }

    /// Changes the square of the chosen face; it stays in reach of the photo.
    pub(crate) fn reshape(&mut self, change: impl FnOnce(&mut Square)) {
        let (width, height) = (f64::from(self.size.0), f64::from(self.size.1));
        let Some(face) = self.now.faces.get_mut(self.chosen) else { return };
        change(&mut face.square);
        let square = &mut face.square;
        square.middle.x = square.middle.x.clamp(0.0, width);
        square.middle.y = square.middle.y.clamp(0.0, height);
        square.side = square.side.clamp(SMALLEST, 2.0 * width.max(height));
        square.angle = wrapped(square.angle);
    }

    /// Puts an eye somewhere; the square follows.
    pub(crate) fn put_eye(&mut self, eye: usize, at: PixelPoint) {
        let at = self.inside(at);
        let Some(face) = self.now.faces.get_mut(self.chosen) else { return };
        let mut eyes = face.eyes.unwrap_or_else(|| usual_eyes(&face.square));
        eyes[eye] = at;
        if apart(eyes) >= 2.0 {
            *face = face_of(eyes);
        }
    }

    /// Marks eyes where they usually are in the square, so that they can be moved.
    pub(crate) fn hold_eye(&mut self, eye: usize, now: f64) {
        if self.face().is_some_and(|face| face.eyes.is_none()) {
            self.note("eyes", now);
            if let Some(face) = self.now.faces.get_mut(self.chosen) {
                face.eyes = Some(usual_eyes(&face.square));
            }
        }
        self.grip = Grip::Eye(eye);
    }

    /// A click while the eyes are set: the left one first, then the right one. They make a new face where none is
    /// chosen.
    pub(crate) fn click_eye(&mut self, at: PixelPoint, now: f64) {
        let at = self.inside(at);
        match self.setting {
            Some(None) => self.setting = Some(Some(at)),
            Some(Some(left)) if apart([left, at]) >= 2.0 => {
                self.end_gesture();
                self.note("set eyes", now);
                self.end_gesture();
                // Whichever was clicked first: the left one is on the left, unless the face is nearly on its side.
                let swapped = at.x < left.x && (at.y - left.y).abs() < (at.x - left.x).abs();
                let eyes = if swapped { [at, left] } else { [left, at] };
                match self.now.faces.get_mut(self.chosen) {
                    Some(face) => *face = face_of(eyes),
                    None => self.now.faces.push(face_of(eyes)),
                }
                self.setting = None;
            }
            _ => {}
        }
    }

    /// A new face, whose eyes are set by two clicks.
    pub(crate) fn add(&mut self) {
        self.chosen = self.now.faces.len();
        self.setting = Some(None);
        self.grip = Grip::Square;
    }

    /// A new square in the middle of what is on show: the way without a pointer.
    pub(crate) fn add_square(&mut self, now: f64) {
        self.end_gesture();
        self.note("add", now);
        let side = f64::from(self.size.0.min(self.size.1)) / 2.0 / self.zoom;
        let square = Square { middle: self.centre, side: side.max(SMALLEST), angle: 0.0 };
        self.now.faces.push(MarkedFace { square, eyes: None });
        self.chosen = self.now.faces.len() - 1;
        (self.setting, self.grip) = (None, Grip::Square);
    }

    pub(crate) fn remove(&mut self, now: f64) {
        if self.chosen < self.now.faces.len() {
            self.end_gesture();
            self.note("remove", now);
            self.now.faces.remove(self.chosen);
            self.chosen = self.chosen.min(self.now.faces.len().saturating_sub(1));
        }
        self.setting = None;
    }

    /// Forgets what the person marked.
    pub(crate) fn reset(&mut self, now: f64) {
        self.end_gesture();
        self.note("reset", now);
        let faces = if self.before.as_found { self.before.faces.clone() } else { Vec::new() };
        self.now = Marked { faces, as_found: true };
        (self.chosen, self.setting, self.grip) = (0, None, Grip::Square);
    }

    /// Works on this face.
    pub(crate) fn choose(&mut self, n: usize) {
        if n != self.chosen && n < self.now.faces.len() {
            (self.chosen, self.grip, self.setting) = (n, Grip::Square, None);
        }
    }

    /// Works on the face before or after, if there is one.
    pub(crate) fn next(&mut self, by: isize) {
        if let Some(to) = self.chosen.checked_add_signed(by) {
            self.choose(to);
        }
    }

    fn inside(&self, at: PixelPoint) -> PixelPoint {
        PixelPoint { x: at.x.clamp(0.0, f64::from(self.size.0)), y: at.y.clamp(0.0, f64::from(self.size.1)) }
    }
}

#[cfg(test)]
mod tests;
