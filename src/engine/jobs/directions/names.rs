//! Names for directions, from what they change in the pictures.

use super::look::{QUALITIES, Quality, look};
use crate::engine::protocol::error::EngineError;
use crate::interrupt::JobControl;
use crate::latent::{Direction, LatentSource, Stream, render, shift};
use crate::model::SavedGenerator;
use burn::tensor::Device;

/// Pictures from which each direction is followed.
const BASES: usize = 6;
/// Pictures that tell how much each quality varies anyway.
const OTHERS: usize = 18;
/// How far, in standard deviations of a component, to either side.
const AMOUNT: f64 = 2.0;
/// Least change of a quality between the two ends that is worth a name, in its standard deviations among pictures.
const LEAST: f64 = 0.8;
/// A second quality is named if it changes by this share of the first.
const SECOND: f64 = 0.75;
/// Share of the pictures in which a face must be seen at both ends.
const SEEN: f64 = 0.5;

/// A name for each direction, in their order; none where it changes nothing that there is a word for.
///
/// # Errors
/// When the device fails, or cancelled.
pub(crate) fn names(
    saved: &SavedGenerator,
    directions: &[Direction],
    seed: u64,
    device: &Device,
    control: JobControl,
) -> Result<Vec<Option<String>>, EngineError> {
    let (generator, weights) = saved.open(device);
    let (kind, size) = (saved.config.latent, generator.latent_size());
    let source = LatentSource { kind, size, seed };
    let looks = |z: &[f32]| -> Result<Vec<_>, EngineError> {
        let mut all = Vec::new();
        for latent in z.chunks(size) {
            control.check()?;
            all.extend(render(&generator, &weights, latent, device)?.iter().map(look));
        }
        Ok(all)
    };
    let usual = looks(&source.draw(Stream::Directions, 2, BASES + OTHERS))?;
    let deviations: Vec<f64> = (0..QUALITIES.len()).map(|q| deviation(usual.iter().map(|look| look[q]))).collect();
    let bases = source.draw(Stream::Directions, 2, BASES);
    let mut names = Vec::new();
    for (i, direction) in directions.iter().enumerate() {
        control.report("directions named", i, directions.len());
        let ends = |amount: f64| -> Result<Vec<_>, EngineError> {
            let moved: Vec<f32> = bases.chunks(size).flat_map(|z| shift(kind, z, &[(direction, amount)])).collect();
            looks(&moved)
        };
        let (low, high) = (ends(-AMOUNT)?, ends(AMOUNT)?);
        let changes = (0..QUALITIES.len()).map(|q| {
            let change = low.iter().zip(&high).map(|(low, high)| high[q] - low[q]);
            mean(change, SEEN) / deviations[q]
        });
        names.push(name(&changes.collect::<Vec<_>>()));
    }
    number_equal_ones(&mut names);
    Ok(names)
}

/// The words for the strongest change, and for the next if it is nearly as strong.
fn name(changes: &[f64]) -> Option<String> {
    let mut strongest: Vec<(f64, &Quality)> = changes.iter().copied().zip(&QUALITIES).collect();
    strongest.retain(|(change, _)| change.abs() >= LEAST && change.is_finite());
    strongest.sort_by(|(a, _), (b, _)| b.abs().total_cmp(&a.abs()));
    let word = |(change, quality): &(f64, &Quality)| if *change > 0.0 { quality.more } else { quality.less };
    let first = strongest.first()?;
    let second = strongest.get(1).filter(|(change, _)| change.abs() >= SECOND * first.0.abs());
    Some(match second {
        Some(second) => format!("{}, {}", word(first), word(second)),
        None => word(first).to_owned(),
    })
}

/// `darker`, `darker 2`, `darker 3`.
fn number_equal_ones(names: &mut [Option<String>]) {
    for i in (0..names.len()).rev() {
        let before = names[..i].iter().filter(|name| **name == names[i]).count();
        if let Some(name) = names[i].as_mut().filter(|_| before > 0) {
            *name = format!("{name} {}", before + 1);
        }
    }
}

/// Of the numbers among them; not a number where they are less than this share.
fn mean(values: impl Iterator<Item = f64>, share: f64) -> f64 {
    let (mut sum, mut numbers, mut all) = (0.0, 0.0, 0.0);
    for value in values {
        all += 1.0;
        if value.is_finite() {
            (sum, numbers) = (sum + value, numbers + 1.0);
        }
    }
    if numbers > 0.0 && numbers >= share * all { sum / numbers } else { f64::NAN }
}

fn deviation(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let centre = mean(values.clone(), SEEN);
    mean(values.map(|value| (value - centre).powi(2)), SEEN).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(changed: &[(&str, f64)]) -> Vec<f64> {
        let mut all = vec![0.1; QUALITIES.len()];
        all[QUALITIES.len() - 1] = f64::NAN;
        for (more, change) in changed {
            all[QUALITIES.iter().position(|quality| quality.more == *more).unwrap()] = *change;
        }
        all
    }

    #[test]
    fn the_strongest_changes_give_the_name() {
        for (changed, expected) in [
            (&[][..], None),
            (&[("brighter", 0.7)], None),
            (&[("brighter", 2.0), ("warmer", -1.0)], Some("brighter")),
            (&[("brighter", -2.0), ("warmer", 1.6)], Some("darker, warmer")),
            (&[("larger", -3.0), ("warmer", f64::INFINITY)], Some("smaller")),
        ] {
            assert_eq!(name(&changes(changed)).as_deref(), expected, "{changed:?}");
        }
    }

    #[test]
    fn equal_names_are_numbered_from_the_second_on() {
        let mut names = ["darker", "", "darker", "warmer", "darker", ""].map(|n| (!n.is_empty()).then(|| n.to_owned()));
        number_equal_ones(&mut names);
        assert_eq!(names.map(Option::unwrap_or_default), ["darker", "", "darker 2", "warmer", "darker 3", ""]);
    }

    #[test]
    fn what_was_not_measured_does_not_count() {
        assert_eq!(mean([1.0, f64::NAN, 3.0].into_iter(), 0.5), 2.0);
        assert!(mean([1.0, f64::NAN, f64::NAN].into_iter(), 0.5).is_nan() && mean([].into_iter(), 0.5).is_nan());
        assert_eq!(deviation([1.0, 3.0, f64::NAN].into_iter()), 1.0);
    }
}
