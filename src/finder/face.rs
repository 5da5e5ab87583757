//! Where a cat's face is in a picture.
//!
//! All numbers are pixels of the upright picture: x grows to the right, y downwards, and 0 is the left or top edge of
//! the first pixel, whose middle is therefore 0.5.

use serde::{Deserialize, Serialize};

/// A point, in pixels. Written as `[x, y]`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "[f64; 2]", into = "[f64; 2]")]
pub struct PixelPoint {
    /// To the right.
    pub x: f64,
    /// Downwards.
    pub y: f64,
}

impl From<[f64; 2]> for PixelPoint {
    fn from([x, y]: [f64; 2]) -> Self {
        Self { x, y }
    }
}

impl From<PixelPoint> for [f64; 2] {
    fn from(point: PixelPoint) -> Self {
        [point.x, point.y]
    }
}

/// The box around a whole head: ears, cheeks and chin, not the neck. In pixels, with `x0 < x1` and `y0 < y1`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct HeadBox {
    /// Left edge.
    pub x0: f64,
    /// Top edge.
    pub y0: f64,
    /// Right edge.
    pub x1: f64,
    /// Bottom edge.
    pub y1: f64,
}

impl HeadBox {
    /// Width in pixels.
    pub fn width(&self) -> f64 {
        self.x1 - self.x0
    }

    /// Height in pixels.
    pub fn height(&self) -> f64 {
        self.y1 - self.y0
    }

    /// The middle of the box.
    pub fn centre(&self) -> PixelPoint {
        PixelPoint { x: (self.x0 + self.x1) / 2.0, y: (self.y0 + self.y1) / 2.0 }
    }

    /// The area that both boxes cover, divided by the area that at least one covers: 0 to 1.
    pub fn overlap(&self, other: &Self) -> f64 {
        let both = self.shared(other);
        share(both, self.area() + other.area() - both)
    }

    /// The area that both boxes cover, divided by the smaller one's: 0 to 1.
    pub(super) fn inside(&self, other: &Self) -> f64 {
        share(self.shared(other), self.area().min(other.area()))
    }

    fn area(&self) -> f64 {
        self.width() * self.height()
    }

    fn shared(&self, other: &Self) -> f64 {
        let width = self.x1.min(other.x1) - self.x0.max(other.x0);
        let height = self.y1.min(other.y1) - self.y0.max(other.y0);
        width.max(0.0) * height.max(0.0)
    }
}

fn share(part: f64, of: f64) -> f64 {
    if of > 0.0 { part / of } else { 0.0 }
}

/// A head that was found, and its eyes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(from = "Flat", into = "Flat")]
pub struct Face {
    /// Where the head is.
    pub head: HeadBox,
    /// How sure the finder is, 0 to 1.
    pub score: f32,
    /// The eyes, first the one that is on the left once the face stands upright: in a head upside down it is on the
    /// right side of the picture. Nothing where they are not clear.
    pub eyes: Option<[PixelPoint; 2]>,
}

/// A face as it is written: without a level for the box, and with a name for each eye.
#[derive(Serialize, Deserialize)]
struct Flat {
    x0: f64,
    y0: f64,
    x1: f64,
    y1: f64,
    score: f32,
    left_eye: Option<PixelPoint>,
    right_eye: Option<PixelPoint>,
}

impl From<Face> for Flat {
    fn from(face: Face) -> Self {
        let Face { head: HeadBox { x0, y0, x1, y1 }, score, eyes } = face;
        Self { x0, y0, x1, y1, score, left_eye: eyes.map(|[left, _]| left), right_eye: eyes.map(|[_, right]| right) }
    }
}

impl From<Flat> for Face {
    fn from(flat: Flat) -> Self {
        let Flat { x0, y0, x1, y1, score, left_eye, right_eye } = flat;
        let eyes = left_eye.zip(right_eye).map(|(left, right)| [left, right]);
        Self { head: HeadBox { x0, y0, x1, y1 }, score, eyes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: HeadBox = HeadBox { x0: 10.0, y0: 20.0, x1: 30.0, y1: 50.0 };

    #[test]
    fn a_face_is_written_flat_and_read_back() {
        let eyes = Some([PixelPoint { x: 15.0, y: 30.5 }, PixelPoint { x: 25.0, y: 31.0 }]);
        let face = Face { head: HEAD, score: 0.75, eyes };
        let text = serde_json::to_string(&face).unwrap();
        let expected = r#"{"x0":10.0,"y0":20.0,"x1":30.0,"y1":50.0,"score":0.75,"left_eye":[15.0,30.5],"#;
        assert_eq!(text, format!("{expected}\"right_eye\":[25.0,31.0]}}"));
        assert_eq!(serde_json::from_str::<Face>(&text).unwrap(), face);
        let blind = Face { eyes: None, ..face };
        let text = serde_json::to_string(&blind).unwrap();
        assert!(text.contains(r#""left_eye":null,"right_eye":null"#), "{text}");
        assert_eq!(serde_json::from_str::<Face>(&text).unwrap(), blind);
    }

    #[test]
    fn overlap_is_the_shared_part_of_both() {
        let half = HeadBox { y0: 35.0, ..HEAD };
        let beside = HeadBox { x0: 30.0, x1: 40.0, ..HEAD };
        let shifted = HeadBox { x0: 20.0, x1: 40.0, ..HEAD };
        let nothing = HeadBox { x1: 10.0, ..HEAD };
        let expected = [(HEAD, 1.0), (half, 0.5), (beside, 0.0), (shifted, 1.0 / 3.0), (nothing, 0.0)];
        for (other, share) in expected {
            assert!((HEAD.overlap(&other) - share).abs() < 1e-12, "{other:?}");
            assert_eq!(HEAD.overlap(&other), other.overlap(&HEAD));
        }
        for (other, share) in [(HEAD, 1.0), (half, 1.0), (shifted, 0.5), (nothing, 0.0)] {
            assert_eq!(HEAD.inside(&other), share, "{other:?}");
        }
        assert_eq!(nothing.overlap(&nothing), 0.0);
    }
}
