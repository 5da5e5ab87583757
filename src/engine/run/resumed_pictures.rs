//! Whether the pictures of a resumed run are still those that it was trained on.
//!
//! The rule: at least half of the pictures that a run was trained on must be there, wherever the folder is. So pictures
//! may come and go and folders may move, and another folder is never trained on unless the person says so.

use crate::config::{DataSource, RunConfig};
use crate::data::{Dataset, Split};
use crate::engine::protocol::error::EngineError;
use crate::printable::thousands;
use crate::train::{Checkpoint, RunDir, RunPictures};

/// Notes which pictures a new run is trained on.
///
/// # Errors
/// The list cannot be written.
pub(crate) fn write(dir: &RunDir, dataset: &Dataset) -> Result<(), EngineError> {
    Ok(dir.write_pictures(&RunPictures::new(dataset.preparation(), dataset.digests()))?)
}

/// How the pictures compare with the earlier ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Compared {
    same: usize,
    missing: usize,
    /// None where the earlier ones are not all known.
    new: Option<usize>,
}

impl Compared {
    /// Equal pictures count as often as they are there.
    fn new(before: &[String], now: &[String]) -> Self {
        let same = Split::by_digest(now, before).held.len();
        Self { same, missing: before.len() - same, new: Some(now.len() - same) }
    }

    /// In another order at most, as after renaming.
    fn the_same(self) -> bool {
        self.missing == 0 && self.new == Some(0)
    }

    fn enough(self) -> bool {
        self.same * 2 >= self.same + self.missing
    }
}

impl std::fmt::Display for Compared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [all, same, missing] = [self.same + self.missing, self.same, self.missing].map(|n| thousands(n as u64));
        match self.new {
            Some(new) => {
                let new = thousands(new as u64);
                write!(f, "{same} of {all} pictures are there, {missing} missing, {new} new")
            }
            None => write!(f, "{same} of {all} held-out pictures are there"),
        }
    }
}

/// The pictures of a resumed run, to be compared with those that it was trained on.
pub(crate) struct PictureCheck<'a> {
    pub dir: &'a RunDir,
    /// The settings with the folder that `dataset` comes from.
    pub config: &'a RunConfig,
    /// The settings as the run folder has them.
    pub saved_config: &'a RunConfig,
    pub dataset: &'a Dataset,
    pub checkpoint: Option<&'a Checkpoint>,
    /// The person has said that other pictures are wanted.
    pub accept_others: bool,
}

impl PictureCheck<'_> {
    /// Accepts the pictures, and returns a message if they have changed. Other pictures are noted in the run folder
    /// once they are accepted.
    ///
    /// # Errors
    /// They are others and nobody has said that these are wanted; a list in the run folder that cannot be read or
    /// written.
    pub(super) fn settle(&self) -> Result<Option<String>, EngineError> {
        let Self { dir, config, dataset, .. } = *self;
        let written = dir.read_pictures()?;
        let now = RunPictures::new(dataset.preparation(), dataset.digests());
        let unchanged = self.checkpoint.is_none_or(|c| c.meta.dataset == dataset.fingerprint());
        let demo = config.data.source == DataSource::Demo && self.saved_config.data.source == DataSource::Demo;
        let mut notice = None;
        if !unchanged && !demo {
            let compared = self.compared(written.as_ref(), &now)?;
            let other = match compared {
                Some(compared) => !compared.enough(),
                // Not known: then the folder decides.
                None => config.data.source != self.saved_config.data.source,
            };
            if other && !self.accept_others {
                return Err(EngineError::OtherPictures(self.refusal(compared)));
            }
            if other {
                self.hold_out_anew()?;
            }
            let counts = compared.map_or(String::new(), |compared| format!(" ({compared})"));
            notice = (!compared.is_some_and(Compared::the_same)).then(|| {
                format!(
                    "The pictures have changed since this run was saved{counts}: by files that came or went, or by \
                     corrections and exclusions. The run resumes with those that are there now."
                )
            });
        } else if !unchanged {
            notice = Some(
                "The demo cats differ from those that this run was saved with; the run resumes with the new ones."
                    .to_owned(),
            );
        }
        if written.as_ref() != Some(&now) {
            if self.checkpoint.is_none() {
                // It starts again, so it was trained on none of them.
                self.hold_out_anew()?;
            }
            dir.write_pictures(&now)?;
        }
        Ok(notice)
    }

    /// Chooses a new held-out set among the present pictures: the earlier ones are gone.
    fn hold_out_anew(&self) -> Result<(), EngineError> {
        let held = Split::new(self.dataset.len(), self.config.held_out).held;
        Ok(self.dir.write_held_out(&Split::digests(&held, self.dataset.digests()).collect::<Vec<_>>())?)
    }

    /// None where the earlier pictures are not known, or were prepared in another way.
    fn compared(&self, written: Option<&RunPictures>, now: &RunPictures) -> Result<Option<Compared>, EngineError> {
        if let Some(before) = written {
            let comparable = before.preparation == now.preparation;
            return Ok(comparable.then(|| Compared::new(&before.digests, &now.digests)));
        }
        // Runs of an older version: the held-out pictures stand for all.
        let held = self.dir.read_held_out()?.unwrap_or_default();
        Ok((!held.is_empty()).then(|| Compared { new: None, ..Compared::new(&held, self.dataset.digests()) }))
    }

    fn refusal(&self, compared: Option<Compared>) -> String {
        let source =
            self.dataset.report().folder.as_ref().map_or("demo".to_owned(), |folder| folder.display().to_string());
        let why = match compared {
            Some(compared) => format!("{compared}; at least half must be there"),
            None => "the run is of an older version, which kept no list of its pictures, so they cannot be compared"
                .to_owned(),
        };
        format!(
            "{source} does not contain the pictures that this run was trained on: {why}. Excluded pictures and those \
             whose face was corrected since then count as missing."
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_pictures_are_enough_and_equal_ones_count_as_often_as_they_are_there() {
        let names = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let compare = |before: &str, now: &str| Compared::new(&names(before), &names(now));
        for (before, now, expected, enough) in [
            ("a b c d", "d c b a", (4, 0, 0), true),
            ("a b c d", "a b x y z", (2, 2, 3), true),
            ("a b c d", "a x", (1, 3, 1), false),
            ("a b c", "a", (1, 2, 0), false),
            ("a a a b", "a c", (1, 3, 1), false),
            ("a b", "a a a a", (1, 1, 3), true),
        ] {
            let compared = compare(before, now);
            assert_eq!((compared.same, compared.missing, compared.new), (expected.0, expected.1, Some(expected.2)));
            assert_eq!(compared.enough(), enough, "{before}; {now}");
            assert_eq!(compared.the_same(), before == "a b c d" && now == "d c b a");
        }
    }
}
