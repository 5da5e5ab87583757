//! What comes of the chosen face, and what can be done with it.

use super::view::{PhotoView, pan, zoom};
use crate::ui::focus::scrolled;
use crate::ui::photo::{PhotoEditor, Turn, preview};
use crate::ui::shortcuts::tip;
use crate::ui::theme::{S, palette};
use crate::ui::view::View;
use crate::ui::widgets::{icon_button, photo_id, small, take_keyboard};
use egui::{Button, Rect, ScrollArea, Sense, Ui, Vec2, WidgetInfo, accesskit::Role, vec2};

/// Side of the preview in points, and below this height of the dialog.
const PREVIEW: f32 = 192.0;
const PREVIEW_LOW: f32 = 128.0;
const LOW: f32 = 460.0;

pub(super) fn show(ui: &mut Ui, view: &mut View) {
    let side = if ui.available_height() < LOW { PREVIEW_LOW } else { PREVIEW };
    square(ui, view, side);
    scrolled(ui, ScrollArea::vertical().auto_shrink(false), |ui| {
        ui.spacing_mut().item_spacing.y = 6.0;
        let (now, setting) = (view.now, view.user.curation.photo.as_ref().and_then(|editor| editor.setting));
        let Some(editor) = &mut view.user.curation.photo else { return };
        faces(ui, editor);
        changes(ui, editor, now);
        steps(ui, editor);
        if setting.is_some() {
            small(ui, "Or press N for a square in the middle, and move it with the arrow keys.");
        } else if editor.is_reset() {
            small(ui, "The faces that were found come back when you save.");
        } else {
            small(
                ui,
                "Arrows move the square, + and − resize it, [ and ] turn it; Shift for fine steps. 1 and 2 hold an \
                 eye, 3 the square again.",
            );
        }
    });
}

/// The square as it would be trained on, cut out of the photo as it is now.
fn square(ui: &mut Ui, view: &mut View, side: f32) {
    let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, "The chosen square as training sees it"));
    let p = palette(ui);
    ui.painter().rect_filled(rect, 4.0, p.well);
    let Some(editor) = &view.user.curation.photo else { return };
    let frame = view.state.photo.as_ref().filter(|photo| photo.path == editor.path);
    let frame = frame.and_then(|photo| photo.frame.as_ref().ok());
    if let Some((frame, face)) = frame.zip(editor.face()) {
        let key = (face.square, editor.side, std::sync::Arc::as_ptr(frame) as usize);
        let cut = || preview(frame, editor.size, &face.square, editor.side);
        let texture = view.textures.preview(ui.ctx(), key, cut);
        let whole = Rect::from_min_max(egui::pos2(0.0, 0.0), egui::pos2(1.0, 1.0));
        ui.painter().image(texture.id(), rect, whole, egui::Color32::WHITE);
    }
    let px = editor.side;
    response.on_hover_text("What is cut out, at the size at which the networks see it.");
    small(ui, format!("{px} × {px} px, as training sees it"));
}

/// Which face, where there are several.
fn faces(ui: &mut Ui, editor: &mut PhotoEditor) {
    let count = editor.faces().len();
    if count < 2 {
        return;
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for n in 0..count {
            let button = Button::selectable(n == editor.chosen, format!("Face {}", n + 1));
            if ui.add(button).on_hover_text("Work on this face (Tab).").clicked() {
                editor.choose(n);
                take_keyboard(ui.ctx(), photo_id());
            }
        }
    });
}

fn changes(ui: &mut Ui, editor: &mut PhotoEditor, now: f64) {
    let width = (ui.available_width() - 6.0) / 2.0;
    let button = |ui: &mut Ui, label: &str, line: &str, key: &str, enabled: bool| {
        let response = ui.add_enabled(enabled, Button::new(label).min_size(vec2(width, 28.0)));
        let pressed = response.on_hover_text(tip(line, key)).clicked();
        if pressed {
            // The photo keeps the keyboard.
            take_keyboard(ui.ctx(), photo_id());
        }
        pressed
    };
    let some = editor.face().is_some();
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.spacing_mut().button_padding.x = 6.0;
    ui.horizontal(|ui| {
        if button(ui, "Set eyes", "Click the left, then the right eye: the square follows", "E", true) {
            editor.setting = Some(None);
        }
        if button(ui, "Reset", "Back to the faces that were found", "R", true) {
            editor.reset(now);
        }
    });
    ui.horizontal(|ui| {
        if button(ui, "Add face", "One more picture from this photo: click its eyes", "A", true) {
            editor.add();
        }
        if button(ui, "Remove face", "No picture from this face", "Delete", some) {
            editor.remove(now);
        }
    });
}

/// Undo, redo, and how large the photo is.
fn steps(ui: &mut Ui, editor: &mut PhotoEditor) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let undo = tip("Undo the last change in this photo", "Ctrl+Z");
        let off = (!editor.can(Turn::Back)).then_some("Nothing was changed.");
        if icon_button(ui, "↩", "Undo", &undo, off).clicked() {
            editor.turn(Turn::Back);
        }
        let redo = tip("Redo it", "Ctrl+Shift+Z");
        let off = (!editor.can(Turn::Forth)).then_some("Nothing was undone.");
        if icon_button(ui, "↪", "Redo", &redo, off).clicked() {
            editor.turn(Turn::Forth);
        }
        ui.add_space(S);
        let place = PhotoView::new(Rect::from_min_size(egui::pos2(0.0, 0.0), Vec2::splat(100.0)), editor);
        for (sign, name, factor) in [("−", "Zoom out", 1.0 / 1.5), ("+", "Zoom in", 1.5)] {
            let possible = factor > 1.0 || editor.zoom > 1.0;
            let off = (!possible).then_some("The whole photo is on show.");
            if icon_button(ui, sign, name, &tip(name, "mouse wheel"), off).clicked() {
                // Towards the chosen face.
                if let Some(face) = editor.face().filter(|_| factor > 1.0) {
                    editor.centre = face.square.middle;
                }
                zoom(editor, place, factor, place.rect.center());
            }
        }
        if editor.zoom > 1.0 && icon_button(ui, "⛶", "Fit", "Show the whole photo.", None).clicked() {
            editor.zoom = 1.0;
            pan(editor, [0.0; 2]);
        }
    });
}
