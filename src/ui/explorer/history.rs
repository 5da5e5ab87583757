//! The points that were on show, with undo and redo.

use crate::engine::{Latent, LatentSpec};

/// Older points are forgotten.
const KEPT: usize = 200;

/// A point that was on show.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplorePoint {
    pub latent: Latent,
    pub psi: f64,
    /// How one came there.
    pub spec: LatentSpec,
}

impl ExplorePoint {
    /// It lies along the directions from a base.
    pub(crate) fn is_shifted(&self) -> bool {
        matches!(self.spec, LatentSpec::Shifted { .. })
    }

    /// What to save: a seed and number where they are known, the latent otherwise.
    pub(crate) fn to_save(&self) -> LatentSpec {
        match &self.spec {
            spec @ LatentSpec::Seed { .. } => spec.clone(),
            _ => LatentSpec::Latent(self.latent.clone()),
        }
    }
}

/// The points visited, for undo and redo.
#[derive(Debug, Default)]
pub struct History {
    points: Vec<ExplorePoint>,
    /// Points up to the one on show.
    at: usize,
    /// The movement that led to the newest point.
    gesture: Option<u64>,
}

impl History {
    /// Notes a point. Points of one movement count as one; what was undone is forgotten.
    pub(crate) fn visit(&mut self, point: ExplorePoint, gesture: u64) {
        self.points.truncate(self.at);
        if self.gesture == Some(gesture) {
            self.points.pop();
        } else if self.points.last() == Some(&point) {
            return;
        }
        self.points.push(point);
        if self.points.len() > KEPT {
            self.points.remove(0);
        }
        self.at = self.points.len();
        self.gesture = Some(gesture);
    }

    pub(crate) fn can_undo(&self) -> bool {
        self.at > 1
    }

    pub(crate) fn can_redo(&self) -> bool {
        self.at < self.points.len()
    }

    /// Goes back one gesture; none at the first point.
    pub fn undo(&mut self) -> Option<ExplorePoint> {
        self.gesture = None;
        let at = self.can_undo().then(|| self.at - 1)?;
        self.at = at;
        self.points.get(at - 1).cloned()
    }

    pub(crate) fn redo(&mut self) -> Option<ExplorePoint> {
        self.gesture = None;
        let point = self.points.get(self.at).cloned()?;
        self.at += 1;
        Some(point)
    }

    /// All points up to the one on show, oldest first.
    pub fn past(&self) -> &[ExplorePoint] {
        &self.points[..self.at]
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
    fn back_and_forth_through_the_past() {
        let mut history = History::default();
        assert!(history.undo().is_none() && history.redo().is_none());
        for x in 0..3 {
            history.visit(point(x as f32), x);
        }
        assert_eq!(history.undo(), Some(point(1.0)));
        assert_eq!(history.undo(), Some(point(0.0)));
        assert!(history.undo().is_none(), "the first point is where one is");
        assert_eq!(history.redo(), Some(point(1.0)));
        history.visit(point(9.0), 9);
        assert!(!history.can_redo(), "what was undone is forgotten");
        assert_eq!(history.past(), [point(0.0), point(1.0), point(9.0)]);
    }

    #[test]
    fn one_movement_is_one_point() {
        let mut history = History::default();
        history.visit(point(0.0), 1);
        for x in 1..50 {
            history.visit(point(x as f32), 2);
        }
        assert_eq!(history.past(), [point(0.0), point(49.0)]);
        history.undo();
        history.redo();
        history.visit(point(50.0), 2);
        assert_eq!(history.past().len(), 3, "after going back the movement is over");
    }

    #[test]
    fn the_past_is_bounded() {
        let mut history = History::default();
        for x in 0..1000 {
            history.visit(point(x as f32), x);
        }
        assert_eq!(history.past().len(), KEPT);
        assert_eq!(history.past().last(), Some(&point(999.0)));
    }
}
