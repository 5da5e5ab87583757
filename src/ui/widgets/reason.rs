//! Why something cannot be used now, for the eye and for the ear.

use egui::{Response, Sense, Ui};

/// A control that says why it is disabled.
pub(crate) trait Reasoned {
    /// Where the control is disabled, its tooltip, which a screen reader reads out, is this reason. egui shows the
    /// tooltip alone.
    fn disabled_because(self, why: impl Into<String>) -> Self;
}

impl Reasoned for Response {
    fn disabled_because(self, why: impl Into<String>) -> Self {
        if self.enabled() {
            return self;
        }
        let why = why.into();
        self.ctx.accesskit_node_builder(self.id, |node| node.set_description(why.clone()));
        self.on_disabled_hover_text(why)
    }
}

/// Controls that are all disabled for one reason, if there is one.
pub(crate) fn unless<R>(ui: &mut Ui, why: Option<&str>, add: impl FnOnce(&mut Ui) -> R) -> R {
    let group = ui.add_enabled_ui(why.is_none(), add);
    if let Some(why) = why {
        // Above them, as none of them can be pressed: one tooltip for the whole group.
        let response = group.response;
        ui.interact(response.rect, response.id.with("why"), Sense::hover()).on_hover_text(why);
    }
    group.inner
}
