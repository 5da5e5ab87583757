//! The pictures that the discriminator rates highest, and the training pictures that are nearest to the current one.

use super::chooser::Chooser;
use super::parts::{export, head, progress, square, width};
use crate::config::Usage;
use crate::engine::{Keepsake, Latent, LatentSpec};
use crate::pixels::Frame;
use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Gesture};
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{big, primary, weak};
use egui::{Button, RichText, Ui, WidgetInfo, accesskit::Role};
use std::sync::Arc;

/// Side of a neighbour in points: room for the two buttons below it.
const SIDE: f32 = 144.0;

pub(crate) fn curator(ui: &mut Ui, view: &mut View) {
    let screen = ui.ctx().content_rect().size();
    width(ui, 600.0);
    head(ui, view, "Best of 1,000");
    if let Some(ranking) = view.state.explore.ranking {
        progress(ui, view, ranking, "pictures");
        return;
    }
    let pictures = view.state.explore.curated.clone();
    if pictures.is_empty() {
        weak(
            ui,
            "Generates 1,000 pictures and shows those that the discriminator rates most realistic. This takes a \
             moment, and it needs the discriminator, which only runs and checkpoints contain.",
        );
    } else {
        best(ui, view, &pictures, screen.y - 360.0);
    }
    ui.add_space(S);
    let busy = view.state.explore.working();
    let label = if pictures.is_empty() { "Find the best" } else { "Find the best again" };
    let button = primary(ui, label, BIG_CONTROL, !busy).on_hover_text("Generate and rank 1,000 pictures.");
    if button.on_disabled_hover_text("Something else is in progress.").clicked() {
        view.ask(Action::Explore(ExploreAction::Curate));
    }
}

/// The best ones: to select, to keep, to export.
fn best(ui: &mut Ui, view: &mut View, pictures: &[(Latent, Arc<Frame>)], height: f32) {
    weak(ui, "Select those that you like: Ctrl with a click one more, Shift a range. A double click goes there.");
    let shown: Vec<u32> = (0..pictures.len() as u32).collect();
    let chooser = Chooser { name: "Best pictures", shown: &shown, side: 60.0, height: height.clamp(120.0, 420.0) };
    let done = chooser.show(ui, view.textures, &mut view.user.explore.best_chosen, |index| {
        (Some(pictures[index as usize].1.clone()), format!("Choice {}", index + 1))
    });
    if let Some(index) = done.opened {
        let go = ExploreAction::Go(LatentSpec::Latent(pictures[index as usize].0.clone()), Gesture::Single);
        view.ask(Action::Explore(go));
        view.ask(Action::Dialog(None));
    }
    let chosen = view.user.explore.best_chosen.chosen();
    let which = if chosen.is_empty() { shown } else { chosen };
    let step = view.state.explore.step;
    let label = format!("Keep {}", text::of(which.len(), "picture"));
    let tip = "Make the selected ones favourites, or all if none is selected.";
    if ui.add(big(&label)).on_hover_text(tip).clicked() {
        let which = which.iter().map(|i| *i as usize).collect();
        view.ask(Action::Explore(ExploreAction::KeepBest(which)));
    }
    if let Some(exporting) = view.state.explore.exporting {
        return progress(ui, view, exporting, "pictures");
    }
    export(ui, view, which.len(), |_| {
        let kept = which.iter().filter_map(|i| pictures.get(*i as usize));
        kept.map(|(latent, _)| Arc::new(Keepsake::new(latent.clone(), 1.0, step))).collect()
    });
}

/// What the run in progress makes of a training picture: only where it is the run that the picture belongs to.
fn usage(ui: &mut Ui, view: &mut View, number: usize, digest: &str) {
    let training = view.state.explores_the_live_run();
    let now = view.user.tuner.edit.pictures.of(digest);
    let why = "Only while this run trains.";
    let choices = [
        ("Leave out", Usage::LeftOut, "The run trains on without this picture."),
        ("Favour", Usage::Favoured, "The run sees this picture three times as often as others."),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = XS;
        for (label, usage, tip) in choices {
            let on = now == usage && training;
            let button = ui.add_enabled(training, Button::new(RichText::new(label).size(12.0)).selected(on));
            let name = format!("{label} neighbour {number}");
            button.widget_info(|| WidgetInfo::selected(Role::CheckBox, training, on, &name));
            let tip = format!("{tip} Marked on the plots. Click again, or Undo in the live settings, takes it back.");
            if button.on_hover_text(tip).on_disabled_hover_text(why).clicked() {
                let mut tunables = view.user.tuner.edit.clone();
                tunables.pictures.set(digest, if on { Usage::Usual } else { usage });
                view.ask(Action::Tune { key: "pictures", tunables });
            }
        }
    });
}

pub(crate) fn neighbours(ui: &mut Ui, view: &mut View) {
    width(ui, 3.0 * SIDE + 2.0 * S);
    head(ui, view, "Is it new?");
    weak(ui, "The training pictures that are most like it. If one is nearly the same, the generator has memorised it.");
    if let Some(drawn) = &view.state.explore.drawn {
        let frame = drawn.frame.clone();
        ui.vertical_centered(|ui| square(ui, view, &frame, SIDE, "The current picture"));
    }
    let state = &view.state.explore;
    if let Some(comparing) = state.comparing {
        weak(ui, "Comparing. The first time, all training pictures are prepared.");
        progress(ui, view, comparing, "pictures");
        return;
    }
    let busy = state.working();
    let current = view.user.explore.current.as_ref().map(|p| p.latent.clone());
    let known = state.neighbours.as_ref().filter(|(latent, _)| Some(latent) == current.as_ref());
    if let Some((_, found)) = known {
        if found.is_empty() {
            weak(ui, "There are no training pictures to compare with.");
        }
        let found: Vec<_> = found.iter().cloned().enumerate().collect();
        for row in found.chunks(3) {
            ui.horizontal_top(|ui| {
                for (i, near) in row {
                    ui.vertical(|ui| {
                        ui.set_width(SIDE);
                        square(ui, view, &near.frame, SIDE, &format!("Neighbour {}", i + 1));
                        let mirror = if near.mirrored { ", mirrored" } else { "" };
                        let line = RichText::new(format!("{:.0} of 255 off{mirror}", near.distance)).size(12.0);
                        ui.label(line.color(palette(ui).weak));
                        usage(ui, view, i + 1, &near.digest);
                    });
                }
            });
        }
        return;
    }
    let button = primary(ui, "Compare", BIG_CONTROL, current.is_some() && !busy);
    let button =
        button.on_hover_text("Search all training pictures.").on_disabled_hover_text("Something else is in progress.");
    if button.clicked() {
        view.ask(Action::Explore(ExploreAction::Neighbours));
    }
}
