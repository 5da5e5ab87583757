//! The losses and the output of the discriminator, over time, with a mark wherever a live setting changed.

mod canvas;
mod notes;
mod words;

use super::{plot_style, quality};
use crate::ui::curves::{self, Reading, XAxis};
use crate::ui::state::RunView;
use crate::ui::text;
use crate::ui::theme::{self, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Slides, at_right, brief, icon_button, legend, segmented, weak};
use canvas::LossPlots;
use egui::{Align, Layout, RichText, Slider, Ui, vec2};
use egui_plot::uniform_grid_spacer;
use notes::LABEL;
use words::Belief;

const UPPER: &str = "purrtrait_losses";
const LOWER: &str = "purrtrait_beliefs";

pub(super) fn show(ui: &mut Ui, view: &mut View) {
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
            let line = "The losses appear with the first steps. The networks compete: neither curve should win, and \
                        both may fluctuate.";
            weak(ui, line);
            return;
        };
        plots(ui, view, run);
    });
}

fn header(ui: &mut Ui, view: &mut View) {
    let form = &mut view.user.plot;
    ui.horizontal(|ui| {
        let tips = [
            "Losses of both networks, and the output of the discriminator.",
            "How good the pictures are, compared with real ones.",
        ];
        if let Some(i) = segmented(ui, "Plot", &["Losses", "Quality"], usize::from(form.quality), &tips) {
            form.quality = i == 1;
        }
        at_right(ui, |ui| {
            let chosen = usize::from(form.axis == XAxis::Epochs);
            let tips = ["Count training steps.", "Count passes over all training pictures."];
            if let Some(i) = segmented(ui, "Axis", &["Steps", "Epochs"], chosen, &tips) {
                form.axis = if i == 1 { XAxis::Epochs } else { XAxis::Steps };
                form.reset = true;
            }
            let tip = format!("Show everything again. {}", plot_style::KEYS);
            if icon_button(ui, "↺", "Reset view", &tip, None).clicked() {
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
        legend(ui, "generator", p.generator, "Generator loss: high if it does not fool the discriminator.");
        at_right(ui, |ui| {
            // Shown as the number of readings that weigh in: easier to grasp than the factor.
            let mut readings = 1.0 / (1.0 - form.smoothing);
            ui.spacing_mut().slider_width = (ui.available_width() - 76.0).clamp(48.0, 110.0);
            let slider = Slider::new(&mut readings, 1.0..=500.0).logarithmic(true).show_value(false);
            let tip = "Smoothing: how many readings the bold curve averages. The faint curve is not smoothed.";
            ui.label(RichText::new("Smoothing").size(12.0).color(p.weak)).on_hover_text(tip);
            if ui.add(Slides(slider)).accessible_name("Smoothing").on_hover_text(tip).changed() {
                form.smoothing = 1.0 - 1.0 / readings;
            }
        });
    });
}

fn plots(ui: &mut Ui, view: &mut View, run: &RunView) {
    let form = &mut view.user.plot;
    let space = ui.available_size();
    // Where there is no room for two plots, the losses have it all.
    let both = space.y > 180.0;
    let upper = if both { (space.y - 24.0) * 0.6 } else { space.y.max(60.0) };
    plot_style::small_numbers(ui);
    // One set of points serves both plots; their horizontal axes are linked.
    let range = visible_x(ui);
    form.curves.update(run, form.axis, form.smoothing, range, space.x);
    let reset = std::mem::take(&mut form.reset);
    let canvas = LossPlots { run, curves: &form.curves, axis: form.axis, p: palette(ui), width: space.x };
    canvas.losses(ui, upper, reset);
    if !both {
        return;
    }
    let beliefs = words::beliefs(run, canvas.p);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().interact_size.y = 14.0;
        ui.label(RichText::new("Discriminator output").size(12.0).color(canvas.p.weak));
        for belief in &beliefs {
            legend(ui, belief.name, belief.colour, &belief.tip);
        }
        rates_now(ui, run);
    });
    let lower = ui.available_height().max(50.0);
    canvas.beliefs(ui, lower, reset, &beliefs);
}

/// The learning rates in force, where they have decayed and there is room; the words at the pointer have them always.
fn rates_now(ui: &mut Ui, run: &RunView) {
    let Some([g, d]) = run.metrics.last().and_then(|m| run.decayed_rates(m)) else { return };
    if ui.available_width() < 120.0 {
        return;
    }
    // One word needs no order, and its width changes with every step.
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let line = format!("learning rates {}, {}", text::value(g), text::value(d));
        let tip = "Learning rates of the generator and the discriminator at the newest step. They decay towards the \
                   end of the run; the sliders show where they began.";
        brief(ui, line).on_hover_text(tip);
    });
}

/// The visible range of x, where the person has moved or zoomed the plot; none while it follows the run.
fn visible_x(ui: &Ui) -> Option<(f64, f64)> {
    let memory = egui_plot::PlotMemory::load(ui.ctx(), egui::Id::unique(UPPER))?;
    let bounds = *memory.transform().bounds();
    (!memory.auto_bounds.x).then(|| (bounds.min()[0], bounds.max()[0]))
}

impl LossPlots<'_> {
    fn losses(&self, ui: &mut Ui, height: f32, reset: bool) {
        let references = self.references();
        let marked = self.run.marks.iter().any(|mark| mark.revision > 0);
        // The label of a mark stands above the curves.
        let room = if marked { f64::from(LABEL / height.max(1.0)).clamp(0.1, 0.3) } else { 0.1 };
        let guessing = references.first().map_or(0.0, |line| line.at);
        let (low, high) = curves::loss_range(self.curves, guessing, room);
        let fresh = reset || plot_style::is_new(ui, UPPER);
        let plot = self.plot(UPPER, height, reset).include_y(low).include_y(high);
        let seen = |x| words::seen(self.run, self.curves, self.axis, x, &[Reading::LossG, Reading::LossD]);
        plot_style::show(ui, plot, ("Losses", vec2(self.width, height)), fresh, seen, move |plot| {
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
        let fresh = reset || plot_style::is_new(ui, LOWER);
        let plot = self.plot(LOWER, height, reset).include_y(-0.03).include_y(1.05);
        let plot = plot.y_grid_spacer(uniform_grid_spacer(|_| [1.0, 0.5, 0.25]));
        let readings: Vec<Reading> = beliefs.iter().map(|belief| belief.reading).collect();
        let seen = |x| words::seen(self.run, self.curves, self.axis, x, &readings);
        let size = vec2(self.width, height);
        plot_style::show(ui, plot, ("Discriminator output", size), fresh, seen, move |plot| {
            if words::has_middle(self.run) {
                plot.hline(self.reference("half", 0.5));
            }
            self.mark_lines(plot);
            for belief in beliefs {
                self.curve(plot, belief.reading, belief.colour);
            }
        });
    }
}
