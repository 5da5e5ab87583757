//! Pictures in the size and range that the network was trained with.

/// Width and height of its input.
pub(crate) const SIDE: usize = 299;

/// RGB bytes of `side` x `side` as three planes of [`SIDE`] x [`SIDE`] with values from -1 to 1: divided by 255,
/// resized bilinearly as PyTorch's `interpolate(mode="bilinear", align_corners=False)` does (between the two nearest
/// pixels, also when making smaller: no antialiasing), then 2 x - 1.
pub(crate) fn planes(pixels: &[u8], side: usize) -> Vec<f32> {
    resized(pixels, side, SIDE)
}

pub(super) fn resized(pixels: &[u8], side: usize, wanted: usize) -> Vec<f32> {
    let samples = samples(side, wanted);
    let mut out = Vec::with_capacity(3 * wanted * wanted);
    for channel in 0..3 {
        let at = |y: usize, x: usize| f32::from(pixels[(y * side + x) * 3 + channel]) / 255.0;
        for (top, bottom, down) in &samples {
            for (left, right, along) in &samples {
                let line = |y: usize| at(y, *left) * (1.0 - along) + at(y, *right) * along;
                out.push(2.0 * (line(*top) * (1.0 - down) + line(*bottom) * down) - 1.0);
            }
        }
    }
    out
}

/// For each new pixel the two old ones between which its centre lies, and how far it is from the first to the second.
/// Pixels are squares whose centres lie at halves.
fn samples(side: usize, wanted: usize) -> Vec<(usize, usize, f32)> {
    let scale = side as f32 / wanted as f32;
    let sample = |i: usize| {
        let centre = (scale * (i as f32 + 0.5) - 0.5).max(0.0);
        let first = (centre as usize).min(side - 1);
        (first, (first + 1).min(side - 1), centre - first as f32)
    };
    (0..wanted).map(sample).collect()
}
