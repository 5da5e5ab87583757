//! How many pictures a device works on at the same time after its memory ran out.

use crate::compute::mark;
use crate::config::{DNorm, LossKind, Norm, RunConfig};
use crate::engine::run::active_run::state::ActiveRun;
use crate::train::RunDir;

/// Fewer pictures at once are none that batch normalisation could compare.
const FEWEST: u32 = 2;

/// What `pictures` at once, which were too many, are followed by; none where they were as few as can be.
pub(crate) fn fewer(pictures: u32) -> Option<u32> {
    (pictures > FEWEST).then(|| pictures.div_ceil(2).max(FEWEST))
}

/// What is said of a run that goes on with fewer pictures at once than before.
pub(crate) fn told(config: &RunConfig, before: u32) -> String {
    let (now, batch, model) = (config.pictures_at_once(), config.batch, &config.model);
    // What compares a picture with the others of its batch.
    let normalised = model.norm == Norm::Batch || model.d_norm == DNorm::Batch;
    let against_means = matches!(model.loss, LossKind::RaLsgan | LossKind::RaHinge);
    let compares = match (normalised, against_means) {
        (true, true) => format!(", and batch normalisation and the loss see {now}"),
        (true, false) => format!(", and batch normalisation sees {now}"),
        (false, true) => format!(", and the loss sees {now}"),
        (false, false) => String::new(),
    };
    format!(
        "The graphics card's memory was too small for {before} pictures at once. The training works on {now} at a time \
         from now on and adds up what they teach, so a step still learns from {batch}; it takes a little \
         longer{compares}. A smaller batch, narrower networks or smaller pictures need less, too."
    )
}

/// From now on it is noted in the folder of this run if a graphics card's memory runs out. Of two that race it is not
/// known which of them needs less.
pub(crate) fn watch_memory(run: Option<&ActiveRun>) {
    let on_card = run.filter(|run| run.info.device.kind != "cpu");
    mark(on_card.map(|run| (RunDir::at(run.info.path.clone()).out_of_memory(), run.pictures_at_once())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_down_to_two() {
        let mut pictures = 21;
        let mut all = Vec::new();
        while let Some(next) = fewer(pictures) {
            all.push(next);
            pictures = next;
        }
        assert_eq!(all, [11, 6, 3, 2]);
        assert_eq!(fewer(1), None);
    }

    #[test]
    fn only_what_compares_pictures_of_a_batch_is_named() {
        let mut config = RunConfig { batch: 64, at_once: 16, ..RunConfig::default() };
        for (norm, d_norm, loss, end) in [
            (Norm::Batch, DNorm::Same, LossKind::Bce, "a little longer, and batch normalisation sees 16."),
            (Norm::None, DNorm::Batch, LossKind::Rpgan, "a little longer, and batch normalisation sees 16."),
            (Norm::Batch, DNorm::None, LossKind::RaHinge, "and batch normalisation and the loss see 16."),
            (Norm::None, DNorm::Spectral, LossKind::RaLsgan, "a little longer, and the loss sees 16."),
            (Norm::None, DNorm::Same, LossKind::Hinge, "a little longer. A smaller batch"),
        ] {
            (config.model.norm, config.model.d_norm, config.model.loss) = (norm, d_norm, loss);
            let text = told(&config, 32);
            assert!(text.contains("for 32 pictures at once") && text.contains("learns from 64"), "{text}");
            assert!(text.contains(end), "{text}");
        }
    }
}
