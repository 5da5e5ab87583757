//! The name and the notes of a run, and the question before it goes to the bin.

use super::parts::{WIDTH, head, width};
use crate::engine::{LONGEST_RUN_NAME, LONGEST_RUN_NOTES};
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::panels::run_title;
use crate::ui::theme::{self, BIG_CONTROL, S};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, primary, small};
use egui::{Id, Key, Label, Margin, TextEdit, Ui};

pub(super) fn describe(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Name and notes of the run");
    let Some(form) = &mut view.user.run_form else { return view.ask(Action::Dialog(None)) };
    let room = ui.available_width() - 16.0;
    ui.label("Name");
    let name = TextEdit::singleline(&mut form.about.name).char_limit(LONGEST_RUN_NAME).margin(Margin::symmetric(8, 5));
    let name = ui.add(name.id(Id::unique("run name")).desired_width(room)).accessible_name("Name of the run");
    let entered = name.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
    name.on_hover_text("What the run is called in this window. Empty: as its folder.");
    ui.label("Notes");
    let notes =
        TextEdit::multiline(&mut form.about.notes).char_limit(LONGEST_RUN_NOTES).margin(Margin::symmetric(8, 5));
    let notes = ui.add(notes.desired_rows(5).desired_width(room)).accessible_name("Notes about the run");
    notes.on_hover_text("What you want to remember: what was tried, what came of it.");
    small(ui, format!("Both are kept in {}; the folder keeps its own name.", printable::path(&form.path)));
    // The first pass only finds out how large the dialog is.
    if view.user.dialog_is_new && !ui.is_sizing_pass() {
        view.user.dialog_is_new = false;
        ui.memory_mut(|memory| memory.request_focus(Id::unique("run name")));
    }
    ui.add_space(S);
    ui.horizontal(|ui| {
        let save = primary(ui, "Save", BIG_CONTROL, true).on_hover_text("Keep the name and the notes (Enter).");
        if save.clicked() || entered {
            view.ask(Action::SaveRunForm);
        }
        if ui.add(big("Cancel")).on_hover_text("Leave them as they were (Esc).").clicked() {
            view.ask(Action::Dialog(None));
        }
    });
}

pub(super) fn story(ui: &mut Ui, view: &mut View) {
    let Some(run) = view.user.run_form.clone() else { return view.ask(Action::Dialog(None)) };
    width(ui, WIDTH);
    head(ui, view, "Story of the run");
    let line = format!(
        "A page for any browser, to give away or to teach with: how {} learned, moment by moment, the losses with what \
         was changed, and the recipe. It needs no network. Your photos are not on it.",
        run_title(&run)
    );
    ui.add(Label::new(line).wrap());
    ui.add_space(S);
    let field = PathEntry { name: "Page", hint: "story.html", go: None, browse: Purpose::StoryFile };
    field.show(ui, view, |form| &mut form.story_text);
    ui.add_space(S);
    let ready = !view.user.story_text.trim().is_empty();
    let tip = "Nothing is overwritten: if the name is taken, a number is added.";
    let write = primary(ui, "Write the page", BIG_CONTROL, ready).on_hover_text(tip);
    if write.disabled_because("Enter a file name.").clicked() {
        view.ask(Action::WriteStory);
    }
}

pub(super) fn bin(ui: &mut Ui, view: &mut View) {
    let Some(run) = view.user.run_form.clone() else { return view.ask(Action::Dialog(None)) };
    width(ui, WIDTH);
    ui.label(theme::heading("Move this run to the bin?"));
    let line = format!(
        "{} with its checkpoints, samples and favourites. It stays in the system's bin until you empty that. Your \
         photos are not touched.",
        run_title(&run)
    );
    ui.add(Label::new(line).wrap());
    small(ui, printable::path(&run.path));
    ui.add_space(S);
    ui.horizontal(|ui| {
        let yes = primary(ui, "Move to the bin", BIG_CONTROL, true).on_hover_text("Take the run off the list (Enter).");
        let entered = ui.input(|i| i.key_pressed(Key::Enter)) && ui.memory(|m| m.focused().is_none());
        if yes.clicked() || entered {
            view.ask(Action::BinRun);
        }
        if ui.add(big("Keep it")).on_hover_text("Close this dialog (Esc).").clicked() {
            view.ask(Action::Dialog(None));
        }
    });
}
