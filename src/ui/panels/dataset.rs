//! The pictures, or why there are none yet.

use super::pictures;
use crate::engine::DataProgress;
use crate::engine::RunState;
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::logo;
use crate::ui::state::DatasetState;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, CONTROL, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, ends, primary};
use egui::{Align, Label, ProgressBar, RichText, Ui, vec2};

/// Why other pictures cannot be chosen now.
const BEGINNING: &str = "A run with these pictures is about to begin.";

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        match view.state.dataset.clone() {
            DatasetState::Unknown => nothing(ui, view),
            DatasetState::Ready(report) => {
                header(ui, view, &report.name);
                pictures::show(ui, view, &report);
            }
            again => {
                header(ui, view, &view.user.config.data.source.name());
                // Pictures that are prepared again stay on show.
                match (view.state.last_report.clone(), again) {
                    (Some(report), again) => {
                        again_note(ui, view, &again);
                        pictures::show(ui, view, &report);
                    }
                    (None, DatasetState::Failed(reason)) => failed(ui, view, &reason),
                    (None, DatasetState::Scanning(progress)) => scanning(ui, view, progress),
                    (None, _) => {}
                }
            }
        }
    });
}

fn header(ui: &mut Ui, view: &mut View, name: &str) {
    let left = |ui: &mut Ui, view: &mut View| {
        let title = ui.add(Label::new(theme::heading(name)).truncate());
        if let crate::config::DataSource::Folder(path) = &view.user.config.data.source {
            title.on_hover_text(printable::path(path));
        }
    };
    ends(ui, 32.0, view, left, |ui, view| {
        ui.add_enabled_ui(!view.state.beginning(), |ui| {
            let again = ui.button("Rescan").on_hover_text("Read the folder again, after you changed files in it.");
            if again.disabled_because(BEGINNING).clicked() {
                view.ask(Action::RescanNow);
            }
            let other = ui.button("Other pictures…").on_hover_text("Choose another folder (Ctrl+O).");
            if other.disabled_because(BEGINNING).clicked() {
                view.ask(Action::Browse(Purpose::Pictures));
            }
        });
    });
}

/// An empty state says what belongs here and how to get it.
fn empty(ui: &mut Ui, title: &str, line: &str, buttons: impl FnOnce(&mut Ui)) {
    ui.vertical_centered(|ui| {
        ui.add_space((ui.available_height() * 0.28).max(S));
        logo::show(ui, 64.0);
        ui.add_space(S);
        ui.label(theme::section(title));
        ui.allocate_ui(vec2(ui.available_width().min(420.0), 0.0), |ui| {
            ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap().halign(Align::Center));
        });
        ui.add_space(S);
        buttons(ui);
    });
}

fn nothing(ui: &mut Ui, view: &mut View) {
    let line = "Choose a folder of cats, drop one onto the window, or let Purrtrait draw some.";
    empty(ui, "No pictures yet", line, |ui| {
        if primary(ui, "Open folder…", BIG_CONTROL, true).on_hover_text("Choose a folder (Ctrl+O).").clicked() {
            view.ask(Action::Browse(Purpose::Pictures));
        }
        if ui.button("Try drawn cats").on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}

/// How far preparing the pictures again is, or why that failed.
fn again_note(ui: &mut Ui, view: &mut View, again: &DatasetState) {
    match again {
        DatasetState::Scanning(progress) => {
            let share = text::share(*progress);
            let left = |ui: &mut Ui, _: &mut View| {
                ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(4.0));
            };
            ends(ui, CONTROL, view, left, |ui, view| {
                ui.label(RichText::new("Preparing…").size(12.0).color(palette(ui).weak));
                cancel(ui, view);
            });
        }
        DatasetState::Failed(reason) => {
            theme::note(ui, palette(ui).warn).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.add(Label::new(RichText::new(reason).size(13.0)).wrap());
            });
        }
        _ => {}
    }
}

fn cancel(ui: &mut Ui, view: &mut View) {
    // They may be for a run that waits for them: then it is given up, too.
    let run = view.state.run_state == RunState::Preparing;
    if ui.button("Cancel").on_hover_text("Cancel preparing these pictures.").clicked() {
        view.ask(if run { Action::Stop } else { Action::CancelScan });
    }
}

fn scanning(ui: &mut Ui, view: &mut View, progress: Option<DataProgress>) {
    empty(ui, "Preparing pictures", &text::preparing(progress), |ui| {
        ui.add(ProgressBar::new(text::share(progress)).desired_width(320.0).desired_height(8.0));
        ui.add_space(S);
        cancel(ui, view);
    });
}

fn failed(ui: &mut Ui, view: &mut View, reason: &str) {
    empty(ui, "These pictures cannot be used", reason, |ui| {
        if primary(ui, "Open another folder…", BIG_CONTROL, true).on_hover_text("Choose a folder (Ctrl+O).").clicked()
        {
            view.ask(Action::Browse(Purpose::Pictures));
        }
        if ui.button("Try drawn cats").on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}
