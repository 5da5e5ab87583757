//! How many pictures a device works on at the same time after its memory ran out.

use crate::compute::mark;
use crate::config::RunConfig;
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
    let (now, batch) = (config.pictures_at_once(), config.batch);
    format!(
        "The graphics card's memory was too small for {before} pictures at once. The training works on {now} at a time \
         from now on and adds up what they teach, so a step still learns from {batch}; it takes a little longer, and \
         batch normalisation sees {now}. A smaller batch, narrower networks or smaller pictures need less, too."
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
}
