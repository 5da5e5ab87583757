//! Fur patterns: what is painted on head, ears and body inside of their outlines.

use super::canvas::*;
use super::colour::*;
use super::looks::{Coat, Pattern, WhiteParts};
use tiny_skia::Transform;

/// The second patch colour of a calico.
const CALICO_DARK: Rgb = BLACK.base;

/// Colour of one ear: -1 is the left one in the picture, 1 the right one.
pub(crate) fn ear_colour(coat: &Coat, side: f32) -> Rgb {
    let Fur { base, marking } = coat.fur;
    match coat.pattern {
        Pattern::Points => marking,
        Pattern::Calico { flipped } if (side > 0.0) == flipped => marking,
        Pattern::Calico { .. } => CALICO_DARK,
        Pattern::Tortoiseshell if side * coat.jitter[0] > 0.0 => marking,
        Pattern::Tabby | Pattern::Spots => base.mix(marking, 0.22),
        _ => base,
    }
}

/// Colour of paws and of the tail.
pub(crate) fn limb_colour(coat: &Coat) -> Rgb {
    match coat.pattern {
        Pattern::Points => coat.fur.marking,
        _ => coat.fur.base,
    }
}

/// Markings on the head, in its units: (0, 0) is its centre, `w` and `h` are half its width and height.
pub(crate) fn head_markings(c: &mut Canvas, coat: &Coat, [w, h]: [f32; 2], yaw: f32) {
    let Fur { base, marking } = coat.fur;
    let shift = Transform::from_translate(yaw * 2.5, 0.0);
    c.within(shift, |c| match coat.pattern {
        Pattern::Solid => {}
        Pattern::Tabby => tabby(c, coat, [w, h]),
        Pattern::Spots => {
            forehead_m(c, coat, h, 0.75);
            spots(c, coat, [w, h]);
        }
        Pattern::Points => points(c, marking, h),
        Pattern::Calico { flipped } => {
            let turn = Transform::from_scale(if flipped { -1.0 } else { 1.0 }, 1.0);
            c.within(turn, |c| calico(c, coat, [w, h]));
        }
        Pattern::Tortoiseshell => tortoiseshell(c, coat, [w, h]),
    });
    if matches!(coat.pattern, Pattern::Tabby | Pattern::Spots) {
        // Tabbies are pale around eyes and muzzle.
        c.glow([yaw * 4.0, 0.62 * h], [0.62 * w, 0.5 * h], base.tint(0.75), 0.75);
    }
    if let Some(white) = &coat.white {
        c.within(Transform::from_translate(yaw * 4.5, 0.0), |c| white_face(c, white, h));
    }
}

fn tabby(c: &mut Canvas, coat: &Coat, [w, h]: [f32; 2]) {
    forehead_m(c, coat, h, 1.0);
    let j = coat.jitter;
    for side in [-1.0, 1.0] {
        c.within(Transform::from_scale(side, 1.0), |c| {
            // Two or three stripes from the edge of the cheek inwards.
            let count = if j[1] > 0.0 { 3 } else { 2 };
            for i in 0..count {
                let y = 0.02 * h + (i as f32) * 0.25 * h + j[2] * 1.2;
                let from = [1.04 * w, y + 0.5];
                let to = [(0.70 + 0.03 * i as f32) * w, y + 0.15 * h];
                c.fill(&blade(from, [0.86 * w, y + 0.14 * h], to, 3.6, 2.8), flat(coat.fur.marking, 0.8));
            }
            // From the corner of the eye.
            let line = blade([0.98 * w, -0.16 * h], [0.84 * w, 0.0], [0.66 * w, 0.04 * h], 3.0, 2.2);
            c.fill(&line, flat(coat.fur.marking, 0.7));
        });
    }
}

/// The M that every tabby carries.
fn forehead_m(c: &mut Canvas, coat: &Coat, h: f32, strength: f32) {
    let colour = flat(coat.fur.marking, 0.85 * strength);
    let width = 3.4 + 0.7 * coat.jitter[3];
    c.fill(&blade([0.0, -1.05 * h], [0.0, -0.7 * h], [0.0, -0.30 * h], width, width), colour.clone());
    for side in [-1.0, 1.0] {
        c.within(Transform::from_scale(side, 1.0), |c| {
            c.fill(&blade([6.2, -1.05 * h], [5.2, -0.7 * h], [4.0, -0.36 * h], width, width), colour.clone());
            c.fill(&blade([12.2, -h], [10.8, -0.72 * h], [11.0, -0.44 * h], width * 0.9, width), colour.clone());
        });
    }
}

fn spots(c: &mut Canvas, coat: &Coat, [w, h]: [f32; 2]) {
    let j = coat.jitter;
    let positions = [(0.86, -0.1), (0.74, 0.2), (0.90, 0.26), (0.76, 0.5), (0.58, 0.66), (0.6, -0.55), (0.78, -0.38)];
    for (i, &(x, y)) in positions.iter().enumerate() {
        for side in [-1.0, 1.0] {
            let centre = [side * x * w + j[i % 8] * 0.9, y * h + j[(i + 3) % 8] * 1.0];
            let size = 1.9 + 0.6 * j[(i + 5) % 8];
            c.oval(centre, [size * 1.1, size], flat(coat.fur.marking, 0.85));
        }
    }
}

/// A Siamese mask: darkest around the nose, fading out before the edge of the face.
fn points(c: &mut Canvas, marking: Rgb, h: f32) {
    c.glow([0.0, 0.30 * h], [23.0, 27.0], marking, 0.75);
    c.glow([0.0, 0.42 * h], [17.0, 15.0], marking, 0.9);
}

fn calico(c: &mut Canvas, coat: &Coat, [w, h]: [f32; 2]) {
    let j = coat.jitter;
    // Black over one ear and eye, orange over the other; the blaze between them stays white.
    let dark = [
        [0.12 * w + j[0], -1.2 * h],
        [1.1 * w, -1.2 * h],
        [1.2 * w, 0.1 * h + 3.0 * j[1]],
        [0.70 * w + 2.0 * j[2], 0.34 * h + 2.0 * j[1]],
        [0.32 * w + j[3], 0.12 * h],
        [0.24 * w + j[4], -0.35 * h],
    ];
    let orange = [
        [-0.10 * w + j[5], -1.2 * h],
        [-0.28 * w + j[6], -0.5 * h],
        [-0.30 * w + 2.0 * j[7], -0.02 * h],
        [-0.62 * w, 0.22 * h + 3.0 * j[2]],
        [-1.15 * w, 0.05 * h + 3.0 * j[3]],
        [-1.2 * w, -1.2 * h],
    ];
    c.fill(&blob(&dark), flat(CALICO_DARK, 1.0));
    c.fill(&blob(&orange), flat(coat.fur.marking, 1.0));
}

fn tortoiseshell(c: &mut Canvas, coat: &Coat, [w, h]: [f32; 2]) {
    let j = coat.jitter;
    let patches = [
        (-0.6, -0.75, 9.0),
        (0.55, -0.2, 8.0),
        (-0.75, 0.3, 8.0),
        (0.25, 0.75, 8.5),
        (0.8, 0.55, 5.5),
        (0.1, -0.7, 5.0),
    ];
    let side = if j[0] > 0.0 { 1.0 } else { -1.0 };
    for (i, &(x, y, r)) in patches.iter().enumerate() {
        let r = r * (1.0 + 0.35 * j[i]);
        let (x, y) = (-side * x * w + 3.0 * j[(i + 2) % 8], y * h + 2.5 * j[(i + 5) % 8]);
        let shape = [
            [x - r, y - 0.3 * r],
            [x, y - 0.8 * r],
            [x + 1.1 * r, y - 0.4 * r],
            [x + 0.7 * r, y + 0.6 * r],
            [x - 0.3 * r, y + 0.9 * r],
        ];
        c.fill(&blob(&shape), flat(coat.fur.marking, 0.82));
    }
}

/// White muzzle and chin, with a blaze up to the forehead where there is one.
fn white_face(c: &mut Canvas, white: &WhiteParts, h: f32) {
    let WhiteParts { blaze, muzzle, .. } = *white;
    let chin = [
        [muzzle, 0.80 * h],
        [0.78 * muzzle, 0.93 * h],
        [0.62 * muzzle, 1.1 * h],
        [0.4 * muzzle, 1.2 * h],
        [0.2 * muzzle, 1.2 * h],
    ];
    let mut shape = if blaze > 0.0 {
        vec![
            [0.0, -0.85 * h],
            [0.35 * blaze, -0.75 * h],
            [blaze, -0.35 * h],
            [blaze, -0.06 * h],
            [blaze, 0.16 * h],
            [0.55 * muzzle, 0.24 * h],
            [0.8 * muzzle, 0.34 * h],
            [0.95 * muzzle, 0.41 * h],
            [muzzle, 0.5 * h],
            [muzzle, 0.60 * h],
        ]
    } else {
        vec![[0.0, 0.17 * h], [0.35 * muzzle, 0.17 * h], [muzzle, 0.26 * h], [muzzle, 0.60 * h]]
    };
    shape.extend(chin);
    shape.push([0.0, 1.2 * h]);
    let shape = symmetric(&shape);
    c.fill(&shape, flat(WHITE.base, 1.0));
}

/// Markings on chest and shoulders, in the picture's units with x = 0 in the middle of the body.
pub(crate) fn body_markings(c: &mut Canvas, coat: &Coat) {
    let Fur { marking, .. } = coat.fur;
    match coat.pattern {
        Pattern::Tabby => {
            for side in [-1.0, 1.0] {
                for i in 0..3 {
                    let y = 82.0 + 6.5 * i as f32 + coat.jitter[4];
                    let stripe = blade(
                        [side * (27.0 + 4.0 * i as f32), y],
                        [side * 19.0, y - 0.5],
                        [side * 12.0, y + 3.0],
                        4.0,
                        3.2,
                    );
                    c.fill(&stripe, flat(marking, 0.75));
                }
            }
        }
        Pattern::Spots => {
            for (i, (x, y)) in [(19.0, 84.0), (25.0, 91.0), (16.0, 94.0), (29.0, 99.0)].into_iter().enumerate() {
                for side in [-1.0, 1.0] {
                    c.oval([side * x + coat.jitter[i], y], [2.4, 2.2], flat(marking, 0.8));
                }
            }
        }
        Pattern::Calico { flipped } => {
            let side = if flipped { 1.0 } else { -1.0 };
            c.oval([side * 26.0, 92.0], [15.0, 14.0], flat(CALICO_DARK, 1.0));
            c.oval([-side * 29.0, 99.0], [12.0, 13.0], flat(marking, 1.0));
        }
        Pattern::Tortoiseshell => {
            for (x, y) in [(-22.0, 88.0), (14.0, 95.0), (28.0, 90.0)] {
                c.oval([x + 3.0 * coat.jitter[1], y], [8.0, 6.0], flat(marking, 0.8));
            }
        }
        Pattern::Points => c.glow([0.0, 104.0], [40.0, 20.0], marking, 0.35),
        Pattern::Solid => {}
    }
    if coat.white.is_some_and(|white| white.chest) {
        let bib = symmetric(&[
            [0.0, 60.0],
            [12.0, 62.0],
            [17.0, 70.0],
            [18.0, 80.0],
            [16.0, 89.0],
            [10.0, 93.0],
            [9.0, 112.0],
            [6.0, 112.0],
            [3.0, 112.0],
            [0.0, 112.0],
        ]);
        c.fill(&bib, flat(WHITE.base, 1.0));
    } else if matches!(coat.pattern, Pattern::Tabby | Pattern::Spots) {
        c.glow([0.0, 92.0], [15.0, 20.0], coat.fur.base.tint(0.7), 0.7);
    }
}
