//! An endless map of latents: seeds on a lattice and everything between them.

use super::copula::{from_normal, to_normal};
use super::interpolate::slerp;
use super::sample::{LatentSource, Stream};

/// A plane with a latent drawn for each pair of whole numbers. Between four of them the latent is interpolated
/// spherically (slerp), in x and then in y, so that every point has the norm of the distribution. Repeats after 2^32
/// nodes.
#[derive(Debug, Clone, Copy)]
pub struct LatentPlane {
    /// Its seed is the plane's: another seed, another plane.
    pub source: LatentSource,
}

impl LatentPlane {
    /// The latent of a node.
    pub fn node(&self, i: i64, j: i64) -> Vec<f32> {
        // Both numbers side by side: no two nodes of the plane share their draw.
        let number = (i as u32 as u64) << 32 | j as u32 as u64;
        self.source.draw(Stream::Plane, number, 1)
    }

    /// The latent at any point; on a node exactly the node's. A coordinate that is not finite counts as 0.
    pub fn at(&self, x: f64, y: f64) -> Vec<f32> {
        let [x, y] = [x, y].map(|v| if v.is_finite() { v } else { 0.0 });
        let (i, j) = (x.floor() as i64, y.floor() as i64);
        let (tx, ty) = (x - x.floor(), y - y.floor());
        if tx == 0.0 && ty == 0.0 {
            return self.node(i, j);
        }
        let kind = self.source.kind;
        let row = |j: i64| {
            let [a, b] = [i, i.saturating_add(1)].map(|i| to_normal(kind, &self.node(i, j)));
            slerp(&a, &b, tx)
        };
        from_normal(kind, &slerp(&row(j), &row(j.saturating_add(1)), ty))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LatentKind;

    fn distance(a: &[f32], b: &[f32]) -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>().sqrt()
    }

    #[test]
    fn nodes_are_exact_and_all_different() {
        for kind in [LatentKind::Normal, LatentKind::Uniform] {
            let plane = LatentPlane { source: LatentSource { kind, size: 100, seed: 4 } };
            assert_eq!(plane.at(3.0, -2.0), plane.node(3, -2));
            let nodes: Vec<_> = (-2..=2).flat_map(|i| (-2..=2).map(move |j| plane.node(i, j))).collect();
            for (n, a) in nodes.iter().enumerate() {
                assert!(nodes[..n].iter().all(|b| distance(a, b) > 3.0));
            }
            let other = LatentPlane { source: LatentSource { seed: 5, ..plane.source } };
            assert!(distance(&other.node(0, 0), &plane.node(0, 0)) > 3.0);
        }
    }

    /// Across borders of cells and nodes too, a small step is a small step: at most the angle between neighbours.
    #[test]
    fn it_has_no_seams_and_keeps_the_norm() {
        for (kind, norm, deviation) in [(LatentKind::Normal, 9.98, 0.71), (LatentKind::Uniform, 5.77, 0.26)] {
            let plane = LatentPlane { source: LatentSource { kind, size: 100, seed: 4 } };
            for (dx, dy) in [(0.01, 0.0), (0.0, 0.01), (0.007, -0.006), (-0.01, 0.003)] {
                let mut last = plane.at(0.5, -0.5);
                for step in 1..=300 {
                    let t = f64::from(step);
                    let z = plane.at(0.5 + t * dx, -0.5 + t * dy);
                    assert!(distance(&z, &last) < 0.03 * norm, "{kind:?} step {step}: {}", distance(&z, &last));
                    let own = distance(&z, &vec![0.0; 100]);
                    assert!((own - norm).abs() < 5.0 * deviation, "{kind:?} step {step}: norm {own}");
                    last = z;
                }
            }
        }
    }

    #[test]
    fn far_away_and_impossible_points_do_not_fail() {
        let plane = LatentPlane { source: LatentSource { kind: LatentKind::Normal, size: 3, seed: 4 } };
        for (x, y) in [(1e300, -1e300), (f64::NAN, 0.5), (f64::INFINITY, f64::NEG_INFINITY), (-0.5, 1e18)] {
            assert!(plane.at(x, y).iter().all(|v| v.is_finite()));
        }
    }
}
