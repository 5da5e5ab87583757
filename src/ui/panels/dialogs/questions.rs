//! Questions before something is stopped, lost or resumed.

use super::parts::{WIDTH, head, width};
use crate::ui::action::{Action, Purpose};
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::theme::{self, BIG_CONTROL, S};
use crate::ui::view::View;
use crate::ui::widgets::{big, path_field_id, primary, weak};
use egui::{Key, Label, Ui};

pub(super) fn stop(ui: &mut Ui, view: &mut View) {
    ui.set_width(380.0);
    let race = view.state.race.as_ref().is_some_and(|race| !race.over);
    ui.label(theme::heading(if race { "Stop both runs of the race?" } else { "Stop this run?" }));
    let queue = match view.state.queue.on {
        true => " The queue is paused then: no other training begins until you start it again.",
        false => "",
    };
    ui.add(Label::new(format!("A checkpoint is saved first. You can resume the run later.{queue}")).wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let stop =
            primary(ui, "Stop and save", BIG_CONTROL, true).on_hover_text("Save a checkpoint and end the run (Enter).");
        let entered = ui.input(|i| i.key_pressed(Key::Enter)) && ui.memory(|m| m.focused().is_none());
        if stop.clicked() || entered {
            view.ask(Action::Stop);
            view.ask(Action::Dialog(None));
        }
        let keep = big("Keep training");
        if ui.add(keep).on_hover_text("Close this dialog (Esc).").clicked() {
            view.ask(Action::Dialog(None));
        }
    });
}

pub(super) fn close(ui: &mut Ui, view: &mut View) {
    if view.state.unsaved_run {
        return loss(ui, view);
    }
    let line = match view.state.unsaved_work() {
        Some(work) => {
            let queue = if view.state.queue.on { " The queue waits until you start it again." } else { "" };
            let line = "If you close the window now, it is lost. A training run is saved in any case.";
            format!("{work}. {line}{queue}")
        }
        None if view.state.queue.on => format!(
            "The queue is running, and {} to come. If you close the window now, the training under way is saved and \
             resumed first when you start the queue again; nothing begins by itself.",
            match view.state.queue.waiting() {
                1 => "1 training is".to_owned(),
                n => format!("{n} trainings are"),
            }
        ),
        // While the question was asked.
        None => "The work is done: nothing is lost if you close the window.".to_owned(),
    };
    let wait_for = if view.state.queue.on { "the queue is through" } else { "the work is done" };
    ui.set_width(440.0);
    ui.label(theme::heading("Close the window?"));
    ui.add(Label::new(line).wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let wait = primary(ui, "Close when done", BIG_CONTROL, true)
            .on_hover_text(format!("The window closes by itself as soon as {wait_for}."));
        if wait.clicked() {
            view.ask(Action::Leave { when_done: true });
        }
        let close = big("Close now");
        if ui.add(close).on_hover_text("Cancel the work, save the training, and close the window.").clicked() {
            view.ask(Action::Leave { when_done: false });
        }
        let stay = big("Keep open");
        if ui.add(stay).on_hover_text("Close this dialog (Esc).").clicked() {
            view.ask(Action::Stay);
        }
    });
}

/// The run could not be saved: its drive is full or gone.
fn loss(ui: &mut Ui, view: &mut View) {
    ui.set_width(440.0);
    ui.label(theme::heading("Close without saving?"));
    let line = "Part of the run could not be saved; the log gives the reason. If you close the window now, the newest \
                steps are lost. Free some space, or bring back the run folder or its drive, and try again.";
    ui.add(Label::new(line).wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let again = primary(ui, "Save and close", BIG_CONTROL, true).on_hover_text("Try to save again, then close.");
        if again.clicked() {
            view.ask(Action::Leave { when_done: false });
        }
        let close = big("Close without saving");
        if ui.add(close).on_hover_text("Discard the newest steps and close the window.").clicked() {
            view.ask(Action::CloseNow);
        }
        let stay = big("Keep open");
        if ui.add(stay).on_hover_text("Close this dialog (Esc).").clicked() {
            view.ask(Action::Stay);
        }
    });
}

/// Asks where the pictures of a run are that could not be resumed without them.
pub(super) fn run_pictures(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Where are the pictures of this run?");
    let line = "The same pictures are recognised in any folder, and the run remembers the new one. If they turn out \
                to be different, you are asked before the run is resumed.";
    weak(ui, line);
    ui.add_space(S);
    const NAME: &str = "Folder of the run's pictures";
    let field = PathEntry { name: NAME, hint: "path of the folder", go: Some("Resume"), browse: Purpose::RunPictures };
    let entered = field.show(ui, view, |form| &mut form.pictures_text);
    // The first pass only finds out how large the dialog is.
    if view.user.dialog_is_new && !ui.is_sizing_pass() {
        view.user.dialog_is_new = false;
        ui.memory_mut(|memory| memory.request_focus(path_field_id(NAME)));
    }
    if let Some(path) = entered {
        let resume = view.user.resume_with(path);
        view.actions.extend(resume);
        view.ask(Action::Dialog(None));
    }
}
