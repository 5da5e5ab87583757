//! What a picture shows, in a few numbers that people have words for.

use crate::data::faces_in_frame;
use crate::formats::{MAX_UPSCALE, upscale};
use crate::pixels::Frame;

/// What is measured of a picture, with the words for more and for less of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Quality {
    pub more: &'static str,
    pub less: &'static str,
}

/// In the order of [`look`].
pub(super) const QUALITIES: [Quality; 11] = [
    Quality { more: "brighter", less: "darker" },
    Quality { more: "lighter face", less: "darker face" },
    Quality { more: "warmer", less: "cooler" },
    Quality { more: "more colourful", less: "paler" },
    Quality { more: "more contrast", less: "softer" },
    Quality { more: "finer detail", less: "smoother" },
    Quality { more: "larger", less: "smaller" },
    Quality { more: "lower", less: "higher" },
    Quality { more: "further right", less: "further left" },
    Quality { more: "tilted right", less: "tilted left" },
    Quality { more: "turned right", less: "turned left" },
];

/// Pixels a side at which faces are looked for: the finder was trained on photos, whose faces are larger than ours.
const FOUND_AT: u32 = 256;

/// One number for each of [`QUALITIES`]; not a number where there is nothing to measure, as without a face.
///
/// - brightness: mean luma (BT.601), 0 to 255
/// - face: mean luma of the middle half less that of the rest
/// - warmth: mean of red less blue
/// - colourfulness: mean of a pixel's largest channel less its smallest
/// - contrast: standard deviation of luma
/// - detail: mean difference of luma between neighbours, over the contrast
/// - size: square root of the head's share of the picture
/// - height, side: where the head's middle is, 0 to 1 from the top and from the left
/// - tilt: angle of the line through the eyes in radians, clockwise
/// - turn: how far the middle of the eyes lies right of the head's middle, in heads
pub(super) fn look(frame: &Frame) -> [f64; QUALITIES.len()] {
    let (width, height) = (frame.width as usize, frame.height as usize);
    let pixels = frame.data.as_chunks::<3>().0;
    let luma: Vec<f64> = pixels.iter().map(|p| luma(p.map(f64::from))).collect();
    let mean = |values: &mut dyn Iterator<Item = f64>| {
        let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
        sum / count
    };
    let light = mean(&mut luma.iter().copied());
    let middle = |i: usize| {
        let (x, y) = (i % width, i / width);
        (width / 4..width - width / 4).contains(&x) && (height / 4..height - height / 4).contains(&y)
    };
    let part = |inside: bool| mean(&mut (0..luma.len()).filter(|i| middle(*i) == inside).map(|i| luma[i]));
    let warmth = mean(&mut pixels.iter().map(|p| f64::from(p[0]) - f64::from(p[2])));
    let colour =
        mean(&mut pixels.iter().map(|p| f64::from(p.iter().max().unwrap_or(&0) - p.iter().min().unwrap_or(&0))));
    let contrast = mean(&mut luma.iter().map(|l| (l - light).powi(2))).sqrt();
    let beside = (0..luma.len()).filter(|i| i % width + 1 < width).map(|i| (luma[i + 1] - luma[i]).abs());
    let below = (0..luma.len() - width).map(|i| (luma[i + width] - luma[i]).abs());
    let detail = mean(&mut beside.chain(below)) / contrast.max(1.0);
    let [size, down, across, tilt, turn] = face(frame);
    [light, part(true) - part(false), warmth, colour, contrast, detail, size, down, across, tilt, turn]
}

fn luma([r, g, b]: [f64; 3]) -> f64 {
    0.299 * r + 0.587 * g + 0.114 * b
}

/// Size, height, side, tilt and turn of the best face.
fn face(frame: &Frame) -> [f64; 5] {
    const NONE: [f64; 5] = [f64::NAN; 5];
    let large = upscale(frame, FOUND_AT.div_ceil(frame.width).clamp(1, MAX_UPSCALE));
    let Some(face) = faces_in_frame(&large).ok().and_then(|faces| faces.into_iter().next()) else { return NONE };
    let (head, side) = (face.head, f64::from(large.width));
    let middle = head.centre();
    let [tilt, turn] = face.eyes.map_or([f64::NAN; 2], |[left, right]| {
        let tilt = (right.y - left.y).atan2(right.x - left.x);
        [tilt, ((left.x + right.x) / 2.0 - middle.x) / head.width()]
    });
    [(head.width() * head.height()).sqrt() / side, middle.y / side, middle.x / side, tilt, turn]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::{LatentSource, Stream, render};

    fn of(name: &str, frame: &Frame) -> f64 {
        look(frame)[QUALITIES.iter().position(|quality| quality.more == name).unwrap()]
    }

    #[test]
    fn numbers_are_what_their_words_say() {
        let flat = Frame::filled(32, 32, [200, 100, 50]);
        assert!((of("brighter", &flat) - luma([200.0, 100.0, 50.0])).abs() < 1e-9);
        assert_eq!((of("warmer", &flat), of("more colourful", &flat)), (150.0, 150.0));
        assert!(of("more contrast", &flat) < 1e-6);
        assert!(of("larger", &flat).is_nan(), "there is no face");
        let mut spot = Frame::filled(32, 32, [0; 3]);
        for (i, pixel) in spot.data.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (x, y) = (i % 32, i / 32);
            *pixel = [if (8..24).contains(&x) && (8..24).contains(&y) { 240 } else { 0 }; 3];
        }
        assert!((of("lighter face", &spot) - 240.0).abs() < 1e-9);
        let mut stripes = spot.clone();
        stripes.data.as_chunks_mut::<3>().0.iter_mut().enumerate().for_each(|(i, p)| *p = [(i % 2 * 255) as u8; 3]);
        assert!(of("finer detail", &stripes) > of("finer detail", &spot));
    }

    /// On a generated face: mirrored, everything is on the other side.
    #[test]
    fn the_face_is_where_it_is() {
        let saved = crate::engine::bundled::generator().unwrap();
        let device = crate::compute::ComputeDevice::cpu();
        let device = device.device();
        let (generator, weights) = saved.open(device);
        let source = LatentSource { kind: saved.config.latent, size: generator.latent_size(), seed: 1 };
        let mut frames = render(&generator, &weights, &source.draw(Stream::Generate, 0, 4), device).unwrap();
        let found: Vec<_> = frames.iter().map(face).collect();
        for frame in &mut frames {
            let width = frame.width as usize;
            frame.data.as_chunks_mut::<3>().0.chunks_mut(width).for_each(<[_]>::reverse);
        }
        let mirrored: Vec<_> = frames.iter().map(face).collect();
        let both = found.iter().zip(&mirrored).filter(|(a, b)| a.iter().chain(*b).all(|value| value.is_finite()));
        assert!(both.clone().count() >= 2, "{found:?}");
        for ([size, down, across, tilt, turn], there) in both {
            let expected = [*size, *down, 1.0 - across, -tilt, -turn];
            assert!(expected.iter().zip(there).all(|(a, b)| (a - b).abs() < 0.1), "{expected:?}, {there:?}");
            assert!((0.4..1.0).contains(size), "{size}");
        }
    }
}
