//! What happened, newest at the bottom.

use crate::engine::Level;
use crate::ui::action::Action;
use crate::ui::state::Line;
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::view::View;
use crate::ui::widgets::{at_right, icon_button, segmented};
use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, vec2};

const LEVELS: [Level; 3] = [Level::Info, Level::Warning, Level::Error];

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        ui.horizontal(|ui| {
            ui.label(theme::section("Log"));
            let chosen = LEVELS.iter().position(|l| *l == view.user.log_level).unwrap_or(0);
            let tips = ["Show all lines.", "Show warnings and errors.", "Show errors only."];
            if let Some(i) = segmented(ui, "Log level", &["All", "Warnings", "Errors"], chosen, &tips) {
                view.user.log_level = LEVELS[i];
            }
            at_right(ui, |ui| {
                let copy = ui.button("Copy all").on_hover_text("Copy these lines, for example into a bug report.");
                if copy.clicked() {
                    let lines: Vec<String> = visible(view).map(plain).collect();
                    view.ask(Action::Copy(lines.join("\n")));
                }
                if icon_button(ui, "×", "Hide the log", "Hide the log (Ctrl+L).", None).clicked() {
                    view.ask(Action::ToggleLog);
                }
            });
        });
        lines(ui, view);
    });
}

fn visible<'a>(view: &'a View) -> impl DoubleEndedIterator<Item = &'a Line> {
    let least = rank(view.user.log_level);
    view.state.log.lines().filter(move |line| rank(line.level) >= least)
}

fn rank(level: Level) -> u8 {
    match level {
        Level::Info | Level::Good => 0,
        Level::Warning => 1,
        Level::Error => 2,
    }
}

fn plain(line: &Line) -> String {
    format!("{} {:?} {}", text::clock(line.at), line.level, line.text)
}

fn lines(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    let shown: Vec<&Line> = visible(view).collect();
    if shown.is_empty() {
        ui.colored_label(p.weak, "Nothing yet. Messages appear here.");
        return;
    }
    let height = 20.0;
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().stick_to_bottom(true).auto_shrink(false).show_rows(ui, height, shown.len(), |ui, rows| {
        for line in &shown[rows] {
            ui.allocate_ui_with_layout(
                vec2(ui.available_width(), height),
                Layout::left_to_right(Align::Center),
                |ui| {
                    ui.add(Label::new(RichText::new(text::clock(line.at)).monospace().color(p.weak)));
                    ui.label(RichText::new("●").size(10.0).color(p.level(line.level)));
                    let colour = if line.level == Level::Error { p.bad } else { p.text };
                    ui.add(Label::new(RichText::new(&line.text).size(13.0).color(colour)).truncate().selectable(true));
                },
            );
        }
    });
}
