//! Why something cannot be used now, for the eye and for the ear.

use egui::{Id, InnerResponse, Response, Sense, Ui};

/// A control that says why it is disabled.
pub(crate) trait Reasoned {
    /// Where the control is disabled, its tooltip, which a screen reader reads out, is this reason, or that of the
    /// group it is in. egui shows the tooltip alone.
    fn disabled_because(self, why: impl Into<String>) -> Self;

    /// The tooltip of a control that is disabled with its group alone.
    fn tip(self, words: impl Into<String>) -> Self;
}

impl Reasoned for Response {
    fn disabled_because(self, why: impl Into<String>) -> Self {
        if self.enabled() {
            return self;
        }
        let why = self.ctx.data(|data| data.get_temp(reason())).unwrap_or_else(|| why.into());
        self.ctx.accesskit_node_builder(self.id, |node| node.set_description(why.clone()));
        self.on_disabled_hover_text(why)
    }

    fn tip(self, words: impl Into<String>) -> Self {
        let words = words.into();
        self.on_hover_text(words.as_str()).disabled_because(words)
    }
}

/// Under this name stands the reason of the group whose controls are being added.
fn reason() -> Id {
    Id::unique("reason of a group")
}

/// Controls that are all disabled for one reason, if there is one: each gives it instead of its own.
pub(crate) fn enabled_unless<R>(ui: &mut Ui, why: Option<&str>, add: impl FnOnce(&mut Ui) -> R) -> InnerResponse<R> {
    let around: Option<String> = ui.data(|data| data.get_temp(reason()));
    if let Some(why) = why {
        ui.data_mut(|data| data.insert_temp(reason(), why.to_owned()));
    }
    let group = ui.add_enabled_ui(why.is_none(), add);
    ui.data_mut(|data| match around {
        Some(around) => _ = data.insert_temp(reason(), around),
        None => data.remove::<String>(reason()),
    });
    group
}

/// As [`enabled_unless`], with one tooltip for the whole group.
pub(crate) fn unless<R>(ui: &mut Ui, why: Option<&str>, add: impl FnOnce(&mut Ui) -> R) -> R {
    let group = enabled_unless(ui, why, add);
    if let Some(why) = why {
        // Above them, as none of them can be pressed: one tooltip for the whole group.
        let response = group.response;
        ui.interact(response.rect, response.id.with("why"), Sense::hover()).on_hover_text(why);
    }
    group.inner
}
