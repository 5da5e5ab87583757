//! What several tests need.

use super::pairs::Pair;
use super::saved::SavedSharpener;
use super::sharpener::averaged;
use crate::pixels::Frame;

/// A network whose numbers were drawn, also those of the last layer.
pub(super) fn random(factor: u32) -> SavedSharpener {
    let mut saved = SavedSharpener::untrained(factor, 64);
    // Its last layer begins as zero.
    let tail = saved.tensors.iter_mut().find(|tensor| tensor.name == "tail.weight").unwrap();
    tail.values.iter_mut().enumerate().for_each(|(i, value)| *value = ((i * 7 % 11) as f32 - 5.0) * 0.01);
    saved
}

/// Pictures of straight edges, 16 px, and the same at `factor` times the side.
pub(super) fn edges(count: u32, factor: u32) -> Vec<Pair> {
    let draw = |i: u32, side: u32| {
        let (sin, cos) = (i as f32 * 0.7).sin_cos();
        let shade = |x: u32, y: u32| {
            let at = |v: u32| (v as f32 + 0.5) / side as f32 - 0.5;
            let far = (at(x) * cos + at(y) * sin) * 64.0;
            [40 + (160.0 * (far + 0.5).clamp(0.0, 1.0)) as u8; 3]
        };
        let data = (0..side).flat_map(|y| (0..side).flat_map(move |x| shade(x, y))).collect();
        Frame { width: side, height: side, data }
    };
    (0..count)
        .map(|i| draw(i, 64))
        .map(|high| Pair { low: averaged(&high, 4), high: averaged(&high, 4 / factor) })
        .collect()
}
