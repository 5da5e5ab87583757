//! `.cat` files: nine points that tell where a cat's face is, and the square that they give.
//!
//! The format is that of the CAT dataset: `9 x1 y1 ... x9 y9` for left eye, right eye, mouth, three points of the
//! left ear, three of the right ear; here a file may have several such lines, one for each face. "Left" is the left
//! side of the picture. The points count pixels of the picture as it is stored, so a camera's orientation tag plays no
//! role; the eyes tell what is upright.

use super::cut::bicubic;
use super::square::Square;
use crate::finder::PixelPoint;
use image::RgbImage;

/// Position of each point in the file.
const LEFT_EYE: usize = 0;
const RIGHT_EYE: usize = 1;
const MOUTH: usize = 2;
const LEFT_EAR_1: usize = 3;
const RIGHT_EAR_3: usize = 8;

/// How many numbers a face has.
const NUMBERS: usize = 19;
/// Faces that are read at most.
const MOST_FACES: usize = 64;

/// The nine points of a face.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Landmarks([PixelPoint; 9]);

/// A square around a face, turned with the face.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct FaceBox {
    /// The middle between the eyes; it comes to stand at (0.5, 0.4) of the square.
    eyes: PixelPoint,
    /// The left and the right eye.
    both: [PixelPoint; 2],
    /// Angle of the line through the eyes, in radians.
    angle: f64,
    /// Side in pixels of the picture.
    pub side: f64,
}

impl Landmarks {
    /// The points of a face in pixels of the picture as stored, counted from the edges.
    pub(super) fn of(points: [PixelPoint; 9]) -> Self {
        // In a file the middle of the first pixel is 0.
        Self(points.map(|p| PixelPoint { x: p.x - 0.5, y: p.y - 0.5 }))
    }

    /// The faces of a file, at least one.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub(super) fn parse_all(text: &str) -> Result<Vec<Self>, &'static str> {
        // Anything longer is no landmark file, whatever it is.
        let numbers: Result<Vec<f64>, _> = text.split_whitespace().take(NUMBERS * MOST_FACES).map(str::parse).collect();
        let numbers = numbers.map_err(|_| "it contains something other than numbers")?;
        if numbers.iter().any(|n| !n.is_finite() || n.abs() > 1e6) {
            return Err("a number in it is out of range");
        }
        let points = |numbers: &[f64]| -> Option<Self> {
            let point = |i: usize| PixelPoint { x: numbers[1 + 2 * i], y: numbers[2 + 2 * i] };
            (numbers.len() == NUMBERS && numbers[0] == 9.0).then(|| Self(std::array::from_fn(point)))
        };
        let faces: Vec<Self> = numbers.chunks(NUMBERS).map_while(points).collect();
        if faces.is_empty() { Err("it does not contain nine points") } else { Ok(faces) }
    }

    /// The line of a file; a thousandth of a pixel is enough.
    pub(super) fn line(&self) -> String {
        let points = self.0.iter().map(|p| format!(" {:.3} {:.3}", p.x, p.y));
        format!("9{}\n", points.collect::<String>())
    }

    /// The square around the face: as wide as the outer ear points lie apart once the eyes are level.
    ///
    /// # Errors
    /// When the points cannot be a face in a picture of this size. Points beside the face that keep a face's shape
    /// cannot be told from right ones.
    pub(super) fn face_box(&self, width: u32, height: u32) -> Result<FaceBox, &'static str> {
        let (left, right) = (self.0[LEFT_EYE], self.0[RIGHT_EYE]);
        let as_named = self.box_of(left, right, width, height);
        // Seen in faces turned by more than a quarter: the eyes are named by the picture's sides, not the face's.
        let swapped = left.x > right.x && left.y < right.y && self.0[MOUTH].x > right.x;
        if swapped { as_named.or_else(|_| self.box_of(right, left, width, height)) } else { as_named }
    }

    fn box_of(&self, left: PixelPoint, right: PixelPoint, width: u32, height: u32) -> Result<FaceBox, &'static str> {
        let p = &self.0;
        let (dx, dy) = (right.x - left.x, right.y - left.y);
        let eyes = PixelPoint { x: (left.x + right.x) / 2.0, y: (left.y + right.y) / 2.0 };
        let angle = dy.atan2(dx);
        let (sin, cos) = angle.sin_cos();
        // A point relative to the eyes, after turning them level: x to the right, y down.
        let level = |q: PixelPoint| {
            let (x, y) = (q.x - eyes.x, q.y - eyes.y);
            PixelPoint { x: x * cos + y * sin, y: y * cos - x * sin }
        };
        let side = (level(p[RIGHT_EAR_3]).x - level(p[LEFT_EAR_1]).x).abs();
        let ears = (LEFT_EAR_1..=RIGHT_EAR_3).map(|i| level(p[i]).y).sum::<f64>() / 6.0;

        if dx.hypot(dy) < 2.0 {
            return Err("both eyes are at the same position");
        }
        if eyes.x < 0.0 || eyes.y < 0.0 || eyes.x > f64::from(width) || eyes.y > f64::from(height) {
            return Err("the eyes are outside the picture");
        }
        if level(p[MOUTH]).y <= 0.0 || ears >= 0.0 {
            return Err("ears, eyes and mouth are not one below the other");
        }
        if side < 2.0 || side > 2.0 * f64::from(width.max(height)) {
            return Err("the ears are at impossible positions");
        }
        // Also bounds the memory that cutting takes, however long and thin the picture is.
        if side * side > 2.0 * f64::from(width) * f64::from(height) {
            return Err("most of the square around the face would lie outside the picture");
        }
        Ok(FaceBox { eyes, both: [left, right], angle, side })
    }
}

impl FaceBox {
    /// The same in pixels of the stored picture, counted from the edges.
    pub(super) fn square(&self) -> Square {
        let at_eyes = Square { middle: self.eyes, side: self.side, angle: self.angle };
        let PixelPoint { x, y } = at_eyes.point(0.5, 0.6);
        // Here the middle of the first pixel is 0.
        Square { middle: PixelPoint { x: x + 0.5, y: y + 0.5 }, ..at_eyes }
    }

    /// The eyes in the same pixels.
    pub(super) fn eyes(&self) -> [PixelPoint; 2] {
        self.both.map(|eye| PixelPoint { x: eye.x + 0.5, y: eye.y + 0.5 })
    }

    /// Cuts the square out, upright, at the picture's own scale. What lies outside the picture becomes `background`:
    /// a face at the edge keeps its shape.
    pub(super) fn cut(&self, image: &RgbImage, background: [u8; 3]) -> RgbImage {
        let side = self.side.round().max(1.0);
        let (sin, cos) = self.angle.sin_cos();
        let inside = |x: i32, y: i32| x >= 0 && y >= 0 && x < image.width() as i32 && y < image.height() as i32;
        let pixel = |x: i32, y: i32| if inside(x, y) { image.get_pixel(x as u32, y as u32).0 } else { background };
        RgbImage::from_fn(side as u32, side as u32, |i, j| {
            // Middle of the pixel, relative to the eyes.
            let (u, v) = (f64::from(i) + 0.5 - 0.5 * side, f64::from(j) + 0.5 - 0.4 * side);
            let (x, y) = (self.eyes.x + u * cos - v * sin, self.eyes.y + u * sin + v * cos);
            image::Rgb(bicubic(x as f32, y as f32, pixel))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UPRIGHT: &str = "9 80 100 120 100 100 130 60 80 60 40 80 60 120 60 140 40 140 80 ";

    fn parse(text: &str) -> Landmarks {
        Landmarks::parse_all(text).unwrap().remove(0)
    }

    #[test]
    fn several_lines_are_several_faces_and_come_back() {
        let two = format!("{UPRIGHT}\n9 180 100 220 100 200 130 160 80 160 40 180 60 220 60 240 40 240 80");
        let faces = Landmarks::parse_all(&two).unwrap();
        let middles = faces.iter().map(|face| face.face_box(400, 400).unwrap().eyes.x);
        assert_eq!(middles.collect::<Vec<_>>(), [100.0, 200.0]);
        let written: String = faces.iter().map(Landmarks::line).collect();
        assert_eq!(Landmarks::parse_all(&written).unwrap(), faces);
        // What follows the faces and is none is ignored, as it always was.
        assert_eq!(Landmarks::parse_all(&format!("{UPRIGHT} 9 1 2 3")).unwrap().len(), 1);
        assert_eq!(Landmarks::parse_all(&UPRIGHT.repeat(1000)).unwrap().len(), MOST_FACES);
    }

    /// Turns the face of `UPRIGHT` about the middle of its eyes.
    fn turned(degrees: f64) -> Landmarks {
        let (sin, cos) = degrees.to_radians().sin_cos();
        let Landmarks(points) = parse(UPRIGHT);
        Landmarks(points.map(|p| {
            let (x, y) = (p.x - 100.0, p.y - 100.0);
            PixelPoint { x: 100.0 + x * cos - y * sin, y: 100.0 + x * sin + y * cos }
        }))
    }

    #[test]
    fn the_box_is_as_wide_as_the_ears_at_any_angle() {
        for degrees in [0.0, 17.0, -35.0, 80.0] {
            let face = turned(degrees).face_box(200, 200).unwrap();
            assert!((face.side - 80.0).abs() < 1e-9, "{degrees}");
            assert!((face.angle.to_degrees() - degrees).abs() < 1e-9);
            assert_eq!((face.eyes.x.round(), face.eyes.y.round()), (100.0, 100.0));
        }
    }

    #[test]
    fn eyes_named_the_wrong_way_round_are_swapped() {
        // A face on its side: the "left" eye is right of and above the "right" one, the mouth further right.
        let Landmarks(mut points) = turned(-60.0);
        let right = points[MOUTH].x > points[LEFT_EYE].x;
        assert!(right, "the mouth of a face turned this way is on the right");
        points.swap(LEFT_EYE, RIGHT_EYE);
        let swapped = Landmarks(points).face_box(200, 200).unwrap();
        assert!((swapped.angle.to_degrees() + 60.0).abs() < 1e-9);
    }

    #[test]
    fn a_face_upside_down_is_read_as_it_is_named() {
        // As in a photo taken with the camera upside down, the face leaning a little to either side.
        for degrees in [160.0, 175.0, 180.0, -175.0, -160.0] {
            let face = turned(degrees).face_box(200, 200).unwrap();
            let off = (face.angle.to_degrees() - degrees).rem_euclid(360.0);
            assert!(!(1e-6..=360.0 - 1e-6).contains(&off) && (face.side - 80.0).abs() < 1e-6, "{degrees}: {face:?}");
        }
    }

    #[test]
    fn a_cut_is_upright_and_pads_with_the_background() {
        // Left half red, right half blue, in a picture whose corner holds the face.
        let image = RgbImage::from_fn(60, 60, |x, _| image::Rgb(if x < 30 { [255, 0, 0] } else { [0, 0, 255] }));
        let both = [PixelPoint { x: 20.0, y: 4.0 }, PixelPoint { x: 39.0, y: 4.0 }];
        let face = FaceBox { eyes: PixelPoint { x: 29.5, y: 4.0 }, both, angle: 0.0, side: 40.0 };
        let cut = face.cut(&image, [9, 8, 7]);
        assert_eq!(cut.dimensions(), (40, 40));
        assert_eq!(cut.get_pixel(20, 0).0, [9, 8, 7], "above the picture");
        assert_eq!(cut.get_pixel(10, 30).0, [255, 0, 0]);
        assert_eq!(cut.get_pixel(30, 30).0, [0, 0, 255]);
        // A quarter turn: what was left of the eyes comes to stand above them or below, not beside.
        let eyes = PixelPoint { x: 29.5, y: 30.0 };
        let quarter = FaceBox { eyes, both, angle: 90f64.to_radians(), side: 20.0 };
        let cut = quarter.cut(&image, [0; 3]);
        assert_eq!(cut.get_pixel(10, 1).0, [0, 0, 255]);
        assert_eq!(cut.get_pixel(10, 18).0, [255, 0, 0]);
    }

    #[test]
    fn nonsense_is_refused_with_a_reason() {
        for text in [
            "",
            "9 1 2",
            "8 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16",
            "cat",
            "9 nan nan 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1",
        ] {
            assert!(Landmarks::parse_all(text).is_err(), "{text}");
        }
        let upside_down = "9 80 100 120 100 100 70 60 120 60 160 80 140 120 140 140 160 140 120";
        assert!(parse(upside_down).face_box(200, 200).is_err());
        let one_eye = "9 80 100 80 100 100 130 60 80 60 40 80 60 120 60 140 40 140 80";
        assert!(parse(one_eye).face_box(200, 200).is_err());
        assert!(parse(UPRIGHT).face_box(50, 50).is_err(), "outside the picture");
    }
}
