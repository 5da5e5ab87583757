//! Where the networks of a run come from, if not from chance: the model that it starts from.

use super::model::{MODEL, ModelConfig};
use super::param::{Param, Value};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The model that a run starts from. A run folder keeps the weights themselves, so it needs no path.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct StartModel {
    /// Where it is, until the run has begun; `bundled` is the one that comes with the program. Never written.
    #[serde(skip)]
    pub source: PathBuf,
    /// A name for people: that of its run folder or file.
    pub name: String,
    /// Tells generators apart: sixteen hexadecimal digits.
    pub model: String,
    /// Training steps behind it; 0 if not known.
    pub step: u64,
    /// Its licence and credit, which what is made from it keeps; empty where it has none.
    pub notice: String,
}

/// Settings that a generator without its discriminator leaves open.
const OF_THE_DISCRIMINATOR: [&str; 4] = ["d-width", "d-norm", "d-input-norm", "d-residual"];
/// What the networks are trained for decides nothing about their shape.
const FREE: [&str; 1] = ["loss"];

/// Whether the setting of the networks with this key follows the model that a run starts from.
pub(crate) fn follows(key: &str, discriminator: bool) -> bool {
    let shape = MODEL.iter().any(|p| p.key == key) && !FREE.contains(&key);
    shape && (discriminator || !OF_THE_DISCRIMINATOR.contains(&key))
}

impl ModelConfig {
    /// These settings as a run has them that starts from a `model`, with or without a discriminator.
    pub(crate) fn following(&self, model: &Self, discriminator: bool) -> Self {
        let mut all = self.clone();
        for p in MODEL.iter().filter(|p| follows(p.key, discriminator) || discriminator) {
            // A value that another structure of this kind holds fits into this one.
            let _ = p.set(&mut all, &p.get(model));
        }
        all
    }

    /// The first setting that contradicts the `model` that a run starts from, and its value there.
    pub(crate) fn contradicts(&self, model: &Self, discriminator: bool) -> Option<(&'static Param<Self>, Value)> {
        let differs = |p: &&&'static Param<Self>| follows(p.key, discriminator) && p.get(self) != p.get(model);
        MODEL.iter().find(differs).map(|p| (*p, p.get(model)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{DNorm, LossKind, Upsample};

    #[test]
    fn shapes_follow_the_model_and_the_loss_is_free() {
        let model = ModelConfig {
            upsample: Upsample::SubPixel,
            g_width: 12,
            d_width: 20,
            d_norm: DNorm::None,
            loss: LossKind::Rpgan,
            ..ModelConfig::default()
        };
        let own = ModelConfig { size: 128, ..ModelConfig::default() };
        assert_eq!(own.following(&model, true), model);
        let alone = own.following(&model, false);
        assert_eq!((alone.g_width, alone.size, alone.upsample), (12, 64, Upsample::SubPixel));
        assert_eq!((alone.d_width, alone.d_norm, alone.loss), (own.d_width, own.d_norm, own.loss));
        assert!(alone.contradicts(&model, false).is_none());
        let (param, value) = alone.contradicts(&model, true).unwrap();
        assert_eq!((param.key, value), ("d-width", Value::Number(20.0)));
        let other_loss = ModelConfig { loss: LossKind::Hinge, ..model.clone() };
        assert!(other_loss.contradicts(&model, true).is_none());
    }

    #[test]
    fn the_place_of_the_model_is_not_written() {
        let start = StartModel { source: "/home/me/cats".into(), name: "cats".to_owned(), ..StartModel::default() };
        let text = toml::to_string(&start).unwrap();
        assert!(!text.contains("/home/me"), "{text}");
        assert_eq!(toml::from_str::<StartModel>(&text).unwrap(), StartModel { source: PathBuf::new(), ..start });
    }
}
