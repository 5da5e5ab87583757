//! What front ends and the engine say about a model that a run may start from.

use crate::config::{ModelConfig, RunConfig, SettingError, StartModel};

/// Steps in which a new discriminator learns alone, before the generator of a model without one follows it.
const D_FIRST: u32 = 200;

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
