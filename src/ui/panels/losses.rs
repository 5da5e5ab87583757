//! The losses and what the discriminator believes, over time, with a mark wherever a live setting changed.

use super::{View, quality};
use crate::config::LossKind;
use crate::engine::{Mark, StepMetrics};
use crate::ui::curves::{self, Curves, Reading, XAxis};
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::{self, Palette, S, palette};
use crate::ui::widgets::{icon_button, legend, segmented};
use egui::{Align, Align2, Color32, Label, Layout, Rangef, RichText, Slider, Ui, vec2};
use egui_plot::{
    AxisHints, HLine, HoverPosition, Line, LineStyle, Plot, PlotPoint, PlotUi, Text, VLine, uniform_grid_spacer,
};

pub fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        header(ui, view);
        if view.form.plot.quality {
            quality::show(ui, view);
            return;
        }
        legends(ui, view);
        let Some(run) = view.state.run.as_ref().filter(|run| !run.metrics.is_empty()) else {
            ui.add_space(S);
            let line = "The losses appear with the first steps. Both networks play against each other: neither curve \
                        should win, and both may wander.";
            ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap());
            return;
        };
        plots(ui, view, run);
    });
}

fn header(ui: &mut Ui, view: &mut View) {
    let form = &mut view.form.plot;
    ui.horizontal(|ui| {
        let tips = [
            "What both networks lose, and what the discriminator believes",
            "How good the pictures are, compared with real ones",
        ];
        if let Some(i) = segmented(ui, "Plot", &["Losses", "Quality"], usize::from(form.quality), &tips) {
            form.quality = i == 1;
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let tip = "Show everything again (or press twice into a plot)";
            if icon_button(ui, "↺", "Reset view", tip, true).clicked() {
                form.reset = true;
            }
            let chosen = usize::from(form.axis == XAxis::Epochs);
            let tips = ["Count training steps", "Count passes over all pictures"];
            if let Some(i) = segmented(ui, "Axis", &["steps", "epochs"], chosen, &tips) {
                form.axis = if i == 1 { XAxis::Epochs } else { XAxis::Steps };
                form.reset = true;
            }
        });
    });
}

fn legends(ui: &mut Ui, view: &mut View) {
    let form = &mut view.form.plot;
    ui.horizontal(|ui| {
        let p = palette(ui);
        legend(ui, "discriminator", p.discriminator, "How badly the discriminator tells real from generated");
        legend(ui, "generator", p.generator, "How badly the generator fools the discriminator");
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            // Shown as the number of readings that weigh in: easier to grasp than the factor.
            let mut readings = 1.0 / (1.0 - form.smoothing);
            ui.spacing_mut().slider_width = (ui.available_width() - 76.0).clamp(48.0, 110.0);
            let slider = Slider::new(&mut readings, 1.0..=500.0).logarithmic(true).show_value(false);
            let tip = "Smoothing: how many readings the bold curve averages. The faint curve is raw.";
            if ui.add(slider).accessible_name("Smoothing").on_hover_text(tip).changed() {
                form.smoothing = 1.0 - 1.0 / readings;
            }
            ui.label(RichText::new("Smoothing").size(12.0).color(p.weak)).on_hover_text(tip);
        });
    });
}

fn plots(ui: &mut Ui, view: &mut View, run: &RunView) {
    let form = &mut view.form.plot;
    let space = ui.available_size();
    // Where there is no room for two plots, the losses have it all.
    let both = space.y > 180.0;
    let upper = if both { (space.y - 24.0) * 0.6 } else { space.y.max(60.0) };
    // Numbers on the axes are smaller than running text.
    if let Some(body) = ui.style_mut().text_styles.get_mut(&egui::TextStyle::Body) {
        body.size = 12.0;
    }
    // One set of points serves both plots; their horizontal axes are linked.
    let range = visible_x(ui);
    form.curves.update(run, form.axis, form.smoothing, range, space.x);
    let reset = std::mem::take(&mut form.reset);
    let scene = Scene { run, curves: &form.curves, axis: form.axis, p: palette(ui), width: space.x };
    scene.losses(ui, upper, reset);
    if !both {
        return;
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().interact_size.y = 14.0;
        ui.label(RichText::new("What D believes").size(12.0).color(scene.p.weak));
        let tip = "1: the discriminator is sure that the pictures are real. Near 0.5 for both, nobody wins.";
        legend(ui, "D(real)", scene.p.discriminator, tip);
        legend(ui, "D(generated)", scene.p.generator, tip);
    });
    let lower = ui.available_height().max(50.0);
    scene.beliefs(ui, lower, reset);
}

const UPPER: &str = "purrtrait_losses";
const LOWER: &str = "purrtrait_beliefs";
const GROUP: &str = "purrtrait_plots";

/// The range of x on show, where the person has moved or zoomed the plot; none while it follows the run.
fn visible_x(ui: &Ui) -> Option<(f64, f64)> {
    let memory = egui_plot::PlotMemory::load(ui.ctx(), egui::Id::unique(UPPER))?;
    let bounds = *memory.transform().bounds();
    (!memory.auto_bounds.x).then(|| (bounds.min()[0], bounds.max()[0]))
}

fn is_new(ui: &Ui, name: &str) -> bool {
    egui_plot::PlotMemory::load(ui.ctx(), egui::Id::unique(name)).is_none()
}

/// Makes a new plot follow the run in both directions: along x the data, along y exactly the range given with
/// `include_y`, so that one spike does not flatten everything else.
fn follow(plot: &mut PlotUi, fresh: bool) {
    if fresh {
        plot.set_auto_bounds(true);
    }
}

struct Scene<'a> {
    run: &'a RunView,
    curves: &'a Curves,
    axis: XAxis,
    p: &'static Palette,
    width: f32,
}

impl<'a> Scene<'a> {
    fn losses(&self, ui: &mut Ui, height: f32, reset: bool) {
        let (low, high) = curves::loss_range(self.curves);
        let fresh = reset || is_new(ui, UPPER);
        let plot = self.plot(UPPER, height, reset).include_y(low).include_y(high);
        plot.show(ui, |plot| {
            follow(plot, fresh);
            self.references(plot);
            self.marks(plot, true);
            self.curve(plot, Reading::LossD, self.p.discriminator);
            self.curve(plot, Reading::LossG, self.p.generator);
        });
    }

    fn beliefs(&self, ui: &mut Ui, height: f32, reset: bool) {
        let fresh = reset || is_new(ui, LOWER);
        let plot = self.plot(LOWER, height, reset).include_y(-0.03).include_y(1.05);
        let plot = plot.y_grid_spacer(uniform_grid_spacer(|_| [1.0, 0.5, 0.25]));
        plot.show(ui, |plot| {
            follow(plot, fresh);
            plot.hline(self.reference("half", 0.5));
            self.marks(plot, false);
            self.curve(plot, Reading::Real, self.p.discriminator);
            self.curve(plot, Reading::Fake, self.p.generator);
        });
    }

    fn plot(&self, name: &'static str, height: f32, reset: bool) -> Plot<'a> {
        let (run, curves, axis) = (self.run, self.curves, self.axis);
        let x_axis = AxisHints::new_x().formatter(move |mark, _| curves::tick(mark.value, axis));
        let mut plot = Plot::new(name)
            .id(egui::Id::unique(name))
            .height(height)
            .width(self.width)
            .link_axis(egui::Id::unique(GROUP), [true, false])
            .link_cursor(egui::Id::unique(GROUP), [true, false])
            .allow_scroll(false)
            .auto_bounds([true, false])
            .set_margin_fraction(vec2(0.01, 0.0))
            .show_background(false)
            .grid_color(self.p.border_strong)
            .cursor_color(self.p.weak)
            .y_axis_min_width(34.0)
            .y_axis_formatter(|mark, _| text::value(mark.value))
            .custom_x_axes(vec![x_axis.label_spacing(Rangef::new(26.0, 44.0))])
            .label_formatter(move |at| Some(readout(run, curves, axis, at)));
        if reset {
            plot = plot.reset();
        }
        plot
    }

    fn curve(&self, plot: &mut PlotUi<'a>, reading: Reading, colour: Color32) {
        let raw = Line::new("", self.curves.raw(reading)).id((reading as usize, "raw"));
        plot.line(raw.color(colour.gamma_multiply(0.28)).width(1.0).allow_hover(false));
        let smooth = Line::new("", self.curves.smooth(reading)).id((reading as usize, "smooth"));
        plot.line(smooth.color(colour).width(2.0).allow_hover(false));
    }

    fn reference(&self, name: &str, y: f64) -> HLine {
        HLine::new(name, y).color(self.p.border_strong).style(LineStyle::dashed_loose()).width(1.0).allow_hover(false)
    }

    /// Where the discriminator's loss stands if it only guesses, and how low label smoothing lets it fall.
    fn references(&self, plot: &mut PlotUi<'a>) {
        if self.run.loss() != Some(LossKind::Bce) {
            return;
        }
        let mut lines = vec![(curves::CHANCE, "D at chance")];
        let floor = curves::floor(self.run.tunables.smoothing);
        if floor > 0.0 {
            lines.push((floor, "D floor"));
        }
        // While the plot follows the run, a label past the data would push its edge further at every frame.
        let data_end = self.run.metrics.last().map_or(0.0, |m| self.axis.of(m));
        let right = if plot.auto_bounds().x { data_end } else { plot.plot_bounds().max()[0] };
        for (y, name) in lines {
            plot.hline(self.reference(name, y));
            let text =
                RichText::new(format!(" {name} {y:.3} ")).size(11.0).background_color(self.p.card.gamma_multiply(0.8));
            let label = Text::new(name, PlotPoint::new(right, y), text).anchor(Align2::RIGHT_BOTTOM);
            plot.text(label.color(self.p.weak).id((name, "label")).allow_hover(false));
        }
    }

    /// A line per change of a live setting; a label where there is room, the newest first.
    fn marks(&self, plot: &mut PlotUi<'a>, labels: bool) {
        let bounds = plot.plot_bounds();
        let (left, right) = (bounds.min()[0], bounds.max()[0]);
        let per_pixel = (right - left).max(f64::MIN_POSITIVE) / f64::from(self.width.max(1.0));
        let mut free_from = f64::INFINITY;
        for mark in self.run.marks.iter().rev().filter(|mark| mark.revision > 0) {
            let x = self.x_of(mark);
            let line = VLine::new("", x).id((mark.revision, "mark")).color(self.p.accent.gamma_multiply(0.55));
            plot.vline(line.width(1.0).style(LineStyle::dashed_dense()).allow_hover(false));
            let shown = text::middle(&mark.text, 34);
            let width = (shown.chars().count() as f64 * 5.8 + 8.0) * per_pixel;
            // Towards the right if it fits there, else towards the left.
            let (from, anchor) = if x + width < right { (x, Align2::LEFT_TOP) } else { (x - width, Align2::RIGHT_TOP) };
            if !labels || x < left || x > right || from + width > free_from || from < left {
                continue;
            }
            free_from = from;
            let at = PlotPoint::new(x, bounds.max()[1]);
            let text = RichText::new(format!(" {shown} ")).size(11.0).background_color(self.p.card.gamma_multiply(0.8));
            plot.text(
                Text::new("", at, text)
                    .id((mark.revision, "label"))
                    .anchor(anchor)
                    .color(self.p.accent)
                    .allow_hover(false),
            );
        }
    }

    fn x_of(&self, mark: &Mark) -> f64 {
        self.axis.at(mark.step, self.run.info.as_ref().map_or(0, |info| info.steps_per_epoch))
    }
}

/// The reading nearest to the pointer, in words.
fn readout(run: &RunView, curves: &Curves, axis: XAxis, at: &HoverPosition<'_>) -> String {
    let (HoverPosition::NearDataPoint { position, .. } | HoverPosition::Elsewhere { position }) = at;
    let metrics = &run.metrics;
    let after = metrics.partition_point(|m| axis.of(m) < position.x);
    let distance = |m: &StepMetrics| (axis.of(m) - position.x).abs();
    let nearest = [after.saturating_sub(1), after]
        .into_iter()
        .filter(|&i| i < metrics.len())
        .min_by(|&a, &b| distance(&metrics[a]).total_cmp(&distance(&metrics[b])));
    let Some(index) = nearest else { return String::new() };
    let m = &metrics[index];
    let smooth = |reading| curves.smoothed(reading, index).map_or(String::new(), |s| format!(" (smooth {s:.3})"));
    let mut text = format!(
        "step {}, epoch {:.2}\nD loss {:.3}{}\nG loss {:.3}{}\nD(real) {:.2}, D(generated) {:.2}",
        text::count(m.step),
        m.epoch,
        m.loss_d,
        smooth(Reading::LossD),
        m.loss_g,
        smooth(Reading::LossG),
        m.d_real,
        m.d_fake,
    );
    if let Some(mark) = run.marks.iter().rev().find(|mark| mark.step <= m.step && mark.revision > 0) {
        text += &format!("\nsince step {}: {}", text::count(mark.step), mark.text);
    }
    text
}
