//! Every vector of one set times every vector of another: what kernels and distances are made of.

use super::error::MetricError;
use crate::interrupt::JobControl;
use rayon::prelude::*;
use std::ops::Range;

/// Vectors of one length, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub struct Vectors {
    /// Numbers in each; at least 1.
    pub size: usize,
    /// All vectors, one after the other: vectors x size.
    pub values: Vec<f32>,
}

impl Vectors {
    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.values.len() / self.size
    }

    /// Whether there are no vectors.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// One vector.
    ///
    /// # Panics
    /// When `index >= len`.
    pub fn row(&self, index: usize) -> &[f32] {
        &self.values[index * self.size..][..self.size]
    }

    /// The first `count`, or all.
    pub fn first(&self, count: usize) -> &[f32] {
        &self.values[..count.min(self.len()) * self.size]
    }

    /// Those of these numbers.
    ///
    /// # Panics
    /// When there are not so many.
    pub fn part(&self, numbers: Range<usize>) -> Self {
        let values = self.values[numbers.start * self.size..numbers.end * self.size].to_vec();
        Self { size: self.size, values }
    }

    /// The sum of squares of each.
    pub(super) fn squares(&self) -> Vec<f32> {
        self.values.chunks_exact(self.size).map(|row| row.iter().map(|v| v * v).sum()).collect()
    }
}

/// Rows multiplied at once: a block of 64 x 2,000 products stays in the cache.
const ROWS: usize = 64;

/// Calls `each(rows, products)` for blocks of rows of `a`, on all cores. `products` are the scalar products of these
/// rows with all of `b`, row by row. The results stand in the order of the rows.
///
/// # Errors
/// When cancelled.
///
/// # Panics
/// When the vectors differ in length.
pub(super) fn row_blocks<T: Send>(
    a: &Vectors,
    b: &Vectors,
    control: JobControl,
    each: impl Fn(Range<usize>, &mut [f32]) -> T + Sync,
) -> Result<Vec<T>, MetricError> {
    assert_eq!(a.size, b.size, "vectors of equal length");
    let blocks = a.values.par_chunks(ROWS * a.size).enumerate();
    let done = blocks.map_init(Vec::new, |products, (block, rows)| {
        control.check()?;
        let first = block * ROWS;
        let count = rows.len() / a.size;
        products.resize(count * b.len(), 0.0);
        multiply_transposed(rows, &b.values, a.size, products);
        Ok(each(first..first + count, products))
    });
    done.collect()
}

/// `out = a b^T`: `a` holds rows of `size` numbers, `b` too, and `out[i][j]` is the product of row i and row j.
///
/// # Panics
/// When the slices do not have these lengths.
pub(super) fn multiply_transposed(a: &[f32], b: &[f32], size: usize, out: &mut [f32]) {
    let (m, n) = (a.len() / size, b.len() / size);
    assert!(a.len() == m * size && b.len() == n * size && out.len() == m * n, "sizes of a matrix product");
    let (k, columns) = (size as isize, n as isize);
    // SAFETY: the sizes were just checked, the strides are those of whole rows, and `out` is borrowed alone.
    unsafe {
        gemm::gemm(
            m,
            n,
            size,
            out.as_mut_ptr(),
            1,
            columns,
            false,
            a.as_ptr(),
            1,
            k,
            b.as_ptr(),
            k,
            1,
            0.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn all_products_in_order() {
        let make = |n: usize, seed: usize| Vectors {
            size: 3,
            values: (0..n * 3).map(|i| ((i * 7 + seed) % 11) as f32 - 5.0).collect(),
        };
        let (a, b) = (make(150, 1), make(7, 4));
        let blocks = row_blocks(&a, &b, JobControl::unattended(), |rows, products| (rows, products.to_vec())).unwrap();
        let mut next = 0;
        for (rows, products) in blocks {
            assert_eq!(rows.start, next);
            next = rows.end;
            for (i, products) in rows.zip(products.chunks(7)) {
                for (j, product) in products.iter().enumerate() {
                    let expected: f32 = a.row(i).iter().zip(b.row(j)).map(|(x, y)| x * y).sum();
                    assert!((product - expected).abs() < 1e-4);
                }
            }
        }
        assert_eq!(next, 150);
        assert!(row_blocks(&a, &b, JobControl::silent(&AtomicBool::new(true)), |_, _| ()).is_err());
    }
}
