//! Opening a generator, and exporting it.

use super::parts::{WIDTH, head, open_saved, width};
use crate::engine::{ExploreSource, FileUse};
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, S, XS};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, primary, setting, toggle, weak};
use egui::Ui;

pub(super) fn open(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Open a generator");
    let files = FileUse::ModelInput.listed();
    weak(
        ui,
        format!("A run folder, a checkpoint, or a model file ({files}) with a DCGAN generator, such as PyTorch's."),
    );
    ui.add_space(XS);
    let field = PathEntry {
        name: "Path of the generator",
        hint: "path of the generator",
        go: Some("Open"),
        browse: Purpose::Model,
    };
    if let Some(path) = field.show(ui, view, |form| &mut form.explore.model_text) {
        view.ask(Action::Explore(ExploreAction::Open { source: ExploreSource::File(path), goal: None }));
    }
    if ui.button("Browse for a folder…").on_hover_text("Choose a run or a checkpoint.").clicked() {
        view.ask(Action::Browse(Purpose::ModelFolder));
    }
}

pub(super) fn export(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Export generator");
    weak(
        ui,
        "The extension selects the format: .html is one page that generates cats in any browser, even offline; \
         .safetensors is for PyTorch and comes with a small program that loads it; .onnx is for most other programs.",
    );
    ui.add_space(XS);
    let field = PathEntry { name: "Generator file", hint: "cats.html", go: None, browse: Purpose::ExportFile };
    field.show(ui, view, |form| &mut form.explore.export_text);
    both(ui, view);
    ui.add_space(S);
    which(ui, view);
    let ready = view.state.explore.model.is_some() && !view.user.explore.export_text.trim().is_empty();
    ui.horizontal(|ui| {
        let button = primary(ui, "Export", BIG_CONTROL, ready)
            .on_hover_text("Nothing is overwritten: if the name is taken, a number is added.");
        if button.disabled_because("Enter a file name.").clicked() {
            view.ask(Action::Explore(ExploreAction::Export));
        }
        open_saved(ui, view);
    });
}

/// What is exported, and the way to the best checkpoint where that is another one.
fn which(ui: &mut Ui, view: &mut View) {
    let explore = &view.state.explore;
    let Some(model) = explore.model.clone().filter(|_| explore.step > 0) else { return };
    let step = explore.step;
    ui.horizontal_wrapped(|ui| {
        weak(ui, format!("This exports the generator on show, of step {}.", text::count(step)));
        let Some(best) = model.steps.best.filter(|best| *best != step) else { return };
        let tip = "Show and export the checkpoint that was best by its measurements.";
        if ui.button(format!("Use the best, of step {}", text::count(best))).on_hover_text(tip).clicked() {
            view.ask(Action::Explore(ExploreAction::AtStep(model.steps.wish(best))));
        }
    });
    ui.add_space(S);
}

/// The name of that switch.
const BOTH: &str = "With the discriminator";

/// Whether the file is one to train on with.
fn both(ui: &mut Ui, view: &mut View) {
    let form = &mut view.user.explore;
    let holds_both = form.export_text.trim().to_lowercase().ends_with(".safetensors");
    let tip = "Then a training can start from the file. It becomes about twice as large.";
    setting(ui, BOTH, |ui| {
        ui.add_enabled_ui(holds_both, |ui| toggle(ui, &mut form.export_discriminator, BOTH))
            .inner
            .on_hover_text(tip)
            .disabled_because("Only .safetensors files hold it.");
    });
}
