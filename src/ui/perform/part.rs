//! What the handlers of actions and messages work on.

use crate::engine::{Command, ExploreCommand, Level};
use crate::ui::closing::Closing;
use crate::ui::effect::Effect;
use crate::ui::explorer::ExplorerPart;
use crate::ui::state::EngineState;
use crate::ui::user::UserState;

/// Acts on what the engine has told and on what the person has chosen; what only the window can do comes out as
/// effects.
pub(in crate::ui) struct Performer<'a> {
    pub state: &'a mut EngineState,
    pub user: &'a mut UserState,
    pub closing: &'a mut Closing,
    /// Seconds since the window opened.
    pub now: f64,
    pub effects: Vec<Effect>,
}

impl Performer<'_> {
    pub(super) fn send(&mut self, command: Command) {
        self.effects.push(Effect::Send(command));
    }

    pub(super) fn toast(&mut self, level: Level, text: &str) {
        self.effects.push(Effect::toast(level, text));
    }

    /// The part that plays a generator.
    pub(crate) fn explorer(&mut self) -> ExplorerPart<'_> {
        ExplorerPart::new(&mut self.state.explore, &mut self.user.explore)
    }

    /// The explorer has taken a request, or had no room for it.
    pub(crate) fn asked_explorer(mut self, command: ExploreCommand, taken: bool) -> Vec<Effect> {
        match command {
            ExploreCommand::Evaluate(request) if taken => self.evaluation_begins(*request),
            ExploreCommand::CancelEvaluation if taken => self.state.evaluation.stops(),
            ExploreCommand::CancelEvaluation => {}
            command => return self.explorer().sent(command, taken),
        }
        self.effects
    }
}
