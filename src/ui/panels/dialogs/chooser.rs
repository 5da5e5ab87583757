//! Many small pictures of which some can be selected: by a click, with Ctrl one more, with Shift a range; with the
//! arrow keys, Space and Ctrl+A. Only the rows in sight are drawn.

use crate::pixels::Frame;
use crate::ui::curation::Selection;
use crate::ui::focus::in_area;
use crate::ui::panels::explore::small_picture;
use crate::ui::textures::Textures;
use crate::ui::theme::palette;
use crate::ui::widgets::{GAP, Places, keep_arrows, modifiers_at_click, moves, take_keyboard};
use egui::scroll_area::ScrollSource;
use egui::{
    Align2, FontId, Id, Key, Modifiers, Rect, Response, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit::Role, vec2,
};
use std::sync::Arc;

/// Room for the scroll bar, in points.
const BAR: f32 = 10.0;
/// Height of a name under its picture, in points.
const NAME: f32 = 16.0;

/// The grid.
pub(super) struct Chooser<'a> {
    /// Its name for screen readers, and its id.
    pub name: &'static str,
    /// The pictures on show, by their numbers, in order.
    pub shown: &'a [u32],
    /// Side of a picture in points, at least.
    pub side: f32,
    /// Its height in points.
    pub height: f32,
}

/// What was done in it.
pub(super) struct Chosen {
    /// This one was double-clicked, or Enter was pressed at it.
    pub opened: Option<u32>,
    /// The grid has the keyboard.
    pub focus: bool,
}

impl Chooser<'_> {
    /// Draws it. `picture` gives the picture of a number, if there is one yet, and its name.
    pub(super) fn show(
        &self,
        ui: &mut Ui,
        textures: &mut Textures,
        selection: &mut Selection,
        mut picture: impl FnMut(u32) -> (Option<Arc<Frame>>, String),
    ) -> Chosen {
        let source = ScrollSource::SCROLL_BAR | ScrollSource::MOUSE_WHEEL;
        let area = ScrollArea::vertical().id_salt(self.name).auto_shrink(false).scroll_source(source);
        let area = area.max_height(self.height).min_scrolled_height(self.height);
        area.show_viewport(ui, |ui, _| in_area(ui, |ui| self.draw(ui, textures, selection, &mut picture))).inner
    }

    fn draw(
        &self,
        ui: &mut Ui,
        textures: &mut Textures,
        selection: &mut Selection,
        picture: &mut dyn FnMut(u32) -> (Option<Arc<Frame>>, String),
    ) -> Chosen {
        let width = ui.available_width() - BAR;
        let places = Places::new(width, self.side, self.shown.len());
        let height = places.height().max(ui.clip_rect().height());
        let (rect, _) = ui.allocate_exact_size(vec2(width, height), Sense::hover());
        let grid = ui.interact(rect, Id::unique(self.name), Sense::CLICK | Sense::FOCUSABLE);
        if std::mem::take(&mut selection.focus) {
            take_keyboard(ui.ctx(), grid.id);
        }
        let sight = ui.clip_rect().translate(-rect.min.to_vec2());
        let visible = places.rows(sight.top(), sight.bottom());
        let mut opened = None;
        if grid.has_focus() {
            keep_arrows(ui, grid.id);
            for (by, modifiers) in moves(ui, places, &visible) {
                selection.go(self.shown, by, modifiers.shift, modifiers.command);
            }
            opened = self.by_keys(ui, selection);
        }
        grid.widget_info(|| {
            let words = format!("{}: {} on show, {} selected", self.name, self.shown.len(), selection.len());
            WidgetInfo::labeled(Role::ListBox, ui.is_enabled(), words)
        });
        for position in visible {
            let index = self.shown[position];
            let place = places.rect(position).translate(rect.min.to_vec2());
            let tile = ui.interact(place, grid.id.with(index), Sense::CLICK);
            if tile.clicked() {
                selection.focus = true;
                let modifiers = modifiers_at_click(ui);
                selection.click(self.shown, index, modifiers.command, modifiers.shift);
            }
            if tile.double_clicked() {
                opened = Some(index);
            }
            let (frame, name) = picture(index);
            self.tile(ui, textures, selection, (index, &tile, grid.has_focus()), (frame.as_ref(), &name));
        }
        if std::mem::take(&mut selection.reveal)
            && let Some(at) = selection.cursor().and_then(|cursor| self.shown.binary_search(&cursor).ok())
        {
            ui.scroll_to_rect(places.rect(at).translate(rect.min.to_vec2()).expand(GAP), None);
        }
        Chosen { opened, focus: grid.has_focus() }
    }

    /// The one at which Enter was pressed.
    fn by_keys(&self, ui: &Ui, selection: &mut Selection) -> Option<u32> {
        let pressed = |modifiers, key| ui.input_mut(|i| i.consume_key(modifiers, key));
        if pressed(Modifiers::COMMAND, Key::A) {
            selection.set(self.shown.iter().copied());
        }
        if let Some(cursor) = selection.cursor().filter(|_| pressed(Modifiers::NONE, Key::Space)) {
            selection.flip(cursor);
        }
        selection.cursor().filter(|_| pressed(Modifiers::NONE, Key::Enter))
    }

    fn tile(
        &self,
        ui: &Ui,
        textures: &mut Textures,
        selection: &Selection,
        (index, tile, focus): (u32, &Response, bool),
        (frame, name): (Option<&Arc<Frame>>, &str),
    ) {
        let p = palette(ui);
        let on = selection.contains(index);
        tile.widget_info(|| WidgetInfo::selected(Role::Button, ui.is_enabled(), on, name));
        let rect = tile.rect;
        small_picture(ui, textures, frame, rect);
        // Names would hide a small picture.
        if rect.width() > 4.0 * NAME {
            let band = Rect::from_min_max(rect.left_bottom() - vec2(0.0, NAME), rect.max);
            ui.painter().rect_filled(band, 0.0, p.card.gamma_multiply(0.85));
            let clipped = ui.painter().with_clip_rect(band.shrink2(Vec2::new(3.0, 0.0)));
            clipped.text(
                band.left_center() + vec2(4.0, 0.0),
                Align2::LEFT_CENTER,
                name,
                FontId::proportional(11.0),
                p.text,
            );
        }
        let line = match (on, tile.hovered() || (focus && selection.cursor() == Some(index))) {
            (true, true) => Stroke::new(3.0, p.accent),
            (true, false) => Stroke::new(2.0, p.accent),
            (false, true) => Stroke::new(2.0, p.border_strong),
            (false, false) => Stroke::new(1.0, p.border),
        };
        ui.painter().rect_stroke(rect, 6.0, line, StrokeKind::Inside);
    }
}
