//! Where the square of a face lies: from the head and the eyes, and back to the points of a `.cat` file.

use super::squares::Square;
use crate::finder::{HeadBox, PixelPoint};

/// Where the middle between the eyes comes to stand, as a fraction of the side from the top: as with `.cat` files.
const EYES_DOWN: f64 = 0.4;
/// Side of the square in sizes of the head.
const HEAD: f64 = 1.25;
/// Size of a head, ears included, in distances of the eyes.
const HEAD_IN_EYES: f64 = 2.6;
/// How far a square is moved at most to stay inside the photo, as a part of its side.
const MOVED: f64 = 0.08;
/// How small it is made at most to stay inside the photo.
const SHRUNK: [f64; 4] = [1.0, 0.96, 0.92, 0.88];

impl Square {
    /// The square for a face: upright by its eyes, which always come to the same place, and wide enough for the whole
    /// head. Without eyes it is centred on the head and not turned.
    pub fn of_face(head: &HeadBox, eyes: Option<[PixelPoint; 2]>) -> Self {
        let (width, height) = (head.x1 - head.x0, head.y1 - head.y0);
        let Some(eyes) = eyes else {
            let middle = PixelPoint { x: (head.x0 + head.x1) / 2.0, y: (head.y0 + head.y1) / 2.0 };
            return Self { middle, side: HEAD * width.max(height), angle: 0.0 };
        };
        let angle = roll(eyes);
        // The box around a turned head is larger than the head.
        let size = (width + height) / 2.0 / (angle.sin().abs() + angle.cos().abs());
        Self::below_eyes(eyes, HEAD * size)
    }

    /// The square for a face of which only the eyes are known: the left and the right one as seen in the photo.
    pub fn of_eyes(eyes: [PixelPoint; 2]) -> Self {
        Self::below_eyes(eyes, HEAD * HEAD_IN_EYES * distance(eyes))
    }

    fn below_eyes(eyes: [PixelPoint; 2], side: f64) -> Self {
        let between = PixelPoint { x: (eyes[0].x + eyes[1].x) / 2.0, y: (eyes[0].y + eyes[1].y) / 2.0 };
        let at_eyes = Self { middle: between, side, angle: roll(eyes) };
        Self { middle: at_eyes.point(0.5, 1.0 - EYES_DOWN), ..at_eyes }
    }

    /// The square, moved and made smaller by a little if that keeps it inside a photo of this size in pixels.
    pub(super) fn kept_inside(self, (width, height): (u32, u32)) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        let inside = |part: f64| {
            let side = part * self.side;
            let reach = side / 2.0 * (self.angle.sin().abs() + self.angle.cos().abs());
            let moved = |at: f64, end: f64| {
                let there = if 2.0 * reach > end { end / 2.0 } else { at.clamp(reach, end - reach) };
                there.clamp(at - MOVED * side, at + MOVED * side)
            };
            let middle = PixelPoint { x: moved(self.middle.x, width), y: moved(self.middle.y, height) };
            let over = (reach - middle.x).max(reach - middle.y);
            let over = over.max(middle.x + reach - width).max(middle.y + reach - height);
            (Self { middle, side, ..self }, over)
        };
        let fits = SHRUNK.iter().map(|part| inside(*part)).find(|(_, over)| *over <= 1e-6);
        fits.unwrap_or_else(|| inside(SHRUNK[SHRUNK.len() - 1])).0
    }

    /// A point of the square in pixels of the photo; `across` and `down` are fractions of the side from the top left.
    pub fn point(&self, across: f64, down: f64) -> PixelPoint {
        let (sin, cos) = self.angle.sin_cos();
        let (u, v) = ((across - 0.5) * self.side, (down - 0.5) * self.side);
        PixelPoint { x: self.middle.x + u * cos - v * sin, y: self.middle.y + u * sin + v * cos }
    }

    /// Its corners: top left, top right, bottom right, bottom left of what is cut out.
    pub fn corners(&self) -> [PixelPoint; 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(across, down)| self.point(across, down))
    }

    /// Whether a point of the photo is inside.
    pub fn contains(&self, point: PixelPoint) -> bool {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = (point.x - self.middle.x, point.y - self.middle.y);
        let half = self.side / 2.0;
        (x * cos + y * sin).abs() <= half && (y * cos - x * sin).abs() <= half
    }

    /// The nine points of a `.cat` file that give this square again: the eyes as far apart as these, if any, and the
    /// mouth and the ears where they are in most faces.
    pub(crate) fn landmarks(&self, eyes: Option<[PixelPoint; 2]>) -> [PixelPoint; 9] {
        let apart = eyes.map_or(1.0 / (HEAD * HEAD_IN_EYES), |eyes| (distance(eyes) / self.side).clamp(0.05, 0.9));
        let left_ear = [(0.0, 0.28), (0.1, 0.02), (0.32, 0.14)];
        let mirrored = |i: usize| (1.0 - left_ear[i].0, left_ear[i].1);
        let points = [(0.5 - apart / 2.0, EYES_DOWN), (0.5 + apart / 2.0, EYES_DOWN), (0.5, 0.68)];
        let ears = [left_ear[0], left_ear[1], left_ear[2], mirrored(2), mirrored(1), mirrored(0)];
        std::array::from_fn(|i| {
            let (across, down) = if i < 3 { points[i] } else { ears[i - 3] };
            self.point(across, down)
        })
    }

    /// Whether it can be cut out: finite, with an area, and no more than a few times as large as a photo of this size.
    pub(super) fn is_plausible(&self, (width, height): (u32, u32)) -> bool {
        let most = 4.0 * f64::from(width.max(height));
        let near = |at: f64| (-most..=most).contains(&at);
        near(self.middle.x) && near(self.middle.y) && (1.0..=most).contains(&self.side) && self.angle.is_finite()
    }
}

/// How far a face leans to its right, in radians.
fn roll([left, right]: [PixelPoint; 2]) -> f64 {
    (right.y - left.y).atan2(right.x - left.x)
}

fn distance([a, b]: [PixelPoint; 2]) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}
