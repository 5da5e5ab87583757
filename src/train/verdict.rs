//! The quality of a generator's pictures in words. All limits stand here: they belong to the feature network behind KID
//! and coverage, so whoever replaces that sets them anew.

use super::guardian::COPIES;
use crate::metrics::Quality;

/// KID (times 1,000) of a generator that has learned nothing: after two to four steps, runs measure 5,200 to 5,400.
const NOISE: f64 = 5300.0;
/// KID (times 1,000) from which on it cannot be told from 0: real pictures against real ones give -6 to 12.
const REAL: f64 = 10.0;
/// Shares of the way from noise to real, on a logarithmic scale, with what to call them.
const STAGES: [(f64, &str); 7] = [
    (0.08, "Still noise"),
    (0.25, "First colours and shapes"),
    (0.42, "Cats can be guessed"),
    (0.58, "About halfway from noise to real"),
    (0.75, "Most of the way from noise to real"),
    (0.9, "Close to real pictures"),
    (f64::INFINITY, "As good as real pictures, as far as this can be measured"),
];
/// Before this share of the way, variety cannot be judged: noise covers nothing.
const SHAPES: f64 = 0.3;
/// Measurements on each side of a comparison with the past, and the ratio of their middle KIDs that counts.
const WINDOW: usize = 3;
const BETTER: f64 = 0.88;
const WORSE: f64 = 1.2;
/// Limits of coverage and diversity: good, and little.
const COVERAGE: [f64; 2] = [0.75, 0.4];
const DIVERSITY: [f64; 2] = [0.7, 0.4];

/// How far from noise to real pictures a KID (times 1,000) is, from 0 to 1, on a logarithmic scale.
fn way_to_real(kid: f64) -> f64 {
    // Below 0 it cannot be told from 0.
    ((NOISE / kid.max(REAL)).ln() / (NOISE / REAL).ln()).clamp(0.0, 1.0)
}

/// The newest of these measurements in words, oldest first: how real, whether it still improves, how varied, whether
/// copies are made. None without a measurement.
pub(crate) fn in_words<'a>(history: impl DoubleEndedIterator<Item = &'a Quality>) -> Option<String> {
    let mut all: Vec<&Quality> = history.collect();
    let newest = *all.last()?;
    // Numbers of another feature network say nothing about these.
    all.retain(|quality| quality.network == newest.network);
    let share = way_to_real(newest.measures.kid);
    let stage = STAGES.iter().find(|(limit, _)| share < *limit).map_or("", |(_, words)| words);
    let kids: Vec<f64> = all.iter().map(|quality| quality.measures.kid).collect();
    let trend = trend(&kids).map_or_else(String::new, |words| format!(", {words}"));
    let parts = [Some(format!("{stage}{trend}")), variety(newest, share).map(str::to_owned), Some(copies(newest))];
    Some(parts.into_iter().flatten().collect::<Vec<_>>().join("; ") + ".")
}

/// Whether the newest measurements are better than those before; none while there are too few.
fn trend(kids: &[f64]) -> Option<&'static str> {
    let middle = |part: &[f64]| {
        let mut part: Vec<f64> = part.iter().map(|kid| kid.max(REAL)).collect();
        part.sort_by(f64::total_cmp);
        part.get(part.len() / 2).copied()
    };
    let cut = kids.len().checked_sub(WINDOW)?;
    let before = kids.get(cut.checked_sub(WINDOW)?..cut)?;
    let ratio = middle(&kids[cut..])? / middle(before)?;
    Some(match ratio {
        r if r < BETTER => "still improving",
        r if r > WORSE => "getting worse",
        _ => "hardly changing now",
    })
}

fn variety(quality: &Quality, share: f64) -> Option<&'static str> {
    let (coverage, diversity) = (quality.measures.coverage, quality.measures.diversity);
    match (diversity < DIVERSITY[1], share < SHAPES) {
        (true, _) => Some("all pictures look alike"),
        (false, true) => None,
        _ if coverage >= COVERAGE[0] && diversity >= DIVERSITY[0] => Some("variety good"),
        _ if coverage >= COVERAGE[1] => Some("some of the variety is missing"),
        _ => Some("little variety"),
    }
}

fn copies(quality: &Quality) -> String {
    match quality.memorisation {
        None => "copies not watched".to_owned(),
        Some(ratio) if ratio < COPIES => "many are nearly copies of training pictures".to_owned(),
        Some(_) => "no copies".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::{Floor, Measures, NETWORK};

    fn quality(kid: f64, coverage: f64, diversity: f64, memorisation: Option<f64>) -> Quality {
        let measures = Measures {
            swd: 20.0,
            swd_levels: Vec::new(),
            colour: 3.0,
            kid,
            kid_error: 4.0,
            density: 1.0,
            coverage,
            precision: 1.0,
            recall: 0.5,
            diversity,
        };
        Quality {
            pictures: 500,
            side: 64,
            network: NETWORK,
            floor: measures.clone(),
            measures,
            floor_from: Floor::Training,
            floor_pictures: 500,
            memorisation,
            r_train: None,
            r_held: None,
            notes: Vec::new(),
        }
    }

    fn words(kids: &[f64]) -> String {
        let all: Vec<Quality> = kids.iter().map(|kid| quality(*kid, 0.9, 1.0, Some(1.0))).collect();
        in_words(all.iter()).unwrap()
    }

    #[test]
    fn the_way_from_noise_to_real_has_words() {
        assert_eq!(in_words([].iter()), None);
        assert_eq!(words(&[7184.0]), "Still noise; no copies.");
        assert_eq!(words(&[1009.0]), "Cats can be guessed; no copies.");
        assert_eq!(words(&[250.0]), "About halfway from noise to real; variety good; no copies.");
        assert_eq!(words(&[32.0]), "Close to real pictures; variety good; no copies.");
        assert!(words(&[-6.2]).starts_with("As good as real pictures"));
        let other = Quality { network: NETWORK + 1, ..quality(5000.0, 0.0, 1.0, None) };
        let newest = quality(32.0, 0.9, 1.0, Some(1.0));
        let all = [vec![&other; 5], vec![&newest]].concat();
        assert!(!in_words(all.into_iter()).unwrap().contains("improving"), "of another network");
        assert!(way_to_real(NOISE * 2.0) == 0.0 && way_to_real(-5.0) == 1.0);
    }

    #[test]
    fn the_trend_needs_six_and_one_outlier_does_not_turn_it() {
        assert!(!words(&[900.0, 800.0, 700.0, 600.0, 500.0]).contains("improving"));
        assert!(words(&[900.0, 800.0, 700.0, 600.0, 250.0, 280.0]).contains("real, still improving"));
        assert!(words(&[300.0, 280.0, 290.0, 285.0, 900.0, 295.0]).contains("hardly changing now"));
        assert!(words(&[100.0, 90.0, 95.0, 180.0, 200.0, 190.0]).contains("getting worse"));
        // Around 0 there is nothing left to improve.
        assert!(words(&[4.0, -3.0, 2.0, -6.0, 1.0, -1.0]).contains("hardly changing now"));
    }

    #[test]
    fn variety_and_copies_are_named() {
        let one = |coverage, diversity, memorisation| {
            in_words([quality(100.0, coverage, diversity, memorisation)].iter()).unwrap()
        };
        assert!(one(0.9, 0.2, Some(1.0)).contains("all pictures look alike"));
        assert!(one(0.5, 0.9, None).ends_with("some of the variety is missing; copies not watched."));
        assert!(one(0.1, 0.9, Some(0.3)).ends_with("little variety; many are nearly copies of training pictures."));
    }
}
