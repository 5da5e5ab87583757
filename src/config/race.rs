//! What two recipes that race have in common: otherwise it would not be seen which of the differences decided.

use super::param::SettingError;
use super::run::RunConfig;

/// Checks that two recipes can race: the same pictures, prepared and held out alike, in the same order, the same
/// latents in their sample grids, the same device, and the same end.
///
/// # Errors
/// The first setting in which they may not differ.
pub(crate) fn check_race(a: &RunConfig, b: &RunConfig) -> Result<(), SettingError> {
    let differs = |key: &'static str, is: bool, why: &str| {
        if is { Err(SettingError::new(key, format!("the two recipes of a race {why}"))) } else { Ok(()) }
    };
    let latents = "draw the same latents, so this may not differ";
    differs("pictures", a.data != b.data, "train on the same pictures, prepared alike: nothing of that may differ")?;
    differs("size", a.model.size != b.model.size, "draw pictures of the same size")?;
    differs("seed", a.seed != b.seed, "have the same seed: the same latents, and the same order of the pictures")?;
    differs("held-out", a.held_out != b.held_out, "hold out the same pictures")?;
    differs("latent-size", a.model.latent_size != b.model.latent_size, latents)?;
    differs("latent", a.model.latent != b.model.latent, latents)?;
    differs("sample-count", a.sample_count != b.sample_count, latents)?;
    differs("steps", a.max_steps != b.max_steps, "end at the same step")?;
    differs("epochs", a.max_epochs != b.max_epochs, "end at the same epoch")?;
    differs("device", a.place() != b.place(), "train in turns on the same device")?;
    let elsewhere = "train in turns on one device of this machine: choose one, and no worker or other machine";
    differs("device", !a.is_on_one_device_here(), elsewhere)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{CropMode, DeviceChoice};

    #[test]
    fn what_may_not_differ_is_named() {
        let a = RunConfig::default();
        let mut b = a.clone();
        (b.batch, b.tunables.lr_d, b.model.g_width) = (a.batch + 1, 1e-5, a.model.g_width / 2);
        assert!(check_race(&a, &b).is_ok(), "recipes differ");
        let refused = |change: fn(&mut RunConfig)| {
            let mut other = b.clone();
            change(&mut other);
            check_race(&a, &other).unwrap_err()
        };
        assert_eq!(refused(|c| c.seed += 1).key, "seed");
        assert_eq!(refused(|c| c.data.crop = CropMode::Stretch).key, "pictures");
        assert_eq!(refused(|c| c.held_out = 7.0).key, "held-out");
        assert_eq!(refused(|c| c.model.size *= 2).key, "size");
        assert_eq!(refused(|c| c.model.latent_size += 1).key, "latent-size");
        assert_eq!(refused(|c| c.sample_count += 1).key, "sample-count");
        assert_eq!(refused(|c| c.max_steps = 9).key, "steps");
        assert_eq!(refused(|c| c.device = DeviceChoice::Adapter(3)).key, "device");
        for place in ["ssh://box", "cpu,worker://box", "cpu,cpu"] {
            let mut there = a.clone();
            there.set_place(place.parse().unwrap());
            assert!(check_race(&there, &there.clone()).unwrap_err().to_string().contains("one device of this machine"));
        }
    }
}
