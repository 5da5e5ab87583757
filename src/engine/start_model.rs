//! The model that a run starts from.

use crate::config::{ModelConfig, RunConfig, SettingError, StartModel};
use crate::engine::load::load_networks;
use crate::engine::loaded_generator::label;
use crate::engine::protocol::error::EngineError;
use crate::model::SavedNetworks;
use crate::printable::thousands;
use std::path::Path;

/// Steps in which a new discriminator learns alone, before the generator of a model without one follows it.
const D_FIRST: u32 = 200;
/// Characters of a licence note that every checkpoint can carry along.
const LONGEST_NOTICE: usize = 10_000;

/// What a front end has to know of a model before a run starts from it.
#[derive(Debug, Clone, PartialEq)]
pub struct StartInfo {
    /// Where it is, what it is called, and under which licence it is.
    pub start: StartModel,
    /// Settings of its networks.
    pub model: ModelConfig,
    /// Whether it has a discriminator. Without one, a new one must learn first.
    pub discriminator: bool,
}

impl StartInfo {
    /// Lets a run start from it: the settings of the networks follow the model.
    pub fn apply(&self, config: &mut RunConfig) {
        config.model = config.model.following(&self.model, self.discriminator);
        config.d_first = if self.discriminator { 0 } else { D_FIRST };
        config.start = Some(self.start.clone());
    }

    /// Whether networks with these settings can be taken from it.
    ///
    /// # Errors
    /// The first setting that contradicts the model.
    pub fn check(&self, config: &RunConfig) -> Result<(), SettingError> {
        if !self.discriminator && config.freeze_d > 0 {
            let reason = format!("{} has no discriminator whose stages could be frozen; set it to 0", self.start.name);
            return Err(SettingError::new("freeze-d", reason));
        }
        let Some((param, there)) = config.model.contradicts(&self.model, self.discriminator) else { return Ok(()) };
        let (here, name) = (param.get(&config.model), &self.start.name);
        let reason = format!(
            "{here} contradicts the model that the run starts from: {name} has {there}, and its networks are taken as \
             they are. Leave this setting out, or start from another model"
        );
        Err(SettingError::new(param.key, reason))
    }
}

impl StartInfo {
    /// What a run with these settings says about it when it begins.
    pub(crate) fn told(&self, config: &RunConfig) -> String {
        let StartModel { name, step, notice, .. } = &self.start;
        let behind = if *step > 0 { format!(", step {}", thousands(*step)) } else { String::new() };
        let mut text = format!("Starts from the model {name}{behind}.");
        if !self.discriminator {
            text += &format!(
                " It has no discriminator: a new one learns alone for {} steps. Fine-tuning works better from a run, \
                 or from a model that was exported with its discriminator.",
                thousands(config.d_first.into())
            );
        }
        if !notice.is_empty() {
            text += &format!(" What is made from it stays under its licence: {notice}");
        }
        text
    }
}

/// A model with its networks.
pub(crate) struct OpenedStart {
    pub info: StartInfo,
    pub networks: SavedNetworks,
}

/// Looks at the model that `source` names: a run, a checkpoint, a model file, or the word `bundled`.
///
/// # Errors
/// Nothing there, or nothing usable.
pub fn start_info(source: &Path) -> Result<StartInfo, EngineError> {
    Ok(open_start(source)?.info)
}

/// The networks that a run with these settings starts from.
///
/// # Errors
/// As [`start_info`] and [`StartInfo::check`].
pub(crate) fn open_checked(source: &Path, config: &RunConfig) -> Result<OpenedStart, EngineError> {
    let opened = open_start(source)?;
    opened.info.check(config)?;
    Ok(opened)
}

fn open_start(source: &Path) -> Result<OpenedStart, EngineError> {
    let (generator, networks) = load_networks(source)?;
    let name = label(source);
    let length = generator.notice.chars().count();
    if length > LONGEST_NOTICE {
        let text = format!(
            "{name}: its licence note has {length} characters, and a run that starts from it can carry along \
             {LONGEST_NOTICE}; export the model with a shorter one"
        );
        return Err(EngineError::Run(text));
    }
    let start = StartModel {
        source: source.to_path_buf(),
        name,
        model: generator.hash(),
        step: generator.step,
        notice: generator.notice,
    };
    let info = StartInfo { start, model: networks.config.clone(), discriminator: networks.discriminator.is_some() };
    Ok(OpenedStart { info, networks })
}
