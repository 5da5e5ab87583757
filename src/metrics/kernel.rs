//! Kernel Inception distance (Binkowski et al. 2018) in whatever feature space it is given.

use super::error::MetricError;
use super::pictures::PictureSet;
use super::products::{Vectors, row_blocks};
use crate::interrupt::JobControl;

/// A distance of two sets of features and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kid {
    /// The squared maximum mean discrepancy, unbiased: 0 on average for two samples of one distribution, and so now and
    /// then a little below.
    pub value: f64,
    /// Standard error, from leaving out each tenth of the pictures in turn (jackknife); of [`kid_of_subsets`], the
    /// standard deviation of the subsets.
    pub error: f64,
}

/// Parts of which one is left out at a time.
const PARTS: usize = 10;
/// Sums of the kernel between the parts.
type KernelSums = [[f64; PARTS]; PARTS];

/// KID of `fakes` and `reals` with the kernel (x.y / d + 1)^3, where d is the length of a vector.
///
/// # Errors
/// When cancelled, or with fewer than 20 vectors on a side.
pub fn kid(fakes: &Vectors, reals: &Vectors, control: JobControl) -> Result<Kid, MetricError> {
    for (what, set) in [("generated pictures", fakes), ("real pictures", reals)] {
        if set.len() < 2 * PARTS {
            return Err(MetricError::TooFew { what, found: set.len(), needed: 2 * PARTS });
        }
    }
    let (ff, rr, fr) = (sums(fakes, fakes, control)?, sums(reals, reals, control)?, sums(fakes, reals, control)?);
    let [n_fakes, n_reals] = [sizes(fakes.len()), sizes(reals.len())];
    let without = |left_out: Option<usize>| {
        let kept: Vec<usize> = (0..PARTS).filter(|p| Some(*p) != left_out).collect();
        let total = |sums: &KernelSums| kept.iter().flat_map(|i| kept.iter().map(|j| sums[*i][*j])).sum::<f64>();
        let [m, n] = [&n_fakes, &n_reals].map(|sizes| kept.iter().map(|p| sizes[*p]).sum::<usize>() as f64);
        total(&ff) / (m * (m - 1.0)) + total(&rr) / (n * (n - 1.0)) - 2.0 * total(&fr) / (m * n)
    };
    let parts: Vec<f64> = (0..PARTS).map(|p| without(Some(p))).collect();
    let mean = parts.iter().sum::<f64>() / PARTS as f64;
    let spread: f64 = parts.iter().map(|v| (v - mean).powi(2)).sum();
    let error = (spread * (PARTS - 1) as f64 / PARTS as f64).sqrt();
    Ok(Kid { value: without(None), error })
}

/// Vectors in each subset of [`kid_of_subsets`].
pub(crate) const KID_SUBSET: usize = 1000;
const SUBSETS: usize = 100;

/// KID as it is usually published: the mean of 100 pairs of subsets of 1,000 vectors each, drawn without putting back;
/// the error is the standard deviation of the 100. With no more vectors than that on a side, [`kid`] of all.
///
/// # Errors
/// As [`kid`].
pub(crate) fn kid_of_subsets(
    fakes: &Vectors,
    reals: &Vectors,
    seed: u64,
    control: JobControl,
) -> Result<Kid, MetricError> {
    if fakes.len().min(reals.len()) <= KID_SUBSET {
        return kid(fakes, reals, control);
    }
    let draw = |set: &Vectors, seed: u64| Vectors {
        size: set.size,
        values: PictureSet::draw(set.len(), KID_SUBSET, seed).into_iter().flat_map(|i| set.row(i)).copied().collect(),
    };
    let mut values = Vec::with_capacity(SUBSETS);
    for i in 0..SUBSETS {
        control.report("subsets compared", i, SUBSETS);
        let seeds = [0, 1].map(|side| seed.wrapping_mul(2 * SUBSETS as u64).wrapping_add(2 * i as u64 + side));
        values.push(kid(&draw(fakes, seeds[0]), &draw(reals, seeds[1]), control)?.value);
    }
    let mean = values.iter().sum::<f64>() / SUBSETS as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / SUBSETS as f64;
    Ok(Kid { value: mean, error: variance.sqrt() })
}

/// The part to which vector `i` of `n` belongs.
fn part(i: usize, n: usize) -> usize {
    i * PARTS / n
}

fn sizes(n: usize) -> [usize; PARTS] {
    let mut sizes = [0; PARTS];
    (0..n).for_each(|i| sizes[part(i, n)] += 1);
    sizes
}

/// Sums of the kernel over pairs, by the parts of the two. Within one set a vector is not paired with itself.
fn sums(a: &Vectors, b: &Vectors, control: JobControl) -> Result<KernelSums, MetricError> {
    let same = std::ptr::eq(a, b);
    let (m, n, scale) = (a.len(), b.len(), 1.0 / a.size as f32);
    let blocks = row_blocks(a, b, control, |rows, products| {
        let mut sums: KernelSums = Default::default();
        for (i, products) in rows.zip(products.chunks_exact_mut(n)) {
            for k in products.iter_mut() {
                let base = *k * scale + 1.0;
                *k = base * base * base;
            }
            if same {
                products[i] = 0.0;
            }
            let row = &mut sums[part(i, m)];
            for (p, sum) in row.iter_mut().enumerate() {
                // Numbers j with j * PARTS / n == p.
                let (first, end) = ((p * n).div_ceil(PARTS), ((p + 1) * n).div_ceil(PARTS));
                *sum += products[first..end].iter().map(|k| f64::from(*k)).sum::<f64>();
            }
        }
        sums
    })?;
    let mut total: KernelSums = Default::default();
    for block in blocks {
        for (row, part) in total.iter_mut().zip(block) {
            row.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{normal, silent};
    use super::*;

    /// By hand: for x ~ N(0, I) and y ~ N(m, I) in d dimensions with s = |m|^2 / d, E k(x, x') = 1 + 3/d, E k(x, y) =
    /// 1 + 3 (1 + s) / d, and E k(y, y') = (1 + s)^3 + 3 (1 + s)(1 + 2 s) / d. So for d = 64 and m = 0.5 in every
    /// dimension the distance is 0.97107, for a shift of 2 in one dimension 0.20285.
    #[test]
    fn shifted_normals_have_the_distance_of_the_formula() {
        let (n, d) = (4000, 64);
        let a = normal(n, d, 1);
        let mut everywhere = normal(n, d, 2);
        everywhere.values.iter_mut().for_each(|v| *v += 0.5);
        let mut once = normal(n, d, 3);
        once.values.chunks_exact_mut(d).for_each(|row| row[0] += 2.0);
        for (other, expected) in [(everywhere, 0.97107), (once, 0.20285)] {
            let found = kid(&a, &other, silent()).unwrap();
            assert!((found.value - expected).abs() < 4.0 * found.error, "{found:?} {expected}");
            assert!(found.error < 0.02 * expected + 0.002, "{found:?}");
        }
        let same = kid(&a, &normal(n, d, 4), silent()).unwrap();
        assert!(same.value.abs() < 2e-4 && same.error < 6e-4, "{same:?}");
    }

    /// The mean of unbiased estimates is unbiased, and they scatter as estimates of their size do.
    #[test]
    fn subsets_give_the_same_distance() {
        let (a, mut b) = (normal(1500, 8, 1), normal(1200, 8, 2));
        b.values.chunks_exact_mut(8).for_each(|row| row[0] += 2.0);
        let (all, found) = (kid(&a, &b, silent()).unwrap(), kid_of_subsets(&a, &b, 7, silent()).unwrap());
        assert!((found.value - all.value).abs() < all.error, "{found:?} {all:?}");
        assert!(found.error > 0.1 * all.error && found.error < 3.0 * all.error, "{found:?} {all:?}");
        assert_eq!(found, kid_of_subsets(&a, &b, 7, silent()).unwrap());
        let few = normal(1000, 8, 3);
        assert_eq!(kid(&few, &b, silent()).unwrap(), kid_of_subsets(&few, &b, 7, silent()).unwrap());
    }

    /// Expected: tests/reference/metrics.py, which leaves out each tenth in turn.
    #[test]
    fn the_error_is_that_of_the_numpy_script() {
        let set = |n: usize, kind: usize| Vectors {
            size: 8,
            values: (0..n * 8)
                .map(|i| ((i * i * (3 + kind) + i * 7 + kind * 5) % 101) as f32 / 50.0 - 1.0 + kind as f32 * 0.1)
                .collect(),
        };
        let found = kid(&set(60, 0), &set(50, 1), silent()).unwrap();
        assert!((found.value - 0.015023).abs() < 1e-5, "{found:?}");
        assert!((found.error - 0.020847).abs() < 1e-5, "{found:?}");
    }

    /// The error is how much the distance scatters when it is measured again with other samples.
    #[test]
    fn the_error_is_the_scatter_of_new_samples() {
        let all: Vec<Kid> = (0..60)
            .map(|i| {
                let (a, mut b) = (normal(200, 16, 1000 + i), normal(200, 16, 2000 + i));
                b.values.iter_mut().for_each(|v| *v += 0.2);
                kid(&a, &b, silent()).unwrap()
            })
            .collect();
        let mean = all.iter().map(|k| k.value).sum::<f64>() / 60.0;
        let scatter = (all.iter().map(|k| (k.value - mean).powi(2)).sum::<f64>() / 59.0).sqrt();
        let error = all.iter().map(|k| k.error).sum::<f64>() / 60.0;
        assert!((0.7..1.5).contains(&(error / scatter)), "{error} for a scatter of {scatter}");
    }

    /// Against the definition, written out for few vectors.
    #[test]
    fn small_sets_agree_with_the_definition() {
        let (a, b) = (normal(23, 5, 1), normal(31, 5, 2));
        let kernel = |x: &[f32], y: &[f32]| {
            let dot: f64 = x.iter().zip(y).map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
            (dot / 5.0 + 1.0).powi(3)
        };
        let mean = |x: &Vectors, y: &Vectors, same: bool| {
            let pairs = (0..x.len()).flat_map(|i| (0..y.len()).map(move |j| (i, j))).filter(|(i, j)| !same || i != j);
            let values: Vec<f64> = pairs.map(|(i, j)| kernel(x.row(i), y.row(j))).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        let expected = mean(&a, &a, true) + mean(&b, &b, true) - 2.0 * mean(&a, &b, false);
        let found = kid(&a, &b, silent()).unwrap();
        assert!((found.value - expected).abs() < 1e-5, "{found:?} {expected}");
        assert!(kid(&normal(19, 5, 1), &b, silent()).unwrap_err().to_string().contains("19"));
    }
}
