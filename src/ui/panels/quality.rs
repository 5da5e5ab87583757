//! How good the pictures were, over time: one measure at a time, with what real pictures reach.

use super::plot_style;
use crate::engine::{NETWORK, QualityPoint, RELATIVE_ONLY};
use crate::ui::action::{Action, Dialog};
use crate::ui::curves::XAxis;
use crate::ui::measures::{MEASURES, Measure, Series, above, range};
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::{self, CONTROL, Palette, S, palette};
use crate::ui::user::PlotChoice;
use crate::ui::view::View;
use crate::ui::widgets::{brief, ends, legend, weak};
use egui::{Align2, Color32, ComboBox, FontId, Label, RichText, Ui, vec2};
use egui_plot::{HLine, HoverPosition, Line, LineStyle, PlotPoint, PlotUi, Points, Text, VLine};
use std::ops::RangeInclusive;
use std::sync::Arc;

const PLOT: &str = "purrtrait_quality";
/// Room for the numbers below the plot.
const FOOT: f32 = 24.0;

/// Below the header that it shares with the losses.
pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let run = view.state.run.as_ref();
    let measure = choice(ui, view, run);
    ui.horizontal(|ui| {
        for (series, colour) in measure.series.iter().zip(colours(palette(ui))) {
            legend(ui, series.name, colour, series.help);
        }
        if measure.right.is_some() || measure.series.iter().any(|s| s.floor.is_some()) {
            let (name, tip) = match measure.right {
                Some(_) => ("dashed: ideal", "The ideal value."),
                None => ("dashed: real", "What real pictures reach against other real pictures."),
            };
            ui.label(RichText::new(name).size(12.0).color(palette(ui).weak)).on_hover_text(tip);
        }
        if let Some(best) = run.and_then(|run| run.best) {
            let tip = format!(
                "The best checkpoint so far, of step {}: the lowest KID over three measurements, and no copies. It \
                 stays on disk; Explore and RUN@best open it.",
                text::count(best.step)
            );
            ui.label(RichText::new("dotted: best").size(12.0).color(palette(ui).weak)).on_hover_text(tip);
        }
        if !measure.unit.is_empty() {
            let tip = "What the numbers on the axis count.";
            ui.label(RichText::new(measure.unit).size(12.0).color(palette(ui).weak)).on_hover_text(tip);
        }
    });
    let Some(run) = run.filter(|run| !run.quality.is_empty()) else {
        ui.add_space(S);
        weak(ui, nothing(view, run));
        return;
    };
    in_words(ui, run);
    plot(ui, view, run, measure);
    foot(ui, run, measure);
}

/// What the measurements mean.
fn in_words(ui: &mut Ui, run: &RunView) {
    let Some(words) = crate::engine::in_words(run.quality.iter().map(|point| &point.quality)) else { return };
    let tip = "How real the pictures are, on the way from noise to real ones by their KID; whether that still changes; \
               how varied they are; whether training pictures are copied. The numbers are below.";
    ui.add(Label::new(theme::bold(&words)).wrap()).on_hover_text(tip);
}

/// The list of metrics, and what is being measured.
fn choice(ui: &mut Ui, view: &mut View, run: Option<&RunView>) -> &'static Measure {
    let (form, actions) = (&mut view.user.plot, &mut *view.actions);
    let chosen = &MEASURES[form.measure.min(MEASURES.len() - 1)];
    // In a narrow panel the name of the measure needs the room.
    let wide = ui.available_width() >= 420.0;
    let list = |ui: &mut Ui, form: &mut PlotChoice| {
        let width = ui.available_width().clamp(60.0, 190.0);
        let list = ComboBox::from_id_salt("measure").width(width).height(320.0).truncate().selected_text(chosen.name);
        let list = list.show_ui(ui, |ui| {
            for (i, measure) in MEASURES.iter().enumerate() {
                let entry = ui.selectable_label(std::ptr::eq(measure, chosen), measure.name);
                if entry.on_hover_text(measure.help).clicked() {
                    form.measure = i;
                    form.reset = true;
                }
            }
        });
        list.response.accessible_name("Metric").on_hover_text(chosen.help);
    };
    ends(ui, CONTROL, form, list, |ui, _| {
        if let Some(step) = run.filter(|run| run.end.is_none()).and_then(|run| run.measuring) {
            let step = text::count(step);
            let text = if wide { format!("measuring step {step}…") } else { "measuring…".to_owned() };
            let tip = format!("One CPU core measures the pictures of step {step} while training continues.");
            ui.label(RichText::new(text).size(12.0).color(palette(ui).weak)).on_hover_text(tip);
        } else if let Some(why) = run.filter(|run| run.end.is_none()).and_then(|run| run.not_measured.as_ref()) {
            ui.label(RichText::new("not measured").size(12.0).color(palette(ui).warn)).on_hover_text(why);
        }
        let tip = "Evaluate the run once, against pictures of your choice, also with FID (Ctrl+E).";
        if ui.button("Evaluate…").on_hover_text(tip).clicked() {
            actions.push(Action::Dialog(Some(Dialog::Evaluate)));
        }
    });
    &MEASURES[form.measure.min(MEASURES.len() - 1)]
}

/// The generator's quality is the first curve; what a second one says is the other half of it.
fn colours(p: &Palette) -> [Color32; 2] {
    [p.generator, p.discriminator]
}

/// Why there is no plot yet, and when there will be one.
fn nothing(view: &View, run: Option<&RunView>) -> String {
    let Some(run) = run else {
        return "While a run trains, its pictures are measured at regular intervals and compared with real ones."
            .to_owned();
    };
    if let Some(why) = &run.not_measured {
        return why.clone();
    }
    if run.end.is_some() {
        return "The pictures of this run were not measured.".to_owned();
    }
    if let Some(step) = run.measuring {
        return format!("The first measurement is in progress: the pictures of step {}.", text::count(step));
    }
    let every = run.tunables.epochs_between_measurements(run.info.as_ref().map_or(0, |info| info.pictures));
    if every <= 0.0 || view.state.dead.is_some() {
        return "Measuring is off. \"Measure every\" in the settings turns it on.".to_owned();
    }
    match run.info.as_ref().map(|info| info.steps_per_epoch.max(1) as f64) {
        None => "The first measurement comes some epochs after the start.".to_owned(),
        Some(per_epoch) => {
            let first = run.info.as_ref().map_or(0, |info| info.first_step) as f64 / per_epoch;
            let step = (((first / every + 1e-9).floor() + 1.0) * every * per_epoch).ceil() as u64;
            let soon = if step <= run.step() { "was due" } else { "is due" };
            format!(
                "The first measurement {soon} at step {}, then every {} epochs. \"Measure every\" in the settings \
                 changes that.",
                text::count(step),
                text::value(every)
            )
        }
    }
}

fn plot(ui: &mut Ui, view: &mut View, run: &RunView, measure: &'static Measure) {
    let p = palette(ui);
    let form = &mut view.user.plot;
    plot_style::small_numbers(ui);
    let (axis, points, best) = (form.axis, comparable(measure, &run.quality), run.best);
    let per_epoch = run.info.as_ref().map_or(1, |info| info.steps_per_epoch);
    let curves: Vec<Vec<PlotPoint>> = measure.series.iter().map(|s| curve(s, &points, axis, per_epoch)).collect();
    let floors = floors(measure, points.last());
    let ranges = curves.iter().map(|points| range(measure, &points.iter().map(|p| p.y).collect::<Vec<_>>(), &floors));
    let [low, high] = ranges.reduce(|a, b| [a[0].min(b[0]), a[1].max(b[1])]).unwrap_or([0.0, 1.0]);
    let reset = std::mem::take(&mut form.reset);
    let fresh = reset || plot_style::is_new(ui, PLOT);
    let words = points.last().map(|newest| reservations(newest, run.quality.len() - points.len()));
    let foot = words.map_or(0.0, |words| height_of(ui, words) + ui.spacing().item_spacing.y);
    let space = vec2(ui.available_width(), (ui.available_height() - FOOT - foot).max(60.0));
    let plot = plot_style::plot(PLOT, space, axis, p, reset)
        .include_x(0.0)
        .include_x(axis.at(run.step(), per_epoch))
        .include_y(low)
        .include_y(high)
        .label_formatter(move |at| Some(readout(measure, &points, axis, per_epoch, at)));
    let seen = |x| seen(run, measure, axis, x);
    plot_style::show(ui, plot, (measure.name, space), fresh, seen, |plot| {
        for (i, (y, colour)) in floors.iter().zip(colours(p)).enumerate() {
            let colour = if measure.right.is_some() { p.border_strong } else { colour.gamma_multiply(0.7) };
            let line = HLine::new("", *y).id((i, "floor")).color(colour).style(LineStyle::dashed_loose());
            plot.hline(line.width(1.0).allow_hover(false));
        }
        for (i, (points, colour)) in curves.iter().zip(colours(p)).enumerate() {
            plot.line(Line::new("", &points[..]).id((i, "line")).color(colour).width(2.0).allow_hover(false));
            plot.points(Points::new("", &points[..]).id((i, "points")).color(colour).radius(2.5).allow_hover(false));
        }
        if let Some(best) = best {
            let line =
                VLine::new("", axis.at(best.step, per_epoch)).id("best").color(p.good).style(LineStyle::dotted_dense());
            plot.vline(line.allow_hover(false));
        }
        cut_off(plot, &curves, p);
    });
}

/// Where the dashed lines are: at the ideal value, or at what real pictures reached in the newest measurement.
fn floors(measure: &Measure, newest: Option<&Arc<QualityPoint>>) -> Vec<f64> {
    match (measure.right, newest) {
        (Some(right), _) => vec![right],
        (None, Some(newest)) => {
            measure.series.iter().filter_map(|s| s.floor.map(|f| s.shown(f(&newest.quality.floor)))).collect()
        }
        (None, None) => Vec::new(),
    }
}

/// Says so where the plot does not reach as high as its points.
fn cut_off<'a>(plot: &mut PlotUi<'a>, curves: &'a [Vec<PlotPoint>], p: &Palette) {
    let (low, high) = (plot.plot_bounds().min(), plot.plot_bounds().max());
    let shown = || curves.iter().flatten().filter(|p| (low[0]..=high[0]).contains(&p.x));
    let Some((count, most)) = above(shown().map(|p| p.y), high[1]) else { return };
    let first = shown().find(|p| p.y > high[1]).map_or(low[0], |p| p.x);
    let words = format!(" ▲ {} above, up to {} ", text::of(count, "point"), number(most));
    let words = RichText::new(words).size(11.0).background_color(p.card.gamma_multiply(0.8));
    let note = Text::new("", PlotPoint::new(first, high[1]), words).anchor(Align2::LEFT_TOP);
    plot.text(note.id("cut off").color(p.weak).allow_hover(false));
}

/// The height of a small text, wrapped.
fn height_of(ui: &Ui, words: String) -> f32 {
    let font = FontId::proportional(12.0);
    ui.painter().layout(words, font, palette(ui).weak, ui.available_width()).size().y
}

/// The measurements that may share an axis with the newest: a run that was resumed with a newer version of the program
/// has others, whose relative numbers come from another feature network.
fn comparable(measure: &Measure, points: &[Arc<QualityPoint>]) -> Vec<Arc<QualityPoint>> {
    let newest = points.last().map(|p| p.quality.network);
    points.iter().filter(|p| !measure.relative || Some(p.quality.network) == newest).cloned().collect()
}

fn curve(series: &Series, points: &[Arc<QualityPoint>], axis: XAxis, per_epoch: u64) -> Vec<PlotPoint> {
    let value = |p: &Arc<QualityPoint>| (series.of)(&p.quality).filter(|v| v.is_finite()).map(|v| series.shown(v));
    let values = points.iter().filter_map(|p| Some((p.step, value(p)?)));
    values.map(|(step, value)| PlotPoint::new(axis.at(step, per_epoch), value)).collect()
}

/// The newest numbers in words, and what to know about them.
fn foot(ui: &mut Ui, run: &RunView, measure: &Measure) {
    let Some(newest) = run.quality.last() else { return };
    let response = brief(ui, values(measure, newest));
    let mut tip = format!(
        "{}\n\nStep {}: {} generated pictures against as many real ones, measured in {:.1} s.",
        measure.help,
        text::count(newest.step),
        newest.quality.pictures,
        newest.seconds
    );
    if measure.relative {
        tip += &format!("\nKID, coverage, density, precision and recall are {RELATIVE_ONLY}.");
    }
    let clamped = |s: &Series| (s.of)(&newest.quality).is_some_and(|v| s.shown(v) != v);
    if let Some(series) = measure.series.iter().find(|s| clamped(s)) {
        let exact = (series.of)(&newest.quality).unwrap_or_default();
        tip +=
            &format!("\n{} was estimated as {}: no difference to real pictures was found.", series.name, number(exact));
    }
    response.on_hover_text(tip);
    let others = run.quality.len() - comparable(measure, &run.quality).len();
    let line = RichText::new(reservations(newest, others)).size(12.0).color(palette(ui).weak);
    ui.add(Label::new(line).wrap());
}

/// How far the numbers may be trusted: notes of the measurement, that those of a training are quick ones, that an older
/// feature network made them, and how many `others` cannot be compared with them.
fn reservations(point: &QualityPoint, others: usize) -> String {
    let others =
        (others > 0).then(|| format!("{} by an older feature network not shown.", text::of(others, "measurement")));
    let notes = point.quality.notes.iter().map(|note| text::sentence(note));
    let quick = "Quick measurements: \"Evaluate…\" measures more closely, so its numbers differ.".to_owned();
    let old = (point.quality.network != NETWORK).then(|| {
        "KID and its relatives are by an older feature network: do not compare them with newer runs.".to_owned()
    });
    notes.chain([quick]).chain(old).chain(others).collect::<Vec<_>>().join(" ")
}

/// A measured value with about three digits.
fn number(x: f64) -> String {
    if x.abs() >= 10.0 { format!("{x:.1}") } else { format!("{x:.2}") }
}

/// `KID 45.1 (real 3.2)`, for one point.
fn values(measure: &Measure, point: &QualityPoint) -> String {
    let all = measure.series.iter().map(|s| match ((s.of)(&point.quality), s.floor) {
        (None, _) => format!("{} not measured", s.name),
        (Some(x), None) => format!("{} {}", s.name, number(s.shown(x))),
        (Some(x), Some(floor)) => {
            format!("{} {} (real {})", s.name, number(s.shown(x)), number(s.shown(floor(&point.quality.floor))))
        }
    });
    all.collect::<Vec<_>>().join(", ")
}

/// The newest measurement in the visible range, in words.
fn seen(run: &RunView, measure: &Measure, axis: XAxis, x: RangeInclusive<f64>) -> String {
    let per_epoch = run.info.as_ref().map_or(1, |info| info.steps_per_epoch);
    let points = comparable(measure, &run.quality);
    let mut shown = points.iter().filter(|point| x.contains(&axis.at(point.step, per_epoch)));
    let Some(first) = shown.next() else { return "no measurement in view".to_owned() };
    let newest = shown.next_back().unwrap_or(first);
    let [from, to] = [first, newest].map(|point| text::count(point.step));
    format!("steps {from} to {to}, {}", values(measure, newest))
}

/// The measurement nearest to the pointer, in words.
fn readout(
    measure: &Measure,
    points: &[Arc<QualityPoint>],
    axis: XAxis,
    per_epoch: u64,
    at: &HoverPosition<'_>,
) -> String {
    let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position }) = at;
    let distance = |p: &&Arc<QualityPoint>| (axis.at(p.step, per_epoch) - position.x).abs();
    let nearest = points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let Some(point) = nearest else { return String::new() };
    let epoch = XAxis::Epochs.at(point.step, per_epoch);
    format!("step {}, epoch {epoch:.2}\n{}", text::count(point.step), values(measure, point).replace(", ", "\n"))
}
