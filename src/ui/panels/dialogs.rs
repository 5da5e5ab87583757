//! What lies on top of the window: help, questions, one picture large, "saving", and the place to drop a folder.

use super::samples;
use crate::engine::{ExploreSource, LatentSpec};
use crate::ui::action::{Action, Dialog, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::shortcuts::SHORTCUTS;
use crate::ui::theme::{self, BIG_CONTROL, M, S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{PathEvent, icon_button, path_field, path_field_id, primary, tile_uv};
use egui::{
    Align, Align2, FontId, Grid, Id, Key, Label, Layout, Modal, Order, RichText, ScrollArea, Stroke, StrokeKind, Ui,
    vec2,
};

/// Seconds of saving after which the window may be closed without waiting.
const PATIENCE: f64 = 20.0;

pub fn show(ui: &mut Ui, view: &mut View) {
    let Some(dialog) = view.user.dialog else { return };
    let frame = theme::card(ui).inner_margin(20).corner_radius(14);
    // Escape ends typing first.
    let typing = view.user.keyboard.typing && ui.input(|i| i.key_pressed(Key::Escape));
    let response = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| match dialog {
        Dialog::Help => help(ui, view),
        Dialog::ConfirmStop => confirm_stop(ui, view),
        Dialog::ConfirmClose => confirm_close(ui, view),
        Dialog::RunPictures => run_pictures(ui, view),
        Dialog::Tile(tile) => large_tile(ui, view, tile),
        Dialog::Evaluate => super::evaluate::show(ui, view),
        _ => super::explore::dialog(ui, view, dialog),
    });
    if response.should_close() && !typing && view.user.dialog == Some(dialog) {
        view.ask(if dialog == Dialog::ConfirmClose { Action::Stay } else { Action::Dialog(None) });
    }
}

pub fn head(ui: &mut Ui, view: &mut View, title: &str) {
    ui.allocate_ui_with_layout(vec2(ui.available_width(), 28.0), Layout::right_to_left(Align::Center), |ui| {
        if icon_button(ui, "×", "Close", "Close (Esc)", true).clicked() {
            view.ask(Action::Dialog(None));
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| ui.label(theme::heading(title)));
    });
}

fn help(ui: &mut Ui, view: &mut View) {
    ui.set_width(540.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    head(ui, view, "Help");
    let height = ui.ctx().content_rect().height() - 160.0;
    ScrollArea::vertical().max_height(height).min_scrolled_height(height).show(ui, |ui| {
        for (title, line) in HELP {
            ui.label(theme::section(*title));
            ui.add(Label::new(RichText::new(*line).color(palette(ui).weak)).wrap());
        }
        ui.add_space(S);
        ui.label(theme::section("Keyboard"));
        Grid::new("shortcuts").num_columns(2).spacing([L_GAP, 4.0]).show(ui, |ui| {
            for shortcut in SHORTCUTS {
                ui.label(RichText::new(ui.ctx().format_shortcut(&shortcut.keys)).monospace().color(palette(ui).accent));
                ui.label(shortcut.help);
                ui.end_row();
            }
        });
    });
}

const L_GAP: f32 = 24.0;

static HELP: &[(&str, &str)] = &[
    (
        "How it works",
        "Two networks play a game. The generator draws pictures from random numbers, the discriminator guesses whether a \
         picture is real. Each learns from the other's mistakes, and the drawings become better.",
    ),
    (
        "What to look for",
        "Trust the pictures more than the curves. Losses that wander are normal. If the discriminator's loss falls to \
         its best (the lower dashed line, or 0) and stays there, it wins too easily: lower its rate. If all tiles look \
         alike, raise it.",
    ),
    (
        "Nothing is lost",
        "Runs save themselves every few epochs, and again when you stop or close the window. \"Go on with a run\" takes \
         up exactly where it stopped.",
    ),
];

fn confirm_stop(ui: &mut Ui, view: &mut View) {
    ui.set_width(380.0);
    ui.label(theme::heading("Stop this run?"));
    ui.add(Label::new("A checkpoint is saved first. You can go on with the run later.").wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let stop =
            primary(ui, "Stop and save", BIG_CONTROL, true).on_hover_text("Save a checkpoint and end the run (Enter)");
        let entered = ui.input(|i| i.key_pressed(Key::Enter)) && ui.memory(|m| m.focused().is_none());
        if stop.clicked() || entered {
            view.ask(Action::Stop);
            view.ask(Action::Dialog(None));
        }
        let keep = egui::Button::new("Keep training").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(keep).on_hover_text("Close this question (Esc)").clicked() {
            view.ask(Action::Dialog(None));
        }
    });
}

fn confirm_close(ui: &mut Ui, view: &mut View) {
    if view.state.unsaved_run {
        return confirm_loss(ui, view);
    }
    let line = match view.state.unsaved_work() {
        Some(work) => format!("{work}. If the window closes now, it is lost. A training is saved in any case."),
        // While the question was asked.
        None => "The work is done by now: nothing is lost if the window closes.".to_owned(),
    };
    ui.set_width(440.0);
    ui.label(theme::heading("Close the window?"));
    ui.add(Label::new(line).wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let wait = primary(ui, "Close when it is done", BIG_CONTROL, true)
            .on_hover_text("The window closes by itself as soon as the work is done");
        if wait.clicked() {
            view.ask(Action::Leave { when_done: true });
        }
        let close = egui::Button::new("Close now").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(close).on_hover_text("Give the work up and close the window").clicked() {
            view.ask(Action::Leave { when_done: false });
        }
        let stay = egui::Button::new("Keep it open").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(stay).on_hover_text("Close this question (Esc)").clicked() {
            view.ask(Action::Stay);
        }
    });
}

/// The run could not be saved: its drive is full or gone.
fn confirm_loss(ui: &mut Ui, view: &mut View) {
    ui.set_width(440.0);
    ui.label(theme::heading("Close without saving?"));
    let line = "Not everything of the run could be saved; the log says why. If the window closes now, its newest steps are \
                lost. Make room, or put the run folder or its drive back, and try again.";
    ui.add(Label::new(line).wrap());
    ui.add_space(S);
    ui.horizontal(|ui| {
        let again = primary(ui, "Save and close", BIG_CONTROL, true).on_hover_text("Try to save again, then close");
        if again.clicked() {
            view.ask(Action::Leave { when_done: false });
        }
        let close = egui::Button::new("Close without saving").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(close).on_hover_text("Give the newest steps up and close the window").clicked() {
            view.ask(Action::CloseNow);
        }
        let stay = egui::Button::new("Keep it open").min_size(vec2(0.0, BIG_CONTROL));
        if ui.add(stay).on_hover_text("Close this question (Esc)").clicked() {
            view.ask(Action::Stay);
        }
    });
}

/// Asks where the pictures of a run are that could not be gone on with.
fn run_pictures(ui: &mut Ui, view: &mut View) {
    ui.set_width(460.0_f32.min(ui.ctx().content_rect().width() - 80.0));
    head(ui, view, "Where are the pictures of this run?");
    let line = "The same pictures are recognised in any folder, and the run remembers the new place. If they turn out to be \
                others, you are asked before it goes on.";
    ui.add(Label::new(RichText::new(line).color(palette(ui).weak)).wrap());
    ui.add_space(S);
    let width = ui.available_width();
    let mut typed = std::mem::take(&mut view.user.pictures_text);
    const NAME: &str = "Folder of the run's pictures";
    let event = path_field(ui, &mut typed, NAME, "path of the folder", Some("Go on"), width);
    view.user.pictures_text = typed;
    // The first pass only finds out how large the dialog is.
    if view.user.dialog_is_new && !ui.is_sizing_pass() {
        view.user.dialog_is_new = false;
        ui.memory_mut(|memory| memory.request_focus(path_field_id(NAME)));
    }
    match event {
        Some(PathEvent::Entered(path)) => {
            let resume = view.user.resume_with(path);
            view.actions.extend(resume);
            view.ask(Action::Dialog(None));
        }
        Some(PathEvent::Browse) => view.ask(Action::Browse(Purpose::RunPictures)),
        None => {}
    }
}

fn large_tile(ui: &mut Ui, view: &mut View, tile: u32) {
    let screen = ui.ctx().content_rect().size();
    let space = (screen.y - 220.0).min(screen.x - 120.0).max(160.0);
    ui.set_width(space);
    let grid = samples::on_show(view);
    let title = grid.as_ref().map_or(String::new(), |g| format!(", step {}", crate::ui::text::count(g.step)));
    head(ui, view, &format!("Picture {}{title}", tile + 1));
    let Some(grid) = grid else { return };
    let tile = tile.min(grid.tiles.saturating_sub(1));
    let texture = view.textures.sample(ui.ctx(), &grid.frame);
    let side = (space / grid.side as f32).floor().max(1.0) * grid.side as f32;
    ui.vertical_centered(|ui| {
        let image = egui::Image::from_texture(egui::load::SizedTexture::new(texture.id(), vec2(side, side)))
            .uv(tile_uv(&grid.layout(), tile))
            .fit_to_exact_size(vec2(side.min(space), side.min(space)))
            .alt_text(format!("Picture {} of the sample grid, enlarged", tile + 1));
        ui.add(image);
    });
    samples::scrubber(ui, view);
    ui.horizontal(|ui| {
        let step = |by: i64| (i64::from(tile) + by).rem_euclid(i64::from(grid.tiles.max(1))) as u32;
        let before = ui.button("◀ Before").on_hover_text("The tile before (Left)");
        let next = ui.button("Next ▶").on_hover_text("The next tile (Right)");
        let free = ui.memory(|m| m.focused().is_none());
        let key = |key| free && ui.input(|i| i.key_pressed(key));
        if before.clicked() || key(Key::ArrowLeft) {
            view.ask(Action::Dialog(Some(Dialog::Tile(step(-1)))));
        }
        if next.clicked() || key(Key::ArrowRight) {
            view.ask(Action::Dialog(Some(Dialog::Tile(step(1)))));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| explore_tile(ui, view, tile, grid.tiles));
    });
}

/// The way from a tile of the grid to its point.
fn explore_tile(ui: &mut Ui, view: &mut View, tile: u32, count: u32) {
    let Some(info) = view.state.run.as_ref().and_then(|run| run.info.clone()) else { return };
    let source = if view.state.live() { ExploreSource::Live } else { ExploreSource::File(info.path.clone()) };
    let goal = Some(LatentSpec::Tile { seed: info.config.seed, tile, count });
    let tip = "Go to exactly this picture in Explore, and on from there (E)";
    let free = ui.memory(|m| m.focused().is_none());
    let key = free && ui.input(|i| i.key_pressed(Key::E));
    if primary(ui, "Explore this cat", theme::CONTROL, true).on_hover_text(tip).clicked() || key {
        view.ask(Action::Explore(ExploreAction::Open { source, goal }));
    }
}

/// Shown while the worker saves before the window closes; `since` is when that began.
pub fn saving(ui: &mut Ui, view: &mut View, since: f64) {
    let run = view.state.busy();
    let frame = theme::card(ui).inner_margin(24).corner_radius(14);
    Modal::new(Id::unique("saving")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(340.0);
        ui.horizontal(|ui| {
            ui.add(egui::Spinner::new().size(22.0).color(palette(ui).accent));
            ui.label(theme::heading(if run { "Saving…" } else { "Closing…" }));
        });
        if !run {
            ui.label("Waiting for the work under way to end.");
        } else {
            ui.add(Label::new("The run is being saved. The window closes by itself when that is done.").wrap());
        }
        if view.now - since > PATIENCE {
            ui.add_space(S);
            let line = "This takes long. If you close now, the run goes on from the checkpoint before.";
            ui.add(Label::new(RichText::new(line).color(palette(ui).warn)).wrap());
            if ui.button("Close without saving").on_hover_text("Work since the last checkpoint is lost.").clicked() {
                view.ask(Action::CloseNow);
            }
        }
    });
}

/// Covers the window while a file or folder is held over it.
pub(crate) fn drop_target(ui: &Ui, exploring: bool) {
    if ui.input(|i| i.raw.hovered_files.is_empty()) {
        return;
    }
    let p = palette(ui);
    let painter = ui.ctx().layer_painter(egui::LayerId::new(Order::Foreground, Id::unique("drop")));
    let rect = ui.ctx().content_rect();
    painter.rect_filled(rect, 0.0, p.background.gamma_multiply(0.92));
    painter.rect_stroke(rect.shrink(M), 16.0, Stroke::new(2.0, p.accent), StrokeKind::Inside);
    painter.text(
        rect.center(),
        Align2::CENTER_CENTER,
        if exploring { "Drop a saved picture to go to its point" } else { "Drop the folder to open it" },
        FontId::proportional(24.0),
        p.text,
    );
}
