//! Lines with something at their right end.
//!
//! egui's layouts from the right put what they hold into that order for the keyboard and for screen readers, too. Here
//! a group at the right end is laid out from the left like everything else: its width in the pass before tells where it
//! begins, and where that has changed, the frame is laid out a second time at once.

use egui::{Align, Id, Layout, Rect, Ui, UiBuilder, pos2, vec2};

/// Adds `group` at the right end of a row that is laid out from the left. Inside, the available width is that of the
/// rest of the row.
pub(crate) fn at_right(ui: &mut Ui, group: impl FnOnce(&mut Ui)) {
    let row = ui.available_rect_before_wrap();
    let id = ui.next_auto_id();
    place(ui, row, id, group);
}

/// A row of the available width with `left` at its left end, which gets the room that `right` leaves. Both are given
/// `shared`. Inside `right`, the available width is that of the whole row.
pub(crate) fn ends<S: ?Sized>(
    ui: &mut Ui,
    height: f32,
    shared: &mut S,
    left: impl FnOnce(&mut Ui, &mut S),
    right: impl FnOnce(&mut Ui, &mut S),
) {
    let size = vec2(ui.available_width(), height);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let row = ui.max_rect();
        let id = ui.next_auto_id();
        let end = begin(ui, row, id) - ui.spacing().item_spacing.x;
        let room = Rect::from_min_max(row.min, pos2(end.max(row.left()), row.bottom()));
        ui.scope_builder(UiBuilder::new().max_rect(room), |ui| left(ui, shared));
        place(ui, row, id, |ui| right(ui, shared));
    });
}

/// Where the group of this name begins at the end of `row`.
fn begin(ui: &Ui, row: Rect, id: Id) -> f32 {
    (row.right() - remembered(ui, id).unwrap_or(0.0)).max(row.left())
}

fn place(ui: &mut Ui, row: Rect, id: Id, group: impl FnOnce(&mut Ui)) {
    // As wide as the row, so that what grows or fits itself in does not depend on how wide the group was before.
    let room = Rect::from_min_size(pos2(begin(ui, row, id), row.top()), row.size());
    let mut builder = UiBuilder::new().max_rect(room).layout(Layout::left_to_right(Align::Center));
    if remembered(ui, id).is_none() {
        builder = builder.invisible();
    }
    let used = ui.scope_builder(builder, group).response.rect.width();
    remember(ui, id, used);
}

/// How large what has this name was in the pass before, in points.
pub(crate) fn remembered(ui: &Ui, id: Id) -> Option<f32> {
    ui.data(|data| data.get_temp(id))
}

/// Remembers that it is so large now; where it was not, the frame is laid out a second time at once.
pub(crate) fn remember(ui: &Ui, id: Id, size: f32) {
    // Sums of coordinates round differently in different places.
    if remembered(ui, id).is_none_or(|known| (known - size).abs() > 0.1) {
        ui.data_mut(|data| data.insert_temp(id, size));
        ui.ctx().request_discard("something is larger or smaller than it was");
    }
}
