//! Settings that act on the running training, when they took effect, and undo.

use crate::config::{PictureUse, RunConfig, TUNABLES, Tunables};
use crate::engine::RunState;
use crate::printable;
use crate::ui::action::Action;
use crate::ui::focus::scrolled;
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::{self, CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{ParamRow, Reasoned, at_right, brief, ends, toggle, weak};
use egui::{Align, Button, Label, Layout, RichText, ScrollArea, Ui, vec2};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        header(ui, view);
        let Some(run) = &view.state.run else {
            let line = "While a run trains, you can change its learning rates and more here. Each change takes effect \
                        at the next step and is marked on the plots.";
            weak(ui, line);
            return;
        };
        brief(ui, standing(view, run));
        scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
            sliders(ui, view, run);
            ui.add_space(XS);
            facts(ui, view, run);
        });
    });
}

fn header(ui: &mut Ui, view: &mut View) {
    ui.horizontal(|ui| {
        ui.label(theme::section("Live settings"));
        at_right(ui, |ui| {
            ui.label(RichText::new("Explain").size(12.0).color(palette(ui).weak));
            toggle(ui, &mut view.user.explain, "Explain settings")
                .on_hover_text("Show the explanation of each setting below it.");
            let can = view.state.live() && !view.user.tuner.undo.is_empty();
            let undo = ui
                .add_enabled(can, Button::new("↩ Undo"))
                .on_hover_text("Undo the last change (Ctrl+Z).")
                .disabled_because(view.state.why_not_live("Nothing to undo."));
            if undo.clicked() {
                view.ask(Action::UndoTune);
            }
        });
    });
}

/// Whether the engine works with what the sliders say.
fn standing(view: &View, run: &RunView) -> String {
    let tuner = &view.user.tuner;
    if view.state.recovering {
        return "The run resumes with these settings.".to_owned();
    }
    if view.state.watching {
        return "The settings of a run that is only being watched.".to_owned();
    }
    if !view.state.live() {
        return "The run has ended; these were its settings.".to_owned();
    }
    if tuner.edit != run.tunables || tuner.unsent {
        return match view.state.run_state {
            RunState::Paused | RunState::OnBattery => "Takes effect when training resumes.".to_owned(),
            _ => "Takes effect at the next step…".to_owned(),
        };
    }
    match run.marks.last() {
        Some(mark) => format!("Applied at step {}.", text::count(mark.step)),
        None => "As at the start of the run.".to_owned(),
    }
}

fn sliders(ui: &mut Ui, view: &mut View, run: &RunView) {
    let config = run.info.as_ref().map(|info| info.config.clone()).unwrap_or_default();
    let first = config.tunables.clone();
    let now = RunConfig { tunables: view.user.tuner.edit.clone(), ..config };
    let explain = view.user.explain;
    for param in TUNABLES {
        let mut tunables = now.tunables.clone();
        let unused = now.unused(param.key);
        let locked = if view.state.live() { unused } else { Some(view.state.why_not_live("Only while a run trains.")) };
        let row = ParamRow { param, baseline: &first, explain, error: None, locked, unused };
        if row.show(ui, &mut tunables) {
            view.ask(Action::Tune { key: param.key, tunables });
        }
    }
    chosen_pictures(ui, view, &now.tunables);
}

/// Pictures that "Is it new?" has left out or favoured, once there are any.
fn chosen_pictures(ui: &mut Ui, view: &mut View, now: &Tunables) {
    let (left_out, favoured) = now.pictures.counts();
    if left_out + favoured == 0 {
        return;
    }
    let parts = [(left_out, "left out"), (favoured, "favoured")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let line: Vec<String> = parts.map(|(count, how)| format!("{} {how}", text::count(*count as u64))).collect();
    let line = format!("Pictures: {}", line.join(", "));
    let left = |ui: &mut Ui, _: &mut View| {
        ui.add(Label::new(line).truncate()).on_hover_text("Chosen in Explore, under \"Is it new?\".");
    };
    ends(ui, CONTROL, view, left, |ui, view| {
        let all = ui.add_enabled(view.state.live(), Button::new("Use all"));
        let tip = "Use every training picture once an epoch again.";
        if all.on_hover_text(tip).disabled_because(view.state.why_not_live("Only while a run trains.")).clicked() {
            let tunables = Tunables { pictures: PictureUse::default(), ..now.clone() };
            view.ask(Action::Tune { key: "pictures", tunables });
        }
    });
}

fn facts(ui: &mut Ui, view: &mut View, run: &RunView) {
    let Some(info) = &run.info else { return };
    let config = &info.config;
    ui.label(theme::section("This run"));
    let line = |ui: &mut Ui, label: &str, value: String| {
        ui.allocate_ui_with_layout(vec2(ui.available_width(), 18.0), Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = S;
            ui.label(RichText::new(label).size(12.0).color(palette(ui).weak));
            ui.add(Label::new(RichText::new(value).size(12.0)).truncate());
        });
    };
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        line(ui, "Device", format!("{} ({})", info.device.name, info.device.api));
        line(ui, "Generator", format!("{} parameters", text::short(info.generator_parameters)));
        line(ui, "Discriminator", format!("{} parameters", text::short(info.discriminator_parameters)));
        let pictures = text::of(info.pictures, "picture");
        line(ui, "Pictures", format!("{pictures} of {0} × {0} px", config.model.size));
        line(ui, "Epoch", format!("{} of {}", text::of(info.steps_per_epoch as usize, "step"), config.batch));
        line(ui, "Folder", printable::path(&info.path));
    });
    if ui.button("Open run folder").on_hover_text(printable::path(&info.path)).clicked() {
        view.ask(Action::Reveal(info.path.clone()));
    }
}
