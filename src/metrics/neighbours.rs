//! What nearest neighbours tell: whether generated pictures lie among the real ones, and whether they reach all of
//! them.

use super::error::MetricError;
use super::products::{Vectors, row_blocks};
use crate::interrupt::JobControl;

/// Shares of pictures that lie near pictures of the other set. All but `density` are at most 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Manifold {
    /// Generated pictures within the neighbourhood of a real one (Kynkäänniemi et al. 2019).
    pub precision: f64,
    /// Real pictures within the neighbourhood of a generated one.
    pub recall: f64,
    /// In how many real neighbourhoods a generated picture lies, divided by k (Naeem et al. 2020). About 1 for pictures
    /// of the same distribution.
    pub density: f64,
    /// Real pictures whose neighbourhood holds a generated one (Naeem et al. 2020).
    pub coverage: f64,
}

/// The squared distance from each vector to its `k`-th nearest other one: the size of its neighbourhood.
///
/// # Errors
/// When cancelled, or with too few vectors.
pub(crate) fn radii(set: &Vectors, k: usize, control: JobControl) -> Result<Vec<f32>, MetricError> {
    if set.len() <= k || k == 0 {
        return Err(MetricError::TooFew { what: "pictures", found: set.len(), needed: k.max(1) + 1 });
    }
    let (squares, n) = (set.squares(), set.len());
    let blocks = row_blocks(set, set, control, |rows, products| {
        let rows = rows.zip(products.chunks_exact_mut(n));
        rows.map(|(i, row)| {
            to_distances(row, squares[i], &squares);
            // Not its own neighbour.
            row[i] = f32::INFINITY;
            *row.select_nth_unstable_by(k - 1, f32::total_cmp).1
        })
        .collect::<Vec<f32>>()
    })?;
    Ok(blocks.concat())
}

/// Compares two sets by their neighbourhoods, whose squared `radii` belong to the same `k`.
///
/// # Errors
/// When cancelled.
pub(crate) fn neighbours(
    (fakes, fake_radii): (&Vectors, &[f32]),
    (reals, real_radii): (&Vectors, &[f32]),
    k: usize,
    control: JobControl,
) -> Result<Manifold, MetricError> {
    struct Block {
        recalled: usize,
        covered: usize,
        inside: usize,
        precise: Vec<bool>,
    }
    let (fake_squares, real_squares, n) = (fakes.squares(), reals.squares(), fakes.len());
    let blocks = row_blocks(reals, fakes, control, |rows, products| {
        let mut block = Block { recalled: 0, covered: 0, inside: 0, precise: vec![false; n] };
        for (i, row) in rows.zip(products.chunks_exact_mut(n)) {
            to_distances(row, real_squares[i], &fake_squares);
            let (mut recalled, mut inside) = (false, 0);
            for ((distance, radius), precise) in row.iter().zip(fake_radii).zip(&mut block.precise) {
                recalled |= distance <= radius;
                let near = *distance <= real_radii[i];
                inside += usize::from(near);
                *precise |= near;
            }
            block.recalled += usize::from(recalled);
            block.covered += usize::from(inside > 0);
            block.inside += inside;
        }
        block
    })?;
    let sum = |count: fn(&Block) -> usize| blocks.iter().map(count).sum::<usize>() as f64;
    let precise = (0..n).filter(|j| blocks.iter().any(|b| b.precise[*j])).count();
    let (m, n) = (reals.len() as f64, n as f64);
    Ok(Manifold {
        precision: precise as f64 / n,
        recall: sum(|b| b.recalled) / m,
        density: sum(|b| b.inside) / (k as f64 * n),
        coverage: sum(|b| b.covered) / m,
    })
}

/// For each vector of `from` its nearest one in `to`: number and distance.
///
/// # Errors
/// When cancelled, or when `to` is empty.
pub(crate) fn nearest(from: &Vectors, to: &Vectors, control: JobControl) -> Result<Vec<(usize, f32)>, MetricError> {
    if to.is_empty() {
        return Err(MetricError::TooFew { what: "training pictures", found: 0, needed: 1 });
    }
    let (squares, n) = (to.squares(), to.len());
    let blocks = row_blocks(from, to, control, |rows, products| {
        let rows = rows.zip(products.chunks_exact_mut(n));
        rows.map(|(i, row)| {
            to_distances(row, 0.0, &squares);
            let best = (0..n).min_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            // Again without cancellation of digits: a copy has the distance 0.
            let exact: f32 = from.row(i).iter().zip(to.row(best)).map(|(a, b)| (a - b) * (a - b)).sum();
            (best, exact.sqrt())
        })
        .collect::<Vec<_>>()
    })?;
    Ok(blocks.concat())
}

/// Scalar products of one vector with others become squared distances: |x|^2 + |y|^2 - 2 x.y.
pub(super) fn to_distances(products: &mut [f32], square: f32, squares: &[f32]) {
    for (product, other) in products.iter_mut().zip(squares) {
        *product = square + other - 2.0 * *product;
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{normal, silent};
    use super::*;

    fn compare(fakes: &Vectors, reals: &Vectors, k: usize) -> Manifold {
        let (f, r) = (radii(fakes, k, silent()).unwrap(), radii(reals, k, silent()).unwrap());
        neighbours((fakes, &f), (reals, &r), k, silent()).unwrap()
    }

    /// Two samples of 2,000 from one normal distribution in 64 dimensions, k = 5: about .72, .72, .96 and .966. For
    /// coverage there is a formula: 1 - (N-1)..(N-k) / ((2N-1)..(2N-k)), near 1 - 2^-k.
    #[test]
    fn two_samples_of_one_distribution() {
        let found = compare(&normal(2000, 64, 1), &normal(2000, 64, 2), 5);
        assert!((found.precision - 0.72).abs() < 0.03, "{found:?}");
        assert!((found.recall - 0.72).abs() < 0.03, "{found:?}");
        assert!((found.density - 0.96).abs() < 0.05, "{found:?}");
        assert!((found.coverage - 0.966).abs() < 0.012, "{found:?}");
    }

    /// Points on a line whose answers can be counted: reals 0, 1, 2, 3, and each neighbourhood reaches 1 (k = 1).
    #[test]
    fn points_on_a_line() {
        let line = |values: &[f32]| Vectors { size: 1, values: values.to_vec() };
        let reals = line(&[0.0, 1.0, 2.0, 3.0]);
        // 0.5 lies in the neighbourhoods of 0 and 1; 0.6 too; 9 and 12 in none.
        let fakes = line(&[0.5, 0.6, 9.0, 12.0]);
        let found = compare(&fakes, &reals, 1);
        assert_eq!(found.precision, 0.5);
        assert_eq!(found.density, 1.0);
        assert_eq!(found.coverage, 0.5);
        // Around 0.5 and 0.6 with 0.1 there is no real point, around 9 and 12 with 3 neither.
        assert_eq!(found.recall, 0.0);
    }

    #[test]
    fn the_nearest_one_is_found_with_its_distance() {
        let (a, b) = (normal(70, 8, 1), normal(130, 8, 2));
        for (i, (found, distance)) in nearest(&a, &b, silent()).unwrap().into_iter().enumerate() {
            let all: Vec<f32> = (0..130)
                .map(|j| a.row(i).iter().zip(b.row(j)).map(|(x, y)| (x - y).powi(2)).sum::<f32>().sqrt())
                .collect();
            let least = all.iter().copied().fold(f32::INFINITY, f32::min);
            assert!((distance - least).abs() < 1e-4 && (all[found] - least).abs() < 1e-4);
        }
        assert!(nearest(&a, &a, silent()).unwrap().iter().enumerate().all(|(i, n)| *n == (i, 0.0)));
    }
}
