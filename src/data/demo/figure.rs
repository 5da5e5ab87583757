//! Body, tail, neckwear, ears and the head without its face.

use super::canvas::*;
use super::coat::{body_markings, ear_colour, head_markings, limb_colour};
use super::colour::*;
use super::looks::{CatLooks, Ears, Head, Neckwear};
use tiny_skia::{Path, Transform};

/// Tail and shoulders; x = 0 in the middle of the body.
pub(super) fn body(c: &mut Canvas, looks: &CatLooks) {
    let coat = &looks.coat;
    if let Some(side) = looks.pose.tail {
        c.within(Transform::from_scale(side, 1.0), |c| tail(c, limb_colour(coat), looks.head.fluff));
    }
    let base = coat.fur.base;
    let outline = body_outline(looks);
    let light = looks.pose.light;
    c.fill(&outline, linear([light * 26.0, 74.0], [light * -30.0, 104.0], base.tint(0.06), base.shade(0.22)));
    c.clipped(&outline, |c| {
        body_markings(c, coat);
        c.glow([-light * 34.0, 100.0], [26.0, 34.0], base.shade(0.75), 0.3);
        if looks.head.fluff > 0.0 {
            let hair = if coat.white.is_some_and(|white| white.chest) { WHITE.base } else { base };
            for (x, y) in [(-6.0, 90.0), (-1.5, 94.0), (4.0, 91.0), (8.5, 95.5), (-9.5, 97.0)] {
                let lock = blade([x, y], [x * 0.95, y + 3.0], [x * 0.7, y + 5.5], 1.6, 1.7);
                c.fill(&lock, flat(hair.shade(0.35), 0.4));
            }
        }
        // The shadow of the head.
        c.glow([looks.pose.offset[0], 76.0], [30.0, 15.0], base.shade(0.75), 0.5);
    });
}

fn body_outline(looks: &CatLooks) -> Path {
    let broad = 29.0 + 5.0 * looks.head.fluff;
    symmetric(&[
        [0.0, 56.0],
        [12.0, 57.0],
        [17.0, 64.0],
        [21.5, 73.0],
        [26.0, 81.0],
        [broad - 1.0, 88.0],
        [broad, 102.0],
        [broad, 108.0],
        [broad, 112.0],
        [broad, 114.0],
        [14.0, 114.0],
        [7.0, 114.0],
        [0.0, 114.0],
    ])
}

fn tail(c: &mut Canvas, colour: Rgb, fluff: f32) {
    let width = 8.0 + 3.5 * fluff;
    let curve = path(|p| {
        p.move_to(22.0, 106.0);
        p.cubic_to(39.0, 104.0, 41.0, 89.0, 37.5, 79.0);
        p.cubic_to(35.5, 72.5, 38.0, 68.0, 41.0, 68.5);
    });
    c.line(&curve, width, linear([36.0, 66.0], [48.0, 106.0], colour.tint(0.03), colour.shade(0.25)));
}

pub(crate) fn neckwear(c: &mut Canvas, looks: &CatLooks) {
    let band = path(|p| {
        p.move_to(-26.0, 70.0);
        p.cubic_to(-16.0, 89.0, 16.0, 89.0, 26.0, 70.0);
    });
    // A band ends where the neck turns away.
    let strap = |c: &mut Canvas, width: f32, colour: Rgb| {
        c.clipped(&body_outline(looks), |c| {
            c.line(&band, width, flat(colour.shade(0.18), 1.0));
            c.line(&band, width * 0.6, flat(colour.tint(0.06), 1.0));
        });
    };
    match looks.neckwear {
        Neckwear::Nothing => {}
        Neckwear::Collar { colour, bell } => {
            strap(c, 4.2, colour);
            if bell {
                c.oval(
                    [0.0, 88.3],
                    [3.7, 3.7],
                    radial([-1.0, 87.0], [5.0, 5.0], &[(0.0, GOLD.tint(0.6), 1.0), (1.0, GOLD.shade(0.25), 1.0)]),
                );
                c.oval([0.0, 89.4], [0.9, 0.9], flat(GOLD.shade(0.75), 1.0));
                c.line(&blade([0.0, 89.4], [0.0, 90.5], [0.0, 91.6], 0.3, 0.3), 0.5, flat(GOLD.shade(0.75), 1.0));
            }
        }
        Neckwear::Bow(colour) => {
            strap(c, 3.2, colour);
            for side in [-1.0, 1.0] {
                let wing =
                    [[0.0, 86.0], [side * 6.5, 81.0], [side * 11.5, 82.0], [side * 11.5, 91.0], [side * 6.5, 91.5]];
                c.fill(&blob(&wing), linear([0.0, 86.0], [side * 12.0, 87.0], colour.shade(0.18), colour.tint(0.12)));
            }
            c.oval([0.0, 86.3], [2.7, 3.2], flat(colour.tint(0.1), 1.0));
        }
        Neckwear::Scarf(colour) => {
            let cloth = path(|p| {
                p.move_to(-23.0, 74.0);
                p.cubic_to(-14.0, 85.0, 14.0, 85.0, 23.0, 74.0);
                p.cubic_to(20.0, 84.0, 9.0, 93.0, 0.0, 99.0);
                p.cubic_to(-9.0, 93.0, -20.0, 84.0, -23.0, 74.0);
                p.close();
            });
            c.fill(&cloth, linear([0.0, 80.0], [0.0, 99.0], colour.shade(0.15), colour.tint(0.08)));
            for (x, y) in [(-8.0, 86.0), (0.0, 88.5), (8.0, 86.0), (0.0, 94.0)] {
                c.oval([x, y], [1.1, 1.1], flat(colour.tint(0.75), 0.9));
            }
        }
    }
}

/// Both ears, in the units of the head.
pub(super) fn ears(c: &mut Canvas, looks: &CatLooks) {
    let Ears { width, height, lean, folded, tufts } = looks.ears;
    let [w, h] = looks.head.size;
    for side in [-1.0_f32, 1.0] {
        let turned_away = 1.0 - 0.10 * (looks.pose.yaw * side).max(0.0);
        let root = [side * 0.60 * w - looks.pose.yaw * 1.2, -0.60 * h];
        let fur = ear_colour(&looks.coat, side);
        let to_ear = turned(side * lean, root, [side * turned_away, 1.0]);
        c.within(to_ear, |c| {
            if folded {
                folded_ear(c, width, height, fur);
            } else {
                upright_ear(c, [width, height], fur, looks.coat.fur.base, tufts);
            }
        });
    }
}

/// Root at (0, 0), the tip up, the outer side to the right.
fn upright_ear(c: &mut Canvas, [w, h]: [f32; 2], fur: Rgb, base: Rgb, tufts: bool) {
    let outline = ear_outline(w, h);
    c.fill(&outline, linear([0.0, -h], [0.0, 0.35 * h], fur.shade(0.10), fur.tint(0.03)));
    let inner = ear_outline(0.66 * w, 0.76 * h);
    let pink = EAR_PINK.mix(fur, 0.28);
    c.within(Transform::from_translate(0.02 * w, 0.10 * h), |c| {
        c.fill(&inner, linear([0.0, -0.8 * h], [0.0, 0.25 * h], pink, pink.shade(0.18)));
    });
    if tufts {
        let hair = if fur.luma() > 0.45 { fur.tint(0.65) } else { base.tint(0.38) };
        for (from, bend, to) in [(-0.75, -0.50, -0.10), (-0.60, -0.2, 0.18), (-0.85, -0.75, -0.36)] {
            let lock = blade([from * w, 0.15 * h], [bend * w, -0.15 * h], [to * w, -0.45 * h], 3.2, 2.4);
            c.fill(&lock, flat(hair, 0.85));
        }
    }
}

fn ear_outline(w: f32, h: f32) -> Path {
    path(|p| {
        p.move_to(-w, 0.30 * h);
        p.cubic_to(-0.95 * w, -0.25 * h, -0.45 * w, -0.80 * h, -0.10 * w, -0.97 * h);
        p.quad_to(0.06 * w, -1.04 * h, 0.18 * w, -0.95 * h);
        p.cubic_to(0.60 * w, -0.60 * h, 0.98 * w, -0.10 * h, w, 0.42 * h);
        p.close();
    })
}

fn folded_ear(c: &mut Canvas, w: f32, h: f32, fur: Rgb) {
    c.fill(&ear_outline(w, 0.62 * h), flat(fur.shade(0.12), 1.0));
    let flap =
        [[-0.9 * w, 0.0], [-0.15 * w, -0.56 * h], [0.5 * w, -0.42 * h], [0.95 * w, 0.05 * h], [0.35 * w, 0.10 * h]];
    c.fill(&blob(&flap), linear([0.0, -0.6 * h], [0.0, 0.15 * h], fur.tint(0.08), fur.shade(0.10)));
}

/// The head with its markings and shading, in its own units.
pub(super) fn head(c: &mut Canvas, looks: &CatLooks) {
    let base = looks.coat.fur.base;
    let [w, h] = looks.head.size;
    let (light, yaw) = (looks.pose.light, looks.pose.yaw);
    let outline = head_outline(&looks.head);
    if looks.head.wisp {
        for (x, top) in [(-3.6, -1.09), (0.4, -1.19), (4.2, -1.10)] {
            let lock = blade([x * 0.7, -0.88 * h], [x * 0.6, -1.06 * h], [x * 1.8, top * h], 8.0, 5.0);
            c.fill(&lock, flat(base.shade(0.05), 1.0));
        }
    }
    let centre = [light * 0.28 * w, -0.30 * h];
    let stops = [(0.0, base.tint(0.14), 1.0), (0.5, base, 1.0), (1.0, base.shade(0.16), 1.0)];
    c.fill(&outline, radial(centre, [1.45 * w, 1.55 * h], &stops));
    c.clipped(&outline, |c| {
        head_markings(c, &looks.coat, [w, h], yaw);
        // The side away from the light, and below.
        c.glow([-light * 1.15 * w, 0.45 * h], [0.75 * w, 1.5 * h], base.shade(0.72), 0.30);
        c.glow([0.0, 1.35 * h], [1.1 * w, 0.65 * h], base.shade(0.72), 0.30);
        c.glow([light * 0.3 * w, -0.6 * h], [0.9 * w, 0.7 * h], base.tint(0.7), 0.12);
    });
}

/// Wide and a little flat, with three tufts on each cheek: smooth without fluff.
fn head_outline(head: &Head) -> Path {
    let [w, h] = head.size;
    let f = head.fluff;
    // Fluff moves the points only from the cheek down: each tuft flares out to its tip and curls back up to a notch.
    let half = [
        [0.0, -0.97],
        [0.50, -1.02],
        [0.96, -0.60],
        [1.0, 0.04],
        [1.01 + 0.02 * f, 0.17 + 0.03 * f],
        [0.99 + 0.06 * f, 0.36 + 0.04 * f],
        [0.975 + 0.165 * f, 0.43 + 0.13 * f],
        [0.965 + 0.11 * f, 0.46 + 0.10 * f],
        [0.955 + 0.06 * f, 0.49 + 0.05 * f],
        [0.935 + 0.045 * f, 0.54 - 0.03 * f],
        [0.915 + 0.085 * f, 0.59 + 0.03 * f],
        [0.885 + 0.115 * f, 0.64 + 0.08 * f],
        [0.86 + 0.165 * f, 0.68 + 0.12 * f],
        [0.84 + 0.12 * f, 0.71 + 0.09 * f],
        [0.82 + 0.09 * f, 0.735 + 0.045 * f],
        [0.79 + 0.08 * f, 0.765 - 0.025 * f],
        [0.76 + 0.11 * f, 0.79 + 0.03 * f],
        [0.73 + 0.12 * f, 0.82 + 0.09 * f],
        [0.69 + 0.14 * f, 0.85 + 0.13 * f],
        [0.62 + 0.10 * f, 0.89 + 0.06 * f],
        [0.30, 1.0],
        [0.0, 1.0],
    ];
    symmetric(&half.map(|[x, y]| [x * w, y * h]))
}
