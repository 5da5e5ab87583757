//! Making a film: its path through latent space, its length, and its file.

use super::parts::{WIDTH, head, open_saved, progress, sharpening, side, upscaling, width};
use crate::engine::{Easing, FPS, FileUse};
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::{Along, ExploreAction, FilmForm};
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::theme::{BIG_CONTROL, S};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, plain, primary, segmented, setting, toggle, told, weak};
use egui::{DragValue, Ui};

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Make a film");
    if let Some(film) = view.state.explore.film {
        progress(ui, view, film, "frames");
        return;
    }
    let explore = &mut view.user.explore;
    let counts = [explore.favourites.wanted().len(), explore.history.past().len()];
    path(ui, &mut explore.film, counts);
    let few = match explore.film.along {
        Along::Favourites if counts[0] < 2 => {
            Some("A film along favourites needs two of them: keep more, or take a walk.")
        }
        Along::Past if counts[1] < 2 => {
            Some("A film along the history needs two points: go on exploring, or take a walk.")
        }
        _ => None,
    };
    if let Some(line) = few {
        weak(ui, line);
    }
    movement(ui, &mut explore.film);
    let side = side(view);
    upscaling(ui, &mut view.user.explore.film.upscale, side);
    let (network, form) = (view.state.explore.sharpener.network, &mut view.user.explore.film);
    sharpening(ui, network, &mut form.sharpen, form.upscale);
    ui.label("File");
    let field = PathEntry { name: "Film file", hint: "film.mp4", go: None, browse: Purpose::FilmFile };
    field.show(ui, view, |form| &mut form.explore.film.out);
    let formats = FileUse::Film.listed();
    weak(ui, format!("The extension selects the format: {formats}. If the name is taken, a number is added."));
    weak(ui, "MP4 is H.264, which phones play, where ffmpeg is installed; otherwise AV1.");
    ui.add_space(S);
    // A walk and a training need the current picture only.
    let points = match view.user.explore.film.along {
        Along::Favourites => counts[0],
        Along::Past => counts[1],
        Along::Walk | Along::Training => 2 * usize::from(view.user.explore.current.is_some()),
    };
    let typed = !view.user.explore.film.out.trim().is_empty();
    let busy = view.state.explore.working();
    ui.horizontal(|ui| {
        let no_run = view.user.explore.film.along == Along::Training && !view.state.explore.has_run();
        let why = match (points < 2, busy) {
            _ if no_run => "This generator does not come from a run: there is no training to film.",
            (true, _) => "A film needs at least two points.",
            (_, true) => "Something else is in progress.",
            _ => "Enter a file name.",
        };
        let make = primary(ui, "Make film", BIG_CONTROL, points >= 2 && typed && !busy && !no_run);
        if make.on_hover_text("Generate and write all frames.").disabled_because(why).clicked() {
            view.ask(Action::Explore(ExploreAction::Film));
        }
        open_saved(ui, view);
    });
}

/// Which points the film leads through; `counts` are those of favourites and history.
fn path(ui: &mut Ui, film: &mut FilmForm, counts: [usize; 2]) {
    let along = [Along::Favourites, Along::Past, Along::Walk, Along::Training];
    setting(ui, "Path", |ui| {
        let chosen = along.iter().position(|a| *a == film.along).unwrap_or(0);
        let labels = [format!("Favourites ({})", counts[0]), format!("History ({})", counts[1])];
        let tips = [
            "From favourite to favourite, in their order: all, or those selected in their list (Ctrl+F).",
            "All points up to the current one.",
            "From the current picture in random directions, a new one each second.",
            "The current picture at every checkpoint of its run, one frame each.",
        ];
        if let Some(i) = segmented(ui, "Path", &[&labels[0], &labels[1], "Walk", "Training"], chosen, &tips) {
            film.along = along[i];
        }
    });
}

/// How many pictures it has, and how it moves along the path.
fn movement(ui: &mut Ui, film: &mut FilmForm) {
    setting(ui, "Frames", |ui| {
        let seconds = f64::from(film.frames) / f64::from(film.fps.max(1));
        let number = DragValue::new(&mut film.frames);
        let number = told(number, ui.ctx(), "Frames", 2.0..=100_000.0, |typed| plain(typed, ""));
        ui.add(number).accessible_name("Frames").on_hover_text(format!("Length of the film: {seconds:.1} s."));
    });
    setting(ui, "Frames per second", |ui| {
        let range = f64::from(*FPS.start())..=f64::from(*FPS.end());
        let number = DragValue::new(&mut film.fps);
        let number = told(number, ui.ctx(), "Frames per second", range, |typed| plain(typed, ""));
        ui.add(number).accessible_name("Frames per second").on_hover_text("At most 50 in a GIF.");
    });
    setting(ui, "Loop", |ui| {
        toggle(ui, &mut film.closed, "Loop").on_hover_text("Return to the first point at the end.");
    });
    setting(ui, "Easing", |ui| {
        let easings = [Easing::Linear, Easing::Smooth];
        let chosen = easings.iter().position(|e| *e == film.easing).unwrap_or(0);
        let tips = ["Move at constant speed.", "Slow down at each point."];
        if let Some(i) = segmented(ui, "Easing", &["Linear", "Smooth"], chosen, &tips) {
            film.easing = easings[i];
        }
    });
}
