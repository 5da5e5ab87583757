//! A square in a photo: where that of a face lies, from the head and the eyes, and back to the points of a `.cat` file.

use crate::finder::{HeadBox, PixelPoint};

/// Where the middle between the eyes comes to stand, as a fraction of the side from the top: as with `.cat` files.
const EYES_DOWN: f64 = 0.4;
/// Side of the square in sizes of the head.
const HEAD: f64 = 1.3;
/// Size of a head, ears included, in distances of the eyes.
const HEAD_IN_EYES: f64 = 2.6;
/// How far a square is moved at most to stay inside the photo, as a part of its side.
const MOVED: f64 = 0.08;
/// How small it is made at most to stay inside the photo.
const SHRUNK: [f64; 4] = [1.0, 0.96, 0.92, 0.88];

/// A square in a photo, in pixels of the upright photo.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Square {
    /// Its middle.
    pub middle: PixelPoint,
    /// Length of a side.
    pub side: f64,
    /// How far it is turned clockwise, in radians: a face leaning to the right by as much stands upright in it.
    pub angle: f64,
}

/// What a square was placed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Placement {
    /// A person: corrected by hand.
    Hand,
    /// The `.cat` file beside the photo.
    Landmarks,
    /// A face that the cat finder found.
    Finder,
    /// No face is known: the crop setting alone.
    Crop,
}

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

    /// The largest square around the middle of a photo of this size in pixels, not turned.
    pub fn middle_of((width, height): (u32, u32)) -> Self {
        let middle = PixelPoint { x: f64::from(width) / 2.0, y: f64::from(height) / 2.0 };
        Self { middle, side: f64::from(width.min(height)), angle: 0.0 }
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

    /// Whether its middle is inside a photo of this size in pixels, and it can be cut out.
    pub(crate) fn is_near(&self, (width, height): (u32, u32)) -> bool {
        let inside = |at: f64, end: u32| (0.0..=f64::from(end)).contains(&at);
        self.is_plausible((width, height)) && inside(self.middle.x, width) && inside(self.middle.y, height)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::landmarks::Landmarks;

    fn point(x: f64, y: f64) -> PixelPoint {
        PixelPoint { x, y }
    }

    fn near(a: PixelPoint, b: PixelPoint) -> bool {
        (a.x - b.x).hypot(a.y - b.y) < 1e-6
    }

    /// Both eyes, 40 apart, of a face that leans to its right by an angle in degrees.
    fn eyes(degrees: f64) -> [PixelPoint; 2] {
        let (sin, cos) = degrees.to_radians().sin_cos();
        [point(200.0 - 20.0 * cos, 150.0 - 20.0 * sin), point(200.0 + 20.0 * cos, 150.0 + 20.0 * sin)]
    }

    #[test]
    fn the_eyes_come_to_the_same_place_at_any_angle() {
        for degrees in [0.0, 20.0, -75.0, 130.0] {
            let turned = Square::of_eyes(eyes(degrees));
            assert!((turned.angle.to_degrees() - degrees).abs() < 1e-9);
            assert!(near(turned.point(0.5, EYES_DOWN), point(200.0, 150.0)), "{degrees}: {turned:?}");
            assert!((turned.side - 135.2).abs() < 1e-9, "{turned:?}");
        }
    }

    #[test]
    fn a_head_fits_into_its_square_however_it_is_turned() {
        for degrees in [0.0f64, 15.0, -40.0] {
            // A head of 100 x 90 around a point between ears and chin, and the upright box around it.
            let (sin, cos) = degrees.to_radians().sin_cos();
            let half = (50.0 * cos.abs() + 45.0 * sin.abs(), 50.0 * sin.abs() + 45.0 * cos.abs());
            let head = HeadBox { x0: 200.0 - half.0, x1: 200.0 + half.0, y0: 150.0 - half.1, y1: 150.0 + half.1 };
            let square = Square::of_face(&head, Some(eyes(degrees)));
            assert!((100.0..140.0).contains(&square.side), "{degrees}: {square:?}");
            let alone = Square::of_face(&head, None);
            assert!(alone.angle == 0.0 && near(alone.middle, point(200.0, 150.0)));
            assert!(alone.contains(point(head.x0, head.y0)) && alone.contains(point(head.x1, head.y1)));
        }
    }

    #[test]
    fn a_square_at_the_edge_moves_or_shrinks_a_little_and_no_more() {
        let square = |x: f64, y: f64, side: f64| Square { middle: point(x, y), side, angle: 0.0 };
        let inside = square(100.0, 100.0, 80.0);
        assert_eq!(inside.kept_inside((200, 200)), inside);
        let moved = square(36.0, 100.0, 80.0).kept_inside((200, 200));
        assert!(near(moved.middle, point(40.0, 100.0)) && moved.side == 80.0, "{moved:?}");
        let smaller = square(32.0, 100.0, 80.0).kept_inside((200, 200));
        assert!(smaller.side < 80.0 && smaller.corners()[0].x >= -1e-6, "{smaller:?}");
        let outside = square(10.0, 100.0, 80.0).kept_inside((200, 200));
        assert!(outside.corners()[0].x < -10.0 && outside.side > 70.0, "{outside:?}");
        // A face as large as the photo.
        let large = square(50.0, 55.0, 105.0).kept_inside((100, 100));
        assert!(
            large.side > 90.0 && large.corners()[0].y >= -1e-6 && large.corners()[2].y <= 100.0 + 1e-6,
            "{large:?}"
        );
    }

    #[test]
    fn landmarks_give_the_square_again() {
        for degrees in [0.0, 33.0, -20.0] {
            let square = Square { side: 140.0, ..Square::of_eyes(eyes(degrees)) };
            for eyes in [None, Some(eyes(degrees))] {
                let points = Landmarks::of(square.landmarks(eyes));
                let again = points.face_box(400, 300).unwrap().square();
                assert!(near(again.middle, square.middle), "{again:?} {square:?}");
                assert!((again.side - 140.0).abs() < 1e-6 && (again.angle - square.angle).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn only_points_inside_are_contained() {
        let square = Square { middle: point(50.0, 50.0), side: 20.0, angle: 45f64.to_radians() };
        assert!(square.contains(point(50.0, 63.0)) && square.contains(point(50.0, 50.0)));
        assert!(!square.contains(point(59.0, 59.0)), "a corner of the upright square");
        assert!(square.corners().iter().all(|corner| (corner.x - 50.0).hypot(corner.y - 50.0) - 14.142 < 1e-3));
        let most = Square { side: f64::NAN, ..square };
        assert!(square.is_plausible((100, 100)) && !most.is_plausible((100, 100)));
        assert!(!Square { side: 0.5, ..square }.is_plausible((100, 100)));
    }
}
