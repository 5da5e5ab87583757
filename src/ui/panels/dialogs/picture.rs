//! How pictures are saved, and the search for the latent of a picture.

use super::parts::{WIDTH, cancel, head, open_saved, progress, sharpening, side, square, upscaling, width};
use crate::engine::PLACEHOLDERS;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::state::{Counted, SearchState};
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{primary, weak};
use egui::{Label, RichText, TextEdit, Ui, vec2};

pub(super) fn save(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Save pictures");
    let side = side(view);
    upscaling(ui, &mut view.user.explore.save.upscale, side);
    let (network, form) = (view.state.explore.sharpener.network, &mut view.user.explore.save);
    sharpening(ui, network, &mut form.sharpen, form.upscale);
    ui.label("Folder");
    let field = PathEntry {
        name: "Folder for saved pictures",
        hint: "path of the folder",
        go: None,
        browse: Purpose::SaveFolder,
    };
    field.show(ui, view, |form| &mut form.explore.save.folder);
    ui.label("File name");
    let edit = TextEdit::singleline(&mut view.user.explore.save.template)
        .desired_width(ui.available_width() - 16.0)
        .margin(egui::Margin::symmetric(8, 5))
        .min_size(vec2(0.0, CONTROL));
    let tip = "The file name without its extension. Nothing is overwritten: if the name is taken, a number is added.";
    ui.add(edit).accessible_name("File name of saved pictures").on_hover_text(tip);
    weak(ui, format!("Placeholders: {PLACEHOLDERS}."));
    ui.add_space(S);
    ui.horizontal(|ui| {
        let enabled = view.user.explore.current.is_some();
        if primary(ui, "Save picture", BIG_CONTROL, enabled).on_hover_text("Save the current picture.").clicked() {
            view.ask(Action::Explore(ExploreAction::Save));
            view.ask(Action::Dialog(None));
        }
        open_saved(ui, view);
    });
}

pub(super) fn search(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Find my cat");
    weak(
        ui,
        "Finds the point in latent space whose picture is most like yours. Your picture is cropped to its centre.",
    );
    ui.add_space(XS);
    let state = &view.state.explore;
    if let SearchState::Running { done, total, frame, error } = &state.search {
        let (done, total, error) = (*done, *total, *error);
        if let Some(frame) = frame.clone() {
            ui.vertical_centered(|ui| square(ui, view, &frame, 224.0, "Best match so far"));
            ui.label(format!("Mean pixel error: {error:.1} of 255"));
        }
        progress(ui, view, Counted { done, total }, "steps");
        return;
    }
    let busy = state.working();
    if let SearchState::Found { steps, error } = state.search {
        let p = palette(ui);
        let line = format!("Found after {} steps. Mean pixel error: {error:.1} of 255.", text::count(steps as u64));
        ui.add(Label::new(RichText::new(line).color(p.good)).wrap());
        weak(ui, "It is now the current picture, and part of your history.");
    }
    let field =
        PathEntry { name: "Your picture", hint: "path of the picture", go: Some("Search"), browse: Purpose::Photo };
    ui.add_enabled_ui(!busy, |ui| {
        if let Some(path) = field.show(ui, view, |form| &mut form.explore.photo_text) {
            view.ask(Action::Explore(ExploreAction::Search(path)));
        }
        let paste = ui.button("Paste picture").on_hover_text("Search for a picture that you copied elsewhere.");
        if paste.clicked() {
            view.ask(Action::Explore(ExploreAction::Paste));
        }
    });
    if busy {
        weak(ui, "Something else is in progress. Wait for it, or cancel it.");
        cancel(ui, view);
    }
}
