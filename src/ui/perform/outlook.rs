//! Measuring recipes before they start, and taking what suits.

use super::part::Performer;
use crate::engine::Remedy;
use crate::ui::action::{Purpose, Screen};
use crate::ui::effect::Effect;
use crate::ui::outlook::{suggested, to_measure};
use crate::ui::starting::Origin;

impl Performer<'_> {
    /// For each frame: what is to be measured while the recipe is on the screen.
    pub(crate) fn measure(mut self) -> Vec<Effect> {
        let shown = self.user.screen == Screen::Setup && self.user.rescan_at.is_none();
        let wanted = if shown { to_measure(self.state, self.user) } else { None };
        if let Some(command) = self.state.speeds.next(wanted.as_ref(), self.now) {
            self.send(command);
        }
        self.effects
    }

    /// Fills the recipe with what suits the device and the pictures.
    pub(super) fn use_suggested(&mut self) {
        let Some(suggested) = suggested(self.state, self.user) else { return };
        let size = self.user.config.model.size;
        self.user.starting.decided = true;
        match self.state.bundled.clone().filter(|_| suggested.choice.from_known) {
            Some(known) => {
                self.user.starting.wait(Origin::Bundled, None);
                self.take_start(known);
            }
            None => {
                self.user.starting.wait(Origin::Scratch, None);
                self.user.starting.preset = suggested.choice.preset;
                self.user.choose(suggested.choice.preset);
            }
        }
        self.user.config = suggested.config;
        if self.user.config.model.size != size {
            self.scan();
        }
    }

    /// Does what helps against a fault of the pictures.
    pub(super) fn remedy(&mut self, remedy: Remedy) {
        match remedy {
            Remedy::StartFromKnownCats => self.start_from(Origin::Bundled),
            Remedy::OtherPictures => self.effects.push(Effect::Browse(Purpose::Pictures)),
            Remedy::DrawnCats => self.open_demo(),
            setting => {
                setting.apply(&mut self.user.config.data);
                self.scan();
            }
        }
    }
}
