//! How a picture was generated: enough to generate it again to the bit.

use crate::config::ModelConfig;
use crate::files::{plain_name, portable};
use crate::formats::hexadecimal;
use crate::model::SavedGenerator;
use crate::pixels::program;
use serde::{Deserialize, Serialize};

/// The format that this program writes.
const FORMAT: u32 = 1;
/// The format of sharpened pictures, and the newest that this program reads: versions before it would restore them
/// without sharpening.
const SHARPENED_FORMAT: u32 = 2;
/// Longest recipe in bytes, unpacked: 30,000 tiles of 128 components. A text that unpacks to more is a trap, not a
/// recipe.
pub(super) const MAX_TEXT: usize = 32 << 20;

/// Everything that determines a picture or a sheet of pictures. Stored as JSON text inside the PNG.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Version of this format: 1, or 2 where `sharpened` is set.
    pub format: u32,
    /// Name and version of the program, such as `Purrtrait 0.1.0`.
    pub program: String,
    /// The generator.
    pub model: ModelStamp,
    /// One point in latent space for each tile; a single picture has one.
    pub points: Vec<Point>,
    /// A sheet of tiles with gaps, also where it has only one.
    #[serde(default)]
    pub grid: bool,
    /// How many times larger than the generator's output, 1 to 8.
    pub upscale: u32,
    /// Hash of the network that sharpened the picture while it was enlarged; none where that was done without one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpened: Option<String>,
}

/// Which generator made a picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// [`SavedGenerator::hash`].
    pub hash: String,
    /// A name for people; after reading always a plain one.
    pub label: String,
    /// Where it was, as far as that is nobody's secret: below the home folder it begins with `~`. For people: nothing
    /// is looked for there, as a stranger may have written it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// Whether it is the raw weights of a run instead of the EMA weights.
    #[serde(default)]
    pub raw: bool,
    /// Architecture, sizes and the distribution of latents.
    pub config: ModelConfig,
}

/// A point in latent space.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Exactly what the generator was given. Written as eight hexadecimal digits a component, the bits of the IEEE 754
    /// single from the highest: decimal numbers would leave it to the reader whether the last bit survives.
    #[serde(with = "hexadecimal")]
    pub latent: Vec<f32>,
    /// Seed that the latent was drawn from; none where it was not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Index of the latent among those of the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// Truncation (psi) that `latent` has been through; none without truncation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub psi: Option<f32>,
}

impl Recipe {
    /// A recipe of this program for pictures of `model`.
    pub fn new(model: ModelStamp, points: Vec<Point>, upscale: u32) -> Self {
        Self { format: FORMAT, program: program(), model, points, grid: false, upscale, sharpened: None }
    }

    /// The same for pictures that the network of this hash sharpened.
    pub(crate) fn sharpened_by(self, hash: &str) -> Self {
        Self { format: SHARPENED_FORMAT, sharpened: Some(hash.to_owned()), ..self }
    }

    /// The recipe that JSON text holds.
    ///
    /// # Errors
    /// The reason for a message: damaged, from a newer version, or numbers that do not fit together.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let damaged = |e: serde_json::Error| format!("the recipe is damaged: {e}");
        let version: Version = serde_json::from_str(text).map_err(damaged)?;
        if version.format > SHARPENED_FORMAT {
            return Err(format!("the recipe was written by a newer version (format {})", version.format));
        }
        let mut recipe: Self = serde_json::from_str(text).map_err(damaged)?;
        recipe.check()?;
        // What a stranger wrote is shown and looked for as a name, never as a path.
        recipe.model.label = plain_name(&recipe.model.label);
        recipe.program = plain_name(&recipe.program);
        recipe.model.path = recipe.model.path.map(|path| shown(&path));
        Ok(recipe)
    }

    /// The JSON text.
    ///
    /// # Errors
    /// As [`Recipe::from_json`]: what could not be read is not written.
    pub fn to_json(&self) -> Result<String, String> {
        self.check()?;
        serde_json::to_string(self).map_err(|e| e.to_string())
    }

    fn check(&self) -> Result<(), String> {
        self.model.config.validate().map_err(|e| format!("the recipe is damaged: {e}"))?;
        for (of, hash) in [("generator", Some(&self.model.hash)), ("sharpening network", self.sharpened.as_ref())] {
            if hash.is_some_and(|hash| hash.len() != 16 || !hash.bytes().all(|b| b.is_ascii_hexdigit())) {
                return Err(format!("the recipe is damaged: the {of}'s hash is not 16 hexadecimal digits"));
            }
        }
        let size = self.model.config.latent_size as usize;
        if self.points.is_empty() || !self.grid && self.points.len() > 1 {
            return Err(format!("the recipe is damaged: {} points", self.points.len()));
        }
        if let Some(point) = self.points.iter().find(|p| p.latent.len() != size) {
            let count = point.latent.len();
            return Err(format!("the recipe is damaged: a latent of {count} components, not {size}"));
        }
        if self.points.iter().flat_map(|p| &p.latent).any(|x| !x.is_finite()) {
            return Err("the recipe is damaged: a latent that is not a finite number".to_owned());
        }
        if !(1..=8).contains(&self.upscale) {
            return Err(format!("the recipe is damaged: {} times larger", self.upscale));
        }
        Ok(())
    }

    /// A few words for people who look at the file's properties.
    pub fn description(&self) -> String {
        let Self { model, points, .. } = self;
        let what = match &points[..] {
            [Point { seed: Some(seed), number: Some(number), .. }] => format!("picture {number} of seed {seed}"),
            [_] => "a picture".to_owned(),
            many => format!("{} pictures", many.len()),
        };
        format!("{what} by the generator {} ({}) of step {}", model.label, model.hash, model.step)
    }

    /// Whether so many points of `latent_size` components are short enough to be stored.
    pub fn fits(points: usize, latent_size: usize) -> bool {
        // Keys, quotes, and seed, number and psi at their longest.
        4096 + points.saturating_mul(8 * latent_size + 128) <= MAX_TEXT
    }
}

impl ModelStamp {
    /// Of these weights, under a name for people.
    pub fn new(model: &SavedGenerator, label: &str, path: Option<String>, raw: bool) -> Self {
        Self { hash: model.hash(), label: label.to_owned(), path, step: model.step, raw, config: model.config.clone() }
    }
}

impl Point {
    /// A latent that was not drawn from a seed.
    pub fn new(latent: Vec<f32>) -> Self {
        Self { latent, seed: None, number: None, psi: None }
    }

    /// Picture `number` of a seed.
    pub fn drawn(latent: Vec<f32>, seed: u64, number: u64) -> Self {
        Self { latent, seed: Some(seed), number: Some(number), psi: None }
    }
}

/// A path to be read by people, and by nobody else: of one line and not too long.
fn shown(path: &str) -> String {
    const LONGEST: usize = 300;
    path.chars().map(|c| if portable(c) || "/\\:".contains(c) { c } else { '-' }).take(LONGEST).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn recipe() -> Recipe {
        let config = ModelConfig { latent_size: 6, size: 32, ..ModelConfig::default() };
        let model = ModelStamp {
            hash: "0123456789abcdef".into(),
            label: "Kätzchen".into(),
            path: Some("~/runs/cats".into()),
            step: 12_000,
            raw: false,
            config,
        };
        // A subnormal, the smallest steps around 1, a third, a negative zero.
        let latent = vec![f32::from_bits(1), 1.0 + f32::EPSILON, 1.0 - f32::EPSILON / 2.0, -1.0 / 3.0, -0.0, f32::MAX];
        Recipe::new(model, vec![Point { psi: Some(0.7), ..Point::drawn(latent, u64::MAX, 12) }], 4)
    }

    pub(crate) fn bits(recipe: &Recipe) -> Vec<u32> {
        recipe.points.iter().flat_map(|p| p.latent.iter().map(|x| x.to_bits())).collect()
    }

    #[test]
    fn text_keeps_every_bit() {
        let recipe = recipe();
        let text = recipe.to_json().unwrap();
        let again = Recipe::from_json(&text).unwrap();
        assert_eq!(again, recipe);
        // Equality does not tell 0 from -0.
        assert_eq!(bits(&again), bits(&recipe));
        assert!(text.contains("\"000000013f8000013f7fffffbeaaaaab800000007f7fffff\""), "{text}");
        assert!(Recipe::fits(10_000, 128) && !Recipe::fits(100_000, 128));
    }

    /// Versions before sharpening would restore such a picture without it, so they are told that it is newer.
    #[test]
    fn a_sharpened_picture_says_by_which_network() {
        let recipe = recipe().sharpened_by("00ff00ff00ff00ff");
        let text = recipe.to_json().unwrap();
        assert!(text.contains("\"format\":2") && text.contains("\"sharpened\":\"00ff00ff00ff00ff\""), "{text}");
        assert_eq!(Recipe::from_json(&text).unwrap(), recipe);
    }

    #[test]
    fn names_of_strangers_are_made_plain() {
        let mut recipe = recipe();
        recipe.model.label = "../../\u{1b}[31mx".into();
        recipe.program = "Purrtrait\n\u{7}".into();
        recipe.model.path = Some(format!("//192.0.2.1/evil\u{1b}]0;x\u{7}/{}", "x".repeat(10_000)));
        let read = Recipe::from_json(&recipe.to_json().unwrap()).unwrap();
        assert_eq!((read.model.label.as_str(), read.program.as_str()), ("..-..--[31mx", "Purrtrait--"));
        let path = read.model.path.unwrap();
        assert!(path.starts_with("//192.0.2.1/evil-]0;x-/xxx") && path.len() == 300, "{path}");
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let good = recipe().to_json().unwrap();
        for (from, to, reason) in [
            ("\"format\":1", "\"format\":3", "newer version (format 3)"),
            ("\"upscale\":4", "\"upscale\":4,\"sharpened\":\"../../x\"", "the sharpening network's hash"),
            ("\"upscale\":4", "\"upscale\":9", "9 times larger"),
            ("7f7fffff\"", "7f800000\"", "not a finite number"),
            ("7f7fffff\"", "7f7ffff\"", "eight hexadecimal digits"),
            ("7f7fffff\"", "7f7fffxf\"", "eight hexadecimal digits"),
            ("7f7fffff\"", "\"", "5 components, not 6"),
            ("\"latent-size\":6", "\"latent-size\":0", "damaged"),
            ("\"points\":[{", "\"points\":[],\"x\":[{", "0 points"),
            ("\"hash\":\"0123456789abcdef\",", "", "missing field `hash`"),
            ("\"hash\":\"0123456789abcdef\",", "\"hash\":\"../../../../etc/x\",", "16 hexadecimal digits"),
        ] {
            assert!(good.contains(from), "{from} in {good}");
            let error = Recipe::from_json(&good.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(reason), "{to}: {error}");
        }
    }
}
