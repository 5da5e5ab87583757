//! The prepared pictures: what they are in words, filters, the grid, and what can be done with those selected.

mod advice;
mod bar;
mod chips;
mod grid;
mod menu;
mod tile;

use crate::engine::DatasetReport;
use crate::ui::curation::{Side, verdict};
use crate::ui::focus::scrolled;
use crate::ui::text;
use crate::ui::theme::{CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{pane, weak};
use egui::{Button, Label, RichText, ScrollArea, Ui, vec2};

/// The least height of the grid, in points.
const GRID: f32 = 112.0;

pub(super) fn show(ui: &mut Ui, view: &mut View, report: &DatasetReport) {
    if view.user.curation.pictures().is_none() {
        weak(ui, "These pictures have no previews.");
        return;
    }
    ui.spacing_mut().item_spacing.y = XS;
    let room = ui.available_height();
    // In a low window the words can be scrolled, so that the pictures keep some room.
    let most = (room - bar::HEIGHT - S - GRID).max(CONTROL);
    let area = ScrollArea::vertical().id_salt("words about the pictures").max_height(most).min_scrolled_height(most);
    scrolled(ui, area, |ui| {
        words(ui, view, report, room);
        chips::show(ui, view);
    });
    let space = ui.available_size();
    pane(ui, vec2(space.x, (space.y - bar::HEIGHT - S).max(GRID)), |ui| grid::show(ui, view));
    bar::show(ui, view);
}

/// What the pictures are, and what was decided for all of them.
fn words(ui: &mut Ui, view: &mut View, report: &DatasetReport, room: f32) {
    let p = palette(ui);
    advice::show(ui, view, report, room);
    let counts = RichText::new(verdict(view.user.curation.counts())).size(12.0).color(p.weak);
    let counts = ui.add(Label::new(counts).wrap());
    if let Some(faces) = &report.faces {
        counts.on_hover_text(&faces.text);
    }
    for notice in &report.notices {
        ui.add(Label::new(RichText::new(notice).size(12.0).color(p.warn)).wrap());
    }
    let unused = report.skipped.len();
    if unused > 0 && view.user.curation.side != Side::Preparation {
        let (files, are) = (text::of(unused, "file"), if unused == 1 { "is" } else { "are" });
        let button = Button::new(RichText::new(format!("{files} {are} not used")).size(12.0)).frame(false);
        if ui.add(button).on_hover_text("List them with the reasons, beside the preparation.").clicked() {
            view.user.curation.side = Side::Preparation;
        }
    }
    if view.state.busy() {
        let line = "The run in progress keeps the pictures it began with. Changes here count for the next run.";
        ui.add(Label::new(RichText::new(line).size(12.0).color(p.warn)).wrap());
    }
}
