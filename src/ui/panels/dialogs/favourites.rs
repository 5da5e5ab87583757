//! All favourites of the generator: found by name, selected, named, put on the canvas, exported, removed.

use super::chooser::Chooser;
use super::parts::{export, head, progress, width};
use crate::engine::{LONGEST_NAME, LONGEST_NOTES, LatentSpec};
use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Favourites, Gesture, MOST};
use crate::ui::focus::scrolled;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, pane, primary, small, weak};
use egui::{Button, Key, Label, Margin, Modifiers, RichText, ScrollArea, TextEdit, Ui, vec2};

/// Width of the dialog and of what stands beside the pictures, in points.
const WIDTH: f32 = 980.0;
const SIDE: f32 = 264.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let screen = ui.ctx().content_rect().size();
    width(ui, WIDTH);
    let count = view.user.explore.favourites.list.len();
    head(ui, view, &format!("{} of this generator", text::of(count, "favourite")));
    let height = (screen.y - 160.0).clamp(200.0, 640.0);
    let room = ui.available_width();
    ui.horizontal_top(|ui| {
        pane(ui, vec2(room - SIDE - S, height), |ui| pictures(ui, view, height));
        pane(ui, vec2(SIDE, height), |ui| {
            scrolled(ui, ScrollArea::vertical().id_salt("favourite").auto_shrink(false), |ui| side(ui, view));
        });
    });
}

fn pictures(ui: &mut Ui, view: &mut View, height: f32) {
    let favourites = &mut view.user.explore.favourites;
    let hint = RichText::new("find a name or a note").color(palette(ui).weak);
    let edit = TextEdit::singleline(&mut favourites.filter).hint_text(hint).margin(Margin::symmetric(8, 5));
    let edit = ui.add(edit.desired_width(ui.available_width() - 16.0));
    edit.accessible_name("Find favourites")
        .on_hover_text("Only favourites whose name or notes contain this are shown.");
    let listed = favourites.listed();
    if listed.is_empty() {
        let line = match favourites.list.is_empty() {
            true => "There are none yet. Press Keep (F) for each picture that you like; it stays on your disk.",
            false => "No name and no note contains this.",
        };
        weak(ui, line);
        return;
    }
    let chooser = Chooser { name: "Favourites", shown: &listed, side: 76.0, height: height - 40.0 };
    let mut chosen = std::mem::take(&mut favourites.chosen);
    let done = chooser.show(ui, view.textures, &mut chosen, |index| {
        favourites.see(index as usize);
        let frame = favourites.list.get(index as usize).and_then(|f| f.frame().cloned());
        (frame, favourites.label(index as usize))
    });
    favourites.chosen = chosen;
    let delete = done.focus && ui.input_mut(|i| i.consume_key(Modifiers::NONE, Key::Delete));
    if delete {
        remove(view);
    }
    if let Some(index) = done.opened {
        go(view, index as usize);
    }
}

/// Positions of the selected ones.
fn selected(favourites: &Favourites) -> Vec<usize> {
    favourites.chosen.chosen().iter().map(|i| *i as usize).filter(|i| *i < favourites.list.len()).collect()
}

fn remove(view: &mut View) {
    let which = selected(&view.user.explore.favourites);
    if !which.is_empty() {
        view.ask(Action::Explore(ExploreAction::RemoveFavourites(which)));
    }
}

/// Shows this favourite large: the dialog closes.
fn go(view: &mut View, index: usize) {
    if let Some(favourite) = view.user.explore.favourites.list.get(index) {
        let spec = LatentSpec::Latent(favourite.kept.latent.clone());
        view.ask(Action::Explore(ExploreAction::Go(spec, Gesture::Single)));
        view.ask(Action::Dialog(None));
    }
}

/// What can be done with those that are selected.
fn side(ui: &mut Ui, view: &mut View) {
    if let Some(failure) = &view.user.explore.favourites.store.failure {
        ui.add(Label::new(RichText::new(text::sentence(failure)).color(palette(ui).bad)).wrap());
    }
    let which = selected(&view.user.explore.favourites);
    match which[..] {
        [] => _ = weak(ui, "Click one to name it. Ctrl with a click selects one more, Shift a range, Ctrl+A all."),
        [one] => describe(ui, view, one),
        _ => _ = ui.label(theme::section(format!("{} selected", text::count(which.len() as u64)))),
    }
    ui.add_space(S);
    buttons(ui, view, &which);
    ui.add_space(S);
    ui.separator();
    if let Some(exporting) = view.state.explore.exporting {
        return progress(ui, view, exporting, "pictures");
    }
    // Of several selected ones those, as `wanted` has it.
    let all = view.user.explore.favourites.list.len();
    let count = if which.len() > 1 { which.len() } else { all };
    export(ui, view, count, |view| view.user.explore.favourites.wanted());
}

/// Name, notes and facts of one.
fn describe(ui: &mut Ui, view: &mut View, index: usize) {
    let favourites = &mut view.user.explore.favourites;
    let label = favourites.label(index);
    let Some(typed) = favourites.describe(index) else { return };
    ui.label("Name");
    let name = TextEdit::singleline(&mut typed.name).char_limit(LONGEST_NAME).margin(Margin::symmetric(8, 5));
    let name = ui.add(name.desired_width(ui.available_width() - 16.0)).accessible_name("Name of the favourite");
    ui.label("Notes");
    let notes = TextEdit::multiline(&mut typed.notes).char_limit(LONGEST_NOTES).margin(Margin::symmetric(8, 5));
    let notes = notes.desired_rows(4).desired_width(ui.available_width() - 16.0);
    let notes = ui.add(notes).accessible_name("Notes about the favourite");
    let done = name.lost_focus() || notes.lost_focus();
    name.on_hover_text("What you call it. It is part of the file name when you export it.");
    notes.on_hover_text("Anything you want to remember about it. Notes are exported, too.");
    if done {
        favourites.described();
    }
    let kept = favourites.list[index].kept.clone();
    let mut facts = Vec::new();
    if kept.step > 0 {
        facts.push(format!("kept at step {}", text::count(kept.step)));
    }
    if kept.kept_at > 0 {
        facts.push(text::age(view.unix_now.saturating_sub(kept.kept_at)));
    }
    small(ui, facts.join(" · "));
    let tip = format!("Show {label} large, and move on from there (Enter, or a double click).");
    if primary(ui, "Go there", BIG_CONTROL, true).on_hover_text(tip).clicked() {
        go(view, index);
    }
}

fn buttons(ui: &mut Ui, view: &mut View, which: &[usize]) {
    let favourites = &view.user.explore.favourites;
    let (some, can_undo) = (!which.is_empty(), favourites.can_undo_remove());
    let on = some && which.iter().all(|i| favourites.list[*i].at.is_some());
    let full = !on && favourites.on_canvas().count() >= MOST;
    ui.horizontal_wrapped(|ui| {
        let label = if on { "Take off the canvas" } else { "Put on the canvas" };
        let tip = "Between the favourites on the canvas you can move; eight have room there.";
        let why = if full { "The canvas is full: take one off first." } else { "Select favourites first." };
        let place = ui.add_enabled(some && !full, Button::new(label));
        if place.on_hover_text(tip).disabled_because(why).clicked() {
            view.user.explore.favourites.place(which, !on);
        }
        let removed = ui.add_enabled(some, Button::new("Remove"));
        let removed = removed.on_hover_text("Keep the selected ones no longer (Delete). Undo brings them back.");
        let undo = ui.add_enabled(can_undo, Button::new("Undo"));
        let undo = undo.on_hover_text("Bring back what was removed last.").disabled_because("Nothing was removed.");
        if undo.clicked() {
            view.ask(Action::Explore(ExploreAction::UndoRemove));
        }
        if removed.disabled_because("Select favourites first.").clicked() {
            remove(view);
        }
    });
}
