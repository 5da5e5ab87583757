//! Measuring a generator or a folder of pictures: what to measure with, how far it is, and the numbers.

use super::dialogs::head;
use crate::engine::{EvaluateReport, Row, RowMark};
use crate::ui::action::{Action, Purpose};
use crate::ui::evaluate::{EvaluateAction, EvaluateForm, SIDES, played, run_on_show};
use crate::ui::state::Evaluating;
use crate::ui::text;
use crate::ui::theme::{self, BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{PathEvent, path_field, primary, segmented, setting, toggle};
use egui::{Button, CollapsingHeader, DragValue, Grid, Label, ProgressBar, RichText, ScrollArea, Ui, vec2};

const WIDTH: f32 = 700.0;
const MOST: u32 = 100_000;

pub fn show(ui: &mut Ui, view: &mut View) {
    let screen = ui.ctx().content_rect().size();
    ui.set_width(WIDTH.min(screen.x - 80.0));
    head(ui, view, "Evaluate");
    let room = (screen.y - 200.0).max(160.0);
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

fn weak(ui: &mut Ui, line: &str) {
    ui.add(Label::new(RichText::new(line).size(12.0).color(palette(ui).weak)).wrap());
}

/// A dialog remembers how large it was, also when it showed something smaller: the least height lets it grow at once.
fn scroll(room: f32) -> ScrollArea {
    ScrollArea::vertical().max_height(room).min_scrolled_height(room)
}

// ---- what to measure

fn form(ui: &mut Ui, view: &mut View, room: f32) {
    weak(
        ui,
        "How good are the pictures? They are compared with real ones, and beside each number stands what real pictures \
         reach. The numbers are those of \"purrtrait evaluate\".",
    );
    scroll(room).show(ui, |ui| {
        source(ui, view);
        let hint = "a folder; empty: those that the run held back";
        let tip = "At best pictures that the generator was not trained on";
        path(ui, view, ["Real pictures", hint, tip], |f| &mut f.folder, Purpose::RealPictures);
        let hint = "optional: pt_inception-2015-12-05-6726825d.pth";
        let tip = "Weights that you have: adds FID and KID as published numbers are made. Slow: some seconds for every \
                   100 pictures";
        path(ui, view, ["Inception weights", hint, tip], |f| &mut f.inception, Purpose::Inception);
        let count = &mut view.user.evaluate.count;
        setting(ui, "Pictures of each kind", |ui| {
            let number = DragValue::new(count).range(0..=MOST).speed(10.0).custom_formatter(|n, _| match n as u64 {
                0 => "all, up to 2,000".to_owned(),
                n => text::count(n),
            });
            let number = number.custom_parser(|typed| typed.trim().replace([',', ' '], "").parse().ok());
            ui.add(number).accessible_name("Pictures of each kind").on_hover_text(
                "0: what there is, up to 2,000. Compare only numbers of equally many pictures; 50 at least.",
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
        let start = primary(ui, "Start measuring", BIG_CONTROL, typed);
        let start = start.on_hover_text("Draw and compare the pictures, beside a training that goes on");
        if start.on_disabled_hover_text("Say what to measure.").clicked() {
            view.ask(Action::Evaluate(EvaluateAction::Start));
        }
        let last = view.state.evaluation.report.is_some();
        let back = Button::new("Last results").min_size(vec2(0.0, BIG_CONTROL));
        if last && ui.add(back).on_hover_text("Show the numbers of the last measurement").clicked() {
            view.ask(Action::Evaluate(EvaluateAction::LastResults));
        }
    });
}

fn source(ui: &mut Ui, view: &mut View) {
    let hint = "a run, a checkpoint, a model file, or a folder of pictures";
    let tip = "A run stands for its newest checkpoint; \"bundled\" is the generator that comes with Purrtrait";
    path(ui, view, ["What to measure", hint, tip], |f| &mut f.source, Purpose::Measured);
    let known = [
        ("The run", "The run that is going on or ended last", run_on_show(view.state)),
        ("The generator in Explore", "The one that is played; of a run its newest checkpoint", played(view.state)),
    ];
    ui.horizontal(|ui| {
        for (name, tip, source) in known {
            let Some(source) = source else { continue };
            if ui.button(name).on_hover_text(format!("{tip}: {source}")).clicked() {
                view.user.evaluate.source = source;
            }
        }
        if ui
            .button("A model file…")
            .on_hover_text("Choose a .safetensors file or one of PyTorch (.pth, .pt, .ckpt)")
            .clicked()
        {
            view.ask(Action::Browse(Purpose::MeasuredFile));
        }
    });
    ui.add_space(XS);
}

fn rarer(ui: &mut Ui, view: &mut View) {
    let hint = "a folder; empty: those of the run";
    let tip = "What the generator was trained on, to find copies. Needed where the run's folder has moved";
    path(ui, view, ["Training pictures", hint, tip], |f| &mut f.training, Purpose::TrainingPictures);
    let form = &mut view.user.evaluate;
    setting(ui, "Side of a folder's pictures", |ui| {
        let labels = ["Own", "16", "32", "64", "128", "256"];
        let tips = ["A generator has its own; folders are measured at 64 px", "", "", "", "", ""];
        let chosen = form.size.and_then(|size| SIDES.iter().position(|s| *s == size)).map_or(0, |i| i + 1);
        if let Some(i) = segmented(ui, "Side of a folder's pictures", &labels, chosen, &tips) {
            form.size = i.checked_sub(1).map(|i| SIDES[i]);
        }
    });
    setting(ui, "Newest weights", |ui| {
        toggle(ui, &mut form.raw, "Newest weights").on_hover_text("Instead of the averaged ones of a run");
    });
    setting(ui, "Seed", |ui| {
        ui.add(DragValue::new(&mut form.seed)).accessible_name("Seed").on_hover_text("Another seed draws other cats");
    });
}

fn path(
    ui: &mut Ui,
    view: &mut View,
    [name, hint, tip]: [&str; 3],
    text: fn(&mut EvaluateForm) -> &mut String,
    browse: Purpose,
) {
    ui.label(name).on_hover_text(tip);
    let width = ui.available_width();
    let field = path_field(ui, text(&mut view.user.evaluate), name, hint, None, width);
    if let Some(PathEvent::Browse) = field {
        view.ask(Action::Browse(browse));
    }
}

// ---- under way

fn progress(ui: &mut Ui, view: &mut View, running: &Evaluating) {
    let Evaluating { ref what, done, total, stopping, .. } = *running;
    let [done_text, total_text] = [done, total].map(|n| text::count(n as u64));
    let line = if total > 0 { format!("{what}: {done_text} of {total_text}") } else { format!("{what}…") };
    ui.horizontal(|ui| {
        ui.add(egui::Spinner::new().size(16.0).color(palette(ui).accent));
        ui.label(if stopping { "Stopping…".to_owned() } else { line });
    });
    let share = done as f32 / total.max(1) as f32;
    ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent));
    let left = running.eta(view.now).filter(|_| !stopping);
    let left = left.map_or_else(String::new, |eta| format!("About {} left for this part. ", text::duration(eta)));
    weak(ui, &format!("{left}It goes on when this dialog is closed; the log says when it is done."));
    ui.add_space(S);
    let cancel = ui.add_enabled(!stopping, Button::new("Cancel").min_size(vec2(0.0, BIG_CONTROL)));
    if cancel.on_hover_text("Give it up").on_disabled_hover_text("It ends with what it is computing.").clicked() {
        view.ask(Action::Evaluate(EvaluateAction::Cancel));
    }
}

// ---- what came of it

fn results(ui: &mut Ui, view: &mut View, report: &EvaluateReport, room: f32) {
    weak(ui, &report.title());
    scroll(room).show(ui, |ui| {
        // In a small window the last column may be too wide.
        ScrollArea::horizontal().id_salt("columns").show(ui, |ui| table(ui, report));
        ui.add_space(XS);
        for (mark, remark) in report.remarks() {
            // The other kind of mark says by itself what it is about.
            let about = if mark == Some(RowMark::Inception) { "Inception: " } else { "" };
            weak(ui, &format!("{about}{remark}"));
        }
    });
    ui.add_space(XS);
    ui.horizontal(|ui| {
        let button = |label: &str| Button::new(label).min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(button("Copy as text")).on_hover_text("The table as the command line prints it").clicked() {
            view.ask(Action::Copy(report.text()));
        }
        if ui.add(button("Copy as JSON")).on_hover_text("All numbers, as \"purrtrait evaluate --json\"").clicked() {
            match serde_json::to_string_pretty(report) {
                Ok(text) => view.ask(Action::Copy(text)),
                Err(e) => view.ask(Action::Toast(crate::engine::Level::Error, e.to_string())),
            }
        }
        if ui.add(button("Measure again…")).on_hover_text("Something else, or with other pictures").clicked() {
            view.user.evaluate.again = true;
        }
    });
}

fn table(ui: &mut Ui, report: &EvaluateReport) {
    Grid::new("evaluation").num_columns(4).striped(true).spacing([S * 2.0, 3.0]).show(ui, |ui| {
        for (name, tip) in COLUMNS {
            ui.label(theme::bold(*name).size(12.0)).on_hover_text(*tip);
        }
        ui.end_row();
        report.rows().iter().for_each(|row| line(ui, row));
    });
}

static COLUMNS: &[(&str, &str)] = &[
    ("Measure", "Hold the pointer on a name for what it means"),
    ("Generated", "The pictures that were measured"),
    ("Real", "The same for real pictures against real pictures: no generator can be better than that"),
    ("", "Which way is better"),
];

fn line(ui: &mut Ui, row: &Row) {
    let number = |value: f64| RichText::new(format!("{value:.0$}", row.digits)).monospace();
    let tip = if row.words.is_empty() { row.help.to_owned() } else { format!("{}\n\n{}.", row.help, row.words) };
    ui.label(&row.name).on_hover_text(&tip);
    ui.label(number(row.value)).on_hover_text(&tip);
    ui.label(row.real.map_or_else(|| RichText::new("-"), number));
    let mark = match row.mark {
        Some(RowMark::Relative) => "relative only",
        Some(RowMark::Inception) => "Inception",
        None => "",
    };
    // What follows the first few words is in the tooltip.
    let words = row.words.split(';').next().unwrap_or_default();
    let all = [words, mark].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    ui.label(RichText::new(all).size(12.0).color(palette(ui).weak)).on_hover_text(&tip);
    ui.end_row();
}
