//! The real pictures where training needs them.
//!
//! On the CPU a batch is filled from the cache. On a GPU the whole set is brought there once, as bytes, and a batch is
//! a list of numbers: of pictures, and of those that are mirrored. A set that is too large for that is brought batch by
//! batch, still as bytes, a quarter of what numbers would take.

use crate::compute::{gpu, upload_int};
use crate::data::{Dataset, Pick};
use burn::tensor::{Device, Int, Tensor};

/// A set that takes more than this stays on the host (512 MiB: 43,690 pictures of 64 px).
const LARGEST: usize = 1 << 29;

/// Pictures as words of four bytes, because shaders know no bytes; a batch is taken apart on the device.
pub(super) struct Pictures {
    /// N x words, if the set fits.
    resident: Option<Tensor<2, Int>>,
    device: Device,
}

impl Pictures {
    /// For a GPU.
    pub(super) fn new(dataset: &Dataset, device: &Device) -> Self {
        let side = dataset.side() as usize;
        let fits = dataset.len() * 3 * side * side <= LARGEST;
        let resident = fits.then(|| words(dataset, 0..dataset.len(), device));
        Self { resident, device: device.clone() }
    }

    /// What has to be sent for a batch: two numbers for each picture, which one it is and whether it is mirrored.
    pub(super) fn numbers(&self, picks: &[Pick]) -> Vec<f32> {
        // Exact: a set that is resident has fewer than 2^24 pictures, and so has a batch.
        let index = |(place, pick): (usize, &Pick)| if self.resident.is_some() { pick.index } else { place };
        let each = picks.iter().enumerate().map(|(place, pick)| (index((place, pick)), pick.mirror));
        each.flat_map(|(index, mirror)| [index as f32, f32::from(u8::from(mirror))]).collect()
    }

    /// The pictures of `picks`, B x 3 x side x side, values `byte / 127.5 - 1`; `numbers` has theirs from `first` on.
    pub(super) fn batch(&self, dataset: &Dataset, picks: &[Pick], numbers: &Tensor<1>, first: usize) -> Tensor<4> {
        let bytes = match &self.resident {
            Some(all) => all.clone(),
            None => words(dataset, picks.iter().map(|pick| pick.index), &self.device),
        };
        gpu::pictures(bytes, numbers, first, picks.len(), dataset.side() as usize)
    }
}

/// These pictures on the device, one a row. Four divides the number of a picture's bytes, because its side is even.
fn words(dataset: &Dataset, indices: impl ExactSizeIterator<Item = usize>, device: &Device) -> Tensor<2, Int> {
    let (count, side) = (indices.len(), dataset.side() as usize);
    let all = indices.flat_map(|i| dataset.picture(i).as_chunks().0.iter().map(|four| i32::from_le_bytes(*four)));
    upload_int(all.collect(), [count, 3 * side * side / 4], device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compute::{any_gpu, upload};
    use crate::config::DataConfig;
    use crate::data::{Batcher, DataHome};
    use crate::interrupt::JobControl;

    /// The same batches as those that are filled on the host: with and without the set on the device.
    #[test]
    fn batches_are_those_of_the_host() {
        let Some(gpu) = any_gpu() else { return };
        let folder = tempfile::tempdir().unwrap();
        let config = DataConfig { demo_count: 9, ..DataConfig::default() };
        let dataset = Dataset::prepare(&config, 32, &DataHome::at(folder.path()), JobControl::unattended()).unwrap();
        let mut batcher = Batcher::new((0..dataset.len() as u32).collect(), 6, 3, true);
        let mut pictures = Pictures::new(&dataset, gpu.device());
        for step in 0..4 {
            if step == 2 {
                pictures.resident = None;
            }
            let mut expected = Vec::new();
            let picks = batcher.picks(step);
            Batcher::fill(&dataset, &picks, &mut expected);
            assert!(picks.iter().any(|pick| pick.mirror));
            // Not at the beginning of what is sent.
            let numbers = [vec![7.0; 5], pictures.numbers(&picks)].concat();
            let numbers = upload(numbers.clone(), [numbers.len()], gpu.device());
            let found = pictures.batch(&dataset, &picks, &numbers, 5);
            assert_eq!(found.dims(), [6, 3, 32, 32]);
            let found = found.into_data().try_into_vec::<f32>().unwrap();
            assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6));
        }
    }
}
