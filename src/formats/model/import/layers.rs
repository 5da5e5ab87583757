//! The layers in a file: its tensors by the module that they belong to, and which of them follow each other.

use super::super::file::Shapes;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// PyTorch counts batches in each normalisation layer; pictures do not depend on it.
const COUNTER: &str = "num_batches_tracked";
/// Modules are not nested deeper than that.
const MAX_PARTS: usize = 32;

/// The tensors of one module.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ForeignLayer<'a> {
    /// Its name, such as `gen.3.0`.
    pub path: &'a str,
    /// `weight`, `bias`, ... to the name in the file and the shape.
    tensors: BTreeMap<&'a str, (&'a str, &'a [usize])>,
}

impl<'a> ForeignLayer<'a> {
    /// The name and the shape of a tensor of it.
    pub(super) fn get(&self, kind: &str) -> Option<(&'a str, &'a [usize])> {
        self.tensors.get(kind).copied()
    }

    /// Name and shape of the weight, if it has so many dimensions.
    pub(super) fn weight(&self, dimensions: usize) -> Option<(&'a str, &'a [usize])> {
        self.get("weight").filter(|(_, shape)| shape.len() == dimensions)
    }

    /// Channels, if it is a batch normalisation.
    pub(super) fn normalises(&self) -> Option<usize> {
        self.get("running_mean").or(self.get("running_var")).map(|(_, shape)| shape.iter().product())
    }

    /// All names in the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &'a str> {
        self.tensors.values().map(|(name, _)| *name)
    }

    /// Every tensor: its kind, its name and its shape.
    pub(super) fn tensors(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a [usize])> {
        self.tensors.iter().map(|(kind, (name, shape))| (*kind, *name, *shape))
    }
}

/// All layers, in the order of their names: numbers in them by their value.
pub(super) fn layers(shapes: &Shapes) -> Vec<ForeignLayer<'_>> {
    let mut found: BTreeMap<&str, ForeignLayer> = BTreeMap::new();
    for (name, shape) in shapes {
        let Some((path, kind)) = name.rsplit_once('.') else { continue };
        if kind != COUNTER && path.split('.').count() <= MAX_PARTS {
            let layer = found.entry(path).or_insert_with(|| ForeignLayer { path, tensors: BTreeMap::new() });
            layer.tensors.insert(kind, (name, shape));
        }
    }
    let mut layers: Vec<ForeignLayer> = found.into_values().collect();
    layers.sort_by(|a, b| natural(a.path, b.path));
    layers
}

/// Every module that holds others, with the indices of all layers in it. A layer's own name holds it too: nothing tells
/// a file of one layer from a module of one.
pub(super) fn modules<'a>(layers: &[ForeignLayer<'a>]) -> BTreeMap<&'a str, Vec<usize>> {
    let mut found: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, layer) in layers.iter().enumerate() {
        let mut module = layer.path;
        while let Some((outer, _)) = module.rsplit_once('.') {
            found.entry(outer).or_default().push(i);
            module = outer;
        }
        found.entry("").or_default().push(i);
    }
    found
}

/// `a9` before `a10`.
fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let ((first_a, rest_a), (first_b, rest_b)) = (run(a), run(b));
        let order = match (first_a.parse::<u64>(), first_b.parse::<u64>()) {
            (Ok(a), Ok(b)) => a.cmp(&b),
            _ => first_a.cmp(first_b),
        };
        if order != Ordering::Equal || first_a.is_empty() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
}

/// The digits, or what is none, that a text begins with.
fn run(text: &str) -> (&str, &str) {
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| c.is_ascii_digit() != digits).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_stand_in_the_order_of_their_numbers() {
        let names = ["gen.10.0.weight", "gen.2.0.weight", "gen.2.1.bias", "gen.2.1.num_batches_tracked", "z"];
        let shapes: Shapes = names.iter().map(|name| ((*name).to_owned(), vec![2])).collect();
        let layers = layers(&shapes);
        assert_eq!(layers.iter().map(|l| l.path).collect::<Vec<_>>(), ["gen.2.0", "gen.2.1", "gen.10.0"]);
        let modules = modules(&layers);
        assert_eq!(modules.get("gen"), Some(&vec![0, 1, 2]));
        assert_eq!(modules.get("gen.2"), Some(&vec![0, 1]));
        assert_eq!(modules.len(), 4);
        assert_eq!(natural("deconv2_bn", "deconv10"), Ordering::Less);
        assert_eq!(natural("a", "a1"), Ordering::Less);
    }
}
