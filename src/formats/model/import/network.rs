//! The layers of a module, sorted by what a generator does with them.

use super::layers::ForeignLayer;
use std::collections::BTreeMap;

/// Where inputs and outputs stand in the shape of the weight of a transposed convolution, and of a plain one.
const TRANSPOSED: [usize; 2] = [0, 1];
pub(super) const PLAIN: [usize; 2] = [1, 0];

/// The layers of a module, as far as a generator has such.
pub(super) struct Network<'a> {
    /// With weights of four dimensions, in the order in which they follow each other.
    pub convolutions: Vec<&'a ForeignLayer<'a>>,
    /// With weights of two dimensions.
    pub dense: Vec<&'a ForeignLayer<'a>>,
    pub norms: Vec<&'a ForeignLayer<'a>>,
    /// Our gates, by the name that we give them.
    pub gates: BTreeMap<String, (&'a str, &'a [usize])>,
    pub other: Vec<&'a ForeignLayer<'a>>,
}

impl<'a> Network<'a> {
    pub(super) fn of(layers: impl Iterator<Item = &'a ForeignLayer<'a>>, module: &str) -> Self {
        let mut network = Self {
            convolutions: Vec::new(),
            dense: Vec::new(),
            norms: Vec::new(),
            gates: BTreeMap::new(),
            other: Vec::new(),
        };
        for layer in layers {
            let own = layer.path.get(module.len()..).unwrap_or_default().trim_start_matches('.');
            if own.starts_with("gate.") {
                let tensors = layer.tensors().map(|(kind, name, shape)| (format!("{own}.{kind}"), (name, shape)));
                network.gates.extend(tensors);
            } else if layer.weight(4).is_some() {
                network.convolutions.push(layer);
            } else if layer.weight(2).is_some() {
                network.dense.push(layer);
            } else if layer.normalises().is_some() {
                network.norms.push(layer);
            } else {
                network.other.push(layer);
            }
        }
        // Names may say little about the order (`first`, `last`); the channels get fewer.
        if !network.draws() && !network.follows(PLAIN) {
            let names = network.convolutions.clone();
            network.convolutions.sort_by_key(|layer| std::cmp::Reverse(weight(layer).1[1]));
            if !network.draws() {
                network.convolutions = names;
            }
        }
        network
    }

    /// Whether each convolution takes what the one before it gives, if they are all [`TRANSPOSED`] or all [`PLAIN`].
    pub(super) fn follows(&self, [inputs, outputs]: [usize; 2]) -> bool {
        self.convolutions.windows(2).all(|pair| weight(pair[0]).1[outputs] == weight(pair[1]).1[inputs])
    }

    /// Whether its convolutions are those of a generator: transposed ones that end with colours.
    pub(super) fn draws(&self) -> bool {
        self.follows(TRANSPOSED) && self.convolutions.last().is_some_and(|last| colours(weight(last).1[1]))
    }

    /// The names in the file of all tensors.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        let layers = [&self.dense, &self.convolutions, &self.norms, &self.other].into_iter().flatten();
        layers.flat_map(|layer| layer.names()).chain(self.gates.values().map(|(name, _)| *name))
    }

    /// How much it is like a generator.
    pub(super) fn likeness(&self) -> u8 {
        match (self.convolutions.first(), self.convolutions.last()) {
            (Some(first), Some(_)) if self.follows(PLAIN) && colours(weight(first).1[1]) => 0,
            (Some(_), Some(last)) if self.convolutions.len() > 1 && colours(weight(last).1[1]) => {
                if self.draws() {
                    3
                } else {
                    2
                }
            }
            _ => 1,
        }
    }
}

pub(super) fn colours(channels: usize) -> bool {
    channels == 3 || channels == 1
}

/// Name and shape of the weight of a layer that has one.
pub(super) fn weight<'a>(layer: &ForeignLayer<'a>) -> (&'a str, &'a [usize]) {
    layer.get("weight").unwrap_or_default()
}
