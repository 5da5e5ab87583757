//! After how many steps a recipe shows its first cats and good ones: what forecasts count with.
//!
//! Steps and not pictures, because batches of 8 are as good after 8,000 steps as batches of 32 after 7,000
//! (docs/measurements.md, "Batches on a CPU"). All but those from a model were counted on thousands of different cats;
//! runs on few pictures look like cats sooner, and copy them later.

use crate::config::{DataSource, Family, LossKind, RunConfig};

/// Steps after which something can be seen in the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Milestones {
    /// Most pictures are recognised as cats; 0 where the first ones are cats already.
    pub first: u64,
    /// Most pictures are good ones, as far as the recipe makes any.
    pub good: u64,
    /// Where the numbers come from, in a sentence.
    pub source: &'static str,
}

/// docs/measurements.md, "A few photos of one's own cats": 5,466 to 6,906 steps of 16 from the bundled generator.
const FROM_A_MODEL: Milestones =
    Milestones { first: 0, good: 6000, source: "Counted in runs from the bundled generator on 27, 65 and 115 photos." };
/// README, "What it learns": each tile of step 1,000 is a cat. docs/measurements.md, "Batches on a CPU": after 8,000
/// steps the KID by the independent network is 9.4, and 5.9 after the 12,000 of the bundled generator.
const MODERN: Milestones =
    Milestones { first: 1000, good: 8000, source: "Counted in narrow runs of Modern 64 on 4,270 cats." };
/// The same steps where nobody has counted any at this size.
const MODERN_LARGER: Milestones = Milestones {
    source: "Counted in narrow runs of Modern 64 on 4,270 cats; larger pictures may need more steps.",
    ..MODERN
};
/// The log of the 2018 tutorial, 215 epochs of 6,445 faces in batches of 64: its losses leave chance after epoch 60
/// (docs/measurements.md, "What each part of the recipe contributes", found the same), and it ends where it was good.
const ARTICLE: Milestones =
    Milestones { first: 6000, good: 21_600, source: "Counted in the log of the tutorial's own run." };
/// docs/measurements.md, "When there are cats".
const QUICK_DRAWN: Milestones =
    Milestones { first: 500, good: 1500, source: "Counted in a run of Quick 32 on drawn cats." };
/// docs/measurements.md, "Trained on the middle of photos, and on faces": the sheet of `quick-32` after 6,000 steps.
const QUICK: Milestones =
    Milestones { first: 1500, good: 6000, source: "Counted in runs of Quick 32 on 4,270 and on 1,142 cats." };
/// docs/measurements.md, "What each part of the recipe contributes": the EMA generator after 10,153 steps.
const CLASSIC: Milestones =
    Milestones { first: 2500, good: 10_000, source: "Counted in narrow runs of Classic 64 on 4,270 cats." };

impl Milestones {
    /// Of a run with these settings.
    pub(crate) fn of(config: &RunConfig) -> Self {
        let model = &config.model;
        match model.family {
            _ if config.start.is_some() => FROM_A_MODEL,
            Family::Article => ARTICLE,
            Family::Dcgan if model.d_residual || model.loss == LossKind::Rpgan => {
                if model.size > 64 {
                    MODERN_LARGER
                } else {
                    MODERN
                }
            }
            Family::Dcgan if model.size <= 32 && config.data.source == DataSource::Demo => QUICK_DRAWN,
            Family::Dcgan if model.size <= 32 => QUICK,
            Family::Dcgan => CLASSIC,
        }
    }
}
