//! A trained network at work.

use super::network::SharpenNetwork;
use crate::compute::{DeviceError, read, upload};
use crate::formats::upscale;
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor};

/// Half of the range of a byte: what 1 stands for among values from -1 to 1.
pub(super) const HALF_RANGE: f32 = 127.5;

/// How many times larger pictures can be made, whatever the network's own factor is; the largest first.
const TIMES: [u32; 3] = [8, 4, 2];

/// A network on a device.
pub(crate) struct Sharpener {
    network: SharpenNetwork,
    params: Vec<Tensor<1>>,
    hash: String,
    device: Device,
}

impl Sharpener {
    pub(super) fn new(network: SharpenNetwork, params: Vec<Tensor<1>>, hash: String, device: &Device) -> Self {
        Self { network, params, hash, device: device.clone() }
    }

    /// Sixteen hexadecimal digits that tell networks apart.
    pub(crate) fn hash(&self) -> &str {
        &self.hash
    }

    /// The picture (a square of even sides) `times` as wide and high: 2, 4 or 8, as [`Self::can`] says. What is larger
    /// than the network's own result is enlarged further without details, what is smaller is averaged.
    ///
    /// One picture at a time, so that on the CPU it is the same to the bit whenever it is made.
    ///
    /// # Errors
    /// A device that fails.
    pub(crate) fn enlarge(&self, frame: &Frame, times: u32) -> Result<Frame, DeviceError> {
        let factor = self.network.factor as u32;
        let (width, height) = (frame.width as usize, frame.height as usize);
        let x = upload(planes(frame), [1, 3, height, width], &self.device);
        let details = self.network.details(x, &self.params);
        let count = 3 * height * width * self.network.factor.pow(2);
        let details = read(vec![details.reshape([count])])?.swap_remove(0);
        let mut large = upscale(frame, factor);
        let plane = count / 3;
        for (i, pixel) in large.data.chunks_exact_mut(3).enumerate() {
            for (channel, value) in pixel.iter_mut().enumerate() {
                let sharpened = f32::from(*value) + HALF_RANGE * details[channel * plane + i];
                *value = sharpened.round().clamp(0.0, 255.0) as u8;
            }
        }
        Ok(if times >= factor { upscale(&large, times / factor) } else { averaged(&large, factor / times) })
    }

    /// Whether pictures can be made so many times larger.
    pub(crate) fn can(times: u32) -> bool {
        TIMES.contains(&times)
    }

    /// How many times larger pictures of this side can be made for at most so many pixels a side, if at all.
    pub(crate) fn times(side: u32, most: u32) -> Option<u32> {
        TIMES.into_iter().find(|times| side * times <= most)
    }
}

/// The values of a picture from -1 to 1: channel, row, column.
pub(super) fn planes(frame: &Frame) -> Vec<f32> {
    let channel = |c: usize| frame.data.iter().skip(c).step_by(3).map(|value| f32::from(*value) / HALF_RANGE - 1.0);
    (0..3).flat_map(channel).collect()
}

/// The means of squares of so many pixels a side.
pub(super) fn averaged(frame: &Frame, side: u32) -> Frame {
    let (width, height) = (frame.width / side, frame.height / side);
    let mut data = Vec::with_capacity(width as usize * height as usize * 3);
    for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
        for channel in 0..3 {
            let rows = (y * side..(y + 1) * side).flat_map(|row| {
                let first = row * frame.width + x * side;
                (first..first + side).map(|pixel| u32::from(frame.data[(pixel * 3 + channel) as usize]))
            });
            let (sum, count) = (rows.sum::<u32>(), side * side);
            data.push(((sum + count / 2) / count) as u8);
        }
    }
    Frame { width, height, data }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::random;
    use super::*;

    fn noise(side: u32) -> Frame {
        let data = (0..side * side * 3).map(|i| (i * 7919 % 251) as u8).collect();
        Frame { width: side, height: side, data }
    }

    #[test]
    fn every_size_comes_from_every_network() {
        for factor in [2, 4, 8] {
            let sharpener = random(factor).open(&Device::flex());
            let own = sharpener.enlarge(&noise(16), factor).unwrap();
            assert_ne!(own, upscale(&noise(16), factor), "it adds something");
            for times in TIMES {
                let large = sharpener.enlarge(&noise(16), times).unwrap();
                assert_eq!((large.width, large.height), (16 * times, 16 * times));
                assert_eq!(large, sharpener.enlarge(&noise(16), times).unwrap(), "the same each time");
            }
        }
    }

    #[test]
    fn the_largest_result_within_a_limit_is_found() {
        let times = [(64, 512), (64, 511), (128, 512), (256, 512), (32, 512), (64, 127)];
        assert_eq!(
            times.map(|(side, most)| Sharpener::times(side, most)),
            [Some(8), Some(4), Some(4), Some(2), Some(8), None]
        );
        assert!(Sharpener::can(4) && !Sharpener::can(1) && !Sharpener::can(3));
    }

    #[test]
    fn squares_are_averaged() {
        let frame = Frame { width: 4, height: 2, data: (0..24).collect() };
        // Pixels 0, 1, 4, 5 and 2, 3, 6, 7.
        assert_eq!(averaged(&frame, 2), Frame { width: 2, height: 1, data: vec![8, 9, 10, 14, 15, 16] });
        assert_eq!(averaged(&frame, 1), frame);
    }
}
