//! What people filter by, in words.

use super::picture::{BLURRED, COLOURLESS, DARK};
use crate::data::squares::Trait;

impl Trait {
    /// What it means, and where the limit is, in whole sentences.
    pub fn meaning(self) -> String {
        match self {
            Self::Blurred => {
                let share = 100.0 * BLURRED;
                format!("No edge is sharp even at the training size: less than {share:.0} % of the finest detail.")
            }
            Self::Dark => format!("19 of 20 pixels are darker than {DARK:.0} of 255."),
            Self::Grey => format!("19 of 20 pixels are less than {COLOURLESS:.0} of 255 away from grey."),
            Self::Odd => {
                "Far from all the other pictures of this folder in its brightness, contrast and colours: worth a look."
                    .to_owned()
            }
            Self::Screenshot => {
                "A screenshot by its name, by what the file says about itself, or because it has the size of a phone's \
                 or tablet's screen and names no camera."
                    .to_owned()
            }
            Self::Enlarged => "The square has fewer pixels than the training size, so it is enlarged.".to_owned(),
            Self::SeveralCats => "The photo shows several cats: each face is a picture of its own.".to_owned(),
        }
    }
}
