//! Drags of the photo and of what is marked in it.

use super::handles;
use super::view::{PhotoView, pan};
use crate::engine::PixelPoint;
use crate::ui::photo::{Grip, Handle, Held, Part, PhotoEditor};
use crate::ui::widgets::{photo_id, take_keyboard};
use egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

/// What is dragged is decided by where the button was pressed: a quick pointer is elsewhere by now.
pub(super) fn read(ui: &Ui, editor: &mut PhotoEditor, place: PhotoView, response: &Response, now: f64) {
    if response.drag_started()
        && let Some(origin) = ui.input(|i| i.pointer.press_origin())
    {
        take_keyboard(ui.ctx(), photo_id());
        let by_main_button = response.dragged_by(PointerButton::Primary);
        take(editor, held_at(editor, place, origin, by_main_button), now);
    }
    if let Some(held) = editor.held
        && let Some(pos) = response.interact_pointer_pos()
    {
        move_to(editor, held, place.to_photo(pos));
    }
    if !response.dragged() {
        editor.held = None;
    }
}

/// How the pointer looks while it drags this.
pub(super) fn cursor(part: Part) -> CursorIcon {
    match part {
        Part::Handle(handle) => handles::cursor(handle),
        Part::Square => CursorIcon::Move,
        Part::Photo => CursorIcon::Grabbing,
    }
}

fn held_at(editor: &PhotoEditor, place: PhotoView, origin: Pos2, by_main_button: bool) -> Held {
    let pressed = place.to_photo(origin);
    let square = editor.face().map(|face| face.square).filter(|square| square.contains(pressed));
    let (part, from) = if !by_main_button || editor.setting.is_some() {
        (Part::Photo, pressed)
    } else if let Some((handle, at)) = handles::under(editor, place, origin) {
        (Part::Handle(handle), at)
    } else if let Some(square) = square {
        (Part::Square, square.middle)
    } else {
        (Part::Photo, pressed)
    };
    Held { part, pressed, from }
}

/// Begins a drag, which is one change.
fn take(editor: &mut PhotoEditor, held: Held, now: f64) {
    editor.held = Some(held);
    if let Part::Handle(Handle::Eye(n)) = held.part {
        editor.grip = Grip::Eye(n);
    }
    editor.end_gesture();
    if held.part != Part::Photo {
        editor.note("drag", now);
        editor.end_gesture();
    }
}

fn move_to(editor: &mut PhotoEditor, held: Held, pointer: PixelPoint) {
    let to = held.to(pointer);
    match held.part {
        Part::Photo => pan(editor, [pointer.x - held.pressed.x, pointer.y - held.pressed.y]),
        Part::Square => editor.reshape(|square| square.middle = to),
        Part::Handle(Handle::Eye(n)) => editor.put_eye(n, to),
        Part::Handle(Handle::Corner(_)) => editor.reshape(|square| {
            // The corner is half a diagonal away from the middle.
            square.side = (to.x - square.middle.x).hypot(to.y - square.middle.y) * std::f64::consts::SQRT_2;
        }),
        Part::Handle(Handle::Knob) => editor.reshape(|square| {
            let (x, y) = (to.x - square.middle.x, to.y - square.middle.y);
            square.angle = x.atan2(-y);
        }),
    }
}
