//! Are the pictures different from each other? A generator that collapsed makes one cat again and again.

use super::error::MetricError;
use super::neighbours::to_distances;
use super::products::{Vectors, row_blocks};
use crate::interrupt::JobControl;

/// The median Euclidean distance of all pairs. For pictures shrunk to 16 px it falls with collapse: below 0.7 of what
/// real pictures have is suspicious, below 0.4 is a collapse (limits from experience).
///
/// # Errors
/// When cancelled, or with fewer than two vectors.
pub(crate) fn median_distance(set: &Vectors, control: JobControl) -> Result<f64, MetricError> {
    if set.len() < 2 {
        return Err(MetricError::TooFew { what: "pictures", found: set.len(), needed: 2 });
    }
    let (squares, n) = (set.squares(), set.len());
    let blocks = row_blocks(set, set, control, |rows, products| {
        let mut distances = Vec::with_capacity(rows.len() * (n - rows.start));
        for (i, row) in rows.zip(products.chunks_exact_mut(n)) {
            to_distances(row, squares[i], &squares);
            distances.extend_from_slice(&row[i + 1..]);
        }
        distances
    })?;
    Ok(f64::from(median(&mut blocks.concat()).max(0.0)).sqrt())
}

/// The upper median; 0 of nothing.
pub(super) fn median(values: &mut [f32]) -> f32 {
    let middle = values.len() / 2;
    if values.is_empty() { 0.0 } else { *values.select_nth_unstable_by(middle, f32::total_cmp).1 }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{normal, silent};
    use super::*;

    #[test]
    fn pairs_of_a_normal_distribution_and_of_points() {
        // |x - y|^2 of N(0, I) in 200 dimensions is 2 chi^2(200): the median is 2 * 199.33.
        let found = median_distance(&normal(300, 200, 1), silent()).unwrap();
        assert!((found - (2.0f64 * 199.334).sqrt()).abs() < 0.2, "{found}");
        let line = Vectors { size: 1, values: vec![0.0, 1.0, 5.0] };
        assert!((median_distance(&line, silent()).unwrap() - 4.0).abs() < 1e-6);
        assert!(median_distance(&Vectors { size: 2, values: vec![1.0; 8] }, silent()).unwrap() < 1e-3);
        assert!(median_distance(&Vectors { size: 2, values: vec![1.0; 2] }, silent()).is_err());
    }
}
