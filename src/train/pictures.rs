//! The real pictures where training needs them.
//!
//! On the CPU a batch is filled from the cache. On a GPU the whole set is brought there once, as bytes, and a batch is
//! a list of numbers: of pictures, and of those that are mirrored. A set that is too large for that is brought batch by
//! batch, still as bytes, a quarter of what numbers would take.

use crate::compute::{upload, upload_int};
use crate::data::{Dataset, Pick};
use burn::tensor::{Device, Int, Tensor};

/// A set that takes more than this stays on the host (512 MiB: 43,690 pictures of 64 px).
const LARGEST: usize = 1 << 29;

/// Pictures as words of four bytes. Shaders know no bytes, so a batch is taken apart on the device: the picture's bytes
/// in the order channel, row, column are cut into four quarters, and word `j` holds byte `j` of each.
pub(super) struct Pictures {
    /// N x words, if the set fits.
    resident: Option<Tensor<2, Int>>,
    /// Where the four bytes of a word begin: 1 x 4 x 1.
    shifts: Tensor<3, Int>,
}

impl Pictures {
    /// For a GPU.
    pub(super) fn new(dataset: &Dataset, device: &Device) -> Self {
        let side = dataset.side() as usize;
        let fits = dataset.len() * 3 * side * side <= LARGEST;
        let resident = fits.then(|| {
            let all: Vec<i32> = (0..dataset.len()).flat_map(|i| words(dataset.picture(i), side)).collect();
            let shape = [dataset.len(), all.len() / dataset.len().max(1)];
            upload_int(all, shape, device)
        });
        Self { resident, shifts: upload_int(vec![0, 8, 16, 24], [1, 4, 1], device) }
    }

    /// The pictures of `picks`, B x 3 x side x side, values `byte / 127.5 - 1`.
    pub(super) fn batch(&self, dataset: &Dataset, picks: &[Pick]) -> Tensor<4> {
        let (count, side) = (picks.len(), dataset.side() as usize);
        let device = self.shifts.device();
        let words = match &self.resident {
            Some(all) => {
                let numbers = picks.iter().map(|pick| pick.index as i32).collect();
                all.clone().select(0, upload_int(numbers, [count], &device))
            }
            None => {
                let batch: Vec<i32> = picks.iter().flat_map(|p| words(dataset.picture(p.index), side)).collect();
                let shape = [count, batch.len() / count.max(1)];
                upload_int(batch, shape, &device)
            }
        };
        let [_, length] = words.dims();
        let bytes = words.reshape([count, 1, length]).bitwise_right_shift(self.shifts.clone()).bitwise_and_scalar(255);
        let pictures = (bytes.float() / 127.5 - 1.0).reshape([count, 3, side, side]);
        if picks.iter().all(|pick| !pick.mirror) {
            return pictures;
        }
        // Exact, because one of the two has the factor 0.
        let mirrored: Vec<f32> = picks.iter().map(|pick| f32::from(u8::from(pick.mirror))).collect();
        let mirrored = upload(mirrored, [count, 1, 1, 1], &device);
        let kept = mirrored.clone() * -1.0 + 1.0;
        pictures.clone() * kept + pictures.flip([3]) * mirrored
    }
}

/// The words of a picture whose bytes are in the order row, column, channel. A picture has a number of bytes that four
/// divides, because its side is even.
fn words(rgb: &[u8], side: usize) -> Vec<i32> {
    let plane = side * side;
    let byte = |i: usize| rgb[i % plane * 3 + i / plane];
    let count = 3 * plane / 4;
    (0..count).map(|j| i32::from_le_bytes([0, 1, 2, 3].map(|quarter| byte(quarter * count + j)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::DataConfig;
    use crate::data::{Batcher, DataHome};
    use crate::interrupt::JobControl;

    /// The same batches as those that are filled on the host, to the bit: with and without the set on the device.
    #[test]
    fn batches_are_those_of_the_host() {
        let folder = tempfile::tempdir().unwrap();
        let config = DataConfig { demo_count: 9, ..DataConfig::default() };
        let dataset = Dataset::prepare(&config, 32, &DataHome::at(folder.path()), JobControl::unattended()).unwrap();
        let mut batcher = Batcher::new((0..dataset.len() as u32).collect(), 6, 3, true);
        let mut pictures = Pictures::new(&dataset, &Device::flex());
        for step in 0..4 {
            if step == 2 {
                pictures.resident = None;
            }
            let mut expected = Vec::new();
            batcher.fill(&dataset, step, &mut expected);
            let picks = batcher.picks(step);
            assert!(picks.iter().any(|pick| pick.mirror));
            let found = pictures.batch(&dataset, &picks);
            assert_eq!(found.dims(), [6, 3, 32, 32]);
            assert_eq!(found.into_data().try_into_vec::<f32>().unwrap(), expected);
        }
    }
}
