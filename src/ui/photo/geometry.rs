//! Faces from eyes, eyes from squares, and angles.

use crate::engine::{MarkedFace, PixelPoint, Square};

pub(super) fn face_of(eyes: [PixelPoint; 2]) -> MarkedFace {
    MarkedFace { square: Square::of_eyes(eyes), eyes: Some(eyes) }
}

pub(super) fn usual_eyes(square: &Square) -> [PixelPoint; 2] {
    [square.point(0.35, 0.4), square.point(0.65, 0.4)]
}

pub(super) fn apart([a, b]: [PixelPoint; 2]) -> f64 {
    (b.x - a.x).hypot(b.y - a.y)
}

/// An angle between half a turn to the left and half a turn to the right.
pub(super) fn wrapped(angle: f64) -> f64 {
    use std::f64::consts::{PI, TAU};
    (angle + PI).rem_euclid(TAU) - PI
}
