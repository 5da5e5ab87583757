//! Exploring a generator: a large picture that follows the pad at once, and the controls that move it.

mod directions;
mod favourites;
mod pad;
pub(super) mod picture;
mod plane;
mod request;
mod scale;
mod source;
mod strip;
mod tools;

pub(super) use strip::small_picture;

use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, MODES, PadMode};
use crate::ui::focus::scrolled;
use crate::ui::theme::{self, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{pane, segmented, unless, weak};
use crate::ui::{logo, theme::XS};
use egui::{Align, Label, Layout, RichText, ScrollArea, Ui, Vec2, vec2};

/// Height of a row of controls.
const TABS: f32 = 32.0;
/// Width of the pad's column, in points: a share of the screen's, and its limits.
const SHARE: f32 = 0.4;
const COLUMN: std::ops::RangeInclusive<f32> = 320.0..=1100.0;
/// Height of a direction with its pictures, in points.
const DIRECTION: f32 = 100.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let space = ui.available_size();
    let right = (space.x * SHARE).clamp(*COLUMN.start(), *COLUMN.end()).min(space.x * 0.5);
    ui.horizontal_top(|ui| {
        pane(ui, vec2(space.x - right - S, space.y), |ui| stage(ui, view));
        pane(ui, vec2(right, space.y), |ui| instrument(ui, view));
    });
}

/// The picture, what it comes from, and what can be done with it.
fn stage(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        source::row(ui, view);
        let space = vec2(ui.available_width(), (ui.available_height() - tools::height(view) - S).max(60.0));
        if view.state.explore.model.is_some() {
            picture::show(ui, view, space);
        } else {
            nothing_open(ui, view, space);
        }
        tools::show(ui, view);
    });
}

/// The pad and the controls of its mode.
fn instrument(ui: &mut Ui, view: &mut View) {
    theme::card(ui).show(ui, |ui| {
        ui.set_min_size(ui.available_size());
        // While another generator is being opened, what is here belongs to the one before.
        let enabled = view.state.explore.model.is_some() && view.state.explore.opening.is_none();
        unless(ui, (!enabled).then_some(tools::OPENING), |ui| {
            tabs(ui, view);
            let space = vec2(ui.available_width(), ui.available_height());
            let share = match view.user.explore.mode {
                PadMode::Plane => space.y - 3.0 * TABS - S,
                PadMode::Directions => {
                    // On a large screen the few directions of a small generator leave the pad more.
                    let rows = view.user.explore.directions.amounts.len().max(4) as f32;
                    (space.y * 0.42).max(space.y - rows * DIRECTION - 3.0 * TABS)
                }
                PadMode::Favourites => space.y - 7.0 * TABS,
            };
            let side = space.x.min(share).max(140.0).floor();
            pad::show(ui, view, side);
            scrolled(ui, ScrollArea::vertical().id_salt("pad controls").auto_shrink(false), |ui| {
                if let Some(source) = &view.state.explore.opening {
                    // What is known of the generator before says nothing about this one.
                    weak(ui, format!("Loading {}…", source::name_of(source)));
                    return;
                }
                match view.user.explore.mode {
                    PadMode::Plane => plane::controls(ui, view),
                    PadMode::Directions => directions::controls(ui, view),
                    PadMode::Favourites => favourites::controls(ui, view),
                }
            });
        });
    });
}

fn tabs(ui: &mut Ui, view: &mut View) {
    let tips = [
        "An endless map: a picture at each grid point, and everything in between.",
        "What this generator can change: a slider for each direction, two of them on the pad.",
        "Your favourites on a canvas: move between them, or add and subtract them.",
    ];
    let chosen = MODES.iter().position(|m| *m == view.user.explore.mode).unwrap_or(0);
    let pressed = segmented(ui, "Pad", &["Plane", "Directions", "Favourites"], chosen, &tips);
    if let Some(mode) = pressed.and_then(|i| MODES.get(i)) {
        view.user.explore.enter(*mode);
    }
}

/// Before anything is open, and when it cannot be.
fn nothing_open(ui: &mut Ui, view: &mut View, space: Vec2) {
    ui.allocate_ui_with_layout(space, Layout::top_down(Align::Center), |ui| {
        ui.set_min_size(space);
        ui.add_space((space.y * 0.3).max(S));
        let p = palette(ui);
        let explore = &view.state.explore;
        ui.set_max_width(360.0_f32.min(space.x));
        if let Some(failure) = &explore.failure {
            logo::show(ui, 48.0);
            ui.label(theme::section("Cannot open this generator"));
            ui.add(Label::new(RichText::new(failure).color(p.bad)).wrap().halign(Align::Center));
            ui.add_space(XS);
            if ui.button("Open another…").on_hover_text("Choose a run or a model file.").clicked() {
                view.ask(Action::Dialog(Some(crate::ui::action::Dialog::OpenModel)));
            }
            if ui
                .button("Open the bundled generator")
                .on_hover_text("The generator that comes with Purrtrait.")
                .clicked()
            {
                let source = crate::engine::ExploreSource::Bundled;
                request::ask(view, ExploreAction::Open { source, goal: None });
            }
        } else {
            ui.add(egui::Spinner::new().size(28.0).color(p.accent));
            ui.add(Label::new(RichText::new("Opening the generator…").color(p.weak)).wrap().halign(Align::Center));
        }
    });
}
