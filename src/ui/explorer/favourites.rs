//! Points that the person keeps, the canvas on which they lie, and arithmetic with them.

use super::history::ExplorePoint;
use crate::engine::{Latent, LatentSpec};
use crate::pixels::Frame;
use std::f32::consts::TAU;
use std::sync::Arc;

/// Favourites that can be kept: more do not fit on the canvas.
pub(crate) const MOST: usize = 8;
/// Examples on a side, and pictures in a slot of the arithmetic.
pub(crate) const EXAMPLES: usize = 3;

/// What a favourite is an example of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Example {
    Has,
    HasNot,
}

/// A point that the person keeps, with its picture.
#[derive(Debug, Clone)]
pub struct Favourite {
    pub point: ExplorePoint,
    pub frame: Arc<Frame>,
    /// Its position on the canvas, from 0 to 1.
    pub at: [f32; 2],
    pub example: Option<Example>,
    /// Its slot in A - B + C.
    pub slot: Option<usize>,
}

/// The favourites, where they lie on the canvas, and the slots of the arithmetic.
#[derive(Debug)]
pub struct Favourites {
    pub list: Vec<Favourite>,
    pub cursor: [f32; 2],
    pub selected: Option<usize>,
    /// The one that is being dragged on the canvas.
    pub grabbed: Option<usize>,
}

impl Default for Favourites {
    fn default() -> Self {
        Self { list: Vec::new(), cursor: [0.5; 2], selected: None, grabbed: None }
    }
}

impl Favourites {
    /// Keeps a point. False when it is kept already or there is no room.
    pub fn add(&mut self, point: &ExplorePoint, frame: &Arc<Frame>) -> bool {
        if self.list.len() >= MOST || self.holds(&point.latent) {
            return false;
        }
        let at = self.free_spot();
        self.list.push(Favourite { point: point.clone(), frame: frame.clone(), at, example: None, slot: None });
        self.selected = Some(self.list.len() - 1);
        true
    }

    /// Whether this latent is already a favourite.
    pub fn holds(&self, latent: &Latent) -> bool {
        self.list.iter().any(|f| f.point.latent == *latent)
    }

    /// What the generator makes now at a favourite's point.
    pub(crate) fn redrawn(&mut self, latent: &Latent, frame: &Arc<Frame>) {
        for favourite in self.list.iter_mut().filter(|f| f.point.latent == *latent) {
            favourite.frame = frame.clone();
        }
    }

    /// Removes a favourite by its position in the list.
    pub fn remove(&mut self, index: usize) {
        if index < self.list.len() {
            self.list.remove(index);
        }
        self.grabbed = None;
        self.selected =
            self.selected.map(|s| s.min(self.list.len().saturating_sub(1))).filter(|_| !self.list.is_empty());
    }

    /// The point under the cursor, between the favourites; needs two of them.
    pub fn spec(&self) -> Option<LatentSpec> {
        let points = self.list.iter().map(|f| (f.point.latent.clone(), f.at)).collect();
        (self.list.len() > 1).then_some(LatentSpec::Between { points, at: self.cursor })
    }

    pub(crate) fn examples(&self, example: Example) -> Vec<Latent> {
        self.list.iter().filter(|f| f.example == Some(example)).map(|f| f.point.latent.clone()).collect()
    }

    /// The latents that are in a slot of the arithmetic.
    pub fn slot(&self, slot: usize) -> Vec<Latent> {
        self.list.iter().filter(|f| f.slot == Some(slot)).map(|f| f.point.latent.clone()).collect()
    }

    /// A - B + C, once all three have a picture.
    pub(crate) fn arithmetic(&self) -> Option<LatentSpec> {
        let [a, b, c] = [0, 1, 2].map(|slot| self.slot(slot));
        (!a.is_empty() && !b.is_empty() && !c.is_empty()).then_some(LatentSpec::Arithmetic { a, b, c })
    }

    /// The spot on a circle that is farthest from all points.
    fn free_spot(&self) -> [f32; 2] {
        let spots = (0..MOST).map(|i| {
            let angle = TAU * (i as f32 / MOST as f32 - 0.25);
            [0.5 + 0.36 * angle.cos(), 0.5 + 0.36 * angle.sin()]
        });
        let nearest = |p: &[f32; 2]| {
            let far = |f: &Favourite| (f.at[0] - p[0]).powi(2) + (f.at[1] - p[1]).powi(2);
            self.list.iter().map(far).fold(f32::INFINITY, f32::min)
        };
        // Of equal ones the first: the order is the same on every computer.
        let mut best = ([0.5, 0.14], -1.0);
        for spot in spots {
            let far = nearest(&spot);
            if far > best.1 + 1e-4 {
                best = (spot, far);
            }
        }
        best.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(x: f32) -> ExplorePoint {
        let latent: Latent = vec![x].into();
        ExplorePoint { spec: LatentSpec::Latent(latent.clone()), latent, psi: 1.0 }
    }

    #[test]
    fn eight_favourites_lie_apart() {
        let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
        let mut favourites = Favourites::default();
        assert_eq!(favourites.spec(), None);
        for i in 0..MOST {
            assert!(favourites.add(&point(i as f32), &frame));
            assert!(!favourites.add(&point(i as f32), &frame), "it is kept already");
        }
        assert!(!favourites.add(&point(99.0), &frame), "there is no room");
        for (i, a) in favourites.list.iter().enumerate() {
            for b in &favourites.list[..i] {
                assert!((a.at[0] - b.at[0]).hypot(a.at[1] - b.at[1]) > 0.2);
            }
        }
        let Some(LatentSpec::Between { points, at }) = favourites.spec() else { panic!() };
        assert_eq!((points.len(), at), (MOST, [0.5; 2]));
        favourites.remove(7);
        assert_eq!((favourites.list.len(), favourites.selected), (7, Some(6)));
    }

    #[test]
    fn arithmetic_needs_all_three() {
        let frame = Arc::new(Frame::filled(1, 1, [0; 3]));
        let mut favourites = Favourites::default();
        for i in 0..3 {
            favourites.add(&point(i as f32), &frame);
            assert_eq!(favourites.arithmetic(), None);
            favourites.list[i].slot = Some(i);
        }
        let latent = |i: usize| vec![favourites.list[i].point.latent.clone()];
        let spec = LatentSpec::Arithmetic { a: latent(0), b: latent(1), c: latent(2) };
        assert_eq!(favourites.arithmetic(), Some(spec));
    }
}
