//! A small drawing surface: 100 x 100 units whatever the size in pixels, soft shapes, clipping.

use super::colour::Rgb;
use crate::pixels::Frame;
use tiny_skia::*;

pub(super) struct Canvas {
    map: Pixmap,
    /// From the units of the moment to pixels.
    view: Transform,
    clip: Option<Mask>,
}

impl Canvas {
    /// `side` pixels show 100 units.
    ///
    /// # Panics
    /// When `side` is 0 or its square does not fit into memory.
    pub(super) fn new(side: u32) -> Self {
        let map = Pixmap::new(side, side).expect("a picture has at least one pixel and fits into memory");
        Self { map, view: Transform::from_scale(side as f32 / 100.0, side as f32 / 100.0), clip: None }
    }

    /// The picture with transparent pixels black.
    pub(crate) fn into_frame(self) -> Frame {
        let (width, height) = (self.map.width(), self.map.height());
        let data = self.map.pixels().iter().flat_map(|p| [p.red(), p.green(), p.blue()]).collect();
        Frame { width, height, data }
    }

    /// The picture with transparency.
    #[cfg(test)]
    pub(crate) fn into_pixmap(self) -> Pixmap {
        self.map
    }

    /// Draws in other units: `inner` leads from them to the present ones.
    pub(super) fn within(&mut self, inner: Transform, draw: impl FnOnce(&mut Self)) {
        let outer = self.view;
        self.view = outer.pre_concat(inner);
        draw(self);
        self.view = outer;
    }

    /// What `draw` paints shows only inside of the path.
    pub(crate) fn clipped(&mut self, path: &Path, draw: impl FnOnce(&mut Self)) {
        let outer = self.clip.clone();
        match &mut self.clip {
            Some(mask) => mask.intersect_path(path, FillRule::Winding, true, self.view),
            none => {
                *none = Mask::new(self.map.width(), self.map.height());
                if let Some(mask) = none {
                    mask.fill_path(path, FillRule::Winding, true, self.view);
                }
            }
        }
        draw(self);
        self.clip = outer;
    }

    pub(super) fn fill(&mut self, path: &Path, shader: Shader<'static>) {
        let paint = Paint { shader, ..Default::default() };
        self.map.fill_path(path, &paint, FillRule::Winding, self.view, self.clip.as_ref());
    }

    /// A line with round ends.
    pub(super) fn line(&mut self, path: &Path, width: f32, shader: Shader<'static>) {
        let paint = Paint { shader, ..Default::default() };
        let stroke = Stroke { width, line_cap: LineCap::Round, line_join: LineJoin::Round, ..Default::default() };
        self.map.stroke_path(path, &paint, &stroke, self.view, self.clip.as_ref());
    }

    pub(crate) fn oval(&mut self, centre: [f32; 2], radii: [f32; 2], shader: Shader<'static>) {
        self.fill(&oval(centre, radii), shader);
    }

    /// An oval that fades out to its edge.
    pub(crate) fn glow(&mut self, centre: [f32; 2], radii: [f32; 2], colour: Rgb, alpha: f32) {
        let stops =
            [(0.0, colour, alpha), (0.45, colour, 0.72 * alpha), (0.75, colour, 0.22 * alpha), (1.0, colour, 0.0)];
        self.oval(centre, radii, radial(centre, radii, &stops));
    }
}

/// The same colour everywhere.
pub(crate) fn flat(colour: Rgb, alpha: f32) -> Shader<'static> {
    Shader::SolidColor(ink(colour, alpha))
}

/// From one colour at one point to another colour at another point.
pub(crate) fn linear(from: [f32; 2], to: [f32; 2], first: Rgb, last: Rgb) -> Shader<'static> {
    let stops = vec![GradientStop::new(0.0, ink(first, 1.0)), GradientStop::new(1.0, ink(last, 1.0))];
    let (from, to) = (Point::from_xy(from[0], from[1]), Point::from_xy(to[0], to[1]));
    LinearGradient::new(from, to, stops, SpreadMode::Pad, Transform::identity()).unwrap_or(flat(first, 1.0))
}

/// Rings of (distance, from 0 at the centre to 1 at the edge of the oval, colour, alpha).
pub(crate) fn radial(centre: [f32; 2], radii: [f32; 2], stops: &[(f32, Rgb, f32)]) -> Shader<'static> {
    let stops_in = stops.iter().map(|&(at, colour, alpha)| GradientStop::new(at, ink(colour, alpha))).collect();
    let transform = Transform::from_row(radii[0], 0.0, 0.0, radii[1], centre[0], centre[1]);
    let origin = Point::zero();
    RadialGradient::new(origin, 0.0, origin, 1.0, stops_in, SpreadMode::Pad, transform)
        .unwrap_or(flat(stops[0].1, stops[0].2))
}

fn ink(Rgb(r, g, b): Rgb, alpha: f32) -> Color {
    let unit = |x: f32| x.clamp(0.0, 1.0);
    Color::from_rgba(unit(r), unit(g), unit(b), unit(alpha)).unwrap_or(Color::BLACK)
}

pub(crate) fn oval(centre: [f32; 2], radii: [f32; 2]) -> Path {
    ovals(&[(centre, radii)])
}

/// Several ovals (centre and radii) as one shape, so that a translucent colour is not doubled where they overlap.
pub(crate) fn ovals(parts: &[([f32; 2], [f32; 2])]) -> Path {
    path(|p| {
        for &([x, y], [a, b]) in parts {
            // Four curves; 0.5523 makes each the closest to a quarter of a circle.
            let (u, v) = (0.5523 * a, 0.5523 * b);
            p.move_to(x, y - b);
            p.cubic_to(x + u, y - b, x + a, y - v, x + a, y);
            p.cubic_to(x + a, y + v, x + u, y + b, x, y + b);
            p.cubic_to(x - u, y + b, x - a, y + v, x - a, y);
            p.cubic_to(x - a, y - v, x - u, y - b, x, y - b);
            p.close();
        }
    })
}

/// A path drawn by hand.
///
/// # Panics
/// When it has no extent, which would be a mistake in the drawing.
pub(super) fn path(draw: impl FnOnce(&mut PathBuilder)) -> Path {
    let mut builder = PathBuilder::new();
    draw(&mut builder);
    builder.finish().expect("a path of finite points with at least one line")
}

/// A shape and its mirror image as one outline. `half` is the right half from top to bottom: a point on the middle
/// line, then curves of two control points and an end point each, the last one on the middle line again.
pub(crate) fn symmetric(half: &[[f32; 2]]) -> Path {
    path(|p| {
        p.move_to(half[0][0], half[0][1]);
        for c in half[1..].chunks_exact(3) {
            p.cubic_to(c[0][0], c[0][1], c[1][0], c[1][1], c[2][0], c[2][1]);
        }
        let back: Vec<_> = half.iter().rev().skip(1).map(|&[x, y]| [-x, y]).collect();
        for c in back.chunks_exact(3) {
            p.cubic_to(c[0][0], c[0][1], c[1][0], c[1][1], c[2][0], c[2][1]);
        }
        p.close();
    })
}

/// A round closed curve through all points (Catmull-Rom).
pub(crate) fn blob(points: &[[f32; 2]]) -> Path {
    let n = points.len();
    path(|p| {
        p.move_to(points[0][0], points[0][1]);
        for i in 0..n {
            let [a, b, c, d] = [points[(i + n - 1) % n], points[i], points[(i + 1) % n], points[(i + 2) % n]];
            let one = [b[0] + (c[0] - a[0]) / 6.0, b[1] + (c[1] - a[1]) / 6.0];
            let two = [c[0] - (d[0] - b[0]) / 6.0, c[1] - (d[1] - b[1]) / 6.0];
            p.cubic_to(one[0], one[1], two[0], two[1], c[0], c[1]);
        }
        p.close();
    })
}

/// A bent hair or stripe from one point to another: `root` wide at the start, `belly` at the bend, pointed at the end.
pub(crate) fn blade(from: [f32; 2], bend: [f32; 2], to: [f32; 2], root: f32, belly: f32) -> Path {
    let (dx, dy) = (to[0] - from[0], to[1] - from[1]);
    let length = (dx * dx + dy * dy).sqrt().max(1e-3);
    let (nx, ny) = (-dy / length / 2.0, dx / length / 2.0);
    path(|p| {
        p.move_to(from[0] + nx * root, from[1] + ny * root);
        p.quad_to(bend[0] + nx * belly, bend[1] + ny * belly, to[0], to[1]);
        p.quad_to(bend[0] - nx * belly, bend[1] - ny * belly, from[0] - nx * root, from[1] - ny * root);
        // A round root.
        p.quad_to(
            from[0] - dx / length * root * 0.5,
            from[1] - dy / length * root * 0.5,
            from[0] + nx * root,
            from[1] + ny * root,
        );
        p.close();
    })
}

/// Turned by the angle whose half has this tangent, then moved.
///
/// Only the four basic operations, so that every machine computes the same: sines come from the system's library.
pub(super) fn turned(half_tangent: f32, to: [f32; 2], scale: [f32; 2]) -> Transform {
    let square = half_tangent * half_tangent;
    let (cos, sin) = ((1.0 - square) / (1.0 + square), 2.0 * half_tangent / (1.0 + square));
    Transform::from_row(cos * scale[0], sin * scale[0], -sin * scale[1], cos * scale[1], to[0], to[1])
}
