//! What the recipe on show has drawn elsewhere.

use crate::config::Preset;
use crate::ui::examples::example;
use crate::ui::view::View;
use egui::{Image, Ui, vec2};

/// Width of the strip in its tooltip, in points.
const LARGE: f32 = 640.0;

/// A strip of pictures over the whole width; nothing where there is no example.
pub(super) fn show(ui: &mut Ui, view: &mut View, preset: &Preset) {
    let Some(example) = example(preset.name) else { return };
    let texture = view.textures.small(ui.ctx(), &example.strip);
    let width = ui.available_width();
    let image = Image::from_texture(&texture).fit_to_exact_size(vec2(width, width / 8.0)).corner_radius(6);
    ui.add(image.alt_text(example.words)).on_hover_ui(|ui| {
        // Large enough to judge them.
        ui.set_max_width(LARGE);
        ui.add(Image::from_texture(&texture).fit_to_exact_size(vec2(LARGE, LARGE / 8.0)).corner_radius(6));
        ui.label(example.words);
    });
}
