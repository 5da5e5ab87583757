//! Latents to finished pictures.

use crate::compute::{DeviceError, is_cpu, read};
use crate::model::{Generator, Weights};
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor, TensorData};

/// Pictures rendered at once on a GPU: enough to keep a GPU busy, little enough for its memory.
const CHUNK: usize = 64;

/// One picture for each vector of `z` (their values one after the other).
///
/// Running statistics are used, so a picture does not depend on the others. On a GPU 64 are drawn together and read
/// back at once. On the CPU one at a time, which is no slower: the order of sums depends on how many are drawn
/// together, and a picture that is drawn again must be the same to the bit.
///
/// # Errors
/// When the device fails.
pub(crate) fn render(
    generator: &Generator,
    weights: &Weights,
    z: &[f32],
    device: &Device,
) -> Result<Vec<Frame>, DeviceError> {
    let (size, side) = (generator.latent_size(), generator.side());
    let mut frames = Vec::with_capacity(z.len() / size);
    let together = if is_cpu(device) { 1 } else { CHUNK };
    for chunk in z.chunks(together * size) {
        let count = chunk.len() / size;
        let input = Tensor::<2>::from_data(TensorData::new(chunk.to_vec(), [count, size]), device);
        let pictures = generator.evaluate(input, weights);
        let values = read(vec![pictures.reshape([count * 3 * side * side])])?.swap_remove(0);
        frames.extend(values.chunks(3 * side * side).map(|planes| Frame::from_planes(planes, side as u32)));
    }
    Ok(frames)
}
