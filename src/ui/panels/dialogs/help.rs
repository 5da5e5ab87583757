//! How it works, what to look for, and the keyboard shortcuts.

use super::parts::{head, width};
use crate::ui::focus::scrolled;
use crate::ui::panels::plot_style;
use crate::ui::shortcuts;
use crate::ui::theme::{self, L, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::weak;
use egui::{Grid, RichText, ScrollArea, Ui};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, 540.0);
    head(ui, view, "Help");
    let height = ui.ctx().content_rect().height() - 160.0;
    scrolled(ui, ScrollArea::vertical().max_height(height).min_scrolled_height(height), |ui| {
        for (title, line) in HELP {
            ui.label(theme::section(*title));
            weak(ui, *line);
        }
        ui.add_space(S);
        ui.label(theme::section("Keyboard shortcuts"));
        Grid::new("shortcuts").num_columns(2).spacing([L, 4.0]).show(ui, |ui| {
            for (keys, does) in shortcuts::listed(view) {
                ui.label(RichText::new(ui.ctx().format_shortcut(&keys)).monospace().color(palette(ui).accent));
                ui.label(does);
                ui.end_row();
            }
        });
    });
}

static HELP: &[(&str, &str)] = &[
    (
        "How it works",
        "Two networks play a game. The generator turns random numbers into pictures; the discriminator guesses \
         whether a picture is real. Each learns from the other's mistakes, and the pictures get better.",
    ),
    (
        "What to look for",
        "Trust the pictures more than the curves. Losses that fluctuate are normal. If the discriminator loss falls \
         to its minimum (the lower dashed line, or 0) and stays there, the discriminator wins too easily: lower its \
         learning rate. If all samples look alike, raise it.",
    ),
    ("Plots", plot_style::KEYS),
    (
        "Nothing is lost",
        "Runs are saved every few epochs, and again when you stop them or close the window. \"Resume a run\" \
         continues exactly where they stopped.",
    ),
];
