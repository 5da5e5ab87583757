//! What lies on top of the window: dialogs, "Saving…", and the target for a file that is dropped.

mod blend;
mod cat;
mod chooser;
mod compare;
mod discover;
mod evaluate;
mod favourites;
mod film;
mod generator;
mod help;
mod parts;
mod photo;
mod picture;
mod questions;
mod queue;
mod run;
mod sharpen;
mod tile;

use crate::engine::Level;
use crate::ui::action::{Action, Dialog};
use crate::ui::focus::scrolled;
use crate::ui::theme::{self, M, S, palette};
use crate::ui::view::View;
use egui::{Align2, Event, FontId, Id, Key, Label, Modal, Order, RichText, Stroke, StrokeKind, Ui};

/// Seconds of saving after which the window may be closed without waiting.
const PATIENCE: f64 = 20.0;
/// Room that a dialog's frame and the window around it need, above and below together, in points.
const AROUND: f32 = 72.0;

/// The dialog that is open, if any.
pub(crate) fn show(ui: &mut Ui, view: &mut View) {
    let Some(dialog) = view.user.dialog else { return };
    let frame = theme::card(ui).inner_margin(20).corner_radius(14);
    // Escape ends typing first.
    let typing = view.user.keyboard.typing && ui.input(|i| i.key_pressed(Key::Escape));
    let response = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        if dialog == Dialog::Photo {
            // It fits itself into any window, and its wheel zooms.
            return photo::show(ui, view);
        }
        // What is higher than the window is scrolled.
        let room = (ui.ctx().content_rect().height() - AROUND).max(120.0);
        scrolled(ui, parts::scroll(room).id_salt("dialog"), |ui| content(ui, view, dialog));
    });
    view.user.dialog_typed |= ui.ctx().text_edit_focused() && ui.input(|i| i.events.iter().any(types));
    // Beside it: what was typed is not given up by a click that went astray.
    if response.backdrop_response.clicked() && view.user.dialog_typed {
        let text = "Close the dialog with Esc or ×. What you typed is still there.".to_owned();
        return view.ask(Action::Toast(Level::Info, text));
    }
    if response.should_close() && !typing && view.user.dialog == Some(dialog) {
        view.ask(if dialog == Dialog::ConfirmClose { Action::Stay } else { Action::Dialog(None) });
    }
}

/// What the dialog consists of.
fn content(ui: &mut Ui, view: &mut View, dialog: Dialog) {
    match dialog {
        Dialog::Photo => {}
        Dialog::Help => help::show(ui, view),
        Dialog::ConfirmStop => questions::stop(ui, view),
        Dialog::DescribeRun => run::describe(ui, view),
        Dialog::Compare => compare::show(ui, view),
        Dialog::Queue => queue::show(ui, view),
        Dialog::Story => run::story(ui, view),
        Dialog::ConfirmBin => run::bin(ui, view),
        Dialog::ConfirmClose => questions::close(ui, view),
        Dialog::RunPictures => questions::run_pictures(ui, view),
        Dialog::Tile(tile) => tile::show(ui, view, tile),
        Dialog::Evaluate => evaluate::show(ui, view),
        Dialog::OpenModel => generator::open(ui, view),
        Dialog::Sharpen => sharpen::show(ui, view),
        Dialog::Export => generator::export(ui, view),
        Dialog::Blend => blend::show(ui, view),
        Dialog::SaveOptions => picture::save(ui, view),
        Dialog::Search => cat::show(ui, view),
        Dialog::Film => film::show(ui, view),
        Dialog::Favourites => favourites::show(ui, view),
        Dialog::Curator => discover::curator(ui, view),
        Dialog::Neighbours => discover::neighbours(ui, view),
    }
}

/// Whether this changes a text that has the keyboard.
fn types(event: &Event) -> bool {
    let removes = |key: &Key| matches!(key, Key::Backspace | Key::Delete);
    match event {
        Event::Text(_) | Event::Paste(_) | Event::Cut => true,
        Event::Key { key, pressed, .. } => *pressed && removes(key),
        _ => false,
    }
}

/// Shown while the worker saves before the window closes; `since` is when that began.
pub(crate) fn saving(ui: &mut Ui, view: &mut View, since: f64) {
    let run = view.state.busy();
    let frame = theme::card(ui).inner_margin(24).corner_radius(14);
    Modal::new(Id::unique("saving")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(22.0).color(palette(ui).accent));
            ui.label(theme::heading(if run { "Saving…" } else { "Closing…" }));
        });
        if !run {
            ui.label("Waiting for the current work to end.");
        } else {
            ui.add(Label::new("The run is being saved. The window closes by itself when that is done.").wrap());
        }
        if view.now - since > PATIENCE {
            ui.add_space(S);
            let line = "This is taking a long time. If you close now, the run resumes from the previous checkpoint.";
            ui.add(Label::new(RichText::new(line).color(palette(ui).warn)).wrap());
            if ui.button("Close without saving").on_hover_text("Work since the last checkpoint is lost.").clicked() {
                view.ask(Action::CloseNow);
            }
        }
    });
}

/// Covers the window while a file or folder is held over it.
pub(crate) fn drop_target(ui: &Ui, exploring: bool) {
    if ui.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let p = palette(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop")));
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, p.background.gamma_multiply(0.92));
    painter.rect_stroke(rect.shrink(M), 16.0, Stroke::new(2.0, p.accent), StrokeKind::Inside);
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        if exploring {
            "Drop a saved picture to go to its point in latent space"
        } else {
            "Drop the folder to open it"
        },
        FontId::proportional(24.0),
        p.text,
    );
}
