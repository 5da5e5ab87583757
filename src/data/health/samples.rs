//! Scenes for tests, drawn at any size: something like a cat in front of something like a room.

use image::{Rgb, RgbImage};

/// What happens between two shots of a scene.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change {
    /// The camera moves by this part of the side.
    pub across: f32,
    pub down: f32,
    /// Radians.
    pub turned: f32,
    /// By this part of the side.
    pub closer: f32,
    pub light: f32,
    /// Radius of the blur as a part of the side.
    pub blur: f32,
    /// The cat moves by this part of the side.
    pub cat: f32,
}

impl Change {
    pub(super) const NONE: Self =
        Self { across: 0.0, down: 0.0, turned: 0.0, closer: 0.0, light: 1.0, blur: 0.0, cat: 0.0 };
}

/// Blobs with soft or hard edges; the last ones are the cat.
pub(super) struct Scene {
    blobs: Vec<Blob>,
}

struct Blob {
    x: f32,
    y: f32,
    radius: f32,
    colour: [f32; 3],
}

const ROOM: usize = 14;
const CAT: usize = 10;

/// One of many scenes.
pub(super) fn scene(seed: u64) -> Scene {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x1234_5678_9ABC_DEF1);
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1u64 << 24) as f32
    };
    (0..20).for_each(|_| _ = next());
    let blob = |i: usize| {
        let cat = i >= ROOM;
        let spread = if cat { 0.4 } else { 1.2 };
        let place = |value: f32| 0.5 + (value - 0.5) * spread;
        let (x, y) = (place(next()), place(next()));
        let radius = if cat { 0.04 + 0.12 * next() } else { 0.1 + 0.25 * next() };
        Blob { x, y, radius, colour: [next(), next(), next()].map(|value| 20.0 + 200.0 * value) }
    };
    Scene { blobs: (0..ROOM + CAT).map(blob).collect() }
}

/// A shot of a scene, `side` pixels square.
pub(super) fn changed(scene: &Scene, change: Change, side: u32) -> RgbImage {
    let (sin, cos) = change.turned.sin_cos();
    let scale = 1.0 - change.closer;
    RgbImage::from_fn(side, side, |x, y| {
        let at = |value: u32| (value as f32 + 0.5) / side as f32 - 0.5;
        let (x, y) = (at(x) * scale, at(y) * scale);
        let (x, y) = (x * cos - y * sin + 0.5 + change.across, x * sin + y * cos + 0.5 + change.down);
        let mut colour = [110.0, 120.0, 100.0];
        // Edges as sharp as pixels allow, or softer.
        let edge = (0.7 / side as f32).max(change.blur);
        for (i, blob) in scene.blobs.iter().enumerate() {
            let x = if i >= ROOM { x - change.cat } else { x };
            let inside = blob.radius - (x - blob.x).hypot(y - blob.y);
            let share = (0.5 + inside / (2.0 * edge)).clamp(0.0, 1.0);
            for (own, of_blob) in colour.iter_mut().zip(blob.colour) {
                *own += share * (of_blob - *own);
            }
        }
        Rgb(colour.map(|value| (value * change.light).clamp(0.0, 255.0) as u8))
    })
}
