//! How the pictures are prepared, what was noticed, which files are not used and why, and the faces as files.

use super::path_entry::PathEntry;
use super::{foot, recipe};
use crate::config::DATA;
use crate::engine::DatasetReport;
use crate::printable;
use crate::ui::action::{Action, Purpose};
use crate::ui::curation::CurationAction;
use crate::ui::focus::scrolled;
use crate::ui::text;
use crate::ui::theme::{self, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{ParamRow, at_right, chip, ends, pane, small};
use egui::{Label, RichText, ScrollArea, Ui, vec2};
use std::path::Path;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let height = ui.available_height() - foot::height(ui, view);
        pane(ui, vec2(ui.available_width(), height), |ui| {
            scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
                recipe::header(ui, view);
                details(ui, view);
            });
        });
        foot::show(ui, view);
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

fn details(ui: &mut Ui, view: &mut View) {
    settings(ui, view);
    let Some(report) = view.state.last_report.clone() else { return };
    ui.add_space(S);
    facts(ui, &report);
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
    skipped(ui, view, &report);
    landmarks(ui, view);
}

fn note_line(ui: &mut Ui, label: &str, count: usize) {
    let left = |ui: &mut Ui, _: &mut ()| {
        ui.add(Label::new(RichText::new(label).size(13.0).color(palette(ui).weak)).truncate());
    };
    ends(ui, 20.0, &mut (), left, |ui, ()| {
        ui.label(RichText::new(text::count(count as u64)).size(13.0));
    });
}

fn settings(ui: &mut Ui, view: &mut View) {
    let baseline = crate::config::DataConfig { source: view.user.config.data.source.clone(), ..Default::default() };
    let mut data = view.user.config.data.clone();
    let fault = view.user.fault();
    let mut changed = false;
    let (explain, locked) =
        (view.user.explain, view.state.beginning().then_some("A run with these pictures is about to begin."));
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
        ui.label(theme::section("Files not used"));
        at_right(ui, |ui| {
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

/// The faces as files that other programs and this one read.
fn landmarks(ui: &mut Ui, view: &mut View) {
    ui.add_space(S);
    ui.label(theme::section("Faces as .cat files"));
    small(ui, "Writes where the eyes are, one small file for each photo, below a folder of your choice.");
    let (name, hint) = ("Folder for .cat files", "a folder");
    let field = PathEntry { name, hint, go: Some("Write"), browse: Purpose::Landmarks };
    if let Some(folder) = field.show(ui, view, |form| &mut form.curation.landmarks_text) {
        view.ask(Action::Curate(CurationAction::WriteLandmarks(folder)));
    }
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
