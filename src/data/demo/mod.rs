//! The built-in demo: cats drawn by code from a seed, so that a first run needs no download.
//!
//! [`looks`] says what a cat is like, [`choose`] decides it, the other modules draw it from back to front: [`scene`],
//! body and head in [`figure`] with the markings of [`coat`], then the [`face`]. All shapes are in hundredths of the
//! picture's side, so one cat looks the same at every size.

mod canvas;
mod choose;
mod coat;
mod colour;
mod dice;
mod face;
mod figure;
mod looks;
mod scene;

#[cfg(test)]
mod icon;
#[cfg(test)]
mod tests;

use crate::pixels::Frame;
use canvas::{Canvas, turned};
use looks::CatLooks;
use tiny_skia::Transform;

/// Centre of a head that is held straight.
const HEAD: [f32; 2] = [50.0, 54.5];
const ZOOM: f32 = 1.13;

/// Cat number `index` of the family `seed`, `side` x `side` pixels. The same arguments give the same bytes.
///
/// # Panics
/// When `side` is 0, or so large that the picture does not fit into memory.
pub fn draw(seed: u64, index: u64, side: u32) -> Frame {
    let looks = CatLooks::new(seed, index);
    let mut canvas = Canvas::new(side);
    scene::background(&mut canvas, &looks.scene);
    subject(&mut canvas, &looks);
    canvas.into_frame()
}

/// Everything in front of the background.
fn subject(canvas: &mut Canvas, looks: &CatLooks) {
    // Close enough that the face fills most of the picture: it is what a small network has to learn.
    let near = Transform::from_row(ZOOM, 0.0, 0.0, ZOOM, 50.0 * (1.0 - ZOOM), 98.0 * (1.0 - ZOOM));
    canvas.within(near, |c| {
        cat(c, looks);
        scene::table(c, looks);
    });
}

fn cat(canvas: &mut Canvas, looks: &CatLooks) {
    let pose = &looks.pose;
    canvas.within(Transform::from_translate(50.0 + 0.5 * pose.offset[0], 0.0), |c| {
        figure::body(c, looks);
        figure::neckwear(c, looks);
    });
    let centre = [HEAD[0] + pose.offset[0], HEAD[1] + pose.offset[1]];
    canvas.within(turned(pose.tilt, centre, [pose.scale; 2]), |c| {
        figure::ears(c, looks);
        figure::head(c, looks);
        face::face(c, looks);
    });
}
