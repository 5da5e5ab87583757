//! Which recipe to train with, for this device and these pictures.

use crate::config::{DeviceChoice, DeviceInfo, FINE_TUNING, MODEL, Param, Preset, RUN, RunConfig, TUNABLES};
use crate::engine::protocol::start_info::StartInfo;
use crate::printable::thousands;

/// Below so many pictures a run had better start from a model that knows cats.
pub(crate) const FEW: usize = 2000;
/// The side, in pixels, that the squares of half of the pictures must have for pictures of that side.
const LARGE: f64 = 128.0;

/// What a recipe is to suit.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    /// The device that trains.
    pub device: &'a DeviceInfo,
    /// Pictures to train on.
    pub pictures: usize,
    /// They are cats that the program drew.
    pub drawn: bool,
    /// Half of the pictures have squares of so many pixels a side or more, in the photos themselves.
    pub side: f64,
    /// The model that comes with the program, if a run can start from it.
    pub known: Option<&'a StartInfo>,
}

/// A recipe that may suit.
#[derive(Debug, Clone)]
pub struct RecipeChoice {
    /// What it begins with.
    pub preset: &'static Preset,
    /// Its networks are made narrow and its batches small, for a processor.
    pub narrow: bool,
    /// It starts from the model that comes with the program.
    pub from_known: bool,
    /// Another device than the chosen one.
    pub device: Option<DeviceChoice>,
    /// Why it suits, in a sentence.
    pub reason: String,
}

impl RecipeChoice {
    fn new(preset: &str, reason: String) -> Option<Self> {
        let preset = Preset::find(preset)?;
        Some(Self { preset, narrow: false, from_known: preset.name == FINE_TUNING.name, device: None, reason })
    }

    fn narrow(self) -> Self {
        Self { narrow: true, ..self }
    }

    /// Its name for people.
    pub fn name(&self) -> String {
        match (self.narrow, self.from_known) {
            (true, _) => format!("{}, narrow", self.preset.label),
            (_, true) => "Known cats, trained further".to_owned(),
            _ => self.preset.label.to_owned(),
        }
    }

    /// Its settings for the pictures and on the device of `before`. `known` is the model to start from.
    pub fn config(&self, before: &RunConfig, known: Option<&StartInfo>) -> RunConfig {
        let device = self.device.unwrap_or(before.device);
        let mut config = RunConfig { data: before.data.clone(), device, ..self.preset.config() };
        if self.narrow {
            config.narrow();
        }
        if let Some(known) = known.filter(|_| self.from_known) {
            // As large as it is, so nothing can be in the way.
            let _ = known.apply(&mut config, None);
        }
        config
    }

    /// The same on the command line.
    pub fn flags(&self) -> String {
        let usual = RunConfig::default();
        let (preset, own) = (self.preset.config(), self.config(&usual, None));
        let start =
            if self.from_known { "--from bundled".to_owned() } else { format!("--preset {}", self.preset.name) };
        let device = self.device.map(|device| format!("--device {device}"));
        let changed = [
            changed(MODEL, &preset.model, &own.model),
            changed(RUN, &preset, &own),
            changed(TUNABLES, &preset.tunables, &own.tunables),
        ];
        [start].into_iter().chain(changed.into_iter().flatten()).chain(device).collect::<Vec<_>>().join(" ")
    }
}

/// The flags of the settings that differ.
fn changed<S>(params: &[&'static Param<S>], before: &S, after: &S) -> Vec<String> {
    let differs = params.iter().filter(|param| param.get(before) != param.get(after));
    differs.map(|param| format!("--{} {}", param.key, param.get(after))).collect()
}

/// Recipes that may suit, the best pictures first: the first that is quick enough is the right one, and the last is
/// quick wherever anything is.
pub fn recipe_choices(situation: &Situation) -> Vec<RecipeChoice> {
    let Situation { device, pictures, drawn, side, known } = *situation;
    let on_processor = device.kind == "cpu" || device.software;
    let mut all: Vec<RecipeChoice> = Vec::new();
    if !drawn && pictures < FEW && known.is_some_and(|known| known.discriminator) {
        let there =
            if pictures == 1 { "1 picture is".to_owned() } else { format!("{} are", thousands(pictures as u64)) };
        let reason = format!("{there} too few to learn from scratch what a cat is; this model knows that already.");
        all.extend(RecipeChoice::new(FINE_TUNING.name, reason));
    } else if drawn && on_processor {
        let reason = "Drawn cats are simple: small networks learn them in minutes, even on a processor.";
        all.extend(RecipeChoice::new("quick-32", reason.to_owned()));
    } else {
        if device.kind == "discrete" && side >= LARGE {
            let reason = "A graphics card has time for large pictures, and your photos have enough pixels.";
            all.extend(RecipeChoice::new("modern-128", reason.to_owned()));
        }
        if !on_processor {
            let reason = "Good pictures of 64 pixels in little time on a graphics card.";
            all.extend(RecipeChoice::new("modern-64", reason.to_owned()));
        }
        let reason = "Narrow networks and small batches suit a processor: it learns most in its time from them.";
        all.extend(RecipeChoice::new("modern-64", reason.to_owned()).map(RecipeChoice::narrow));
        let reason = "This device is slow: small pictures and small networks are what it can learn.";
        all.extend(RecipeChoice::new("quick-32", reason.to_owned()));
    }
    if device.software {
        // Slower than the processor that it runs on.
        all.iter_mut().for_each(|recipe| recipe.device = Some(DeviceChoice::Cpu));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(kind: &str, pictures: usize, drawn: bool, side: f64, known: Option<&StartInfo>) -> Vec<String> {
        let device = DeviceInfo { kind: kind.into(), software: kind == "software", ..DeviceInfo::processor() };
        let all = recipe_choices(&Situation { device: &device, pictures, drawn, side, known });
        for recipe in &all {
            recipe.config(&RunConfig::default(), known).validate().unwrap();
        }
        all.iter().map(RecipeChoice::name).collect()
    }

    fn known(discriminator: bool) -> StartInfo {
        let model = Preset::find("modern-64").unwrap().config().model;
        StartInfo { start: crate::config::StartModel::default(), model, discriminator }
    }

    #[test]
    fn the_device_and_the_pictures_decide() {
        let narrow = ["Modern 64, narrow", "Quick 32"];
        assert_eq!(names("cpu", 4270, false, 160.0, None), narrow);
        assert_eq!(names("integrated", 4270, false, 160.0, None)[0], "Modern 64");
        assert_eq!(names("discrete", 4270, false, 160.0, None)[..2], ["Modern 128", "Modern 64"]);
        assert_eq!(names("discrete", 4270, false, 90.0, None)[0], "Modern 64");
        assert_eq!(names("cpu", 2000, true, 64.0, None), ["Quick 32"]);
        for kind in ["cpu", "discrete"] {
            assert_eq!(names(kind, 200, false, 160.0, Some(&known(true))), ["Known cats, trained further"]);
        }
        assert_eq!(names("cpu", 200, false, 160.0, Some(&known(false))), narrow, "nothing to start from");
    }

    #[test]
    fn a_recipe_is_the_same_as_its_flags() {
        let device = DeviceInfo { software: true, ..DeviceInfo::processor() };
        let situation = Situation { device: &device, pictures: 4000, drawn: false, side: 90.0, known: None };
        let narrow = &recipe_choices(&situation)[0];
        let config = narrow.config(&RunConfig::default(), None);
        assert_eq!((config.model.g_width, config.model.d_width, config.batch), (12, 24, 8));
        assert_eq!((config.tunables.lr_g, config.tunables.lr_d), (1e-3, 1e-3));
        assert_eq!(config.device, DeviceChoice::Cpu, "quicker than the adapter that it pretends to be");
        let flags = "--preset modern-64 --g-width 12 --d-width 24 --batch 8 --lr-g 0.001 --lr-d 0.001 --device cpu";
        assert_eq!(narrow.flags(), flags);
    }
}
