//! What a trainer asks of the other members of its team, and what they answer. It may come from another machine:
//! [`super::member`] and [`super::Team`] believe nothing of it.

use crate::compute::upload;
use crate::config::Tunables;
use crate::model::{Layout, Weights};
use burn::tensor::{Device, Tensor};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

/// One of the two networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Network {
    Generator,
    Discriminator,
}

/// All numbers of a network, or all their gradients, one tensor after the other. Cloning copies none; in a message they
/// are bytes, the least significant first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Flat(pub Arc<Vec<f32>>);

impl Flat {
    pub(crate) fn new(values: Vec<f32>) -> Self {
        Self(Arc::new(values))
    }
}

impl Serialize for Flat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|value| value.to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Flat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: Vec<u8> = serde_bytes::deserialize(deserializer)?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(D::Error::custom("numbers that are cut off"));
        }
        Ok(Self::new(numbers.iter().map(|number| f32::from_le_bytes(*number)).collect()))
    }
}

/// What a member is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Order {
    /// The live settings, from the next update on.
    Settings(Box<Tunables>),
    /// What a network has learnt: its parameters, then its running statistics.
    Weights(Network, Flat),
    Judge(Judge),
    /// The generator's half for the pictures that were judged last: its gradients, of the loss times this scale. The
    /// discriminator has learnt in between.
    Teach {
        scale: f64,
    },
}

/// One update of the discriminator: the gradients of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(crate) struct Judge {
    /// Number of the update, which decides the pictures, latents and changes.
    pub batch: u64,
    /// Share of the pictures that are augmented.
    pub strength: f32,
    /// How far colours change, of what the policy allows.
    pub colours: f32,
    /// What the loss is multiplied by.
    pub scale: f64,
    /// The generator's half follows.
    pub both: bool,
}

/// What a member has found. All are means over its slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// The gradients of the discriminator, its loss, its logits of the real and then of the generated pictures, and its
    /// running statistics.
    Judged { gradients: Flat, loss: f32, logits: Flat, stats: Flat },
    /// The gradients of the generator, its loss and its running statistics.
    Taught { gradients: Flat, loss: f32, stats: Flat },
}

/// Numbers in all tensors of a network, its parameters and its running statistics.
pub(crate) fn lengths(layout: &Layout) -> [usize; 2] {
    [layout.parameter_count(), layout.stats.iter().map(|stat| stat.len).sum()]
}

/// The numbers as tensors of the network; none if there are more or fewer.
pub(crate) fn weights(layout: &Layout, values: &[f32], device: &Device) -> Option<Weights> {
    if values.len() != lengths(layout).iter().sum::<usize>() {
        return None;
    }
    let mut rest = values;
    let mut next = |count: usize| {
        let (these, others) = rest.split_at(count);
        rest = others;
        upload(these.to_vec(), [count], device)
    };
    let params = layout.params.iter().map(|param| next(param.shape.iter().product())).collect();
    let stats = layout.stats.iter().map(|stat| next(stat.len)).collect();
    Some(Weights { params, stats })
}

/// All tensors in one; none of none.
pub(crate) fn joined<'a>(tensors: impl Iterator<Item = &'a Tensor<1>>) -> Option<Tensor<1>> {
    let all: Vec<_> = tensors.cloned().collect();
    (!all.is_empty()).then(|| Tensor::cat(all, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_travel_to_the_bit() {
        let values = vec![0.0, -1.5, f32::MIN_POSITIVE, f32::INFINITY, 3.0e38];
        let order = Order::Weights(Network::Generator, Flat::new(values));
        let mut bytes = Vec::new();
        ciborium::into_writer(&order, &mut bytes).unwrap();
        assert!(bytes.len() < 60, "four bytes a number: {}", bytes.len());
        let back: Order = ciborium::from_reader(&bytes[..]).unwrap();
        assert_eq!(back, order);
        let at = bytes.windows(1).position(|byte| byte[0] == 0x54).unwrap();
        bytes[at] = 0x53;
        bytes.pop();
        assert!(ciborium::from_reader::<Order, _>(&bytes[..]).is_err(), "a number that is cut off");
    }
}
