//! What can be dragged of the chosen face: its eyes, the corners of its square, and the knob that turns it.

use super::view::{PhotoView, line};
use crate::engine::{PixelPoint, Square};
use crate::ui::photo::{Grip, Handle, Part, PhotoEditor};
use crate::ui::theme::{self, palette};
use egui::{CursorIcon, Id, Pos2, Rect, Response, Sense, Stroke, Ui, Vec2, WidgetInfo, accesskit::Role};

/// How far around its middle a handle takes the pointer, in points.
const REACH: f32 = 11.0;
/// How far the knob is above the square, in points.
const KNOB: f32 = 26.0;

pub(super) fn show(ui: &Ui, editor: &mut PhotoEditor, place: PhotoView) {
    if let Some(face) = editor.face() {
        let (from, to) = knob(place, &face.square);
        line(ui, &[from, to], 1.5, palette(ui).accent);
    }
    for (handle, at) in all(editor, place) {
        let response = widget(ui, handle, place.to_screen(at));
        let lit = response.hovered() || editor.held.is_some_and(|held| held.part == Part::Handle(handle));
        draw(ui, editor.grip, handle, place.to_screen(at), lit);
        if let Handle::Eye(n) = handle
            && response.clicked()
        {
            editor.grip = Grip::Eye(n);
        }
    }
}

/// The handle at this place of the window, with the pixel of the photo that it marks.
pub(super) fn under(editor: &PhotoEditor, place: PhotoView, pos: Pos2) -> Option<(Handle, PixelPoint)> {
    all(editor, place).into_iter().rev().find(|(_, at)| around(place.to_screen(*at)).contains(pos))
}

/// The handles of the chosen face, those on top last, with the pixels of the photo that they mark.
fn all(editor: &PhotoEditor, place: PhotoView) -> Vec<(Handle, PixelPoint)> {
    let Some(face) = editor.face() else { return Vec::new() };
    let mut all = vec![(Handle::Knob, place.to_photo(knob(place, &face.square).1))];
    all.extend(face.square.corners().into_iter().enumerate().map(|(n, at)| (Handle::Corner(n), at)));
    all.extend(face.eyes.into_iter().flatten().enumerate().map(|(n, at)| (Handle::Eye(n), at)));
    all
}

fn around(at: Pos2) -> Rect {
    Rect::from_center_size(at, Vec2::splat(2.0 * REACH))
}

/// The widget of a handle. It takes clicks alone: by the time that a drag is known, a quick pointer may be over another
/// one, so the photo takes all drags and looks where they began.
fn widget(ui: &Ui, handle: Handle, at: Pos2) -> Response {
    let (name, tip) = match handle {
        Handle::Eye(0) => ("Left eye", "Left eye: drag it, or press 1 and the arrow keys."),
        Handle::Eye(_) => ("Right eye", "Right eye: drag it, or press 2 and the arrow keys."),
        Handle::Corner(0) => ("Top left corner", RESIZE),
        Handle::Corner(1) => ("Top right corner", RESIZE),
        Handle::Corner(2) => ("Bottom right corner", RESIZE),
        Handle::Corner(_) => ("Bottom left corner", RESIZE),
        Handle::Knob => ("Turn the square", "Drag to turn the square ([ and ])."),
    };
    let response = ui.interact(around(at), Id::unique(("handle", name)), Sense::CLICK);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, ui.is_enabled(), name));
    response.on_hover_cursor(cursor(handle)).on_hover_text(tip)
}

const RESIZE: &str = "Drag to resize the square (+ and −).";

/// How the pointer looks over a handle, and while it drags it.
pub(super) fn cursor(handle: Handle) -> CursorIcon {
    match handle {
        Handle::Eye(_) => CursorIcon::Crosshair,
        Handle::Corner(0 | 2) => CursorIcon::ResizeNwSe,
        Handle::Corner(_) => CursorIcon::ResizeNeSw,
        Handle::Knob => CursorIcon::AllScroll,
    }
}

fn draw(ui: &Ui, grip: Grip, handle: Handle, at: Pos2, lit: bool) {
    let accent = palette(ui).accent;
    match handle {
        Handle::Eye(n) => {
            let held = grip == Grip::Eye(n);
            let radius = if held || lit { 8.0 } else { 6.0 };
            ui.painter().circle_stroke(at, radius, Stroke::new(4.5, theme::PICTURE_LABEL));
            ui.painter().circle_stroke(at, radius, Stroke::new(2.0, if held { accent } else { theme::ON_PICTURE }));
            ui.painter().circle_filled(at, 1.5, theme::ON_PICTURE);
        }
        Handle::Corner(_) => {
            let rect = Rect::from_center_size(at, Vec2::splat(if lit { 12.0 } else { 9.0 }));
            ui.painter().rect_filled(rect.expand(1.5), 2.0, theme::PICTURE_LABEL);
            ui.painter().rect_filled(rect, 2.0, accent);
        }
        Handle::Knob => {
            ui.painter().circle(at, if lit { 8.0 } else { 6.0 }, accent, Stroke::new(2.0, theme::PICTURE_LABEL));
        }
    }
}

/// The middle of the upper side, and the knob above it; below the upper side where there is no room above.
fn knob(place: PhotoView, square: &Square) -> (Pos2, Pos2) {
    let from = place.to_screen(square.point(0.5, 0.0));
    let (sin, cos) = square.angle.sin_cos();
    let up = Vec2::new(sin as f32, -cos as f32);
    let at = from + up * KNOB;
    // Inside the square it can always be reached.
    if place.rect.shrink(REACH).contains(at) { (from, at) } else { (from, from - up * KNOB) }
}
