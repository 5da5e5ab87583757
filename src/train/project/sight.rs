//! What a picture is compared by: colours at several scales, and what a network for photos sees.
//!
//! Pixels alone reward blurred averages: a face without eyes is nearer to a photo, pixel for pixel, than a sharp face a
//! few pixels beside. Maps of a network that was trained on photos tell faces from blobs (Zhang et al. 2018, "The
//! Unreasonable Effectiveness of Deep Features as a Perceptual Metric").

use super::settings::ProjectError;
use crate::compute::{DeviceError, ops};
use crate::metrics::FeatureNetwork;
use crate::pixels::Frame;
use burn::tensor::{Device, Tensor, TensorData};

/// Scales of the pixels: each has half the side of the one before.
const SCALES: usize = 4;
/// Weight of the mean square of the pixels' differences, at each scale.
const PIXELS: f64 = 0.5;
/// Weight of the maps' distances, all of them together.
const FEATURES: f64 = 0.4;
/// The maps that are compared, the network's first convolution being number 0: one of each side, from half the
/// picture's side to a sixteenth of it.
const MAPS: [usize; 4] = [0, 2, 4, 6];
/// The network looks at pictures of at most this side: larger ones are made smaller.
const SIDE: usize = 64;

/// Turns pictures into rows of numbers whose squared distances say how unlike they are.
pub(super) struct Sight {
    network: Option<FeatureNetwork>,
    /// The same network inside a recorded computation.
    recorded: Option<FeatureNetwork>,
}

impl Sight {
    /// Compares on `device`; without `features` by pixels alone.
    ///
    /// # Errors
    /// Never in a sound build.
    pub(super) fn new(features: bool, device: &Device) -> Result<Self, DeviceError> {
        let open = || FeatureNetwork::open_on(device).map_err(|e| DeviceError::Lost { reason: e.to_string() });
        let network = if features { Some(open()?) } else { None };
        Ok(Self { recorded: network.as_ref().map(FeatureNetwork::constant), network })
    }

    /// Pictures (B x 3 x side x side in [-1, 1]) as B rows of numbers. `recorded` where gradients are to flow through.
    pub(super) fn rows(&self, pictures: Tensor<4>, recorded: bool) -> Tensor<2> {
        let mut rows = vec![row(pictures.clone(), PIXELS)];
        let mut level = pictures.clone();
        for _ in 1..SCALES {
            level = ops::avg_pool2(level);
            rows.push(row(level.clone(), PIXELS));
        }
        if let Some(network) = if recorded { &self.recorded } else { &self.network } {
            let mut small = pictures;
            while small.dims()[3] > SIDE {
                small = ops::avg_pool2(small);
            }
            let maps = network.maps(small, MAPS[MAPS.len() - 1]);
            rows.extend(MAPS.iter().map(|i| unit(maps[*i].clone())));
        }
        Tensor::cat(rows, 1)
    }
}

/// All numbers of each picture in a row, so that the squares of differences sum up to `weight` times their mean.
fn row(x: Tensor<4>, weight: f64) -> Tensor<2> {
    let [batch, channels, height, width] = x.dims();
    let count = channels * height * width;
    x.reshape([batch, count]) * (weight / count as f64).sqrt()
}

/// A map whose channels have, at every place, the length 1: only what is seen counts, not how strongly. The squares of
/// differences sum up to its share of [`FEATURES`] times the mean over the places.
fn unit(map: Tensor<4>) -> Tensor<2> {
    let [batch, channels, height, width] = map.dims();
    let length = (map.clone().square().sum_dim(1) + 1e-6).sqrt();
    let scale = (FEATURES / (MAPS.len() * height * width) as f64).sqrt();
    (map / length).reshape([batch, channels * height * width]) * scale
}

/// A picture as 1 x 3 x side x side on a device, in [-1, 1].
///
/// # Errors
/// A picture of another size.
pub(super) fn upload_picture(picture: &Frame, side: usize, device: &Device) -> Result<Tensor<4>, ProjectError> {
    if (picture.width as usize, picture.height as usize) != (side, side) {
        return Err(ProjectError::Size { width: picture.width, height: picture.height, side });
    }
    let planes = (0..3).flat_map(|c| picture.data.iter().skip(c).step_by(3)).map(|b| f32::from(*b) / 127.5 - 1.0);
    Ok(Tensor::from_data(TensorData::new(planes.collect::<Vec<f32>>(), [1, 3, side, side]), device))
}
