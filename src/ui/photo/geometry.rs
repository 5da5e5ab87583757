//! Placeholder until the geometry of squares is in the engine: the same names, to be replaced by those.

use crate::engine::{PixelPoint, Square};

pub(crate) trait Geometry {
    fn of_eyes(eyes: [PixelPoint; 2]) -> Self;
    fn point(&self, across: f64, down: f64) -> PixelPoint;
    fn corners(&self) -> [PixelPoint; 4];
    fn contains(&self, point: PixelPoint) -> bool;
}

impl Geometry for Square {
    fn of_eyes([left, right]: [PixelPoint; 2]) -> Self {
        let (dx, dy) = (right.x - left.x, right.y - left.y);
        let between = PixelPoint { x: (left.x + right.x) / 2.0, y: (left.y + right.y) / 2.0 };
        let at_eyes = Self { middle: between, side: 3.25 * dx.hypot(dy), angle: dy.atan2(dx) };
        Self { middle: at_eyes.point(0.5, 0.6), ..at_eyes }
    }

    fn point(&self, across: f64, down: f64) -> PixelPoint {
        let (sin, cos) = self.angle.sin_cos();
        let (u, v) = ((across - 0.5) * self.side, (down - 0.5) * self.side);
        PixelPoint { x: self.middle.x + u * cos - v * sin, y: self.middle.y + u * sin + v * cos }
    }

    fn corners(&self) -> [PixelPoint; 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(across, down)| self.point(across, down))
    }

    fn contains(&self, point: PixelPoint) -> bool {
        let (sin, cos) = self.angle.sin_cos();
        let (x, y) = (point.x - self.middle.x, point.y - self.middle.y);
        let half = self.side / 2.0;
        (x * cos + y * sin).abs() <= half && (y * cos - x * sin).abs() <= half
    }
}
