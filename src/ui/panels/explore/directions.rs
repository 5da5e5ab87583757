//! What the generator can change: a slider for each direction, and learning one from examples.

use super::request::{ask, go};
use super::strip::{self, small_picture};
use crate::engine::DirectionMethod;
use crate::ui::explorer::{EXAMPLES, Example, ExploreAction, Gesture, REACH, STRIP};
use crate::ui::theme::{CONTROL, XS, palette};
use crate::ui::view::View;
use crate::ui::widgets::{Reasoned, Slides, at_right, plain, primary, segmented, told, weak};
use egui::{
    Align, Button, DragValue, Key, Layout, Rect, RichText, Sense, Slider, Stroke as Line, StrokeKind, TextEdit, Ui,
    Vec2, WidgetInfo, accesskit::Role, vec2,
};

/// Below this width in points, finding directions takes two lines.
const NARROW: f32 = 320.0;

pub(super) fn controls(ui: &mut Ui, view: &mut View) {
    find(ui, view);
    let count = view.user.explore.directions.amounts.len();
    if count == 0 {
        weak(ui, "Looking for the strongest changes that this generator can make…");
    }
    let mut moved = false;
    for i in 0..count {
        moved |= row(ui, view, i);
        moved |= pictures(ui, view, i);
    }
    if moved {
        go(view, Gesture::Timed("directions"));
    }
    learn(ui, view);
}

fn find(ui: &mut Ui, view: &mut View) {
    let narrow = ui.available_width() < NARROW;
    ui.horizontal(|ui| {
        let methods = [DirectionMethod::Sefa, DirectionMethod::Pca];
        let chosen = methods.iter().position(|m| *m == view.user.explore.directions.method).unwrap_or(0);
        let tips = [
            "What its first layer amplifies most (SeFa, Shen and Zhou 2021).",
            "What differs most between its pictures, after the first stage (PCA, Härkönen et al. 2020).",
        ];
        if let Some(i) = segmented(ui, "Found", &["Weights", "Pictures"], chosen, &tips) {
            view.user.explore.directions.method = methods[i];
        }
        let found = !view.user.explore.directions.amounts.is_empty();
        let tip = if found {
            "Find directions again. Their names are forgotten."
        } else {
            "Find what this generator can change."
        };
        let pressed = if found {
            ui.button("Find").on_hover_text(tip).clicked()
        } else {
            let enabled = ui.is_enabled();
            primary(ui, "Find", CONTROL, enabled).on_hover_text(tip).clicked()
        };
        if pressed {
            let method = view.user.explore.directions.method;
            ask(view, ExploreAction::FindDirections(method));
        }
        if !narrow {
            at_right(ui, |ui| use_as_base(ui, view));
        }
    });
    if narrow {
        use_as_base(ui, view);
    }
}

fn use_as_base(ui: &mut Ui, view: &mut View) {
    let found = !view.user.explore.directions.amounts.is_empty();
    let button = ui.add_enabled(found, Button::new("Use as base"));
    let button = button.on_hover_text("Continue from the current picture: all sliders return to 0, the picture stays.");
    if button.disabled_because("Find directions first.").clicked() {
        ask(view, ExploreAction::UseAsBase);
    }
}

/// One direction. True when its amount changed.
fn row(ui: &mut Ui, view: &mut View, i: usize) -> bool {
    let mut moved = false;
    let width = ui.available_width();
    ui.allocate_ui_with_layout(vec2(width, CONTROL), Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = XS;
        for (axis, label) in ["X", "Y"].into_iter().enumerate() {
            axis_button(ui, view, i, axis, label);
        }
        name_field(ui, view, i, (width * 0.36).clamp(80.0, 190.0));
        let directions = &mut view.user.explore.directions;
        let Some(amount) = directions.amounts.get_mut(i) else { return };
        let name = directions.names.get(i).cloned().unwrap_or_default();
        ui.spacing_mut().slider_width = (ui.available_width() - 44.0 - 24.0 - 3.0 * XS).max(40.0);
        let strength = view.state.explore.directions.get(i).map_or(1.0, |d| d.strength);
        let tip = format!("{name}: {:.0} % as strong as the strongest direction.", strength * 100.0);
        let slider = Slider::new(amount, -REACH..=REACH).step_by(0.01).show_value(false).trailing_fill(false);
        moved |= ui.add(Slides(slider)).accessible_name(format!("Amount of {name}")).on_hover_text(tip).changed();
        let value = DragValue::new(amount).speed(0.02).fixed_decimals(1);
        let value = told(value, ui.ctx(), &name, -REACH..=REACH, |typed| plain(typed, ""));
        let value = ui.add_sized(vec2(40.0, CONTROL), value).accessible_name(format!("{name} as a number"));
        moved |= value.on_hover_text("Drag or type.").changed();
        let changed = *amount != 0.0;
        let colour = palette(ui).accent;
        let reset = ui.add_enabled(changed, Button::new(RichText::new("↺").color(colour)).frame(false));
        reset.widget_info(|| WidgetInfo::labeled(Role::Button, changed, format!("Reset {name}")));
        if reset.on_hover_text("Reset to 0.").disabled_because("It is 0 already.").clicked() {
            *amount = 0.0;
            moved = true;
        }
    });
    moved
}

/// What the direction does to the base; a press goes there. True when its amount changed. By keyboard its slider goes
/// to the same places.
fn pictures(ui: &mut Ui, view: &mut View, i: usize) -> bool {
    let space = XS;
    let count = STRIP.len() as f32;
    let side = ((ui.available_width() + space) / count - space).clamp(16.0, 56.0).floor();
    let (rect, response) = ui.allocate_exact_size(vec2(count * (side + space) - space, side), Sense::CLICK);
    if !ui.is_rect_visible(rect) {
        return false;
    }
    let directions = &mut view.user.explore.directions;
    directions.seen.push(i);
    let place = |k: usize| Rect::from_min_size(rect.min + vec2(k as f32 * (side + space), 0.0), Vec2::splat(side));
    let amount = directions.amounts.get(i).copied().unwrap_or_default();
    let pointed = response.hover_pos().and_then(|at| (0..STRIP.len()).find(|k| place(*k).contains(at)));
    for (k, column) in STRIP.into_iter().enumerate() {
        let place = place(k);
        small_picture(ui, view.textures, view.state.explore.strips.get((column, i as i64)), place);
        let here = (amount - column as f64).abs() < 0.5;
        let line = match (here, pointed == Some(k)) {
            (true, _) => Line::new(2.0, palette(ui).accent),
            (false, true) => Line::new(2.0, palette(ui).border_strong),
            (false, false) => continue,
        };
        ui.painter().rect_stroke(place, 6.0, line, StrokeKind::Inside);
    }
    let name = directions.names.get(i).cloned().unwrap_or_default();
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, format!("Pictures along {name}")));
    let clicked = response.clicked();
    if let Some(k) = pointed {
        response.on_hover_text(format!("{name}: {}. Click to go there.", STRIP[k]));
        if let Some(amount) = directions.amounts.get_mut(i).filter(|_| clicked) {
            *amount = STRIP[k] as f64;
            return true;
        }
    }
    false
}

/// Puts a direction on the pad; the two axes are never the same.
fn axis_button(ui: &mut Ui, view: &mut View, i: usize, axis: usize, label: &str) {
    let axes = &mut view.user.explore.directions.axes;
    let on = axes[axis] == i;
    ui.spacing_mut().button_padding = vec2(4.0, 2.0);
    let text = RichText::new(label).size(12.0);
    let response = ui.add(Button::new(text).selected(on).min_size(vec2(22.0, CONTROL - 6.0)));
    response.widget_info(|| {
        WidgetInfo::selected(Role::RadioButton, true, on, format!("{label} axis: direction {}", i + 1))
    });
    let tip = if axis == 0 { "Move it left and right on the pad." } else { "Move it up and down on the pad." };
    if response.on_hover_text(tip).clicked() && !on {
        if axes[1 - axis] == i {
            axes.swap(0, 1);
        } else {
            axes[axis] = i;
        }
    }
}

fn name_field(ui: &mut Ui, view: &mut View, i: usize, width: f32) {
    let Some(name) = view.user.explore.directions.names.get_mut(i) else { return };
    let edit = TextEdit::singleline(name).desired_width(width).char_limit(40).margin(egui::Margin::symmetric(6, 4));
    let response = ui.add(edit).accessible_name(format!("Name of direction {}", i + 1));
    let done = response.lost_focus();
    response.on_hover_text("Type to rename it. Names are kept for this generator.");
    if done {
        ask(view, ExploreAction::Rename(i));
    }
}

/// From three favourites that have something and three that have it not.
fn learn(ui: &mut Ui, view: &mut View) {
    let open = &mut view.user.explore.directions.learning;
    let sign = if *open { "▾" } else { "▸" };
    let button = Button::new(format!("{sign} Learn a direction from examples")).frame(false);
    let tip = "From favourites that have something, such as a black coat, and favourites that lack it.";
    if ui.add(button).on_hover_text(tip).clicked() {
        *open = !*open;
    }
    if !*open {
        return;
    }
    strip::show(ui, view);
    let count = |view: &View, e| view.user.explore.favourites.examples(e).len();
    let (with, without) = (count(view, Example::Has), count(view, Example::HasNot));
    ui.horizontal(|ui| {
        let favourites = &mut view.user.explore.favourites;
        let selected = favourites.selected.and_then(|i| favourites.list.get_mut(i));
        let sides = [(Example::Has, "Has it", with), (Example::HasNot, "Lacks it", without)];
        let chosen = selected.as_ref().and_then(|f| f.example);
        let mut wanted = chosen;
        for (example, label, used) in sides {
            let on = chosen == Some(example);
            let enabled = selected.is_some() && (on || used < EXAMPLES);
            let button = Button::new(format!("{label} {used}/{EXAMPLES}")).selected(on);
            let response = ui.add_enabled(enabled, button);
            let tip = "Mark or unmark the selected favourite as an example.";
            if response.on_hover_text(tip).disabled_because("Select a favourite first.").clicked() {
                wanted = if on { None } else { Some(example) };
            }
        }
        if let Some(favourite) = selected {
            favourite.example = wanted;
        }
    });
    ui.horizontal(|ui| {
        let name = &mut view.user.explore.directions.new_name;
        let weak = palette(ui).weak;
        let edit = TextEdit::singleline(name)
            .hint_text(RichText::new("name").color(weak))
            .desired_width(ui.available_width() - 80.0)
            .margin(egui::Margin::symmetric(8, 5));
        let response = ui.add(edit);
        let entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        response.accessible_name("Name of the new direction").on_hover_text("What the examples show.");
        let enough = with > 0 && without > 0;
        let learn = ui.add_enabled(enough, Button::new("Learn")).on_hover_text("Add it as the first direction.");
        let learn = learn.disabled_because("Mark favourites on both sides, best three of each.");
        if learn.clicked() || (entered && enough) {
            ask(view, ExploreAction::Learn);
        }
    });
}
