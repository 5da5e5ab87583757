//! What the guardian finds wrong with the run: what is seen, what it means, and one change that may help. One quiet
//! line while all is well.

use crate::engine::{Finding, FindingKind, RunEnd, Severity, Suggestion};
use crate::ui::action::Action;
use crate::ui::focus::scrolled;
use crate::ui::text;
use crate::ui::theme::{self, CONTROL, M, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, brief, primary, status_dot, weak};
use egui::accesskit::Role;
use egui::{Label, RichText, ScrollArea, Ui, WidgetInfo, vec2};
use std::ops::RangeInclusive;

/// The least and the most that findings take away from pictures and plots, in points, and the room in points that
/// belongs to those first. What needs more is scrolled.
const HEIGHT: RangeInclusive<f32> = 84.0..=180.0;
const OTHERS: f32 = 370.0;
/// Steps before which the guardian cannot have found anything: it ignores the start, and then it is patient.
const EARLY: u64 = 600;

/// Whether there is anything to watch, or left to say after a run that ended in trouble.
pub(crate) fn needed(view: &View) -> bool {
    let Some(run) = view.state.run.as_ref().filter(|run| run.info.is_some()) else { return false };
    view.state.follows() || after_the_end(view) && run.open_findings().next().is_some()
}

/// The guardian ended the run: what it found last can still be answered.
fn after_the_end(view: &View) -> bool {
    let run = view.state.run.as_ref();
    !view.state.busy() && run.is_some_and(|run| matches!(run.end, Some(RunEnd::Diverged { .. })))
}

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let Some(run) = &view.state.run else { return };
    let open: Vec<Finding> = run.open_findings().cloned().collect();
    if open.is_empty() {
        quiet(ui, run.findings.len(), run.step(), &run.unwatched());
        return;
    }
    let room = (ui.ctx().content_rect().height() - OTHERS).clamp(*HEIGHT.start(), *HEIGHT.end());
    scrolled(ui, ScrollArea::vertical().id_salt("coach").max_height(room).auto_shrink([false, true]), |ui| {
        for finding in &open {
            card(ui, view, finding);
        }
    });
}

fn quiet(ui: &mut Ui, put_away: usize, step: u64, unwatched: &[(FindingKind, String)]) {
    let p = palette(ui);
    let (colour, line) = match (put_away, step) {
        (0, ..EARLY) => (p.weak, "Coach: too early to tell. The first steps are always unstable.".to_owned()),
        (0, _) if unwatched.is_empty() => (p.good, "Coach: training looks healthy.".to_owned()),
        (0, _) => {
            let unwatched: Vec<_> = unwatched.iter().map(|(kind, why)| format!("{} ({why})", kind.noun())).collect();
            (p.good, format!("Coach: training looks healthy. Not monitored: {}.", unwatched.join(", ")))
        }
        (n, _) => (p.warn, format!("Coach: {} dismissed.", text::of(n, "finding"))),
    };
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 20.0),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| {
            ui.add_space(M - 4.0);
            status_dot(ui, colour);
            brief(ui, line);
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
            let tip = "Dismiss. It reappears if the problem gets worse or returns.";
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
        weak(ui, advice);
        return;
    }
    let ended = after_the_end(view);
    let back = matches!(finding.suggestion, Suggestion::RollBack { .. });
    let tip = match (back, ended) {
        (true, false) => {
            "Saves the current state, then rolls back. Newer checkpoints are set aside in the run folder until \
             training has come as far again."
        }
        (true, true) => {
            "Resumes the run there. Newer checkpoints are set aside in the run folder until training has come as far \
             again."
        }
        (false, false) => "Takes effect at the next step. Ctrl+Z undoes it.",
        (false, true) => "The run has ended. Resume it first, then apply this.",
    };
    let possible = (back || !ended) && !view.state.watching;
    let why = view.state.why_not_live(tip);
    let response = primary(ui, "Apply", CONTROL, possible).on_hover_text(tip).disabled_because(why);
    let name = format!("Apply: {words}");
    response.widget_info(|| WidgetInfo::labeled(Role::Button, possible, &name));
    if response.clicked() {
        view.ask(Action::Follow(finding.suggestion.clone()));
    }
    ui.add(Label::new(words).wrap());
}
