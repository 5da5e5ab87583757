//! Measuring a generator or a folder of pictures: what to measure with, how far it is, and the numbers.

use super::parts::{head, scroll, width};
use crate::engine::{EvaluateReport, FileUse, Row, RowMark};
use crate::ui::action::{Action, Purpose};
use crate::ui::evaluate::{EvaluateAction, SIDES};
use crate::ui::focus::scrolled;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::state::Evaluating;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, S, XS, palette};
use crate::ui::user::UserState;
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, plain, primary, segmented, setting, small, toggle, told};
use egui::{CollapsingHeader, DragValue, Grid, Label, ProgressBar, RichText, ScrollArea, Ui};

const WIDTH: f32 = 700.0;
const MOST: u32 = 100_000;
/// The least room for the words about a value, in points.
const LEAST: f32 = 120.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let screen = ui.ctx().content_rect().size();
    width(ui, WIDTH);
    head(ui, view, "Evaluate");
    let room = (screen.y - 236.0).max(160.0);
    let state = &view.state.evaluation;
    let again = view.user.evaluate.again || state.failure.is_some();
    if let Some(running) = state.running.clone() {
        progress(ui, view, &running);
    } else if let Some(report) = state.report.clone().filter(|_| !again) {
        results(ui, view, &report, room);
    } else {
        form(ui, view, room);
    }
}

// ---- what to measure

fn form(ui: &mut Ui, view: &mut View, room: f32) {
    small(
        ui,
        "How good are the generated pictures? They are compared with real ones; beside each value is the one that \
         real pictures reach.",
    );
    scrolled(ui, scroll(room), |ui| {
        source(ui, view);
        let hint = "a folder; empty: the run's held-out pictures";
        let tip = "Preferably pictures that the generator was not trained on.";
        path(ui, view, ["Real pictures", hint, tip], |form| &mut form.evaluate.folder, Purpose::RealPictures);
        let hint = "optional: pt_inception-2015-12-05-6726825d.pth";
        let tip = "Your copy of the weights. Adds FID and KID, computed as in publications. Slow: some seconds for \
                   every 100 pictures.";
        path(ui, view, ["Inception weights", hint, tip], |form| &mut form.evaluate.inception, Purpose::Inception);
        let count = &mut view.user.evaluate.count;
        setting(ui, "Pictures per set", |ui| {
            let number = DragValue::new(count).speed(10.0).custom_formatter(|n, _| match n as u64 {
                0 => "all, up to 2,000".to_owned(),
                n => text::count(n),
            });
            let range = 0.0..=f64::from(MOST);
            let number = told(number, ui.ctx(), "Pictures per set", range, |typed| plain(typed, ""));
            ui.add(number).accessible_name("Pictures per set").on_hover_text(
                "0: all there are, up to 2,000; otherwise at least 50. Compare only results with equal numbers of \
                 pictures.",
            );
        });
        CollapsingHeader::new("More").id_salt("evaluate more").show(ui, |ui| rarer(ui, view));
    });
    if let Some(failure) = &view.state.evaluation.failure {
        ui.add(Label::new(RichText::new(failure).color(palette(ui).bad)).wrap());
    }
    ui.add_space(XS);
    ui.horizontal(|ui| {
        let typed = !view.user.evaluate.source.trim().is_empty();
        let start = primary(ui, "Start evaluation", BIG_CONTROL, typed);
        let start = start.on_hover_text("Generate the pictures and compare them. Training continues meanwhile.");
        if start.disabled_because("Choose what to evaluate.").clicked() {
            view.ask(Action::Evaluate(EvaluateAction::Start));
        }
        let last = view.state.evaluation.report.is_some();
        let back = big("Last results");
        if last && ui.add(back).on_hover_text("Show the results of the last evaluation.").clicked() {
            view.ask(Action::Evaluate(EvaluateAction::LastResults));
        }
    });
}

fn source(ui: &mut Ui, view: &mut View) {
    let hint = "a run, a checkpoint, a model file, or a folder of pictures";
    let tip = "A run stands for its newest checkpoint; \"bundled\" is the generator that comes with Purrtrait.";
    path(ui, view, ["What to evaluate", hint, tip], |form| &mut form.evaluate.source, Purpose::Measured);
    let known = [
        ("Current run", "The run that is in progress or ended last", view.state.run_on_show()),
        (
            "Generator in Explore",
            "The generator that is open in Explore; of a run its newest checkpoint",
            view.state.played(),
        ),
    ];
    ui.horizontal(|ui| {
        for (name, tip, source) in known {
            let Some(source) = source else { continue };
            if ui.button(name).on_hover_text(format!("{tip}: {source}")).clicked() {
                view.user.evaluate.source = source;
            }
        }
        if ui
            .button("Model file…")
            .on_hover_text(format!("Choose a model file ({}).", FileUse::ModelInput.listed()))
            .clicked()
        {
            view.ask(Action::Browse(Purpose::MeasuredFile));
        }
    });
    ui.add_space(XS);
}

fn rarer(ui: &mut Ui, view: &mut View) {
    let hint = "a folder; empty: those of the run";
    let tip = "What the generator was trained on, to find copies. Needed if the run's pictures were moved.";
    path(ui, view, ["Training pictures", hint, tip], |form| &mut form.evaluate.training, Purpose::TrainingPictures);
    let form = &mut view.user.evaluate;
    setting(ui, "Picture size", |ui| {
        let labels = ["Auto", "16", "32", "64", "128", "256"];
        let tips = ["The generator's own size; 64 px for a folder of pictures.", "", "", "", "", ""];
        let chosen = form.size.and_then(|size| SIDES.iter().position(|s| *s == size)).map_or(0, |i| i + 1);
        if let Some(i) = segmented(ui, "Picture size", &labels, chosen, &tips) {
            form.size = i.checked_sub(1).map(|i| SIDES[i]);
        }
    });
    setting(ui, "Newest weights (no EMA)", |ui| {
        toggle(ui, &mut form.raw, "Newest weights (no EMA)")
            .on_hover_text("Use a run's newest weights instead of its EMA weights.");
    });
    setting(ui, "Seed", |ui| {
        let seed = DragValue::new(&mut form.seed);
        ui.add(told(seed, ui.ctx(), "Seed", 0.0..=f64::from(u32::MAX), |typed| plain(typed, "")))
            .accessible_name("Seed")
            .on_hover_text("Another seed generates other cats.");
    });
}

/// A label with its tooltip, and the path below it.
fn path(ui: &mut Ui, view: &mut View, [name, hint, tip]: [&'static str; 3], text: Text, browse: Purpose) {
    ui.label(name).on_hover_text(tip);
    PathEntry { name, hint, go: None, browse }.show(ui, view, text);
}

/// Where a path is kept.
type Text = fn(&mut UserState) -> &mut String;

// ---- in progress

fn progress(ui: &mut Ui, view: &mut View, running: &Evaluating) {
    let Evaluating { ref what, done, total, stopping, .. } = *running;
    let [done_text, total_text] = [done, total].map(|n| text::count(n as u64));
    let what = text::capitalised(what);
    let line = if total > 0 { format!("{what}: {done_text} of {total_text}") } else { format!("{what}…") };
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(16.0).color(palette(ui).accent));
        ui.label(if stopping { "Cancelling…".to_owned() } else { line });
    });
    let share = done as f32 / total.max(1) as f32;
    ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent));
    let left = running.eta(view.now).filter(|_| !stopping);
    let left = left.map_or_else(String::new, |eta| format!("About {} left for this part. ", text::duration(eta)));
    small(ui, format!("{left}You can close this dialog; the log says when the evaluation is done."));
    ui.add_space(S);
    let cancel = ui.add_enabled(!stopping, big("Cancel"));
    if cancel
        .on_hover_text("Cancel the evaluation.")
        .disabled_because("The current computation has to end first.")
        .clicked()
    {
        view.ask(Action::Evaluate(EvaluateAction::Cancel));
    }
}

// ---- what came of it

fn results(ui: &mut Ui, view: &mut View, report: &EvaluateReport, room: f32) {
    small(ui, report.title());
    ui.add(Label::new(theme::bold(report.in_words())).wrap());
    let width = ui.available_width();
    scrolled(ui, scroll(room), |ui| {
        // In a small window the last column may be too wide.
        scrolled(ui, ScrollArea::horizontal().id_salt("columns"), |ui| table(ui, report, width));
        ui.add_space(XS);
        for (mark, remark) in report.remarks() {
            // The other kind of mark says by itself what it is about.
            let about = if mark == Some(RowMark::Inception) { "Inception: " } else { "" };
            small(ui, format!("{about}{remark}"));
        }
    });
    ui.add_space(XS);
    ui.horizontal(|ui| {
        if ui.add(big("Copy as text")).on_hover_text("Copy the table as plain text.").clicked() {
            view.ask(Action::Copy(report.text()));
        }
        if ui.add(big("Copy as JSON")).on_hover_text("Copy all values, in a form that programs read.").clicked() {
            match serde_json::to_string_pretty(report) {
                Ok(text) => view.ask(Action::Copy(text)),
                Err(e) => view.ask(Action::Toast(crate::engine::Level::Error, e.to_string())),
            }
        }
        let tip = "Evaluate something else, or with other pictures.";
        if ui.add(big("Evaluate again…")).on_hover_text(tip).clicked() {
            view.user.evaluate.again = true;
        }
    });
}

fn table(ui: &mut Ui, report: &EvaluateReport, width: f32) {
    let right = ui.cursor().left() + width - S;
    Grid::new("evaluation").num_columns(4).striped(true).spacing([S * 2.0, 3.0]).show(ui, |ui| {
        for (name, tip) in COLUMNS {
            ui.label(theme::bold(*name).size(12.0)).on_hover_text(*tip);
        }
        ui.end_row();
        report.rows().iter().for_each(|row| line(ui, row, right));
    });
}

static COLUMNS: &[(&str, &str)] = &[
    ("Metric", "Point at a name to see what it means."),
    ("Generated", "The pictures that were evaluated."),
    ("Real", "The same for real pictures against other real pictures: no generator can be better than that."),
    ("", "Whether lower or higher is better."),
];

/// One metric, whose words end at `right`.
fn line(ui: &mut Ui, row: &Row, right: f32) {
    // An estimate without bias is below 0 now and then, which a distance cannot be.
    let below = row.value < 0.0 && row.name.contains("KID");
    let value = if below { 0.0 } else { row.value };
    let number = |value: f64| RichText::new(format!("{value:.0$}", row.digits)).monospace();
    let tip = if row.words.is_empty() {
        row.help.to_owned()
    } else {
        format!("{}\n\n{}", row.help, text::sentence(&row.words))
    };
    ui.label(&row.name).on_hover_text(&tip);
    ui.label(number(value)).on_hover_text(&tip);
    ui.label(row.real.map_or_else(|| RichText::new("-"), number));
    let mark = match row.mark {
        Some(RowMark::Relative) => "relative only",
        Some(RowMark::Inception) => "Inception",
        None => "",
    };
    // What follows the first few words is in the tooltip.
    let words = row.words.split(';').next().unwrap_or_default();
    let all = [words, mark].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    ui.scope(|ui| {
        ui.set_max_width((right - ui.cursor().left()).max(LEAST));
        let words = RichText::new(all).size(12.0).color(palette(ui).weak);
        ui.add(Label::new(words).truncate()).on_hover_text(&tip);
    });
    ui.end_row();
}
