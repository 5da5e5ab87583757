//! The pictures that the discriminator rates highest, and the training pictures that are nearest to the current one.

use super::chooser::Chooser;
use super::parts::{export, head, progress, square, width};
use crate::config::Usage;
use crate::engine::{ExploreSource, Keepsake, Latent, LatentSpec, Originality};
use crate::pixels::Frame;
use crate::printable;
use crate::ui::action::Action;
use crate::ui::explorer::{ExploreAction, Gesture};
use crate::ui::state::Compared;
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, big, primary, weak};
use egui::{Button, Label, RichText, Ui, WidgetInfo, accesskit::Role};
use std::path::Path;
use std::sync::Arc;

/// Why nothing can be rated.
const NO_DISCRIMINATOR: &str = "This model file has no discriminator that could rate pictures. Runs have one, and \
                                files that were exported with it.";
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
    if !view.state.explore.model.as_ref().is_none_or(|model| model.discriminator) {
        weak(ui, NO_DISCRIMINATOR);
    } else if pictures.is_empty() {
        weak(ui, "Generates 1,000 pictures and shows those that the discriminator rates most realistic.");
    } else {
        best(ui, view, &pictures, screen.y - 360.0);
    }
    ui.add_space(S);
    let busy = view.state.explore.working();
    let label = if pictures.is_empty() { "Find the best" } else { "Find the best again" };
    let rated = view.state.explore.model.as_ref().is_some_and(|model| model.discriminator);
    let why = match (rated, busy) {
        (true, _) => "Something else is in progress.",
        (false, _) => NO_DISCRIMINATOR,
    };
    let button = primary(ui, label, BIG_CONTROL, !busy && rated).on_hover_text("Generate and rank 1,000 pictures.");
    if button.disabled_because(why).clicked() {
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
    let left = view.state.run.as_ref().and_then(|run| run.info.as_ref()).map_or(0, |info| info.pictures);
    let last = view.user.tuner.edit.pictures.counts().0 + 1 >= left;
    let choices = [
        ("Leave out", Usage::LeftOut, "The run trains on without this picture."),
        ("Favour", Usage::Favoured, "The run sees this picture three times as often as others."),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = XS;
        for (label, usage, tip) in choices {
            let on = now == usage && training;
            let why =
                if training { "It is the last one that the run trains on." } else { "Only while this run trains." };
            let enabled = training && (on || usage != Usage::LeftOut || !last);
            let button = ui.add_enabled(enabled, Button::new(RichText::new(label).size(12.0)).selected(on));
            let name = format!("{label} neighbour {number}");
            button.widget_info(|| WidgetInfo::selected(Role::CheckBox, enabled, on, &name));
            let tip = format!("{tip} Marked on the plots. Click again, or Undo in the live settings, takes it back.");
            if button.on_hover_text(tip).disabled_because(why).clicked() {
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
    let compared = state.compared.as_ref().filter(|compared| Some(&compared.latent) == current.as_ref());
    if let Some(compared) = compared.cloned() {
        return answer(ui, view, &compared);
    }
    let missing = state.model.as_ref().filter(|model| model.run_seed.is_none());
    match missing.map(|model| &model.source) {
        Some(ExploreSource::Bundled) => {
            let text = "The bundled generator cannot be asked: the photos that it learned from are not part of \
                        Purrtrait. Generators of your own runs can.";
            weak(ui, text);
        }
        Some(_) => {
            weak(ui, "This generator is not part of a run here, so its training pictures are unknown.");
        }
        None => {
            weak(ui, "Searches all training pictures for those that are most like it, also mirrored.");
        }
    }
    let why = if busy { "Something else is in progress." } else { "Its training pictures are not here." };
    let button = primary(ui, "Compare", BIG_CONTROL, current.is_some() && !busy && missing.is_none());
    if button.on_hover_text("Search all training pictures.").disabled_because(why).clicked() {
        view.ask(Action::Explore(ExploreAction::Neighbours));
    }
}

/// The verdict and what it rests on.
fn answer(ui: &mut Ui, view: &mut View, compared: &Compared) {
    let p = palette(ui);
    let (words, colour) = match compared.verdict {
        _ if compared.found.is_empty() => ("There are no training pictures to compare with.".to_owned(), p.weak),
        None => ("The training pictures are too few, or too alike, to say. These are most like it.".to_owned(), p.weak),
        Some((verdict, share)) => (verdict.in_words(share), if verdict == Originality::New { p.good } else { p.warn }),
    };
    ui.add(Label::new(RichText::new(words).color(colour)).wrap());
    let found: Vec<_> = compared.found.iter().enumerate().collect();
    for row in found.chunks(3) {
        ui.horizontal_top(|ui| {
            for (i, near) in row {
                ui.vertical(|ui| {
                    ui.set_width(SIDE);
                    square(ui, view, &near.frame, SIDE, &format!("Neighbour {}", i + 1));
                    let mirror = if near.mirrored { ", mirrored" } else { "" };
                    let line = format!("{:.0} of 255 off{mirror}", near.distance);
                    ui.label(RichText::new(line).size(12.0).color(p.weak));
                    if let Some(photo) = &near.photo {
                        let name = printable::path(Path::new(photo.file_name().unwrap_or(photo.as_os_str())));
                        let name = Label::new(RichText::new(name).size(12.0).color(p.weak)).truncate();
                        ui.add(name).on_hover_text(printable::path(photo));
                    }
                    usage(ui, view, i + 1, &near.digest);
                });
            }
        });
    }
}
