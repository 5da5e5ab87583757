//! How a GPU convolves: the ways that there are, and which of them each device uses.

use crate::compute::{ConvLayer, Kernel};
use burn::tensor::{Device, Tensor};
use serde::{Deserialize, Serialize};
use std::sync::RwLock;

/// How a GPU computes a convolution. All give the same numbers but for rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GpuConvAlgorithm {
    /// Our own kernels: matrix products over tiles, of 128 x 128 where a layer has enough of them to keep a large GPU
    /// busy, else of 64 x 64. What is not measured is computed so.
    Tiles,
    /// The same with tiles of 64 x 64 however many there are.
    SmallTiles,
    /// The same with tiles of 128 x 128 however few there are.
    LargeTiles,
    /// Blocks of 2 x 2 pixels, the four shifted maps side by side, and one matrix product of the library's. Only for
    /// [`HALVING`].
    Slices,
}

impl GpuConvAlgorithm {
    /// Every algorithm, our own first.
    pub const ALL: [Self; 4] = [Self::Tiles, Self::SmallTiles, Self::LargeTiles, Self::Slices];

    /// As it is printed, and written in `PURRTRAIT_CONV_ALGORITHM`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tiles => "tiles",
            Self::SmallTiles => "small-tiles",
            Self::LargeTiles => "large-tiles",
            Self::Slices => "slices",
        }
    }
}

/// The kernel of convolutions that halve or double a side, for which there are slices, and which is measured.
pub(crate) const HALVING: Kernel = Kernel { size: 4, stride: 2 };

/// A layer that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MeasuredLayer {
    /// Height and width of the large map.
    pub side: usize,
    /// Of the large map and of the small one.
    pub channels: [usize; 2],
}

/// The layers of networks for 64 px whose widths are 64: what they halve, and transposed what they double.
pub(crate) const LAYERS: [MeasuredLayer; 4] = [
    MeasuredLayer { side: 64, channels: [3, 64] },
    MeasuredLayer { side: 32, channels: [64, 128] },
    MeasuredLayer { side: 16, channels: [128, 256] },
    MeasuredLayer { side: 8, channels: [256, 512] },
];

/// The algorithms that one device uses, for each of [`LAYERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GpuConvAlgorithms {
    /// Of convolutions that halve the side.
    pub down: [GpuConvAlgorithm; LAYERS.len()],
    /// Of transposed ones that double it.
    pub up: [GpuConvAlgorithm; LAYERS.len()],
}

impl GpuConvAlgorithms {
    /// Our own for all.
    pub const TILES: Self = Self::all(GpuConvAlgorithm::Tiles);

    /// One algorithm for all.
    pub(super) const fn all(algorithm: GpuConvAlgorithm) -> Self {
        Self { down: [algorithm; LAYERS.len()], up: [algorithm; LAYERS.len()] }
    }

    /// For each of [`LAYERS`], transposed or not.
    pub(crate) fn measured(&self, up: bool) -> [GpuConvAlgorithm; LAYERS.len()] {
        if up { self.up } else { self.down }
    }

    /// For a layer whose map has so many `channels`: that of the measured one whose map has most nearly as many, by
    /// their quotient.
    fn of(self, channels: usize, ConvLayer { kernel, up, .. }: ConvLayer) -> GpuConvAlgorithm {
        let apart = |layer: &MeasuredLayer| {
            let measured = layer.channels[usize::from(up)];
            channels.max(measured) as f64 / channels.min(measured).max(1) as f64
        };
        let nearest = (0..LAYERS.len()).min_by(|a, b| apart(&LAYERS[*a]).total_cmp(&apart(&LAYERS[*b])));
        let algorithm = self.measured(up)[nearest.unwrap_or(0)];
        if algorithm == GpuConvAlgorithm::Slices && kernel != HALVING { GpuConvAlgorithm::Tiles } else { algorithm }
    }
}

/// What was decided for a device, in 32 bits and in 16.
#[derive(Debug, Clone)]
pub(super) struct Chosen {
    pub device: Device,
    pub algorithms: [GpuConvAlgorithms; 2],
    /// Seconds that these took where they were measured.
    pub seconds: [Option<f64>; 2],
}

/// Chosen once for each device and precision; never changed while the program runs.
static CHOSEN: RwLock<Vec<Chosen>> = RwLock::new(Vec::new());

/// From now on these are the device's.
pub(super) fn keep(chosen: Chosen) {
    CHOSEN.write().unwrap_or_else(|poisoned| poisoned.into_inner()).push(chosen);
}

/// What was chosen for the device, if it was.
pub(super) fn known(device: &Device) -> Option<Chosen> {
    // A panic while the list is held leaves it as it was.
    let list = CHOSEN.read().unwrap_or_else(|poisoned| poisoned.into_inner());
    list.iter().find(|known| known.device == *device).cloned()
}

/// The device's algorithms, in 16 bits if `half`; our own as long as none were chosen.
pub(crate) fn chosen_in(device: &Device, half: bool) -> GpuConvAlgorithms {
    known(device).map_or(GpuConvAlgorithms::TILES, |chosen| chosen.algorithms[usize::from(half)])
}

/// The algorithm of the map's device for this layer.
pub(crate) fn chosen(x: &Tensor<4>, layer: ConvLayer) -> GpuConvAlgorithm {
    chosen_in(&x.device(), layer.half).of(x.dims()[1], layer)
}

/// How many times as fast the device's convolutions are in 16 bits, where both were measured.
pub(crate) fn half_gain(device: &Device) -> Option<f64> {
    let [full, half] = known(device)?.seconds;
    Some(full? / half?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use GpuConvAlgorithm::{LargeTiles, Slices, SmallTiles, Tiles};

    #[test]
    fn a_layer_is_computed_as_the_measured_one_that_is_most_like_it() {
        let algorithms = GpuConvAlgorithms {
            down: [Tiles, SmallTiles, LargeTiles, Slices],
            up: [Slices, LargeTiles, SmallTiles, Tiles],
        };
        let rule = |kernel, up| ConvLayer { kernel, up, half: false, leak: 1.0 };
        for (channels, algorithm) in [
            (3, Tiles),
            (4, Tiles),
            (16, SmallTiles),
            (64, SmallTiles),
            (100, LargeTiles),
            (256, Slices),
            (1024, Slices),
        ] {
            assert_eq!(algorithms.of(channels, rule(HALVING, false)), algorithm, "{channels}");
        }
        for (channels, algorithm) in
            [(3, Slices), (64, Slices), (128, LargeTiles), (256, SmallTiles), (512, Tiles), (2048, Tiles)]
        {
            assert_eq!(algorithms.of(channels, rule(HALVING, true)), algorithm, "{channels}, doubling");
        }
        // There are no slices for other kernels.
        for (size, stride) in [(1, 1), (3, 1), (5, 2)] {
            assert_eq!(algorithms.of(512, rule(Kernel { size, stride }, false)), Tiles);
            assert_eq!(algorithms.of(128, rule(Kernel { size, stride }, false)), LargeTiles);
        }
    }
}
