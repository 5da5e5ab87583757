//! Many small square pictures on the graphics card: on pages of tiles, filled a few tiles per frame. The pages that
//! were drawn longest ago are used again.

use crate::engine::PreparedPictures;
use egui::{Color32, ColorImage, Context, Pos2, Rect, TextureHandle, TextureId, TextureOptions, Vec2, pos2};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Width and height of a page in pixels.
const PAGE: usize = 1024;
/// Pages on the card, of 4 MiB each; more only where more are in sight at once.
const PAGES: usize = 24;
/// Pixels uploaded per frame.
const UPLOAD: usize = 64 * 64 * 64;
/// Smallest and largest side of a tile in pixels.
const CELLS: [usize; 2] = [32, 256];

/// Pages of tiles.
#[derive(Default)]
pub(crate) struct Atlas {
    /// Side of a tile in pixels.
    cell: usize,
    pages: Vec<Page>,
    /// Where each picture lies.
    places: HashMap<u64, Place>,
    frame: u64,
    /// Pixels that may still be uploaded in this frame.
    left: usize,
    /// Tiles uploaded so far.
    pub uploads: usize,
}

struct Page {
    texture: TextureHandle,
    /// What lies in each slot; slots are filled one after another.
    keys: Vec<u64>,
    /// The frame in which it was drawn last.
    used: u64,
}

#[derive(Clone, Copy)]
struct Place {
    page: usize,
    slot: usize,
}

impl Atlas {
    /// Begins a frame whose tiles are `size` screen pixels wide, of pictures of `side` pixels.
    pub(crate) fn begin(&mut self, ctx: &Context, side: u32, size: f32) {
        let wanted = (size.ceil().max(1.0) as usize).next_power_of_two().clamp(CELLS[0], CELLS[1]);
        let cell = wanted.min((side as usize).max(1));
        if cell != self.cell {
            (self.pages, self.places, self.cell) = (Vec::new(), HashMap::new(), cell);
        }
        self.frame = ctx.cumulative_frame_nr();
        self.left = UPLOAD;
    }

    /// The texture of a picture, and its part of it. None until there was time to upload it.
    pub(crate) fn tile(&mut self, ctx: &Context, pictures: &PreparedPictures, index: u32) -> Option<(TextureId, Rect)> {
        let key = key(pictures, index);
        let place = match self.places.get(&key) {
            Some(place) => *place,
            None => self.upload(ctx, pictures, index, key)?,
        };
        let page = &mut self.pages[place.page];
        page.used = self.frame;
        Some((page.texture.id(), part(place.slot, self.cell)))
    }

    /// Something is still to be uploaded.
    pub(crate) fn behind(&self) -> bool {
        self.left < self.cell * self.cell
    }

    fn upload(&mut self, ctx: &Context, pictures: &PreparedPictures, index: u32, key: u64) -> Option<Place> {
        self.left = self.left.checked_sub(self.cell * self.cell).or_else(|| {
            self.left = 0;
            None
        })?;
        let place = self.free_slot(ctx);
        let page = &mut self.pages[place.page];
        page.keys.push(key);
        let image = reduced(pictures.pixels(index as usize), pictures.side as usize, self.cell);
        let (x, y) = origin(place.slot, self.cell);
        page.texture.set_partial([x, y], image, TextureOptions::LINEAR);
        self.places.insert(key, place);
        self.uploads += 1;
        Some(place)
    }

    /// A slot on the page that is being filled, on a new one, or on the one that was drawn longest ago.
    fn free_slot(&mut self, ctx: &Context) -> Place {
        let slots = (PAGE / self.cell).pow(2);
        let free = self.pages.iter().position(|page| page.keys.len() < slots);
        let page = free.unwrap_or_else(|| {
            let oldest = (0..self.pages.len()).min_by_key(|&n| self.pages[n].used);
            let unused = oldest.filter(|&n| self.pages.len() >= PAGES && self.pages[n].used < self.frame);
            match unused {
                Some(n) => {
                    for key in self.pages[n].keys.drain(..) {
                        self.places.remove(&key);
                    }
                    n
                }
                None => {
                    let blank = ColorImage::filled([PAGE, PAGE], Color32::BLACK);
                    let texture = ctx.load_texture("pictures", blank, TextureOptions::LINEAR);
                    self.pages.push(Page { texture, keys: Vec::new(), used: self.frame });
                    self.pages.len() - 1
                }
            }
        });
        Place { page, slot: self.pages[page].keys.len() }
    }
}

/// Names what is seen of a picture, whatever its position among the pictures is.
fn key(pictures: &PreparedPictures, index: u32) -> u64 {
    let square = pictures.pictures[index as usize].square;
    let mut hasher = DefaultHasher::new();
    pictures.photo_of(index as usize).content.hash(&mut hasher);
    let numbers = [square.middle.x, square.middle.y, square.side, square.angle, f64::from(pictures.side)];
    numbers.map(f64::to_bits).hash(&mut hasher);
    hasher.finish()
}

fn origin(slot: usize, cell: usize) -> (usize, usize) {
    let columns = PAGE / cell;
    (slot % columns * cell, slot / columns * cell)
}

/// The part of the page that a tile covers, without half a pixel at its edges: neighbours would shine through.
fn part(slot: usize, cell: usize) -> Rect {
    let (x, y) = origin(slot, cell);
    let min = pos2(x as f32 + 0.5, y as f32 + 0.5);
    let rect = Rect::from_min_size(min, Vec2::splat(cell as f32 - 1.0));
    let share = |p: Pos2| (p.to_vec2() / PAGE as f32).to_pos2();
    Rect::from_min_max(share(rect.min), share(rect.max))
}

/// A picture of `side` pixels as a tile of `cell` pixels: each is the mean of those that it covers.
fn reduced(rgb: &[u8], side: usize, cell: usize) -> ColorImage {
    if side == cell {
        return ColorImage::from_rgb([side, side], rgb);
    }
    let edge = |n: usize| n * side / cell;
    let mut out = Vec::with_capacity(cell * cell * 3);
    for y in 0..cell {
        for x in 0..cell {
            let (rows, columns) = (edge(y)..edge(y + 1), edge(x)..edge(x + 1));
            let count = (rows.len() * columns.len()) as u32;
            let mut sum = [0u32; 3];
            for row in rows {
                let line = &rgb[(row * side + columns.start) * 3..(row * side + columns.end) * 3];
                for pixel in line.chunks_exact(3) {
                    sum.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                }
            }
            out.extend(sum.map(|sum| (sum / count) as u8));
        }
    }
    ColorImage::from_rgb([cell, cell], &out)
}
