//! A folder: typed, pasted or chosen with the system's dialog.

use super::reason::Reasoned;
use crate::config::typed_path;
use crate::ui::theme::{CONTROL, palette};
use egui::{Id, Key, TextEdit, Ui, vec2};
use std::path::PathBuf;

/// What a path field asks for.
pub(crate) enum PathEvent {
    /// The person finished typing.
    Entered(PathBuf),
    Browse,
}

/// What can be typed, and what the button does with it.
pub(crate) const TIPS: [&str; 2] =
    ["Type or paste a path; ~ stands for your home folder.", "Use the path in the field."];

/// The field of this name, to put the cursor into it.
pub(crate) fn path_field_id(name: &str) -> Id {
    Id::unique(("path field", name))
}

/// `go` names the button that takes the typed path; without it the text is read when it is needed. `tips`: as [`TIPS`].
pub(crate) fn path_field(
    ui: &mut Ui,
    text: &mut String,
    name: &str,
    hint: &str,
    go: Option<&str>,
    tips: [&str; 2],
    width: f32,
) -> Option<PathEvent> {
    let mut event = None;
    ui.horizontal(|ui| {
        let button = |ui: &Ui, label: &str| {
            let font = egui::TextStyle::Button.resolve(ui.style());
            let padding = 2.0 * ui.spacing().button_padding.x;
            ui.painter().layout_no_wrap(label.to_owned(), font, palette(ui).text).size().x + padding
        };
        let gap = ui.spacing().item_spacing.x;
        let buttons = button(ui, "Browse…") + gap + go.map_or(0.0, |label| button(ui, label) + gap);
        let edit = TextEdit::singleline(text)
            .id(path_field_id(name))
            .hint_text(egui::RichText::new(hint).color(palette(ui).weak))
            .desired_width((width - buttons).max(40.0))
            .margin(egui::Margin::symmetric(8, 5))
            .min_size(vec2(0.0, CONTROL));
        let response = ui.add(edit);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        response.accessible_name(name).on_hover_text(tips[0]);
        if let Some(label) = go {
            let typed = !text.trim().is_empty();
            let pressed = ui
                .add_enabled(typed, egui::Button::new(label))
                .on_hover_text(tips[1])
                .disabled_because("Enter a path first.")
                .clicked();
            if typed && (pressed || entered) {
                event = Some(PathEvent::Entered(typed_path(text)));
            }
        }
        let browse = ui.button("Browse…").on_hover_text("Choose with the system's file dialog.");
        browse.widget_info(|| {
            egui::WidgetInfo::labeled(
                egui::accesskit::Role::Button,
                true,
                format!("Browse for {}", name.to_lowercase()),
            )
        });
        if browse.clicked() {
            event = Some(PathEvent::Browse);
        }
    });
    event
}
