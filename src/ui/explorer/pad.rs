//! How the pad works in each of its modes.

use super::exploration::Exploration;
use super::history::ExplorePoint;
use super::pads::{PadMode, REACH};
use crate::engine::LatentSpec;
use crate::ui::state::{MapKind, Node};

pub(crate) const MODES: [PadMode; 3] = [PadMode::Plane, PadMode::Directions, PadMode::Favourites];

impl Exploration {
    /// The position on the pad, in its own units.
    pub fn position(&self) -> [f64; 2] {
        match self.mode {
            PadMode::Plane => self.plane.at,
            PadMode::Directions => [self.directions.amount(0), self.directions.amount(1)],
            PadMode::Favourites => self.favourites.cursor.map(f64::from),
        }
    }

    /// The part of its units that the pad shows: low and high across, low and high from top to bottom.
    pub fn window(&self) -> [[f64; 2]; 2] {
        match self.mode {
            PadMode::Plane => self.plane.centre.map(|c| [c - self.plane.span / 2.0, c + self.plane.span / 2.0]),
            // A little more than the reach, so that the ends can be seen. More of a direction is up.
            PadMode::Directions => [[-REACH - 0.5, REACH + 0.5], [REACH + 0.5, -REACH - 0.5]],
            PadMode::Favourites => [[0.0, 1.0], [0.0, 1.0]],
        }
    }

    /// Moves to a position in the units of the pad, clamped where the pad has an end.
    pub(crate) fn move_to(&mut self, at: [f64; 2]) {
        match self.mode {
            PadMode::Plane => {
                self.plane.at = at;
                self.plane.follow();
            }
            PadMode::Directions => {
                for (axis, value) in self.directions.axes.into_iter().zip(at) {
                    if let Some(amount) = self.directions.amounts.get_mut(axis) {
                        *amount = value.clamp(-REACH, REACH);
                    }
                }
            }
            PadMode::Favourites => self.favourites.cursor = at.map(|v| v.clamp(0.0, 1.0) as f32),
        }
    }

    /// Moves by a share of the pad's width and height.
    pub(crate) fn move_by(&mut self, share: [f64; 2]) {
        let ([x, y], [across, down]) = (self.position(), self.window());
        self.move_to([x + share[0] * (across[1] - across[0]), y + share[1] * (down[1] - down[0])]);
    }

    /// The point at the position on the pad; none while the pad has nothing on it.
    pub fn spec(&self) -> Option<LatentSpec> {
        match self.mode {
            PadMode::Plane => Some(self.plane.spec()),
            PadMode::Directions => self.directions.spec(),
            PadMode::Favourites => self.favourites.spec(),
        }
    }

    /// Whether the picture on show is the one at the position on the pad.
    pub(crate) fn on_pad(&self) -> bool {
        let Some(current) = &self.current else { return true };
        match (self.mode, &current.spec) {
            (PadMode::Plane, LatentSpec::Plane { seed, .. }) => *seed == self.plane.seed,
            (PadMode::Favourites, LatentSpec::Between { .. }) => true,
            // Wherever one goes becomes the new base.
            (PadMode::Directions, _) => true,
            _ => false,
        }
    }

    /// Lets the pad work in another way. Directions begin at the picture on show.
    pub fn enter(&mut self, mode: PadMode) {
        if self.mode == mode {
            return;
        }
        self.mode = mode;
        self.animation.stop();
        if let (PadMode::Directions, Some(point)) = (mode, &self.current)
            && !point.is_shifted()
        {
            self.directions.start_at(&point.latent);
        }
    }

    /// What the map behind the pad shows in this mode.
    pub fn map(&self) -> Option<(MapKind, Vec<Node>)> {
        match self.mode {
            PadMode::Plane => Some((MapKind::Plane { seed: self.plane.seed }, self.plane.nodes())),
            PadMode::Directions => {
                let base = self.directions.base.clone().filter(|_| !self.directions.amounts.is_empty())?;
                let axes = self.directions.axes;
                let mut others = self.directions.amounts.clone();
                axes.iter().for_each(|axis| others.get_mut(*axis).into_iter().for_each(|a| *a = 0.0));
                let mut nodes: Vec<Node> = (-3..=3).flat_map(|y| (-3..=3).map(move |x| (x, y))).collect();
                nodes.sort_by_key(|(x, y)| x * x + y * y);
                Some((MapKind::Directions { base, axes, others }, nodes))
            }
            PadMode::Favourites => None,
        }
    }

    /// Goes back to a point: the pad shows how one came there.
    pub(crate) fn go_back_to(&mut self, point: &ExplorePoint) {
        self.psi = point.psi;
        match &point.spec {
            LatentSpec::Plane { seed, x, y } => {
                self.plane.seed = *seed;
                self.plane.at = [*x, *y];
                self.plane.follow();
            }
            LatentSpec::Shifted { base, amounts } if amounts.len() == self.directions.amounts.len() => {
                self.directions.base = Some(base.clone());
                self.directions.amounts.clone_from(amounts);
            }
            LatentSpec::Between { at, .. } => self.favourites.cursor = *at,
            _ => {}
        }
    }

    /// The list of directions changed.
    pub(crate) fn fit_directions(&mut self, names: Vec<String>) {
        let count = names.len();
        let d = &mut self.directions;
        if d.amounts.len() != count {
            d.amounts = vec![0.0; count];
        } else {
            d.amounts.fill(0.0);
        }
        d.axes = d.axes.map(|axis| axis.min(count.saturating_sub(1)));
        if d.axes[0] == d.axes[1] && count > 1 {
            d.axes = [0, 1];
        }
        d.names = names;
        if let Some(current) = &self.current {
            d.base = Some(current.latent.clone());
        }
    }
}
