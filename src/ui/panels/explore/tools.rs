//! Ways to move that every pad has, and what can be taken away.

use super::request::ask;
use crate::ui::action::{Action, Dialog};
use crate::ui::explorer::{ExploreAction, PSI, SPEED};
use crate::ui::text;
use crate::ui::theme::{CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, Slides, icon_button, primary, unless};
use egui::{Align, Button, Layout, RichText, Slider, Ui, vec2};

/// Why nothing can be done with a generator yet.
pub(super) const OPENING: &str = "Wait until the generator is open.";
/// Below this width in points, the controls stand closer together.
pub(super) const NARROW: f32 = 400.0;

/// Height of all rows.
pub(super) fn height(view: &View) -> f32 {
    let rows = 3.0 + f32::from(u8::from(has_past(view)));
    rows * CONTROL + (rows - 1.0) * S
}

/// Whether there are earlier checkpoints to go to.
fn has_past(view: &View) -> bool {
    view.state.explore.model.as_ref().is_some_and(|model| model.steps.all.len() > 1)
}

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let ready = view.user.explore.current.is_some() && view.state.explore.opening.is_none();
    unless(ui, (!ready).then_some(OPENING), |ui| {
        row(ui, |ui| moves(ui, view));
        row(ui, |ui| settings(ui, view));
        if has_past(view) {
            row(ui, |ui| scrubber(ui, view));
        }
        row(ui, |ui| outputs(ui, view));
    });
}

fn row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, CONTROL), Layout::left_to_right(Align::Center), |ui| {
        if width < NARROW {
            ui.spacing_mut().item_spacing.x = XS;
            ui.spacing_mut().button_padding.x = S;
        }
        add(ui);
    });
}

fn moves(ui: &mut Ui, view: &mut View) {
    let enabled = ui.is_enabled();
    if primary(ui, "Random", CONTROL, enabled).tip("A random picture (R).").clicked() {
        ask(view, ExploreAction::Random);
    }
    if ui.button("Mutate").tip("A variation of this picture (M).").clicked() {
        ask(view, ExploreAction::Mutate);
    }
    ui.spacing_mut().slider_width = (ui.available_width() - 170.0).clamp(24.0, 72.0);
    let percent = view.user.explore.strength_percent();
    let strength = Slider::new(&mut view.user.explore.strength, 0.02..=1.0).show_value(false);
    ui.add(Slides(strength))
        .accessible_name("Mutation strength")
        .tip(format!("How different a mutation is: {percent} %. At the right end, nothing of this picture is left."));
    let history = &view.user.explore.history;
    let back = (!history.can_undo()).then_some("There is no point before this one.");
    let forth = (!history.can_redo()).then_some("There is no point after this one.");
    if icon_button(ui, "↩", "Back", "Back to the previous point (Ctrl+Z).", back).clicked() {
        ask(view, ExploreAction::Undo);
    }
    if icon_button(ui, "↪", "Forward", "Forward to the next point (Ctrl+Shift+Z).", forth).clicked() {
        ask(view, ExploreAction::Redo);
    }
    let kept = view.user.explore.current.as_ref().is_some_and(|p| view.user.explore.favourites.holds(&p.latent));
    let star = if kept { "Kept" } else { "Keep" };
    let colour = if kept { palette(ui).accent } else { palette(ui).text };
    let button = Button::new(RichText::new(star).color(colour));
    let tip = "Keep it as a favourite, on your disk: to find it again, to move between favourites, to film (F).";
    if ui.add(button).tip(tip).clicked() {
        ask(view, ExploreAction::AddFavourite);
    }
}

fn settings(ui: &mut Ui, view: &mut View) {
    let p = palette(ui);
    ui.label("Truncation");
    let room = ui.available_width();
    ui.spacing_mut().slider_width = ((room - 264.0) / 2.0).clamp(44.0, 140.0);
    let tip = "Truncation (psi). Below 1: more realistic, less varied. Above 1: more varied, less realistic. 1 is off.";
    let psi = Slider::new(&mut view.user.explore.psi, 0.0..=PSI).step_by(0.01).show_value(false);
    if ui.add(Slides(psi)).accessible_name("Truncation").tip(tip).changed() {
        // Exactly 1 is off.
        view.user.explore.psi = (view.user.explore.psi * 100.0).round() / 100.0;
        ask(view, ExploreAction::Psi);
    }
    let psi = view.user.explore.psi;
    let shown = if psi == 1.0 { "off".to_owned() } else { format!("{psi:.2}") };
    let value = Button::new(RichText::new(shown).color(if psi == 1.0 { p.weak } else { p.accent })).frame(false);
    let reset = ui.add_sized(vec2(40.0, CONTROL), value);
    let named = || egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Truncation off");
    reset.widget_info(named);
    if reset.tip("Turn truncation off.").clicked() && psi != 1.0 {
        view.user.explore.psi = 1.0;
        ask(view, ExploreAction::Psi);
    }
    ui.add_space(S);
    let playing = view.user.explore.animation.playing;
    let (icon, tip) =
        if playing { ("‖", "Stop the animation (Space).") } else { ("▶", "Start the animation (Space).") };
    if icon_button(ui, icon, "Animate", tip, None).clicked() {
        ask(view, ExploreAction::TogglePlay);
    }
    ui.label(RichText::new("Speed").color(p.weak));
    let speed = Slider::new(&mut view.user.explore.animation.speed, SPEED).logarithmic(true).show_value(false);
    ui.add(Slides(speed)).accessible_name("Speed").tip("How fast the animation moves.");
}

/// The picture of the same point by the generator of an earlier step.
fn scrubber(ui: &mut Ui, view: &mut View) {
    let Some(model) = view.state.explore.model.clone() else { return };
    let steps = &model.steps;
    ui.label("Step");
    let last = steps.all.len() - 1;
    let mut index = view.user.explore.at_step.map_or(last, |step| steps.all.partition_point(|s| *s < step).min(last));
    let room = if steps.best.is_some() { 160.0 } else { 96.0 };
    ui.spacing_mut().slider_width = (ui.available_width() - room).max(60.0);
    let slider = Slider::new(&mut index, 0..=last).integer().show_value(false);
    let tip = "The same latent in earlier checkpoints.";
    if ui.add(Slides(slider)).accessible_name("Checkpoint").tip(tip).changed() {
        ask(view, ExploreAction::AtStep(steps.wish(steps.all[index])));
    }
    if let Some(best) = steps.best {
        let tip = "The checkpoint that was best by its measurements: the lowest KID without copies.";
        if ui.button("Best").tip(tip).clicked() {
            ask(view, ExploreAction::AtStep(steps.wish(best)));
        }
    }
    let shown = match view.user.explore.at_step {
        Some(step) => text::count(step),
        None => "newest".to_owned(),
    };
    ui.label(RichText::new(shown).color(palette(ui).weak));
}

fn outputs(ui: &mut Ui, view: &mut View) {
    // In a small window the rarer ones move into the menu.
    let wide = ui.available_width() >= 480.0;
    if ui.button("Save picture").tip("Save a PNG that contains its recipe (S).").clicked() {
        ask(view, ExploreAction::Save);
    }
    if icon_button(ui, "…", "Save options…", "Size, folder and name of saved pictures.", None).clicked() {
        view.ask(Action::Dialog(Some(Dialog::SaveOptions)));
    }
    if ui.button("Copy").tip("Copy the picture (C).").clicked() {
        ask(view, ExploreAction::Copy);
    }
    if wide {
        buttons(ui, view, MAIN);
    }
    let more = ui.menu_button("More", |ui| {
        ui.set_min_width(180.0);
        if !wide {
            buttons(ui, view, MAIN);
        }
        buttons(ui, view, RARE);
        train_further(ui, view);
    });
    more.response.tip("Export, blend and evaluate the generator, rank pictures, find the nearest training pictures.");
}

fn train_further(ui: &mut Ui, view: &mut View) {
    let model = view.state.played();
    let button = ui.add_enabled(model.is_some() && !view.state.beginning(), egui::Button::new("Train further…"));
    let tip = "Set up a run that starts from this model and adapts it to your pictures.";
    if button.on_hover_text(tip).disabled_because("A run is about to begin.").clicked()
        && let Some(model) = model
    {
        view.ask(Action::TrainFurther(model.into()));
    }
}

type Opens = (&'static str, &'static str, Dialog);

const MAIN: &[Opens] = &[
    ("Film…", "Make a film along your favourites or your history.", Dialog::Film),
    ("Find my cat…", "Find the point whose picture is most like yours.", Dialog::Search),
];
const RARE: &[Opens] = &[
    ("All favourites…", "Names, notes and export of the favourites of this generator (Ctrl+F).", Dialog::Favourites),
    ("Export generator…", "Use it in a browser, in PyTorch or in another program.", Dialog::Export),
    ("Blend with…", "Mix it with another generator: shapes from one, fur and colours from the other.", Dialog::Blend),
    ("Best of 1,000…", "The pictures that the discriminator rates most realistic.", Dialog::Curator),
    ("Evaluate…", "Measure how good its pictures are (Ctrl+E).", Dialog::Evaluate),
    ("Is it new?…", "The training pictures that are most like this one.", Dialog::Neighbours),
];

fn buttons(ui: &mut Ui, view: &mut View, all: &[Opens]) {
    for (label, tip, dialog) in all {
        if ui.button(*label).tip(*tip).clicked() {
            view.ask(Action::Dialog(Some(*dialog)));
        }
    }
}
