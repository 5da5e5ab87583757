//! Blending the open generator with another one.

use super::parts::{head, open_saved, square, width};
use crate::ui::action::{Action, Purpose};
use crate::ui::explorer::ExploreAction;
use crate::ui::panels::path_entry::PathEntry;
use crate::ui::theme::{BIG_CONTROL, S, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, Slides, primary, setting, weak};
use egui::{Label, RichText, Slider, Ui, Vec2};

/// Side of a picture of the preview, in points.
const SIDE: f32 = 84.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    width(ui, 500.0);
    head(ui, view, "Blend with…");
    weak(
        ui,
        "Mixes the weights of the open generator with those of another one, layer by layer. Blend models that come \
         from one training, such as a generator and one that was trained further from it.",
    );
    ui.add_space(XS);
    let field = PathEntry {
        name: "Other generator",
        hint: "path of the other generator",
        go: Some("Show"),
        browse: Purpose::BlendModel,
    };
    if field.show(ui, view, |form| &mut form.explore.blend.with).is_some() {
        view.user.explore.blend.change();
    }
    ui.add_space(S);
    sliders(ui, view);
    ui.add_space(S);
    preview(ui, view);
    ui.add_space(S);
    let field = PathEntry { name: "Blend file", hint: "blend.safetensors", go: None, browse: Purpose::BlendFile };
    field.show(ui, view, |form| &mut form.explore.blend.out);
    ui.add_space(S);
    let form = &view.user.explore.blend;
    let ready = view.state.explore.blend.is_some() && !form.waits() && !form.out.trim().is_empty();
    ui.horizontal(|ui| {
        let tip = "Save the blend as a generator of its own. Nothing is overwritten: if the name is taken, a number is \
                   added.";
        let button = primary(ui, "Save as…", BIG_CONTROL, ready).on_hover_text(tip);
        if button.disabled_because("Choose the other generator, and a file name.").clicked() {
            view.ask(Action::Explore(ExploreAction::SaveBlend));
        }
        open_saved(ui, view);
    });
}

fn sliders(ui: &mut Ui, view: &mut View) {
    let form = &mut view.user.explore.blend;
    let mut overall = (form.low + form.high) / 2.0;
    let both = share(ui, "Overall", "The share of the other generator in all layers.", &mut overall);
    let low = share(ui, "Shape", "Its share in the coarse layers: pose, and the shape of the head.", &mut form.low);
    let tip = "Its share in the fine layers: fur, colours, background. Between the two the share changes evenly.";
    let high = share(ui, "Details", tip, &mut form.high);
    if both {
        (form.low, form.high) = (overall, overall);
    }
    if both || low || high {
        form.change();
    }
}

fn share(ui: &mut Ui, name: &str, tip: &str, value: &mut f64) -> bool {
    let mut changed = false;
    setting(ui, name, |ui| {
        ui.spacing_mut().slider_width = (ui.available_width() - 64.0).clamp(80.0, 260.0);
        let percent = |value: f64, _| format!("{:.0} %", 100.0 * value);
        let slider = Slider::new(value, 0.0..=1.0).step_by(0.01).custom_formatter(percent);
        let slider = slider.custom_parser(|text| Some(text.trim_end_matches('%').trim().parse::<f64>().ok()? / 100.0));
        changed = ui.add(Slides(slider)).accessible_name(name).on_hover_text(tip).changed();
    });
    changed
}

fn preview(ui: &mut Ui, view: &mut View) {
    let Some(blend) = view.state.explore.blend.clone() else {
        // The height that the pictures will have.
        let text = if view.user.explore.blend.waits() && !view.user.explore.blend.with.trim().is_empty() {
            "Opening the other generator…"
        } else {
            "Choose the other generator to see the blend."
        };
        ui.allocate_ui(Vec2::new(ui.available_width(), 3.0 * (SIDE + XS)), |ui| weak(ui, text));
        return;
    };
    for (name, row) in ["This generator", "The blend", "The other"].into_iter().zip(&blend.rows) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing = Vec2::splat(XS);
            ui.add_sized([104.0, SIDE], Label::new(name));
            for (i, frame) in row.iter().enumerate() {
                square(ui, view, frame, SIDE, &format!("{name}, picture {}", i + 1));
            }
        });
    }
    if let Some(warning) = &blend.warning {
        ui.add(Label::new(RichText::new(warning).color(palette(ui).warn)).wrap());
    }
}
