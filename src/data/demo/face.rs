//! Eyes, nose, mouth and whiskers, in the units of the head.

use super::canvas::*;
use super::coat::ear_colour;
use super::colour::*;
use super::looks::{CatLooks, Eyes, Mouth, Pattern};
use tiny_skia::{Path, Transform};

pub(crate) fn face(c: &mut Canvas, looks: &CatLooks) {
    let [w, h] = looks.head.size;
    let (yaw, pitch) = (looks.pose.yaw, looks.pose.pitch);
    let eye_line = 0.06 * h + 1.2 * pitch;
    for (i, side) in [(0, -1.0), (1, 1.0)] {
        // The far eye looks narrower and stands closer to the middle.
        let far = (yaw * side).max(0.0);
        let centre = [side * looks.eyes.apart * (1.0 - 0.06 * far) + 3.0 * yaw, eye_line];
        c.within(Transform::from_row(1.0 - 0.10 * far, 0.0, 0.0, 1.0, centre[0], centre[1]), |c| {
            eye(c, looks, i, side)
        });
    }
    let middle = [4.4 * yaw, 0.40 * h + 1.5 * pitch];
    c.within(Transform::from_translate(middle[0], middle[1]), |c| {
        muzzle(c, looks);
        nose(c, looks.nose);
        mouth(c, looks);
        whiskers(c, looks, w - 4.0);
    });
}

/// Colour of the lines around the eyes and of the mouth.
fn line_colour(looks: &CatLooks) -> Rgb {
    let fur = looks.coat.fur;
    fur.base.mix(fur.marking, 0.5).shade(0.72)
}

/// A closed eye is a line only: pale on dark fur, where the dark line could not be seen.
fn closed_colour(looks: &CatLooks, side: f32) -> Rgb {
    let around = match looks.coat.pattern {
        Pattern::Calico { .. } => ear_colour(&looks.coat, side),
        _ => looks.coat.fur.base,
    };
    if around.luma() < 0.45 { around.tint(0.8) } else { line_colour(looks) }
}

/// `side` is -1 for the left eye in the picture and 1 for the right one.
fn eye(c: &mut Canvas, looks: &CatLooks, index: usize, side: f32) {
    let eyes = &looks.eyes;
    let rim = line_colour(looks);
    if eyes.lids[index] > 0.9 {
        return closed_eye(c, eyes, closed_colour(looks, side));
    }
    let outline = eye_outline(eyes, eyes.lids[index], side);
    let (a, b) = (eyes.width, eyes.height);
    let iris = eyes.iris[index];
    // A pale ring around the eye, then the dark rim.
    c.glow([0.0, 0.3], [a * 1.55, b * 1.6], looks.coat.fur.base.tint(0.6), 0.35);
    c.line(&outline, 1.7, flat(rim, 1.0));
    c.fill(&outline, linear([0.0, -b], [0.0, b], iris.shade(0.30), iris.tint(0.22)));
    c.clipped(&outline, |c| {
        let ring = [(0.0, iris, 0.0), (0.72, iris.shade(0.2), 0.0), (1.0, iris.shade(0.75), 0.55)];
        c.fill(&oval([0.0, 0.0], [a * 1.08, b * 1.12]), radial([0.0, 0.0], [a * 1.08, b * 1.12], &ring));
        let look = [eyes.gaze[0] * 0.14 * a, eyes.gaze[1] * 0.12 * b];
        let pupil = [a * (0.22 + 0.44 * eyes.pupil), b * (0.80 - 0.02 * eyes.pupil)];
        c.oval(look, pupil, flat(PUPIL, 1.0));
        // The shadow of the lid.
        c.glow([0.0, -1.05 * b], [1.2 * a, 0.62 * b], PUPIL, 0.5);
        let shine = [look[0] - 0.26 * a, look[1] - 0.34 * b];
        c.oval(shine, [0.25 * a, 0.26 * b], flat(hex(0xffffff), 0.97));
        c.oval([look[0] + 0.30 * a, look[1] + 0.40 * b], [0.12 * a, 0.12 * b], flat(hex(0xffffff), 0.75));
    });
}

/// An almond whose outer corner rises with the slant; the lid takes its share from above.
fn eye_outline(eyes: &Eyes, lid: f32, side: f32) -> Path {
    let (a, b) = (eyes.width, eyes.height);
    let inner = [-side * a, b * (0.10 + 0.18 * eyes.slant)];
    let outer = [side * a, -b * (0.02 + 0.20 * eyes.slant)];
    let top = -b * (1.38 - 1.5 * lid);
    let bottom = b * 1.36;
    path(|p| {
        p.move_to(inner[0], inner[1]);
        p.cubic_to(-side * 0.82 * a, top, side * 0.62 * a, top - 0.08 * b, outer[0], outer[1]);
        p.cubic_to(side * 0.86 * a, bottom * 0.95, -side * 0.62 * a, bottom, inner[0], inner[1]);
        p.close();
    })
}

/// A content arc.
fn closed_eye(c: &mut Canvas, eyes: &Eyes, rim: Rgb) {
    let a = eyes.width * 0.92;
    let arc = path(|p| {
        p.move_to(-a, 1.6);
        p.cubic_to(-0.6 * a, -3.6, 0.6 * a, -3.6, a, 1.6);
    });
    c.line(&arc, 2.0, flat(rim, 1.0));
}

/// Two soft cushions and a chin.
fn muzzle(c: &mut Canvas, looks: &CatLooks) {
    let fur = looks.coat.fur;
    let (colour, alpha) = match looks.coat.pattern {
        _ if looks.coat.white.is_some() => (hex(0xffffff), 0.75),
        Pattern::Points => (fur.marking.tint(0.12), 0.55),
        Pattern::Calico { .. } => (hex(0xffffff), 0.9),
        _ if fur.base.luma() < 0.4 => (fur.base.tint(0.16), 0.7),
        _ => (fur.base.tint(0.7), 0.8),
    };
    c.glow([0.0, 8.5], [7.0, 6.0], colour, alpha);
    for side in [-1.0, 1.0] {
        c.glow([side * 5.3, 4.8], [8.6, 7.0], colour, alpha);
        for (x, y) in [(6.4, 3.8), (8.6, 5.2), (6.6, 6.2)] {
            c.oval([side * x, y], [0.42, 0.42], flat(line_colour(looks), 0.45));
        }
    }
}

fn nose(c: &mut Canvas, colour: Rgb) {
    let shape = symmetric(&[[0.0, -1.5], [1.6, -1.9], [3.5, -1.6], [3.5, -0.2], [3.5, 1.2], [1.1, 2.7], [0.0, 2.7]]);
    c.fill(&shape, linear([0.0, -1.8], [0.0, 2.7], colour.tint(0.12), colour.shade(0.2)));
    c.oval([-0.9, -0.7], [1.0, 0.45], flat(hex(0xffffff), 0.45));
}

fn mouth(c: &mut Canvas, looks: &CatLooks) {
    let ink = line_colour(looks);
    let ink = if looks.coat.white.is_some() { hex(0x6b4f56) } else { ink };
    // On dark fur a darker line cannot be seen.
    let ink = if looks.coat.white.is_none() && looks.coat.fur.base.luma() < 0.4 { hex(0x17121c) } else { ink };
    let lift = if looks.mouth == Mouth::Neutral { 0.3 } else { 1.6 };
    match looks.mouth {
        Mouth::Open => {
            let inside =
                symmetric(&[[0.0, 5.4], [2.4, 7.2], [4.0, 7.2], [3.9, 7.4], [3.8, 10.6], [1.8, 11.8], [0.0, 11.8]]);
            c.fill(&inside, flat(hex(0x7c3444), 1.0));
            c.clipped(&inside, |c| c.oval([0.0, 11.2], [2.7, 2.4], flat(TONGUE, 1.0)));
        }
        Mouth::Blep => {
            let tongue =
                symmetric(&[[0.0, 5.6], [1.9, 6.2], [2.2, 7.0], [2.1, 8.4], [2.0, 10.0], [1.0, 10.6], [0.0, 10.6]]);
            c.fill(&tongue, linear([0.0, 6.0], [0.0, 10.6], TONGUE.shade(0.15), TONGUE));
        }
        Mouth::Smile | Mouth::Neutral => {}
    }
    let lips = path(|p| {
        p.move_to(0.0, 2.5);
        p.line_to(0.0, 5.2);
        p.move_to(-5.8, 6.6 - lift);
        p.cubic_to(-4.6, 8.8, -1.0, 8.6, 0.0, 5.2);
        p.cubic_to(1.0, 8.6, 4.6, 8.8, 5.8, 6.6 - lift);
    });
    c.line(&lips, 1.05, flat(ink, 0.9));
}

fn whiskers(c: &mut Canvas, looks: &CatLooks, reach: f32) {
    let pale = looks.coat.fur.base.luma() > 0.8 || looks.scene.main.luma() > 0.82;
    let colour = if pale { hex(0x8d8088) } else { hex(0xfffaf2) };
    let end = reach + looks.whiskers;
    for side in [-1.0, 1.0] {
        for (y, rise, far) in [(3.4, -3.2, 0.96), (4.9, 1.2, 1.0), (6.3, 5.6, 0.92)] {
            let hair = blade(
                [side * 7.6, y],
                [side * end * 0.6, y + rise * 0.2 - 1.4],
                [side * end * far, y + rise],
                0.75,
                0.7,
            );
            c.fill(&hair, flat(colour, 0.8));
        }
    }
}
