//! How much of a GPU's memory a training takes, estimated from shapes before anything is made.

use crate::config::{Precision, RunConfig};
use crate::model::{Discriminator, Generator};

/// Copies of the parameters of both networks: the state and the newest good one (weights, two moments and, of the
/// generator, the average), gradients, and what the allocator keeps beside them. This and the next two are fitted to
/// what the allocator of a software adapter held (docs/measurements.md, "Memory of a training"), which is how the
/// library divides memory everywhere.
const COPIES: f64 = 12.8;
/// Maps of the generator that are held at once, for each picture of a batch.
const GENERATOR_MAPS: f64 = 1.25;
/// The same of the discriminator.
const DISCRIMINATOR_MAPS: f64 = 0.75;
/// In mixed precision the share of what maps take in 32 bits: a half, and more where a gate computes in 32 bits on the
/// largest map of the generator, whose recipes have penalties in 32 bits, too.
const MIXED: f64 = 0.5;
const MIXED_WITH_GATE: f64 = 0.8;
/// Bytes that the allocator holds for whatever is small.
const SMALL: f64 = 11e6;
/// Of a number of 32 bits.
const BYTES: f64 = 4.0;

/// Bytes that the device's allocator will hold for a training with these settings on so many pictures; `auto` counts as
/// 32 bits.
pub(crate) fn device_memory(config: &RunConfig, pictures: usize) -> u64 {
    let (generator, discriminator) = (Generator::new(&config.model), Discriminator::new(&config.model));
    let parameters = (generator.layout().parameter_count() + discriminator.layout().parameter_count()) as f64;
    let share = match config.precision {
        Precision::Mixed if config.model.excitation => MIXED_WITH_GATE,
        Precision::Mixed => MIXED,
        Precision::F32 | Precision::Auto => 1.0,
    };
    let maps = share
        * (GENERATOR_MAPS * generator.map_values() as f64 + DISCRIMINATOR_MAPS * discriminator.map_values() as f64);
    let at_once = config.pictures_at_once();
    // The gradients of all pieces so far stay beside those of the next one.
    let copies = if at_once < config.batch { COPIES + 1.0 } else { COPIES };
    let values = copies * parameters + f64::from(at_once) * maps;
    let bytes = pictures as f64 * 3.0 * f64::from(config.model.size).powi(2);
    (values * BYTES + SMALL + bytes) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Preset;

    fn of(preset: &str, width: u32, batch: u32) -> RunConfig {
        let mut config = Preset::find(preset).unwrap().config();
        (config.model.g_width, config.model.d_width, config.batch) = (width, width, batch);
        config
    }

    /// What `purrtrait bench --device gpu` measured on a software adapter, with its 256 drawn cats.
    #[test]
    fn the_estimate_is_near_what_was_measured() {
        let measured = [
            ("quick-32", 8, 32, 20_340_640),
            ("quick-32", 16, 16, 20_342_374),
            ("quick-32", 32, 64, 62_285_414),
            ("classic-64", 8, 16, 30_957_984),
            ("classic-64", 16, 8, 51_928_480),
            ("modern-64", 8, 8, 41_751_200),
            ("modern-64", 8, 16, 52_238_080),
            ("modern-64", 8, 32, 83_695_744),
            ("modern-64", 16, 4, 84_742_656),
            ("modern-128", 8, 4, 119_370_560),
        ];
        let mixed = [
            ("quick-32", 32, 64, 46_498_688),
            ("classic-64", 16, 32, 57_104_096),
            ("modern-64", 8, 16, 46_913_440),
            ("modern-64", 8, 64, 119_500_000),
            ("modern-128", 8, 4, 105_655_840),
        ];
        let full = measured.into_iter().map(|measured| (Precision::F32, measured));
        let mixed = mixed.into_iter().map(|measured| (Precision::Mixed, measured));
        for (precision, (preset, width, batch, bytes)) in full.chain(mixed) {
            let config = RunConfig { precision, ..of(preset, width, batch) };
            let ratio = device_memory(&config, 256) as f64 / f64::from(bytes);
            println!("{preset}, width {width}, batch {batch}, {precision:?}: {ratio:.2} of what was measured");
            assert!((0.8..1.2).contains(&ratio), "{preset}, width {width}, batch {batch}, {precision:?}: {ratio}");
        }
    }

    #[test]
    fn every_preset_fits_a_card_of_eight_gigabytes_and_pictures_count() {
        for preset in crate::config::PRESETS {
            let needed = device_memory(&preset.config(), 2000);
            println!("{}: {:.2} GB", preset.name, needed as f64 / (1u64 << 30) as f64);
            assert!(needed < 7 << 30, "{}: {needed}", preset.name);
        }
        let few = of("modern-64", 16, 8);
        assert_eq!(device_memory(&few, 1010) - device_memory(&few, 1000), 10 * 3 * 64 * 64);
    }
}
