//! What a folder of pictures will lead to, in words, and what would make it better: said before anybody trains on it.

use super::face_use::{FaceReport, FaceUse};
use super::squares::{LeftOut, PreparedPicture};
use crate::config::{DataConfig, DataSource, Duplicates, FEWEST_PICTURES, FaceMode, NoFace};
use crate::printable::thousands;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Something to know about the pictures before a run starts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Advice {
    /// All is well; otherwise the run will suffer from it.
    pub good: bool,
    /// Whole sentences.
    pub text: String,
    /// What would help, the best first.
    pub remedies: Vec<Remedy>,
}

/// What helps against a fault of the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remedy {
    /// Cut the photos to the cats' faces in them.
    CutToFaces,
    /// Leave out the photos in which no face was found.
    LeaveOutFaceless,
    /// Use photos without a face all the same.
    UseFaceless,
    /// Of pictures of the same moment, use the sharpest alone.
    UseSharpest,
    /// Start from a model that knows cats already.
    StartFromKnownCats,
    /// Train on other pictures, or on more of them.
    OtherPictures,
    /// Train on cats that the program draws.
    DrawnCats,
}

impl Remedy {
    /// The setting that it changes, if it is one of preparing the pictures.
    pub fn apply(self, config: &mut DataConfig) {
        match self {
            Self::CutToFaces => config.faces = FaceMode::On,
            Self::LeaveOutFaceless => config.no_face = NoFace::Skip,
            Self::UseFaceless => config.no_face = NoFace::Crop,
            Self::UseSharpest => config.duplicates = Duplicates::Best,
            Self::StartFromKnownCats | Self::OtherPictures | Self::DrawnCats => {}
        }
    }

    /// The same on the command line.
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Self::CutToFaces => "--faces on",
            Self::LeaveOutFaceless => "--no-face skip",
            Self::UseFaceless => "--no-face crop",
            Self::UseSharpest => "--duplicates best",
            Self::StartFromKnownCats => "train --from bundled",
            Self::OtherPictures => "more pictures, or others",
            Self::DrawnCats => "train demo",
        }
    }
}

/// What was found of a folder.
pub(super) struct Found<'a> {
    pub config: &'a DataConfig,
    pub decided: FaceUse,
    pub faces: Option<&'a FaceReport>,
    pub pictures: &'a [PreparedPicture],
    pub photos: usize,
    /// Hashes of the pixels of the pictures that are used.
    pub digests: &'a [&'a str],
}

impl Found<'_> {
    /// All there is to say, the gravest first.
    pub(super) fn advice(&self) -> Vec<Advice> {
        let few = few(&self.config.source, self.digests.len());
        let all = [self.nothing(), few, self.blank(), self.alike(), self.faces()];
        all.into_iter().flatten().collect()
    }

    fn out(&self, wanted: LeftOut) -> usize {
        self.pictures.iter().filter(|picture| picture.left_out == Some(wanted)).count()
    }

    /// Everything was left out for one reason that can be changed.
    fn nothing(&self) -> Option<Advice> {
        let faceless = self.out(LeftOut::NoFace);
        (self.digests.is_empty() && faceless > 0).then(|| {
            let text =
                format!("A cat's face was found in none of {}, so there is nothing to train on.", photos(self.photos));
            bad(text, &[Remedy::UseFaceless, Remedy::OtherPictures])
        })
    }

    fn blank(&self) -> Option<Advice> {
        let blank = self.out(LeftOut::Blank);
        (blank * 4 > self.pictures.len()).then(|| {
            let text = format!(
                "{} of {} are blank, one colour all over, and are left out.",
                n(blank),
                pictures(self.pictures.len())
            );
            bad(text, &[Remedy::OtherPictures])
        })
    }

    /// Most pictures show what others show.
    fn alike(&self) -> Option<Advice> {
        let (all, used) = (self.pictures.len(), self.digests.len());
        let copies = used - self.digests.iter().collect::<HashSet<_>>().len();
        let in_groups = self.pictures.iter().filter_map(|picture| picture.burst).filter(|burst| !burst.best).count();
        if self.config.source == DataSource::Demo || used == 0 {
            return None;
        }
        if self.config.duplicates == Duplicates::Keep && (in_groups.max(copies)) * 2 > all {
            let text = format!(
                "{} of {} show what others show, so the networks will repeat them: use the sharpest of each moment.",
                n(in_groups.max(copies)),
                pictures(all)
            );
            return Some(bad(text, &[Remedy::UseSharpest]));
        }
        let left = self.out(LeftOut::Burst);
        (left * 2 > all).then(|| {
            let text = format!(
                "{} of {} show the same moments as others: only the sharpest, {}, teach something new.",
                n(left),
                pictures(all),
                n(used)
            );
            bad(text, &[Remedy::OtherPictures])
        })
    }

    fn faces(&self) -> Option<Advice> {
        let all = photos(self.photos);
        let Some(faces) = self.faces else {
            let whole = self.decided == FaceUse::Off && self.config.source != DataSource::Demo && self.photos > 0;
            let text = "Faces are not looked for. Of whole cats in any pose little is learned: crop to the faces.";
            return whole.then(|| bad(text.to_owned(), &[Remedy::CutToFaces]));
        };
        let with = self.photos - faces.without;
        match self.decided {
            FaceUse::HardlyAny { with_face, looked_at } => {
                let text = format!(
                    "A cat's face was found in {} of {} that were looked at, so they are cut in the middle. Whole cats \
                     in any pose are too varied: expect colours and shapes rather than cats.",
                    n(with_face),
                    photos(looked_at)
                );
                let cut = (with_face > 0).then_some(Remedy::CutToFaces);
                let remedies: Vec<Remedy> = cut.into_iter().chain([Remedy::OtherPictures]).collect();
                Some(bad(text, &remedies))
            }
            FaceUse::FacesAlready => Some(good("The pictures are cats' faces already: good to learn from.".to_owned())),
            _ if self.digests.is_empty() => None,
            _ if self.config.no_face == NoFace::Crop && faces.without * 4 > self.photos => {
                let text =
                    format!("{} of {all} show a face well; the others are cut in the middle: leave them out.", n(with));
                Some(bad(text, &[Remedy::LeaveOutFaceless]))
            }
            _ if faces.without * 2 > self.photos => {
                let text = format!("Only {} of {all} show a face well: the others are left out.", n(with));
                Some(bad(text, &[Remedy::OtherPictures]))
            }
            _ => Some(good(format!("{} of {all} show a face well, and are cropped to it.", n(with)))),
        }
    }
}

/// What becomes of a run on very few pictures.
fn few(source: &DataSource, usable: usize) -> Option<Advice> {
    if !(1..FEWEST_PICTURES).contains(&usable) {
        return None;
    }
    let result = match usable {
        1 => "Only 1 picture: the networks learn to reproduce exactly this one.".to_owned(),
        // Measured with 27: docs/measurements.md, "A few photos of one's own cats".
        _ => format!(
            "Only {usable} pictures: the networks learn to copy them instead of drawing new cats, soonest from scratch."
        ),
    };
    let text = format!(
        "{result} With fewer than {FEWEST_PICTURES}, none are held out, quality is not measured, and nothing watches \
         for copies. A few hundred pictures are a start, a few thousand are better."
    );
    let remedies: &[Remedy] = match source {
        DataSource::Demo => &[],
        DataSource::Folder(_) => &[Remedy::OtherPictures, Remedy::StartFromKnownCats, Remedy::DrawnCats],
    };
    Some(bad(text, remedies))
}

fn bad(text: String, remedies: &[Remedy]) -> Advice {
    Advice { good: false, text, remedies: remedies.to_vec() }
}

fn good(text: String) -> Advice {
    Advice { good: true, text, remedies: Vec::new() }
}

fn n(count: usize) -> String {
    thousands(count as u64)
}

fn photos(count: usize) -> String {
    format!("{} photo{}", n(count), if count == 1 { "" } else { "s" })
}

fn pictures(count: usize) -> String {
    format!("{} picture{}", n(count), if count == 1 { "" } else { "s" })
}
