//! An edge that is moved.

use crate::ui::theme::palette;
use egui::{CursorIcon, EventFilter, Id, Key, Rect, Sense, Ui, WidgetInfo};
use std::ops::RangeInclusive;

/// How far a press of an arrow key moves it, in points.
const STEP: f32 = 20.0;
/// So wide is what the pointer takes hold of, in points.
pub(crate) const EDGE: f32 = 6.0;

/// The upper edge of what is `height` points high: the pointer drags it, the arrow keys move it, Home and End make the
/// height the least and the most that there may be. Gives the height.
pub(crate) fn upper_edge(ui: &mut Ui, id: Id, name: &str, at: Rect, height: f32, heights: RangeInclusive<f32>) -> f32 {
    let edge = ui.interact(at, id, Sense::drag()).on_hover_cursor(CursorIcon::ResizeVertical);
    edge.widget_info(|| WidgetInfo::slider(true, f64::from(height), name));
    let (least, most) = heights.into_inner();
    let mut wanted = height - edge.drag_delta().y;
    if edge.has_focus() {
        let filter = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        for (key, moved) in
            [(Key::ArrowUp, height + STEP), (Key::ArrowDown, height - STEP), (Key::Home, least), (Key::End, most)]
        {
            if ui.input(|input| input.key_pressed(key)) {
                wanted = moved;
            }
        }
    }
    let p = palette(ui);
    let line = if edge.has_focus() || edge.dragged() { Some(p.accent) } else { edge.hovered().then_some(p.weak) };
    if let Some(colour) = line {
        ui.painter().hline(at.x_range(), at.center().y, (2.0, colour));
    }
    edge.on_hover_text("Drag it, or press the arrow keys, to make this higher or lower.");
    wanted.clamp(least, most.max(least))
}
