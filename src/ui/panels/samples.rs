//! The sample grid: what the generator makes of the same latents, now and at every step before.

use crate::ui::action::{Action, Dialog};
use crate::ui::state::{Grid, Samples};
use crate::ui::theme::{self, M, S, XS, palette};
use crate::ui::user::Timeline;
use crate::ui::view::View;
use crate::ui::widgets::{ImageGrid, Reasoned, Slides, icon_button, toggle};
use crate::ui::{logo, text};
use egui::{Align, Label, Layout, RichText, Slider, Ui, vec2};

/// Seconds that the timelapse takes from the first grid to the last, however many there are.
const LENGTH: f64 = 10.0;
/// Grids shown per second at most; of more than 120 some are passed over.
const SPEED: f64 = 12.0;
/// Grids read ahead of the current one.
const AHEAD: usize = 6;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        let grid = on_show(view);
        title(ui, grid.as_ref());
        let foot = 36.0;
        let space = vec2(ui.available_width(), (ui.available_height() - foot - S).max(40.0));
        match grid {
            Some(grid) => sheet(ui, view, &grid, space),
            None => empty(ui, view, space),
        }
        scrubber(ui, view);
    });
}

/// Moves the timeline along and picks the grid to draw: the wanted one, or until it is read the one before.
pub(crate) fn on_show(view: &mut View) -> Option<Grid> {
    let run = view.state.run.as_ref()?;
    let samples = &run.samples;
    let line = &mut view.user.timeline;
    if line.serial != run.serial {
        *line = Timeline { serial: run.serial, ..Timeline::default() };
    }
    // The step may have been thinned out meanwhile.
    line.at = line.at.and_then(|at| samples.nearest(at));
    advance(line, samples, view.now);
    let wanted = line.at.or(samples.newest())?;
    if samples.grid(wanted).is_some() {
        line.shown = Some(wanted);
    } else {
        view.actions.push(Action::LoadSample(wanted));
    }
    if line.playing {
        let from = samples.index_of(wanted);
        let next = samples.steps().iter().skip(from).step_by(stride(samples.steps().len())).skip(1).take(AHEAD);
        view.actions.extend(next.filter(|&&s| samples.grid(s).is_none()).map(|&s| Action::LoadSample(s)));
    }
    line.shown.and_then(|step| samples.grid(step)).cloned()
}

/// Of how many grids the timelapse shows one.
fn stride(grids: usize) -> usize {
    grids.div_ceil((LENGTH * SPEED) as usize).max(1)
}

/// Seconds for which the timelapse shows a grid.
fn pace(grids: usize) -> f64 {
    LENGTH / grids.div_ceil(stride(grids)).max(1) as f64
}

/// One step of the timelapse, once the current grid has had its time and is on show. Where reading was slow, those that
/// should have been on show by now are passed over.
fn advance(line: &mut Timeline, samples: &Samples, now: f64) {
    let (true, Some(at)) = (line.playing, line.at) else { return };
    if now < line.next_frame || line.shown != Some(at) {
        return;
    }
    let (steps, pace) = (samples.steps(), pace(samples.steps().len()));
    let passed = ((now - line.next_frame) / pace) as usize + 1;
    line.next_frame += passed as f64 * pace;
    let (index, last) = (samples.index_of(at), steps.len().saturating_sub(1));
    if index >= last {
        line.playing = false;
        line.at = None;
    } else {
        line.at = steps.get((index + passed * stride(steps.len())).min(last)).copied();
    }
}

fn title(ui: &mut Ui, grid: Option<&Grid>) {
    ui.horizontal(|ui| {
        ui.label(theme::section("Samples"));
        // One word needs no order, and its width changes with every grid.
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let Some(grid) = grid else { return };
            ui.label(RichText::new(format!("step {}", text::count(grid.step))).color(palette(ui).weak));
        });
    });
}

fn sheet(ui: &mut Ui, view: &mut View, grid: &Grid, space: egui::Vec2) {
    let texture = view.textures.sample(ui.ctx(), &grid.frame);
    let layout = grid.layout();
    let name = format!("Sample pictures of step {}", grid.step);
    ui.allocate_ui_with_layout(space, Layout::top_down(Align::Center), |ui| {
        ui.set_min_size(space);
        let widget = ImageGrid { texture: &texture, layout, name, clickable: true };
        let (response, tile) = widget.show(ui, space);
        response.on_hover_text("Each tile always shows the same latent. Click a picture to enlarge it.");
        if let Some(tile) = tile {
            view.ask(Action::Dialog(Some(Dialog::Tile(tile))));
        }
    });
}

fn empty(ui: &mut Ui, view: &View, space: egui::Vec2) {
    ui.allocate_ui_with_layout(space, Layout::top_down(Align::Center), |ui| {
        ui.set_min_size(space);
        ui.add_space(space.y * 0.3);
        logo::show(ui, 56.0);
        ui.add_space(XS);
        let begun = view.state.busy() || view.state.watching;
        let line = match (begun, view.user.config.start.is_some()) {
            (true, true) => "The first samples appear with the first steps. They start as what the model knows.",
            (true, false) => "The first samples appear with the first steps. They start as noise.",
            (false, _) => "Samples appear here while a run trains.",
        };
        // More than there is would widen the panel and push its neighbours out of the window.
        ui.set_max_width(ui.available_width().min(320.0));
        ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap().halign(Align::Center));
    });
}

/// The timeline; also under the large view of one tile.
pub(crate) fn scrubber(ui: &mut Ui, view: &mut View) {
    let Some(run) = &view.state.run else { return };
    let steps = run.samples.steps();
    let line = &mut view.user.timeline;
    let enough = steps.len() > 1;
    let few = (!enough).then_some("There is one grid of samples so far, or none.");
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, 28.0), Layout::left_to_right(Align::Center), |ui| {
        let (icon, tip) = if line.playing {
            ("‖", "Stop the timelapse.")
        } else {
            ("▶", "Play from the first samples to now, in ten seconds.")
        };
        if icon_button(ui, icon, "Timelapse", tip, few).clicked() {
            play(line, steps, view.now);
        }
        let last = steps.len().saturating_sub(1);
        let mut index = line.at.map_or(last, |step| run.samples.index_of(step));
        ui.spacing_mut().slider_width = (ui.available_width() - 38.0 - 40.0 - 2.0 * M).max(40.0);
        let slider = Slider::new(&mut index, 0..=last.max(1)).show_value(false).integer();
        let response = ui.add_enabled(enough, Slides(slider)).accessible_name("Timeline");
        let response = response.disabled_because(few.unwrap_or_default());
        if response.on_hover_text("Go back in time: the same latents at earlier steps.").changed() {
            line.playing = false;
            line.at = if index >= last { None } else { steps.get(index).copied() };
        }
        let mut live = line.at.is_none();
        if toggle(ui, &mut live, "Live").on_hover_text("Follow the newest samples.").changed() {
            line.playing = false;
            line.at = if live { None } else { steps.last().copied() };
        }
        ui.label(RichText::new("Live").size(12.0).color(palette(ui).weak));
    });
    if line.playing {
        ui.ctx().request_repaint_after_secs((line.next_frame - view.now).clamp(0.01, 0.5) as f32);
    }
}

/// From the start, unless the person has chosen an earlier step.
fn play(line: &mut Timeline, steps: &[u64], now: f64) {
    line.playing = !line.playing;
    if line.playing {
        line.next_frame = now + pace(steps.len());
        line.at = line.at.filter(|at| Some(at) != steps.last()).or(steps.first().copied());
    }
}
