//! How much of a GPU's memory a training takes, estimated from shapes before anything is made.

use crate::config::RunConfig;
use crate::model::{Discriminator, Generator};

/// A number of 32 bits.
const BYTES: f64 = 4.0;

/// Bytes that the device's allocator will hold for a training with these settings on so many pictures.
pub(crate) fn device_memory(config: &RunConfig, pictures: usize) -> u64 {
    let (generator, discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
    let parameters = [generator.layout().parameter_count(), discriminator.layout().parameter_count()];
    let maps = [generator.map_values(), discriminator.map_values()];
    let values = (2.0 * 5.0) * (parameters[0] + parameters[1]) as f64
        + f64::from(config.batch) * (3.0 * maps[0] as f64 + 6.0 * maps[1] as f64);
    let resident = pictures as u64 * 3 * u64::from(config.model.size) * u64::from(config.model.size);
    (values * BYTES) as u64 + resident
}
