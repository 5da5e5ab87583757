//! Interpolation between latents and changes of one; all results stay where the generator has been trained.
//!
//! A latent of many components has a norm that hardly varies (N(0, 1), 100 components: 9.98 with deviation 0.71), and
//! the generator has never seen one nearer to 0. The straight line between two latents passes there, spherical
//! interpolation (slerp) does not (White 2016, "Sampling Generative Networks"). Uniform latents are interpolated in the
//! space of [`super::copula`].
//!
//! Vectors that belong together have the same length; what is missing in a shorter one is left out.

use super::copula::{from_normal, to_normal};
use super::sample::{LatentSource, Stream};
use crate::config::LatentKind;

/// Beyond this cosine two vectors are nearly parallel (or opposite) and slerp is not defined.
const PARALLEL: f64 = 0.9995;

/// Linear interpolation: a at t = 0, b at t = 1.
pub(crate) fn lerp(a: &[f64], b: &[f64], t: f64) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + (b - a) * t).collect()
}

/// Spherical interpolation from a (t = 0) to b (t = 1) at constant angular speed (Shoemake 1985); the norm changes
/// evenly from the one's to the other's.
///
/// (sin((1-t) w) a/|a| + sin(t w) b/|b|) / sin w * ((1-t) |a| + t |b|), w the angle between a and b.
pub(crate) fn slerp(a: &[f64], b: &[f64], t: f64) -> Vec<f64> {
    let (na, nb) = (norm(a), norm(b));
    let cosine = dot(a, b) / (na * nb);
    // Also where a norm is 0 and the cosine is no number.
    if cosine.is_nan() || cosine.abs() > PARALLEL {
        return lerp(a, b, t);
    }
    let angle = cosine.acos();
    let length = (na + (nb - na) * t) / angle.sin();
    let (wa, wb) = (((1.0 - t) * angle).sin() * length / na, (t * angle).sin() * length / nb);
    a.iter().zip(b).map(|(a, b)| wa * a + wb * b).collect()
}

/// The latent at `t` on the path from a to b, by slerp: exactly a at 0 and b at 1.
pub fn interpolate(kind: LatentKind, a: &[f32], b: &[f32], t: f64) -> Vec<f32> {
    if t == 0.0 {
        return a.to_vec();
    }
    if t == 1.0 {
        return b.to_vec();
    }
    from_normal(kind, &slerp(&to_normal(kind, a), &to_normal(kind, b), t))
}

/// The weighted mean of several latents, with the norm that is the mean of theirs. Weights need not sum to 1. Exactly a
/// point where the other weights are 0; zeros where no weight is above 0 or there is no point.
pub(crate) fn blend(kind: LatentKind, points: &[&[f32]], weights: &[f32]) -> Vec<f32> {
    let weighted: Vec<(&[f32], f64)> =
        points.iter().zip(weights).filter(|(_, w)| **w > 0.0).map(|(p, w)| (*p, f64::from(*w))).collect();
    if let [(only, _)] = weighted[..] {
        return only.to_vec();
    }
    let total: f64 = weighted.iter().map(|(_, w)| w).sum();
    let mut sum = vec![0.0; points.first().map_or(0, |p| p.len())];
    let mut length = 0.0;
    for (point, weight) in weighted {
        let (g, share) = (to_normal(kind, point), weight / total);
        length += share * norm(&g);
        sum.iter_mut().zip(&g).for_each(|(s, x)| *s += share * x);
    }
    from_normal(kind, &with_norm(sum, length))
}

/// Weights of points on a canvas for the position `at`: inverse squares of the distances (Shepard 1968), summing to 1.
/// On a point all weight is the point's.
pub(crate) fn distance_weights(points: &[[f32; 2]], at: [f32; 2]) -> Vec<f32> {
    let square = |p: &[f32; 2]| {
        let (dx, dy) = (f64::from(p[0]) - f64::from(at[0]), f64::from(p[1]) - f64::from(at[1]));
        dx * dx + dy * dy
    };
    let squares: Vec<f64> = points.iter().map(square).collect();
    // As shares of the smallest one: no overflow near a point.
    let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min);
    let raw: Vec<f64> = squares.iter().map(|s| if *s == nearest { 1.0 } else { nearest / s }).collect();
    let total: f64 = raw.iter().sum();
    raw.iter().map(|w| (w / total) as f32).collect()
}

/// A - B + C of three concepts, each the mean of the latents that show it, with the mean norm of those of C (Radford
/// 2015, "vector arithmetic for visual concepts"). Where A and B are the same, this is C.
pub(crate) fn arithmetic(kind: LatentKind, a: &[&[f32]], b: &[&[f32]], c: &[&[f32]]) -> Vec<f32> {
    let size = [a, b, c].into_iter().flatten().map(|z| z.len()).max().unwrap_or(0);
    let (mean_a, mean_b, mean_c) = (mean(kind, a, size), mean(kind, b, size), mean(kind, c, size));
    let sum = (0..size).map(|i| mean_a[i] - mean_b[i] + mean_c[i]).collect();
    let length = c.iter().map(|z| norm(&to_normal(kind, z))).sum::<f64>() / c.len().max(1) as f64;
    from_normal(kind, &with_norm(sum, length))
}

/// Truncation: scales around 0, the most ordinary picture. Psi below 1 gives safer and more alike pictures, above 1
/// wilder ones (Brock 2018). Uniform components stay within [-1, 1].
pub fn truncate(kind: LatentKind, z: &[f32], psi: f64) -> Vec<f32> {
    let scaled = z.iter().map(|x| (f64::from(*x) * psi) as f32);
    match kind {
        LatentKind::Normal => scaled.collect(),
        LatentKind::Uniform => scaled.map(|x| x.clamp(-1.0, 1.0)).collect(),
    }
}

/// A mutation of z: sqrt(1 - e^2) z + e n with n drawn from `seed`, which is distributed as z is. Strength e: 0 is z
/// itself, 1 has nothing of it.
pub fn mutate(kind: LatentKind, z: &[f32], strength: f64, seed: u64) -> Vec<f32> {
    let source = LatentSource { kind: LatentKind::Normal, size: z.len(), seed };
    perturb(kind, z, strength, &source.draw(Stream::Mutate, 0, 1))
}

/// sqrt(1 - e^2) z + e n for normal noise n.
pub(super) fn perturb(kind: LatentKind, z: &[f32], e: f64, noise: &[f32]) -> Vec<f32> {
    if e <= 0.0 {
        return z.to_vec();
    }
    let e = e.min(1.0);
    let keep = (1.0 - e * e).sqrt();
    let mixed: Vec<f64> = to_normal(kind, z).iter().zip(noise).map(|(z, n)| keep * z + e * f64::from(*n)).collect();
    from_normal(kind, &mixed)
}

fn mean(kind: LatentKind, points: &[&[f32]], size: usize) -> Vec<f64> {
    let mut sum = vec![0.0; size];
    for point in points {
        sum.iter_mut().zip(to_normal(kind, point)).for_each(|(s, x)| *s += x / points.len() as f64);
    }
    sum
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

pub(super) fn norm(a: &[f64]) -> f64 {
    dot(a, a).sqrt()
}

/// Scaled to the norm `length`; as it is where it has no direction.
pub(super) fn with_norm(mut a: Vec<f64>, length: f64) -> Vec<f64> {
    let own = norm(&a);
    if own > 1e-12 {
        a.iter_mut().for_each(|x| *x *= length / own);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [LatentKind; 2] = [LatentKind::Normal, LatentKind::Uniform];

    fn draw(kind: LatentKind, number: u64) -> Vec<f32> {
        LatentSource { kind, size: 100, seed: 3 }.draw(Stream::Generate, number, 1)
    }

    fn norm32(z: &[f32]) -> f64 {
        z.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt()
    }

    /// Mean and deviation of the norms of what `make` gives for 2000 numbers.
    fn norms(make: impl Fn(u64) -> Vec<f32>) -> (f64, f64) {
        let norms: Vec<f64> = (0..2000).map(|i| norm32(&make(i))).collect();
        let mean = norms.iter().sum::<f64>() / 2000.0;
        (mean, (norms.iter().map(|n| (n - mean).powi(2)).sum::<f64>() / 2000.0).sqrt())
    }

    /// Expected norms of 100 components: N(0,1) 9.98 +- 0.71, U(-1,1) 5.77 +- 0.26.
    fn assert_distributed(kind: LatentKind, what: &str, make: impl Fn(u64) -> Vec<f32>) {
        let (mean, deviation) = norms(make);
        let (m, d) = if kind == LatentKind::Normal { (9.98, 0.71) } else { (5.77, 0.26) };
        assert!((mean - m).abs() < 0.05 && (deviation / d - 1.0).abs() < 0.1, "{kind:?} {what}: {mean} +- {deviation}");
    }

    #[test]
    fn slerp_keeps_the_norms_of_the_distribution() {
        for t in [0.0, 0.25, 0.5, 0.9, 1.0] {
            // The norm of a mean of two norms varies less: 0.71 sqrt((1-t)^2 + t^2) instead of 0.71.
            let spread = ((1.0f64 - t).powi(2) + t * t).sqrt();
            for (kind, m, d) in [(LatentKind::Normal, 9.975, 0.71 * spread), (LatentKind::Uniform, 5.77, 0.26)] {
                let (mean, deviation) = norms(|i| interpolate(kind, &draw(kind, 2 * i), &draw(kind, 2 * i + 1), t));
                assert!((mean - m).abs() < 0.05, "{kind:?} at {t}: {mean}");
                assert!(deviation < d * 1.1 && deviation > d * 0.6, "{kind:?} at {t}: {deviation}");
            }
        }
        // The straight line does not: sqrt(1/2) of the norm in the middle. So the test above can fail.
        let middle = |kind: LatentKind, i: u64| -> Vec<f32> {
            draw(kind, 2 * i).iter().zip(draw(kind, 2 * i + 1)).map(|(a, b)| (a + b) / 2.0).collect()
        };
        let (mean, _) = norms(|i| middle(LatentKind::Normal, i));
        assert!((mean - 7.05).abs() < 0.05, "{mean}");
        let (mean, _) = norms(|i| middle(LatentKind::Uniform, i));
        assert!((mean - 4.08).abs() < 0.05, "{mean}");
    }

    /// Uniform components stay uniform: a quarter of them in each quarter of [-1, 1], halfway between two latents.
    #[test]
    fn the_copula_keeps_each_component_uniform() {
        let kind = LatentKind::Uniform;
        let mut quarters = [0usize; 4];
        for i in 0..2000 {
            for x in interpolate(kind, &draw(kind, 2 * i), &draw(kind, 2 * i + 1), 0.5) {
                assert!((-1.0..=1.0).contains(&x));
                quarters[((x + 1.0) * 2.0).min(3.0) as usize] += 1;
            }
        }
        assert!(quarters.iter().all(|n| n.abs_diff(50_000) < 1_000), "{quarters:?}");
    }

    #[test]
    fn slerp_goes_evenly_from_end_to_end() {
        let half = slerp(&[2.0, 0.0], &[0.0, 2.0], 0.5);
        assert!(half.iter().all(|x| (x - 2f64.sqrt()).abs() < 1e-12), "{half:?}");
        let third = slerp(&[1.0, 0.0], &[0.0, 1.0], 1.0 / 3.0);
        assert!((third[0] - 0.75f64.sqrt()).abs() < 1e-12 && (third[1] - 0.5).abs() < 1e-12, "{third:?}");
        // From norm 1 to norm 3: norm 2 halfway.
        assert!((norm(&slerp(&[1.0, 0.0], &[0.0, 3.0], 0.5)) - 2.0).abs() < 1e-12);
        // Slerp is not defined for parallel, opposite and zero vectors.
        assert_eq!(slerp(&[1.0, 0.0], &[2.0, 0.0], 0.5), [1.5, 0.0]);
        assert_eq!(slerp(&[1.0, 0.0], &[-1.0, 0.0], 0.25), [0.5, 0.0]);
        assert_eq!(slerp(&[0.0, 0.0], &[0.0, 4.0], 0.5), [0.0, 2.0]);
        for kind in KINDS {
            let (a, b) = (draw(kind, 0), draw(kind, 1));
            assert_eq!(interpolate(kind, &a, &b, 0.0), a);
            assert_eq!(interpolate(kind, &a, &b, 1.0), b);
        }
    }

    #[test]
    fn blends_are_exact_at_the_corners_and_keep_the_norm() {
        for kind in KINDS {
            let points: Vec<_> = (0..5).map(|i| draw(kind, i)).collect();
            let points: Vec<&[f32]> = points.iter().map(Vec::as_slice).collect();
            assert_eq!(blend(kind, &points, &[0.0, 0.0, 0.3, 0.0, 0.0]), points[2]);
            // Two equal weights: the middle of the arc.
            let (two, arc) = (blend(kind, &points[..2], &[2.0, 2.0]), interpolate(kind, points[0], points[1], 0.5));
            // Unlike the arc, the blend leans towards the longer vector.
            let apart = norm32(&two.iter().zip(&arc).map(|(a, b)| a - b).collect::<Vec<_>>());
            assert!(apart < 0.1 * norm32(&arc), "{apart}");
            let (mean, _) = norms(|i| {
                let points: Vec<_> = (0..4).map(|j| draw(kind, 4 * i + j)).collect();
                blend(kind, &points.iter().map(Vec::as_slice).collect::<Vec<_>>(), &[0.1, 0.2, 0.3, 0.4])
            });
            let expected = if kind == LatentKind::Normal { 9.975 } else { 5.77 };
            assert!((mean - expected).abs() < 0.06, "{kind:?}: {mean}");
        }
        assert_eq!(blend(LatentKind::Normal, &[&[1.0, 2.0], &[3.0, 4.0]], &[0.0, 0.0]), [0.0, 0.0]);
        assert!(blend(LatentKind::Normal, &[], &[]).is_empty());
    }

    #[test]
    fn canvas_weights_follow_the_distance() {
        let points = [[0.0, 0.0], [1.0, 0.0], [0.0, 2.0]];
        assert_eq!(distance_weights(&points, [1.0, 0.0]), [0.0, 1.0, 0.0]);
        // Distances 1/2, 1/2 and sqrt(4.25): squares 1/4, 1/4, 17/4.
        let weights = distance_weights(&points, [0.5, 0.0]);
        let expected = [17.0 / 35.0, 17.0 / 35.0, 1.0 / 35.0];
        assert!(weights.iter().zip(expected).all(|(a, e)| (a - e).abs() < 1e-6), "{weights:?}");
        let near = distance_weights(&points, [1.0 + 1e-30, 1e-30]);
        assert!(near[1] > 0.999_999, "{near:?}");
        assert!(distance_weights(&[], [0.0, 0.0]).is_empty());
    }

    #[test]
    fn arithmetic_moves_c_by_the_difference() {
        let kind = LatentKind::Normal;
        // (1,0) - (0,0) + (0,1) = (1,1), scaled to the norm of C.
        let sum = arithmetic(kind, &[&[2.0, 0.0], &[0.0, 0.0]], &[&[0.0, 0.0]], &[&[0.0, 1.0]]);
        assert!(sum.iter().all(|x| (x - 0.5f32.sqrt()).abs() < 1e-6), "{sum:?}");
        for kind in KINDS {
            let (a, c) = (draw(kind, 0), draw(kind, 1));
            let same = arithmetic(kind, &[&a], &[&a], &[&c]);
            assert!(same.iter().zip(&c).all(|(a, b)| (a - b).abs() < 1e-5));
        }
    }

    #[test]
    fn relatives_are_as_far_as_asked_and_distributed_alike() {
        for kind in KINDS {
            let z = draw(kind, 0);
            assert_eq!(mutate(kind, &z, 0.0, 1), z);
            assert_eq!(mutate(kind, &z, 0.3, 1), mutate(kind, &z, 0.3, 1));
            assert_ne!(mutate(kind, &z, 0.3, 1), mutate(kind, &z, 0.3, 2));
            // Correlation with z is sqrt(1 - e^2) in the normal space.
            let g = to_normal(kind, &z);
            let near = to_normal(kind, &mutate(kind, &z, 0.3, 9));
            let cosine = dot(&g, &near) / norm(&g) / norm(&near);
            assert!((cosine - (1.0f64 - 0.09).sqrt()).abs() < 0.06, "{cosine}");
            assert_distributed(kind, "mutated", |i| mutate(kind, &draw(kind, i), 0.5, i));
        }
    }

    #[test]
    fn truncation_scales_and_stays_in_range() {
        assert_eq!(truncate(LatentKind::Normal, &[1.0, -2.0], 0.5), [0.5, -1.0]);
        assert_eq!(truncate(LatentKind::Uniform, &[0.5, -0.9], 1.5), [0.75, -1.0]);
        assert_eq!(truncate(LatentKind::Uniform, &[0.5, -0.9], 1.0), [0.5, -0.9]);
    }
}
