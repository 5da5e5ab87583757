//! What measuring the cat finder gave.

use super::measures::{Answer, Eyes, Hit, average_precision, counts, quantile};
use serde::Serialize;
use std::fmt::{self, Display, Formatter};

/// How good the finder is.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreReport {
    /// The lines of `heads.csv` that counted.
    pub split: String,
    /// The working threshold of the score.
    pub threshold: f32,
    /// All photos, sizes of heads, and heads of a tenth of the longer side.
    pub rows: Vec<ScoreRow>,
    /// Photos without a cat.
    pub without_cat: usize,
    /// Of those, photos in which a cat was found.
    pub taken_for_cats: usize,
    /// Median time for a photo of the set on one core after decoding.
    pub milliseconds: f64,
    /// The same for photos of twelve megapixels.
    pub phone_milliseconds: f64,
}

/// How good it is on some of the photos.
#[derive(Debug, Serialize)]
pub(crate) struct ScoreRow {
    pub name: String,
    /// Marked heads.
    pub heads: usize,
    /// Share of the marked heads that were found, at the working threshold.
    pub recall: f64,
    /// Share of the found heads that are marked ones, at the working threshold.
    pub precision: f64,
    /// Average precision, over all thresholds.
    pub ap50: f64,
    /// Found heads whose eyes are marked, and of those the ones in which the finder is not sure of the eyes.
    pub eyes: usize,
    pub unsure: usize,
    /// Error of roll in degrees; none without eyes.
    pub roll_median: Option<f64>,
    pub roll_90: Option<f64>,
    /// Distance of the eyes from the marked ones in percent of their own distance.
    pub eye_mean: Option<f64>,
    pub eye_median: Option<f64>,
    pub eye_90: Option<f64>,
}

/// Counts some of the answers.
pub(super) fn row(name: &str, answers: &[&Answer], threshold: f32) -> ScoreRow {
    let heads = answers.iter().filter(|answer| answer.share.is_some()).count();
    let hits: Vec<Hit> = answers.iter().flat_map(|answer| answer.hits.iter().copied()).collect();
    let (found, right) = counts(hits.iter(), threshold);
    let errors: Vec<(f64, f64)> = answers
        .iter()
        .filter_map(|answer| if let Eyes::Found(roll, off) = answer.eyes { Some((roll, off)) } else { None })
        .collect();
    let unsure = answers.iter().filter(|answer| matches!(answer.eyes, Eyes::Unsure)).count();
    let roll = |share| quantile(errors.iter().map(|e| e.0), share);
    let eye = |share| quantile(errors.iter().map(|e| e.1), share);
    let sum: f64 = errors.iter().map(|e| e.1).sum();
    ScoreRow {
        name: name.to_owned(),
        heads,
        recall: right as f64 / heads.max(1) as f64,
        precision: right as f64 / found.max(1) as f64,
        ap50: average_precision(hits, heads),
        eyes: errors.len() + unsure,
        unsure,
        roll_median: roll(0.5),
        roll_90: roll(0.9),
        eye_mean: (!errors.is_empty()).then(|| sum / errors.len() as f64),
        eye_median: eye(0.5),
        eye_90: eye(0.9),
    }
}

impl Display for ScoreReport {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { split, threshold, rows, without_cat, taken_for_cats, milliseconds, phone_milliseconds } = self;
        writeln!(f, "split {split}, threshold {threshold:.2}, IoU 0.5; head's longer side / photo's longer side:")?;
        let top = ["heads", "recall", "precision", "AP50", "eyes", "unsure", "roll", "90 %", "eye error", "90 %"];
        write!(f, "{:30}", "")?;
        top.iter().try_for_each(|name| write!(f, " {name:>9}"))?;
        writeln!(f)?;
        rows.iter().try_for_each(|row| writeln!(f, "{row}"))?;
        let part = 100.0 * *taken_for_cats as f64 / (*without_cat).max(1) as f64;
        writeln!(f, "photos without a cat: {without_cat}, a cat found in {taken_for_cats} ({part:.1} %)")?;
        write!(f, "a photo on one core: {milliseconds:.1} ms; one of 12 megapixels: {phone_milliseconds:.1} ms")
    }
}

impl Display for ScoreRow {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { name, heads, recall, precision, ap50, eyes, unsure, .. } = self;
        write!(f, "{name:30} {heads:9} {recall:9.3} {precision:9.3} {ap50:9.3} {eyes:9} {unsure:9}")?;
        let of = |value: Option<f64>, unit: &str| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2} {unit}"));
        let cells = [(self.roll_median, "°"), (self.roll_90, "°"), (self.eye_mean, "%"), (self.eye_90, "%")];
        cells.into_iter().try_for_each(|(value, unit)| write!(f, " {:>9}", of(value, unit)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_up_set_has_the_numbers_that_one_counts() {
        let answer = |share, hits: &[(f32, bool)], eyes| Answer {
            share,
            hits: hits.iter().map(|&(score, right)| Hit { score, right }).collect(),
            eyes,
        };
        let answers = [
            answer(Some(0.3), &[(0.9, true), (0.6, false)], Eyes::Found(1.0, 4.0)),
            answer(Some(0.3), &[(0.3, true)], Eyes::Unasked),
            answer(Some(0.2), &[(0.7, true)], Eyes::Unsure),
            answer(Some(0.2), &[], Eyes::Unasked),
            answer(None, &[(0.8, false)], Eyes::Unasked),
        ];
        let row = row("all", &answers.iter().collect::<Vec<_>>(), 0.5);
        assert_eq!((row.heads, row.recall, row.precision), (4, 0.5, 0.5));
        // Right at 0.9, 0.7 and 0.3, of which the precisions are 1, 2/3 and 3/5.
        assert!((row.ap50 - (1.0 + 2.0 / 3.0 + 0.6) / 4.0).abs() < 1e-12, "{}", row.ap50);
        assert_eq!((row.eyes, row.unsure, row.roll_median, row.eye_90), (2, 1, Some(1.0), Some(4.0)));
        let text = row.to_string();
        assert!(text.contains("0.500     0.500     0.567"), "{text}");
    }
}
