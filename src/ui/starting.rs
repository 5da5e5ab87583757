//! What the networks of the next run begin with, as the person has chosen it.

use crate::config::{PRESETS, Preset, RunConfig, SettingError};
use crate::engine::StartInfo;
use std::path::PathBuf;

/// Where the networks come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Origin {
    /// Random numbers.
    #[default]
    Scratch,
    /// The model that comes with the program.
    Bundled,
    /// A run, a checkpoint or a model file.
    Model,
}

/// The choice, and what is known of the model.
pub struct Starting {
    /// What was chosen.
    pub origin: Origin,
    /// The typed path of a model.
    pub text: String,
    /// The model, once the engine has looked at it.
    pub info: Option<StartInfo>,
    /// The model that the engine is looking at.
    pub asked: Option<PathBuf>,
    /// Why the model cannot be used.
    pub fault: Option<String>,
    /// The person has chosen: nothing is preselected any more.
    pub decided: bool,
    /// The preset of trainings from scratch, to go back to.
    pub preset: &'static Preset,
}

impl Default for Starting {
    fn default() -> Self {
        let (origin, text, info, asked, fault, decided) = Default::default();
        Self { origin, text, info, asked, fault, decided, preset: &PRESETS[0] }
    }
}

impl Starting {
    /// Why a run cannot start as chosen; none where it can.
    pub(crate) fn blocked(&self) -> Option<String> {
        match (&self.info, &self.fault) {
            _ if self.origin == Origin::Scratch => None,
            (Some(_), _) => None,
            (None, _) if self.asked.is_some() => Some("The model to start from is being opened.".to_owned()),
            (None, Some(fault)) => Some(format!("The model to start from cannot be used. {fault}")),
            (None, None) => Some("Choose a model to start from first.".to_owned()),
        }
    }

    /// Waits for a model that is not known yet.
    pub(crate) fn wait(&mut self, origin: Origin, asked: Option<PathBuf>) {
        (self.origin, self.asked, self.info, self.fault) = (origin, asked, None, None);
    }

    /// The setting that contradicts the model, if any.
    pub(crate) fn contradiction(&self, config: &RunConfig) -> Option<SettingError> {
        self.info.as_ref().and_then(|info| info.check(config).err())
    }
}
