//! The losses and what the discriminator believes, over time, with a mark wherever a live setting changed.

mod notes;
mod words;

use super::quality;
use crate::ui::curves::{self, Curves, Reading, XAxis};
use crate::ui::state::RunView;
use crate::ui::theme::{self, Palette, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{icon_button, legend, segmented};
use crate::ui::{text, ticks};
use egui::{Align, Color32, Label, Layout, RichText, Slider, Ui, vec2};
use egui_plot::{Line, Plot, PlotPoint, PlotUi, uniform_grid_spacer};
use notes::LABEL;
use words::Belief;

pub fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        header(ui, view);
        if view.user.plot.quality {
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
    let form = &mut view.user.plot;
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
    let form = &mut view.user.plot;
    ui.horizontal(|ui| {
        let p = palette(ui);
        let tip = words::discriminator_loss(view.state.run.as_ref());
        legend(ui, "discriminator", p.discriminator, &tip);
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
    let form = &mut view.user.plot;
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
    let beliefs = words::beliefs(run, scene.p);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = 14.0;
        ui.label(RichText::new("What D believes").size(12.0).color(scene.p.weak));
        for belief in &beliefs {
            legend(ui, belief.name, belief.colour, &belief.tip);
        }
        rates_now(ui, run);
    });
    let lower = ui.available_height().max(50.0);
    scene.beliefs(ui, lower, reset, &beliefs);
}

/// The learning rates in force, where they have decayed and there is room; the words at the pointer have them always.
fn rates_now(ui: &mut Ui, run: &RunView) {
    let Some([g, d]) = run.metrics.last().and_then(|m| run.decayed_rates(m)) else { return };
    if ui.available_width() < 120.0 {
        return;
    }
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let line = format!("rates now {}, {}", text::value(g), text::value(d));
        let tip = "Learning rates of the generator and of the discriminator in the newest step. They fall towards the \
                   end of the run; the sliders show where they began.";
        ui.add(Label::new(RichText::new(line).size(12.0).color(palette(ui).weak)).truncate()).on_hover_text(tip);
    });
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
        let references = self.references();
        let marked = self.run.marks.iter().any(|mark| mark.revision > 0);
        // The label of a mark stands above the curves.
        let room = if marked { f64::from(LABEL / height.max(1.0)).clamp(0.1, 0.3) } else { 0.1 };
        let guessing = references.first().map_or(0.0, |line| line.at);
        let (low, high) = curves::loss_range(self.curves, guessing, room);
        let fresh = reset || is_new(ui, UPPER);
        let plot = self.plot(UPPER, height, reset).include_y(low).include_y(high);
        plot.show(ui, |plot| {
            follow(plot, fresh);
            references.iter().for_each(|line| plot.hline(self.reference(line.name, line.at)));
            self.mark_lines(plot);
            self.curve(plot, Reading::LossD, self.p.discriminator);
            self.curve(plot, Reading::LossG, self.p.generator);
            // Words last: curves do not cross them.
            self.reference_labels(plot, &references, height);
            self.mark_labels(plot);
        });
    }

    fn beliefs(&self, ui: &mut Ui, height: f32, reset: bool, beliefs: &[Belief]) {
        let fresh = reset || is_new(ui, LOWER);
        let plot = self.plot(LOWER, height, reset).include_y(-0.03).include_y(1.05);
        let plot = plot.y_grid_spacer(uniform_grid_spacer(|_| [1.0, 0.5, 0.25]));
        plot.show(ui, |plot| {
            follow(plot, fresh);
            if words::has_middle(self.run) {
                plot.hline(self.reference("half", 0.5));
            }
            self.mark_lines(plot);
            for belief in beliefs {
                self.curve(plot, belief.reading, belief.colour);
            }
        });
    }

    fn plot(&self, name: &'static str, height: f32, reset: bool) -> Plot<'a> {
        let (run, curves, axis) = (self.run, self.curves, self.axis);
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
            .custom_x_axes(vec![ticks::hints(axis)])
            .x_grid_spacer(ticks::spacer(axis, self.width))
            .label_formatter(move |at| Some(words::readout(run, curves, axis, at)));
        if reset {
            plot = plot.reset();
        }
        plot
    }

    fn curve(&self, plot: &mut PlotUi<'a>, reading: Reading, colour: Color32) {
        // A resumed run may have begun before this was written down.
        let unknown = self.run.metrics.partition_point(|m| reading.of(m).is_none());
        let Some(from) = self.run.metrics.get(unknown).map(|m| self.axis.of(m)) else { return };
        let known = |points: &'a [PlotPoint]| &points[points.partition_point(|p| p.x < from)..];
        let raw = Line::new("", known(self.curves.raw(reading))).id((reading as usize, "raw"));
        plot.line(raw.color(colour.gamma_multiply(0.28)).width(1.0).allow_hover(false));
        let smooth = Line::new("", known(self.curves.smooth(reading))).id((reading as usize, "smooth"));
        plot.line(smooth.color(colour).width(2.0).allow_hover(false));
    }
}
