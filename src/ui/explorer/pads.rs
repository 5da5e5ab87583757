//! Where one is on the plane and along the directions.

use crate::engine::{DirectionMethod, Latent, LatentSpec};
use crate::ui::state::Node;

/// Units across the pad in plane mode.
pub(crate) const SPAN: std::ops::RangeInclusive<f64> = 1.5..=12.0;
const USUAL_SPAN: f64 = 4.0;
/// The first thing that one sees of the bundled generator is the middle of this plane: one of its better cats.
const FIRST_SEED: u64 = 343_317;

/// How the pad works.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PadMode {
    #[default]
    /// A plane of latent space, without an end.
    Plane,
    /// Along two directions from a base.
    Directions,
    /// Between favourites.
    Favourites,
}

/// How far directions reach, in standard deviations.
pub(crate) const REACH: f64 = 3.0;
/// Where along a direction the pictures of its strip are.
pub(crate) const STRIP: [i64; 7] = [-3, -2, -1, 0, 1, 2, 3];
/// The endless plane of a seed, and the part of it on the pad.
#[derive(Debug)]
pub struct PlanePad {
    pub seed: u64,
    pub at: [f64; 2],
    pub centre: [f64; 2],
    pub span: f64,
    /// Only whole coordinates.
    pub snap: bool,
}

impl Default for PlanePad {
    fn default() -> Self {
        Self { seed: FIRST_SEED, at: [0.0; 2], centre: [0.0; 2], span: USUAL_SPAN, snap: false }
    }
}

impl PlanePad {
    /// Back to the middle of the plane; the seed and snapping stay.
    pub fn reset(&mut self) {
        *self = Self { seed: self.seed, snap: self.snap, ..Self::default() };
    }

    /// The point at the position.
    pub fn spec(&self) -> LatentSpec {
        let [x, y] = if self.snap { self.at.map(f64::round) } else { self.at };
        LatentSpec::Plane { seed: self.seed, x, y }
    }

    /// Moves the part on the pad so that the position is on it, with a margin.
    pub fn follow(&mut self) {
        let room = self.span * 0.5 * 0.9;
        for (centre, at) in self.centre.iter_mut().zip(self.at) {
            *centre = centre.clamp(at - room, at + room);
        }
    }

    /// The nodes on the pad, those nearest to the position first.
    pub(crate) fn nodes(&self) -> Vec<Node> {
        let range = |axis: usize| {
            let (low, high) = (self.centre[axis] - self.span / 2.0, self.centre[axis] + self.span / 2.0);
            (low - 0.5).ceil() as i64..=(high + 0.5).floor() as i64
        };
        let mut nodes: Vec<Node> = range(1).flat_map(|y| range(0).map(move |x| (x, y))).collect();
        let far = |&(x, y): &Node| (x as f64 - self.at[0]).powi(2) + (y as f64 - self.at[1]).powi(2);
        nodes.sort_by(|a, b| far(a).total_cmp(&far(b)));
        nodes
    }
}

/// What the generator can change, and by how much it is changed.
#[derive(Debug)]
pub struct Directions {
    /// Where all amounts are 0; none until there is a picture.
    pub base: Option<Latent>,
    pub amounts: Vec<f64>,
    /// The names as they are being typed.
    pub names: Vec<String>,
    /// Those on the pad: across and up.
    pub axes: [usize; 2],
    pub method: DirectionMethod,
    pub new_name: String,
    pub learning: bool,
    /// Those that are in sight in this frame.
    pub(crate) seen: Vec<usize>,
}

impl Default for Directions {
    fn default() -> Self {
        Self {
            base: None,
            amounts: Vec::new(),
            names: Vec::new(),
            axes: [0, 1],
            method: DirectionMethod::Sefa,
            new_name: String::new(),
            learning: false,
            seen: Vec::new(),
        }
    }
}

impl Directions {
    /// From this picture on.
    pub(crate) fn start_at(&mut self, latent: &Latent) {
        self.base = Some(latent.clone());
        self.amounts.fill(0.0);
    }

    pub(crate) fn amount(&self, axis: usize) -> f64 {
        self.amounts.get(self.axes[axis]).copied().unwrap_or(0.0)
    }

    /// The base moved along the directions; none without a base.
    pub fn spec(&self) -> Option<LatentSpec> {
        let base = self.base.clone().filter(|_| !self.amounts.is_empty())?;
        Some(LatentSpec::Shifted { base, amounts: self.amounts.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pad_follows_the_place_and_knows_its_nodes() {
        let mut plane = PlanePad { at: [10.0, 0.3], ..PlanePad::default() };
        plane.follow();
        // Four units across, a tenth of them as room.
        assert!((plane.centre[0] - 8.2).abs() < 1e-9 && plane.centre[1] == 0.0);
        let nodes = plane.nodes();
        assert_eq!(nodes[0], (10, 0), "the nearest comes first");
        assert!(nodes.contains(&(6, -2)) && nodes.contains(&(10, 2)) && !nodes.contains(&(11, 0)));
        plane.reset();
        assert_eq!((plane.at, plane.centre, plane.span), ([0.0; 2], [0.0; 2], USUAL_SPAN));
    }
}
