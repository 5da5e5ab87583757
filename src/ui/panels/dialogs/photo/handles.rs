//! What can be dragged of the chosen face: its eyes, the corners of its square, and the knob that turns it.

use super::view::{PhotoView, line};
use crate::engine::{MarkedFace, PixelPoint, Square};
use crate::ui::photo::{Grip, PhotoEditor};
use crate::ui::theme::{self, palette};
use egui::{CursorIcon, Id, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, accesskit::Role};

/// How far around its middle a handle takes the pointer, in points.
const REACH: f32 = 11.0;
/// How far the knob is above the square, in points.
const KNOB: f32 = 26.0;

pub(super) fn show(ui: &mut Ui, editor: &mut PhotoEditor, place: PhotoView, now: f64) {
    let Some(face) = editor.face().copied() else { return };
    knob(ui, editor, place, face, now);
    corners(ui, editor, place, face, now);
    eyes(ui, editor, place, face, now);
}

/// The widget of a handle. It is drawn in the next frame where it is dragged to in this one.
fn handle(ui: &Ui, name: &str, at: Pos2, tip: &str, cursor: CursorIcon) -> Response {
    let rect = Rect::from_center_size(at, Vec2::splat(2.0 * REACH));
    let response = ui.interact(rect, Id::unique(("handle", name)), Sense::CLICK | Sense::DRAG);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    let response = response.on_hover_cursor(cursor);
    if response.dragged() { response } else { response.on_hover_text(tip) }
}

/// Where the handle is dragged to, in pixels of the photo. Begins and ends the gesture.
fn dragged(
    editor: &mut PhotoEditor,
    place: PhotoView,
    response: &Response,
    gesture: &'static str,
    now: f64,
) -> Option<PixelPoint> {
    if response.drag_started() {
        editor.end_gesture();
    }
    if response.drag_stopped() {
        editor.end_gesture();
        return None;
    }
    let pos = response.interact_pointer_pos().filter(|_| response.dragged())?;
    editor.note(gesture, now);
    Some(place.to_photo(pos))
}

fn eyes(ui: &Ui, editor: &mut PhotoEditor, place: PhotoView, face: MarkedFace, now: f64) {
    let p = palette(ui);
    for (eye, n) in face.eyes.into_iter().flatten().zip(0..) {
        let at = place.to_screen(eye);
        let (name, key) = if n == 0 { ("Left eye", "1") } else { ("Right eye", "2") };
        let tip = format!("{name}: drag it, or press {key} and the arrow keys.");
        let response = handle(ui, name, at, &tip, CursorIcon::Crosshair);
        let held = editor.grip == Grip::Eye(n);
        let radius = if held || response.hovered() { 8.0 } else { 6.0 };
        ui.painter().circle_stroke(at, radius, Stroke::new(4.5, theme::PICTURE_LABEL));
        ui.painter().circle_stroke(at, radius, Stroke::new(2.0, if held { p.accent } else { theme::ON_PICTURE }));
        ui.painter().circle_filled(at, 1.5, theme::ON_PICTURE);
        if response.clicked() || response.drag_started() {
            editor.grip = Grip::Eye(n);
        }
        if let Some(to) = dragged(editor, place, &response, name, now) {
            editor.put_eye(n, to);
        }
    }
}

fn corners(ui: &Ui, editor: &mut PhotoEditor, place: PhotoView, face: MarkedFace, now: f64) {
    let names = ["Top left corner", "Top right corner", "Bottom right corner", "Bottom left corner"];
    for (corner, name) in face.square.corners().into_iter().zip(names) {
        let at = place.to_screen(corner);
        let tip = "Drag to resize the square (+ and −).";
        let response = handle(ui, name, at, tip, CursorIcon::ResizeNwSe);
        knot(ui, at, response.hovered());
        if let Some(to) = dragged(editor, place, &response, "resize", now) {
            editor.reshape(|square| {
                // The corner is half a diagonal away from the middle.
                square.side = (to.x - square.middle.x).hypot(to.y - square.middle.y) * std::f64::consts::SQRT_2;
            });
        }
    }
}

fn knob(ui: &Ui, editor: &mut PhotoEditor, place: PhotoView, face: MarkedFace, now: f64) {
    let (from, at) = knob_at(place, &face.square);
    line(ui, &[from, at], 1.5, palette(ui).accent);
    let response = handle(ui, "Turn the square", at, "Drag to turn the square ([ and ]).", CursorIcon::AllScroll);
    ui.painter().circle(at, 6.0, palette(ui).accent, Stroke::new(2.0, theme::PICTURE_LABEL));
    if let Some(to) = dragged(editor, place, &response, "turn", now) {
        editor.reshape(|square| {
            let (x, y) = (to.x - square.middle.x, to.y - square.middle.y);
            square.angle = x.atan2(-y);
        });
    }
}

/// The middle of the upper side, and the knob above it; below the lower side where there is no room above.
fn knob_at(place: PhotoView, square: &Square) -> (Pos2, Pos2) {
    let from = place.to_screen(square.point(0.5, 0.0));
    let (sin, cos) = square.angle.sin_cos();
    let up = Vec2::new(sin as f32, -cos as f32);
    let at = from + up * KNOB;
    // Inside the square it can always be reached.
    if place.rect.shrink(REACH).contains(at) { (from, at) } else { (from, from - up * KNOB) }
}

fn knot(ui: &Ui, at: Pos2, hovered: bool) {
    let rect = Rect::from_center_size(at, Vec2::splat(if hovered { 12.0 } else { 9.0 }));
    ui.painter().rect_filled(rect.expand(1.5), 2.0, theme::PICTURE_LABEL);
    ui.painter().rect_filled(rect, 2.0, palette(ui).accent);
}
