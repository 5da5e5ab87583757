//! What the guardian finds wrong with the run: what is seen, what it means, and one change that may help. One quiet line
//! while all is well.

use super::View;
use crate::engine::{Finding, Severity, Suggestion};
use crate::ui::action::Action;
use crate::ui::text;
use crate::ui::theme::{self, CONTROL, M, S, palette};
use crate::ui::widgets::{primary, status_dot};
use egui::accesskit::Role;
use egui::{Label, RichText, ScrollArea, Ui, WidgetInfo, vec2};

/// The most that findings take away from pictures and plots, in points and as a share of the window.
const HEIGHT: f32 = 180.0;
const SHARE: f32 = 0.3;
/// Steps before which the guardian cannot have found anything: it ignores the start, and then it is patient.
const EARLY: u64 = 600;

/// Whether there is anything to watch.
pub fn needed(view: &View) -> bool {
    view.state.live() && view.state.run.as_ref().is_some_and(|run| run.info.is_some())
}

pub fn show(ui: &mut Ui, view: &mut View) {
    let Some(run) = &view.state.run else { return };
    let open: Vec<Finding> = run.open_findings().cloned().collect();
    if open.is_empty() {
        quiet(ui, run.findings.len(), run.step());
        return;
    }
    let room = (ui.ctx().content_rect().height() * SHARE).min(HEIGHT);
    ScrollArea::vertical().id_salt("coach").max_height(room).auto_shrink([false, true]).show(ui, |ui| {
        for finding in &open {
            card(ui, view, finding);
        }
    });
}

fn quiet(ui: &mut Ui, put_away: usize, step: u64) {
    let p = palette(ui);
    let (colour, line) = match (put_away, step) {
        (0, ..EARLY) => (p.weak, "Coach: too early to tell. The first steps are always wild.".to_owned()),
        (0, _) => (p.good, "Coach: the training looks healthy.".to_owned()),
        (n, _) => (p.warn, format!("Coach: {} dismissed.", text::of(n, "finding"))),
    };
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 20.0),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.add_space(M - 4.0);
            status_dot(ui, colour);
            ui.add(Label::new(RichText::new(line).size(12.0).color(p.weak)).truncate());
        },
    );
}

fn card(ui: &mut Ui, view: &mut View, finding: &Finding) {
    let p = palette(ui);
    let (colour, word) = match finding.severity {
        Severity::Warning => (p.warn, "Warning"),
        Severity::Alarm => (p.bad, "Alarm"),
    };
    theme::note(ui, colour).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        ui.horizontal_wrapped(|ui| {
            ui.label(theme::bold(format!("▲ {word}: {}.", finding.kind.title())).color(colour));
            let since = format!("Since step {}.", text::count(finding.since_step));
            ui.label(RichText::new(since).size(12.0).color(p.weak));
        });
        ui.add(Label::new(&finding.text).wrap().selectable(true));
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = S;
            suggestion(ui, view, finding);
            let tip = "Put this away. It comes back if it gets worse, or goes away and comes again.";
            let response = ui.button("Dismiss").on_hover_text(tip);
            let name = format!("Dismiss: {}", finding.kind.title());
            response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
            if response.clicked() {
                view.ask(Action::Dismiss(finding.clone()));
            }
        });
    });
}

fn suggestion(ui: &mut Ui, view: &mut View, finding: &Finding) {
    let words = finding.suggestion.words();
    if let Suggestion::Advice(advice) = &finding.suggestion {
        ui.add(Label::new(RichText::new(advice).color(palette(ui).weak)).wrap());
        return;
    }
    let tip = match &finding.suggestion {
        Suggestion::RollBack { .. } => format!("{words}. Newer checkpoints are set aside, not deleted."),
        _ => format!("{words}, from the next step on. Ctrl+Z takes it back."),
    };
    let response = primary(ui, "Apply", CONTROL, true).on_hover_text(tip);
    let name = format!("Apply: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.clicked() {
        view.ask(Action::Follow(finding.suggestion.clone()));
    }
    ui.add(Label::new(words).wrap());
}
