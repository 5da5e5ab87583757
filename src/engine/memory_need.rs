//! Whether a training fits into a graphics card's memory, said before it starts.

use crate::config::{DeviceInfo, RunConfig};
use crate::printable::gigabytes;
use crate::train::device_memory;

/// The share of a card's memory that a training can have: the desktop and other programs have the rest.
const SHARE: f64 = 0.9;

/// Memory that a training takes on a graphics card, by estimate (`train/memory`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct MemoryNeed {
    /// Bytes that the training takes.
    pub needed_bytes: u64,
    /// Bytes that the card has, where it tells.
    pub available_bytes: Option<u64>,
}

impl MemoryNeed {
    /// Of a run with these settings on so many pictures, on this device, the first if several share each batch; none
    /// on a CPU.
    pub fn new(config: &RunConfig, pictures: usize, device: &DeviceInfo) -> Option<Self> {
        let members = config.team.as_ref().map_or(1, |team| 1 + team.others().len());
        let slice = config.batch.div_ceil(members as u32);
        let needed_bytes = device_memory(&RunConfig { batch: slice, ..config.clone() }, pictures);
        (device.kind != "cpu").then_some(Self { needed_bytes, available_bytes: device.memory })
    }

    /// Whether the training will hardly fit.
    pub fn is_too_much(&self) -> bool {
        self.available_bytes.is_some_and(|available| self.needed_bytes as f64 > SHARE * available as f64)
    }

    /// In a sentence.
    pub fn sentence(&self) -> String {
        let needed = gigabytes(self.needed_bytes);
        match self.available_bytes.map(gigabytes) {
            None => format!("Takes about {needed} of the graphics card's memory."),
            Some(available) if self.is_too_much() => format!(
                "Takes about {needed} of memory, and the graphics card has {available}: choose fewer pictures at once, \
                 a smaller batch, narrower networks or smaller pictures."
            ),
            Some(available) => format!("Takes about {needed} of the graphics card's {available} of memory."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_fits() {
        let need = |needed: u64, available| MemoryNeed { needed_bytes: needed << 28, available_bytes: available };
        assert_eq!(need(6, None).sentence(), "Takes about 1.5 GB of the graphics card's memory.");
        let fits = need(6, Some(8 << 30));
        assert!(!fits.is_too_much());
        assert_eq!(fits.sentence(), "Takes about 1.5 GB of the graphics card's 8.0 GB of memory.");
        let large = need(31, Some(8 << 30));
        assert!(large.is_too_much());
        assert!(large.sentence().starts_with("Takes about 7.8 GB of memory, and the graphics card has 8.0 GB: choose"));
    }

    #[test]
    fn a_processor_needs_none_of_a_card() {
        let config = RunConfig::default();
        assert_eq!(MemoryNeed::new(&config, 100, &DeviceInfo::processor()), None);
        let card = DeviceInfo { kind: "discrete".into(), memory: Some(1 << 33), ..DeviceInfo::processor() };
        let of = |batch| MemoryNeed::new(&RunConfig { batch, ..config.clone() }, 100, &card).unwrap();
        assert!(of(64).needed_bytes > of(32).needed_bytes);
        let in_pieces = RunConfig { batch: 64, at_once: 16, ..config.clone() };
        let in_pieces = MemoryNeed::new(&in_pieces, 100, &card).unwrap().needed_bytes;
        assert!((of(16).needed_bytes..of(64).needed_bytes).contains(&in_pieces), "{in_pieces}");
        assert!(of(1024).is_too_much() || of(1024).needed_bytes > 4 * of(64).needed_bytes);
    }
}
