//! Which pictures are on show.

use super::pending::Standing;
use crate::engine::{LeftOut, Placement, PreparedPicture, PreparedPictures, Trait};

/// A property that people look for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Filter {
    /// Every picture.
    #[default]
    All,
    /// Trained on.
    Used,
    /// Not trained on, whatever the reason.
    LeftOut,
    /// Without a known face.
    NoFace,
    /// One of several of the same moment.
    Bursts,
    /// Blurred.
    Blurred,
    /// Too dark.
    Dark,
    /// Without colour.
    Grey,
    /// Fewer pixels than the training size.
    Small,
    /// Unlike all others.
    Odd,
    /// Several cats in the photo.
    SeveralCats,
    /// Screenshots.
    Screenshots,
    /// Faces marked by hand.
    Corrected,
    /// Left out by hand.
    Excluded,
    /// Used because a person said so.
    Included,
}

impl Filter {
    /// All filters, in the order of their chips.
    pub(crate) const ALL: [Self; 15] = [
        Self::All,
        Self::Used,
        Self::LeftOut,
        Self::NoFace,
        Self::Bursts,
        Self::Blurred,
        Self::Dark,
        Self::Grey,
        Self::Small,
        Self::Odd,
        Self::SeveralCats,
        Self::Screenshots,
        Self::Corrected,
        Self::Excluded,
        Self::Included,
    ];

    /// On its chip.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Used => "Used",
            Self::LeftOut => "Left out",
            Self::NoFace => "No face",
            Self::Bursts => "Bursts",
            Self::Blurred => "Blurred",
            Self::Dark => "Dark",
            Self::Grey => "Grey",
            Self::Small => "Small",
            Self::Odd => "Odd",
            Self::SeveralCats => "Several cats",
            Self::Screenshots => "Screenshots",
            Self::Corrected => "Corrected by you",
            Self::Excluded => "Excluded by you",
            Self::Included => "Included by you",
        }
    }

    /// What it means, and where the limit is.
    pub(crate) fn tip(self) -> String {
        match self {
            Self::All => "Every prepared picture, used or not.",
            Self::Used => "Pictures that the networks learn from.",
            Self::LeftOut => "Pictures that are not trained on. The words on each say why.",
            Self::NoFace => {
                "No cat's face was found in the photo. Open one to mark the face, or choose what happens to these \
                 photos under Preparation."
            }
            Self::Bursts => {
                "Two or more pictures of the same moment. The sharpest is kept; whether the others are used is a \
                 setting under Preparation."
            }
            Self::Small => "The square has fewer pixels than the training size: it is enlarged, or left out.",
            Self::Corrected => "Pictures whose face you marked yourself.",
            Self::Excluded => "Pictures that you left out. They stay in your folder.",
            Self::Included => "Pictures that you use whatever the filters say.",
            Self::Blurred => return Trait::Blurred.meaning(),
            Self::Dark => return Trait::Dark.meaning(),
            Self::Grey => return Trait::Grey.meaning(),
            Self::Odd => return Trait::Odd.meaning(),
            Self::SeveralCats => return Trait::SeveralCats.meaning(),
            Self::Screenshots => return Trait::Screenshot.meaning(),
        }
        .to_owned()
    }

    /// What to say where it shows nothing.
    pub(crate) fn empty(self) -> &'static str {
        match self {
            Self::All => "No picture was prepared.",
            Self::Used => "No picture is used. Select pictures and include them, or change the preparation.",
            Self::LeftOut => "Nothing is left out: all pictures are trained on.",
            Self::Excluded => "You have excluded nothing. Select pictures and press X to exclude them.",
            _ => "No picture is left in this filter.",
        }
    }

    /// Stays on show when it shows nothing.
    pub(crate) fn always(self) -> bool {
        matches!(self, Self::All | Self::Used | Self::LeftOut)
    }

    /// Whether it shows a picture; `finder` tells that faces are looked for in this folder.
    pub(super) fn shows(
        self,
        pictures: &PreparedPictures,
        picture: &PreparedPicture,
        now: Standing,
        finder: bool,
    ) -> bool {
        let is = |wanted| picture.traits.contains(&wanted);
        match self {
            Self::All => true,
            Self::Used => now.left_out.is_none(),
            Self::LeftOut => now.left_out.is_some(),
            Self::NoFace => now.left_out == Some(LeftOut::NoFace) || finder && picture.placement == Placement::Crop,
            Self::Bursts => picture.burst.is_some(),
            Self::Blurred => is(Trait::Blurred),
            Self::Dark => is(Trait::Dark),
            Self::Grey => is(Trait::Grey),
            Self::Small => is(Trait::Enlarged) || now.left_out == Some(LeftOut::Small),
            Self::Odd => is(Trait::Odd),
            Self::SeveralCats => is(Trait::SeveralCats),
            Self::Screenshots => is(Trait::Screenshot),
            Self::Corrected => pictures.photos[picture.photo as usize].corrected,
            Self::Excluded => now.left_out == Some(LeftOut::ByYou),
            Self::Included => now.included,
        }
    }
}
