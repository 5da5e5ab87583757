//! The run at a glance: what it is, how far it is, how fast, and the buttons that steer it.

use super::manners;
use crate::engine::{Lane, RunState};
use crate::printable;
use crate::ui::action::{Action, Dialog};
use crate::ui::state::{DatasetState, RunView};
use crate::ui::text;
use crate::ui::theme::{self, M, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, brief, ends, segmented, status_dot};
use egui::{Align, Button, Label, Layout, ProgressBar, RichText, Ui, vec2};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        title_row(ui, view);
        ui.add_space(-XS);
        if view.state.run_state == RunState::Preparing {
            preparing(ui, &view.state.dataset);
        }
        let Some(run) = &view.state.run else { return };
        progress(ui, run);
        numbers(ui, run, view.state.run_state == RunState::Running);
    });
}

fn title_row(ui: &mut Ui, view: &mut View) {
    ends(ui, 28.0, view, |ui, view| standing(ui, view), buttons);
}

/// Which run of a race is on show, and both side by side.
fn lanes(ui: &mut Ui, view: &mut View) {
    let Some(race) = view.state.race.as_ref().filter(|race| race.other.is_some()) else { return };
    let tips = ["Show the first run of the race.", "Show the second run of the race."];
    if let Some(i) = segmented(ui, "Run of the race", &["A", "B"], race.shown as usize, &tips) {
        view.ask(Action::ShowLane([Lane::A, Lane::B][i]));
    }
    let tip = "Both side by side: curves, samples of the same latents, what differs, and who is ahead.";
    if ui.button("A | B").accessible_name("Compare A and B").on_hover_text(tip).clicked() {
        view.ask(Action::CompareRacers);
    }
}

fn standing(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    let (colour, word) = match view.state.run_state {
        RunState::Preparing if view.state.watching => (p.warn, "Watching: preparing"),
        RunState::Running if view.state.watching => (p.good, "Watching: training"),
        RunState::Paused if view.state.watching => (p.warn, "Watching: paused"),
        RunState::Stopping if view.state.watching => (p.warn, "Watching: saving…"),
        RunState::Idle => (p.weak, "Not running"),
        RunState::Preparing => (p.warn, "Preparing"),
        RunState::Running => (p.good, "Training"),
        RunState::Paused => (p.warn, "Paused"),
        RunState::OnBattery => (p.warn, "On battery"),
        RunState::Stopping => (p.warn, "Saving…"),
    };
    status_dot(ui, colour);
    ui.label(theme::bold(word).size(15.0));
    if view.state.run_state == RunState::Stopping || view.state.run_state == RunState::Preparing {
        ui.add(egui::Spinner::new().size(16.0).color(p.accent));
    }
    lanes(ui, view);
    let what = match view.state.run.as_ref().and_then(|r| r.info.as_ref()) {
        Some(info) => format!("{} · {}", info.config.data.source.name(), printable::line(&info.config.preset)),
        None => view.state.preparing.clone(),
    };
    let label = ui.add(Label::new(RichText::new(what).color(p.weak)).truncate());
    if let Some(info) = view.state.run.as_ref().and_then(|r| r.info.as_ref()) {
        label.on_hover_text(printable::path(&info.path));
    }
}

fn buttons(ui: &mut Ui, view: &mut View) {
    // What is watched trains elsewhere, or in another program.
    if !view.state.watching {
        manners::show(ui, view);
    }
    let live = view.state.live();
    let why = view.state.why_not_live("No run is in progress.");
    let add = |ui: &mut Ui, label: &str, tip: &str| {
        ui.add_enabled(live, Button::new(label)).on_hover_text(tip).disabled_because(why).clicked()
    };
    let (label, tip) = if live && view.state.run_state == RunState::OnBattery {
        ("▶ Resume", "Train on battery, too, until the computer is plugged in (Space).")
    } else if live && view.state.paused() {
        ("▶ Resume", "Resume training (Space).")
    } else {
        ("‖ Pause", "Pause after this step and keep everything in memory (Space).")
    };
    if add(ui, label, tip) {
        view.ask(Action::TogglePause);
    }
    if add(ui, "Sample now", "Generate the sample pictures after this step (G).") {
        view.ask(Action::SampleNow);
    }
    if add(ui, "Save now", "Save a checkpoint after this step (Ctrl+S).") {
        view.ask(Action::SaveNow);
    }
    if view.state.watching {
        let tip = "Watch no more. The training goes on, and you can watch it again.";
        if ui.button("Stop watching").on_hover_text(tip).clicked() {
            view.ask(Action::Unwatch);
        }
    } else if view.state.run_state == RunState::Preparing {
        if ui.button("Cancel").on_hover_text("Cancel the preparation. Nothing is lost.").clicked() {
            view.ask(Action::Stop);
        }
    } else if add(ui, "■ Stop", "Save a checkpoint and end the run (Esc).") {
        view.ask(Action::Dialog(Some(Dialog::ConfirmStop)));
    }
}

/// How far the pictures are, before the first step.
fn preparing(ui: &mut Ui, dataset: &DatasetState) {
    let DatasetState::Scanning(progress) = dataset else { return };
    let line = text::preparing(*progress);
    let bar = ProgressBar::new(text::share(*progress)).desired_width(ui.available_width()).desired_height(6.0);
    ui.add(bar.fill(palette(ui).accent)).on_hover_text("How far preparing the pictures is.");
    ui.label(RichText::new(line).color(palette(ui).weak));
}

/// Towards the limit. Without one there is no bar: it would promise an end.
fn progress(ui: &mut Ui, run: &RunView) {
    let Some(done) = run.progress.and(run.fraction()) else {
        return ui.add_space(6.0);
    };
    let bar = ProgressBar::new(done).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent);
    ui.add(bar).on_hover_text(format!("{:.1} % of the run.", done * 100.0));
}

/// Speeds and the time that is left are known only while it is `running`.
fn numbers(ui: &mut Ui, run: &RunView, running: bool) {
    let dash = || "-".to_owned();
    let p = run.progress;
    let speed = p.filter(|_| running);
    let epoch = p.map_or_else(dash, |p| text::rate(p.epoch));
    let eta = match p.map(|p| (p.eta_seconds, p.last_step)) {
        Some((_, Some(last))) if run.step() >= last => "none".to_owned(),
        Some((Some(seconds), _)) if running => text::duration(seconds),
        Some((None, None)) => "no limit".to_owned(),
        // No speed is known yet, or any more.
        _ => dash(),
    };
    let trained = run.metrics.last().map_or_else(dash, |m| text::duration(m.seconds));
    let saved =
        run.saved.as_ref().map_or_else(|| "not yet".to_owned(), |(step, _)| format!("step {}", text::count(*step)));
    let items: [(&str, String, &str); 7] = [
        ("Step", text::count(run.step()), "One step: both networks learn from one batch of pictures."),
        ("Epoch", epoch, "Passes over all training pictures."),
        ("Steps/s", speed.map_or_else(dash, |p| text::rate(p.steps_per_second)), "Training steps per second."),
        ("Images/s", speed.map_or_else(dash, |p| text::rate(p.images_per_second)), "Training pictures per second."),
        ("Time left", eta, "Time until the run's limit."),
        ("Trained", trained, "Training time without pauses."),
        ("Saved", saved, "The newest checkpoint."),
    ];
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let width = (ui.available_width() / items.len() as f32).min(180.0);
        for (label, value, tip) in items {
            let size = vec2(width, 34.0);
            let response = ui
                .allocate_ui_with_layout(size, Layout::top_down(Align::Min), |ui| {
                    ui.set_width(width - S);
                    ui.spacing_mut().item_spacing.y = 0.0;
                    brief(ui, label);
                    ui.add(Label::new(theme::bold(value).size(M - 1.0)).truncate());
                })
                .response;
            response.on_hover_text(tip);
            ui.add_space(S);
        }
    });
}
