//! The pad: a square that is moved on with the pointer, the arrow keys and the wheel.

use super::request::go;
use super::scale::{Scale, label};
use crate::ui::explorer::{Exploration, Gesture, PadMode, SPAN};
use crate::ui::state::Node;
use crate::ui::text;
use crate::ui::theme::{Palette, palette};
use crate::ui::view::View;
use crate::ui::widgets::{pad_id, take_keyboard};
use egui::{
    Align2, EventFilter, FontId, Key, Painter, PointerButton, Pos2, Rect, Response, Sense, Stroke as Line, StrokeKind,
    Ui, UiBuilder, Vec2, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// A press of an arrow key moves by this share of the pad; with Shift by a tenth of it.
const KEY_STEP: f64 = 1.0 / 40.0;
/// How far outside the pad the pointer still counts, in points: the plane then scrolls.
const BEYOND: f32 = 6.0;

/// Draws the pad, centred, and moves on it.
pub(super) fn show(ui: &mut Ui, view: &mut View, side: f32) {
    let (outer, _) = ui.allocate_exact_size(vec2(ui.available_width(), side), Sense::hover());
    let rect = Rect::from_center_size(outer.center(), Vec2::splat(side));
    let response = ui.interact(rect, pad_id(), Sense::click_and_drag());
    let before = view.user.explore.position();
    if ui.is_enabled() {
        by_pointer(ui, view, &response, rect);
        by_keys(ui, view, &response);
        by_wheel(ui, view, &response, rect);
    }
    let words = match view.state.explore.opening {
        Some(_) => "loading".to_owned(),
        None => words(&view.user.explore),
    };
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), format!("Pad: {words}")));
    let scale = Scale::new(rect, &view.user.explore);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(rect));
    inside.set_clip_rect(rect.intersect(ui.clip_rect()));
    paint(&mut inside, view, scale);
    let p = palette(ui);
    let edge = if response.has_focus() { Line::new(1.5, p.accent) } else { Line::new(1.0, p.border) };
    ui.painter().rect_stroke(rect, 8.0, edge, StrokeKind::Outside);
    let moving = response.is_pointer_button_down_on();
    if !moving && before == view.user.explore.position() {
        let keys = "Drag to move. On the keyboard: arrow keys, with Shift in small steps.";
        let more = match view.user.explore.mode {
            PadMode::Plane => " The wheel zooms, the right button pans the map.",
            PadMode::Directions => "",
            PadMode::Favourites => " Favourites can be dragged; Ctrl with the arrow keys moves the selected one.",
        };
        response.on_hover_text(format!("{keys}{more}"));
    }
}

fn by_pointer(ui: &Ui, view: &mut View, response: &Response, rect: Rect) {
    let scale = Scale::new(rect, &view.user.explore);
    let explore = &mut view.user.explore;
    if response.dragged_by(PointerButton::Secondary) && explore.mode == PadMode::Plane {
        let by = response.drag_delta() / scale.unit();
        explore.plane.centre[0] -= f64::from(by.x);
        explore.plane.centre[1] -= f64::from(by.y);
        return;
    }
    // A tap that is shorter than a frame, of which a busy machine has few, is a click and never a held button.
    let down = response.is_pointer_button_down_on() && ui.input(|i| i.pointer.primary_down()) || response.clicked();
    let Some(pos) = response.interact_pointer_pos().filter(|_| down) else {
        explore.favourites.grabbed = None;
        return;
    };
    let began = ui.input(|i| i.pointer.primary_pressed());
    let inside = rect.expand(BEYOND);
    let at = scale.to_pad(pos.clamp(inside.min, inside.max));
    if began {
        take_keyboard(ui.ctx(), pad_id());
        explore.favourites.grabbed =
            if explore.mode == PadMode::Favourites { super::favourites::under(explore, scale, pos) } else { None };
    }
    let before = (explore.position(), explore.favourites.grabbed.and_then(|i| explore.favourites.list.get(i)?.at));
    match explore.favourites.grabbed.and_then(|i| explore.favourites.list.get_mut(i)) {
        Some(favourite) => {
            favourite.at = Some(at.map(|v| v.clamp(0.05, 0.95) as f32));
            explore.favourites.selected = explore.favourites.grabbed;
        }
        None => explore.move_to(at),
    }
    let after = (explore.position(), explore.favourites.grabbed.and_then(|i| explore.favourites.list.get(i)?.at));
    if began && explore.favourites.grabbed.is_none() {
        go(view, Gesture::Begin("pad"));
    } else if before != after {
        go(view, Gesture::Continue("pad"));
    }
    if !rect.contains(pos) {
        // The plane scrolls for as long as the pointer is held outside.
        ui.ctx().request_repaint();
    }
}

fn by_keys(ui: &Ui, view: &mut View, response: &Response) {
    if !response.has_focus() {
        return;
    }
    let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|m| m.set_focus_lock_filter(response.id, filter));
    let (by, fine, ctrl) = ui.input(|i| {
        let presses = |key| i.num_presses(key) as f64;
        let x = presses(Key::ArrowRight) - presses(Key::ArrowLeft);
        let y = presses(Key::ArrowDown) - presses(Key::ArrowUp);
        ([x, y], i.modifiers.shift, i.modifiers.command)
    });
    if by == [0.0; 2] {
        return;
    }
    let explore = &mut view.user.explore;
    let step = if fine { KEY_STEP / 10.0 } else { KEY_STEP };
    if explore.mode == PadMode::Plane && explore.plane.snap {
        // Between grid points there is nothing to see.
        explore.move_to([explore.plane.at[0].round() + by[0], explore.plane.at[1].round() + by[1]]);
    } else if ctrl && explore.mode == PadMode::Favourites {
        let selected = explore.favourites.selected.and_then(|i| explore.favourites.list.get_mut(i));
        if let Some(at) = selected.and_then(|favourite| favourite.at.as_mut()) {
            for (at, by) in at.iter_mut().zip(by) {
                *at = (*at + (by * step) as f32).clamp(0.05, 0.95);
            }
        }
    } else {
        explore.move_by(by.map(|b| b * step));
    }
    go(view, Gesture::Timed("keys"));
}

fn by_wheel(ui: &Ui, view: &mut View, response: &Response, rect: Rect) {
    let plane = &mut view.user.explore.plane;
    if view.user.explore.mode != PadMode::Plane || !response.hovered() {
        return;
    }
    let (wheel, pinch) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta()));
    let factor = (-f64::from(wheel) / 240.0).exp() / f64::from(pinch);
    let Some(pos) = response.hover_pos().filter(|_| (factor - 1.0).abs() > 1e-4) else { return };
    let span = (plane.span * factor).clamp(*SPAN.start(), *SPAN.end());
    // What is under the pointer stays there.
    let share = (pos - rect.center()) / rect.size();
    for (centre, share) in plane.centre.iter_mut().zip([share.x, share.y]) {
        *centre += f64::from(share) * (plane.span - span);
    }
    plane.span = span;
}

/// Where one is, for screen readers.
fn words(explore: &Exploration) -> String {
    let [x, y] = explore.position();
    match explore.mode {
        PadMode::Plane => format!("plane {}, x {x:.2}, y {y:.2}", explore.plane.seed),
        PadMode::Directions => {
            let name = |axis: usize| explore.directions.names.get(explore.directions.axes[axis]).map_or("", |n| n);
            format!("{} {x:.2}, {} {y:.2}", name(0), name(1))
        }
        PadMode::Favourites => format!("between favourites, x {x:.2}, y {y:.2}"),
    }
}

fn paint(ui: &mut Ui, view: &mut View, scale: Scale) {
    let p = palette(ui);
    ui.painter().rect_filled(scale.rect, 8.0, p.well);
    let nodes = view.user.explore.map().map(|(_, nodes)| nodes).unwrap_or_default();
    map(ui, view, scale, &nodes);
    match view.user.explore.mode {
        _ if view.state.explore.opening.is_some() => {}
        PadMode::Plane => {}
        PadMode::Directions => axes(ui.painter(), view, scale, p),
        PadMode::Favourites => super::favourites::canvas(ui, view, scale),
    }
    let explore = &view.user.explore;
    if explore.spec().is_some() {
        let at = match explore.spec() {
            Some(crate::engine::LatentSpec::Plane { x, y, .. }) => [x, y],
            _ => explore.position(),
        };
        crosshair(ui.painter(), p, scale.to_screen(at), scale.rect, explore.on_pad());
    }
}

/// The small pictures, each at its grid point.
fn map(ui: &Ui, view: &mut View, scale: Scale, nodes: &[Node]) {
    let p = palette(ui);
    let size = scale.unit() * 0.86;
    for &node in nodes {
        let centre = scale.to_screen([node.0 as f64, node.1 as f64]);
        let tile = Rect::from_center_size(centre, Vec2::splat(size));
        if !tile.intersects(scale.rect) {
            continue;
        }
        match view.state.explore.map.get(node).filter(|_| view.state.explore.opening.is_none()) {
            Some(frame) => {
                let texture = view.textures.small(ui.ctx(), frame);
                egui::Image::from_texture(&texture).corner_radius(size * 0.08).paint_at(ui, tile);
            }
            None => {
                ui.painter().rect_filled(tile, size * 0.08, p.control);
            }
        }
    }
}

fn axes(painter: &Painter, view: &View, scale: Scale, p: &Palette) {
    let directions = &view.user.explore.directions;
    if directions.amounts.is_empty() {
        let font = FontId::proportional(13.0);
        let line = "Find what this generator can change";
        painter.text(scale.rect.center(), Align2::CENTER_CENTER, line, font, p.weak);
        return;
    }
    let name = |axis: usize| directions.names.get(directions.axes[axis]).map_or(String::new(), |n| text::middle(n, 24));
    let right = scale.rect.right_bottom() + vec2(-8.0, -8.0);
    label(painter, p, right, Align2::RIGHT_BOTTOM, format!("→ {}", name(0)));
    let top = scale.rect.left_top() + vec2(8.0, 8.0);
    label(painter, p, top, Align2::LEFT_TOP, format!("↑ {}", name(1)));
}

/// A ring with hairlines; faint when the current picture is somewhere else.
fn crosshair(painter: &Painter, p: &Palette, at: Pos2, rect: Rect, here: bool) {
    let strength = if here { 1.0 } else { 0.45 };
    let (dark, light) = (p.backdrop.gamma_multiply(0.75 * strength), p.accent.gamma_multiply(strength));
    for (a, b) in [
        (pos2(rect.left(), at.y), pos2(at.x - 12.0, at.y)),
        (pos2(at.x + 12.0, at.y), pos2(rect.right(), at.y)),
        (pos2(at.x, rect.top()), pos2(at.x, at.y - 12.0)),
        (pos2(at.x, at.y + 12.0), pos2(at.x, rect.bottom())),
    ] {
        painter.line_segment([a, b], Line::new(2.5, dark.gamma_multiply(0.5)));
        painter.line_segment([a, b], Line::new(1.0, light));
    }
    painter.circle_stroke(at, 9.0, Line::new(5.0, dark));
    painter.circle_stroke(at, 9.0, Line::new(2.5, light));
    if here {
        painter.circle_filled(at, 2.5, light);
    }
}
