//! What the parts of a batch have found, added up: parts of several devices, or one after the other of one.

use crate::model::{Layout, StatShape};
use burn::tensor::Tensor;

/// Gradients and running statistics; each part counts as its pictures do.
pub(super) struct Sum<'a> {
    layout: &'a Layout,
    pub gradients: Vec<Option<Tensor<1>>>,
    pub stats: Vec<Tensor<1>>,
}

impl<'a> Sum<'a> {
    /// Begins with the first part. `weight` is the part of all pictures that it has.
    pub(super) fn new(
        layout: &'a Layout,
        gradients: Vec<Option<Tensor<1>>>,
        stats: Vec<Tensor<1>>,
        weight: f64,
    ) -> Self {
        let gradients = gradients.into_iter().map(|own| own.map(|own| own * weight)).collect();
        let weighted = |(own, shape): (Tensor<1>, &StatShape)| if shape.is_mean() { own * weight } else { own };
        let stats = stats.into_iter().zip(&layout.stats).map(weighted).collect();
        Self { layout, gradients, stats }
    }

    /// Adds another one.
    pub(super) fn add(
        &mut self,
        gradients: impl Iterator<Item = Option<Tensor<1>>>,
        stats: impl Iterator<Item = Tensor<1>>,
        weight: f64,
    ) {
        for (own, other) in self.gradients.iter_mut().zip(gradients) {
            // What does not depend on the pictures has no gradient in any part.
            *own = own.take().zip(other).map(|(own, other)| own + other * weight);
        }
        for ((own, other), shape) in self.stats.iter_mut().zip(stats).zip(&self.layout.stats) {
            // Directions follow from the weights alone, so all parts have the same.
            if shape.is_mean() {
                *own = own.clone() + other * weight;
            }
        }
    }
}
