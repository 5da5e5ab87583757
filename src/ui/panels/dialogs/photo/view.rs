//! From pixels of the photo to points of the window and back.

use crate::engine::PixelPoint;
use crate::ui::photo::PhotoEditor;
use crate::ui::theme;
use egui::{Color32, Pos2, Rect, Stroke, Ui, vec2};

/// Largest enlargement over what fits.
const ZOOM: f64 = 24.0;

/// Where the photo lies in the window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct PhotoView {
    /// The room for it.
    pub rect: Rect,
    /// Points for each pixel of the photo.
    pub scale: f64,
    centre: PixelPoint,
}

impl PhotoView {
    pub(super) fn new(rect: Rect, editor: &PhotoEditor) -> Self {
        let (width, height) = (f64::from(editor.size.0.max(1)), f64::from(editor.size.1.max(1)));
        let fit = (f64::from(rect.width()) / width).min(f64::from(rect.height()) / height);
        Self { rect, scale: fit * editor.zoom, centre: editor.centre }
    }

    pub(super) fn to_screen(self, at: PixelPoint) -> Pos2 {
        let by = vec2((at.x - self.centre.x) as f32, (at.y - self.centre.y) as f32) * self.scale as f32;
        self.rect.center() + by
    }

    pub(super) fn to_photo(self, at: Pos2) -> PixelPoint {
        let by = at - self.rect.center();
        PixelPoint { x: self.centre.x + f64::from(by.x) / self.scale, y: self.centre.y + f64::from(by.y) / self.scale }
    }

    /// The whole photo.
    pub(super) fn photo(self, (width, height): (u32, u32)) -> Rect {
        let corner = PixelPoint { x: f64::from(width), y: f64::from(height) };
        Rect::from_min_max(self.to_screen(PixelPoint { x: 0.0, y: 0.0 }), self.to_screen(corner))
    }
}

/// Enlarges by a factor; what is at this place stays there.
pub(super) fn zoom(editor: &mut PhotoEditor, view: PhotoView, factor: f64, at: Pos2) {
    let before = view.to_photo(at);
    editor.zoom = (editor.zoom * factor).clamp(1.0, ZOOM);
    let after = PhotoView::new(view.rect, editor).to_photo(at);
    pan(editor, [after.x - before.x, after.y - before.y]);
}

/// Moves the photo by so many of its pixels. What fits stays in the middle, and the rest cannot be lost.
pub(super) fn pan(editor: &mut PhotoEditor, by: [f64; 2]) {
    let (width, height) = (f64::from(editor.size.0), f64::from(editor.size.1));
    let free = |at: f64, length: f64, zoom: f64| {
        let edge = length / 2.0 / zoom;
        at.clamp(edge.min(length / 2.0), (length - edge).max(length / 2.0))
    };
    editor.centre.x = free(editor.centre.x - by[0], width, editor.zoom);
    editor.centre.y = free(editor.centre.y - by[1], height, editor.zoom);
}

/// A line that is seen on any photo.
pub(super) fn line(ui: &Ui, points: &[Pos2], width: f32, colour: Color32) {
    ui.painter().line(points.to_vec(), Stroke::new(width + 2.5, theme::PICTURE_LABEL));
    ui.painter().line(points.to_vec(), Stroke::new(width, colour));
}
