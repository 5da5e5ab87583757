//! The photo, large, with its squares. Dragging moves the chosen square, or the photo.

use super::view::{PhotoView, line, zoom};
use super::{drag, handles};
use crate::engine::{MarkedFace, PixelPoint, Square};
use crate::pixels::Frame;
use crate::ui::photo::PhotoEditor;
use crate::ui::theme::{self, palette};
use crate::ui::user::UserState;
use crate::ui::view::View;
use crate::ui::widgets::{photo_id, take_keyboard};
use egui::{
    Align2, CursorIcon, FontId, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo,
    accesskit::Role,
};
use std::sync::Arc;

/// Which editor is on the canvas.
pub(in crate::ui::panels::dialogs) type Pick = fn(&mut UserState) -> Option<&mut PhotoEditor>;

/// `read` is the photo or why it cannot be seen, once that is known.
pub(in crate::ui::panels::dialogs) fn show(
    ui: &mut Ui,
    view: &mut View,
    pick: Pick,
    read: Option<Result<Arc<Frame>, String>>,
) {
    let rect = ui.available_rect_before_wrap();
    let response = ui.interact(rect, photo_id(), Sense::click_and_drag());
    ui.advance_cursor_after_rect(rect);
    if std::mem::take(&mut view.user.dialog_is_new) {
        take_keyboard(ui.ctx(), photo_id());
    }
    ui.painter().rect_filled(rect, 8.0, palette(ui).backdrop);
    let mut inside = ui.new_child(UiBuilder::new().max_rect(rect));
    inside.set_clip_rect(rect.intersect(ui.clip_rect()));
    photo(&mut inside, view, rect, pick, read);
    let (Some(editor), now) = (pick(view.user), view.now) else { return };
    let words = words(editor);
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, ui.is_enabled(), &words));
    by_wheel(&inside, editor, &response, rect);
    by_pointer(&inside, editor, &response, rect, now);
    let place = PhotoView::new(rect, editor);
    for (face, n) in editor.faces().iter().zip(0..) {
        if n != editor.chosen {
            outline(&inside, place, face, false);
        }
    }
    if let Some(face) = editor.face().copied() {
        outline(&inside, place, &face, true);
        if editor.setting.is_none() {
            handles::show(&inside, editor, place);
        }
    }
    numbers(&inside, editor, place);
    being_set(&inside, editor, place, &response);
    let edge = if response.has_focus() { Stroke::new(1.5, palette(ui).accent) } else { Stroke::NONE };
    ui.painter().rect_stroke(rect, 8.0, edge, StrokeKind::Outside);
}

/// The photo itself, or why it cannot be seen.
fn photo(ui: &mut Ui, view: &mut View, rect: Rect, pick: Pick, read: Option<Result<Arc<Frame>, String>>) {
    let Some(editor) = pick(view.user) else { return };
    let place = PhotoView::new(rect, editor).photo(editor.size);
    match &read {
        Some(Ok(frame)) => {
            let texture = view.textures.small(ui.ctx(), frame);
            egui::Image::from_texture(&texture).paint_at(ui, place);
        }
        Some(Err(reason)) => {
            let font = FontId::proportional(14.0);
            let galley = ui.painter().layout(reason.clone(), font, theme::ON_PICTURE, rect.width() - 32.0);
            ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme::ON_PICTURE);
        }
        None => {
            egui::Spinner::new()
                .color(palette(ui).accent)
                .paint_at(ui, Rect::from_center_size(rect.center(), egui::Vec2::splat(28.0)));
        }
    }
}

fn by_wheel(ui: &Ui, editor: &mut PhotoEditor, response: &Response, rect: Rect) {
    if !response.contains_pointer() {
        return;
    }
    let (wheel, pinch, pos) = ui.input(|i| (i.smooth_scroll_delta().y, i.zoom_delta(), i.pointer.hover_pos()));
    let factor = (f64::from(wheel) / 200.0).exp() * f64::from(pinch);
    if let Some(pos) = pos.filter(|_| (factor - 1.0).abs() > 1e-4) {
        zoom(editor, PhotoView::new(rect, editor), factor, pos);
    }
}

fn by_pointer(ui: &Ui, editor: &mut PhotoEditor, response: &Response, rect: Rect, now: f64) {
    let place = PhotoView::new(rect, editor);
    if let Some(pos) = response.interact_pointer_pos()
        && response.clicked()
    {
        take_keyboard(ui.ctx(), photo_id());
        let at = place.to_photo(pos);
        if editor.setting.is_some() {
            editor.click_eye(at, now);
        } else if let Some(n) = face_under(editor, at) {
            editor.choose(n);
        }
    }
    drag::read(ui, editor, place, response, now);
    if let Some(pos) = response.hover_pos() {
        let at = place.to_photo(pos);
        let cursor = match (editor.held, editor.setting.is_some(), face_under(editor, at)) {
            (Some(held), ..) => drag::cursor(held.part),
            (None, true, _) => CursorIcon::Crosshair,
            (None, false, Some(n)) if n == editor.chosen => CursorIcon::Move,
            (None, false, Some(_)) => CursorIcon::PointingHand,
            (None, false, None) if editor.zoom > 1.0 => CursorIcon::Grab,
            _ => CursorIcon::Default,
        };
        ui.set_cursor_icon(cursor);
    }
}

/// The face whose square is there; the chosen one first.
fn face_under(editor: &PhotoEditor, at: PixelPoint) -> Option<usize> {
    let inside = |n: usize| editor.faces().get(n).is_some_and(|face| face.square.contains(at));
    Some(editor.chosen).filter(|n| inside(*n)).or_else(|| (0..editor.faces().len()).find(|n| inside(*n)))
}

/// The corners of a square in points of the window, closed.
fn corners(place: PhotoView, square: &Square) -> Vec<Pos2> {
    let mut corners: Vec<Pos2> = square.corners().map(|corner| place.to_screen(corner)).to_vec();
    corners.push(corners[0]);
    corners
}

fn outline(ui: &Ui, place: PhotoView, face: &MarkedFace, chosen: bool) {
    let colour = if chosen { palette(ui).accent } else { theme::ON_PICTURE };
    line(ui, &corners(place, &face.square), if chosen { 2.5 } else { 1.5 }, colour);
    if !chosen {
        for eye in face.eyes.into_iter().flatten() {
            let at = place.to_screen(eye);
            ui.painter().circle(at, 3.0, theme::ON_PICTURE, Stroke::new(1.5, theme::PICTURE_LABEL));
        }
    }
}

/// Several faces are counted, so that "face 2" is known.
fn numbers(ui: &Ui, editor: &PhotoEditor, place: PhotoView) {
    if editor.faces().len() < 2 {
        return;
    }
    for (face, n) in editor.faces().iter().zip(1..) {
        let at = place.to_screen(face.square.corners()[0]);
        ui.painter().circle_filled(at, 10.0, theme::PICTURE_LABEL);
        let font = FontId::proportional(12.0);
        ui.painter().text(at, Align2::CENTER_CENTER, n.to_string(), font, theme::ON_PICTURE);
    }
}

/// What the next click sets.
fn being_set(ui: &Ui, editor: &PhotoEditor, place: PhotoView, response: &Response) {
    let Some(first) = editor.setting else { return };
    if let Some(eye) = first {
        let at = place.to_screen(eye);
        if let Some(pos) = response.hover_pos() {
            line(ui, &[at, pos], 1.0, palette(ui).accent);
        }
        ui.painter().circle(at, 5.0, palette(ui).accent, Stroke::new(2.0, theme::PICTURE_LABEL));
    }
    let words = match (first, editor.faces().is_empty()) {
        (None, true) => "No face is marked. Click the left eye, then the right eye.",
        (None, false) => "Click the left eye, then the right eye.",
        (Some(_), _) => "Now click the right eye.",
    };
    let galley = ui.painter().layout_no_wrap(words.to_owned(), FontId::proportional(13.0), theme::ON_PICTURE);
    let at = place.rect.center_top() + egui::vec2(-galley.size().x / 2.0, 12.0);
    let ground = Rect::from_min_size(at, galley.size()).expand2(egui::vec2(8.0, 4.0));
    ui.painter().rect_filled(ground, 6.0, theme::PICTURE_LABEL);
    ui.painter().galley(at, galley, theme::ON_PICTURE);
}

/// What is marked, for a screen reader.
fn words(editor: &PhotoEditor) -> String {
    let (width, height) = editor.size;
    let photo = format!("Photo of {width} × {height} pixels");
    let Some(face) = editor.face() else { return format!("{photo}, no face chosen") };
    let Square { middle, side, angle } = face.square;
    let eyes = match face.eyes {
        Some([left, right]) => {
            format!("eyes at {:.0}, {:.0} and {:.0}, {:.0}", left.x, left.y, right.x, right.y)
        }
        None => "eyes unknown".to_owned(),
    };
    format!(
        "{photo}, face {} of {}: square of {side:.0} pixels around {:.0}, {:.0}, turned by {:.0} degrees, {eyes}",
        editor.chosen + 1,
        editor.faces().len(),
        middle.x,
        middle.y,
        angle.to_degrees()
    )
}
