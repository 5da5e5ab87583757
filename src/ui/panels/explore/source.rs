//! Which generator is played.

use super::request::ask;
use super::tools::NARROW;
use crate::engine::{ExploreSource, SharpenInfo};
use crate::printable;
use crate::ui::action::{Action, Dialog};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::run_title;
use crate::ui::state::BUNDLED_128;
use crate::ui::text;
use crate::ui::theme::{CONTROL, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{brief, ends, icon_button, segmented};
use egui::{Align, Button, ComboBox, Layout, RichText, Ui, WidgetInfo, accesskit::Role, vec2};
use std::path::Path;

/// Recent runs in the list.
const RUNS: usize = 8;

pub(super) fn row(ui: &mut Ui, view: &mut View) {
    let left = |ui: &mut Ui, view: &mut View| {
        menu(ui, view);
        if let Some(facts) = view.state.explore.facts() {
            brief(ui, facts);
        }
    };
    let narrow = ui.available_width() < NARROW;
    // A generator of a run has more to set than fits beside its name there.
    if narrow && view.state.explore.has_run() {
        ends(ui, CONTROL, view, left, |_, _| {});
        ui.horizontal(|ui| shown_how(ui, view));
        return;
    }
    ends(ui, CONTROL, view, left, |ui, view| {
        let settled = view.state.explore.opening.is_none() && !narrow;
        if let Some(drawn) = view.state.explore.drawn.as_ref().filter(|_| settled) {
            let time = RichText::new(format!("{:.0} ms", drawn.seconds * 1e3)).size(12.0).color(palette(ui).weak);
            // Always as wide, so that what is beside it does not move with every picture.
            ui.allocate_ui_with_layout(vec2(48.0, CONTROL), Layout::right_to_left(Align::Center), |ui| {
                ui.label(time).on_hover_text("Time to generate the picture.");
            });
        }
        shown_how(ui, view);
    });
}

/// How the picture is enlarged.
fn shown_how(ui: &mut Ui, view: &mut View) {
    sharpening(ui, view);
    let chosen = usize::from(!view.user.explore.smooth);
    let tips = ["Smooth when enlarged.", "Show each pixel as it is."];
    if let Some(i) = segmented(ui, "Enlarge", &["Smooth", "Pixels"], chosen, &tips) {
        view.user.explore.smooth = i == 0;
    }
}

/// Turns sharpening on and off; beside it the dialog that trains the network. Only for generators of runs.
fn sharpening(ui: &mut Ui, view: &mut View) {
    if !view.state.explore.has_run() {
        return;
    }
    let network = view.state.explore.sharpener.network;
    let on = network.is_some_and(|network| network.on);
    let tip = match network {
        Some(SharpenInfo { to, better: true, .. }) => format!("Add the details of {to} px that your photos teach (H)."),
        Some(_) => "Its network is not better than enlarging without it: see for yourself (H).".to_owned(),
        None => "Train a small network on your photos to show the pictures larger and sharper (H).".to_owned(),
    };
    let button = ui.add(Button::new("Sharpen").selected(on));
    button.widget_info(|| WidgetInfo::selected(Role::Button, true, on, "Sharpen"));
    if button.on_hover_text(tip).clicked() {
        ask(view, ExploreAction::ToggleSharpen);
    }
    if network.is_some() {
        let tip = "Train the network that sharpens the pictures again, and see how good it is.";
        if icon_button(ui, "…", "Sharpening…", tip, None).clicked() {
            view.ask(Action::Dialog(Some(Dialog::Sharpen)));
        }
    }
}

fn menu(ui: &mut Ui, view: &mut View) {
    let explore = &view.state.explore;
    let source = explore.opening.as_ref().or(explore.model.as_ref().map(|m| &m.source)).cloned();
    let shown = match (&explore.opening, &explore.model) {
        (Some(source), _) => name_of(source),
        (None, Some(model)) if model.source == ExploreSource::Bundled => name_of(&model.source),
        (None, Some(model)) => printable::line(&model.label).into_owned(),
        (None, None) => "No generator".to_owned(),
    };
    let width = (ui.available_width() * 0.55).clamp(120.0, 260.0);
    let shown = text::middle(&shown, (width / 9.0) as usize);
    let mut wanted = None;
    let mut open = false;
    let combo = ComboBox::from_id_salt("generator").width(width).selected_text(shown).show_ui(ui, |ui| {
        ui.set_min_width(240.0);
        let mut entry = |ui: &mut Ui, entry: ExploreSource, name: String, tip: String| {
            if ui.selectable_label(source.as_ref() == Some(&entry), name).on_hover_text(tip).clicked() {
                wanted = Some(entry);
            }
        };
        let tip = "The generator that comes with Purrtrait.";
        entry(ui, ExploreSource::Bundled, name_of(&ExploreSource::Bundled), tip.to_owned());
        let large = ExploreSource::File(BUNDLED_128.into());
        let tip = "It comes with Purrtrait, too: larger pictures, with more that went wrong.";
        entry(ui, large.clone(), name_of(&large), tip.to_owned());
        if view.state.follows() {
            let tip = "Its newest EMA weights, updated while it trains.";
            entry(ui, ExploreSource::Live, name_of(&ExploreSource::Live), tip.to_owned());
        }
        let runs = view.state.runs.iter().flatten().filter(|run| run.step > 0).take(RUNS);
        for (i, run) in runs.enumerate() {
            if i == 0 {
                ui.separator();
            }
            let source = ExploreSource::File(run.path.clone());
            let name = format!("{} · step {}", text::middle(&run_title(run), 28), text::count(run.step));
            entry(ui, source, name, printable::path(&run.path));
        }
        ui.separator();
        open = ui
            .selectable_label(false, "Open a file or folder…")
            .on_hover_text("A run, a checkpoint or a model file.")
            .clicked();
    });
    let hint = view
        .state
        .explore
        .model
        .as_ref()
        .map_or_else(String::new, |m| format!("\nCurrent: {}", printable::line(&m.label)));
    let opened = combo.response.clicked() && combo.inner.is_some();
    combo.response.accessible_name("Generator").on_hover_text(format!("Which generator to explore.{hint}"));
    if opened {
        // Runs may have been renamed or deleted by others.
        view.ask(Action::RefreshRuns);
    }
    if let Some(source) = wanted {
        ask(view, ExploreAction::Open { source, goal: None });
    }
    if open {
        view.ask(Action::Dialog(Some(Dialog::OpenModel)));
    }
    ui.add_space(S);
}

pub(super) fn name_of(source: &ExploreSource) -> String {
    match source {
        ExploreSource::Bundled => "Bundled generator".to_owned(),
        ExploreSource::Live => "Current run".to_owned(),
        ExploreSource::File(path) if path == Path::new(BUNDLED_128) => "Bundled generator, 128 px".to_owned(),
        ExploreSource::File(path) => text::name(path),
    }
}
