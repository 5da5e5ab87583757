//! What the explorer asks in a window of its own.

use super::discover;
use crate::engine::{Easing, ExploreSource, FPS, MAX_UPSCALE, PLACEHOLDERS};
use crate::printable;
use crate::ui::action::{Action, Dialog, Purpose};
use crate::ui::explorer::{Along, Exploration, ExploreAction};
use crate::ui::panels::dialogs::head;
use crate::ui::state::{Counted, SearchState};
use crate::ui::text;
use crate::ui::theme::{BIG_CONTROL, CONTROL, S, XS, palette};
use crate::ui::view::View;
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
    text: fn(&mut Exploration) -> &mut String,
    field: Field,
) -> Option<std::path::PathBuf> {
    let mut typed = std::mem::take(text(&mut view.user.explore));
    let width = ui.available_width();
    let event = path_field(ui, &mut typed, field.name, field.hint, field.go, width);
    *text(&mut view.user.explore) = typed;
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
    let field = Field { name: "Generator", hint: "its path", go: Some("Open"), browse: Purpose::Model };
    if let Some(path) = path(ui, view, |e| &mut e.model_text, field) {
        ask(view, ExploreAction::Open { source: ExploreSource::File(path), goal: None });
    }
    if ui.button("Browse for a folder…").on_hover_text("Choose a run or a checkpoint").clicked() {
        view.ask(Action::Browse(Purpose::ModelFolder));
    }
}

fn upscale(ui: &mut Ui, value: &mut u32, side: u32) {
    setting(ui, "Enlarge", |ui| {
        let labels = ["1×", "2×", "4×", "8×"];
        let sizes = [1, 2, 4, MAX_UPSCALE];
        let tips = sizes.map(|n| format!("{0} × {0} pixels", n * side));
        let tips: Vec<&str> = tips.iter().map(String::as_str).collect();
        let chosen = sizes.iter().position(|n| n == value).unwrap_or(usize::MAX);
        if let Some(i) = segmented(ui, "Enlarge", &labels, chosen, &tips) {
            *value = sizes[i];
        }
        let number = DragValue::new(value).range(1..=MAX_UPSCALE).suffix("×");
        ui.add(number).accessible_name("Times larger").on_hover_text("Any whole number from 1 to 8");
    });
}

fn side(view: &View) -> u32 {
    view.state.explore.model.as_ref().map_or(64, |model| model.config.size)
}

fn save_options(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Save pictures");
    let side = side(view);
    upscale(ui, &mut view.user.explore.save.upscale, side);
    ui.label("Folder");
    let field = Field { name: "Folder of saved pictures", hint: "a folder", go: None, browse: Purpose::SaveFolder };
    path(ui, view, |e| &mut e.save.folder, field);
    ui.label("Name");
    let edit = TextEdit::singleline(&mut view.user.explore.save.template)
        .desired_width(ui.available_width() - 16.0)
        .margin(egui::Margin::symmetric(8, 5))
        .min_size(vec2(0.0, CONTROL));
    let tip = "The file's name without its end. Nothing is overwritten: a number is added.";
    ui.add(edit).accessible_name("Name of saved pictures").on_hover_text(tip);
    weak(ui, &format!("It may hold {PLACEHOLDERS}."));
    ui.add_space(S);
    ui.horizontal(|ui| {
        let enabled = view.user.explore.current.is_some();
        if primary(ui, "Save picture", BIG_CONTROL, enabled).on_hover_text("Save the picture on show").clicked() {
            ask(view, ExploreAction::Save);
            view.ask(Action::Dialog(None));
        }
        show_saved(ui, view);
    });
}

fn show_saved(ui: &mut Ui, view: &mut View) {
    let folder = view.state.explore.saved.as_ref().and_then(|path| path.parent()).map(|path| path.to_path_buf());
    if let Some(folder) = folder {
        let button = egui::Button::new("Open the folder").min_size(vec2(0.0, BIG_CONTROL));
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
    let explore = &mut view.user.explore;
    let counts = [explore.favourites.list.len(), explore.history.past().len()];
    let along = [Along::Favourites, Along::Past, Along::Walk, Along::Training];
    setting(ui, "Along", |ui| {
        let chosen = along.iter().position(|a| *a == explore.film.along).unwrap_or(0);
        let labels = [format!("Favourites ({})", counts[0]), format!("Past ({})", counts[1])];
        let tips = [
            "From favourite to favourite, in their order",
            "All points up to the one on show",
            "From the picture on show to wherever chance leads, with a new direction each second",
            "The picture on show at every checkpoint of its run, one frame for each",
        ];
        if let Some(i) = segmented(ui, "Along", &[&labels[0], &labels[1], "Walk", "Training"], chosen, &tips) {
            explore.film.along = along[i];
        }
    });
    let film = &mut explore.film;
    setting(ui, "Frames", |ui| {
        let seconds = f64::from(film.frames) / f64::from(film.fps.max(1));
        let number = DragValue::new(&mut film.frames).range(2..=100_000);
        ui.add(number).accessible_name("Frames").on_hover_text(format!("All pictures of the film: {seconds:.1} s"));
    });
    setting(ui, "Frames per second", |ui| {
        let number = DragValue::new(&mut film.fps).range(FPS);
        ui.add(number).accessible_name("Frames per second").on_hover_text("At most 50 in a GIF");
    });
    setting(ui, "Back to the beginning", |ui| {
        toggle(ui, &mut film.closed, "Loop").on_hover_text("The end leads back to the first point");
    });
    setting(ui, "Movement", |ui| {
        let easings = [Easing::Linear, Easing::Smooth];
        let chosen = easings.iter().position(|e| *e == film.easing).unwrap_or(0);
        let tips = ["At constant speed", "Resting at each point"];
        if let Some(i) = segmented(ui, "Movement", &["Even", "Resting"], chosen, &tips) {
            film.easing = easings[i];
        }
    });
    let side = side(view);
    upscale(ui, &mut view.user.explore.film.upscale, side);
    ui.label("File");
    let field = Field { name: "File of the film", hint: "film.webm", go: None, browse: Purpose::FilmFile };
    path(ui, view, |e| &mut e.film.out, field);
    weak(ui, "A .webm, .gif or .apng. Where the name is taken, a number is added.");
    ui.add_space(S);
    let points = match view.user.explore.film.along {
        Along::Favourites => counts[0],
        Along::Past => counts[1],
        // The way is made on the fly; all it needs is where to begin.
        Along::Walk | Along::Training => 2 * usize::from(view.user.explore.current.is_some()),
    };
    let typed = !view.user.explore.film.out.trim().is_empty();
    let busy = view.state.explore.working();
    ui.horizontal(|ui| {
        let why = match (points < 2, busy) {
            (true, _) => "A film needs two points at least.",
            (_, true) => "Something else is under way.",
            _ => "Type the name of the file.",
        };
        let make = primary(ui, "Make the film", BIG_CONTROL, points >= 2 && typed && !busy);
        if make.on_hover_text("Draw and write all frames").on_disabled_hover_text(why).clicked() {
            ask(view, ExploreAction::Film);
        }
        show_saved(ui, view);
    });
}

fn export(ui: &mut Ui, view: &mut View) {
    width(ui, WIDTH);
    head(ui, view, "Export the generator");
    weak(
        ui,
        "Its end says the form. .html is one page that draws cats in any browser, without a network; .safetensors is for \
         PyTorch, with a small program beside it that loads it; .onnx is for most other programs.",
    );
    ui.add_space(XS);
    let field = Field { name: "File of the generator", hint: "cats.html", go: None, browse: Purpose::ExportFile };
    path(ui, view, |e| &mut e.export_text, field);
    ui.add_space(S);
    let ready = view.state.explore.model.is_some() && !view.user.explore.export_text.trim().is_empty();
    ui.horizontal(|ui| {
        let button =
            primary(ui, "Export", BIG_CONTROL, ready).on_hover_text("Nothing is overwritten: a number is added");
        if button.on_disabled_hover_text("Type the name of the file.").clicked() {
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
    if ui.add(button).on_hover_text("Give it up").clicked() {
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
    weak(ui, "The point whose picture is most like yours is searched for. The middle of the picture counts.");
    ui.add_space(XS);
    let state = &view.state.explore;
    if let SearchState::Running { done, total, frame, error } = &state.search {
        let (done, total, error) = (*done, *total, *error);
        if let Some(frame) = frame.clone() {
            ui.vertical_centered(|ui| square(ui, view, &frame, 224.0, "The nearest picture so far"));
            ui.label(format!("On average {error:.1} of 255 off"));
        }
        progress(ui, view, Counted { done, total }, "steps");
        return;
    }
    let busy = state.working();
    if let SearchState::Found { steps, error } = state.search {
        let p = palette(ui);
        let line = format!("Found after {} steps: on average {error:.1} of 255 off.", text::count(steps as u64));
        ui.add(Label::new(RichText::new(line).color(p.good)).wrap());
        weak(ui, "It is the picture on show, and a point of your past.");
    }
    let field = Field { name: "Your picture", hint: "its path", go: Some("Search"), browse: Purpose::Photo };
    ui.add_enabled_ui(!busy, |ui| {
        if let Some(path) = path(ui, view, |e| &mut e.photo_text, field) {
            ask(view, ExploreAction::Search(path));
        }
        let paste = ui.button("Paste a picture").on_hover_text("Search for the picture that you copied elsewhere");
        if paste.clicked() {
            ask(view, ExploreAction::Paste);
        }
    });
    if busy {
        weak(ui, "Something else is under way. Wait for it, or give it up.");
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
