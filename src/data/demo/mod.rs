//! The built-in demo: cats drawn by code.

use crate::pixels::Frame;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Rect, Transform};

/// Cat number `index` of the family `seed`, `side` x `side` pixels.
pub fn draw(seed: u64, index: u64, side: u32) -> Frame {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(index);
    let Some(mut map) = Pixmap::new(side, side) else { return Frame::filled(side, side, [0; 3]) };
    let mut oval = |x: f32, y: f32, rx: f32, ry: f32, rgb: [u8; 3]| {
        let mut paint = Paint::default();
        paint.set_color_rgba8(rgb[0], rgb[1], rgb[2], 255);
        let rect = Rect::from_xywh(x - rx, y - ry, 2.0 * rx, 2.0 * ry);
        if let Some(path) = rect.and_then(PathBuilder::from_oval) {
            let scale = side as f32 / 100.0;
            map.fill_path(&path, &paint, FillRule::Winding, Transform::from_scale(scale, scale), None);
        }
    };
    let mut colour = || (random.next_u32() | 0x20).to_le_bytes();
    let (back, fur, eye) = (colour(), colour(), colour());
    oval(50.0, 50.0, 90.0, 90.0, [back[0], back[1], back[2]]);
    for x in [30.0, 70.0] {
        oval(x, 30.0, 12.0, 20.0, [fur[0], fur[1], fur[2]]);
    }
    oval(50.0, 56.0, 33.0, 28.0, [fur[0], fur[1], fur[2]]);
    for x in [37.0, 63.0] {
        oval(x, 54.0, 7.0, 8.0, [eye[0], eye[1], eye[2]]);
    }
    oval(50.0, 66.0, 3.0, 2.0, [90, 40, 50]);
    let pixels = map.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]);
    Frame { width: side, height: side, data: pixels.collect() }
}
