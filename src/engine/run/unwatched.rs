//! What the guardian cannot watch for in a run, and what would change that.

use crate::config::{FEWEST_HELD, FEWEST_PICTURES};
use crate::engine::protocol::event::RunInfo;
use crate::train::FindingKind;

/// What cannot be watched for in a run with so many training pictures and held-out pictures.
pub(crate) fn unwatched(training: usize, held_out: usize) -> Vec<FindingKind> {
    let needs = [
        (FindingKind::Overfitting, held_out, FEWEST_HELD),
        (FindingKind::Copying, training + held_out, FEWEST_PICTURES),
    ];
    needs.into_iter().filter(|(_, there, needed)| there < needed).map(|(kind, ..)| kind).collect()
}

impl RunInfo {
    /// What is not watched for, each with what would change that. `measured`: the pictures are measured now and then.
    /// `name` takes a setting's name in the window and on the command line, and gives the one that is understood there.
    pub(crate) fn not_watched(&self, measured: bool, name: fn([&str; 2]) -> String) -> Vec<(FindingKind, String)> {
        let mut kinds = self.unwatched.clone();
        if !measured && !kinds.contains(&FindingKind::Copying) {
            kinds.push(FindingKind::Copying);
        }
        kinds.into_iter().map(|kind| (kind, self.remedy(kind, name))).collect()
    }

    fn remedy(&self, kind: FindingKind, name: fn([&str; 2]) -> String) -> String {
        let all = self.pictures + self.held_out;
        match kind {
            _ if all < FEWEST_PICTURES => {
                format!("needs {FEWEST_PICTURES} pictures, {all} {} there", if all == 1 { "is" } else { "are" })
            }
            FindingKind::Overfitting if self.config.held_out > 0.0 => {
                format!("needs {FEWEST_HELD} pictures held out, {} are", self.held_out)
            }
            FindingKind::Overfitting => {
                let held_out = name(["Held-out pictures", "--held-out"]);
                format!("nothing is held out; set {held_out} to 5 in the next run")
            }
            _ => {
                let measure_every = name(["Measure every", "--measure-every"]);
                format!("picture quality is not measured: see {measure_every}")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::FindingKind::{Copying, Overfitting};
    use super::*;
    use crate::config::{Preset, held_out_count};

    #[test]
    fn with_fifty_pictures_and_more_the_modern_recipe_watches_everything() {
        let percent = Preset::find("modern-64").unwrap().config().held_out;
        for pictures in [50, 80, 200, 500, 1000, 4270] {
            let held = held_out_count(pictures, percent);
            assert_eq!(unwatched(pictures - held, held), [], "{pictures}");
        }
        assert_eq!(unwatched(49, 0), [Overfitting, Copying]);
        // Without held-out pictures, copies are found all the same.
        assert_eq!(unwatched(50, 0), [Overfitting]);
        // A run of an older version, which had no rule of its own for small folders.
        assert_eq!(unwatched(95, 5), [Overfitting]);
    }
}
