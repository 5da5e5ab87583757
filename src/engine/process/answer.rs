//! What the engine's process says.

use crate::engine::explore::LiveWeights;
use crate::engine::protocol::event::Event;
use crate::files::exact_path;
use crate::model::{NamedTensor, SavedGenerator};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// The most bytes of a request: decisions about a hundred thousand pictures are some MB.
pub(super) const REQUEST: u32 = 64 << 20;
/// The most bytes of an answer: all pictures of a folder, where they could not be kept on disk.
pub(super) const ANSWER: u32 = 1 << 30;

/// What the engine's process sends.
#[derive(Serialize, Deserialize)]
pub(super) enum Answer {
    Event(Box<Event>),
    /// The newest weights of the run, for the explorer.
    Weights(Box<WeightsMessage>),
}

/// See [`LiveWeights`].
#[derive(Serialize, Deserialize)]
pub(super) struct WeightsMessage {
    config: crate::config::ModelConfig,
    step: u64,
    notice: String,
    tensors: Vec<TensorMessage>,
    #[serde(with = "exact_path")]
    folder: PathBuf,
    seed: u64,
    watched: bool,
}

#[derive(Serialize, Deserialize)]
struct TensorMessage {
    name: String,
    shape: Vec<usize>,
    /// Little-endian numbers of 32 bits.
    #[serde(with = "serde_bytes")]
    values: Vec<u8>,
}

impl From<LiveWeights> for WeightsMessage {
    fn from(LiveWeights { saved, folder, seed, watched }: LiveWeights) -> Self {
        let SavedGenerator { config, tensors, step, notice } = saved;
        let tensor = |NamedTensor { name, shape, values }| TensorMessage {
            name,
            shape,
            values: values.into_iter().flat_map(f32::to_le_bytes).collect(),
        };
        Self { config, step, notice, tensors: tensors.into_iter().map(tensor).collect(), folder, seed, watched }
    }
}

impl WeightsMessage {
    /// The weights; none where they are not those of a generator with these settings.
    pub(super) fn open(self) -> Option<LiveWeights> {
        let Self { config, step, notice, tensors, folder, seed, watched } = self;
        let number = |bytes: &[u8]| f32::from_le_bytes(bytes.try_into().unwrap_or_default());
        let find = |name: &str| {
            let tensor = tensors.iter().find(|tensor| tensor.name == name)?;
            Some((tensor.shape.clone(), tensor.values.chunks_exact(4).map(number).collect()))
        };
        let saved = SavedGenerator::collect(config, step, find).ok()?;
        Some(LiveWeights { saved: SavedGenerator { notice, ..saved }, folder, seed, watched })
    }
}
