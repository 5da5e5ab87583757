//! The pictures: how many, how they look to the networks, what was skipped and why, and how they are prepared.

use crate::config::DATA;
use crate::engine::{DatasetReport, RunState};
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::logo;
use crate::ui::state::DatasetState;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, M, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{ImageGrid, ParamRow, chip, pane, primary};
use egui::{Align, Label, Layout, ProgressBar, RichText, ScrollArea, Ui, vec2};
use std::path::Path;
use std::sync::Arc;

/// Below this width the two columns stand below each other.
const TWO_COLUMNS: f32 = 560.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).inner_margin(16).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        match view.state.dataset.clone() {
            DatasetState::Unknown => nothing(ui, view),
            DatasetState::Scanning(progress) => {
                header(ui, view, &view.user.config.data.source.name());
                let (done, total) = progress.map_or((0, 0), |p| (p.done, p.total));
                scanning(ui, view, done, total);
            }
            DatasetState::Failed(reason) => {
                header(ui, view, &view.user.config.data.source.name());
                failed(ui, view, &reason);
            }
            DatasetState::Ready(report) => {
                header(ui, view, &report.name);
                ready(ui, view, &report);
            }
        }
    });
}

fn header(ui: &mut Ui, view: &mut View, name: &str) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, 32.0), Layout::right_to_left(Align::Center), |ui| {
        ui.add_enabled_ui(!view.state.busy(), |ui| {
            if ui.button("Other pictures…").on_hover_text("Choose another folder (Ctrl+O).").clicked() {
                view.ask(Action::Browse(Purpose::Pictures));
            }
            if ui.button("Rescan").on_hover_text("Read the folder again, after you changed files in it.").clicked() {
                view.ask(Action::RescanNow);
            }
        });
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            let title = ui.add(Label::new(theme::heading(name)).truncate());
            if let crate::config::DataSource::Folder(path) = &view.user.config.data.source {
                title.on_hover_text(printable::path(path));
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
        if ui.button("Try the demo cats").on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}

fn scanning(ui: &mut Ui, view: &mut View, done: usize, total: usize) {
    let line = match total {
        0 => "Looking for pictures…".to_owned(),
        _ => format!("{} of {}", text::count(done as u64), text::of(total, "picture")),
    };
    empty(ui, "Preparing pictures", &line, |ui| {
        let fraction = if total == 0 { 0.0 } else { done as f32 / total as f32 };
        ui.add(ProgressBar::new(fraction).desired_width(320.0).desired_height(8.0));
        ui.add_space(S);
        // They may be for a run that waits for them: then it is given up, too.
        let run = view.state.run_state == RunState::Preparing;
        if (run || !view.state.busy())
            && ui.button("Cancel").on_hover_text("Cancel preparing these pictures.").clicked()
        {
            view.ask(if run { Action::Stop } else { Action::CancelScan });
        }
    });
}

fn failed(ui: &mut Ui, view: &mut View, reason: &str) {
    empty(ui, "These pictures cannot be used", reason, |ui| {
        if primary(ui, "Open another folder…", BIG_CONTROL, true).on_hover_text("Choose a folder (Ctrl+O).").clicked()
        {
            view.ask(Action::Browse(Purpose::Pictures));
        }
        if ui.button("Try the demo cats").on_hover_text("Nothing is downloaded (Ctrl+D).").clicked() {
            view.ask(Action::OpenDemo);
        }
    });
}

fn ready(ui: &mut Ui, view: &mut View, report: &Arc<DatasetReport>) {
    facts(ui, report);
    ui.add_space(XS);
    let space = ui.available_size();
    if space.x < TWO_COLUMNS {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            thumbnails(ui, view, report, vec2(ui.available_width(), 280.0));
            details(ui, view, report);
        });
        return;
    }
    let left = (space.x * 0.56).min(space.y * 1.15);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = M;
        ui.vertical(|ui| {
            ui.set_width(left);
            thumbnails(ui, view, report, vec2(left, space.y));
        });
        ui.vertical(|ui| {
            ScrollArea::vertical().auto_shrink(false).show(ui, |ui| details(ui, view, report));
        });
    });
}

fn facts(ui: &mut Ui, report: &DatasetReport) {
    let p = palette(ui);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = XS;
        chip(ui, text::of(report.usable, "picture"), p.good).on_hover_text("Pictures that the networks learn from.");
        let skipped = report.skipped.len();
        if skipped > 0 {
            chip(ui, format!("{} left out", text::count(skipped as u64)), p.warn)
                .on_hover_text("Files and whole folders that are not used. The list gives the reasons.");
        }
        chip(ui, format!("{0} × {0} px", report.size), p.weak)
            .on_hover_text("The size at which the networks see them.");
        if let (Some(small), Some(large)) = (report.smallest, report.largest) {
            let [low, high] = [small, large].map(|(width, height)| format!("{width}×{height}"));
            let text = if low == high { format!("originals {low}") } else { format!("originals {low} to {high}") };
            chip(ui, text, p.weak).on_hover_text("Sizes of the smallest and the largest original.");
        }
        let time = if report.from_cache { "from the cache" } else { "prepared" };
        chip(ui, format!("{time}, {:.1} s", report.seconds), p.weak)
            .on_hover_text("Prepared pictures are cached outside your folder, so the next start is instant.");
    });
}

fn thumbnails(ui: &mut Ui, view: &mut View, report: &Arc<DatasetReport>, space: egui::Vec2) {
    let Some((texture, layout)) = view.textures.thumbnails(ui.ctx(), report) else {
        ui.colored_label(palette(ui).weak, "No previews.");
        return;
    };
    egui::Frame::new().fill(palette(ui).backdrop).corner_radius(8).inner_margin(XS).show(ui, |ui| {
        let space = space - egui::Vec2::splat(2.0 * XS);
        let name = format!("{} of the pictures as the networks see them", layout.count);
        let grid = ImageGrid { texture: &texture, layout, name, clickable: false };
        let (response, _) = grid.show(ui, space);
        response.on_hover_text("Some of the pictures, as the networks see them.");
    });
}

fn details(ui: &mut Ui, view: &mut View, report: &DatasetReport) {
    ui.label(theme::section("Preparation"));
    settings(ui, view);
    if !report.notes.is_empty() || !report.notices.is_empty() {
        ui.add_space(S);
        ui.label(theme::section("Notes"));
        for notice in &report.notices {
            ui.add(Label::new(RichText::new(notice).size(13.0).color(palette(ui).warn)).wrap());
        }
        for (label, count) in &report.notes {
            note_line(ui, label, *count);
        }
    }
    skipped(ui, view, report);
}

fn note_line(ui: &mut Ui, label: &str, count: usize) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 20.0), Layout::right_to_left(Align::Center), |ui| {
        ui.label(RichText::new(text::count(count as u64)).size(13.0));
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add(Label::new(RichText::new(label).size(13.0).color(palette(ui).weak)).truncate());
        });
    });
}

fn settings(ui: &mut Ui, view: &mut View) {
    let baseline = crate::config::DataConfig { source: view.user.config.data.source.clone(), ..Default::default() };
    let mut data = view.user.config.data.clone();
    let fault = view.user.fault();
    let mut changed = false;
    let (explain, locked) =
        (view.user.explain, view.state.busy().then_some("A run with these pictures is in progress."));
    for param in DATA {
        // Settings of the demo cats say nothing about a folder, and a folder's nothing about them.
        if param.key.starts_with("demo") != view.user.source_is_demo() && param.key.starts_with("demo") {
            continue;
        }
        let error = fault.as_ref().filter(|e| e.key == param.key).map(|e| e.reason.as_str());
        let row = ParamRow { param, baseline: &baseline, explain, error, locked, unused: None };
        changed |= row.show(ui, &mut data);
    }
    if changed {
        view.user.config.data = data;
        view.ask(Action::DataChanged);
    }
}

fn skipped(ui: &mut Ui, view: &mut View, report: &DatasetReport) {
    if report.skipped.is_empty() {
        return;
    }
    let p = palette(ui);
    ui.add_space(S);
    ui.horizontal(|ui| {
        ui.label(theme::section("Left out"));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.button("Copy list").on_hover_text("Copy all paths and reasons.").clicked() {
                let lines: Vec<String> =
                    report.skipped.iter().map(|s| format!("{}\t{}", printable::path(&s.path), s.reason)).collect();
                view.ask(Action::Copy(lines.join("\n")));
            }
        });
    });
    ui.label(RichText::new("These files stay where they are, unchanged.").size(12.0).color(p.weak));
    theme::well(ui).show(ui, |ui| {
        // The names' line, the reasons' line, and room for the letters that rise above theirs.
        let height = 2.0 + 36.0;
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().id_salt("skipped").max_height(5.5 * height).auto_shrink([false, true]).show_rows(
            ui,
            height,
            report.skipped.len(),
            |ui, rows| {
                for file in &report.skipped[rows] {
                    pane(ui, vec2(ui.available_width(), height), |ui| {
                        ui.add_space(2.0);
                        ui.add(Label::new(RichText::new(below(report, &file.path)).size(13.0)).truncate())
                            .on_hover_text(printable::path(&file.path));
                        ui.add(
                            Label::new(RichText::new(&file.reason).size(12.0).color(p.warn))
                                .truncate()
                                .selectable(true),
                        );
                    });
                }
            },
        );
    });
}

/// Where it lies below the folder of the pictures: `resources` alone would say little.
fn below(report: &DatasetReport, path: &Path) -> String {
    let inside = report
        .folder
        .as_ref()
        .and_then(|folder| path.strip_prefix(folder).ok())
        .filter(|inside| *inside != Path::new(""));
    printable::path(inside.unwrap_or(path))
}
