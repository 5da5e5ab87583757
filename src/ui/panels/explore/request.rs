//! What the parts of the explorer ask for.

use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Stroke};
use crate::ui::panels::View;

pub(super) fn ask(view: &mut View, action: ExploreAction) {
    view.ask(Action::Explore(action));
}

/// Asks for the picture at the position on the pad.
pub(super) fn go(view: &mut View, stroke: Stroke) {
    if let Some(place) = view.form.explore.place() {
        ask(view, ExploreAction::Go(place, stroke));
    }
}
