//! What the parts of the explorer ask for.

use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Gesture};
use crate::ui::view::View;

pub(super) fn ask(view: &mut View, action: ExploreAction) {
    view.ask(Action::Explore(action));
}

/// Asks for the picture at the position on the pad.
pub(super) fn go(view: &mut View, gesture: Gesture) {
    if let Some(spec) = view.user.explore.spec() {
        ask(view, ExploreAction::Go(spec, gesture));
    }
}
