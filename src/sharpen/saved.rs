//! The file `sharpen.safetensors`: the network's numbers, and a card that says what they are for.

use super::measure::SharpenMeasures;
use super::network::SharpenNetwork;
use super::sharpener::Sharpener;
use crate::compute::{DeviceError, read, upload};
use crate::formats::{ModelFileError, read_entry, write_entry};
use crate::model::{NamedTensor, Weights, check_values};
use crate::printable::hex;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format that this program writes and the newest that it reads.
const FORMAT: u32 = 1;
/// The one entry of the file's metadata.
const CARD: &str = "purrtrait-sharpen";
/// How many times larger a network can make a picture.
const FACTORS: [u32; 3] = [2, 4, 8];
/// Sides of the pictures that generators make, in pixels.
const SIDES: std::ops::RangeInclusive<u32> = 16..=256;

/// What the file says about itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct SharpenCard {
    /// Version of this format, 1.
    pub format: u32,
    /// Version of the program that wrote the file.
    pub program: String,
    /// How many times larger its result is: 2, 4 or 8.
    pub factor: u32,
    /// Side of the pictures that it was trained to enlarge, in pixels.
    pub side: u32,
    /// Steps of its training.
    pub steps: u64,
    /// Pictures that it was trained on.
    pub pictures: u32,
    /// Sixteen hexadecimal digits that name the settings of its training and of the pictures.
    pub settings: String,
    /// What it reaches on pictures that it was not trained on; none where there were none.
    pub measures: Option<SharpenMeasures>,
    /// Licence and credit; may be empty.
    #[serde(default)]
    pub notice: String,
}

impl SharpenCard {
    /// Of a network that will be trained with settings of this name.
    pub(crate) fn new(factor: u32, side: u32, settings: String) -> Self {
        Self {
            format: FORMAT,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            factor,
            side,
            steps: 0,
            pictures: 0,
            settings,
            measures: None,
            notice: String::new(),
        }
    }
}

/// A trained network on the host.
#[derive(Debug, Clone, PartialEq)]
pub struct SavedSharpener {
    pub(crate) card: SharpenCard,
    /// In the order of the network's layout.
    pub(super) tensors: Vec<NamedTensor>,
}

impl SavedSharpener {
    /// A network before its training, which enlarges pictures of this side as is done without one: `factor` times, 2, 4
    /// or 8.
    pub fn untrained(factor: u32, side: u32) -> Self {
        let layout = SharpenNetwork::new(factor as usize).layout;
        let weights = layout.init(0, 0, &Device::flex());
        let values = weights.params.into_iter().map(|p| p.into_data().try_into_vec::<f32>().unwrap_or_default());
        let named = |((name, shape), values): ((&str, Vec<usize>), Vec<f32>)| NamedTensor {
            name: name.to_owned(),
            shape,
            values,
        };
        let tensors = layout.names().zip(values).map(named).collect();
        let card = SharpenCard::new(factor, side, String::new());
        Self { card, tensors }
    }

    /// Reads the weights back from their device.
    ///
    /// # Errors
    /// A device that fails.
    pub(super) fn of(network: &SharpenNetwork, weights: &Weights, card: SharpenCard) -> Result<Self, DeviceError> {
        let values = read(weights.params.clone())?;
        let names = network.layout.names().map(|(name, shape)| (name.to_owned(), shape));
        let tensors = names.zip(values).map(|((name, shape), values)| NamedTensor { name, shape, values }).collect();
        Ok(Self { card, tensors })
    }

    /// What a file holds.
    ///
    /// # Errors
    /// In words: damaged, of a newer version, of another network, or numbers that no training leads to.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let (text, found) = read_entry(bytes, CARD)?;
        let damaged = |e: serde_json::Error| format!("the description of the sharpening network is damaged ({e})");
        // The version first: a newer description may look different.
        let version: Version = serde_json::from_str(&text).map_err(damaged)?;
        if version.format > FORMAT {
            let format = version.format;
            return Err(format!("it was written by a newer version of Purrtrait (format {format}); update Purrtrait"));
        }
        let card: SharpenCard = serde_json::from_str(&text).map_err(damaged)?;
        let SharpenCard { factor, side, .. } = card;
        if !FACTORS.contains(&factor) || !SIDES.contains(&side) || !side.is_power_of_two() {
            return Err(format!("it claims to make pictures of {side} px {factor} times larger, which none does"));
        }
        let take = |(name, shape): (&str, Vec<usize>)| {
            let tensor = found.iter().find(|tensor| tensor.name == name);
            let tensor = tensor.ok_or_else(|| format!("{name} is missing"))?;
            if tensor.shape != shape {
                return Err(format!("{name} has the shape {:?}, the network has {shape:?}", tensor.shape));
            }
            check_values(name, &tensor.values).map_err(|e| e.to_string())?;
            Ok(tensor.clone())
        };
        let tensors = SharpenNetwork::new(factor as usize).layout.names().map(take).collect::<Result<_, _>>()?;
        Ok(Self { card, tensors })
    }

    /// The file's bytes; equal networks give equal bytes.
    ///
    /// # Errors
    /// Numbers that do not fit the file format.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelFileError> {
        write_entry(&self.tensors, CARD, serde_json::to_string(&self.card).map_err(ModelFileError::unfit)?)
    }

    /// How many numbers it learned.
    pub(crate) fn parameters(&self) -> usize {
        self.tensors.iter().map(|tensor| tensor.values.len()).sum()
    }

    /// Whether it was measured to be better than enlarging without it.
    pub(crate) fn is_better(&self) -> bool {
        self.card.measures.is_some_and(|measures| measures.is_better())
    }

    /// Sixteen hexadecimal digits that tell networks apart: SHA-256 over the numbers.
    pub(crate) fn hash(&self) -> String {
        let mut hasher = Sha256::new();
        for value in self.tensors.iter().flat_map(|tensor| &tensor.values) {
            hasher.update(value.to_le_bytes());
        }
        hex(&hasher.finalize()[..8])
    }

    /// Ready to enlarge pictures on a device.
    pub(crate) fn open(&self, device: &Device) -> Sharpener {
        let flat = |tensor: &NamedTensor| upload(tensor.values.clone(), [tensor.values.len()], device);
        let params = self.tensors.iter().map(flat).collect();
        Sharpener::new(SharpenNetwork::new(self.card.factor as usize), params, self.hash(), device)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::random;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for factor in FACTORS {
            let saved = random(factor);
            let bytes = saved.to_bytes().unwrap();
            let again = SavedSharpener::from_bytes(&bytes).unwrap();
            assert_eq!(again, saved);
            assert_eq!((again.hash(), again.to_bytes().unwrap()), (saved.hash(), bytes));
        }
    }

    #[test]
    fn a_file_of_something_else_is_refused_with_the_reason() {
        let says = |change: fn(&mut SavedSharpener)| {
            let mut saved = random(4);
            change(&mut saved);
            SavedSharpener::from_bytes(&saved.to_bytes().unwrap()).unwrap_err()
        };
        let claim = says(|saved| saved.card.factor = 3);
        assert!(claim.contains("3 times larger"), "{claim}");
        assert!(says(|saved| saved.card.side = 1 << 31).contains("px"));
        let other = says(|saved| saved.card.factor = 8);
        assert!(other.contains("tail.weight has the shape"), "{other}");
        assert!(says(|saved| drop(saved.tensors.remove(0))).contains("head.weight is missing"));
        assert!(says(|saved| saved.tensors[0].values[3] = f32::NAN).contains("finite"));
        assert!(SavedSharpener::from_bytes(b"no such file").is_err());
        // Tensors that nobody calls a sharpening network are none.
        let other = write_entry(&random(4).tensors, "other", "{}".to_owned()).unwrap();
        assert_eq!(SavedSharpener::from_bytes(&other).unwrap_err(), "it is no purrtrait-sharpen file");
    }
}
