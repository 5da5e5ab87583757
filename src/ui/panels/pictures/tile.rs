//! One picture of the grid: the square, words on it, and marks of selection and keyboard.

use crate::engine::PreparedPictures;
use crate::ui::curation::{detail, labels, name};
use crate::ui::text;
use crate::ui::theme::{self, palette};
use crate::ui::view::View;
use egui::text::{LayoutJob, TextWrapping};
use egui::{
    Color32, FontId, Id, Mesh, Rect, Response, Shape, Stroke, StrokeKind, TextFormat, TextureId, Ui, Vec2, WidgetInfo,
    accesskit::Role, pos2, vec2,
};
use std::sync::Arc;

/// Below this side, in points, words have no room: a dot says that a picture is left out.
const WORDS: f32 = 68.0;
/// From this side on there is room for two lines of words.
const TWO_LINES: f32 = 88.0;
/// Height of a line of words, and from the edge, in points.
const LINE: f32 = 17.0;
const EDGE: f32 = 3.0;

/// The widget of one picture.
pub(super) fn id(index: u32) -> Id {
    Id::unique(("picture", index))
}

/// What is drawn of one picture.
pub(super) struct Tile {
    rect: Rect,
    /// None until it was uploaded.
    image: Option<(TextureId, Rect)>,
    labels: Vec<String>,
    left_out: bool,
    selected: bool,
    cursor: bool,
    hovered: bool,
}

impl Tile {
    /// Looks up what is to be drawn, and tells screen readers and the pointer what it is.
    pub(super) fn new(
        ui: &Ui,
        view: &mut View,
        pictures: &PreparedPictures,
        index: u32,
        rect: Rect,
        response: &Response,
    ) -> Option<Self> {
        let now = view.user.curation.standing(index)?;
        let selection = &view.user.curation.selection;
        let (selected, cursor) = (selection.contains(index), selection.cursor() == Some(index));
        response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, ui.is_enabled(), name(pictures, index, now)));
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(selected));
        if response.hovered() {
            let words = labels(pictures, index, now).join(", ");
            response.clone().on_hover_ui(|ui| {
                ui.label(theme::bold(text::name(&pictures.photo_of(index as usize).path)));
                ui.label(text::sentence(if words.is_empty() { "used" } else { &words }));
                ui.colored_label(palette(ui).weak, detail(pictures, index));
            });
        }
        let rows = if rect.width() < WORDS { 0 } else { 1 + usize::from(rect.width() >= TWO_LINES) };
        let mut labels = if rows > 0 { labels(pictures, index, now) } else { Vec::new() };
        labels.truncate(rows);
        Some(Self {
            rect,
            image: view.textures.atlas.tile(ui.ctx(), pictures, index),
            labels,
            left_out: now.left_out.is_some(),
            selected,
            cursor,
            hovered: response.hovered(),
        })
    }
}

/// The pictures in sight. All images are drawn first, page by page, then what lies on them: each change of the texture
/// costs a draw call.
pub(super) struct Tiles {
    tiles: Vec<Tile>,
    pages: Vec<Mesh>,
    focused: bool,
}

impl Tiles {
    /// `focused` tells that the grid has the keyboard.
    pub(super) fn new(focused: bool) -> Self {
        Self { tiles: Vec::new(), pages: Vec::new(), focused }
    }

    pub(super) fn add(&mut self, tile: Tile) {
        if let Some((texture, uv)) = tile.image {
            let known = self.pages.iter().position(|page| page.texture_id == texture);
            let at = known.unwrap_or_else(|| {
                self.pages.push(Mesh::with_texture(texture));
                self.pages.len() - 1
            });
            let tint = if tile.left_out { theme::LEFT_OUT } else { Color32::WHITE };
            self.pages[at].add_rect_with_uv(tile.rect, uv, tint);
        }
        self.tiles.push(tile);
    }

    pub(super) fn paint(self, ui: &Ui) {
        let p = palette(ui);
        for tile in self.tiles.iter().filter(|tile| tile.image.is_none()) {
            ui.painter().rect_filled(tile.rect, 2.0, p.control);
        }
        for page in self.pages {
            ui.painter().add(Shape::Mesh(Arc::new(page)));
        }
        for tile in &self.tiles {
            tile.words(ui);
            tile.marks(ui, self.focused);
        }
    }
}

impl Tile {
    fn words(&self, ui: &Ui) {
        if self.rect.width() < WORDS && self.left_out {
            let at = self.rect.right_top() + vec2(-8.0, 8.0);
            ui.painter().circle(at, 4.0, palette(ui).warn, Stroke::new(2.0, theme::PICTURE_LABEL));
        }
        for (words, n) in self.labels.iter().zip(1u8..) {
            let mut job = LayoutJob::default();
            let format = TextFormat::simple(FontId::proportional(11.0), theme::ON_PICTURE);
            job.append(words, 0.0, format);
            let room = self.rect.width() - 2.0 * EDGE - 8.0;
            job.wrap = TextWrapping { max_width: room, max_rows: 1, break_anywhere: true, ..TextWrapping::default() };
            let galley = ui.painter().layout_job(job);
            let top = self.rect.bottom() - EDGE - LINE * f32::from(n);
            let ground =
                Rect::from_min_size(pos2(self.rect.left() + EDGE, top), Vec2::new(galley.size().x + 8.0, LINE - 1.0));
            ui.painter().rect_filled(ground, 4.0, theme::PICTURE_LABEL);
            let at = pos2(ground.left() + 4.0, ground.center().y - galley.size().y / 2.0);
            ui.painter().galley(at, galley, theme::ON_PICTURE);
        }
    }

    fn marks(&self, ui: &Ui, focused: bool) {
        let p = palette(ui);
        let ring = |by: f32, width: f32, colour| {
            ui.painter().rect_stroke(self.rect.expand(by), 2.0, Stroke::new(width, colour), StrokeKind::Outside);
        };
        if self.selected {
            ring(0.0, 2.0, p.accent);
            let at = self.rect.left_top() + vec2(11.0, 11.0);
            ui.painter().circle(at, 8.0, p.accent, Stroke::new(1.0, theme::PICTURE_LABEL));
            let tick = [vec2(-3.5, 0.5), vec2(-1.0, 3.0), vec2(3.5, -2.5)].map(|by| at + by);
            ui.painter().line(tick.to_vec(), Stroke::new(2.0, p.on_accent));
        } else if self.hovered {
            ring(0.0, 1.0, p.border_strong);
        }
        if self.cursor && focused {
            ring(1.5, 1.5, p.text);
        }
    }
}
