//! Runs side by side: what differs, their curves, and what they draw from the same latents.

use super::parts::{head, scroll, width};
use crate::engine::{ComparedRun, MOST_COMPARED, RunComparison};
use crate::printable;
use crate::ui::action::Action;
use crate::ui::comparing::Curve;
use crate::ui::curves::XAxis;
use crate::ui::focus::scrolled;
use crate::ui::panels::{plot_style, run_title};
use crate::ui::text;
use crate::ui::theme::{self, Palette, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, legend, segmented, small, weak};
use egui::{Color32, Grid, Image, Label, RichText, ScrollArea, Ui, vec2};
use egui_plot::{Line, Points};
use std::ops::RangeInclusive;
use std::sync::Arc;

const WIDTH: f32 = 860.0;
const PLOT: &str = "purrtrait_compare";

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Compare runs");
    let room = (ui.ctx().content_rect().height() - 140.0).max(120.0);
    scrolled(ui, scroll(room), |ui| {
        choice(ui, view);
        ui.add_space(S);
        if view.user.compare.chosen.len() < 2 {
            weak(ui, "Choose two runs or more.");
            return;
        }
        match view.state.comparison.clone() {
            Some(Err(why)) => {
                ui.add(Label::new(RichText::new(why).color(palette(ui).bad)).wrap());
            }
            Some(Ok(comparison)) if comparison.runs.iter().map(|r| &r.path).eq(&view.user.compare.chosen) => {
                curves(ui, view, &comparison);
                ui.add_space(S);
                sheets(ui, view, &comparison);
                ui.add_space(S);
                table(ui, &comparison);
            }
            // An answer may still be about an earlier choice.
            _ => {
                ui.horizontal(|ui| {
                    ui.spinner();
                    ui.label("Reading the runs, and what they draw…");
                });
            }
        }
    });
}

/// The runs with a tick for each that is compared.
fn choice(ui: &mut Ui, view: &mut View) {
    let runs = view.state.runs.clone().unwrap_or_default();
    ui.horizontal_wrapped(|ui| {
        for run in &runs {
            let mut on = view.user.compare.chosen.contains(&run.path);
            let free = on || view.user.compare.chosen.len() < MOST_COMPARED;
            let tick = ui.add_enabled(free, egui::Checkbox::new(&mut on, text::middle(&run_title(run), 30)));
            let tick = tick.on_hover_text(printable::path(&run.path));
            if tick.disabled_because(format!("Up to {MOST_COMPARED} runs at once.")).changed() {
                view.ask(Action::ToggleCompared(run.path.clone()));
            }
        }
    });
}

/// The colours of the runs, in their order.
fn colours(p: &Palette) -> [Color32; MOST_COMPARED] {
    [p.generator, p.discriminator, p.good, p.warn, p.bad, p.text]
}

fn name(run: &ComparedRun) -> String {
    text::middle(&run.name, 30)
}

fn curves(ui: &mut Ui, view: &mut View, comparison: &RunComparison) {
    let p = palette(ui);
    let shown = view.user.compare.shown(comparison);
    ui.horizontal_wrapped(|ui| {
        let labels = ["KID", "Generator loss", "Discriminator loss"];
        let tips = [
            "How far the pictures are from real ones; lower is better.",
            "High where the generator does not fool the discriminator.",
            "High where the discriminator cannot tell generated pictures from real ones.",
        ];
        let chosen = Curve::ALL.iter().position(|curve| *curve == shown).unwrap_or(0);
        if let Some(i) = segmented(ui, "Curve", &labels, chosen, &tips) {
            view.user.compare.curve = Some(Curve::ALL[i]);
        }
        for (run, colour) in comparison.runs.iter().zip(colours(p)) {
            legend(ui, &name(run), colour, &printable::path(&run.path));
        }
    });
    let lines: Vec<Vec<[f64; 2]>> = (0..comparison.runs.len()).map(|run| shown.points(comparison, run)).collect();
    let mut heights: Vec<f64> = lines.iter().flatten().map(|at| at[1]).collect();
    heights.sort_by(f64::total_cmp);
    // Of many values the first, wild ones would press everything else flat.
    let last = heights.len().saturating_sub(1);
    let Some(most) = heights.get(last - last / 50) else {
        weak(ui, "The pictures of these runs were not measured.");
        return;
    };
    let least = heights[0].min(0.0);
    ui.scope(|ui| {
        plot_style::small_numbers(ui);
        let size = vec2(ui.available_width(), 190.0);
        let plot = plot_style::plot(PLOT, size, XAxis::Steps, p, false);
        let plot = plot.include_x(0.0).include_y(least).include_y(1.05 * most);
        let seen = |x| seen(&comparison.runs, &lines, x);
        plot_style::show(ui, plot, ("Curves of the runs", size), false, seen, |plot| {
            for ((i, points), colour) in lines.iter().enumerate().zip(colours(p)) {
                plot.line(Line::new("", points.clone()).id((i, "line")).color(colour).width(2.0).allow_hover(false));
                if shown == Curve::Kid {
                    let dots = Points::new("", points.clone()).id((i, "dots")).radius(2.5);
                    plot.points(dots.color(colour).allow_hover(false));
                }
            }
        });
    });
}

/// What the curves show in the visible range of x: where they end there.
fn seen(runs: &[ComparedRun], lines: &[Vec<[f64; 2]>], x: RangeInclusive<f64>) -> String {
    let last = |points: &Vec<[f64; 2]>| points.iter().rfind(|at| x.contains(&at[0])).copied();
    let said = runs.iter().zip(lines).filter_map(|(run, points)| {
        let [step, value] = last(points)?;
        Some(format!("{} {value:.2} at step {}", name(run), text::count(step as u64)))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// The newest samples, as wide as each other.
fn sheets(ui: &mut Ui, view: &mut View, comparison: &Arc<RunComparison>) {
    if !comparison.other_latents.is_empty() {
        small(ui, comparison.other_latents.clone());
    }
    let tip = match comparison.other_latents.is_empty() {
        true => "What this run draws: each place shows the same latent in all runs.",
        false => "The newest samples of this run.",
    };
    let count = comparison.runs.len() as f32;
    let side = ((ui.available_width() - (count - 1.0) * S) / count).min(420.0);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = S;
        for run in &comparison.runs {
            ui.vertical(|ui| {
                ui.set_width(side);
                let line = format!("{}, step {}", name(run), text::count(run.sheet_step));
                match &run.sheet {
                    Some(sheet) => {
                        let texture = view.textures.small(ui.ctx(), sheet);
                        let size = vec2(side, side * sheet.height as f32 / sheet.width as f32);
                        let image = ui.add(Image::from_texture(&texture).fit_to_exact_size(size).alt_text(&line));
                        image.on_hover_text(tip)
                    }
                    None => weak(ui, "No samples yet."),
                };
                ui.add_space(XS);
                ui.add(Label::new(theme::bold(&line)).truncate());
            });
        }
    });
}

fn table(ui: &mut Ui, comparison: &RunComparison) {
    if comparison.differences.is_empty() {
        weak(ui, "No setting differs.");
        return;
    }
    scrolled(ui, ScrollArea::horizontal().id_salt("differences"), |ui| {
        Grid::new("differences").striped(true).num_columns(comparison.runs.len() + 1).spacing(vec2(18.0, 6.0)).show(
            ui,
            |ui| {
                ui.label("");
                for run in &comparison.runs {
                    ui.label(theme::bold(name(run)));
                }
                ui.end_row();
                for difference in &comparison.differences {
                    ui.label(&difference.label);
                    for value in &difference.values {
                        ui.label(text::middle(value, 40));
                    }
                    ui.end_row();
                }
            },
        );
    });
}
