//! What is behind the cat, and what it rests its paws on.

use super::canvas::*;
use super::colour::*;
use super::looks::{Backdrop, BackdropKind, CatLooks};
use tiny_skia::{Path, Transform};

pub(crate) fn background(c: &mut Canvas, scene: &Backdrop) {
    let Backdrop { main, second, phase, .. } = *scene;
    match scene.kind {
        BackdropKind::Gradient => {
            sheet(c, linear([50.0 * phase, 0.0], [60.0, 100.0], main.tint(0.35), main.mix(second, 0.12)))
        }
        BackdropKind::Disc => {
            sheet(c, linear([0.0, 0.0], [0.0, 100.0], main.tint(0.12), main.shade(0.08)));
            let disc = main.mix(second.tint(0.3), 0.45);
            c.oval([50.0, 48.0 + 6.0 * phase], [41.0, 41.0], flat(disc, 1.0));
        }
        BackdropKind::Stripes => stripes(c, main, phase),
        BackdropKind::Dots => dots(c, main, phase),
        BackdropKind::Window => window(c, main, phase),
        BackdropKind::Night => night(c, phase),
        BackdropKind::Sofa => sofa(c, main, second, phase),
        BackdropKind::Meadow => meadow(c, phase),
    }
}

fn sheet(c: &mut Canvas, shader: tiny_skia::Shader<'static>) {
    c.fill(&area([0.0, 0.0], [100.0, 100.0]), shader);
}

fn area(from: [f32; 2], to: [f32; 2]) -> Path {
    path(|p| {
        p.move_to(from[0], from[1]);
        p.line_to(to[0], from[1]);
        p.line_to(to[0], to[1]);
        p.line_to(from[0], to[1]);
        p.close();
    })
}

/// Wallpaper.
fn stripes(c: &mut Canvas, main: Rgb, phase: f32) {
    sheet(c, linear([0.0, 0.0], [0.0, 100.0], main.tint(0.12), main.shade(0.06)));
    for i in -1..7 {
        let x = (i as f32 + phase) * 16.0;
        c.fill(&area([x, 0.0], [x + 8.0, 100.0]), flat(main.tint(0.6), 0.3));
    }
}

fn dots(c: &mut Canvas, main: Rgb, phase: f32) {
    sheet(c, linear([0.0, 0.0], [100.0, 100.0], main.tint(0.1), main.shade(0.06)));
    for row in -1..7 {
        for column in -1..7 {
            let shift = if row % 2 == 0 { 0.0 } else { 8.5 };
            let centre = [(column as f32 + phase) * 17.0 + shift, (row as f32 + 0.4) * 15.0];
            c.oval(centre, [3.0, 3.0], flat(main.tint(0.65), 0.55));
        }
    }
}

/// A wall with a window on a bright day.
fn window(c: &mut Canvas, main: Rgb, phase: f32) {
    sheet(c, linear([0.0, 0.0], [0.0, 100.0], main.tint(0.15), main.shade(0.05)));
    let pane = area([10.0, -5.0], [90.0, 70.0]);
    c.fill(&pane, linear([0.0, 0.0], [0.0, 70.0], hex(0x86bfe6), hex(0xd8ecf3)));
    c.clipped(&pane, |c| {
        cloud(c, [19.0 + 50.0 * phase, 21.0], 1.1);
    });
    let frame = main.tint(0.72);
    c.line(&pane, 5.0, flat(frame, 1.0));
    c.fill(&area([48.3, 0.0], [51.7, 70.0]), flat(frame, 1.0));
    c.fill(&area([4.0, 69.0], [96.0, 75.0]), flat(frame.shade(0.08), 1.0));
}

/// A small cloud of three puffs on a flat base; `[x, y]` is the middle of its lower edge.
fn cloud(c: &mut Canvas, [x, y]: [f32; 2], size: f32) {
    let puff = |dx: f32, dy: f32, a: f32, b: f32| ([x + dx * size, y + dy * size], [a * size, b * size]);
    let puffs =
        [puff(-7.5, -3.0, 5.4, 4.2), puff(0.5, -5.0, 7.0, 6.2), puff(8.5, -3.4, 6.0, 4.6), puff(0.5, -1.6, 12.0, 2.8)];
    c.fill(&ovals(&puffs), linear([0.0, y - 11.0 * size], [0.0, y + size], hex(0xffffff), hex(0xe9f1f8)));
}

/// A clear night with a moon.
fn night(c: &mut Canvas, phase: f32) {
    sheet(c, linear([0.0, 0.0], [0.0, 100.0], hex(0x3d4a82), hex(0x9382b8)));
    let moon = [if phase < 0.5 { 15.0 } else { 85.0 }, 17.0 + 6.0 * phase];
    c.glow(moon, [27.0, 27.0], hex(0xfdf0c8), 0.35);
    c.oval(moon, [9.5, 9.5], flat(hex(0xfdf0c8), 1.0));
    for (x, y, r) in [(0.42, 0.09, 0.9), (0.62, 0.2, 0.7), (0.93, 0.55, 0.8), (0.06, 0.48, 0.8), (0.3, 0.28, 0.6)] {
        let x = (x + phase * 0.1) * 100.0;
        c.oval([x, y * 100.0], [r, r], flat(hex(0xfff8e0), 0.85));
    }
}

/// The back of a sofa below a wall.
fn sofa(c: &mut Canvas, main: Rgb, second: Rgb, phase: f32) {
    sheet(c, linear([0.0, 0.0], [0.0, 60.0], second.tint(0.55), second.tint(0.4)));
    let cushion = |x: f32| {
        path(|p| {
            p.move_to(x, 105.0);
            p.line_to(x, 52.0);
            p.cubic_to(x, 43.0, x + 6.0, 41.0, x + 14.0, 41.0);
            p.line_to(x + 46.0, 41.0);
            p.cubic_to(x + 54.0, 41.0, x + 60.0, 43.0, x + 60.0, 52.0);
            p.line_to(x + 60.0, 105.0);
            p.close();
        })
    };
    for i in -1..2 {
        let x = (i as f32 + phase) * 60.0;
        c.fill(&cushion(x), linear([0.0, 41.0], [0.0, 100.0], main.tint(0.12), main.shade(0.22)));
        c.line(&cushion(x), 0.9, flat(main.shade(0.3), 0.5));
    }
}

fn meadow(c: &mut Canvas, phase: f32) {
    sheet(c, linear([0.0, 0.0], [0.0, 70.0], hex(0xa5d3ec), hex(0xeef3e4)));
    cloud(c, [16.0 + 60.0 * phase, 12.5], 1.0);
    c.oval([15.0 + 20.0 * phase, 112.0], [75.0, 58.0], flat(hex(0xa9cf8d), 1.0));
    c.oval([85.0, 118.0], [70.0, 54.0], linear([0.0, 64.0], [0.0, 100.0], hex(0x8fbd77), hex(0x6ea266)));
}

/// The edge of a table in front, with both paws on it.
pub(super) fn table(c: &mut Canvas, looks: &CatLooks) {
    let Some(wood) = looks.pose.table else { return };
    let edge = 89.0;
    c.fill(&area([0.0, edge], [100.0, 100.0]), linear([0.0, edge], [0.0, 100.0], wood.tint(0.2), wood.shade(0.12)));
    c.fill(&area([0.0, edge], [100.0, edge + 1.3]), flat(wood.tint(0.5), 0.6));
    let white = looks.coat.white.is_some();
    let fur = if white { WHITE.base } else { super::coat::limb_colour(&looks.coat) };
    for side in [-1.0, 1.0] {
        c.within(Transform::from_translate(50.0 + side * 17.0, edge), |c| {
            c.glow([0.0, 3.5], [11.0, 4.5], wood.shade(0.7), 0.5);
            let paw =
                symmetric(&[[0.0, -6.5], [5.5, -6.5], [8.2, -3.5], [8.2, 0.2], [8.2, 3.4], [5.0, 4.3], [0.0, 4.3]]);
            c.fill(&paw, linear([0.0, -6.0], [0.0, 4.5], fur.tint(0.1), fur.shade(0.13)));
            for x in [-2.6, 2.6] {
                let toe = blade([x, 3.6], [x * 1.15, 1.8], [x * 1.05, 0.0], 0.9, 0.8);
                c.fill(&toe, flat(fur.shade(0.45), 0.75));
            }
        });
    }
}
