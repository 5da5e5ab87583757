//! The map behind the explorer's pad: small pictures at whole coordinates.

use crate::engine::{Latent, LatentSpec};
use crate::pixels::Frame;
use std::collections::HashMap;
use std::sync::Arc;

/// A node of the map behind the pad: its column and its row.
pub(crate) type Node = (i64, i64);

/// The name that requests for the map carry.
pub(crate) const MAP: &str = "map";

/// The name that requests for the strips carry.
pub(crate) const STRIPS: &str = "strips";

/// What the map shows. Pictures of one kind have nothing to do on another.
#[derive(Debug, Clone, PartialEq)]
pub enum MapKind {
    Plane {
        seed: u64,
    },
    Directions {
        base: Latent,
        axes: [usize; 2],
        others: Vec<f64>,
    },
    /// A row for each of so many directions, with the base in column 0.
    Strips {
        base: Latent,
        count: usize,
    },
}

/// The small pictures behind the pad.
#[derive(Debug, Default)]
pub struct MapSheet {
    kind: Option<MapKind>,
    psi: f64,
    weights: u64,
    stamp: u64,
    asked: Vec<Node>,
    /// The flag tells those that are made with the weights and the truncation of now.
    pictures: HashMap<Node, (Arc<Frame>, bool)>,
}

impl MapSheet {
    /// The picture of a node, once it has arrived.
    pub fn get(&self, node: Node) -> Option<&Arc<Frame>> {
        self.pictures.get(&node).map(|(frame, _)| frame)
    }

    /// The number of the newest request; answers to older ones are dropped.
    pub fn stamp(&self) -> u64 {
        self.stamp
    }

    /// Which of these nodes to ask for now, if there is any need to ask. Pictures of all other nodes are dropped.
    fn needs(&mut self, kind: &MapKind, psi: f64, weights: u64, nodes: &[Node]) -> Option<Vec<Node>> {
        if self.kind.as_ref() != Some(kind) {
            *self = Self { kind: Some(kind.clone()), stamp: self.stamp, ..Self::default() };
        }
        if self.psi != psi || self.weights != weights {
            (self.psi, self.weights) = (psi, weights);
            self.pictures.values_mut().for_each(|(_, fresh)| *fresh = false);
            self.asked.clear();
        }
        self.pictures.retain(|node, _| nodes.contains(node));
        let fresh = |node: &Node| self.pictures.get(node).is_some_and(|(_, fresh)| *fresh);
        let missing: Vec<Node> = nodes.iter().copied().filter(|node| !fresh(node)).collect();
        let on_the_way = missing.iter().all(|node| self.asked.contains(node));
        (!missing.is_empty() && !on_the_way).then_some(missing)
    }

    /// What to ask for so that the map shows these nodes: nodes and stamp.
    pub(crate) fn request(
        &mut self,
        kind: &MapKind,
        psi: f64,
        weights: u64,
        nodes: &[Node],
    ) -> Option<(u64, Vec<Node>)> {
        let missing = self.needs(kind, psi, weights, nodes)?;
        self.stamp += 1;
        self.asked = missing.clone();
        Some((self.stamp, missing))
    }

    /// The explorer had no room for the request: it will be made again.
    pub(crate) fn refused(&mut self) {
        self.asked.clear();
    }

    /// Another generator is open: no picture is of use any more.
    pub(crate) fn clear(&mut self) {
        self.pictures.clear();
    }

    /// Takes in pictures of a request, from the node `first` on; those of an older request are too late.
    pub(crate) fn insert(&mut self, stamp: u64, first: usize, pictures: Vec<(Latent, Arc<Frame>)>) {
        if stamp != self.stamp {
            return;
        }
        for (node, (_, frame)) in self.asked.iter().skip(first).zip(pictures) {
            self.pictures.insert(*node, (frame, true));
        }
    }
}

/// The points in latent space of these nodes of the map.
pub(crate) fn map_specs(kind: &MapKind, nodes: &[Node]) -> Vec<LatentSpec> {
    let spec = |&(x, y): &Node| match kind {
        MapKind::Plane { seed } => LatentSpec::Plane { seed: *seed, x: x as f64, y: y as f64 },
        MapKind::Directions { base, axes, others } => {
            let mut amounts = others.clone();
            for (axis, value) in axes.iter().zip([x, y]) {
                if let Some(amount) = amounts.get_mut(*axis) {
                    *amount = value as f64;
                }
            }
            LatentSpec::Shifted { base: base.clone(), amounts }
        }
        MapKind::Strips { base, count } => {
            let row = |i: usize| if i as i64 == y { x as f64 } else { 0.0 };
            LatentSpec::Shifted { base: base.clone(), amounts: (0..*count).map(row).collect() }
        }
    };
    nodes.iter().map(spec).collect()
}
