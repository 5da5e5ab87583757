//! The first screen: choose pictures, take the demo cats, or resume a run.

use super::path_entry::PathEntry;
use super::runs;
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::theme::{self, BIG_CONTROL, L, M, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{big, pane, primary, weak};
use crate::ui::{logo, text};
use egui::{Button, Label, RichText, ScrollArea, Ui, UiBuilder, vec2};

/// Why nothing else can be trained now. Texts can be typed all the same: keys that a field does not take would be
/// shortcuts.
const IN_USE: &str = "A run is in progress. Stop it first; you can resume it later.";
/// Wider content would be hard to take in.
const WIDTH: f32 = 1040.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let full = ui.available_rect_before_wrap();
    let width = (full.width() - 2.0 * L).min(WIDTH);
    let rect = egui::Rect::from_center_size(full.center(), vec2(width, full.height()));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        hero(ui);
        let height = ui.available_height() - M;
        let half = (ui.available_width() - M) / 2.0;
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            pane(ui, vec2(half, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                ScrollArea::vertical().id_salt("ways to begin").show(ui, |ui| {
                    folder_card(ui, view);
                    ui.add_space(if height > 460.0 { S } else { 0.0 });
                    demo_card(ui, view);
                });
            });
            ui.add_space(M);
            pane(ui, vec2(half, height), |ui| {
                ui.spacing_mut().item_spacing.x = S;
                runs::card(ui, view, height);
            });
        });
    });
}

fn hero(ui: &mut Ui) {
    let tall = ui.available_height() > 560.0;
    ui.add_space(if tall { L } else { S });
    ui.horizontal(|ui| {
        logo::show(ui, if tall { 72.0 } else { 56.0 });
        ui.add_space(S);
        ui.vertical(|ui| {
            ui.spacing_mut().item_spacing.y = XS;
            ui.label(RichText::new("Purrtrait").text_style(theme::title()));
            let line = "Show it cats. Watch two networks learn to draw new ones, on your own computer.";
            ui.add(Label::new(RichText::new(line).size(15.0).color(palette(ui).weak)).wrap());
        });
    });
    ui.add_space(if tall { M } else { S });
}

fn folder_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::section("Open a folder of cats"));
        let line =
            "Any pictures of any size, subfolders too. They are only read, never changed. Or drop the folder here.";
        weak(ui, line);
        ui.add_space(XS);
        let open = primary(ui, "Open folder…", BIG_CONTROL, !view.state.busy());
        let open = open.on_hover_text("Choose the folder with your pictures (Ctrl+O).").on_disabled_hover_text(IN_USE);
        if open.clicked() {
            view.ask(Action::Browse(Purpose::Pictures));
        }
        let (name, hint) = ("Folder of pictures", "or type its path here");
        let field = PathEntry { name, hint, go: Some("Open"), browse: Purpose::Pictures };
        if let Some(path) = field.show(ui, view, |form| &mut form.folder_text) {
            view.ask(Action::OpenFolder(path));
        }
        recent_folders(ui, view);
    });
}

fn recent_folders(ui: &mut Ui, view: &mut View) {
    let Some(settings) = &view.state.settings else { return };
    let recent: Vec<_> = settings.recent_folders.iter().take(3).cloned().collect();
    if recent.is_empty() {
        return;
    }
    let p = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new("Recent").size(12.0).color(p.weak));
        for path in recent {
            let label = RichText::new(text::middle(&text::name(&path), 24)).size(12.0);
            let button = Button::new(label).min_size(vec2(0.0, 22.0)).corner_radius(11);
            let button = ui.add_enabled(!view.state.busy(), button).on_disabled_hover_text(IN_USE);
            if button.on_hover_text(printable::path(&path)).clicked() {
                view.ask(Action::OpenFolder(path));
            }
        }
    });
}

fn demo_card(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.label(theme::section("No pictures at hand?"));
        let line = "Purrtrait can draw thousands of cats itself. They are simple, so something cat-like appears \
                    within minutes, even without a graphics card.";
        weak(ui, line);
        ui.add_space(XS);
        let button = big("Try the demo cats");
        let button = ui.add_enabled(!view.state.busy(), button).on_disabled_hover_text(IN_USE);
        if button.on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}
