//! One picture of the sample grid, enlarged.

use super::parts::head;
use crate::engine::{ExploreSource, LatentSpec};
use crate::ui::action::{Action, Dialog};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::samples;
use crate::ui::state::{Grid, WATCHED};
use crate::ui::text;
use crate::ui::theme;
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, at_right, primary, tile_uv};
use egui::{Key, Ui, vec2};

pub(super) fn show(ui: &mut Ui, view: &mut View, tile: u32) {
    let screen = ui.ctx().content_rect().size();
    let space = (screen.y - 220.0).min(screen.x - 120.0).max(160.0);
    ui.set_width(space);
    let grid = samples::on_show(view);
    let title = grid.as_ref().map_or(String::new(), |g| format!(", step {}", text::count(g.step)));
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
        let before = ui.button("◀ Previous").on_hover_text("The previous picture (Left).");
        let next = ui.button("Next ▶").on_hover_text("The next picture (Right).");
        let free = ui.memory(|m| m.focused().is_none());
        let key = |key| free && ui.input(|i| i.key_pressed(key));
        if before.clicked() || key(Key::ArrowLeft) {
            view.ask(Action::Dialog(Some(Dialog::Tile(step(-1)))));
        }
        if next.clicked() || key(Key::ArrowRight) {
            view.ask(Action::Dialog(Some(Dialog::Tile(step(1)))));
        }
        at_right(ui, |ui| explore_tile(ui, view, tile, &grid));
    });
}

/// Opens a tile's latent in the explorer, or keeps it.
fn explore_tile(ui: &mut Ui, view: &mut View, tile: u32, grid: &Grid) {
    let Some(info) = view.state.run.as_ref().and_then(|run| run.info.clone()) else { return };
    let free = ui.memory(|m| m.focused().is_none());
    let source = if view.state.follows() { ExploreSource::Live } else { ExploreSource::File(info.path.clone()) };
    let goal = Some(LatentSpec::Tile { seed: info.config.seed, tile, count: grid.tiles });
    let tip = "Keep this picture as a favourite of the run, on your disk (F).";
    let can = !view.state.watching;
    let pressed = free && can && ui.input(|i| i.key_pressed(Key::F));
    let keep = ui.add_enabled(can, egui::Button::new("Keep")).on_hover_text(tip).disabled_because(WATCHED);
    if keep.clicked() || pressed {
        let (run, count, step) = (info.path.clone(), grid.tiles, grid.step);
        view.ask(Action::Explore(ExploreAction::KeepTile { run, tile, count, step }));
    }
    let tip = "Open exactly this picture in Explore, and move on from there (E).";
    let key = free && ui.input(|i| i.key_pressed(Key::E));
    if primary(ui, "Explore this cat", theme::CONTROL, true).on_hover_text(tip).clicked() || key {
        view.ask(Action::Explore(ExploreAction::Open { source, goal }));
    }
}
