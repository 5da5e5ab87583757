//! The second recipe of a race, while it is set up.

use crate::config::{Preset, RunConfig};
use crate::engine::Lane;

/// The recipe that the one on show races against.
#[derive(Debug, Clone)]
pub struct Rival {
    /// Which of the two is on show.
    pub shown: Lane,
    /// The other one.
    pub config: RunConfig,
    /// The preset that the other one began with.
    pub preset: &'static Preset,
}

impl Rival {
    /// Both recipes, the first one first, where this one is on show. What may not differ is as there in both.
    pub(crate) fn racers(&self, here: &RunConfig) -> [RunConfig; 2] {
        let (here, there) = (here.clone(), self.config.clone());
        let RunConfig { seed, held_out, max_epochs, max_steps, sample_count, data, .. } = here.clone();
        let mut there = RunConfig { seed, held_out, max_epochs, max_steps, sample_count, data, ..there };
        there.set_place(here.place());
        // The device that stays chosen beside another machine.
        there.device = here.device;
        let model = &here.model;
        (there.model.size, there.model.latent_size, there.model.latent) = (model.size, model.latent_size, model.latent);
        if self.shown == Lane::A { [here, there] } else { [there, here] }
    }
}
