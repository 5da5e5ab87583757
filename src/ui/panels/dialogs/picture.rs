//! How pictures are saved.

use super::parts::{WIDTH, head, open_saved, sharpening, side, upscaling, width};
use crate::engine::PLACEHOLDERS;
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::theme::{BIG_CONTROL, CONTROL, S};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, primary, weak};
use egui::{TextEdit, Ui, vec2};

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
        let save = primary(ui, "Save picture", BIG_CONTROL, enabled).on_hover_text("Save the current picture.");
        if save.disabled_because("There is no picture yet: the generator is being opened.").clicked() {
            view.ask(Action::Explore(ExploreAction::Save));
            view.ask(Action::Dialog(None));
        }
        open_saved(ui, view);
    });
}
