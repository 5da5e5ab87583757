//! What front ends and the engine say about a model that a run may start from.

use super::in_messages::start;
use crate::config::{ModelConfig, RunConfig, SettingError, StartModel};
use crate::model::grown;
use serde::{Deserialize, Serialize};

/// What a front end has to know of a model before a run starts from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StartInfo {
    /// Where it is, what it is called, and under which licence it is.
    #[serde(with = "start")]
    pub start: StartModel,
    /// Settings of its networks.
    pub model: ModelConfig,
    /// Whether it has a discriminator. Without one a run starts only if somebody asks for a new one.
    pub discriminator: bool,
}

impl StartInfo {
    /// Lets a run start from it: the settings of the networks follow the model, those of a model that is grown to the
    /// side `size` where that is given.
    ///
    /// # Errors
    /// A model that cannot grow to this size.
    pub fn apply(&self, config: &mut RunConfig, size: Option<u32>) -> Result<(), SettingError> {
        let model = self.grown(size.unwrap_or(self.model.size))?;
        config.model = config.model.following(&model, self.discriminator);
        config.start = Some(self.start.clone());
        Ok(())
    }

    /// Whether networks with these settings can be taken from it, grown if they are for larger pictures.
    ///
    /// # Errors
    /// The first setting that contradicts the model.
    pub fn check(&self, config: &RunConfig) -> Result<(), SettingError> {
        if !self.discriminator && config.d_first == 0 {
            let reason = format!(
                "{} has no discriminator. Start from a run, or from a model file that was exported with its \
                 discriminator. To try a new one, which spoils the pictures at first, set this to the steps that it \
                 learns alone, such as 200",
                self.start.name
            );
            return Err(SettingError::new("d-first", reason));
        }
        if !self.discriminator && config.freeze_d > 0 {
            let reason = format!("{} has no discriminator whose stages could be frozen; set it to 0", self.start.name);
            return Err(SettingError::new("freeze-d", reason));
        }
        let model = self.grown(config.model.size)?;
        let Some((param, there)) = config.model.contradicts(&model, self.discriminator) else { return Ok(()) };
        let (here, name) = (param.get(&config.model), &self.start.name);
        let how = if model == self.model { "" } else { ", grown to this size," };
        let reason = format!(
            "{here} contradicts the model that the run starts from: {name}{how} has {there}, and its networks are \
             taken as they are. Leave this setting out, or start from another model"
        );
        Err(SettingError::new(param.key, reason))
    }

    /// The settings of the model once it has grown to pictures of this side; as they are for smaller ones.
    ///
    /// # Errors
    /// A model that cannot grow so far.
    fn grown(&self, size: u32) -> Result<ModelConfig, SettingError> {
        let mut model = self.model.clone();
        while model.size < size {
            model = grown(&model, self.discriminator)?;
        }
        Ok(model)
    }
}
