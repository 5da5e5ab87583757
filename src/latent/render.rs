//! Latents to finished pictures.

use crate::compute::{DeviceError, read};
use crate::model::{Generator, Weights};
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor, TensorData};

/// Pictures rendered at once: enough to keep a GPU busy, little enough for its memory.
const CHUNK: usize = 64;

/// One picture for each vector of `z` (their values one after the other).
///
/// Running statistics are used, so a picture does not depend on the others. Reads back once for each 64 pictures.
///
/// # Errors
/// When the device fails.
pub fn render(generator: &Generator, weights: &Weights, z: &[f32], device: &Device) -> Result<Vec<Frame>, DeviceError> {
    let (size, side) = (generator.latent_size(), generator.side());
    let mut frames = Vec::with_capacity(z.len() / size);
    for chunk in z.chunks(CHUNK * size) {
        let count = chunk.len() / size;
        let input = Tensor::<2>::from_data(TensorData::new(chunk.to_vec(), [count, size]), device);
        let pictures = generator.render(input, weights);
        let values = read(vec![pictures.reshape([count * 3 * side * side])])?.swap_remove(0);
        frames.extend(values.chunks(3 * side * side).map(|planes| Frame::from_planes(planes, side as u32)));
    }
    Ok(frames)
}
