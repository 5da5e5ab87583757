//! What the explorer asks in a window of its own.

use super::discover;
use crate::engine::{Easing, ExploreSource, FPS, MAX_UPSCALE, PLACEHOLDERS};
use crate::printable;
use crate::ui::action::{Action, Dialog, Purpose};
use crate::ui::explorer::{Along, ExploreAction, ExploreForm};
use crate::ui::panels::View;
use crate::ui::panels::dialogs::head;
use crate::ui::state::{Counted, Search};
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, CONTROL, S, XS, palette};
use crate::ui::widgets::{PathEvent, path_field, primary, segmented, setting, toggle};
use egui::{DragValue, Label, ProgressBar, RichText, Sense, TextEdit, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

const WIDTH: f32 = 460.0;

pub fn ask(view: &mut View, action: ExploreAction) {
    view.ask(Action::Explore(action));
}

pub fn width(ui: &mut Ui, width: f32) {
    ui.set_width(width.min(ui.ctx().content_rect().width() - 80.0));
}

pub(crate) fn weak(ui: &mut Ui, line: &str) {
    ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap());
}

/// The path that was typed, if it was entered.
fn path(
    ui: &mut Ui,
    view: &mut View,
    text: fn(&mut ExploreForm) -> &mut String,
    field: Field,
) -> Option<std::path::PathBuf> {
    let mut typed = std::mem::take(text(&mut view.form.explore));
    let width = ui.available_width();
    let event = path_field(ui, &mut typed, field.name, field.hint, field.go, width);
    *text(&mut view.form.explore) = typed;
    match event? {
        PathEvent::Entered(path) => Some(path),
        PathEvent::Browse => {
            view.ask(Action::Browse(field.browse));
            None
        }
    }
}

struct Field {
    name: &'static str,
    hint: &'static str,
    go: Option<&'static str>,
    browse: Purpose,
}

fn open_model(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Open a generator");
    weak(ui, "A run folder, a checkpoint, a .safetensors file, or a DCGAN generator from PyTorch (.pth, .pt, .ckpt).");
    ui.add_space(XS);
    let field = Field { name: "Generator", hint: "path of the generator", go: Some("Open"), browse: Purpose::Model };
    if let Some(path) = path(ui, view, |e| &mut e.model_text, field) {
        ask(view, ExploreAction::Open { source: ExploreSource::File(path), goal: None });
    }
    if ui.button("Browse for a folder…").on_hover_text("Choose a run or a checkpoint.").clicked() {
        view.ask(Action::Browse(Purpose::ModelFolder));
    }
}

fn upscale(ui: &mut Ui, value: &mut u32, side: u32) {
    setting(ui, "Upscaling", |ui| {
        let labels = ["1×", "2×", "4×", "8×"];
        let sizes = [1, 2, 4, MAX_UPSCALE];
        let tips = sizes.map(|n| format!("{0} × {0} px", n * side));
        let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
        let chosen = sizes.iter().position(|n| n == value).unwrap_or(usize::MAX);
        if let Some(i) = segmented(ui, "Upscaling", &labels, chosen, &tips) {
            *value = sizes[i];
        }
        let number = DragValue::new(value).range(1..=MAX_UPSCALE).suffix("×");
        ui.add(number).accessible_name("Upscaling factor").on_hover_text("Any whole number from 1 to 8.");
    });
}

fn side(view: &View) -> u32 {
    view.state.explore.model.as_ref().map_or(64, |model| model.config.size)
}

fn save_options(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Save pictures");
    let side = side(view);
    upscale(ui, &mut view.form.explore.save.upscale, side);
    ui.label("Folder");
    let field =
        Field { name: "Folder for saved pictures", hint: "path of the folder", go: None, browse: Purpose::SaveFolder };
    path(ui, view, |e| &mut e.save.folder, field);
    ui.label("File name");
    let edit = TextEdit::singleline(&mut view.form.explore.save.template)
        .desired_width(ui.available_width() - 16.0)
        .margin(egui::Margin::symmetric(8, 5))
        .min_size(vec2(0.0, CONTROL));
    let tip = "The file name without its extension. Nothing is overwritten: if the name is taken, a number is added.";
    ui.add(edit).accessible_name("File name of saved pictures").on_hover_text(tip);
    weak(ui, &format!("Placeholders: {PLACEHOLDERS}."));
    ui.add_space(S);
    ui.horizontal(|ui| {
        let enabled = view.form.explore.current.is_some();
        if primary(ui, "Save picture", BIG_CONTROL, enabled).on_hover_text("Save the current picture.").clicked() {
            ask(view, ExploreAction::Save);
            view.ask(Action::Dialog(None));
        }
        show_saved(ui, view);
    });
}

fn show_saved(ui: &mut Ui, view: &mut View) {
    let folder = view.state.explore.saved.as_ref().and_then(|path| path.parent()).map(|path| path.to_path_buf());
    if let Some(folder) = folder {
        let button = egui::Button::new("Open folder").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(button).on_hover_text(printable::path(&folder)).clicked() {
            view.ask(Action::Reveal(folder));
        }
    }
}

fn film(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Make a film");
    if let Some(film) = view.state.explore.film {
        progress(ui, view, film, "frames");
        return;
    }
    let explore = &mut view.form.explore;
    let counts = [explore.favourites.list.len(), explore.history.past().len()];
    let along = [Along::Favourites, Along::Past, Along::Walk, Along::Training];
    setting(ui, "Path", |ui| {
        let chosen = along.iter().position(|a| *a == explore.film.along).unwrap_or(0);
        let labels = [format!("Favourites ({})", counts[0]), format!("History ({})", counts[1])];
        let tips = [
            "From favourite to favourite, in their order.",
            "All points up to the current one.",
            "From the current picture in random directions, a new one each second.",
            "The current picture at every checkpoint of its run, one frame each.",
        ];
        if let Some(i) = segmented(ui, "Path", &[&labels[0], &labels[1], "Walk", "Training"], chosen, &tips) {
            explore.film.along = along[i];
        }
    });
    let film = &mut explore.film;
    setting(ui, "Frames", |ui| {
        let seconds = f64::from(film.frames) / f64::from(film.fps.max(1));
        let number = DragValue::new(&mut film.frames).range(2..=100_000);
        ui.add(number).accessible_name("Frames").on_hover_text(format!("Length of the film: {seconds:.1} s."));
    });
    setting(ui, "Frames per second", |ui| {
        let number = DragValue::new(&mut film.fps).range(FPS);
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
    let side = side(view);
    upscale(ui, &mut view.form.explore.film.upscale, side);
    ui.label("File");
    let field = Field { name: "Film file", hint: "film.webm", go: None, browse: Purpose::FilmFile };
    path(ui, view, |e| &mut e.film.out, field);
    weak(ui, "The extension selects the format: .webm, .gif or .apng. If the name is taken, a number is added.");
    ui.add_space(S);
    let points = match view.form.explore.film.along {
        Along::Favourites => counts[0],
        Along::Past => counts[1],
        // The way is made on the fly; all it needs is where to begin.
        Along::Walk | Along::Training => 2 * usize::from(view.form.explore.current.is_some()),
    };
    let typed = !view.form.explore.film.out.trim().is_empty();
    let busy = view.state.explore.working();
    ui.horizontal(|ui| {
        let why = match (points < 2, busy) {
            (true, _) => "A film needs at least two points.",
            (_, true) => "Something else is in progress.",
            _ => "Enter a file name.",
        };
        let make = primary(ui, "Make film", BIG_CONTROL, points >= 2 && typed && !busy);
        if make.on_hover_text("Generate and write all frames.").on_disabled_hover_text(why).clicked() {
            ask(view, ExploreAction::Film);
        }
        show_saved(ui, view);
    });
}

fn export(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Export generator");
    weak(
        ui,
        "The extension selects the format: .html is one page that generates cats in any browser, even offline; \
         .safetensors is for PyTorch and comes with a small program that loads it; .onnx is for most other programs.",
    );
    ui.add_space(XS);
    let field = Field { name: "Generator file", hint: "cats.html", go: None, browse: Purpose::ExportFile };
    path(ui, view, |e| &mut e.export_text, field);
    ui.add_space(S);
    let ready = view.state.explore.model.is_some() && !view.form.explore.export_text.trim().is_empty();
    ui.horizontal(|ui| {
        let button = primary(ui, "Export", BIG_CONTROL, ready)
            .on_hover_text("Nothing is overwritten: if the name is taken, a number is added.");
        if button.on_disabled_hover_text("Enter a file name.").clicked() {
            ask(view, ExploreAction::Export);
        }
        show_saved(ui, view);
    });
}

pub fn progress(ui: &mut Ui, view: &mut View, Counted { done, total }: Counted, things: &str) {
    let share = done as f32 / total.max(1) as f32;
    ui.label(format!("{} of {} {things}", text::count(done as u64), text::count(total as u64)));
    ui.add(ProgressBar::new(share).desired_width(ui.available_width()).desired_height(6.0).fill(palette(ui).accent));
    ui.add_space(S);
    cancel(ui, view);
}

fn cancel(ui: &mut Ui, view: &mut View) {
    let button = egui::Button::new("Cancel").min_size(vec2(0.0, BIG_CONTROL));
    if ui.add(button).on_hover_text("Cancel what is in progress.").clicked() {
        ask(view, ExploreAction::Cancel);
    }
}

/// A square picture in a dialog.
pub fn square(ui: &mut Ui, view: &mut View, frame: &std::sync::Arc<crate::pixels::Frame>, side: f32, name: &str) {
    let texture = view.textures.small(ui.ctx(), frame);
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    egui::Image::from_texture(&texture).corner_radius(8).paint_at(ui, rect);
}

fn search(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Find my cat");
    weak(
        ui,
        "Finds the point in latent space whose picture is most like yours. Your picture is cropped to its centre.",
    );
    ui.add_space(XS);
    let state = &view.state.explore;
    if let Search::Running { done, total, frame, error } = &state.search {
        let (done, total, error) = (*done, *total, *error);
        if let Some(frame) = frame.clone() {
            ui.vertical_centered(|ui| square(ui, view, &frame, 224.0, "Best match so far"));
            ui.label(format!("Mean pixel error: {error:.1} of 255"));
        }
        progress(ui, view, Counted { done, total }, "steps");
        return;
    }
    let busy = state.working();
    if let Search::Found { steps, error } = state.search {
        let p = palette(ui);
        let line = format!("Found after {} steps. Mean pixel error: {error:.1} of 255.", text::count(steps as u64));
        ui.add(Label::new(RichText::new(line).color(p.good)).wrap());
        weak(ui, "It is now the current picture, and part of your history.");
    }
    let field = Field { name: "Your picture", hint: "path of the picture", go: Some("Search"), browse: Purpose::Photo };
    ui.add_enabled_ui(!busy, |ui| {
        if let Some(path) = path(ui, view, |e| &mut e.photo_text, field) {
            ask(view, ExploreAction::Search(path));
        }
        let paste = ui.button("Paste picture").on_hover_text("Search for a picture that you copied elsewhere.");
        if paste.clicked() {
            ask(view, ExploreAction::Paste);
        }
    });
    if busy {
        weak(ui, "Something else is in progress. Wait for it, or cancel it.");
        cancel(ui, view);
    }
}

/// Which of the dialogs belong to the explorer.
pub fn show(ui: &mut Ui, view: &mut View, dialog: Dialog) {
    match dialog {
        Dialog::OpenModel => open_model(ui, view),
        Dialog::SaveOptions => save_options(ui, view),
        Dialog::Film => film(ui, view),
        Dialog::Export => export(ui, view),
        Dialog::Search => search(ui, view),
        Dialog::Curator => discover::curator(ui, view),
        Dialog::Neighbours => discover::neighbours(ui, view),
        Dialog::Help
        | Dialog::ConfirmStop
        | Dialog::ConfirmClose
        | Dialog::RunPictures
        | Dialog::Tile(_)
        | Dialog::Evaluate => {}
    }
}
