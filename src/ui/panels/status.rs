//! The line at the bottom: what the program is doing, on what device, and the button for the log.

use crate::engine::RunState;
use crate::ui::action::{Action, Dialog};
use crate::ui::state::DatasetState;
use crate::ui::text;
use crate::ui::theme::{Palette, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{at_right, status_dot};
use egui::{Button, Color32, Label, RichText, Ui};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    ui.horizontal_centered(|ui| {
        ui.spacing_mut().interact_size.y = 20.0;
        let (colour, words) = standing(view, p);
        ui.add_space(S);
        status_dot(ui, colour);
        ui.label(RichText::new(words).size(12.0));
        at_right(ui, |ui| {
            let room = (ui.available_width() - 190.0).max(40.0);
            if let Some(info) = view.state.run.as_ref().and_then(|run| run.info.as_ref()) {
                let text = RichText::new(&info.device.name).size(12.0).color(p.weak);
                ui.scope(|ui| {
                    ui.set_max_width(room);
                    ui.add(Label::new(text).truncate()).on_hover_text("The device that trains.");
                });
            }
            let zoom = ui.ctx().zoom_factor();
            if (zoom - 1.0).abs() > 0.01 {
                let text = RichText::new(format!("{:.0} %", zoom * 100.0)).size(12.0).color(p.weak);
                ui.label(text).on_hover_text("Zoom: Ctrl+Plus, Ctrl+Minus, Ctrl+0.");
            }
            queue_button(ui, view, p);
            log_button(ui, view, p);
            ui.add_space(S);
        });
    });
}

fn queue_button(ui: &mut Ui, view: &mut View, p: &Palette) {
    let (waiting, on) = (view.state.queue.waiting(), view.state.queue.on);
    let text = if waiting > 0 { format!("Queue ({waiting})") } else { "Queue".to_owned() };
    let colour = if on { p.good } else { p.weak };
    let button = Button::new(RichText::new(text).size(12.0).color(colour)).frame(false);
    let tip = match (on, waiting) {
        (true, _) => "Trainings begin one after another. Show the queue (Ctrl+U).",
        (false, 0) => "Trainings one after another, also overnight (Ctrl+U).",
        (false, _) => "Trainings wait until you start the queue (Ctrl+U).",
    };
    if ui.add(button).on_hover_text(tip).clicked() {
        view.ask(Action::Dialog(Some(Dialog::Queue)));
    }
}

fn log_button(ui: &mut Ui, view: &mut View, p: &Palette) {
    let faults = view.state.log.faults;
    let text = if faults > 0 { format!("Log ({faults})") } else { "Log".to_owned() };
    let colour = if faults > 0 { p.warn } else { p.weak };
    let button = Button::new(RichText::new(text).size(12.0).color(colour)).frame(false);
    if ui.add(button).on_hover_text("Show or hide the log (Ctrl+L).").clicked() {
        view.ask(Action::ToggleLog);
    }
}

fn standing(view: &View, p: &Palette) -> (Color32, String) {
    let state = view.state;
    if state.dead.is_some() {
        return (p.bad, "The training thread has ended".to_owned());
    }
    let step = state.run.as_ref().map_or(0, |run| run.step());
    match state.run_state {
        RunState::Running if state.watching => (p.good, format!("Watching, step {}", text::count(step))),
        RunState::Preparing => (p.warn, short(&state.preparing, "Preparing…")),
        RunState::Running => (p.good, format!("Training, step {}", text::count(step))),
        RunState::OnBattery => (p.warn, format!("Paused on battery at step {}", text::count(step))),
        RunState::Paused => (p.warn, format!("Paused at step {}", text::count(step))),
        RunState::Stopping => (p.warn, "Saving…".to_owned()),
        RunState::Idle => match &state.dataset {
            DatasetState::Scanning(progress) => (p.warn, text::preparing(*progress)),
            DatasetState::Failed(_) => (p.bad, "The pictures cannot be used".to_owned()),
            DatasetState::Ready(report) => (p.good, format!("{} ready", text::of(report.usable, "picture"))),
            DatasetState::Unknown => (p.weak, "Ready".to_owned()),
        },
    }
}

fn short(text: &str, otherwise: &str) -> String {
    if text.is_empty() { otherwise.to_owned() } else { text::middle(text, 70) }
}
