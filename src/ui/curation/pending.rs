//! Decisions that the engine has not answered yet: the window shows them at once.

use crate::engine::{LeftOut, PictureId, PixelPoint, PreparedPicture, PreparedPictures, Verdict};
use std::collections::HashMap;

/// How a picture stands, with what was just decided.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Standing {
    /// Why it is not trained on; none where it is.
    pub left_out: Option<LeftOut>,
    /// A person wants it used.
    pub included: bool,
    /// Its face was just marked: other pixels are being prepared.
    pub waiting: bool,
}

impl Standing {
    /// What a person decided about it.
    pub(crate) fn verdict(self) -> Option<Verdict> {
        match (self.left_out, self.included) {
            (Some(LeftOut::ByYou), _) => Some(Verdict::LeaveOut),
            (_, true) => Some(Verdict::Use),
            _ => None,
        }
    }
}

/// A decision on its way.
#[derive(Debug, Clone)]
struct Sent {
    id: PictureId,
    verdict: Option<Verdict>,
    /// Answers that did not know of it. The first may be to an earlier decision.
    unknown: u8,
}

/// What was decided and is not prepared yet.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    verdicts: HashMap<u32, Sent>,
    /// Photos, by content, whose faces were just marked.
    faces: HashMap<String, u8>,
}

impl Pending {
    pub(crate) fn decide(&mut self, index: u32, id: PictureId, verdict: Option<Verdict>) {
        self.verdicts.insert(index, Sent { id, verdict, unknown: 0 });
    }

    /// The faces of this photo were marked.
    pub(crate) fn marked(&mut self, photo: &str) {
        self.faces.insert(photo.to_owned(), 0);
    }

    /// How a picture stands.
    pub(crate) fn standing(&self, pictures: &PreparedPictures, index: u32) -> Standing {
        let picture = &pictures.pictures[index as usize];
        let prepared = prepared(picture);
        if self.verdicts.is_empty() && self.faces.is_empty() {
            return prepared;
        }
        let photo = &pictures.photos[picture.photo as usize].content;
        let waiting = self.faces.contains_key(photo);
        let Some(sent) = self.verdicts.get(&index) else { return Standing { waiting, ..prepared } };
        let left_out = match sent.verdict {
            Some(Verdict::LeaveOut) => Some(LeftOut::ByYou),
            Some(Verdict::Use) => None,
            // What the filters say of it is not known here.
            None => prepared.left_out.filter(|reason| *reason != LeftOut::ByYou),
        };
        Standing { left_out, included: sent.verdict == Some(Verdict::Use), waiting }
    }

    /// Takes over an answer of the engine: what it knows is not pending any more.
    pub(crate) fn answered(&mut self, pictures: &PreparedPictures) {
        if self.verdicts.is_empty() && self.faces.is_empty() {
            return;
        }
        let index = Finder::new(pictures);
        let sent = std::mem::take(&mut self.verdicts);
        for (_, mut sent) in sent {
            let Some(at) = index.find(&sent.id) else { continue };
            sent.unknown += 1;
            let known = prepared(&pictures.pictures[at as usize]).verdict() == sent.verdict;
            if !known && sent.unknown < 2 {
                self.verdicts.insert(at, sent);
            }
        }
        self.faces.retain(|_, answers| {
            *answers += 1;
            *answers < 2
        });
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}

fn prepared(picture: &PreparedPicture) -> Standing {
    Standing { left_out: picture.left_out, included: picture.included, waiting: false }
}

/// The name of a picture for the engine.
pub(crate) fn id_of(pictures: &PreparedPictures, index: u32) -> PictureId {
    let photo = pictures.photo_of(index as usize);
    let middle = pictures.pictures[index as usize].square.middle;
    let share = |x: f64, whole: u32| x / f64::from(whole.max(1));
    let at = PixelPoint { x: share(middle.x, photo.width), y: share(middle.y, photo.height) };
    PictureId { photo: photo.content.clone(), at }
}

/// Finds pictures by their names.
pub(super) struct Finder<'a> {
    pictures: &'a PreparedPictures,
    by_content: HashMap<&'a str, Vec<u32>>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(pictures: &'a PreparedPictures) -> Self {
        let mut by_content: HashMap<&str, Vec<u32>> = HashMap::new();
        for (picture, index) in pictures.pictures.iter().zip(0..) {
            by_content.entry(&pictures.photos[picture.photo as usize].content).or_default().push(index);
        }
        Self { pictures, by_content }
    }

    /// The picture of that photo whose middle is nearest.
    pub(super) fn find(&self, id: &PictureId) -> Option<u32> {
        let apart = |index: u32| {
            let at = id_of(self.pictures, index).at;
            (at.x - id.at.x).hypot(at.y - id.at.y)
        };
        let all = self.by_content.get(id.photo.as_str())?;
        all.iter().copied().min_by(|&a, &b| apart(a).total_cmp(&apart(b)))
    }
}
