//! Directions in latent space that mean something: moving along them, finding them by example, keeping them.
//!
//! Directions that a generator gives by itself are found in [`super::components`].

use super::copula::{from_normal, to_normal};
use super::interpolate::norm;
use crate::config::LatentKind;
use serde::{Deserialize, Serialize};

/// A direction in latent space along which pictures change in one respect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Direction {
    /// For people, such as `smile` or `pca 1`.
    pub name: String,
    /// How much of what the generator does happens along it: a share of 1 among all directions of its kind, and 1 for
    /// one found by example.
    pub strength: f32,
    /// As long as a latent; its norm is 1.
    pub vector: Vec<f32>,
}

/// Why directions cannot be found or used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DirectionError {
    /// One of the lists of examples is empty.
    #[error("choose at least one picture that has the feature and one that does not")]
    NoExamples,
    /// Both lists have the same mean.
    #[error("the pictures that have the feature are the same as those that do not")]
    NoDifference,
    /// They were found for other weights.
    #[error("the directions belong to another generator ({found}, not {expected})")]
    OtherModel {
        /// Hash of the generator they belong to.
        found: String,
        /// Hash of the generator in use.
        expected: String,
    },
    /// A vector of another length, not finite, or 0.
    #[error("the direction {name:?} is damaged: it needs {size} finite numbers, not all 0")]
    Damaged {
        /// Name of the direction.
        name: String,
        /// Components of a latent.
        size: usize,
    },
    /// Text of another format.
    #[error("not a list of directions: {0}")]
    Syntax(String),
}

impl Direction {
    /// Scales `vector` to norm 1. None where it has no direction.
    pub(super) fn new(name: String, strength: f64, vector: &[f64]) -> Option<Self> {
        let length = norm(vector);
        let usable = length.is_finite() && length > 1e-12;
        let vector = vector.iter().map(|x| (x / length) as f32).collect();
        usable.then_some(Self { name, strength: strength as f32, vector })
    }
}

/// `z` moved along directions by amounts in standard deviations of a component. Uniform latents move in the normal
/// space (see `copula`), so that they stay within [-1, 1].
pub(crate) fn shift(kind: LatentKind, z: &[f32], moves: &[(&Direction, f64)]) -> Vec<f32> {
    if moves.iter().all(|(_, amount)| *amount == 0.0) {
        return z.to_vec();
    }
    let mut g = to_normal(kind, z);
    for (direction, amount) in moves {
        g.iter_mut().zip(&direction.vector).for_each(|(g, v)| *g += amount * f64::from(*v));
    }
    from_normal(kind, &g)
}

/// From the mean of the latents that do not show something to the mean of those that do. Three of each are enough.
///
/// # Errors
/// One of the lists is empty, or both have the same mean.
pub(crate) fn by_example(
    kind: LatentKind,
    name: &str,
    with: &[&[f32]],
    without: &[&[f32]],
) -> Result<Direction, DirectionError> {
    let (Some(size), false) = (with.first().map(|z| z.len()), without.is_empty()) else {
        return Err(DirectionError::NoExamples);
    };
    let mut difference = vec![0.0; size];
    for (side, sign) in [(with, 1.0), (without, -1.0)] {
        for z in side {
            let share = sign / side.len() as f64;
            difference.iter_mut().zip(to_normal(kind, z)).for_each(|(d, x)| *d += share * x);
        }
    }
    // Beyond rounding.
    if norm(&difference) < 1e-5 {
        return Err(DirectionError::NoDifference);
    }
    Direction::new(name.to_owned(), 1.0, &difference).ok_or(DirectionError::NoDifference)
}

/// The directions that somebody kept for one generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DirectionSet {
    /// [`SavedGenerator::hash`](crate::model::SavedGenerator::hash) of the generator.
    pub model: String,
    /// In the order of the list on the screen.
    pub directions: Vec<Direction>,
}

impl DirectionSet {
    /// As a TOML file's text.
    ///
    /// # Errors
    /// Never for directions made here.
    pub fn to_toml(&self) -> Result<String, DirectionError> {
        toml::to_string(self).map_err(|e| DirectionError::Syntax(e.to_string()))
    }

    /// Reads what [`Self::to_toml`] wrote, for the generator `model` with latents of `size` numbers. Vectors are scaled
    /// to norm 1.
    ///
    /// # Errors
    /// Text of another format, another generator's directions, or vectors that cannot be used.
    pub fn parse(text: &str, model: &str, size: usize) -> Result<Self, DirectionError> {
        let set: Self = toml::from_str(text).map_err(|e| DirectionError::Syntax(e.message().to_owned()))?;
        if set.model != model {
            return Err(DirectionError::OtherModel { found: set.model, expected: model.to_owned() });
        }
        let checked = set.directions.into_iter().map(|d| {
            let vector: Vec<f64> = d.vector.iter().map(|x| f64::from(*x)).collect();
            let strength = if d.strength.is_finite() { f64::from(d.strength) } else { 0.0 };
            let usable = Direction::new(d.name.clone(), strength, &vector).filter(|_| vector.len() == size);
            usable.ok_or(DirectionError::Damaged { name: d.name, size })
        });
        Ok(Self { model: set.model, directions: checked.collect::<Result<_, _>>()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direction(vector: &[f64]) -> Direction {
        Direction::new("d".into(), 0.5, vector).unwrap()
    }

    #[test]
    fn examples_give_the_difference_of_their_means() {
        let kind = LatentKind::Normal;
        let with: [&[f32]; 2] = [&[1.0, 5.0, 0.0], &[3.0, 5.0, 0.0]];
        let without: [&[f32]; 2] = [&[0.0, 1.0, 1.0], &[-2.0, 1.0, -1.0]];
        // (2,5,0) - (-1,1,0) = (3,4,0).
        let found = by_example(kind, "ears", &with, &without).unwrap();
        assert_eq!(found, Direction { name: "ears".into(), strength: 1.0, vector: vec![0.6, 0.8, 0.0] });
        assert_eq!(by_example(kind, "x", &with, &[]), Err(DirectionError::NoExamples));
        assert_eq!(by_example(kind, "x", &[], &with), Err(DirectionError::NoExamples));
        assert_eq!(by_example(kind, "x", &with, &with), Err(DirectionError::NoDifference));
    }

    #[test]
    fn moves_add_up_and_can_be_taken_back() {
        let (a, b) = (direction(&[2.0, 0.0]), direction(&[0.0, -3.0]));
        assert_eq!(shift(LatentKind::Normal, &[1.0, 1.0], &[(&a, 2.0), (&b, 0.5)]), [3.0, 0.5]);
        let z = [0.9, -0.2];
        let there = shift(LatentKind::Uniform, &z, &[(&a, 2.0)]);
        assert!(there[0] > 0.99 && there[0] <= 1.0 && there[1] == z[1], "{there:?}");
        let back = shift(LatentKind::Uniform, &there, &[(&a, -2.0)]);
        assert!(back.iter().zip(z).all(|(a, b)| (a - b).abs() < 1e-4), "{back:?}");
        assert_eq!(shift(LatentKind::Uniform, &z, &[(&a, 0.0)]), z);
    }

    #[test]
    fn a_file_comes_back_for_its_own_generator_alone() {
        let set = DirectionSet { model: "abc".into(), directions: vec![direction(&[0.6, 0.8])] };
        let text = set.to_toml().unwrap();
        assert_eq!(DirectionSet::parse(&text, "abc", 2).unwrap(), set);
        for (text, model, size, words) in [
            (text.as_str(), "abd", 2, "another generator (abc, not abd)"),
            (&text, "abc", 3, "\"d\" is damaged: it needs 3"),
            (&text.replace("0.6", "nan"), "abc", 2, "damaged"),
            ("model = 3", "abc", 2, "not a list of directions"),
            ("\u{0}", "abc", 2, "not a list of directions"),
        ] {
            let error = DirectionSet::parse(text, model, size).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
